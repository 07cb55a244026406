"""What `suyuan demo` does: chain, log, season, labels, service and proof on one machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn

from suyuan.adapters.chain_view import EthereumView
from suyuan.bootstrap import Node, create_node, set_up_logs
from suyuan.cli.show import err, tell, words
from suyuan.core.errors import Fatal
from suyuan.core.identifiers import object_id
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import Viewer
from suyuan.demo import season as story
from suyuan.demo.persons import LogIn, make_persons
from suyuan.demo.run import Demo
from suyuan.found import found_chain
from suyuan.settings import Settings
from suyuan_devnet import Devnet


def run(folder: Path, port: int, *, once: bool) -> None:
    """Play a hickory season from farm to pack, anchor it, verify it, and leave the service running."""
    _end_on_signals()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    facts = folder / "demo.json"
    facts.unlink(missing_ok=True)
    _step("starting the devnet")
    with (
        (folder / "service.log").open("a", buffering=1, encoding="utf-8") as log,
        Devnet(folder / "devnet") as chain,
    ):
        # Who watches wants to see the steps; what the service logs is for afterwards.
        set_up_logs(log)
        port = _port(folder, port)
        settings = Settings(
            data_dir=folder / "node",
            origin="demo.suyuan.example/log",
            uri_base="https://demo.suyuan.example/",
            public_url=f"http://127.0.0.1:{port}",
            port=port,
            rpc_urls=[chain.rpc_url],
            page_rpc_urls=[chain.rpc_url],
            confirmations=1,
            poll_seconds=1.0,
            seal_seconds=5.0,
        )
        node = create_node(settings)
        try:
            _play(node, folder, chain.rpc_url, facts, once=once)
        finally:
            node.close()


def _play(node: Node, folder: Path, rpc_url: str, facts: Path, *, once: bool) -> None:
    from suyuan.web.app import create_app

    player = Demo(node, folder, _step)
    player.play()
    _step("contract")
    policy = found_chain(node, rpc_url)
    _step("sealing and anchoring")
    node.sealer.seal()
    tx_hash = _anchor(node)
    policy_file = folder / "policy.json"
    row = node.database.anchors.policy()
    assert row is not None
    policy_file.write_bytes(row.policy)
    sheet = folder / "labels.pdf"
    count = player.write_sheet(sheet)
    _step("labels", str(count))
    lot = story.lot(story.GTIN_PACK, story.LOT_GOOD)
    pack = object_id(f"{lot}/21/{player.first_serial()}")
    assert pack is not None
    server = _Server(create_app(node), node.settings.host, node.settings.port)
    with server:
        base = node.settings.public_url
        bundle = folder / "pack.suyuan.json"
        page = f"{base}/01/{story.GTIN_PACK}/10/{story.LOT_GOOD}/21/{player.first_serial()}"
        lot_page = f"{base}/01/{story.GTIN_PACK}/10/{story.LOT_GOOD}"
        bundle.write_bytes(_get(f"{base}/bundle?subject={pack}"))
        for url in (page, lot_page):
            _get(url)
        regulator = Viewer(
            story.parties(node.settings.uri_base)["bureau"].id, "regulator", story.COUNTY
        )
        (folder / "pack.regulator.suyuan.json").write_bytes(node.prover.bundle(regulator, pack))
        _step("verifying the bundle against the chain, as a stranger would")
        report = verify_bundle(
            bundle.read_bytes(), policy, subject=pack, chain=EthereumView(rpc_url)
        )
        if report.verdict != "verified" or report.complete != "yes":
            raise Fatal(
                "the demo's own bundle is {verdict}, complete: {complete}",
                verdict=report.verdict,
                complete=report.complete,
            )
        program = Path(sys.executable).with_name("suyuan")
        command = f"{program} verify {bundle} --policy {policy_file} --rpc {rpc_url}"
        _tell_all(page, lot_page, sheet, bundle, tx_hash, command)
        _tell_desk(base, make_persons(node))
        written: dict[str, Any] = {
            "pageUrl": page,
            "lotUrl": lot_page,
            "bundle": str(bundle),
            "policy": str(policy_file),
            "rpcUrl": rpc_url,
            "labelSheet": str(sheet),
            "txHash": tx_hash,
            "pid": os.getpid(),
        }
        temporary = facts.with_suffix(".new")
        temporary.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        temporary.rename(facts)
        if not once:
            tell("The service is running. Ctrl-C ends it.")
            server.wait()
    tell("ended; everything is kept, and the next start goes on from here")


def _anchor(node: Node) -> str:
    """Anchor what is sealed and wait until it is final; the transaction's hash."""
    deadline = time.monotonic() + 120
    worker = node.anchorer()
    try:
        while worker.step().state not in {"final", "idle"}:
            if time.monotonic() > deadline:
                raise Fatal("the anchor was not final after two minutes")
            time.sleep(0.2)
    finally:
        worker.release()
    policy = node.database.anchors.policy()
    assert policy is not None
    found = node.database.anchors.latest(policy.version, ("final",))
    if found is None or found.tx_hash is None:
        raise Fatal("nothing was anchored")
    return found.tx_hash


def _tell_all(
    page: str, lot_page: str, sheet: Path, bundle: Path, tx_hash: str, command: str
) -> None:
    tell("")
    for key, value in (
        ("a pack's public page", page),
        ("its lot's page", lot_page),
        ("label sheet", str(sheet)),
        ("proof bundle", str(bundle)),
        ("anchored by transaction", tx_hash),
        ("verify it without this service", command),
    ):
        tell("{what}: {value}", what=words(key), value=value)
    tell("")
    tell("This chain runs on the same machine: it proves nothing against whoever runs it.")


def _tell_desk(base: str, made: list[LogIn]) -> None:
    """How to log in at the desk. Codes are told here, once, and written nowhere."""
    tell("")
    if not made:
        tell("The desk: {url}; who lost a code: `suyuan person reset`", url=f"{base}/desk")
        return
    tell(
        "The desk: {url}. Each role has a log-in; with its code one chooses a password at {code}. "
        "These codes are told this once, and good for a week:",
        url=f"{base}/desk",
        code=f"{base}/desk/code",
    )
    for one in made:
        tell("{what}: {value}", what=one.account, value=one.code)


def _step(key: str, detail: str = "") -> None:
    err.print(f"· {words(key)}  {detail}".rstrip(), markup=False, style="green")


def _port(folder: Path, wanted: int) -> int:
    """The wanted port, or the one taken before, or a free one where that is in use."""
    noted = folder / "port"
    candidates = [int(noted.read_text())] if noted.exists() else []
    for candidate in [*candidates, wanted, 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", candidate))
                found = int(probe.getsockname()[1])
                noted.write_text(str(found))
                return found
    raise Fatal("no port is free")


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        body: bytes = answer.read()
        return body


def _end_on_signals() -> None:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does, so that no child stays behind.

    SIGINT is set too: a shell starts what it puts into the background with SIGINT ignored.
    """

    def ended(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ended)


class _Server:
    """uvicorn in a thread, so that the demo can use its own pages and end it in order."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._thread = threading.Thread(target=self._server.run, name="service", daemon=True)

    def __enter__(self) -> _Server:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise Fatal("the service did not start")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    def wait(self) -> None:
        """Until Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            while self._thread.is_alive():
                time.sleep(0.5)

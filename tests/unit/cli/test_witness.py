"""A witness from its command line: a log asks it, bundles carry its word, a verifier asks for it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from nodes import LOT, World, event, made_up_policy, make_world
from typer.testing import CliRunner

from suyuan.cli.main import app
from suyuan.core.errors import Fatal
from suyuan.core.visibility import PUBLIC
from suyuan.flow.capture import Incoming

PROGRAM = Path(sys.executable).with_name("suyuan")


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, result.output
    return result.output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def recorded(world: World, lot: str = LOT) -> None:
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    made = event(quantityList=[{"epcClass": lot, "quantity": 1, "uom": "KGM"}])
    world.node.capture.events(caller, [Incoming(made)])
    world.node.sealer.seal()


def test_from_key_to_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUYUAN_LANG", "en")
    key, port = tmp_path / "key", free_port()
    vkey = run("witness", "keygen", "w.example/1", "--key", str(key)).strip()
    other = run("witness", "keygen", "w.example/2", "--key", str(tmp_path / "other")).strip()
    assert "is there already" in run("witness", "keygen", "x", "--key", str(key), code=2)
    world = make_world(tmp_path / "node", witnesses=[f"{vkey} http://127.0.0.1:{port}"])
    node = world.node
    command: list[str | Path] = [
        PROGRAM,
        "witness",
        "serve",
        "w.example/1",
        "--key",
        key,
        "--port",
        str(port),
    ]
    witness = subprocess.Popen(
        [*command, "--data", tmp_path / "seen", "--log", node.sealer.signer.vkey]
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=60).ok
                break
            except requests.ConnectionError:
                assert witness.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
        recorded(world)
        policy, bundle = tmp_path / "policy", tmp_path / "bundle"
        policy.write_bytes(made_up_policy(node))
        verify = ["verify", str(bundle), "--policy", str(policy), "--witness", vkey]

        def verdict(*more: str, code: int) -> dict[str, object]:
            bundle.write_bytes(node.prover.bundle(PUBLIC, LOT))
            found: dict[str, object] = json.loads(run(*verify, *more, "--json", code=code))
            return found

        told = verdict(code=1)
        assert told["step"] == "checkpoint"
        assert told["reason"] == ("0 of the 1 witnesses cosigned the log's head; 1 are asked for")
        assert node.cosigning.step() == 1
        assert verdict(code=3)["verdict"] == "logged"
        assert verdict("--witness", other, "--quorum", "1", code=3)["verdict"] == "logged"
        assert verdict("--witness", other, code=1)["step"] == "checkpoint"
        assert "2 witnesses are asked for" in run(*verify, "--quorum", "2", code=2)
        published = world.client.get("/log/checkpoint").text
        assert published.count("\n— ") == 2
        at = world.client.get(f"/log/checkpoint/{node.database.log.tail().size}").text
        assert at == published
        # An old database put back: the worker is in trouble that an operator has to look at.
        recorded(world, LOT + "0")
        assert node.cosigning.step() == 1
        newest = node.database.tree.latest()
        assert newest is not None
        first = node.database.tree.at(newest.size - 1)
        monkeypatch.setattr(node.database.tree, "latest", lambda: first)
        monkeypatch.setattr(node.database.tree, "cosignatures", lambda _: ())
        with pytest.raises(Fatal, match="old database"):
            node.cosigning.step()
    finally:
        witness.terminate()
        witness.wait(20)
        node.close()

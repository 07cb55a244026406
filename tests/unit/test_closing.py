"""A log that is closed, and the one that goes on: nothing new, everything provable."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from nodes import BASE, World, document, event, make_world, settings
from typer.testing import CliRunner

from suyuan import closing as module
from suyuan.bootstrap import open_node
from suyuan.cli.main import app
from suyuan.core.errors import Closed, Fatal
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.found import found_chain
from suyuan.ports.tree import Damage
from suyuan_devnet import Devnet
from suyuan_devnet.deploy import Sender

COOP = Caller(f"{BASE}org/coop", "recorder", "990101", "test")
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
PAGE = "/01/09521234000068/10/L-1"
ENGLISH = {"Accept-Language": "en"}
NEXT = "0x" + "ab" * 32


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    with Devnet(tmp_path_factory.mktemp("devnet")) as running:
        yield running


def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in list(os.environ):
        if name.startswith("SUYUAN_"):
            monkeypatch.delenv(name)
    for name, value in {"LANG": "en", "URI_BASE": BASE, "CONFIRMATIONS": "1", **values}.items():
        monkeypatch.setenv(f"SUYUAN_{name}", value)


def run(*words: str, code: int = 0) -> str:
    ended = CliRunner().invoke(app, words)
    assert ended.exit_code == code, ended.output
    return " ".join(ended.output.split())


def recorded(node_folder: Path, **more: object) -> World:
    world = make_world(node_folder, confirmations=1, **more)
    world.node.capture.events(COOP, [Incoming(event())])
    return world


@pytest.mark.chain
def test_closed_and_gone_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: Devnet) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    world = recorded(old, rpc_urls=[chain.rpc_url])
    found_chain(world.node, chain.rpc_url)
    (old / "suyuan.toml").write_text(
        f'origin = "node.example/log"\nuri_base = "{BASE}"\n', encoding="utf-8"
    )
    environment(
        monkeypatch, DATA_DIR=str(old), ORIGIN="node.example/log",
        RPC_URLS=json.dumps([chain.rpc_url]),
    )  # fmt: skip
    run("policy", "--output", str(tmp_path / "old.policy"))

    # The successor first, so that the closing can name it.
    environment(
        monkeypatch, DATA_DIR=str(new), ORIGIN="node.example/log2",
        RPC_URLS=json.dumps([chain.rpc_url]),
    )  # fmt: skip
    told = run("init", "--successor-of", str(old), "--rpc", chain.rpc_url)
    assert "carried over: 5 organisations, 7 tokens; 4 keys are new" in told
    assert "carried over: 0 organisations, 0 tokens; 0 keys" in run(
        "init", "--successor-of", str(old)
    )
    run("policy", "--output", str(tmp_path / "new.policy"))

    environment(
        monkeypatch, DATA_DIR=str(old), ORIGIN="node.example/log",
        RPC_URLS=json.dumps([chain.rpc_url]),
    )  # fmt: skip
    successor = ("--successor", str(tmp_path / "new.policy"))
    assert "say --yes" in run("close", *successor, code=2)
    assert world.client.post("/events", json=event(), headers=world.head("coop")).status_code < 300
    told = run("close", "--yes", *successor)
    size = world.node.database.log.tail().size
    assert f"the log is closed at {size} records" in told
    assert "takes no more of it" in told
    head = world.node.chain().head()
    assert head is not None
    assert (head.size, head.closed) == (size, True)
    assert run("close", "--yes", *successor) == told.replace(
        "waiting until the last records are final on the chain ", ""
    )

    # New records are refused, as gone; what was sent before is answered as it was.
    late = event(action="OBSERVE", bizStep="inspecting")
    answer = world.client.post("/events", json=late, headers=world.head("coop", **ENGLISH))
    assert answer.status_code == 410
    assert "it goes on in 0x" in answer.json()["detail"]
    assert world.client.post("/events", json=event(), headers=world.head("coop")).status_code < 300
    assert world.node.anchorer().step().state == "idle"
    assert json.loads(run("status"))["closed"]["successor"].startswith("0x")
    assert world.client.get("/readyz").json()["closed"]
    assert "the log is closed in the contract" in run("doctor")

    # Bundles and pages of the old one go on.
    bundle = str(tmp_path / "old.suyuan.json")
    run("bundle", LOT, "--output", bundle)
    run("verify", bundle, "--policy", str(tmp_path / "old.policy"), "--rpc", chain.rpc_url)
    run("verify", bundle, "--policy", str(tmp_path / "new.policy"), code=1)
    assert world.client.get(PAGE, headers={"Accept": "text/html"}).status_code == 200
    run("audit", "--rpc", chain.rpc_url)
    # Nobody loses the right to have something erased, or a key revoked.
    world.node.capture.erase(
        Caller(f"{BASE}org/admin", "administrator", "990101", ""), size - 1, "asked for"
    )
    assert world.node.sealer.seal() is not None
    world.node.close()

    # The tokens of the old one open the new one, whose keys are its own.
    made = settings(new, origin="node.example/log2")
    with closing(open_node(made)) as node:
        caller = node.accounts.authenticate(world.tokens["coop"])
        node.capture.events(caller, [Incoming(event())])
        assert node.sealer.seal() is not None
        kids = set(node.appender.ring().known)
    with closing(open_node(settings(old))) as node:
        assert not kids & node.appender.ring().known
    assert (old / "keys" / "label.sealed").exists()


def test_a_crash_before_the_contract_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chain: Devnet
) -> None:
    world = recorded(tmp_path / "node", rpc_urls=[chain.rpc_url])
    found_chain(world.node, chain.rpc_url)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Sender, "send", dies)
        with pytest.raises(KeyboardInterrupt):
            module.close_log(world.node, "")
    with pytest.raises(Closed):
        world.node.capture.events(COOP, [Incoming(event(action="OBSERVE"))])
    assert module.close_log(world.node, "").size == world.node.database.log.tail().size
    head = world.node.chain().head()
    assert head is not None
    assert head.closed
    world.node.close()


def test_at_once_it_waits_for_nothing(tmp_path: Path, chain: Devnet) -> None:
    """After a false head nothing of ours can be sealed or anchored any more: the contract is closed."""
    world = recorded(tmp_path / "node", rpc_urls=[chain.rpc_url])
    found_chain(world.node, chain.rpc_url)
    world.node.database.tree.report_damage(Damage(3, "history", world.node.clock.now()))
    with pytest.raises(Fatal, match="another history"):
        module.close_log(world.node, "")
    module.close_log(world.node, "", at_once=True)
    head = world.node.chain().head()
    assert head is not None
    assert (head.size, head.closed) == (0, True)
    world.node.close()


def test_without_a_chain_it_is_sealed_and_closed(tmp_path: Path) -> None:
    world = recorded(tmp_path / "node")
    done = module.close_log(world.node, NEXT)
    head = world.node.database.tree.latest()
    assert head is not None
    assert (done.size, done.contract) == (head.size, None)
    assert world.node.database.log.tail().size == head.size
    for body in (document([event(action="OBSERVE")]), document([event()])):
        answer = world.client.post("/capture", json=body, headers=world.head("coop"))
        assert answer.status_code == 202  # the job says it
    while (job := world.node.jobs.run_one()) is not None:
        assert job
    admin = Caller(f"{BASE}org/admin", "administrator", "990101", "")
    with pytest.raises(Closed):
        world.node.capture.enrol_kept(
            admin, COOP.organisation, "recorder", "2026-01-01T00:00:00.000Z"
        )
    with pytest.raises(Closed, match=NEXT):
        world.node.capture.events(COOP, [Incoming(event(action="OBSERVE"))])
    world.node.close()


def test_a_successor_is_another_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = recorded(tmp_path / "old")
    world.node.close()
    (tmp_path / "old" / "suyuan.toml").write_text('origin = "node.example/log"\n', encoding="utf-8")
    environment(monkeypatch, DATA_DIR=str(tmp_path / "new"), ORIGIN="node.example/log")
    assert "give it another name" in run("init", "--successor-of", str(tmp_path / "old"), code=2)
    assert "is no node yet" in run("init", "--successor-of", str(tmp_path / "nowhere"), code=2)
    environment(monkeypatch, DATA_DIR=str(tmp_path / "old"), ORIGIN="node.example/log")
    assert "neither a policy file nor a logId" in run("close", "--successor", "0x12", code=2)

"""The log's policy names its witnesses: bundles wait for them, and every verifier asks for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nodes import BASE, LOT, event, made_up_policy, make_world
from typer.testing import CliRunner

from suyuan.bootstrap import Node
from suyuan.cli.main import app
from suyuan.core.cosignature import Cosigner
from suyuan.core.errors import Unavailable
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import PUBLIC
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

ONE, TWO = (Cosigner(f"w.example/{n}", bytes([n]) * 32) for n in (1, 2))
COOP = Caller(f"{BASE}org/coop", "recorder", "990101", "test")
WITNESSES = [f"{w.key.vkey} http://127.0.0.1:9/{w.key.name}" for w in (ONE, TWO)]


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node with two witnesses in its settings, a record, and a policy that names neither."""
    monkeypatch.setenv("SUYUAN_LANG", "en")
    made = make_world(tmp_path / "node", witnesses=WITNESSES, port=9).node
    monkeypatch.setattr("suyuan.cli.witness.node", lambda: made)
    monkeypatch.setattr(Node, "close", lambda _: None)
    record(made)
    made.database.anchors.add_policy(made_up_policy(made), made.clock.now())
    return made


def record(node: Node, lot: str = LOT) -> None:
    made = event(quantityList=[{"epcClass": lot, "quantity": 1, "uom": "KGM"}])
    node.capture.events(COOP, [Incoming(made)])
    node.sealer.seal()


def pin(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["witness", "pin", *words])
    assert result.exit_code == code, result.output
    return result.output


def cosign(node: Node, *witnesses: Cosigner) -> int:
    head = node.database.tree.latest()
    assert head is not None
    for witness in witnesses:
        line = witness.cosign(head.note.rpartition("\n\n")[0] + "\n", 7)
        node.database.tree.cosign(head.size, witness.key.name, line, node.clock.now())
    return head.size


def in_force(node: Node) -> Policy:
    policy = node.policy()
    assert policy is not None
    return policy


def test_the_policy_names_them_in_a_version_of_its_own(node: Node) -> None:
    before = in_force(node)
    told = pin("--quorum", "1")
    policy = in_force(node)
    assert (list(policy.witnesses), policy.quorum) == ([ONE.key, TWO.key], 1)
    assert policy.fingerprint() in told
    pin("--quorum", "1")
    assert len(node.database.anchors.policies()) == 2
    assert "3 witnesses are asked for, and 2 given" in pin("--quorum", "3", code=2)
    pin("--none")
    assert in_force(node) == before
    assert [row.version for row in node.database.anchors.policies()] == [1, 2, 3]


def test_a_bundle_waits_for_as_many_as_are_asked_for(node: Node) -> None:
    pin("--quorum", "2")
    with pytest.raises(Unavailable, match="have not cosigned"):
        node.prover.bundle(PUBLIC, LOT)
    cosign(node, ONE)
    with pytest.raises(Unavailable, match="have not cosigned"):
        node.prover.bundle(PUBLIC, LOT)
    size = cosign(node, TWO)
    report = verify_bundle(node.prover.bundle(PUBLIC, LOT), in_force(node))
    assert (report.text, report.cosigned) == ("logged", (ONE.key.name, TWO.key.name))
    # Nobody cosigned the next head: what belongs to this lot is proved under the one before.
    record(node, LOT + "0")
    report = verify_bundle(node.prover.bundle(PUBLIC, LOT), in_force(node))
    assert (report.text, report.size) == ("logged", size)
    with pytest.raises(Unavailable, match="have not cosigned"):
        node.prover.bundle(PUBLIC, LOT + "0")


def test_who_only_tells_holds_nobody_up(node: Node, tmp_path: Path) -> None:
    pin()
    data = node.prover.bundle(PUBLIC, LOT)
    bundle, policy = tmp_path / "bundle", tmp_path / "policy"
    bundle.write_bytes(data)
    policy.write_bytes(in_force(node).encode())
    verify = ["verify", str(bundle), "--policy", str(policy)]
    result = CliRunner().invoke(app, verify)
    assert result.exit_code == 3
    assert "0 of 2 witnesses cosigned, 0 asked for: –" in result.output
    pin("--quorum", "1")
    policy.write_bytes(in_force(node).encode())
    result = CliRunner().invoke(app, [*verify, "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["step"] == "checkpoint"


def test_not_without_witnesses_or_a_contract(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.cosigning.asked = ()
    assert "SUYUAN_WITNESSES" in pin("--quorum", "1", code=2)
    monkeypatch.setattr(type(node.database.anchors), "policy", lambda _: None)
    assert "no contract is set up" in pin("--quorum", "1", code=2)


def test_the_published_policy_is_read_as_it_is(node: Node) -> None:
    pin("--quorum", "2")
    row = node.database.anchors.policy()
    assert row is not None
    assert parse_policy(row.policy).encode() == row.policy

"""`suyuan anchor …`: what is told without a chain, and what needs an operator's word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nodes import BASE, made_up_policy, make_world, settings
from typer.testing import CliRunner

from suyuan.bootstrap import open_node
from suyuan.cli.main import app


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = make_world(tmp_path / "data").node
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    node.close()
    for name, value in {
        "DATA_DIR": str(tmp_path / "data"), "ORIGIN": "node.example/log", "URI_BASE": BASE,
        "LANG": "en", "RPC_URLS": '["http://127.0.0.1:9"]',
    }.items():  # fmt: skip
        monkeypatch.setenv(f"SUYUAN_{name}", value)


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["anchor", *words])
    assert result.exit_code == code, result.output
    return result.output


def test_status_in_words_and_for_scripts() -> None:
    told = run("status")
    assert "wait for the chain since" in told
    assert "what the wallet holds is unknown: the chain does not answer" in told
    found = json.loads(run("status", "--json"))
    assert found["waiting"] == found["records"] > 0
    assert (found["anchored"], found["anchorsLeft"]) == (0, None)
    assert "does not answer" in found["chain"]


def test_another_chain_waits_for_a_word(tmp_path: Path) -> None:
    assert "--yes" in run("new-chain", "http://127.0.0.1:9", code=2)
    assert "does not answer" in run("new-chain", "http://127.0.0.1:9", "--yes", code=2)


def test_a_key_is_not_rotated_where_the_contract_cannot_hear_of_it(tmp_path: Path) -> None:
    before = (tmp_path / "data" / "keys" / "anchor.sealed").read_bytes()
    assert "does not answer" in run("rotate", code=2)
    assert (tmp_path / "data" / "keys" / "anchor.sealed").read_bytes() == before


def test_where_another_process_anchors_it_is_told_which_and_how_long(tmp_path: Path) -> None:
    """After a kill -9: nobody knows here what the contract holds, and nothing is said of it."""
    node = open_node(settings(tmp_path / "data"))
    assert node.database.anchors.lease("anchoring", "county-1:4711:ab", 60.0)
    node.close()
    for words in ((), ("--wait",)):
        told = run(*words)
        assert "another process anchors" in told
        assert "county-1:4711:ab anchors; if it is gone, another one takes over within" in told
        assert "the contract holds" not in told
    assert (
        json.loads(run("status", "--json"))["leases"]["anchoring"]["holder"] == "county-1:4711:ab"
    )

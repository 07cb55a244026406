"""Laboratories from the command line: registered, asked; the link signs without a node."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import objects, run
from nodes import BASE, LOT, event, make_world


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    world = make_world(tmp_path / "node")
    head = world.head("coop")
    assert world.client.post("/events", json=event(), headers=head).status_code == 201
    world.node.close()
    monkeypatch.setenv("SUYUAN_DATA_DIR", str(tmp_path / "node"))
    monkeypatch.setenv("SUYUAN_ORIGIN", "node.example/log")
    monkeypatch.setenv("SUYUAN_URI_BASE", BASE)
    return tmp_path


def test_register_ask_for_a_key_and_for_a_test(folder: Path) -> None:
    add = ("laboratory", "add", "--zh", "检测中心", "--county", "990101", "--contact", "李 1")
    (added,) = objects(run(*add))
    (listed,) = objects(run("laboratory", "list"))
    assert (listed["id"], listed["zh"], listed["keys"]) == (added["id"], "检测中心", [])
    (link,) = objects(run("laboratory", "key", added["id"]))
    assert "/sign#" in link["link"]
    (state,) = objects(run("laboratory", "confirm", link["id"]))
    assert (state["state"], state["fingerprint"]) == ("open", None)
    refused = run("laboratory", "ask", added["id"], LOT, "铅", "--as", f"{BASE}org/coop", code=2)
    assert "no key" in refused.stderr or "还没有密钥" in refused.stderr


def test_sign_wants_the_log_s_name_and_a_whole_link(folder: Path) -> None:
    key = str(folder / "lab.key")
    run("keygen", key)
    run("sign", str(folder / "nothing.json"), "--key", key, code=2)
    run("sign", "https://node.example/sign", "--key", key, code=2)

"""`suyuan person`: how the first administrator gets in, and what an administrator does for others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, World, make_world
from typer.testing import CliRunner

from suyuan.cli.main import app


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    world: World = make_world(tmp_path / "node")
    world.node.close()
    monkeypatch.setenv("SUYUAN_DATA_DIR", str(tmp_path / "node"))
    monkeypatch.setenv("SUYUAN_URI_BASE", BASE)
    monkeypatch.setenv("SUYUAN_ORIGIN", "node.example/log")
    monkeypatch.setenv("SUYUAN_LANG", "en")
    return tmp_path


def run(*words: str, status: int = 0) -> str:
    found = CliRunner().invoke(app, ["person", *words])
    assert found.exit_code == status, found.output
    return found.output


def listed(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", *words))
    return found


def test_the_first_administrator(folder: Path) -> None:
    said = run("add", "周主任", "--as", f"{BASE}org/admin", "--role", "administrator",
               "--role", "clerk", "--account", "zhou")  # fmt: skip
    assert re.search(r"name zhou, code [A-Z2-9]{5}-[A-Z2-9]{5}", said)
    (only,) = listed()
    assert only["roles"] == [[f"{BASE}org/admin", "administrator"], [f"{BASE}org/admin", "clerk"]]
    assert only["login"]
    assert "last administrator" in run("disable", only["id"], status=2)
    code = re.search(r"code (\S+)", run("reset", only["id"]))
    assert code is not None
    assert code[1] not in said


def test_a_member_s_life(folder: Path) -> None:
    coop = ("--as", f"{BASE}org/coop")
    added = run("add", "张三", *coop, "--role", "member", "--phone", "139 0000 0001")
    assert "name 13900000001" in added
    assert "no phone number" in run(
        "add", "李四", *coop, "--role", "member", "--phone", "12", status=2
    )
    assert "a role is one of" in run("add", "李四", *coop, "--role", "king", status=2)
    (member,) = listed(*coop)
    assert "139" not in json.dumps(member)
    run("disable", member["id"])
    assert listed(*coop)[0]["disabledAt"]
    run("disable", member["id"], "--back")
    run("role", member["id"], *coop, "--role", "clerk", "--role", "member")
    assert len(listed(*coop)[0]["roles"]) == 2
    run("erase", member["id"])
    assert listed(*coop) == []
    assert "no person" in run("erase", member["id"], status=2)


def test_an_account_that_is_taken_enters_nobody(folder: Path) -> None:
    where = ("--as", f"{BASE}org/coop", "--role", "clerk", "--account")
    run("add", "李会计", *where, "liliang")
    for account in ("liliang", "li"):
        said = run("add", "李新人", *where, account, status=2)
        assert not said.lstrip().startswith("/")
        assert "/account" not in said
    assert [one["name"] for one in listed()] == ["李会计"]

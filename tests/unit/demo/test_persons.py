"""The demo's log-ins: one for each role, told once, and they work."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from nodes import play, settings
from starlette.testclient import TestClient

from suyuan.bootstrap import create_node
from suyuan.core.roles import PersonRole
from suyuan.demo.persons import make_persons
from suyuan.web.app import create_app


def test_each_role_has_a_log_in_whose_code_is_told_once(tmp_path: Path) -> None:
    node = create_node(settings(tmp_path / "node"))
    play(node, tmp_path)
    made = make_persons(node)
    assert {one.role for one in made} == set(get_args(PersonRole))
    assert make_persons(node) == []
    for one in made:
        started = node.entrance.code(one.account, one.code, address="test", device="")
        node.entrance.renew(started.token, "plum kettle seven roofs")
    client = TestClient(create_app(node, workers=False))
    assert client.get("/desk/code").status_code == 200
    stored = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not [one for one in made if one.code.encode() in stored]
    node.close()

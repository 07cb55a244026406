"""The list of members as a table: looked at, entered once, told by cell what is wrong, out again."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, inside, make_desk, token_in
from openpyxl import load_workbook
from starlette.testclient import TestClient

NUMBER = "11010519491231002X"
TABLE = (
    "合作社成员名册,,,\n姓名,联系电话,村组,身份证号\n"
    f"李秀英,138 0013 8000,石桥村,{NUMBER}\n"
    "张三,,石桥村,\n张三,,石桥村,\n'=王五,0571-63712345,上田村,\n"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path / "node")
    yield made
    made.world.node.close()


def look(client: TestClient, table: str, encoding: str = "gb18030") -> Any:
    csrf = token_in(client.get("/desk/member-list").text)
    files = {"file": ("名册.csv", table.encode(encoding), "text/csv")}
    return client.post("/desk/member-list", data={"csrf": csrf}, files=files)


def rows_in(page: str) -> str:
    found = re.search(r'name="rows" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_list_is_looked_at_and_entered_once(desk: DeskWorld, encoding: str) -> None:
    client, node = inside(desk), desk.world.node
    before, size = len(node.people.store.of(None)), node.database.log.tail().size
    page = look(client, TABLE, encoding).text
    assert "3 persons are new" in page
    assert "One row names somebody a second time" in page
    assert NUMBER not in re.sub(r"<input[^>]*>", "", page)
    assert len(node.people.store.of(None)) == before
    given = {"csrf": token_in(page), "do": "enter", "rows": rows_in(page)}
    for _ in range(2):  # a second tap enters nobody twice
        sent = client.post("/desk/member-list", data=given, follow_redirects=False)
        assert sent.status_code == 303
    assert len(node.people.store.of(None)) == before + 3
    assert node.database.log.tail().size == size
    again = look(client, TABLE).text
    assert "0 persons are new, 4 are in the register already" in again
    # Kept encrypted: no name, phone or number lies open in the database.
    stored = (node.settings.data_dir / "suyuan.db").read_bytes()
    wal = node.settings.data_dir / "suyuan.db-wal"
    stored += wal.read_bytes() if wal.exists() else b""
    for private in ("李秀英", "13800138000", NUMBER):
        assert private.encode() not in stored


def test_every_mistake_stands_at_its_cell_and_nobody_is_entered(desk: DeskWorld) -> None:
    client, node = inside(desk), desk.world.node
    before = len(node.people.store.of(None))
    wrong = f"姓名,电话,身份证号\n,13800138000,\n李四,123,{NUMBER[:-1]}1\n王五,,\n"
    page = look(client, wrong).text
    assert "row 2, column “姓名”" in page
    assert "row 3, column “电话”" in page
    assert "row 3, column “身份证号”" in page
    assert 'value="enter"' not in page
    assert len(node.people.store.of(None)) == before
    assert "no column is headed 姓名" in html.unescape(look(client, "a,b\n1,2\n").text).lower()
    csrf = token_in(page)
    for rows in ("", "[]", "{}", '[{"name": 3}]', '[{"name": ""}]'):
        sent = client.post("/desk/member-list", data={"csrf": csrf, "do": "enter", "rows": rows})
        assert sent.status_code == 422
    assert len(node.people.store.of(None)) == before


def test_lists_of_the_desk_can_be_saved(desk: DeskWorld) -> None:
    client = inside(desk)
    page = look(client, TABLE).text
    given = {"csrf": token_in(page), "do": "enter", "rows": rows_in(page)}
    client.post("/desk/member-list", data=given)
    saved = client.get("/desk/export/members.csv").content.decode("utf-8-sig")
    assert "李秀英,13800138000,石桥村" in saved
    assert NUMBER not in saved
    assert "'=王五" in saved
    # What was saved can be read in again, and brings nobody new.
    assert "0 persons are new" in look(client, saved, "utf-8-sig").text
    for name in ("records", "plots", "products", "seasons", "lots", "inputs", "balance", "drafts"):
        answer = client.get(f"/desk/export/{name}.xlsx")
        assert answer.status_code == 200, name
        assert load_workbook(io.BytesIO(answer.content)).worksheets[0].max_row >= 1
    desk.with_password("chen", "陈成员", "member")
    member = inside(desk, "chen")
    for at in ("/desk/export/members.csv", "/desk/member-list", "/desk/export/balance.csv"):
        assert member.get(at).status_code == 403


@pytest.mark.parametrize(
    "rows",
    [
        "[" * 200_000,
        '[{"name": "\\ud800"}]',
        '[{"name": 1}]',
        "[{}]",
        "9" * 5_000,
    ],
)
def test_rows_that_nobody_looked_at_are_refused(desk: DeskWorld, rows: str) -> None:
    client, node = inside(desk), desk.world.node
    before = len(node.people.store.of(None))
    given = {"csrf": token_in(client.get("/desk/member-list").text), "do": "enter", "rows": rows}
    sent = client.post("/desk/member-list", data=given, follow_redirects=False)
    assert sent.status_code in (200, 400, 409, 422), sent.text[:200]
    assert len(node.people.store.of(None)) == before

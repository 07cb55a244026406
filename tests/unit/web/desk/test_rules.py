"""The desk's tables of rules: read by everybody, changed by the administrator, a record each time."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, inside, make_desk, send, token_in
from openpyxl import Workbook, load_workbook
from starlette.testclient import TestClient

SOURCE = "GB 2763-2026 食品安全国家标准"
HEAD = ("检测项目", "作物", "限量", "单位", "自", "至")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path)
    yield made
    made.world.node.close()


def sheet(*rows: Sequence[object]) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def look(client: TestClient, body: bytes, table: str = "limits", **more: str) -> Any:
    at = f"/desk/rules/{table}/sheet"
    given = {"csrf": token_in(client.get(at).text), "do": "look", "edition": "2026-12",
             "source_zh": SOURCE, **more}  # fmt: skip
    return client.post(at, data=given, files={"file": ("limits.xlsx", body)})


def hidden(html: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return found[1]


def filing(html: str) -> dict[str, str]:
    """What the page that was looked at sends."""
    return {**{n: hidden(html, n) for n in ("csrf", "of", "rows", "edition")}, "do": "file"}


def rows(desk: DeskWorld, table: str = "limits") -> list[dict[str, Any]]:
    return list(desk.world.node.rulebook.history(table)[0].document["rows"])


def size(desk: DeskWorld) -> int:
    return desk.world.node.database.log.tail().size


def test_every_table_is_told_in_words_to_everybody_and_changed_by_the_administrator(
    desk: DeskWorld,
) -> None:
    for account in ("wang", "jian", "zhou"):
        page = inside(desk, account).get("/desk/rules").text
        assert "Which ingredients may not be used, on which crops, since when" in page
        assert "48 rows" in page
        assert "as the node began with it" in page
        assert "no row: nothing is stated" in page
        assert "MARA Announcement No. 536" in page
    clerk, admin = inside(desk), inside(desk, "zhou")
    assert "/desk/rules/limits/row" not in clerk.get("/desk/rules/limits").text
    assert "/desk/rules/limits/row" in admin.get("/desk/rules/limits").text
    assert 'href="/desk/rules" aria-current="page"' in admin.get("/desk/rules").text
    for at in ("row", "sheet"):
        assert clerk.get(f"/desk/rules/limits/{at}").status_code == 403
        csrf = token_in(clerk.get("/desk/account").text)
        refused = clerk.post(f"/desk/rules/limits/{at}", data={"csrf": csrf, "do": "file"})
        assert refused.status_code == 403
    assert clerk.get("/desk/rules/none").status_code == 404
    assert admin.get("/desk/rules/limits/row?row=9").status_code == 404


def test_a_table_is_filtered_by_its_address_and_saved(desk: DeskWorld) -> None:
    client = inside(desk)
    page = client.get("/desk/rules/bans?q=phorate").text
    assert "甲拌磷" in page
    assert "氧乐果" not in page
    over = client.get("/desk/rules/counties?state=ended").text
    assert "ended on 31 December 1996" in over
    assert "330112" not in over
    assert "No row fits this" in client.get("/desk/rules/bans?q=nothing").text
    saved = client.get("/desk/rules/bans/save/bans.xlsx")
    book = load_workbook(io.BytesIO(saved.content)).active
    assert book is not None
    assert [cell.value for cell in book[1]][:4] == [
        "Ingredient",
        "Toxicity",
        "Also called",
        "Crops",
    ]
    assert book.max_row == 49
    assert "甲拌磷" in client.get("/desk/rules/bans/save/bans.csv").text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("table", ["bans", "counties", "certificates", "thresholds", "editions"])
def test_what_was_saved_is_read_in_again_as_what_is_in_force(
    desk: DeskWorld, table: str, language: str
) -> None:
    client = inside(desk, "zhou")
    client.headers["Accept-Language"] = language
    saved = client.get(f"/desk/rules/{table}/save/{table}.xlsx").content
    page = look(client, saved, table, source_zh="")
    assert page.status_code == 200, page.text
    assert {"zh": "文件与现行的一样", "en": "there is nothing to file"}[language] in page.text


def test_a_sheet_is_looked_at_then_filed_as_one_record_though_pressed_twice(
    desk: DeskWorld,
) -> None:
    client, before = inside(desk, "zhou"), size(desk)
    page = look(client, sheet(HEAD, ["多菌灵", "山核桃、坚果", 0.1, "mg/kg", "2026-03-01", None],
                              ["毒死蜱", "全部", "0.02", "mg/kg", None, None]))  # fmt: skip
    assert page.status_code == 200, page.text
    assert "2 added, 0 changed, 0 ended, 0 taken out" in page.text
    assert size(desk) == before
    given = filing(page.text)
    once, twice = (client.post("/desk/rules/limits/sheet", data=given, follow_redirects=False)
                   for _ in range(2))  # fmt: skip
    assert (once.status_code, twice.status_code) == (303, 303)
    assert size(desk) == before + 1
    assert rows(desk)[0] == {
        "item": "多菌灵", "crops": ["山核桃", "坚果"], "limit": 0.1, "unit": "mg/kg",
        "from": "2026-03-01", "source": {"zh": SOURCE},
    }  # fmt: skip
    assert rows(desk)[1]["crops"] == ["*"]
    document = desk.world.node.rulebook.history("limits")[0].document
    assert document["edition"] == "2026-12"
    assert document["suyuan:recordedBy"].startswith("https://")
    shown = client.get("/desk/rules/limits").text
    assert f'href="/events/{before}"' in shown
    proof = client.get(f"/events/{before}", headers={"Accept": "text/html"})
    assert f"Record {before} of the log" in proof.text

    second = look(client, sheet(HEAD, ["多菌灵", "山核桃、坚果", 0.05, "mg/kg", "2026-03-01", None],
                                ["毒死蜱", "全部", "0.02", "mg/kg", None, "2026-12-31"],
                                ["吡蚜酮", "莲", "0.02", "mg/kg", None, None]),
                  edition="2027")  # fmt: skip
    assert "1 added, 1 changed, 1 ended, 0 taken out" in second.text
    assert "<del>0.1</del>" in second.text
    gone = look(client, sheet(HEAD, ["毒死蜱", "全部", "0.02", "mg/kg", None, None]))
    assert "0 added, 0 changed, 0 ended, 1 taken out, 1 as before" in gone.text
    assert "counts for no day any more" in gone.text


def test_a_text_that_a_program_could_take_for_a_formula_comes_back_as_it_was(
    desk: DeskWorld,
) -> None:
    client = inside(desk, "zhou")
    page = look(client, sheet(HEAD, ["'=1+1", "茶", 0.1, "mg/kg", None, None]))
    client.post("/desk/rules/limits/sheet", data=filing(page.text))
    assert rows(desk)[0]["item"] == "=1+1"
    for form in ("csv", "xlsx"):
        saved = client.get(f"/desk/rules/limits/save/limits.{form}").content
        assert "there is nothing to file" in look(client, saved).text


def test_every_mistake_of_a_sheet_is_told_by_row_and_column_and_nothing_is_recorded(
    desk: DeskWorld,
) -> None:
    client, before = inside(desk, "zhou"), size(desk)
    page = look(client, sheet(HEAD, ["多菌灵", "山核桃", "很少", "mg/kg", "2026-03-01", None],
                              ["", "茶叶", 0.1, "mg/kg", "三月", None],
                              ["毒死蜱", "茶叶", 0.1, "mg/kg", "2026-03-01", "2026-01-01"],
                              ["吡虫啉", "茶叶", 0.5, "mg/kg", None, None],
                              ["吡虫啉", "茶叶", 0.5, "mg/kg", None, None]))  # fmt: skip
    assert page.status_code == 422
    for said in (
        "Row 2, column “限量”: “很少” is no number that can stand here; right is for example 0.1",
        "Row 3, column “检测项目”: “What is tested for” is missing; right is for example 多菌灵",
        "Row 3, column “自”: 三月 is no day",
        "Row 4, column “至”: This row ends before it begins",
        "Row 6: This row says the same as row 5",
    ):
        assert said in page.text
    assert 'value="file"' not in page.text
    assert size(desk) == before
    strange = look(client, sheet((*HEAD, "天气"), ["多菌灵", "茶", 1, "mg/kg", None, None, "晴"]))
    assert "There is no column 天气 here" in strange.text
    other = look(client, sheet(("a", "b"), (1, 2)))
    assert "No sheet has the headings of this table" in other.text
    bare = look(client, sheet(HEAD))
    assert "There is no row below the headings" in bare.text
    text = look(client, "检测项目,作物,限量,单位\n多菌灵,茶,0.1,mg/kg\n".encode("gb18030"))
    assert "1 added" in text.text


def test_edition_source_and_file_are_asked_for_at_once(desk: DeskWorld) -> None:
    client = inside(desk, "zhou")
    csrf = token_in(client.get("/desk/rules/limits/sheet").text)
    page = client.post("/desk/rules/limits/sheet", data={"csrf": csrf, "do": "look"})
    assert page.status_code == 422
    assert 'href="#edition"' in page.text
    assert 'href="#file"' in page.text
    unsaid = look(client, sheet(HEAD, ["多菌灵", "茶", "少", "mg/kg", None, None]), source_zh="")
    assert 'id="source_zh-error"' in unsaid.text
    assert "Row 2, column “限量”" in unsaid.text
    assert "One thing to put right before it can be filed" in unsaid.text
    assert 'value="file"' not in unsaid.text


def test_a_table_that_somebody_changed_in_between_is_not_written_over(desk: DeskWorld) -> None:
    client, other = inside(desk, "zhou"), inside(desk, "zhou")
    body = sheet(HEAD, ["多菌灵", "茶", 0.1, "mg/kg", None, None])
    mine, theirs = filing(look(client, body).text), filing(look(other, body, edition="B").text)
    assert (
        client.post("/desk/rules/limits/sheet", data=mine, follow_redirects=False).status_code
        == 303
    )
    late = other.post("/desk/rules/limits/sheet", data=theirs)
    assert late.status_code == 422
    assert "Somebody else changed this in the meantime" in late.text
    assert len(desk.world.node.rulebook.history("limits")) == 2
    forged = {**filing(look(client, body, edition="C", source_zh="another").text), "rows": "AAAA"}
    assert client.post("/desk/rules/limits/sheet", data=forged).status_code == 422


def test_one_row_is_added_changed_and_ended_by_a_form(desk: DeskWorld) -> None:
    client, at = inside(desk, "zhou"), "/desk/rules/quotas/row"
    wrong = send(client, at, do="change")
    assert wrong.status_code == 422
    for name in (
        "cell-crop",
        "cell-item",
        "cell-perMu",
        "cell-uom",
        "cell-source_zh",
        "edition_of",
    ):
        assert f'href="#{name}"' in wrong.text, name
        assert f'id="{name}-error"' in wrong.text, name
    cells = {"cell-crop": "茶", "cell-item": "肥料", "cell-perMu": "30", "cell-uom": "公斤",
             "cell-source_zh": "县农业农村局定额", "edition_of": "2026-12"}  # fmt: skip
    before = size(desk)
    of = hidden(client.get(at).text, "of")
    done = send(client, at, do="change", of=of, **cells)
    assert done.status_code == 303, done.text
    assert "record" in client.get("/desk/rules/quotas").text
    assert rows(desk, "quotas") == [{
        "crop": "茶", "item": "fertiliser", "perMu": 30, "uom": "KGM",
        "source": {"zh": "县农业农村局定额"}}]  # fmt: skip
    of = hidden(client.get(f"{at}?row=0").text, "of")
    again = send(client, f"{at}?row=0", do="change", row="0", of=of, **cells)
    assert "says what it said before" in again.text
    twin = send(client, at, do="change", of=of, **cells)
    assert "Such a row is in the table already" in twin.text
    more = send(client, f"{at}?row=0", do="change", row="0", of=of, **{**cells, "cell-perMu": "25"})
    assert more.status_code == 303
    of = hidden(client.get(f"{at}?row=0").text, "of")
    unsaid = send(client, f"{at}?row=0", do="end", row="0", of=of, day="", edition_end="")
    assert {'href="#day"', 'href="#edition_end"'} <= set(re.findall(r'href="#\w+"', unsaid.text))
    ended = send(client, f"{at}?row=0", do="end", row="0", of=of, day="2026-11-01", edition_end="B")
    assert ended.status_code == 303, ended.text
    assert rows(desk, "quotas")[0]["to"] == "2026-11-01"
    assert size(desk) == before + 3
    page = client.get("/desk/rules/quotas").text
    assert "ended on 1 November 2026" in page
    assert "0 added, 0 changed, 1 ended, 0 taken out" in page
    assert "25" in page
    first = re.findall(r"\?of=([^\"]+)", page)
    assert "This is an earlier edition" in client.get(f"/desk/rules/quotas?of={first[-1]}").text

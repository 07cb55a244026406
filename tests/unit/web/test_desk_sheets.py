"""A table at the desk: rows that a rule blocks are let pass by name, left out, or kept as drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, inside, make_desk, token_in
from farm_season import LEAVES, PLOT, SEASON, begin, bought, record, sprayed
from nodes import BASE
from starlette.testclient import TestClient

TABLE = (
    "采收日期,地块,茬次,农产品,批号,产量(公斤)\n"
    f"2026-04-01,{PLOT},{SEASON},{LEAVES},L1,100\n"
    f"2026-04-02,{PLOT},{SEASON},{LEAVES},L2,80\n"
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path / "node")
    begin(made.world)
    record(made.world, bought(), sprayed("2026-03-25"))
    yield made
    made.world.node.close()


def uploaded(client: TestClient, table: str = TABLE) -> str:
    csrf = token_in(client.get("/desk/import").text)
    files = {"file": ("采收.csv", table.encode("gb18030"), "text/csv")}
    answer = client.post("/desk/import", data={"csrf": csrf}, files=files, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def form_of(html: str) -> dict[str, str]:
    """What the page's selects and its token say, as a browser would send it."""
    found = {"csrf": token_in(html)}
    for name, body in re.findall(
        r'(?s)<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', html
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def test_blocked_rows_are_told_with_the_rule_and_pass_by_name_or_stay_out(desk: DeskWorld) -> None:
    client, log = inside(desk), desk.world.node.database.log
    at = uploaded(client)
    page = client.get(at).text
    assert page.count('<li class="is-block">') == 2
    assert "harvested 7 days after" in page
    size = log.tail().size
    refused = client.post(at, data={**form_of(page), "do": "records"})
    assert "Rules of farming stand against 2 rows" in refused.text
    assert log.tail().size == size
    rows = re.findall(r'name="for" value="([^"]+)"', page)
    assert [one.split()[0] for one in rows] == ["2", "3"]
    # Where another tab left the first out meanwhile, its reason lets no other pass.
    other = {**form_of(page), "do": "look"}
    client.post(at, data={**other, "out-0": "2"})
    late = {**other, "for": rows, "answers": "王会计", "reason-0": "已送检，结果合格", "out-0": "2"}
    assert '<li class="is-warn">' not in client.post(at, data=late).text
    client.post(at, data=other)
    short = {**other, "for": rows, "answers": "王会计", "reason-0": "x", "out-0": "3"}
    assert "in a sentence" in client.post(at, data=short).text
    given = {**short, "reason-0": "已送检，结果合格"}
    seen = client.post(at, data=given).text
    assert '<li class="is-warn">' in seen
    assert "One row is left out" in seen
    sent = client.post(at, data={**given, "do": "records"}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    desk.world.node.jobs.run_one()
    assert log.tail().size == size + 2


def test_a_table_without_headings_is_read_by_its_letters(desk: DeskWorld) -> None:
    """Nothing is called done before it is read; units of its own are explained once."""
    client, log = inside(desk), desk.world.node.database.log
    rows = f"1,2026-05-01,{PLOT},{LEAVES},12,BUNCH\n2,2026-05-02,{PLOT},{LEAVES},7,EACH\n"
    at = uploaded(client, rows)
    page = client.get(at).text
    assert "It is not clear yet how this file is to be read" in page
    assert 'value="records"' not in page
    choice: dict[str, Any] = {
        "csrf": token_in(page), "kind-0": "harvest", "headless-0": "1", "do": "look"
    }  # fmt: skip
    page = client.post(at, data=choice).text
    columns = {"to-0-1": "day", "to-0-2": "plots", "to-0-3": "items.item", "to-0-4": "items.amount",
               "to-0-5": "items.unit"}  # fmt: skip
    choice |= {"csrf": token_in(page), **columns, "season-0": SEASON}
    page = client.post(at, data=choice).text
    assert "BUNCH is no unit" in page
    assert re.findall(r'<label for="means-0-\d">(\w+)</label>', page) == ["BUNCH", "EACH"]
    words = re.findall(r'name="word-0" value="(\w+)"', page)
    assert words == ["BUNCH", "EACH"]
    choice["word-0"] = words
    # Another tab explains the second one, which comes first then; this one's page says which it means.
    client.post(at, data=choice | {"means-0-1": "个"})
    # The first is explained and the second is not: the first is not forgotten meanwhile.
    page = client.post(at, data=choice | {"means-0-0": "把"}).text
    assert "EACH is no unit" in page
    assert "BUNCH is no unit" not in page
    assert re.findall(r'<label for="means-0-\d">(\w+)</label>', page) == ["BUNCH", "EACH"]
    size = log.tail().size
    sent = client.post(
        at, data=choice | {"means-0-0": "把", "means-0-1": "个", "do": "records"},
        follow_redirects=False,
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    desk.world.node.jobs.run_one()
    assert log.tail().size == size + 2
    page = client.get(uploaded(client, rows.replace("12,", "13,"))).text
    assert "It is not clear yet" in page


def test_the_same_file_doubles_nothing_after_a_list_gave_its_names_other_ids(
    desk: DeskWorld,
) -> None:
    """And a name of two seasons is chosen on the page, by plot and year."""
    client, node = inside(desk), desk.world.node
    rows = "施肥日期,地块,茬次,肥料名称,用量\n2026-04-02,一号地,白菜,豆饼,3 袋\n"
    choice: dict[str, Any] = {"new-0": "1"}
    at = uploaded(client, rows)
    choice |= form_of(client.get(at).text)
    sent = client.post(at, data={**choice, "do": "records"}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    node.jobs.run_one()
    seasons = [
        {
            "id": f"{BASE}season/x{year}", "type": "suyuan:Season", "name": "白菜",
            "suyuan:from": f"{year}-03-01", "suyuan:plots": [PLOT],
        }
        for year in (2025, 2026)
    ]  # fmt: skip
    caller = desk.world.node.accounts.authenticate(desk.world.tokens["coop"])
    node.masters.record(caller, [("", one) for one in seasons])
    assert "0 rows are new, 1 are there already" in client.get(uploaded(client, rows)).text
    at = uploaded(client, f"{rows}2026-04-09,一号地,白菜,豆饼,2 袋\n")
    page = client.get(at).text
    assert "2 seasons are called 白菜" in page
    labels = [f"白菜（一号地，{year}）" for year in (2025, 2026)]
    assert re.findall(r'<option value="(白菜（[^"]+）)"', page) == labels
    chosen = {**form_of(page), "new-0": "1", "word-0": "白菜", "means-0-0": labels[1]}
    seen = client.post(at, data={**chosen, "do": "look"}).text
    assert "are called 白菜" not in seen
    assert "白菜（一号地，2026）" in seen


def test_a_member_gives_no_reasons(desk: DeskWorld) -> None:
    desk.with_password("chen", "陈成员", "member")
    assert inside(desk, "chen").get("/desk/import").status_code == 403


@pytest.mark.parametrize("year", ["²²²²", "20266", "9" * 5_000, "0001"])
def test_a_year_that_is_none_is_refused(desk: DeskWorld, year: str) -> None:
    answer = inside(desk).get("/desk/export/record-book.xlsx", params={"year": year})
    assert 400 <= answer.status_code < 500
    assert "A year belongs here" in answer.text or "a year belongs here" in answer.text


def test_an_empty_book_is_no_missing_page(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "node")
    client = inside(desk)
    page = client.get("/desk/export").text
    assert "No season is open yet, so there is no book." in page
    assert 'href="/desk/seasons/new"' in page
    desk.world.node.close()


def test_a_book_that_has_nothing_of_it_is_asked_for_again(desk: DeskWorld) -> None:
    client = inside(desk)
    answer = client.get("/desk/export/record-book.xlsx", params={"year": "1999"})
    assert answer.status_code == 422
    assert "no season is on record that fits this" in answer.text.lower()
    assert 'value="1999"' in answer.text
    assert "/desk/export/records.xlsx" in answer.text


def test_a_season_is_chosen_by_its_name(desk: DeskWorld) -> None:
    page = inside(desk).get("/desk/export")
    assert page.status_code == 200
    assert f'<option value="{SEASON}">' in page.text
    book = inside(desk).get("/desk/export/record-book.xlsx", params={"season": SEASON})
    assert book.status_code == 200
    assert "spreadsheet" in book.headers["content-type"]

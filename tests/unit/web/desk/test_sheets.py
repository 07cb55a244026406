"""Tables at the desk: what the books know is filled in where a row leaves it out; the rest is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from desk import DeskWorld, inside, make_desk, send, token_in
from farm_season import BOTTLES, begin, bought, record
from nodes import BASE
from starlette.testclient import TestClient

HEAD = "喷药日期,地块,农药名称,用量,户主,防治对象\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    """Two members called 张大山; a plot of 5 亩 of another, 李四, in a season of tea."""
    made = make_desk(tmp_path / "node")
    begin(made.world)
    record(made.world, bought())
    node, clerk = made.world.node, inside(made)
    people = node.people
    li = people.uri(made.add("李四"))
    for village, phone in (("石桥村", "13900001111"), ("青山村", "13900002222")):
        made.add("张大山", village=village, phone=phone)
    send(clerk, "/desk/plots/new", name="东坡", area="5", member=li)
    plot = node.plots.of(f"{BASE}org/coop")[0].id
    day = (node.watch.today() - timedelta(days=90)).isoformat()
    send(clerk, "/desk/seasons/new", name="春茶", template=f"{BASE}template/tea", day=day,
         plots=[plot])  # fmt: skip
    yield made
    node.close()


def uploaded(client: TestClient, table: str) -> str:
    csrf = token_in(client.get("/desk/import").text)
    files = {"file": ("喷药.csv", table.encode(), "text/csv")}
    answer = client.post("/desk/import", data={"csrf": csrf}, files=files, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def row(desk: DeskWorld, member: str, days: int = 0) -> str:
    day = desk.world.node.watch.today() - timedelta(days=days)
    return f"{day},东坡,{BOTTLES},50 毫升,{member},茶尺蠖\n"


def test_a_row_takes_member_season_and_area_from_the_books_and_its_warnings_are_shown(
    desk: DeskWorld,
) -> None:
    clerk, node = inside(desk), desk.world.node
    at = uploaded(clerk, HEAD + row(desk, "李四", 30) + "合计,,,50 毫升,,\n")
    page = clerk.get(at).text
    assert "things to put right" not in page
    assert "One thing to put right" not in page
    assert "this row is a total" in page
    warned = page.partition("What the rules warn of")[2]
    assert "row 2" in warned
    assert "30 days after" in warned
    sent = clerk.post(
        at, data={**chosen(page), "do": "records"}, follow_redirects=False
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    node.jobs.run_one()
    done = clerk.get(at).text
    assert re.search(r"Saved at today \d\d:\d\d", done)
    filed = re.search(r'href="(/desk/filed\?records=(\d+))"', done)
    assert filed is not None
    assert "东坡" in clerk.get(filed[1]).text
    page = clerk.get(f"/desk/records/{filed[2]}").text
    for said in ("李四", "春茶", "5 mu"):
        assert said in page
    # A second season on the plot makes it no other row.
    plot = node.plots.of(f"{BASE}org/coop")[0].id
    day = (node.watch.today() - timedelta(days=60)).isoformat()
    send(clerk, "/desk/seasons/new", name="夏茶", template=f"{BASE}template/tea", day=day,
         plots=[plot])  # fmt: skip
    page = clerk.get(uploaded(clerk, HEAD + row(desk, "李四", 30))).text
    assert "0 rows are new, 1 are there already" in page
    page = clerk.get(uploaded(clerk, HEAD + row(desk, "李四", 29))).text
    assert "this is missing" in page.lower()


def test_a_member_is_looked_up_and_told_in_words_of_a_person(desk: DeskWorld) -> None:
    clerk = inside(desk)
    page = clerk.get(uploaded(clerk, HEAD + row(desk, "张大山"))).text
    assert "2 members are called 张大山" in page
    assert "张大山（石桥村）" in page
    page = clerk.get(uploaded(clerk, HEAD + row(desk, "王二"))).text
    assert "nobody called 王二 is in the register of members" in page.lower().replace("N", "n")
    assert "GTIN" not in page.partition("What this sheet holds")[0]
    # A row with a mistake is left out on the page.
    assert '<input type="checkbox" name="out-0" value="2">' in page
    assert "put right" not in clerk.get(uploaded(clerk, HEAD + row(desk, "张大山（青山村）"))).text


def test_an_area_that_nobody_knows_is_a_mistake_and_no_rule_to_let_pass(desk: DeskWorld) -> None:
    clerk, node = inside(desk), desk.world.node
    send(clerk, "/desk/plots/new", name="西坡")
    plot = node.plots.of(f"{BASE}org/coop")[1].id
    send(clerk, "/desk/seasons/new", name="西坡茶", template=f"{BASE}template/tea",
         day=node.watch.today().isoformat(), plots=[plot])  # fmt: skip
    page = clerk.get(uploaded(clerk, HEAD + row(desk, "李四").replace("东坡", "西坡"))).text
    assert "One thing to put right" in page
    assert "the template asks for it" in page.lower()
    assert 'name="for"' not in page


def chosen(html: str) -> dict[str, str]:
    """What the page's selects and its token say, as a browser would send it."""
    found = {"csrf": token_in(html)}
    for name, body in re.findall(
        r'(?s)<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', html
    ):
        at = re.search(r'value="([^"]*)" selected', body)
        found[name] = at[1] if at else ""
    return found

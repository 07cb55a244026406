"""Records on a plot at the desk: what is usual there, and what a form asks for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from desk import DeskWorld, buy, inside, make_desk
from nodes import BASE
from openpyxl import load_workbook
from starlette.testclient import TestClient

from suyuan.flow.actors import Actor
from suyuan.flow.books import Entry
from suyuan.flow.seasons import Season
from suyuan.ports.books import DeedQuery

PLOT, PEN = f"{BASE}plot/p1", f"{BASE}plot/p2"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path / "node")
    for plot, name in ((PLOT, "一号地"), (PEN, "东栏")):
        made.world.node.plots.record(
            clerk(made),
            {"id": plot, "type": "Plot", "name": name, "suyuan:area": {"value": 5, "unit": "亩"}},
        )
    yield made
    made.world.node.close()


def clerk(desk: DeskWorld) -> Actor:
    people = desk.world.node.people
    return Actor("w", people.uri("w"), "", f"{BASE}org/coop", "990101", frozenset({"clerk"}))


def opened(desk: DeskWorld, template: str, plot: str) -> Season:
    """A season that began two months ago, so that the node's own day is in it."""
    node = desk.world.node
    today = date.fromisoformat(node.clock.now()[:10])
    return node.seasons.open(
        clerk(desk), name="一季", plots=[plot], template=template,
        day=today.replace(year=today.year - 1, day=1),
    )  # fmt: skip


def form_of(client: TestClient, at: str) -> tuple[dict[str, str], str]:
    """The fields of the page's form as a browser would send them, and the page."""
    page = client.get(at).text
    body = page.split('class="sheet"', 1)[1].split("</form>", 1)[0]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]+>", body):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag and 'type="file"' not in tag:
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body):
        found[name] = text.strip()
    return found, page


def test_a_test_that_the_stage_asks_for_is_usual_on_its_plot_and_done_as_last_time(
    desk: DeskWorld,
) -> None:
    """Before a harvest of leafy vegetables: named on the plot, and offered there like the last one."""
    node, client = desk.world.node, inside(desk)
    book = node.rulebook.history("leafy-vegetables")[0].document
    months = list(range(1, 13))
    stages = [{**one, "months": months} for one in book["stages"] if "test" in one.get("work", ())]
    assert stages, "some stage of the template asks for a test"
    caller = node.accounts.authenticate(desk.world.tokens["coop"])
    node.rulebook.copy_template(caller, "leafy-vegetables", "own", {"stages": stages})
    season = opened(desk, f"{BASE}template/own", PLOT)
    plot_page = f"/desk/record?plot={quote(PLOT, safe='/:')}"
    page = client.get(plot_page).text
    (address,) = re.findall(r'href="(/desk/record/form\?form=test[^"]*)"', page)
    address = address.replace("&amp;", "&")
    assert quote(PLOT, safe="") in address
    fields, sheet = form_of(client, address)
    subject = [value for name, value in fields.items() if name.startswith("subject") and value]
    assert (fields["plots"], subject) == (PLOT, ["一季"])
    assert "The same on other plots" not in sheet
    fields |= {"item": "多菌灵", "result": "pass", "value": "0.01", "limit": "0.5", "unit": "mg/kg",
               "edition": "GB 2763-2026", "do": "file"}  # fmt: skip
    sent = client.post(address, data=fields, follow_redirects=False)
    if sent.status_code == 200:  # what is worth saying before it is signed
        seen = re.search(r'name="seen" value="([^"]*)"', sent.text)
        assert seen is not None
        sent = client.post(address, data=fields | {"seen": seen[1]}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    (line,) = node.books.find(caller.viewer, query_of_tests(caller.organisation, PLOT)).lines
    assert line.deed.event["readPoint"] == {"id": PLOT}
    assert (line.deed.plots, line.deed.season) == ((PLOT,), season.id)
    page = client.get(plot_page).text
    likes = re.findall(r'href="(/desk/record/form\?form=test[^"]*like=last)"', page)
    assert likes, "the last test is offered again"
    again, _ = form_of(client, likes[0].replace("&amp;", "&"))
    assert (again["item"], again["unit"], again["limit"]) == ("多菌灵", "mg/kg", "0.5")
    # What was found then was not found now.
    assert (again["value"], again["result"]) == ("", "")


def query_of_tests(organisation: str, plot: str) -> DeedQuery:
    return DeedQuery(organisation, frozenset({"test"}), (plot,))


def test_a_test_of_no_plot_is_opened_from_its_season_as_before(desk: DeskWorld) -> None:
    desk.with_password("jianyan", "检测员", "laboratory")
    page = inside(desk, "jianyan").get("/desk/record/form?form=test")
    assert page.status_code == 200
    assert 'name="plots"' not in page.text


def test_whether_animals_come_from_elsewhere_is_asked_with_their_certificate(
    desk: DeskWorld,
) -> None:
    opened(desk, f"{BASE}template/shaziling-pig", PEN)
    client = inside(desk)
    at = f"/desk/record/form?form=stocking&plot={quote(PEN, safe='/:')}"
    fields, page = form_of(client, at)
    assert "those that were born here need none" in page
    fields |= {"items/0/item": "仔猪", "items/0/amount": "9", "items/0/unit": "头", "new": "仔猪",
               "do": "file"}  # fmt: skip
    lacking = client.post(at, data=fields, follow_redirects=False)
    assert "Quarantine certificate number: the template asks for it" in lacking.text
    sent = client.post(at, data=fields | {"origin": "own"}, follow_redirects=False)
    if sent.status_code == 200:
        seen = re.search(r'name="seen" value="([^"]*)"', sent.text)
        assert seen is not None
        again = fields | {"origin": "own", "seen": seen[1]}
        sent = client.post(at, data=again, follow_redirects=False)
    assert sent.status_code == 303, sent.text


def filed(client: TestClient, at: str, fields: dict[str, str]) -> int:
    """Signed and filed, after what is worth saying was seen; the record's index."""
    fields = {**fields, "do": "file"}
    sent = client.post(at, data=fields, follow_redirects=False)
    if sent.status_code == 200:
        seen = re.search(r'name="seen" value="([^"]*)"', sent.text)
        assert seen is not None
        sent = client.post(at, data=fields | {"seen": seen[1]}, follow_redirects=False)
    assert sent.status_code == 303, sent.text
    return int(re.findall(r"records=(\d+)", sent.headers["location"])[0])


def test_what_a_head_count_says_is_told_in_lists_and_in_the_book(desk: DeskWorld) -> None:
    opened(desk, f"{BASE}template/shaziling-pig", PEN)
    client = inside(desk)
    at = f"/desk/record/form?form=head_count&plot={quote(PEN, safe='/:')}"
    for heads in ({"present": "45"}, {"present": "31", "slaughtered": "13", "dead": "1"}):
        fields, _ = form_of(client, at)
        filed(client, at, fields | heads)
    told = "Present 31{0}Slaughtered 13{0}Dead 1"
    assert told.format(" · ") in client.get("/desk/records").text
    listed = client.get("/desk/export/records.csv").content.decode("utf-8-sig")
    assert told.format("; ") in listed
    book = load_workbook(io.BytesIO(client.get("/desk/export/record-book.xlsx").content))
    rows = [[str(one) for one in row if one is not None] for sheet in book for row in sheet.values]
    ends = next(n for n, row in enumerate(rows) if row[:1] == ["Harvest, slaughter or catch"])
    assert rows[ends + 2][1:3] == ["一季", "13 animals"]
    assert any(told.format("; ") in row for row in rows[ends + 3 :])


def test_a_correction_is_told_what_the_rules_say_before_it_is_filed(desk: DeskWorld) -> None:
    opened(desk, f"{BASE}template/hickory", PLOT)
    client = inside(desk)
    bought = buy(
        desk, client, new_name="某药", new_kind="pesticide", new_net="100 毫升", amount="9 瓶"
    )
    assert bought.status_code == 303, bought.text
    at = f"/desk/record/form?form=spraying&plot={quote(PLOT, safe='/:')}"
    fields, _ = form_of(client, at)
    index = filed(client, at, fields | SPRAYED)
    before = desk.world.node.database.log.tail().size
    at = f"/desk/records/{index}/correct"
    fields, _ = form_of(client, at)
    mended = fields | {"items/0/amount": "2", "do": "file"}
    asked = client.post(at, data=mended, follow_redirects=False)
    assert asked.status_code == 200
    assert "the days before harvest are not stated" in asked.text
    assert desk.world.node.database.log.tail().size == before
    seen = re.search(r'name="seen" value="([^"]*)"', asked.text)
    assert seen is not None
    sent = client.post(at, data=mended | {"seen": seen[1]}, follow_redirects=False)
    assert sent.status_code == 303, sent.text


def test_a_day_before_the_season_began_is_told(desk: DeskWorld) -> None:
    season = opened(desk, f"{BASE}template/hickory", PLOT)
    assert season.begun is not None
    client = inside(desk)
    at = f"/desk/record/form?form=harvest&plot={quote(PLOT, safe='/:')}"
    fields, _ = form_of(client, at)
    fields |= {"items/0/item": "山核桃", "items/0/amount": "300", "items/0/unit": "斤", "new": "山核桃",
               "person": "王会计", "do": "file"}  # fmt: skip
    told = "before the season began on"
    early = (season.begun - timedelta(days=1)).isoformat()
    assert told in client.post(at, data={**fields, "day": early}).text
    assert told not in client.post(at, data={**fields, "day": season.begun.isoformat()}).text


def test_days_that_the_record_states_itself_are_not_called_the_label_s(desk: DeskWorld) -> None:
    opened(desk, f"{BASE}template/shaziling-pig", PEN)
    client = inside(desk)
    bought = buy(
        desk, client, new_name="某兽药", new_kind="veterinary", new_net="1 升", amount="1 瓶"
    )
    assert bought.status_code == 303, bought.text
    at = f"/desk/record/form?form=treating&plot={quote(PEN, safe='/:')}"
    fields, _ = form_of(client, at)
    given = {"items/0/item": "某兽药", "items/0/amount": "10", "items/0/unit": "毫升", "heads": "9",
             "purpose": "腹泻", "veterinarian": "李兽医", "withdrawal": "9", "do": "file"}  # fmt: skip
    page = client.post(at, data=fields | given).text
    assert "withdrawal ends" in page
    assert "as the record states" in page
    assert "product label" not in page


def test_an_unknown_pesticide_is_told_in_plain_words_with_where_to_enter_it(
    desk: DeskWorld,
) -> None:
    member = desk.world.node.people.uri(desk.with_password("chen", "陈成员", "member"))
    plot = {"id": PLOT, "type": "Plot", "name": "一号地", "suyuan:member": member,
            "suyuan:area": {"value": 5, "unit": "亩"}}  # fmt: skip
    desk.world.node.plots.record(clerk(desk), plot)
    opened(desk, f"{BASE}template/hickory", PLOT)
    at = f"/desk/record/form?form=spraying&plot={quote(PLOT, safe='/:')}"

    def sent(client: TestClient) -> str:
        fields, _ = form_of(client, at)
        return client.post(at, data={**fields, **SPRAYED, "do": "file"}).text

    client = inside(desk)
    page = sent(client)
    assert "某药 is not among your inputs" in page
    assert "GTIN" not in page
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/desk/stock/[^"]+)"', page)]
    assert len(links) == 2
    for link in links:
        assert 'name="new_name" type="text" value="某药"' in client.get(link).text
    asked = sent(inside(desk, "chen"))
    assert "ask the clerk to enter it" in asked
    assert "/desk/stock/buy" not in asked


def test_a_season_without_records_is_not_called_in_order(desk: DeskWorld) -> None:
    season = opened(desk, f"{BASE}template/hickory", PLOT)
    page = inside(desk).get(f"/desk/seasons/one?id={quote(season.id, safe='/:')}").text
    assert "Nothing stands against it" not in page
    assert "the rules have nothing to judge" in page


def test_a_warning_of_a_copy_says_of_which_plot_it_is(desk: DeskWorld) -> None:
    for plot in (PLOT, PEN):
        opened(desk, f"{BASE}template/hickory", plot)
    client = inside(desk)
    bought = buy(
        desk, client, new_name="某药", new_kind="pesticide", new_net="100 毫升", amount="9 瓶"
    )
    assert bought.status_code == 303, bought.text
    at = f"/desk/record/form?form=spraying&plot={quote(PLOT, safe='/:')}"
    fields, _ = form_of(client, at)
    page = client.post(at, data={**fields, **SPRAYED, "also": PEN, "do": "file"}).text
    told = "某药: the days before harvest are not stated"
    assert [f"{plot}: {told}" in page for plot in ("一号地", "东栏")] == [True, True]


def test_the_lot_number_that_is_offered_is_of_the_day_that_is_written(desk: DeskWorld) -> None:
    opened(desk, f"{BASE}template/hickory", PLOT)
    client = inside(desk)
    at = f"/desk/record/form?form=harvest&plot={quote(PLOT, safe='/:')}"
    fields, _ = form_of(client, at)
    offered = fields["items/0/lot"]
    year = date.fromisoformat(fields["day"]).year - 1
    given = {**fields, "items/0/item": "山核桃", "items/0/amount": "300", "items/0/unit": "斤",
             "new": "山核桃", "person": "王会计", "day": f"{year}-09-10", "do": "file"}  # fmt: skip
    moved = f"{year % 100}0910{offered[6:]}"
    assert moved != offered
    told = client.post(at, data=given).text
    assert f'name="items/0/lot" value="{moved}"' in told
    own = client.post(at, data={**given, "items/0/lot": "筐-7"}).text
    assert 'name="items/0/lot" value="筐-7"' in own


SPRAYED = {
    "items/0/item": "某药", "items/0/amount": "1", "items/0/unit": "瓶", "purpose": "虫害",
    "dilution": "1000 倍", "area": "5", "area/unit": "亩", "person": "王会计",
}  # fmt: skip


def test_a_member_is_not_offered_what_authorities_and_dealers_record(desk: DeskWorld) -> None:
    desk.with_password("lisi", "李四")
    page = inside(desk, "lisi").get("/desk/record").text
    assert "form=stock_count" in page or "form=purchase" in page
    for form in ("inspection", "sale_of_input"):
        assert f"form={form}" not in page
    assert "form=sale_of_input" in inside(desk).get("/desk/record").text


def test_a_record_of_a_harvest_leads_to_its_lot(desk: DeskWorld) -> None:
    season = opened(desk, f"{BASE}template/tea", PLOT)
    node = desk.world.node
    lot = "09521234000044/L7"
    given = {"day": node.clock.now()[:10], "season": season.id, "plots": [PLOT],
             "items": [{"item": lot, "amount": "30 斤"}]}  # fmt: skip
    (index,) = node.books.record(clerk(desk).caller, [Entry("harvest", given)])
    client = inside(desk)
    page = client.get(f"/desk/records/{index}").text
    found = re.search(r'href="(/desk/lots/[^"]+)"', page)
    assert found is not None
    assert "L7" in client.get(found[1]).text

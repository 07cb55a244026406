"""Records on a plot at the desk: what is usual there, and what a form asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest
from desk import DeskWorld, inside, make_desk
from nodes import BASE
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

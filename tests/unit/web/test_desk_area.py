"""A regulator finds the lots, holds, recalls, certificates, codes and cases of all organisations of its
area, and begins a recall from them; nobody else finds another's, and no authority another area's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from desk import DeskWorld, inside, make_desk, send
from lineage_world import GTIN, SEASON, kg, lot, made, record, told
from nodes import BASE
from starlette.testclient import TestClient

from suyuan.core.lineage.act import Act
from suyuan.flow.accounts import Caller

PLOT = "https://id.gs1.org/414/9521234000112/254/P1"
FAR = f"{BASE}org/faraway"
OTHER_GTIN = "09521234000044"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    opened = make_desk(tmp_path / "node")
    told(opened.world)
    here = {"transformationID": f"{SEASON}-2", "suyuan:plots": [PLOT]}
    record(opened.world, made(20, "commissioning", [], [kg("P", 5)], **here))
    yield opened
    opened.world.node.close()


@pytest.fixture
def office(desk: DeskWorld) -> TestClient:
    return inside(desk, "jian")


def away(desk: DeskWorld) -> TestClient:
    """An authority of another area."""
    desk.with_password("yuan", "袁监管", "regulator", who="faraway")
    return inside(desk, "yuan")


def test_lots_of_the_area_are_listed_found_and_narrowed(
    desk: DeskWorld, office: TestClient
) -> None:
    page = office.get("/desk/lots").text
    assert f'href="/desk/lots/01/{GTIN}/10/R"' in page
    assert "Lots that records of your area name" in page
    assert 'href="/desk/lots"' in office.get("/desk/regulator").text
    assert "10/R" in office.get("/desk/lots?find=10/r").text
    coop = quote(f"{BASE}org/coop", safe="")
    assert "10/R" in office.get(f"/desk/lots?organisation={coop}").text
    other = quote(f"{BASE}org/bureau", safe="")
    assert "No lot fits this." in office.get(f"/desk/lots?organisation={other}&find=10/r").text
    assert office.get(f"/desk/lots?organisation={quote(FAR, safe='')}").status_code == 404
    elsewhere = away(desk)
    assert "10/R" not in elsewhere.get("/desk/lots").text
    assert elsewhere.get(f"/desk/lots?organisation={coop}").status_code == 404
    clerk = inside(desk)
    assert "The whole area" not in clerk.get("/desk/lots").text
    assert clerk.get(f"/desk/lots?organisation={other}").status_code == 404


def test_holds_and_recalls_of_the_area_are_one_list(desk: DeskWorld, office: TestClient) -> None:
    clerk = inside(desk)
    given = {"person": "王会计", "reason": "residue"}
    for act in ("hold", "release", "recall"):
        send(clerk, f"/desk/recall?of={lot('R')}", of=lot("R"), act=act, **given)
    office_own = send(
        office, f"/desk/recall?of={lot('M')}", of=lot("M"), act="hold", person="简", reason="test"
    )
    assert office_own.status_code == 303
    page = office.get("/desk/regulator/held").text
    for said in ("Put on hold", "Released for sale", "Recall"):
        assert said in page
    assert "4 records" in page
    assert "bureau" in page
    saved = office.get("/desk/regulator/save/held.csv")
    assert saved.text.count("\n") == 5
    assert "Nothing of this kind" in away(desk).get("/desk/regulator/held").text


def test_a_recall_begins_from_a_plot_or_days_of_any_organisation_of_the_area(
    desk: DeskWorld, office: TestClient
) -> None:
    log = desk.world.node.database.log
    page = office.get(f"/desk/recall?plot={quote(PLOT, safe='')}").text
    assert "What it reaches" in page
    assert "The whole area" in page
    coop = f"{BASE}org/coop"
    given = {"plot": PLOT, "organisation": coop, "act": "recall", "person": "简", "reason": "soil"}
    size = log.tail().size
    done = send(office, f"/desk/recall?plot={quote(PLOT, safe='')}", **given)
    assert done.status_code == 303
    stored = log.records([size])[size]
    assert stored.owner == f"{BASE}org/bureau"
    assert desk.world.node.recalling.states([lot("P")]) == {lot("P"): "recalled"}
    days = "from=2026-09-11&to=2026-09-12"
    reached = office.get(f"/desk/recall?{days}").text
    assert "What it reaches" in reached
    refused = office.get(f"/desk/recall?{days}&organisation={quote(FAR, safe='')}")
    assert "No organisation" in refused.text
    elsewhere = away(desk)
    assert "No lot was made there" in elsewhere.get(f"/desk/recall?{days}").text
    head = desk.world.head("bureau")
    found = desk.world.client.get("/recalls/reach", params={"plot": PLOT}, headers=head).json()
    assert found["roots"] == [lot("P")]
    strange = desk.world.client.get(
        "/recalls/reach", params={"plot": PLOT, "organisation": FAR}, headers=head
    )
    assert strange.status_code == 404


def test_codes_and_cases_of_the_area_are_found(desk: DeskWorld, office: TestClient) -> None:
    case, _ = desk.world.node.cases.report(subject=lot("R"), kind="fake", text="odd seal")
    assert case.number in office.get("/desk/cases").text
    assert "odd seal" in office.get(f"/desk/cases/{case.number}").text
    assert case.number not in away(desk).get("/desk/cases").text
    for path in ("/desk/brands", "/desk/scans", "/desk/regulator/certificates"):
        assert office.get(path).status_code == 200
    started = office.get(f"/desk/recall?of={quote(lot('R'), safe='')}&case={case.number}&act=hold")
    assert "What it reaches" in started.text


def test_a_release_is_not_called_a_hold(desk: DeskWorld) -> None:
    node = desk.world.node
    coop = Caller(f"{BASE}org/coop", "recorder", "990101", "test")
    acts: tuple[Act, ...] = ("hold", "release", "recall")
    for act in acts:
        node.recalling.act(coop, act, [lot("R")], person="王", reason="x")
    page = inside(desk).get("/desk/records").text
    assert "Released for sale" in page
    assert "Called back" in page

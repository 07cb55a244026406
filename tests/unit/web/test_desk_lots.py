"""Lots at the desk: the list, a lot's page, hold and recall, drills; who may, and what is told."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2  # type: ignore[import-untyped]
import pytest
from desk import DeskWorld, inside, make_desk, send
from lineage_world import GTIN, SHOP, caller, kg, lot, made, moved, record, sent, told
from nodes import BASE
from openpyxl import load_workbook
from starlette.testclient import TestClient

from suyuan.web.desk import lineage_graph, lots

PAGE = f"/desk/lots/01/{GTIN}/10"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    opened = make_desk(tmp_path / "node")
    told(opened.world)
    yield opened
    opened.world.node.close()


@pytest.fixture
def clerk(desk: DeskWorld) -> TestClient:
    return inside(desk)


def act(client: TestClient, name: str, what: str, **fields: str) -> Any:
    given = {"of": lot(name), "act": what, "person": "王会计", "reason": "residue", **fields}
    return send(client, f"/desk/recall?of={lot(name)}", **given)


def test_the_list_finds_lots_by_number_and_leads_to_their_pages(clerk: TestClient) -> None:
    page = clerk.get("/desk/lots").text
    assert f'href="{PAGE}/R"' in page
    found = clerk.get("/desk/lots?find=10/m").text
    assert f'href="{PAGE}/M"' in found
    assert f'href="{PAGE}/R"' not in found
    assert "No lot fits this." in clerk.get("/desk/lots?find=nothing").text


def test_a_lot_of_a_product_without_a_gtin_is_in_the_list(
    desk: DeskWorld, clerk: TestClient
) -> None:
    product = f"{BASE}product/hand-named"
    desk.world.node.masters.record(
        caller(desk.world), [("", {"id": product, "type": "Product", "name": {"zh": "手剥核桃"}})]
    )
    record(desk.world, moved(20, "inspecting", [kg(f"{product}/lot/H-1", 30)]))
    for find in ("", "手剥", "H-1"):
        listed = clerk.get("/desk/lots", params={"find": find}).text
        assert f"/desk/lots/thing?of={quote(product, safe='')}%2Flot%2FH-1" in listed
    page = clerk.get("/desk/lots/thing", params={"of": f"{product}/lot/H-1"})
    assert (page.status_code, "<h1>手剥核桃 H-1" in page.text) == (200, True)


def test_a_lot_of_an_input_offers_no_certificate(desk: DeskWorld, clerk: TestClient) -> None:
    spray = f"{BASE}product/spray"
    label = {"kind": "pesticide", "ingredients": ["吡虫啉"]}
    master = {"id": spray, "type": "Product", "name": {"zh": "吡虫啉"}, "suyuan:label": label}
    desk.world.node.masters.record(caller(desk.world), [("", master)])
    record(desk.world, moved(20, "inspecting", [kg(f"{spray}/lot/S-1", 30)]))
    new = "/desk/certificates/new"
    assert new not in clerk.get("/desk/lots/thing", params={"of": f"{spray}/lot/S-1"}).text
    assert new not in clerk.get("/desk/gates", params={"of": f"{spray}/lot/S-1"}).text
    assert new in clerk.get(f"{PAGE}/R").text
    assert new in clerk.get("/desk/gates", params={"of": lot("R")}).text


def test_a_lots_page_tells_both_ways_with_masses_and_what_is_left(clerk: TestClient) -> None:
    page = clerk.get(f"{PAGE}/B").text
    assert "2 kg less came out" in page
    assert "as much came out as went in" in page
    assert '<svg class="lineage"' in page
    assert f'<a class="node" href="{PAGE}/H">' in page
    assert clerk.get(f"{PAGE}/never").status_code == 404
    left = clerk.get(f"{PAGE}/R").text
    assert "30 kg" in left
    assert "Sent off; no receipt recorded" in left


def test_a_step_of_very_many_things_draws_only_those_that_are_shown(
    desk: DeskWorld, clerk: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands in and thousands out are millions of pairs."""
    both = [[kg(f"{side}{n}", 1) for n in range(30)] for side in "IO"]
    record(desk.world, made(20, "blending", *both))
    drawn: list[int] = []
    draw = lineage_graph.graph

    def counting(nodes: Any, arrows: Any, **more: Any) -> Any:
        drawn.append(len(arrows))
        return draw(nodes, arrows, **more)

    monkeypatch.setattr(lots, "graph", counting)
    monkeypatch.setattr(lots, "SHOWN", 5)
    assert clerk.get(f"{PAGE}/I3").status_code == 200
    assert drawn == [5]


def test_a_hold_turns_the_page_of_everything_made_from_it(
    desk: DeskWorld, clerk: TestClient
) -> None:
    public = desk.world.client
    words = {"Accept-Language": "en", "Accept": "text/html"}
    assert act(clerk, "B", "hold").status_code == 303
    page = public.get(f"/01/{GTIN}/10/M", headers=words).text
    assert "Made from something that is on hold" in page
    assert "residue" in page
    assert "王会计" not in page
    assert "on hold" not in public.get(f"/01/{GTIN}/10/R", headers=words).text
    own = clerk.get(f"{PAGE}/M").text
    assert "Something it was made from is recalled or on hold" in own
    assert act(clerk, "B", "release").status_code == 303
    assert "that is on hold" not in public.get(f"/01/{GTIN}/10/M", headers=words).text


def test_a_recall_stands_over_a_hold_and_ends_by_its_own_author(
    desk: DeskWorld, clerk: TestClient
) -> None:
    public, words = desk.world.client, {"Accept-Language": "en", "Accept": "text/html"}
    act(clerk, "H", "recall", advice="Take it back")
    act(clerk, "H", "hold")
    page = public.get(f"/01/{GTIN}/10/R", headers=words).text
    assert "Made from something recalled" in page
    assert "Take it back" in page
    bureau = inside(desk, "jian")
    refused = act(bureau, "H", "lift")
    assert refused.status_code == 422
    assert "who put it on hold or recalled it ends it" in refused.text
    act(clerk, "H", "lift")
    assert "is on hold" in public.get(f"/01/{GTIN}/10/R", headers=words).text


def test_no_act_without_a_person_and_a_reason(clerk: TestClient) -> None:
    answer = act(clerk, "H", "recall", person=" ", reason="")
    assert answer.status_code == 422
    text = answer.text
    assert 'href="#person"' in text
    assert 'href="#reason"' in text
    assert "turns red" in text


def test_what_is_asked_wrongly_is_told_at_its_field(clerk: TestClient) -> None:
    page = clerk.get("/desk/recall?of=abc")
    assert page.status_code == 422
    assert 'href="#of"' in page.text
    page = clerk.get("/desk/recall?from=yesterday")
    assert 'href="#from"' in page.text
    assert (
        "no lot was made there"
        in clerk.get("/desk/recall?from=2020-01-01&to=2020-01-02").text.lower()
    )


def test_days_in_the_wrong_order_are_told_as_that(desk: DeskWorld, clerk: TestClient) -> None:
    page = clerk.get("/desk/recall?from=2026-09-30&to=2026-09-01")
    assert (page.status_code, 'href="#from"' in page.text) == (422, True)
    assert "the first day lies behind the last one: swap them" in page.text.lower()
    assert "no lot was made there" not in page.text.lower()
    asked = {"from": "2026-09-30", "to": "2026-09-01", "person": "x"}
    answer = desk.world.client.post("/recalls/drills", json=asked, headers=desk.world.head("coop"))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [((0.284, 0.014, 0.27), "0.3 秒</b>（追查不到 0.1 秒，生成文件0.3 秒）",
      "0.3 seconds</b> (walking less than 0.1 seconds, files 0.3 seconds)"),
     ((75.26, 9.96, 65.3), "75 秒</b>（追查10 秒，生成文件65 秒）",
      "75 seconds</b> (walking 10 seconds, files 65 seconds)")],
)  # fmt: skip
def test_a_drills_time_is_told_in_seconds_as_exactly_as_matters(
    desk: DeskWorld, clerk: TestClient, seconds: tuple[float, ...], zh: str, en: str
) -> None:
    answer = act(clerk, "H", "drill", reason="")
    (kept,) = desk.world.node.database.drills.list(desk.world.org("coop"), limit=1)
    report = json.loads(kept.report)
    report["seconds"] = dict(zip(("all", "walk", "files"), seconds, strict=True))
    report["found"] |= {"handed": 1, "parties": 0}
    put = replace(kept, id="again", report=json.dumps(report))
    desk.world.node.database.drills.put(put)
    place = answer.headers["location"].rpartition("/")[0] + "/again"
    assert en in clerk.get(place).text
    assert "0 recipients" not in clerk.get(place).text
    assert zh in clerk.get(place, headers={"Accept-Language": "zh"}).text


def test_a_sale_that_names_nobody_is_not_to_no_recipients(
    desk: DeskWorld, clerk: TestClient
) -> None:
    made = moved(20, "retail_selling", [kg("lone", 1)])
    record(desk.world, made)
    page = clerk.get("/desk/recall", params={"of": lot("lone")}).text
    assert "no recipient is named" in page.lower()
    assert "0 recipients" not in page


def test_a_drill_records_nothing_in_the_log(desk: DeskWorld, clerk: TestClient) -> None:
    size = desk.world.node.database.log.tail().size
    answer = act(clerk, "H", "drill", reason="")
    assert desk.world.node.database.log.tail().size == size
    report = clerk.get(answer.headers["location"]).text
    assert "This was a drill" in report
    assert "seconds" in report
    other = inside(desk, "jian").get(answer.headers["location"])
    assert other.status_code == 404


def test_an_authority_drills_a_recall_in_its_area_and_nowhere_else(desk: DeskWorld) -> None:
    client, coop = desk.world.client, desk.world.org("coop")
    size = desk.world.node.database.log.tail().size
    post = "/recalls/drills"
    body = {"things": [lot("H")], "organisation": coop, "person": "简监管"}
    head = {**desk.world.head("bureau"), "Accept-Language": "en"}
    made_ = client.post(post, json=body, headers=head)
    assert made_.status_code == 201
    report = made_.json()
    assert report["by"] == {"organisation": desk.world.org("bureau"), "role": "regulator"}
    assert (report["scope"]["organisation"], report["found"]["roots"]) == (coop, 1)
    assert report["seconds"]["all"] >= 0
    assert client.get(f"{post}/{report['id']}", headers=head).json() == report
    days = {"from": "2026-09-01", "to": "2026-09-30", "organisation": coop, "person": "简监管"}
    assert client.post(post, json=days, headers=head).json()["found"]["roots"] > 1
    far = {**desk.world.head("faraway"), "Accept-Language": "en"}
    for asked in (days, body):
        refused = client.post(post, json=asked, headers=far)
        assert (refused.status_code, "no organisation" in refused.json()["detail"]) == (404, True)
    refused = client.post(post, json={"things": [lot("H")], "person": "x"}, headers=far)
    assert refused.status_code == 403
    assert "is of nobody in your area" in refused.text
    assert '"/things/0"' in refused.text
    other = client.post(post, json={**body, "organisation": desk.world.org("other")}, headers=head)
    assert other.status_code in (403, 404)
    assert client.get(post, headers=far).json() == []
    assert client.get(post, headers=desk.world.head("coop")).json() == [], "the authority's report"
    bureau = inside(desk, "jian")
    answer = act(bureau, "H", "drill", organisation=coop)
    page = bureau.get(answer.headers["location"]).text
    assert "Drilled by the authority" in page
    assert desk.world.node.database.log.tail().size == size


def test_the_list_names_who_got_what_for_those_who_may_see_it(
    desk: DeskWorld, clerk: TestClient
) -> None:
    buyer: dict[str, Any] = {"suyuan:buyer": {"name": "张三丰", "phone": "13900000001"}}
    record(desk.world, sent(20, [kg("M", 7)], **buyer))
    body = clerk.get(f"/desk/recall/customers.xlsx?of={lot('H')}").content
    sheet = load_workbook(io.BytesIO(body)).worksheets[0]
    rows = list(sheet.values)
    named = [row for row in rows if row[1] == "张三丰"]
    assert len(named) == 1
    assert named[0][2] == "13900000001"
    assert named[0][5] == 7
    text = clerk.get(f"/desk/recall/customers.csv?of={lot('H')}").text
    assert "13900000001" in text
    stranger = desk.world.client.get(
        "/recalls/customers.csv", params={"thing": lot("H")}, headers=desk.world.head("faraway")
    )
    assert stranger.status_code == 200
    assert "13900000001" not in stranger.text
    assert "张三丰" not in stranger.text


def said_on(body: bytes) -> str:
    """The text of a PDF of one page, without its spaces."""
    paper = pypdfium2.PdfDocument(body)
    assert len(paper) == 1
    return "".join(paper[0].get_textpage().get_text_bounded().split())


def test_programs_get_the_notice_as_a_draft_and_then_as_it_was_recorded(desk: DeskWorld) -> None:
    client, query = desk.world.client, {"thing": lot("A")}

    def notice(language: str) -> str:
        head = {**desk.world.head("coop"), "Accept-Language": language}
        answer = client.get("/recalls/notice.pdf", params=query, headers=head)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        return said_on(answer.content)

    assert "Draftofarecallnotice" in notice("en")
    assert "这是草稿" in notice("zh")
    given = {"act": "recall", "things": [lot("A")], "person": "王会计", "reason": "多菌灵超标",
             "advice": "退回购买处"}  # fmt: skip
    client.post("/recalls", json=given, headers=desk.world.head("coop"))
    told_zh = notice("zh")
    assert "召回通知" in told_zh
    assert "多菌灵超标" in told_zh
    assert "退回购买处" in told_zh
    assert "王会计" not in told_zh
    assert client.get("/recalls/notice.pdf", params=query).status_code == 401
    nothing = client.get("/recalls/notice.pdf", headers=desk.world.head("coop"))
    assert nothing.status_code == 400


def test_a_recall_begun_from_a_report_stays_with_what_was_reported(
    desk: DeskWorld, clerk: TestClient
) -> None:
    """The field can be changed by hand: to what the reported lot was made from, and to nothing else."""
    cases, log = desk.world.node.cases, desk.world.node.database.log
    case, _ = cases.report(subject=lot("R"), kind="fake", text="smells")
    size = log.tail().size
    refused = act(clerk, "M", "recall", case=case.number)
    assert refused.status_code == 422
    assert "is about something else" in refused.text
    assert log.tail().size == size
    stored = cases.store.get(case.number)
    assert stored is not None
    assert stored.records == "[]"
    done = act(clerk, "A", "recall", case=case.number)
    assert done.headers["location"].startswith(f"/desk/cases/{case.number}")
    stored = cases.store.get(case.number)
    assert stored is not None
    assert stored.records == f"[{size}]"


def test_lots_are_not_for_everybody(desk: DeskWorld) -> None:
    desk.with_password("lisi", "李四", "member")
    member = inside(desk, "lisi")
    for path in ("/desk/lots", f"{PAGE}/H", f"/desk/recall?of={lot('H')}"):
        assert member.get(path).status_code == 403


def test_the_service_answers_programs_alike(desk: DeskWorld) -> None:
    client, head = desk.world.client, desk.world.head("coop")
    found = client.get("/lineage", params={"subject": lot("A")}, headers=head).json()
    assert found["reached"] == {"up": 2, "down": 2}
    split = next(one for one in found["steps"] if lot("B") in [o["id"] for o in one["outputs"]])
    assert split["balance"] == {"verdict": "less", "missing": 2, "uom": "KGM"}
    reach = client.get("/recalls/reach", params={"thing": lot("A")}, headers=head).json()
    assert [(one["party"], one["id"]) for one in reach["handed"] if one["id"] == lot("R")] == [
        (SHOP, lot("R"))
    ]
    given = {"act": "recall", "things": [lot("A")], "person": "王会计", "reason": "test"}
    assert client.post("/recalls", json=given, headers=head).status_code == 201
    states = client.get("/lineage", params={"subject": lot("R")}, headers=head).json()
    assert states["above"] == [{"id": lot("A"), "state": "recalled"}]
    wrong = client.post("/recalls", json={**given, "act": "shout"}, headers=head)
    assert wrong.status_code == 400
    assert client.post("/recalls", json=given, headers=desk.world.head("other")).status_code == 403
    drill = client.post(
        "/recalls/drills", json={"things": [lot("A")], "person": "王会计"}, headers=head
    ).json()
    kept = client.get(f"/recalls/drills/{drill['id']}", headers=head).json()
    assert kept == drill
    assert client.get("/recalls/drills", headers=desk.world.head("other")).json() == []

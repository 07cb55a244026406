"""Gates, certificates and check-ins over HTTP and at the desk: each as who it is made for."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from certified import CONTACT, LOT, caller, drafted, grown, issued
from commands import objects, run
from desk import DeskWorld, inside, make_desk, send
from farm_season import MADE, made, record
from nodes import World, event, made_up_policy
from PIL import Image
from starlette.testclient import TestClient

from suyuan.cli import certificate as certificate_cli
from suyuan.core.errors import Blocked
from suyuan.core.lineage.act import Act
from suyuan.flow.capture import Incoming
from suyuan.web.desk.sheet import findings_of

PHONE = "Mozilla/5.0 (Linux; Android 14) Chrome/126"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made_ = make_desk(tmp_path / "node")
    grown(made_.world)
    yield made_
    made_.world.node.close()


def api(
    world: World, method: str, path: str, status: int, body: Any = None, who: str = "coop"
) -> Any:
    answer = world.client.request(method, path, json=body, headers=world.head(who))
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def codes(world: World, count: int = 1, key: str = "k", **more: Any) -> tuple[int, list[str]]:
    """Codes for packs of the lot; the record."""
    _, gtin, _, lot = LOT.removeprefix("https://id.gs1.org/").split("/")
    index, issued_ = world.node.issuer.issue(
        caller(world), gtin=gtin, lot=lot, count=count, key=key, time_zone="+08:00",
        event_time=world.node.clock.now(), **more,
    )  # fmt: skip
    return index, [one.serial for one in issued_]


def visitor(desk: DeskWorld, **head: str) -> TestClient:
    head = {"Accept-Language": "en", "Accept": "text/html", **head}
    return TestClient(desk.world.client.app, raise_server_exceptions=False, headers=head)


def test_a_lots_page_shows_both_gates_and_what_they_rest_on(desk: DeskWorld) -> None:
    client = inside(desk)
    page = client.get(f"/desk/lots/{LOT.removeprefix('https://id.gs1.org/')}").text
    assert "Release at origin" in page
    assert "产地准出" in page
    assert "No certificate (承诺达标合格证) has been issued for this lot" in page
    assert "every interval before it is over" in page.lower()
    assert "/desk/records/" in page
    zh = client.get(f"/desk/gates?of={LOT}&lang=zh").text
    assert "市场准入" in zh
    assert "这一批次没有产地准出记录" in zh


def test_a_clerk_drafts_issues_prints_and_voids(desk: DeskWorld) -> None:
    client = inside(desk)
    new = f"/desk/certificates/new?of={LOT}"
    form = client.get(new).text
    assert 'value="100 公斤"' in form
    assert "A certificate is due for this product" in form
    fields = {
        "of": LOT, "product": "茶青", "quantity": "80 公斤", "origin": "测试县大山村",
        "issued": desk.world.node.watch.today().isoformat(), "subject": "云岭合作社",
        "contact": CONTACT, "ticks": "质量安全控制符合要求", "side": "producer", "person": "王会计",
    }  # fmt: skip
    answer = send(client, new, **{**fields, "quantity": "很多", "do": "issue"})
    assert answer.status_code == 422
    assert 'id="quantity-error"' in answer.text
    code = re.search(r"/desk/certificates/([0-9A-Z]{12})", answer.text)
    assert code is not None
    here = f"/desk/certificates/{code[1]}"
    answer = send(client, here, **fields, do="issue")
    assert answer.headers["location"] == here, answer.text
    page = client.get(here).text
    assert "everybody sees 138****5678" in page
    answer = send(client, here, do="void", reason="", person="王会计")
    assert answer.status_code == 422
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    for copy, way in ((1, "a4"), (2, "label")):
        answer = client.post(
            f"{here}/print", data={"csrf": csrf[1], "way": way}, follow_redirects=False
        )
        assert answer.headers["location"] == f"{here}/paper?copy={copy}"
        shown = client.get(f"{here}/paper?copy={copy}")
        assert shown.status_code == 200
        assert ("Reprint 1" in shown.text) == (copy == 2)
        assert "mm" in client.get(f"{here}/paper.css?copy={copy}").text
    assert client.get(f"{here}/paper?copy=3").status_code == 404
    picture = Image.open(io.BytesIO(client.get(f"{here}/file/label.png?copy=2").content))
    assert picture.size == (480, 320)
    (read,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert read.text == f"HTTP://127.0.0.1:8000/C/{code[1]}"
    for ending, start in (("pdf", b"%PDF"), ("zpl", b"^XA"), ("tspl", b"SIZE"), ("bin", b"\x1b")):
        assert start in client.get(f"{here}/file/label.{ending}?copy=2").content[:400]
    assert client.get(f"{here}/file/a4.zpl?copy=1").status_code == 404
    answer = send(client, here, do="void", reason="重量写错了", person="王会计")
    assert answer.status_code == 303
    assert "Voided." in client.get(here).text
    assert client.get(f"{here}/paper?copy=1").status_code == 404
    assert "voided" in client.get("/desk/certificates").text


def test_a_certificate_for_a_lot_on_hold_says_why_and_where(desk: DeskWorld) -> None:
    client = inside(desk)
    kept = drafted(desk.world)
    desk.world.node.recalling.act(
        caller(desk.world), "hold", [LOT], person="王会计", reason="包装破损，正在查"
    )
    page = client.get(f"/desk/certificates/{kept.code}").text
    assert "It cannot be issued now" in page
    assert "包装破损" in page
    assert 'value="issue"' not in page
    answer = send(client, f"/desk/certificates/{kept.code}", do="issue", person="王", contact=CONTACT,
                  product="茶青", quantity="1 公斤", origin="x", issued="2026-09-01", subject="y",
                  ticks="质量安全控制符合要求", side="producer")  # fmt: skip
    assert "/desk/gates?of=" in answer.text
    told = api(desk.world, "POST", f"/certificates/{kept.code}/issue", 409, {"person": "王"})
    assert [one["rule"] for one in told["findings"]] == ["9/hold"]


def test_a_release_behind_a_closed_gate_takes_a_name_and_a_reason(desk: DeskWorld) -> None:
    client, here = inside(desk), f"/desk/gates?of={LOT}"
    answer = send(client, here, of=LOT, person="王会计", rule="9/certificate", **{"reason/0": ""})
    assert answer.status_code == 422
    assert "Nothing" not in answer.headers.get("location", "")
    size = desk.world.node.database.log.tail().size
    answer = send(
        client, here, of=LOT, person="王会计", rule="9/certificate",
        **{"reason/0": "首批试销，证书次日补开"},
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    assert desk.world.node.database.log.tail().size == size + 2
    page = client.get(here).text
    assert "首批试销" in page
    assert "Released at origin" in page
    told = api(desk.world, "GET", f"/gates?subject={LOT}", 200)
    assert told["origin"]["state"] != "closed"
    assert told["released"][0]["index"] == size + 1
    # What was answered for at the gate does not stand in the way of the shipment.
    deed = {"form": "shipping", "values": {"day": "2026-09-20", "destination": desk.world.org("other"),
            "items": [{"item": LOT, "amount": "1 公斤"}]}}  # fmt: skip
    api(desk.world, "POST", "/farm/deeds", 201, deed)


def test_what_leaves_through_a_closed_gate_is_not_filed(desk: DeskWorld) -> None:
    deed = {"form": "selling", "values": {"day": "2026-09-20",
            "items": [{"item": LOT, "amount": "1 公斤"}]}}  # fmt: skip
    told = api(desk.world, "POST", "/farm/deeds", 409, deed)
    assert {one["rule"] for one in told["findings"]} == {"9/certificate"}
    issued(desk.world)
    api(desk.world, "POST", "/farm/deeds", 201, deed)
    desk.world.node.recalling.act(
        caller(desk.world), "recall", [LOT], person="王会计", reason="检出残留"
    )
    told = api(desk.world, "POST", "/farm/deeds", 409, deed)
    assert {one["rule"] for one in told["findings"]} == {"9/hold"}


def test_what_was_made_from_it_needs_a_certificate_of_its_own(desk: DeskWorld) -> None:
    issued(desk.world)
    record(desk.world, made())
    told = api(desk.world, "GET", f"/gates?subject={MADE}", 200)
    assert "9/certificate" in {one["rule"] for one in told["origin"]["findings"]
                               if one["verdict"] == "block"}  # fmt: skip
    desk.world.node.recalling.act(
        caller(desk.world), "hold", [LOT], person="王会计", reason="检出残留"
    )
    told = api(desk.world, "GET", f"/gates?subject={MADE}", 200)
    assert "9/hold" in {one["rule"] for one in told["origin"]["findings"]
                        if one["verdict"] == "block"}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_can_check_it(desk: DeskWorld, language: str) -> None:
    kept, client = issued(desk.world), visitor(desk, **{"Accept-Language": language})
    words = {
        "en": ("Valid: certificate", "Voided: this", "Recalled: this", "Unknown: no"),
        "zh": ("有效：合格证", "已作废：", "已召回：", "查无此证："),
    }[language]
    page = client.get(f"/c/{kept.code}")
    assert page.status_code == 200
    assert words[0] in page.text
    assert "138****5678" in page.text
    assert CONTACT not in page.text
    assert "未使用禁用农药" in page.text
    assert client.get(f"/C/{kept.code}").text.count(kept.number) >= 2
    unknown = client.get("/c/000000000000")
    assert (unknown.status_code, words[3] in unknown.text) == (404, True)
    assert client.get("/c/nothing").status_code == 404
    public = client.get(f"/p/01/{LOT.partition('/01/')[2]}").text
    assert public.index("承诺达标合格证") < public.index("Tests" if language == "en" else "检测")
    node = desk.world.node
    node.certificates.void(caller(desk.world), kept.code, person="王", reason="重量写错了")
    page = client.get(f"/c/{kept.code}")
    assert words[1] in page.text
    assert "重量写错了" in page.text
    assert client.get(f"/certificates/check/{kept.code}").json()["state"] == "voided"
    node.recalling.act(caller(desk.world), "recall", [LOT], person="王会计", reason="检出残留")
    assert words[2] in client.get(f"/c/{kept.code}").text
    assert client.get(f"/certificates/check/{kept.code}").json()["state"] == "recalled"
    assert client.get("/certificates/check/x").json() == {
        "code": "x", "state": "unknown", "says": None,
    }  # fmt: skip


@pytest.mark.parametrize("face", ["failing", "held", "withdrawn", "recalled"])
def test_page_api_and_command_line_judge_a_certificate_alike(
    desk: DeskWorld, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, client, node = issued(desk.world), visitor(desk), desk.world.node
    later = {"eventTime": node.clock.now(), "quantityList": [{"epcClass": LOT}]}
    failed = {"item": "吡虫啉", "value": 0.9, "limit": 0.5, "unit": "mg/kg", "result": "fail"}
    if face == "failing":
        made = event(action="OBSERVE", bizStep="inspecting", **{"suyuan:test": [failed]}, **later)
        api(desk.world, "POST", "/events", 201, made)
    elif face == "withdrawn":
        made = event(action="OBSERVE", bizStep="destroying", disposition="destroyed", **later)
        api(desk.world, "POST", "/events", 201, made)
    else:
        act: Act = "hold" if face == "held" else "recall"
        node.recalling.act(caller(desk.world), act, [LOT], person="王会计", reason="检出残留")
    page = client.get(f"/c/{kept.code}", headers={"Accept-Language": "en"}).text
    title = {
        "failing": "A test of the goods", "held": "On hold: the goods",
        "withdrawn": "Taken off sale: the goods", "recalled": "Recalled: this certificate",
    }[face]  # fmt: skip
    assert title in page
    assert "Valid: certificate" not in page
    assert client.get(f"/certificates/check/{kept.code}").json()["state"] == face
    monkeypatch.setattr(certificate_cli, "node", lambda: node)
    monkeypatch.setattr(type(node), "close", lambda _: None)
    (told,) = objects(run("certificate", "show", kept.code, code=1))
    assert told["state"] == face


def test_what_failed_a_test_since_gets_no_paper(desk: DeskWorld) -> None:
    kept, node = issued(desk.world), desk.world.node
    failed = {"item": "吡虫啉", "value": 0.9, "limit": 0.5, "unit": "mg/kg", "result": "fail"}
    made = event(
        action="OBSERVE", bizStep="inspecting", eventTime=node.clock.now(),
        quantityList=[{"epcClass": LOT}], **{"suyuan:test": [failed]},
    )  # fmt: skip
    api(desk.world, "POST", "/events", 201, made)
    with pytest.raises(Blocked) as blocked:
        node.certificates.print(caller(desk.world), kept.code, way="a4", person="x")
    assert [one.name for one in findings_of(blocked.value)] == ["9/test"]


def test_the_page_of_a_certificate_brings_what_a_browser_needs_to_check_it(desk: DeskWorld) -> None:
    node, client = desk.world.node, visitor(desk)
    kept = issued(desk.world)
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    assert "verify.js" not in client.get(f"/c/{kept.code}").text, "nothing is sealed yet"
    node.sealer.seal()
    page = client.get(f"/c/{kept.code}?lang=en").text
    assert "verify.js" in page
    found = re.search(r'<script type="application/json" id="suyuan">(.*?)</script>', page, re.S)
    assert found is not None
    config = json.loads(found[1])
    assert config["subject"] == LOT
    bundle = client.get(config["bundle"])
    assert bundle.status_code == 200
    policy = desk.world.policy()
    assert policy.fingerprint() in page
    assert client.get(config["bundle"]).json()["subject"] == LOT
    assert len(page.encode()) < 100_000


def test_an_inspector_checks_goods_in_without_an_account(desk: DeskWorld) -> None:
    clerk, world = inside(desk), desk.world
    issued(world)
    answer = send(clerk, "/desk/check-in/links", market="", days="0")
    assert answer.status_code == 422
    answer = send(clerk, "/desk/check-in/links", market="城东农贸市场", days="30")
    found = re.search(r"/desk/check-in/link/([\w-]+)", answer.text)
    assert found is not None
    token = found[1]
    assert token not in clerk.get("/desk/check-in/links").text
    phone = visitor(desk)
    assert phone.get("/desk/check-in").status_code == 404
    answer = phone.get(f"/desk/check-in/link/{token}", follow_redirects=False)
    assert answer.headers["location"] == "/desk/check-in"
    assert token not in phone.get("/desk/check-in").text
    (code,) = codes(world)[1]
    scanned = f"HTTPS://TRACE.EXAMPLE.CN/01/{LOT.partition('/01/')[2]}/21/{code}"
    page = phone.get("/desk/check-in/lot", params={"code": scanned})
    assert page.status_code == 200
    assert "Nothing stands against letting it in" in page.text
    here = f"/desk/check-in/lot?code={LOT}"
    size = world.node.database.log.tail().size
    for fields, error in (
        ({"verdict": "refused", "quantity": "5 公斤"}, "reason-error"),
        ({"verdict": "accepted", "quantity": "some"}, "quantity-error"),
        ({"quantity": "5 公斤"}, "verdict-error"),
    ):
        answer = send(phone, here, lot=LOT, **fields)
        assert answer.status_code == 422
        assert error in answer.text
    assert world.node.database.log.tail().size == size
    answer = send(phone, here, lot=LOT, verdict="refused", quantity="5 公斤", reason="包装破损",
                  person="李检")  # fmt: skip
    assert answer.status_code == 303, answer.text
    answer = send(phone, here, lot=LOT, verdict="accepted", quantity="40 公斤")
    assert answer.status_code == 303
    content = world.node.database.log.records([size])[size].content or b""
    assert "城东农贸市场".encode() in content
    for hidden in ("包装破损", "李检", "5 公斤"):
        assert hidden.encode() not in content
    lot_page = clerk.get(f"/desk/gates?of={LOT}").text
    assert "城东农贸市场" in lot_page
    assert "包装破损" in lot_page
    regulator = inside(desk, "jian")
    assert "城东农贸市场" in regulator.get("/desk/regulator/refused").text
    held = regulator.get("/desk/regulator/certificates").text
    assert "holds" in held
    assert "包装破损" not in phone.get(here).text, "that is between the market and the sender"


@pytest.mark.usefixtures("stopped")
def test_a_link_ends_is_bound_in_number_and_means_its_own_lots(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    given = world.node.check_ins.give(caller(world), "城东", days=1, person="x")
    assert phone.get("/desk/check-in/link/nonsense").status_code == 404
    phone.get(f"/desk/check-in/link/{given.token}")
    for typed, status in (("L1", 200), ("09521234000044/L1", 200), ("nothing", 422), ("", 422),
                          ("https://x.example/01/09521234000044/10/NO", 422), (":", 422)):  # fmt: skip
        answer = phone.get("/desk/check-in/lot", params={"code": typed})
        assert (typed, answer.status_code) == (typed, status)
    links = api(world, "GET", "/check-in/links", 200)
    assert [one["market"] for one in links] == ["城东"]
    assert "digest" not in links[0]
    api(world, "DELETE", f"/check-in/links/{given.link.id}", 404, who="other")
    api(world, "DELETE", f"/check-in/links/{given.link.id}", 204)
    assert "ended" in phone.get("/desk/check-in").text
    for _ in range(25):
        answer = phone.get("/desk/check-in/link/wrong")
    assert answer.status_code == 429


def test_a_link_opens_a_lot_by_its_whole_number_and_lists_nothing_else(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    given = world.node.check_ins.give(caller(world), "城东", days=1, person="x")
    phone.get(f"/desk/check-in/link/{given.token}")
    for part in ("L", "1", "/10/", "09521234000044", "%", "l1", "https", "10/L1"):
        answer = phone.get("/desk/check-in/lot", params={"code": part})
        assert (part, answer.status_code, LOT in answer.text) == (part, 422, False)
    plain = phone.get("/desk/check-in/lot", params={"code": "L1"})
    assert (plain.status_code, "Which lot?" in plain.text) == (200, False)
    twin = "https://id.gs1.org/01/09521234000051/10/L1"
    made = event(quantityList=None, outputQuantityList=None, epcList=None) | {
        "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning",
        "quantityList": [{"epcClass": twin, "quantity": 5, "uom": "KGM"}],
    }  # fmt: skip
    made = {name: value for name, value in made.items() if value is not None}
    world.node.capture.events(caller(world), [Incoming(made)])
    both = phone.get("/desk/check-in/lot", params={"code": "L1"}).text
    assert "Which lot?" in both
    rows = re.findall(r'<li><a href="[^"]+">([^<]+)</a></li>', both)
    assert len(rows) == 2
    assert all(product in "".join(rows) for product in ("09521234000044", "09521234000051"))


def test_the_page_names_who_signed_and_not_who_was_typed(desk: DeskWorld) -> None:
    kept = issued(desk.world, subject="别人的合作社")
    page = visitor(desk).get(f"/c/{kept.code}?lang=en").text
    assert 'href="/report/01/09521234000044/10/L1"' in page
    assert "别人的合作社 issued it" not in page
    assert f"{desk.world.org('coop')} issued it" in page


def test_a_form_sent_twice_is_one_record(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    given = world.node.check_ins.give(caller(world), "城东\0\u202e", days=1, person="x")
    assert given.link.market == "城东", "nothing in it that no store takes, or that turns the text"
    phone.get(f"/desk/check-in/link/{given.token}")
    here = f"/desk/check-in/lot?code={LOT}"
    once = re.search(r'name="once" value="(\w+)"', phone.get(here).text)
    assert once is not None
    form = {"lot": LOT, "verdict": "accepted", "quantity": "5 公斤", "once": once[1],
            "reason": "证随车到", "person": "李检"}  # fmt: skip
    size = world.node.database.log.tail().size
    for _ in range(2):
        assert send(phone, here, **form).status_code == 303
    assert world.node.database.log.tail().size == size + 1
    for other in ({"quantity": "6 公斤"}, {"once": "another"}, {"once": ""}, {"once": ""}):
        assert send(phone, here, **{**form, **other}).status_code == 303
    assert world.node.database.log.tail().size == size + 5


def test_somebody_elses_link_cannot_sign_for_these_goods(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    given = world.node.check_ins.give(caller(world, "other"), "别处", days=1, person="x")
    phone.get(f"/desk/check-in/link/{given.token}")
    answer = send(
        phone, f"/desk/check-in/lot?code={LOT}", lot=LOT, verdict="refused", quantity="1 公斤",
        reason="没有合格证",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "cannot sign for them" in answer.text


def test_a_closed_gate_lets_nothing_in_without_a_name_and_a_reason(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    world.node.recalling.act(caller(world), "recall", [LOT], person="王会计", reason="残留超标")
    given = world.node.check_ins.give(caller(world), "城东", days=1, person="x")
    phone.get(f"/desk/check-in/link/{given.token}")
    here, size = f"/desk/check-in/lot?code={LOT}", world.node.database.log.tail().size
    form = {"lot": LOT, "verdict": "accepted", "quantity": "5 公斤"}
    answer = send(phone, here, **form)
    assert answer.status_code == 422
    assert "reason-error" in answer.text
    assert "person-error" in answer.text
    assert send(phone, here, **form, reason="复检合格，证随车到").status_code == 422
    assert world.node.database.log.tail().size == size
    answered = send(phone, here, **form, reason="复检合格，证随车到", person="李检")
    assert answered.status_code == 303


def test_a_code_that_no_pack_should_carry_is_told_to_the_inspector(desk: DeskWorld) -> None:
    world, phone = desk.world, visitor(desk)
    given = world.node.check_ins.give(caller(world), "城东", days=1, person="x")
    phone.get(f"/desk/check-in/link/{given.token}")
    record_, (fine, voided) = codes(world, 2)
    world.node.codes.act(caller(world), "void", record_, ((1, 1),), person="x", reason="印坏了")
    ahead, (returned,) = codes(world, key="ahead", ahead=True)
    world.node.codes.act(caller(world), "return", ahead, ((0, 0),), person="x", reason="没有用完")
    for code, status, said in ((fine, 200, "Your word"), (voided, 422, "was voided"),
                               (returned, 422, "given back unused"),
                               ("0123456789ABCD", 422, "no pack with this code")):  # fmt: skip
        answer = phone.get("/desk/check-in/lot", params={"code": f"{LOT}/21/{code}"})
        assert (code, answer.status_code) == (code, status)
        assert said.lower() in answer.text.lower()


def test_certificates_over_http(world: World) -> None:
    grown(world)
    made_ = api(world, "POST", "/certificates", 201, {"lot": LOT, "values": {"contact": CONTACT}})
    code = made_["code"]
    assert made_["values"]["quantity"] == "100 公斤"
    api(world, "PATCH", f"/certificates/{code}", 400, {"values": {"nothing": "x"}})
    api(world, "PATCH", f"/certificates/{code}", 200, {"values": {"origin": "测试县"}})
    api(world, "GET", f"/certificates/{code}", 404, who="other")
    told = api(world, "POST", f"/certificates/{code}/issue", 201, {"person": "王会计"})
    assert told["state"] == "issued"
    assert api(world, "GET", f"/certificates/{code}", 200)["says"]["contact"] == CONTACT
    assert api(world, "POST", f"/certificates/{code}/prints", 201, {"way": "a4"}) == {"copy": 1}
    answer = world.client.get(f"/certificates/{code}/prints/1.pdf", headers=world.head("coop"))
    assert answer.content.startswith(b"%PDF")
    listed = api(world, "GET", "/certificates", 200)
    assert [one["number"] for one in listed["certificates"]] == [told["number"]]
    assert listed["missing"] == []
    api(world, "POST", f"/certificates/{code}/void", 201, {"person": "王", "reason": "写错了重量"})
    api(world, "DELETE", f"/certificates/{code}", 409)
    spare = api(world, "POST", "/certificates", 201, {"lot": LOT})["code"]
    api(world, "DELETE", f"/certificates/{spare}", 204)
    api(world, "GET", f"/certificates/{spare}", 404)

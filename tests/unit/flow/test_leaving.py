"""What goes out of a closed gate is refused whatever way it is recorded, or taken and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from certified import LOT, caller, grown, issued
from commands import run
from nodes import BASE, World, document

from suyuan.adapters.keys import FileSigner
from suyuan.adapters.outside import SystemRandomness
from suyuan.cli import record, show
from suyuan.core.encoding import b64url
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.rules.finding import Finding
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming, key_value
from suyuan.flow.drafts import check_events, event_draft
from suyuan.flow.judge import Judge

OTHER = f"{BASE}org/other"


def moved(world: World, number: int = 1, step: str = "shipping", **more: Any) -> dict[str, Any]:
    made = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"suyuan": f"{BASE}voc/"}],
        "type": "ObjectEvent", "eventID": f"urn:uuid:00000000-0000-4000-9000-{number:012d}",
        "eventTime": world.node.clock.now(), "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
        "bizStep": step, "quantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}], **more,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


def send(world: World, path: str, body: Any, who: str = "coop", **head: str) -> Any:
    return world.client.post(
        path, json=body, headers={**world.head(who), "Accept-Language": "en", **head}
    )


def hold(world: World) -> None:
    world.node.recalling.act(caller(world), "hold", [LOT], person="王会计", reason="检出残留")


def size(world: World) -> int:
    return world.node.database.log.tail().size


def rules_of(answer: Any) -> set[str]:
    return {one["rule"] for one in answer.json()["findings"]}


@pytest.mark.parametrize("step", ["shipping", "retail_selling", "releasing"])
def test_an_event_is_held_to_the_gate_of_the_books(world: World, step: str) -> None:
    grown(world)
    more: dict[str, Any] = {}
    if step == "releasing":
        more = {
            "bizStep": f"{BASE}voc/releasing",
            "suyuan:release": {"gate": "origin", "rules": []},
        }
    before = size(world)
    refused = send(world, "/events", moved(world, step=step, **more))
    assert (refused.status_code, rules_of(refused)) == (409, {"9/certificate"})
    issued(world)
    hold(world)
    refused = send(world, "/events", moved(world, step=step, **more))
    assert rules_of(refused) == {"9/hold"}
    assert "takes an override" in refused.json()["detail"]
    assert size(world) == before + 2
    word = {"subject": LOT, "rule": "9/hold", "person": "王会计", "reason": "退回产地处理"}
    assert send(world, "/rules/overrides", word).status_code == 201
    assert send(world, "/events", moved(world, step=step, **more)).status_code == 201


def test_a_certificate_is_the_registers_to_issue_whatever_way_it_comes(world: World) -> None:
    grown(world)
    paper = {"type": "承诺达标合格证", "number": "2026-000001",
             "quantity": {"value": 99_999, "uom": "KGM"}, "text": "什么都好"}  # fmt: skip
    made_up = moved(world, 1, "accepting", **{"suyuan:certificate": paper})
    made_up["eventID"] = f"{BASE}certificate/0123456789AB"
    before = size(world)
    refused = send(world, "/events", made_up)
    assert refused.status_code == 400
    assert "POST /certificates" in refused.json()["detail"]
    hidden = {"Suyuan-Private": "/suyuan:certificate"}
    refused = send(world, "/events", made_up, **hidden)
    assert refused.status_code == 400, "in private it would open the gate for who reads it"
    away = signed_away(world, made_up, "/suyuan:certificate")
    assert send(world, "/records", away).status_code == 400
    assert size(world) == before + 1, "the key that signed the last one, and nothing else"
    assert world.client.get("/c/0123456789AB").status_code == 404

    kept = issued(world)
    void = {**paper, "status": "void", "of": f"{BASE}certificate/{kept.code}"}
    void = moved(world, 3, f"{BASE}voc/voiding", **{"suyuan:certificate": void})
    assert send(world, "/events", void).status_code == 201
    green = moved(world, 4, "accepting", **{"suyuan:certificate": {"type": "green", "number": "1"}})
    assert send(world, "/events", green).status_code == 201


@pytest.mark.parametrize("paper", [{"number": "FAKE-1"}, {"number": "FAKE-1", "type": "合格证"}])
def test_a_certificate_without_its_kind_opens_no_gate(world: World, paper: dict[str, str]) -> None:
    grown(world)
    nameless = moved(world, 1, "accepting", **{"suyuan:certificate": paper})
    assert send(world, "/events", nameless).status_code == 201
    refused = send(world, "/events", moved(world, 2))
    assert (refused.status_code, rules_of(refused)) == (409, {"9/certificate"})


def test_documents_are_held_to_it_whole_or_by_event(world: World) -> None:
    grown(world)
    issued(world)
    hold(world)
    stored = moved(world, 2, "storing", readPoint={"id": f"{BASE}place/store"})
    body = document([stored, moved(world, 3)])
    before = size(world)
    job = world.node.jobs.submit(caller(world), json.dumps(body).encode())
    world.node.jobs.run_one()
    told = world.client.get(f"/capture/{job.id}", headers=world.head("coop")).json()
    (error,) = told["errors"]
    assert (told["success"], error["rule"], size(world)) == (False, "9/hold", before)
    assert error["path"].endswith("/eventList/1")
    assert "9/hold" in error["detail"]
    job = world.node.jobs.submit(caller(world), json.dumps(body).encode(), behaviour="proceed")
    world.node.jobs.run_one()
    told = world.client.get(f"/capture/{job.id}", headers=world.head("coop")).json()
    assert told["indices"] == [before, None]
    assert [one["rule"] for one in told["errors"]] == ["9/hold"]


def test_an_override_may_come_in_the_same_document(world: World) -> None:
    grown(world)
    issued(world)
    hold(world)
    (found,) = [one for one in world.node.judge.release(caller(world).viewer, LOT) if one.open]
    override = moved(
        world, 8, f"{BASE}voc/overriding", quantityList=[{"epcClass": LOT}],
        **{"suyuan:override": {"rule": found.name, "of": LOT, "events": list(found.refs),
                               "reason": "退回产地处理"},
           "suyuan:person": {"name": "王会计"}},
    )  # fmt: skip
    body = json.dumps(document([override, moved(world, 9)])).encode()
    job = world.node.jobs.submit(caller(world), body)
    world.node.jobs.run_one()
    assert world.node.jobs.get(caller(world), job.id).state == "done"


def test_a_document_that_makes_a_lot_and_sends_it_off_is_judged_whole(world: World) -> None:
    """Nothing of the lot is in the log yet; what it is made from is on hold."""
    grown(world)
    issued(world)
    hold(world)
    tea = "https://id.gs1.org/01/09521234000051/10/T9"
    made = moved(
        world, 5, f"{BASE}voc/processing", type="TransformationEvent", action=None, quantityList=None,
        inputQuantityList=[{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
        outputQuantityList=[{"epcClass": tea, "quantity": 1, "uom": "KGM"}],
    )  # fmt: skip
    sent = moved(world, 6, quantityList=[{"epcClass": tea, "quantity": 1, "uom": "KGM"}])
    job = world.node.jobs.submit(caller(world), json.dumps(document([made, sent])).encode())
    world.node.jobs.run_one()
    told = world.client.get(f"/capture/{job.id}", headers=world.head("coop")).json()
    assert "9/hold" in {one["rule"] for one in told["errors"]}


def test_a_repeat_is_answered_whatever_was_held_since(world: World) -> None:
    grown(world)
    issued(world)
    sent = moved(world)
    first = send(world, "/events", sent)
    hold(world)
    assert send(world, "/events", sent).json() == first.json()
    assert send(world, "/events", moved(world, 7)).status_code == 409


def test_who_keeps_no_books_is_taken_at_its_word_and_the_gate_says_that_it_broke_the_rule(
    world: World,
) -> None:
    grown(world)
    issued(world)
    handed = moved(
        world, 1, sourceList=[{"type": "owning_party", "source": world.org("coop")}],
        destinationList=[{"type": "owning_party", "destination": OTHER}],
    )  # fmt: skip
    assert send(world, "/events", handed).status_code == 201
    assert send(world, "/events", moved(world, 2, "retail_selling"), "other").status_code == 201
    hold(world)
    sold = send(world, "/events", moved(world, 3, "retail_selling"), "other")
    assert sold.status_code == 201
    # Whom it was sold to is no business of competitors: its own organisation sees it, and authorities.
    viewer = Viewer(OTHER, "recorder", "990202")
    left = [one for one in world.node.judge.release(viewer, LOT) if one.name == "9/left"]
    assert [one.records[-1] for one in left] == [sold.json()["index"]]
    assert (left[0].verdict, left[0].facts["by"]) == ("warn", OTHER)
    assert [one.name for one in world.node.judge.standing(viewer, LOT, [9])] == ["9/left"]
    assert escaped(world) == [sold.json()["index"]]
    world.node.recalling.act(caller(world), "release", [LOT], person="王会计", reason="复检合格")
    assert send(world, "/events", moved(world, 4, "retail_selling"), "other").status_code == 201
    left = [one for one in world.node.judge.release(viewer, LOT) if one.name == "9/left"]
    assert [one.records[-1] for one in left] == [sold.json()["index"]]
    assert escaped(world) == [sold.json()["index"]]
    assert escaped(world, organisations=["coop"]) == []


def escaped(world: World, organisations: Sequence[str] = ("coop", "other")) -> list[int]:
    today = world.node.brands.today
    return world.node.escaped.records(
        Viewer(role="administrator"), [world.org("coop")], [world.org(one) for one in organisations],
        since=today, until=today,
    )  # fmt: skip


def test_what_somebody_answered_for_did_not_break_the_rule(world: World) -> None:
    grown(world)
    issued(world)
    hold(world)
    word = {"subject": LOT, "rule": "9/hold", "person": "王会计", "reason": "退回产地处理"}
    assert send(world, "/rules/overrides", word).status_code == 201
    assert send(world, "/events", moved(world)).status_code == 201
    assert escaped(world) == []


def test_signed_contents_and_the_command_line_are_held_to_it(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(world)
    issued(world)
    hold(world)
    (checked,) = check_events([("", moved(world))])
    draft = event_draft(
        checked, private_at=(), signer=FileSigner(b"7" * 32), origin=world.node.settings.origin,
        randomness=SystemRandomness(),
    )  # fmt: skip
    content = {
        "content": json.loads(draft.content),
        "disclosures": [],
        "kid": draft.kid,
        "sig": "x",
    }
    answer = send(world, "/records", content)
    assert (answer.status_code, rules_of(answer)) == (409, {"9/hold"})
    monkeypatch.setenv("SUYUAN_LANG", "en")
    for module in (record, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)
    file, before = tmp_path / "out.json", size(world)
    file.write_text(json.dumps(moved(world)), encoding="utf-8")
    for words in ([], ["--proceed"]):
        output = run("capture", str(file), "--as", world.org("coop"), *words, code=1).output
        assert "9/hold" in output
    assert size(world) == before


def test_only_what_goes_out_is_judged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    grown(world)
    asked: list[str] = []

    def leaving(_: Judge, viewer: object, thing: str, drafts: object) -> tuple[Finding, ...]:
        asked.append(thing)
        return ()

    monkeypatch.setattr(Judge, "leaving", leaving)
    assert send(world, "/events", moved(world, 1, "storing")).status_code == 201
    assert send(world, "/events", {"type": "ObjectEvent", "bizStep": "shipping"}).status_code == 400
    assert asked == []


@pytest.mark.parametrize(
    "more",
    [{"step": "retail_selling", "action": "DELETE"}, {"action": "ADD"},
     {"certificationInfo": ["https://example.org/c/1"]}],
)  # fmt: skip
def test_how_an_event_says_that_it_left_does_not_open_the_gate(
    world: World, more: dict[str, Any]
) -> None:
    grown(world)
    refused = send(world, "/events", moved(world, **more))
    assert (refused.status_code, rules_of(refused)) == (409, {"9/certificate"})


@pytest.mark.parametrize(
    "more", [{"action": "DELETE"}, {"certificationInfo": ["https://example.org/c/1"]}]
)
def test_however_a_sale_of_others_is_said_it_is_told(world: World, more: dict[str, Any]) -> None:
    grown(world)
    issued(world)
    handed = moved(
        world, 1, sourceList=[{"type": "owning_party", "source": world.org("coop")}],
        destinationList=[{"type": "owning_party", "destination": OTHER}],
    )  # fmt: skip
    assert send(world, "/events", handed).status_code == 201
    hold(world)
    sold = send(world, "/events", moved(world, 3, "retail_selling", **more), "other")
    assert sold.status_code == 201
    assert escaped(world) == [sold.json()["index"]]


def test_what_was_held_behind_it_in_the_same_document_does_not_stand_against_it(
    world: World,
) -> None:
    grown(world)
    issued(world)
    held = moved(world, 4, "holding", disposition="non_sellable_other",
                 quantityList=[{"epcClass": LOT}], **{"suyuan:reason": "检出残留"})  # fmt: skip
    body = json.dumps(document([moved(world, 3), held])).encode()
    job = world.node.jobs.submit(caller(world), body)
    world.node.jobs.run_one()
    assert world.node.jobs.get(caller(world), job.id).state == "done"
    assert escaped(world) == []


def test_a_crate_that_goes_round_is_asked_for_what_lies_in_it(world: World) -> None:
    grown(world)
    issued(world)
    crate = f"{BASE}crate/7"
    put = {"type": "AggregationEvent", "parentID": crate, "quantityList": None,
           "childQuantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}]}  # fmt: skip
    crated = moved(world, 21, epcList=[crate], quantityList=None)
    hold(world)
    for number, action in ((11, "ADD"), (12, "DELETE")):
        sent = moved(world, number, "packing", action=action, **put)
        assert send(world, "/events", sent).status_code == 201
        assert send(world, "/events", crated).status_code == (409 if action == "ADD" else 201)


def test_packs_and_cartons_of_a_certified_lot_go_out(world: World) -> None:
    grown(world)
    issued(world)
    pack, crate = f"{LOT}/21/0001", f"{BASE}crate/8"
    packed: dict[str, Any] = {"epcList": [pack], "quantityList": None}
    assert send(world, "/events", moved(world, 1, **packed)).status_code == 201
    put = moved(world, 2, "packing", type="AggregationEvent", action="ADD", parentID=crate,
                quantityList=None, childEPCs=[pack])  # fmt: skip
    assert send(world, "/events", put).status_code == 201
    crated = moved(world, 3, epcList=[crate], quantityList=None)
    assert send(world, "/events", crated).status_code == 201


def test_packs_and_cartons_of_a_lot_on_hold_stay(world: World) -> None:
    grown(world)
    issued(world)
    packs, crate = [f"{LOT}/21/{n:04}" for n in range(3)], f"{BASE}crate/8"
    put = moved(world, 2, "packing", type="AggregationEvent", action="ADD", parentID=crate,
                quantityList=None, childEPCs=packs[:2])  # fmt: skip
    assert send(world, "/events", put).status_code == 201
    hold(world)
    packed = moved(world, 1, epcList=packs, quantityList=None)
    crated = moved(world, 3, epcList=[crate], quantityList=None)
    for one in (packed, crated):
        assert rules_of(send(world, "/events", one)) == {"9/hold"}
    word = {"subject": LOT, "rule": "9/hold", "person": "王会计", "reason": "退回产地处理"}
    assert send(world, "/rules/overrides", word).status_code == 201
    for one in (packed, crated):
        assert send(world, "/events", one).status_code == 201


def test_a_pack_on_hold_stays_and_others_of_its_lot_go(world: World) -> None:
    grown(world)
    issued(world)
    bad, good = (moved(world, n, epcList=[f"{LOT}/21/000{n}"], quantityList=None) for n in (1, 2))
    held = {**bad, "bizStep": "holding", "disposition": "non_sellable_other",
            "eventID": moved(world, 9)["eventID"]}  # fmt: skip
    assert send(world, "/events", held).status_code == 201
    assert send(world, "/events", good).status_code == 201
    assert rules_of(send(world, "/events", bad)) == {"9/hold"}


def test_a_pack_of_a_lot_on_hold_that_others_sold_is_told(world: World) -> None:
    grown(world)
    issued(world)
    pack: dict[str, Any] = {"epcList": [f"{LOT}/21/0001"], "quantityList": None}
    handed = moved(
        world, 1, sourceList=[{"type": "owning_party", "source": world.org("coop")}],
        destinationList=[{"type": "owning_party", "destination": OTHER}], **pack,
    )  # fmt: skip
    assert send(world, "/events", handed).status_code == 201
    hold(world)
    sold = send(world, "/events", moved(world, 3, "retail_selling", **pack), "other")
    assert sold.status_code == 201
    assert escaped(world) == [sold.json()["index"]]


def test_what_is_unpacked_behind_it_in_the_same_document_was_in_it(world: World) -> None:
    grown(world)
    issued(world)
    hold(world)
    crate = f"{BASE}crate/9"
    nested: dict[str, Any] = {"type": "AggregationEvent", "parentID": crate, "quantityList": None,
                              "childEPCs": [f"{LOT}/21/0001"]}  # fmt: skip
    story = [
        moved(world, 1, "packing", action="ADD", **nested),
        moved(world, 2, epcList=[crate], quantityList=None),
        moved(world, 3, "unpacking", action="DELETE", **nested),
        moved(world, 4, epcList=[crate], quantityList=None),
    ]
    job = world.node.jobs.submit(
        caller(world), json.dumps(document(story)).encode(), behaviour="proceed"
    )
    world.node.jobs.run_one()
    errors = world.client.get(f"/capture/{job.id}", headers=world.head("coop")).json()["errors"]
    assert [one["path"].rsplit("/", 1)[-1] for one in errors] == ["1"]


def test_who_answers_for_a_pack_or_a_carton_lets_that_one_go(world: World) -> None:
    grown(world)
    issued(world)
    packs, crate = [f"{LOT}/21/{n:04}" for n in range(3)], f"{BASE}crate/8"
    put = moved(world, 2, "packing", type="AggregationEvent", action="ADD", parentID=crate,
                quantityList=None, childEPCs=packs[:1])  # fmt: skip
    stored = moved(world, 4, "storing", epcList=packs[1:], quantityList=None)
    for one in (put, stored):
        assert send(world, "/events", one).status_code == 201
    hold(world)
    events = [moved(world, 5 + n, epcList=[one], quantityList=None)
              for n, one in enumerate([crate, packs[1], packs[2]])]  # fmt: skip
    for one in events:
        assert rules_of(send(world, "/events", one)) == {"9/hold"}
    for subject in (crate, packs[1]):
        word = {"subject": subject, "rule": "9/hold", "person": "王会计", "reason": "退回产地处理"}
        assert send(world, "/rules/overrides", word).status_code == 201
    answers = [send(world, "/events", one).status_code for one in events]
    assert answers == [201, 201, 409]


def test_a_repeat_without_a_name_is_answered_where_fields_of_it_are_private(world: World) -> None:
    grown(world)
    issued(world)
    note: dict[str, Any] = {"suyuan:note": "一等"}
    sent = moved(world, eventID=None, **note)
    head = {"Suyuan-Private": "/suyuan:note"}
    first = send(world, "/events", sent, **head)
    hold(world)
    assert send(world, "/events", sent, **head).json() == first.json()
    other = {**sent, "suyuan:note": "二等"}
    assert send(world, "/events", other, **head).status_code == 409


def codes_of(world: World, count: int = 2) -> list[str]:
    """Packs of the lot by GTIN and serial alone, as tills and cartons name them."""
    gtin, lot = LOT.split("/")[-3], LOT.split("/")[-1]
    _, issued = world.node.issuer.issue(
        caller(world), gtin=gtin, lot=lot, count=count, event_time=world.node.clock.now(),
        time_zone="+08:00", key="first",
    )  # fmt: skip
    return [f"https://id.gs1.org/01/{gtin}/21/{one.serial}" for one in issued]


CARTON = "https://id.gs1.org/00/395212340000000014"


def test_a_pack_that_no_record_names_the_lot_of_is_asked_by_the_lot_of_its_code(
    world: World,
) -> None:
    grown(world)
    issued(world)
    first, second = codes_of(world)
    hold(world)
    sale = moved(world, 11, "retail_selling", quantityList=None, epcList=[first, second])
    refused = send(world, "/events", sale)
    assert (refused.status_code, rules_of(refused)) == (409, {"9/hold"})
    boxed = moved(
        world, 12, "packing", type="AggregationEvent", action="ADD", quantityList=None,
        parentID=CARTON, childEPCs=[first],
    )  # fmt: skip
    assert send(world, "/events", boxed).status_code == 201
    refused = send(world, "/events", moved(world, 13, quantityList=None, epcList=[CARTON]))
    assert rules_of(refused) == {"9/hold"}
    urn = f"urn:epc:id:sgtin:{LOT.split('/')[-3][1:8]}.{LOT.split('/')[-3][0]}{LOT.split('/')[-3][8:13]}"
    refused = send(
        world, "/events",
        moved(world, 14, quantityList=None, epcList=[f"{urn}.{second.rsplit('/', 1)[-1]}"]),
    )  # fmt: skip
    assert rules_of(refused) == {"9/hold"}, "in whatever way it is written"
    stranger = f"{first.rpartition('/')[0]}/NOT-OURS"
    free = moved(world, 15, quantityList=None, epcList=[stranger])
    assert send(world, "/events", free).status_code == 201
    word = {"subject": LOT, "rule": "9/hold", "person": "王会计", "reason": "退回产地处理"}
    assert send(world, "/rules/overrides", word).status_code == 201
    assert send(world, "/events", sale).status_code == 201


def test_a_recall_reaches_packs_by_the_lot_of_their_codes(world: World) -> None:
    grown(world)
    issued(world)
    first, second = codes_of(world)
    sold = moved(world, 11, "retail_selling", quantityList=None, epcList=[first],
                 disposition="retail_sold",
                 destinationList=[{"type": "owning_party", "destination": OTHER}])  # fmt: skip
    looked = moved(world, 12, "inspecting", quantityList=None, epcList=[second])
    for event in (sold, looked):
        assert send(world, "/events", event).status_code == 201
    head = {**world.head("coop"), "Accept-Language": "en"}
    page = f"/01/{LOT.split('/')[-3]}/10/{LOT.split('/')[-1]}/21/{first.rsplit('/', 1)[-1]}"
    body = {"act": "recall", "things": [LOT], "person": "王会计", "reason": "检出残留"}
    html = {"Accept": "text/html", "Accept-Language": "en"}
    assert "Recalled" not in world.client.get(page, headers=html).text
    assert send(world, "/recalls", body).status_code == 201
    reach = world.client.get("/recalls/reach", params={"thing": LOT}, headers=head).json()
    assert [one["id"] for one in reach["handed"]] == [first]
    lineage = world.client.get("/lineage", params={"subject": LOT}, headers=head).json()
    assert {first, second} <= {thing for step in lineage["steps"] for one in step["outputs"]
                               if (thing := one.get("id"))}  # fmt: skip
    assert "Recalled" in world.client.get(page, headers=html).text


def test_what_others_sold_by_its_code_alone_left_while_its_lot_was_stopped(world: World) -> None:
    grown(world)
    issued(world)
    (first, _) = codes_of(world)
    hold(world)
    sale = moved(world, 11, "retail_selling", quantityList=None, epcList=[first])
    shop = Caller(OTHER, "recorder", "990101", "till")
    world.node.capture.events(caller(world), [Incoming(moved(
        world, 10, quantityList=None, epcList=[first],
        destinationList=[{"type": "owning_party", "destination": OTHER}],
    ))])  # fmt: skip
    world.node.capture.events(shop, [Incoming(sale)])
    found = world.node.judge.standing(caller(world).viewer, first, [9])
    assert {one.code for one in found if one.verdict == "warn"} == {"left"}


def test_the_gate_of_a_lot_asks_nothing_of_the_records_of_its_packs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lot of a cooperative has more of them than a question may rest on."""
    grown(world)
    issued(world)
    hold(world)
    packs = [f"{LOT}/21/P{number}" for number in range(60)]
    me, node, (pack, *_) = caller(world), world.node, packs
    pack = pack.replace(f"/10/{LOT.rpartition('/')[2]}", "")
    for number, name in enumerate(packs):
        for step in ("storing", "inspecting"):
            made = moved(world, 100 + number, step, eventID=None, quantityList=None, epcList=[name])
            node.capture.events(me, [Incoming(made)])
    # Of the lot itself as well as of a pack: it counts.
    both = moved(world, 98, "inspecting", quantityList=[{"epcClass": LOT}], epcList=packs[:1],
                 **{"suyuan:test": {"item": "铅", "result": "pass"}})  # fmt: skip
    node.capture.events(me, [Incoming(both)])
    tested = moved(world, 99, "inspecting", quantityList=[{"epcClass": LOT}],
                   **{"suyuan:test": {"item": "镉", "result": "pass"}})  # fmt: skip
    node.capture.events(me, [Incoming(tested)])
    shop = Caller(OTHER, "recorder", "990101", "till")
    gone = moved(world, 97, destinationList=[{"type": "owning_party", "destination": OTHER}])
    node.capture.events(me, [Incoming(moved(
        world, 96, f"{BASE}voc/overriding", quantityList=[{"epcClass": LOT}],
        **{"suyuan:override": {"rule": "9/hold", "of": LOT, "events": [], "reason": "无"}},
    )), Incoming(gone)])  # fmt: skip
    node.capture.events(shop, [Incoming(moved(world, 95, "retail_selling"))])
    asked = (lambda: node.gatekeeper.of(me.viewer, LOT), lambda: node.judge.release(me.viewer, LOT),
             lambda: node.judge.leaving(me.viewer, pack, {}))  # fmt: skip
    brief = [ask() for ask in asked]
    read = [one.index for one in node.judge.past(me.viewer, LOT).deeds]
    assert len(read) < 60
    walks, whole = type(node.judge.walks), type(node.judge.walks)._touched
    with monkeypatch.context() as patch:
        patch.setattr(walks, "_touched", lambda self, names, _: whole(self, names, None))
        assert len(node.judge.past(me.viewer, LOT).deeds) > 120
        assert [ask() for ask in asked] == brief, "the same answers as from all of them"
    monkeypatch.setattr("suyuan.flow.walks.MOST", 100)
    assert [ask() for ask in asked] == brief
    first = {**world.head("coop"), "Accept-Language": "en"}
    told = world.client.get("/gates", params={"subject": LOT}, headers=first)
    assert (told.status_code, told.json()["origin"]["state"]) == (200, "closed")
    refused = send(world, "/events", moved(world, 94, quantityList=None, epcList=packs[:1]))
    assert rules_of(refused) == {"9/hold"}


def signed_away(world: World, sent: dict[str, Any], *private: str) -> dict[str, Any]:
    """As ``suyuan sign`` writes it, with a key that the organisation alone holds."""
    key = FileSigner(b"7" * 32)
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    world.node.capture.key(admin, key_value(key.public, world.org("coop"), "recorder"))
    (checked,) = check_events([("", sent)])
    draft = event_draft(
        checked, private_at=private, signer=key, origin=world.node.settings.origin,
        randomness=SystemRandomness(),
    )  # fmt: skip
    return {"content": json.loads(draft.content), "disclosures": list(draft.disclosures),
            "kid": draft.kid, "sig": b64url(draft.sig)}  # fmt: skip


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("hidden", [True, False])
def test_what_was_signed_elsewhere_is_answered_again_whatever_was_held_since(
    world: World, *, named: bool, hidden: bool
) -> None:
    grown(world)
    issued(world)
    more: dict[str, Any] = {"suyuan:note": "一等", **({} if named else {"eventID": None})}
    document_ = signed_away(world, moved(world, **more), *(["/suyuan:note"] if hidden else []))
    first = send(world, "/records", document_)
    assert first.status_code == 201
    hold(world)
    again = send(world, "/records", document_)
    assert (again.status_code, again.json()) == (201, first.json())
    keyed = send(world, "/records", [document_], **{"Idempotency-Key": "k"})
    assert keyed.json() == first.json()
    more = {"suyuan:note": "二等", "eventID": None}
    other = signed_away(world, moved(world, 8, **more))
    assert rules_of(send(world, "/records", other)) == {"9/hold"}


@pytest.mark.parametrize("kind", ["json", "private", "xml"])
@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_a_document_that_comes_again_is_answered_whatever_was_held_since(
    world: World, kind: str, behaviour: Any
) -> None:
    grown(world)
    issued(world)
    more: dict[str, Any] = {"eventID": None}
    if kind != "xml":
        more["suyuan:note"] = "一等"
    sent = moved(world, **more)
    body = json.dumps(document([sent])).encode()
    if kind == "xml":
        body = write_xml(document([sent]), created="2026-09-17T00:00:00Z")
    private = ("/suyuan:note",) if kind == "private" else ()
    me, jobs, indices = caller(world), world.node.jobs, []
    for _ in range(2):
        job = jobs.submit(me, body, private=private, behaviour=behaviour)
        jobs.run_one()
        done = jobs.get(me, job.id)
        assert (done.state, json.loads(done.errors)) == ("done", [])
        indices.append(done.indices)
        hold(world)
    assert indices[0] == indices[1]


def test_of_a_lot_that_went_out_in_very_many_parts_the_gate_asks_the_sums(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(world)
    issued(world)
    me, node = caller(world), world.node

    def packed(number: int) -> Incoming:
        """One pack made of the lot, which held 60 kg."""
        return Incoming(moved(
            world, number, "packing", type="TransformationEvent", action=None, quantityList=None,
            inputQuantityList=[{"epcClass": LOT, "quantity": 1, "uom": "KGM"}],
            outputEPCList=[f"{LOT}/21/T{number}"],
        ))  # fmt: skip

    node.capture.events(me, [packed(200 + number) for number in range(30)])
    node.capture.events(me, [Incoming(moved(world, 300 + number)) for number in range(30)])

    def told() -> list[list[tuple[object, ...]]]:
        gates = node.gatekeeper.of(me.viewer, LOT)
        asked = (
            gates.origin.findings,
            gates.market.findings,
            node.judge.leaving(me.viewer, LOT, {}),
        )
        return [[(one.name, one.verdict, one.text, one.facts) for one in found] for found in asked]

    def same_as_whole() -> list[list[tuple[object, ...]]]:
        with monkeypatch.context() as patch:
            whole = told()
            read = len(node.judge.past(me.viewer, LOT).deeds)
            patch.setattr("suyuan.flow.walks.MANY", 20)
            assert len(node.judge.past(me.viewer, LOT).deeds) < read - 50
            assert told() == whole
        return whole

    first = same_as_whole()
    assert not any(one[1] == "block" for found in first for one in found)
    node.capture.events(me, [packed(400 + number) for number in range(400)])
    over = same_as_whole()
    assert "9/balance" in {one[0] for one in over[0] if one[1] == "block"}
    hold(world)
    monkeypatch.setattr(node.leaving, "keeps_books", lambda _: False)
    for number in (1, 2):
        assert send(world, "/events", moved(world, 900 + number)).status_code == 201
    left = same_as_whole()
    assert [one[0] for one in left[0]].count("9/left") == 2


def handed(
    world: World, number: int, step: str, to: str = OTHER, kind: str = "ObjectEvent", **more: Any
) -> dict[str, Any]:
    document = {"type": "bol", "bizTransaction": f"urn:x:bol:{number}"}
    return moved(
        world, number, step, type=kind,
        destinationList=[{"type": "owning_party", "destination": to}],
        **({"bizTransactionList": [document]} if kind == "TransactionEvent" else {}), **more,
    )  # fmt: skip


HANDING = [("departing", "ObjectEvent"), ("loading", "TransactionEvent"), ("consigning", "ObjectEvent"),
           ("dispensing", "ObjectEvent"), ("transporting", "ObjectEvent")]  # fmt: skip


@pytest.mark.parametrize(("step", "kind"), HANDING)
def test_whatever_step_hands_over_is_held_to_the_gate(world: World, step: str, kind: str) -> None:
    grown(world)
    refused = send(world, "/events", handed(world, 1, step, kind=kind))
    assert (refused.status_code, rules_of(refused)) == (409, {"9/certificate"})
    # Within the farm, or to nobody that is named, nothing is handed over.
    own = handed(world, 2, step, world.org("coop"), kind)
    assert send(world, "/events", own).status_code == 201
    at_home = handed(world, 3, step, kind=kind)
    del at_home["destinationList"]
    assert send(world, "/events", at_home).status_code == 201
    assert recipients(world) == []
    issued(world)
    assert send(world, "/events", handed(world, 4, step, kind=kind)).status_code == 201
    assert recipients(world) == [(OTHER, "5")]


def recipients(world: World) -> list[tuple[str | None, str | None]]:
    found = world.node.recalling.reach(caller(world).viewer, [LOT])
    return [(one.party, one.amount) for one in found.recipients]


def test_parts_of_one_dispatch_count_once(world: World) -> None:
    grown(world)
    issued(world)
    for number, step in enumerate(("loading", "departing"), 1):
        assert send(world, "/events", handed(world, number, step)).status_code == 201
    (told,) = world.node.recalling.where(caller(world).viewer, LOT).handed
    assert (told.party, str(told.amount.value)) == (OTHER, "5")
    assert recipients(world) == [(OTHER, "5")]


def test_a_pallet_takes_what_lies_in_it_to_whom_it_is_loaded_for(world: World) -> None:
    grown(world)
    issued(world)
    pallet = "https://id.gs1.org/00/395212340000000038"
    loaded = handed(
        world, 1, "loading", kind="AggregationEvent", action="ADD", parentID=pallet,
        quantityList=None, childQuantityList=[{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
    )  # fmt: skip
    assert send(world, "/events", loaded).status_code == 201
    assert (OTHER, "5") in recipients(world)


@pytest.mark.parametrize(("step", "kind"), HANDING)
def test_what_others_handed_over_while_it_was_stopped_is_told(
    world: World, step: str, kind: str
) -> None:
    grown(world)
    issued(world)
    assert send(world, "/events", handed(world, 1, "shipping")).status_code == 201
    hold(world)
    third = f"{BASE}org/third"
    sent = send(world, "/events", handed(world, 2, step, third, kind), "other")
    assert sent.status_code == 201
    assert escaped(world) == [sent.json()["index"]]


def test_what_was_recorded_before_such_steps_were_read_is_put_in(world: World) -> None:
    grown(world)
    issued(world)
    assert send(world, "/events", handed(world, 1, "departing")).status_code == 201
    with world.node.database.connections.write("log") as connection:
        connection.exec_driver_sql("DELETE FROM flows WHERE way = 16")
    assert recipients(world) == []
    world.node.books.reindex()
    world.node.books.reindex()
    assert recipients(world) == [(OTHER, "5")]


def test_a_packing_that_is_told_after_its_carton_left_is_told_at_the_gate(world: World) -> None:
    grown(world)
    issued(world)
    carton = "https://id.gs1.org/00/395212340000000045"
    before = world.node.clock.now()
    assert send(world, "/events", handed(world, 1, "shipping")).status_code == 201
    hold(world)
    out = handed(world, 2, "shipping", quantityList=None, epcList=[carton])
    sent = send(world, "/events", out, "other")
    assert sent.status_code == 201
    packed = moved(
        world, 3, "packing", type="AggregationEvent", action="ADD", parentID=carton,
        eventTime=before, quantityList=None,
        childQuantityList=[{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
    )  # fmt: skip
    assert send(world, "/events", packed, "other").status_code == 201
    index = sent.json()["index"]
    viewer = Viewer(OTHER, "recorder", "990202")
    for asked in world.node.judge.gates(viewer, LOT)[1:]:
        assert [one.records[-1] for one in asked if one.name == "9/left"] == [index]
    assert escaped(world) == [index]

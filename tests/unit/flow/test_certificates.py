"""Certificates on a real node: filled in from the lot, stopped by the gate, issued, voided, counted."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from certified import CONTACT, LOT, caller, drafted, grown, issued
from nodes import World

from suyuan.core.certificate import event_id, gaps
from suyuan.core.errors import Blocked, Conflict, Forbidden, Many, NotFound, Refused
from suyuan.core.rules.finding import Finding
from suyuan.core.visibility import PUBLIC
from suyuan.flow.recall import Recalling


def paths(problem: Refused) -> set[str]:
    parts = problem.errors if isinstance(problem, Many) else (problem,)
    return {one.path for one in parts}


def gate(world: World) -> list[Finding]:
    """What the gate of the lot says, as its owner sees it."""
    return list(world.node.judge.release(caller(world).viewer, LOT))


def hold(world: World, act: str = "hold", of: str = LOT) -> None:
    recalling: Recalling = world.node.recalling
    recalling.act(caller(world), act, [of], person="王会计", reason="包装破损，正在查")  # type: ignore[arg-type]


@pytest.mark.usefixtures("stopped")
def test_a_draft_is_filled_in_from_the_lot(world: World) -> None:
    grown(world)
    values = json.loads(world.node.certificates.begin(caller(world), LOT).values)
    today = world.node.watch.today().isoformat()
    assert values == {
        "product": "茶青", "quantity": "100 公斤", "origin": "", "issued": today,
        "subject": "coop 单位", "contact": "", "shown": False, "ticks": ["质量安全控制符合要求"],
        "side": "producer",
    }  # fmt: skip


def test_whether_one_is_due_and_what_it_says_is_dated_data(world: World) -> None:
    grown(world)
    scope = world.node.certificates.drafting.scope(caller(world).viewer, LOT)
    assert scope.due is True
    assert scope.text is not None
    assert scope.text.keep_months == 6
    assert scope.text.of("producer").startswith("未使用禁用农药")
    assert "2025年第4号" in scope.text.source.zh


@pytest.mark.usefixtures("stopped")
def test_issuing_makes_a_record_that_opens_the_gate(world: World) -> None:
    grown(world)
    before = [one for one in gate(world) if one.open]
    assert [one.code for one in before] == ["certificate"]
    kept = issued(world)
    assert kept.state == "issued"
    assert kept.number == f"{world.node.watch.today().year}-000001"
    assert kept.values == "", "what was typed is in the log, and nowhere else"
    assert [one for one in gate(world) if one.open] == []
    looked = world.node.register.look(PUBLIC, f"HTTPS://TRACE.EXAMPLE/C/{kept.code}")
    assert looked is not None
    assert (looked.issued.number, looked.issued.said) == (kept.number, "50 公斤")
    ticks = [(text.zh, ticked) for text, ticked in looked.issued.ticks]
    assert ticks[:2] == [("质量安全控制符合要求", True), ("自行检测合格", False)]
    again = world.node.certificates.issue(caller(world), kept.code, person="王会计")
    assert again == kept.record


def test_the_number_of_the_contact_is_private_unless_it_is_said_to_be_public(world: World) -> None:
    grown(world)
    hidden, open_ = (
        issued(world),
        issued(world, shown=True, contact="0579-87000000", quantity="1 公斤"),
    )
    register, own = world.node.register, caller(world).viewer
    assert hidden.record is not None
    stored = world.node.database.log.records([hidden.record])[hidden.record]
    assert CONTACT.encode() not in (stored.content or b"")
    for viewer, said in ((PUBLIC, "138****5678"), (own, CONTACT)):
        looked = register.look(viewer, hidden.code)
        assert looked is not None
        assert looked.contact == said
    looked = register.look(PUBLIC, open_.code)
    assert looked is not None
    assert looked.contact == "0579-87000000"
    draft = world.node.certificates.begin(caller(world), LOT)
    assert json.loads(draft.values)["contact"] == "0579-87000000"


def test_a_certificate_for_a_lot_on_hold_is_refused_and_says_why(world: World) -> None:
    grown(world)
    kept = drafted(world)
    hold(world)
    with pytest.raises(Blocked) as stopped:
        world.node.certificates.issue(caller(world), kept.code, person="王会计")
    (found,) = stopped.value.findings
    assert found.code == "hold"  # type: ignore[attr-defined]
    assert "包装破损" in str(found.text.params["reason"])  # type: ignore[attr-defined]
    hold(world, "release")
    world.node.certificates.issue(caller(world), kept.code, person="王会计")


def test_an_open_interval_stops_it_until_somebody_answers_for_it(world: World) -> None:
    grown(world, spray="2026-03-25")
    kept = drafted(world)
    with pytest.raises(Blocked) as stopped:
        world.node.certificates.issue(caller(world), kept.code, person="王会计")
    (found,) = stopped.value.findings
    assert found.name == "9/interval"  # type: ignore[attr-defined]
    world.node.judge.override(
        caller(world), found, person="王会计", reason="已送检，结果合格", event_id="urn:x:over"  # type: ignore[arg-type]
    )  # fmt: skip
    world.node.certificates.issue(caller(world), kept.code, person="王会计")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"quantity": "很多"}, "/quantity"),
        ({"quantity": "0 公斤"}, "/quantity"),
        ({"quantity": "101 公斤"}, "/quantity"),
        ({"contact": ""}, "/contact"),
        ({"contact": "abc"}, "/contact"),
        ({"origin": " "}, "/origin"),
        ({"issued": "2026-13-01"}, "/issued"),
        ({"issued": "2999-01-01"}, "/issued"),
        ({"ticks": []}, "/ticks"),
        ({"ticks": ["谁也没说过的"]}, "/ticks"),
        ({"side": "nobody"}, "/side"),
    ],
)
def test_what_is_not_right_is_told_at_its_field(
    world: World, changes: dict[str, Any], path: str
) -> None:
    grown(world)
    kept = drafted(world, **changes)
    with pytest.raises(Refused) as refused:
        world.node.certificates.issue(caller(world), kept.code, person="王会计")
    assert paths(refused.value) == {path}
    assert world.node.certificates.get(world.org("coop"), kept.code).number == ""


def test_a_void_one_holds_no_more_and_a_new_one_is_due(world: World) -> None:
    grown(world)
    kept = issued(world)
    certificates = world.node.certificates
    with pytest.raises(Refused) as refused:
        certificates.void(caller(world), kept.code, person="王会计", reason="")
    assert paths(refused.value) == {"/reason"}
    index = certificates.void(caller(world), kept.code, person="王会计", reason="重量写错了")
    assert certificates.void(caller(world), kept.code, person="王", reason="再来一次") == index
    looked = world.node.register.look(PUBLIC, kept.code)
    assert looked is not None
    assert looked.voided == index
    assert looked.reason is not None
    assert looked.reason.zh == "重量写错了"
    (found,) = [one for one in gate(world) if one.open]
    assert found.code == "certificate"
    with pytest.raises(Refused):
        certificates.print(caller(world), kept.code, way="a4", person="王会计")
    assert issued(world).number.endswith("-000002")


def test_nobody_voids_what_somebody_else_issued(world: World) -> None:
    grown(world)
    kept = issued(world)
    other = caller(world, "other")
    with pytest.raises(NotFound):
        world.node.certificates.void(other, kept.code, person="x", reason="nothing of ours")
    forged = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"suyuan": "https://node.example/voc/"}],
        "type": "ObjectEvent", "eventTime": "2026-09-01T00:00:00.000Z",
        "eventTimeZoneOffset": "+08:00", "action": "OBSERVE", "epcList": ["urn:x:else"],
        "eventID": f"{event_id('https://node.example/', kept.code)}/void",
        "suyuan:certificate": {"type": "承诺达标合格证", "status": "void",
                               "of": event_id("https://node.example/", kept.code)},
    }  # fmt: skip
    answer = world.client.post("/events", json=forged, headers=world.head("other"))
    assert answer.status_code == 201
    looked = world.node.register.look(PUBLIC, kept.code)
    assert looked is not None
    assert looked.voided is None
    assert [one for one in gate(world) if one.open] == []
    # Nor does it keep the issuer from voiding, whose eventID was taken.
    voided = world.node.certificates.void(
        caller(world), kept.code, person="王会计", reason="重量写错了"
    )
    looked = world.node.register.look(PUBLIC, kept.code)
    assert looked is not None
    assert looked.voided == voided
    assert [one.code for one in gate(world) if one.open] == ["certificate"]
    again = world.node.certificates.void(caller(world), kept.code, person="王", reason="once more")
    assert again == voided


def test_a_lot_of_somebody_else_gets_none(world: World) -> None:
    grown(world)
    certificates, other = world.node.certificates, caller(world, "other")
    kept = certificates.begin(other, LOT)
    certificates.save(other, kept.code, {"contact": CONTACT, "origin": "x", "quantity": "1 公斤"})
    with pytest.raises(Forbidden):
        certificates.issue(other, kept.code, person="x")
    with pytest.raises(NotFound):
        certificates.get(world.org("coop"), kept.code)


@pytest.mark.usefixtures("stopped")
def test_numbers_run_without_gaps_whatever_becomes_of_drafts(world: World) -> None:
    grown(world)
    certificates = world.node.certificates
    first = issued(world, quantity="1 公斤")
    blocked = drafted(world, quantity="1 公斤")
    certificates.store.number(blocked.code, world.node.watch.today().year)
    certificates.discard(caller(world), blocked.code)
    assert certificates.get(world.org("coop"), blocked.code).state == "unused"
    third = issued(world, quantity="1 公斤")
    numbers = certificates.store.numbers(world.org("coop"))
    assert [int(one[-6:]) for one in numbers] == [1, 2, 3]
    assert gaps(numbers) == []
    assert (first.number, third.number) == (numbers[0], numbers[2])
    with pytest.raises(Conflict):
        certificates.save(caller(world), first.code, {"origin": "elsewhere"})


def test_prints_are_counted_and_a_stopped_lot_has_none(world: World) -> None:
    grown(world)
    kept = issued(world)
    certificates = world.node.certificates
    assert [certificates.print(caller(world), kept.code, way=w, person="王会计")
            for w in ("a4", "label")] == [1, 2]  # fmt: skip
    assert [one.way for one in certificates.store.prints(kept.code)] == ["a4", "label"]
    hold(world, "recall")
    with pytest.raises(Blocked):
        certificates.print(caller(world), kept.code, way="a4", person="王会计")


def test_two_who_issue_it_at_once_get_one_record(world: World) -> None:
    grown(world)
    kept = drafted(world)
    certificates = world.node.certificates
    found: list[int] = []

    def issue() -> None:
        found.append(certificates.issue(caller(world), kept.code, person="王会计"))

    threads = [threading.Thread(target=issue) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_two_who_issue_at_once_cover_no_more_than_there_was(world: World) -> None:
    grown(world)
    drafts = [drafted(world, quantity="60 公斤") for _ in range(4)]
    ready, found = threading.Barrier(len(drafts)), list[set[str]]()

    def issue(code: str) -> None:
        ready.wait()
        try:
            world.node.certificates.issue(caller(world), code, person="王会计")
        except Refused as problem:
            found.append(paths(problem))

    threads = [threading.Thread(target=issue, args=(one.code,)) for one in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"/quantity"}] * 3
    assert len(world.node.register.valid(world.org("coop"), LOT)) == 1


def test_what_the_service_died_over_is_issued_once(world: World) -> None:
    grown(world)
    kept = issued(world)
    store = world.node.database.certificates
    store._turn(kept.code, state="draft", record=None)  # type: ignore[attr-defined]
    again = world.node.certificates.issue(caller(world), kept.code, person="王会计")
    assert again == kept.record


def test_a_draft_that_is_in_the_log_already_is_no_draft(world: World) -> None:
    """The service died behind the log: it is neither changed nor thrown away, and counts."""
    grown(world)
    kept = issued(world)
    certificates, store = world.node.certificates, world.node.database.certificates
    for state in ("draft", "unused"):
        store._turn(kept.code, state=state, record=None, values="{}")  # type: ignore[attr-defined]
        assert len(world.node.register.valid(world.org("coop"), LOT)) == 1
        with pytest.raises(Conflict):
            certificates.discard(caller(world), kept.code)
        assert certificates.get(world.org("coop"), kept.code).state == "issued"
    store._turn(kept.code, state="draft", record=None, values="{}")  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        certificates.save(caller(world), kept.code, {"origin": "elsewhere"})
    certificates.void(caller(world), kept.code, person="王会计", reason="重量写错了")
    assert world.node.register.valid(world.org("coop"), LOT) == []


def test_what_was_declared_an_error_is_not_printed(world: World) -> None:
    grown(world)
    kept = issued(world)
    assert kept.record is not None
    stored = world.node.database.log.records([kept.record])[kept.record]
    assert stored.content is not None
    event = json.loads(stored.content)["event"]
    event = {name: value for name, value in event.items() if name != "suyuan:private"}
    event["errorDeclaration"] = {
        "declarationTime": "2026-11-26T00:00:00.000Z",
        "reason": "https://ref.gs1.org/cbv/ER-incorrect_data",
    }
    answer = world.client.post("/events", json=event, headers=world.head("coop"))
    assert answer.status_code == 201
    with pytest.raises(Refused):
        world.node.certificates.print(caller(world), kept.code, way="a4", person="王会计")
    assert world.node.database.certificates.prints(kept.code) == []

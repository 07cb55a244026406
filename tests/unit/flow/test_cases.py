"""Cases: who answers, who sees, what is kept, and for how long."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from nodes import LOT, World, event, world
from PIL import Image

from suyuan.adapters.picture import EVIDENCE, evidence
from suyuan.core.cases import due
from suyuan.core.errors import Conflict, Many, NotFound, Refused, TooOften
from suyuan.flow.cases import Looker

__all__ = ["world"]


@pytest.fixture
def lot(world: World) -> World:
    head = world.head("coop")
    assert world.client.post("/events", json=event(), headers=head).status_code == 201
    return world


def looker(world: World, who: str = "coop") -> Looker:
    county = {"faraway": "880000", "other": "990202"}.get(who, "990101")
    return Looker(world.org(who), county, who in ("bureau", "faraway"), who)


def test_who_made_it_answers_and_the_authority_sees_it(lot: World) -> None:
    cases = lot.node.cases
    case, code = cases.report(subject=LOT, kind="ill", text="拉肚子", contact="138")
    assert (case.organisation, case.county) == (lot.org("coop"), "990101")
    for who in ("coop", "bureau"):
        told = cases.get(looker(lot, who), case.number)
        assert (told.text, told.contact) == ("拉肚子", "138")
    for who in ("other", "faraway"):
        with pytest.raises(NotFound):
            cases.get(looker(lot, who), case.number)
        with pytest.raises(NotFound):
            cases.move(looker(lot, who), case.number, "looking")
        assert cases.list(looker(lot, who)) == (0, [])
    stored = cases.store.get(case.number)
    assert stored is not None
    for secret in ("拉肚子".encode(), b"138", code.encode()):
        assert secret not in stored.words + stored.code


def test_owner_of_the_product_answers_for_its_lots(lot: World) -> None:
    product = {
        "id": "https://id.gs1.org/01/09521234000068",
        "type": "Product",
        "owner": lot.org("other"),
    }
    assert lot.client.post("/master", json=product, headers=lot.head("coop")).status_code == 201
    assert lot.node.cases.answers_for(LOT) == lot.org("other")
    assert lot.node.cases.answers_for(LOT + "9") is None
    with pytest.raises(NotFound):
        lot.node.cases.report(subject=LOT + "9", kind="ill", text="x")


def test_the_same_form_twice_is_one_case(lot: World) -> None:
    cases, once = lot.node.cases, lot.node.cases.form()
    first = cases.report(subject=LOT, kind="fake", text="a", once=once)
    again = cases.report(subject=LOT, kind="fake", text="b", once=once)
    assert (first[0].number, first[1]) == (again[0].number, again[1])
    other = cases.report(subject=LOT, kind="fake", text="a")
    assert other[0].number != first[0].number
    assert cases.count_overdue([lot.org("coop")]) == 0


@pytest.mark.usefixtures("stopped")
def test_it_is_looked_up_by_number_and_word_and_not_by_guessing(lot: World) -> None:
    cases = lot.node.cases
    case, code = cases.report(subject=LOT, kind="fake", text="a")
    assert cases.look_up(case.number.lower(), f" {code.lower()} ", "here").number == case.number
    for number, word in ((case.number, "AAAAAAAA"), ("20200101-AAAAA", code)):
        with pytest.raises(NotFound):
            cases.look_up(number, word, "there")
    for _ in range(10):
        with pytest.raises(NotFound):
            cases.look_up(case.number, "AAAAAAAA", "guesser")
    with pytest.raises(TooOften):
        cases.look_up(case.number, code, "guesser")
    for _ in range(5):
        cases.admit("192.0.2.9", LOT)
    with pytest.raises(TooOften):
        cases.admit("192.0.2.9", LOT)


def test_it_is_closed_with_an_answer_and_an_end(lot: World) -> None:
    cases, us = lot.node.cases, looker(lot)
    case, code = cases.report(subject=LOT, kind="fake", text="a")
    cases.move(us, case.number, "looking")
    for path, answer, outcome in (
        ("/answer", "", ""),
        ("/outcome", "x", ""),
        ("/outcome", "x", "recall"),
    ):
        with pytest.raises(Refused) as told:
            cases.move(us, case.number, "closed", answer=answer, outcome=outcome)
        assert told.value.path == path
    with pytest.raises(Refused):
        cases.move(us, case.number, "received")
    cases.ended_in(us, case.number, [5])
    closed = cases.move(us, case.number, "closed", answer="召回了", outcome="recall")
    assert (closed.state, closed.records) == ("closed", "[5]")
    found = cases.look_up(case.number, code, "here")
    assert (found.answer, found.outcome) == ("召回了", "recall")
    with pytest.raises(Refused):
        cases.move(us, case.number, "looking")


def test_words_photo_and_bundle_are_erasable_and_go_in_time(lot: World) -> None:
    lot.node.sealer.seal()
    cases, us = lot.node.cases, looker(lot)
    case, _ = cases.report(subject=LOT, kind="fake", text="a", photo=b"made anew")
    assert cases.file(us, case.number, "photo").body == b"made anew"
    assert b'"subject"' in cases.file(us, case.number, "bundle").body
    sealed = cases.store.file(case.number, "photo")
    assert sealed is not None
    assert b"made anew" not in sealed.body
    with pytest.raises(Conflict):
        cases.erase(us, case.number)
    cases.move(us, case.number, "closed", answer="无", outcome="unfounded")
    assert cases.collect() == 0
    stored = cases.store.get(case.number)
    assert stored is not None
    cases.store.put(replace(stored, closed_at=due(stored.closed_at, -731)))
    assert cases.collect() == 1
    told = cases.get(us, case.number)
    assert (told.text, told.files, told.case.state) == ("", (), "closed")
    with pytest.raises(NotFound):
        cases.file(us, case.number, "photo")


def test_what_is_missing_or_too_long_is_told_at_its_field(lot: World) -> None:
    with pytest.raises(Many) as told:
        lot.node.cases.report(subject=LOT, kind="x", text=" ", contact="y" * 300)
    assert {one.path for one in told.value.errors} == {"/kind", "/text", "/contact"}


def test_a_photo_is_made_anew_without_the_camera_s_notes() -> None:
    picture = Image.new("RGB", (4000, 3000), "red")
    notes = picture.getexif()
    notes[0x010E] = "where it was taken"
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=notes)
    kept = evidence(made.getvalue())
    assert b"where" not in kept
    assert Image.open(io.BytesIO(kept)).size == (EVIDENCE, EVIDENCE * 3 // 4)
    for wrong in (b"", b"%PDF-", b"<svg/>", made.getvalue()[:200]):
        with pytest.raises(Refused):
            evidence(wrong)


def test_a_recall_recorded_elsewhere_is_named_by_its_index(lot: World) -> None:
    cases, us = lot.node.cases, looker(lot)
    case, _ = cases.report(subject=LOT, kind="fake", text="a")
    (index,) = lot.node.recalling.act(
        lot.node.accounts.authenticate(lot.tokens["coop"]), "recall", [LOT], person="x", reason="y"
    )
    other = LOT.replace("/10/", "/10/OTHER-")
    lot.client.post(
        "/events", json=event(quantityList=[{"epcClass": other}]), headers=lot.head("coop")
    )
    (unrelated,) = lot.node.recalling.act(
        lot.node.accounts.authenticate(lot.tokens["coop"]),
        "recall",
        [other],
        person="x",
        reason="y",
    )
    for wrong in (5, 0, 10**9, unrelated):
        with pytest.raises(Refused) as told:
            cases.move(us, case.number, "looking", records=[index, wrong])
        assert told.value.path == "/records/1"
    # A step that leads nowhere names no end either.
    with pytest.raises(Refused):
        cases.move(us, case.number, "closed", outcome="recall", records=[index])
    assert cases.get(us, case.number).case.records == "[]"
    head = lot.head("coop")
    body = {"state": "closed", "answer": "z", "outcome": "recall", "records": [index]}
    answer = lot.client.post(f"/cases/{case.number}", json=body, headers=head)
    assert (answer.status_code, answer.json()["records"]) == (200, [index])

"""Answers to a laboratory's request: built by one function, and nothing beside them is taken."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.attest import Asked, answers, check_answers, event_id, fields_of, fingerprint
from suyuan.core.errors import Forbidden, Malformed, Many, Refused
from suyuan.core.farm.fill import Ground

BASE = "https://node.example/"
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
GROUND = Ground(date(2026, 11, 26), BASE)
TEST = Asked("r1", "test", LOT, ("毒死蜱", "铅"), "县检测中心", BASE)
GREEN = Asked("r2", "certificate", LOT, ("green",), "绿色食品中心", BASE)
GIVEN = {
    "day": "2026-11-25",
    "report": "R-1",
    "items": [
        {
            "value": "<0.01",
            "unit": "mg/kg",
            "limit": "0.5",
            "edition": "GB 2763-2026",
            "result": "pass",
        },
        {"value": "0.3", "result": "fail"},
    ],
}
CERTIFIED = {
    "day": "2026-11-01", "number": "LB-44-2611", "from": "2026-11-01", "until": "2027-10-31",
    "scope": "山核桃", "volume": "500 公斤",
}  # fmt: skip


def test_answers_are_records_of_the_forms() -> None:
    first, second = answers(TEST, GIVEN, GROUND)
    assert first["suyuan:test"] == {
        "item": "毒死蜱", "value": "<0.01", "unit": "mg/kg", "limit": "0.5",
        "edition": "GB 2763-2026", "result": "pass", "report": "R-1", "laboratory": "县检测中心",
    }  # fmt: skip
    assert second["suyuan:test"]["item"] == "铅"
    assert first["quantityList"] == [{"epcClass": LOT}]
    assert first["eventID"] == event_id(TEST, 0) != second["eventID"]
    (green,) = answers(GREEN, CERTIFIED, GROUND)
    assert green["bizStep"] == "accepting"
    assert green["suyuan:certificate"] == {
        "number": "LB-44-2611", "type": "green", "by": "绿色食品中心", "scope": "山核桃",
        "volume": {"value": 500, "uom": "KGM", "said": "500 公斤"}, "from": "2026-11-01",
        "until": "2027-10-31",
    }  # fmt: skip


def test_what_was_built_is_taken() -> None:
    for asked, given_ in ((TEST, GIVEN), (GREEN, CERTIFIED)):
        check_answers(asked, answers(asked, given_, GROUND), GROUND)


CHANGES: list[tuple[str, Any]] = [
    ("eventID", "urn:uuid:00000000-0000-4000-8000-000000000000"),
    ("suyuan:note", "beside it"),
    ("disposition", "recalled"),
    ("bizStep", "holding"),
    ("action", "ADD"),
    ("readPoint", {"id": "https://node.example/somewhere"}),
    ("quantityList", [{"epcClass": LOT}, {"epcClass": LOT + "2"}]),
    ("quantityList", [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}]),
    ("epcList", [LOT + "/21/S1"]),
]


@pytest.mark.parametrize(("member", "value"), CHANGES)
def test_whatever_is_beside_it_changed_or_missing_shows(member: str, value: Any) -> None:
    events = answers(TEST, GIVEN, GROUND)
    with pytest.raises(Forbidden):
        check_answers(TEST, [{**events[0], member: value}, events[1]], GROUND)


def test_another_lot_item_laboratory_or_number_of_answers_is_refused() -> None:
    events = answers(TEST, GIVEN, GROUND)
    for asked in (
        Asked("r1", "test", LOT + "2", TEST.items, TEST.laboratory, BASE),
        Asked("r1", "test", LOT, ("铅", "毒死蜱"), TEST.laboratory, BASE),
        Asked("r1", "test", LOT, TEST.items, "别家", BASE),
        Asked("r3", "test", LOT, TEST.items, TEST.laboratory, BASE),
    ):
        with pytest.raises(Forbidden):
            check_answers(asked, events, GROUND)
    with pytest.raises(Refused):
        check_answers(TEST, events[:1], GROUND)
    with pytest.raises(Forbidden):
        check_answers(GREEN, events[:1], GROUND)


def without(event: dict[str, Any], inner: str, name: str) -> dict[str, Any]:
    return {**event, inner: {key: one for key, one in event[inner].items() if key != name}}


def test_what_the_form_would_not_take_is_not_taken_signed_either() -> None:
    first, second = answers(TEST, GIVEN, GROUND)
    test = "suyuan:test"
    wrong: list[tuple[str, dict[str, Any]]] = [
        (f"/0/content/event/{test}/result", without(first, test, "result")),
        (f"/0/content/event/{test}/value", {**first, test: {**first[test], "value": "1" * 2_001}}),
        (f"/0/content/event/{test}/value", {**first, test: {**first[test], "value": "1\u0007"}}),
        ("/0/content/event/eventTime", {**first, "eventTime": "2027-01-01T00:00:00.000+08:00"}),
        ("/0/content/event/eventTime", {**first, "eventTime": "1900-01-01T00:00:00.000+08:00"}),
    ]
    for path, event in wrong:
        with pytest.raises(Many) as told:
            check_answers(TEST, [event, second], GROUND)
        assert path in {one.path for one in told.value.errors}
    (green,) = answers(GREEN, CERTIFIED, GROUND)
    kind = "suyuan:certificate"
    volume = green[kind]["volume"]
    for name, event in (
        ("until", without(green, kind, "until")),
        ("volume", {**green, kind: {**green[kind], "volume": {**volume, "said": "-5 公斤"}}}),
        ("number", without(green, kind, "number")),
    ):
        with pytest.raises(Many) as told:
            check_answers(GREEN, [event], GROUND)
        assert f"/0/content/event/{kind}/{name}" in {one.path for one in told.value.errors}


def test_an_amount_is_the_one_that_is_said() -> None:
    (green,) = answers(GREEN, CERTIFIED, GROUND)
    kind = "suyuan:certificate"
    more = {**green[kind]["volume"], "value": 5_000}
    with pytest.raises(Forbidden):
        check_answers(GREEN, [{**green, kind: {**green[kind], "volume": more}}], GROUND)


def test_mistakes_are_told_at_their_fields() -> None:
    wrong = {
        "day": "tomorrow",
        "colour": "red",
        "items": [{"value": "1"}, {"result": "pass", "x": "1"}],
    }
    with pytest.raises(Many) as told:
        answers(TEST, wrong, GROUND)
    assert {one.path for one in told.value.errors} >= {
        "/day", "/colour", "/items/0/result", "/items/1/x",
    }  # fmt: skip
    with pytest.raises(Refused):
        answers(TEST, {**GIVEN, "items": GIVEN["items"][:1]}, GROUND)
    with pytest.raises(Malformed):
        answers(TEST, {**GIVEN, "items": "two"}, GROUND)
    with pytest.raises(Many) as told:
        answers(GREEN, {"day": "2026-11-01", "number": "1"}, GROUND)
    assert "/until" in {one.path for one in told.value.errors}


TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["pass", "fail"]))
def test_whatever_a_laboratory_writes_comes_back(
    value: str, unit: str, method: str, result: str
) -> None:
    asked = Asked("r9", "test", LOT, ("铅",), "县检测中心", BASE)
    row = {"value": value, "unit": unit, "method": method, "result": result}
    events = answers(asked, {"day": "2026-11-25", "items": [row]}, GROUND)
    check_answers(asked, json.loads(json.dumps(events)), GROUND)


def test_fields_and_fingerprints() -> None:
    common, each = fields_of(TEST)
    assert [one.name for one in common] == ["day", "report"]
    assert "result" in {one.name for one in each}
    assert fields_of(GREEN)[1] == ()
    mark = fingerprint("kid")
    assert [len(part) for part in mark.split()] == [4, 4, 4, 4]
    assert mark != fingerprint("Kid")
    assert not set(mark) & set("ILOU")

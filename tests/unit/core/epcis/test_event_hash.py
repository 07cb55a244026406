"""CBV event hash IDs, profile CBV2.0-2026."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import shared

from suyuan.core.epcis.document import events_of
from suyuan.core.epcis.event_hash import event_hash, event_hashes, prehash
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.values import hash_time, hash_value, plain_decimal
from suyuan.core.errors import Malformed

EX = {"ex": "https://ns.example.com/"}
EVENT: dict[str, Any] = {
    "@context": [EX],
    "type": "ObjectEvent",
    "eventTime": "2026-09-17T08:30:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
}
# What the pre-hash of EVENT begins with.
START = "eventType=ObjectEventeventTime=2026-09-17T00:30:00.000ZeventTimeZoneOffset=+08:00"
PACK = "https://id.gs1.org/01/09521234000044/21/"


def rest(**members: Any) -> str:
    """What these members add to the pre-hash of EVENT."""
    text = prehash({**EVENT, **members})
    assert text.startswith(START)
    return text.removeprefix(START)


def json_documents() -> list[Path]:
    return sorted(shared("vectors", "event-hash-ralphtro-G2-2026", "documents").glob("*.json*"))


def test_open_vectors_are_equal() -> None:
    found = 0
    for path in json_documents():
        expected = path.parents[1] / "expected" / "CBV2.0" / f"{path.stem}.hashes"
        hashes = event_hashes(events_of(json.loads(path.read_text())))
        assert hashes == expected.read_text().split(), path.name
        found += len(hashes)
    assert found == 13


def test_events_that_say_the_same_hash_the_same() -> None:
    folder = shared("vectors", "event-hash-ralphtro-expected-equal")
    events = events_of(json.loads((folder / "ReferenceEventHashAlgorithm.json").read_text()))
    assert len(events) == 2
    assert len(set(event_hashes(events))) == 1


def spelled_otherwise(value: Any, dice: random.Random, name: str = "") -> Any:
    """The same JSON with other key order, array order, blanks and number spelling."""
    if isinstance(value, dict):
        items = [(key, spelled_otherwise(item, dice, key)) for key, item in value.items()]
        dice.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        items = [spelled_otherwise(item, dice, name) for item in value]
        if name != "@context":  # there the later one wins
            dice.shuffle(items)
        return items
    if isinstance(value, str) and name not in ("@context", "type"):
        return f" {value}\n"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value}e0"
    return value


@pytest.mark.parametrize("seed", range(5))
def test_order_blanks_and_number_spelling_never_matter(seed: int) -> None:
    for path in json_documents():
        for event in events_of(json.loads(path.read_text())):
            # Texts in a @context are namespaces, not values.
            context = {"@context": event.get("@context")}
            other = spelled_otherwise(event, random.Random(seed)) | context
            assert event_hash(other) == event_hash(event), path.name


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "action=OBSERVE"),
        ({"recordTime": "x", "eventID": "x", "certificationInfo": "x"}, "action=OBSERVE"),
        ({"errorDeclaration": {"a": 1}, "comment": "x", "rdfs:comment": "x"}, "action=OBSERVE"),
        ({"epcList": [], "bizStep": "", "disposition": None, "quantityList": []}, "action=OBSERVE"),
        (
            {"epcList": [PACK + "b", "urn:epc:id:sgtin:9521234.000004.a"], "parentID": PACK + "0"},
            f"epcListepc={PACK}aepc={PACK}bparentID={PACK}0action=OBSERVE",
        ),
        (
            {"childEPCs": [PACK + "é"], "outputEPCList": [PACK + "1"], "inputEPCList": [PACK + "2"]},
            f"inputEPCListepc={PACK}2childEPCsepc={PACK}éoutputEPCListepc={PACK}1action=OBSERVE",
        ),
        (
            {"quantityList": [{"uom": "KGM", "quantity": 1.50, "epcClass": "x:b"}, {"epcClass": "x:a"}]},
            ("quantityListquantityElementepcClass=x:a"
            "quantityElementepcClass=x:bquantity=1.5uom=KGMaction=OBSERVE"),
        ),
        (
            {"bizStep": "cbv:BizStep-packing", "disposition": "urn:epcglobal:cbv:disp:active"},
            ("action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-packing"
            "disposition=https://ref.gs1.org/cbv/Disp-active"),
        ),
        (
            {"persistentDisposition": {"unset": ["b:b", "available"], "set": ["recalled"]}},
            ("action=OBSERVEpersistentDispositionset=https://ref.gs1.org/cbv/Disp-recalled"
            "unset=b:bunset=https://ref.gs1.org/cbv/Disp-available"),
        ),
        (
            {"readPoint": {"id": "urn:epc:id:sgln:9521234.00002.0", "ex:z": 1, "ex:a": [True, "x"]}},
            ("action=OBSERVEreadPointid=https://id.gs1.org/414/9521234000020"
            "readPoint{https://ns.example.com/}a=true{https://ns.example.com/}a=x"
            "{https://ns.example.com/}z=1"),
        ),
        (
            {"sourceList": [{"source": "x:a", "type": "location"}], "bizTransactionList": [
                {"bizTransaction": "x:b", "type": "po"}, {"bizTransaction": "x:c"}]},
            ("action=OBSERVEbizTransactionListbizTransaction=x:c"
            "type=https://ref.gs1.org/cbv/BTT-pobizTransaction=x:b"
            "sourceListtype=https://ref.gs1.org/cbv/SDT-locationsource=x:a"),
        ),
        (
            {"ilmd": {"ex:b": {"ex:d": "1", "ex:c": "01.0"}, "ex:a": "", "cbvmda:lot": "00123"}},
            ("action=OBSERVEilmd{https://ns.example.com/}a{https://ns.example.com/}b"
            "{https://ns.example.com/}c=1{https://ns.example.com/}d=1{urn:epcglobal:cbv:mda}lot=123"),
        ),
        (
            {"other:x": "ex:y", "ex:n": [[2, 1], {"#text": "t", "type": "u", "comment": "no"}]},
            ("action=OBSERVEother:x=ex:y{https://ns.example.com/}n=1=2"
            "{https://ns.example.com/}n=ttype=u"),
        ),
    ],
)  # fmt: skip
def test_parts(members: dict[str, Any], expected: str) -> None:
    assert rest(**members) == expected


def test_sensor_elements() -> None:
    report = {"type": "Temperature", "value": 20.9, "uom": "CEL", "ex:feature": "a"}
    other = {"type": "gs1:Temperature", "value": 20.7, "component": "x", "ex:feature": "b"}
    metadata = {"time": "2026-09-17T08:30:00.0005+08:00", "ex:m": 1}
    found = rest(
        sensorElementList=[
            {"sensorReport": [{"type": "Speed", "exception": "ALARM_CONDITION"}]},
            {"sensorReport": [report, other], "sensorMetadata": metadata, "ex:e": 2},
        ]
    )
    assert found == (
        "action=OBSERVE"
        "sensorElementsensorMetadatatime=2026-09-17T00:30:00.001Z"
        "sensorReporttype=https://ref.gs1.org/voc/Temperaturevalue=20.7"
        "component=https://ref.gs1.org/cbv/Comp-x"
        "sensorReporttype=https://ref.gs1.org/voc/Temperaturevalue=20.9uom=CEL"
        "sensorElementsensorReporttype=https://ref.gs1.org/voc/Speed"
        "exception=https://ref.gs1.org/voc/ALARM_CONDITION"
        "sensorElementsensorMetadata{https://ns.example.com/}m=1"
        "sensorReport{https://ns.example.com/}feature=b"
        "sensorReport{https://ns.example.com/}feature=a"
        "{https://ns.example.com/}e=2"
    )


def test_private_fields_are_hashed_as_they_are_committed() -> None:
    context = [{"suyuan": "https://trace.example.cn/voc/"}]
    assert rest(**{"@context": context, "suyuan:sd": ["b", "a"]}) == (
        "action=OBSERVE{https://trace.example.cn/voc/}sd=a{https://trace.example.cn/voc/}sd=b"
    )


def test_namespaces() -> None:
    context = [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"a": "x:1/", "gs1": "x:2/", "cbv": "x:3/", "t": {"@id": "x:4/"}, "@version": 1.1},
        {"a": "x:5/", "bad": 7},
    ]
    names = Namespaces(context)
    assert names.key("a:b") == "{x:5/}b"
    assert names.key("gs1:b") == "{https://ref.gs1.org/voc/}b"
    assert names.key("t:b") == "{x:4/}b"
    assert names.key("a") == "a"
    assert names.key("bad:b") == "bad:b"
    assert hash_value("gs1:b", names) == "https://ref.gs1.org/voc/b"
    assert hash_value("cbv:b", names) == "cbv:b"
    assert hash_value("a:b", names) == "a:b"
    assert Namespaces({"a": "x:1/"}).key("a:b") == "{x:1/}b"
    assert prehash(EVENT, Namespaces()) == prehash(EVENT) == prehash(EVENT, [])


def test_hashes_of_a_document_are_those_of_its_events() -> None:
    events = [EVENT, {**EVENT, "@context": [{"ex": "x:/"}], "ex:a": 1}, {**EVENT, "ex:a": 1}]
    assert event_hashes(events) == [event_hash(event) for event in events]
    assert len(set(event_hashes(events))) == 3


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("0", "0"), ("-0.00", "0"), ("+5", "5"), ("007", "7"), ("1.50", "1.5"), (".5", "0.5"),
        ("5.", "5"), ("1e3", "1000"), ("12.5E-3", "0.0125"), ("-1.20e1", "-12"), ("0e99999", "0"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
        ("1e1000", "1" + "0" * 1000), ("1e1001", None), ("1e-99999999999", None), ("1_000", None),
        ("١٢", None), ("Infinity", None), ("nan", None), ("1e", None), (".", None), ("", None),
        ("0x1", None), ("1 2", None), ("1.2.3", None),
    ],
)  # fmt: skip
def test_decimals_are_exact(text: str, plain: str | None) -> None:
    assert plain_decimal(text) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_decimals_keep_their_value(number: Any) -> None:
    plain = plain_decimal(str(number))
    assert plain is not None
    assert type(number)(plain) == number
    assert plain_decimal(plain) == plain
    assert re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", plain)


def test_times() -> None:
    for text, expected in (
        ("2026-12-31T23:59:59.9995Z", "2027-01-01T00:00:00.000Z"),
        ("2026-12-31T23:59:59.9994999999999999999999999999999999Z", "2026-12-31T23:59:59.999Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.9999Z"),
        ("2026-12-31", "2026-12-31"),
        ("", ""),
        ("x" * 100, "x" * 100),
    ):
        assert hash_time(text) == expected


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"epcList": "x"}, "/epcList"),
        ({"epcList": ["a:b", []]}, "/epcList/1"),
        ({"quantityList": [{"quantity": {}}]}, "/quantityList/0/quantity"),
        ({"quantityList": [{"quantity": float("nan")}]}, "/quantityList/0/quantity"),
        (
            {"sensorElementList": [{"sensorReport": [{"type": []}]}]},
            "/sensorElementList/0/sensorReport/0/type",
        ),
        ({"sensorElementList": {}}, "/sensorElementList"),
        ({"readPoint": "x"}, "/readPoint"),
        ({"ilmd": {"#text": []}}, "/ilmd"),
        ({"readPoint": {"ex:a": 2**53}}, "/readPoint/ex:a"),
        ({"ex:a/b": {"c": float("inf")}}, "/ex:a~1b"),
    ],
)  # fmt: skip
def test_misshapen_events_name_the_place(members: dict[str, Any], path: str) -> None:
    with pytest.raises(Malformed) as caught:
        event_hash({**EVENT, **members})
    assert caught.value.path == path


def nested(depth: int, make: Callable[[Any], Any]) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = make(value)
    return value


def test_depth_and_surrogates() -> None:
    assert event_hash({**EVENT, "ex:a": nested(60, lambda inner: {"b": inner})})
    for make in (lambda inner: {"b": inner}, lambda inner: [inner]):
        with pytest.raises(Malformed):
            event_hash({**EVENT, "ex:a": nested(100_000, make)})
        event_hashes([{**EVENT, "@context": nested(100_000, make)}] * 2)
    with pytest.raises(Malformed):
        event_hash({**EVENT, "ex:a": "\ud800"})


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_NAMES = st.sampled_from(
    ["type", "eventTime", "epcList", "quantityList", "readPoint", "id", "sensorElementList", "ilmd",
     "sensorReport", "sensorMetadata", "time", "sourceList", "persistentDisposition", "set", "#text",
     "bizStep", "@context", "ex:a", "ex", "comment", "value", "component", ""]
)  # fmt: skip
_JSON = st.recursive(
    _SCALARS | st.sampled_from(["urn:epc:id:sgtin:1", "gs1:x", "1e9999999999", "2026-01-01T00:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200)
@given(st.dictionaries(_NAMES, _JSON, max_size=6))
def test_nothing_but_our_own_errors(event: dict[str, Any]) -> None:
    try:
        found = event_hash(event)
    except Malformed:
        return
    assert found.startswith("ni:///sha-256;")

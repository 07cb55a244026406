"""Our verdict on events, and what is said about the bad ones."""

from __future__ import annotations

import json
import random
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from shared import shared

from suyuan.core.encoding import b64, b64url
from suyuan.core.epcis.document import read_document
from suyuan.core.epcis.validate import MAX_EVENT_BYTES, validate_event
from suyuan.core.errors import Many, Refused, TooLarge

LEGACY = {
    "AggregationEvent_with_persistentDisposition.json",
    "SensorData_with_combined_events.json",
    "TransactionEvent_with_userExtensions.json",
}
"""Use terms that EPCIS 2.0 dropped before it was ratified."""

EPC = "https://id.gs1.org/01/09521234000044/21/1"
EVENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent",
    "eventTime": "2026-09-17T08:30:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": [EPC],
}


def problems_of(document: Any) -> list[Refused]:
    try:
        found = read_document(document)
    except Many as many:
        return [error for error in many.errors if isinstance(error, Refused)]
    except Refused as problem:
        return [problem]
    return [
        problem
        for place, event in enumerate(found.events)
        for problem in validate_event(event, at=found.pointer(place))
    ]


def documents() -> list[Path]:
    folder = shared("vectors", "openepcis-test-resources", "2.0", "EPCIS", "JSON")
    official = shared("vectors", "gs1-epcis-official", "JSON")
    return sorted([*official.rglob("*.json*"), *folder.rglob("*.json")])


def test_valid_and_invalid_documents_of_others() -> None:
    counts = {True: 0, False: 0}
    for path in documents():
        valid = "Invalid" not in path.parts and path.name not in LEGACY
        problems = problems_of(json.loads(path.read_text()))
        assert (not problems) == valid, (path, [str(problem) for problem in problems])
        counts[valid] += 1
    assert counts == {True: 55, False: 13}


@lru_cache
def schema() -> Any:
    path = shared("vectors", "gs1-epcis-official", "EPCIS-JSON-Schema.json")
    checker = Draft7Validator.FORMAT_CHECKER
    assert {"uri", "date-time"} <= set(checker.checkers), "the schema library lacks its formats"
    return Draft7Validator(json.loads(path.read_text()), format_checker=checker)


@lru_cache
def corpus() -> list[str]:
    """The open documents, each wrapped event of theirs, as JSON texts."""
    texts = []
    for path in documents():
        document = json.loads(path.read_text())
        texts.append(json.dumps(document))
        try:
            texts += [json.dumps(event) for event in read_document(document).events]
        except Refused:
            continue
    return sorted({text for text in texts if len(text) < 6000})


NEAR_MISSES: list[Any] = [
    None, True, False, 0, 1.5, -3, "", "x", "a b", "shipping", "ADD", "OBSERVE", "DELETE", "po",
    "urn:epcglobal:cbv:bizstep:shipping", "https://ns.gs1.org/cbv/BizStep-shipping", "cbv:x",
    "https://gs1.org/voc/Temperature", "http://www.gs1.org/voc/x", "gs1:Temperature", "é:x", "%zz:1",
    "example:own", "https://id.gs1.org/01/09521234000044/21/1", "2026-02-29T00:00:00Z", "KGM", "kgm",
    "2024-02-29t00:00:00z", "2026-09-17T24:00:00Z", "2026-09-17T23:59:60Z", "2026-09-17T08:30:00",
    "+14:00", "+13:59", "-14:01", "+15:00", "F0", "F0G", "Temperature", "ALARM_CONDITION", "x:",
    [], {}, [[]], [{}], [1, True], [1, 1.0], ["a:b", "a:b"], ["a:b", "a:c"], {"id": "a:b"}, {"id": 1},
    {"set": ["active"]}, {"set": []}, {"epcClass": "a:b"}, {"epcClass": "a:b", "x:y": 1},
    {"type": "po", "bizTransaction": "a:b"}, {"sensorReport": [{"type": "Temperature"}]},
    "ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent",
    "AssociationEvent", "EPCISDocument", "EPCISQueryDocument", "2.0", "2.", "1e5",
]  # fmt: skip
FIELD_NAMES = re.findall(r"\S+", """
    epcList childEPCs parentID quantityList childQuantityList inputEPCList inputQuantityList
    outputEPCList outputQuantityList transformationID action bizStep disposition bizLocation
    ilmd persistentDisposition readPoint bizTransactionList sourceList destinationList
    sensorElementList errorDeclaration certificationInfo eventID recordTime @context type
    eventTime id set unset uom eventTimeZoneOffset sensorReport sensorMetadata value reason
    declarationTime x example:x a:/b epcClass quantity source destination bizTransaction
    component exception hexBinaryValue time epcisBody eventList epcisHeader schemaVersion
    creationDate correctiveEventIDs deviceID
""")  # fmt: skip


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a JSON value, from the outside in."""
    found: list[tuple[Any, Any]] = []
    queue = [value]
    for holder in queue:
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in keys:
            found.append((holder, key))
            if isinstance(holder[key], (dict, list)) and holder[key]:
                queue.append(holder[key])
    return found


def mutate(value: Any, dice: random.Random) -> None:
    """One change to a JSON value, such as people make by mistake."""
    found = places(value)
    if not found:
        return
    holder, key = dice.choice(found)
    move = dice.randrange(6)
    if move == 0:
        del holder[key]
    elif move == 1:
        holder[key] = json.loads(json.dumps(dice.choice(NEAR_MISSES)))
    elif move == 2 and isinstance(holder, dict):
        holder[dice.choice(FIELD_NAMES)] = holder.pop(key)
    elif move == 3 and isinstance(holder, list):
        holder.append(json.loads(json.dumps(holder[key])))
    elif move == 4 and isinstance(holder[key], str):
        cut = dice.randrange(len(holder[key]) + 1)
        holder[key] = holder[key][:cut] + dice.choice([" ", "é", "%", "x", ":", "<", ""])
    elif isinstance(holder, dict):
        holder[dice.choice(FIELD_NAMES)] = json.loads(json.dumps(dice.choice(NEAR_MISSES)))


@cache
def kind_of(text: str) -> str:
    kind = json.loads(text).get("type", "event") if text[0] == "{" else "event"
    return kind if kind in ("EPCISDocument", "EPCISQueryDocument") else "event"


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 2**32),
    st.integers(1, 3),
    st.sampled_from(["EPCISDocument", "EPCISQueryDocument", "event"]),
)
def test_verdict_is_that_of_the_json_schema(seed: int, changes: int, kind: str) -> None:
    dice = random.Random(seed)
    # Bare events, documents and query documents alike, of which there are few.
    value = json.loads(dice.choice([text for text in corpus() if kind_of(text) == kind]))
    for _ in range(changes):
        mutate(value, dice)
    ours = problems_of(value)
    assert (not ours) == schema().is_valid(value), (value, [str(problem) for problem in ours])
    for problem in ours:
        assert str(problem)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"action": None}, {"/action": "one of OBSERVE, ADD, DELETE"}),
        ({"bizStep": "transforming"}, {"/bizStep": '"shipping"'}),
        ({"eventTime": "2026-09-17 08:30"}, {"/eventTime": '"2026-09-17T08:30:00.000+08:00"'}),
        ({"weight": 3}, {"/weight": "example:weight"}),
        ({"a/b~c": 3}, {"/a~1b~0c": "namespace"}),
        ({"ilmd": {}}, {"/ilmd": '"action": "ADD"'}),
        ({"quantityList": [{"unit": "KGM"}]}, {
            "/quantityList/0/unit": "it may have epcClass, quantity, uom",
            "/quantityList/0/epcClass": '"epcClass": "https://id.gs1.org/01/',
        }),
        ({"epcList": [EPC, EPC]}, {"/epcList/1": "twice"}),
        ({"persistentDisposition": {}}, {"/persistentDisposition": '"set": ["in_progress"]'}),
        ({"readPoint": "https://id.gs1.org/414/9521234000020"}, {"/readPoint": '{"id": "https'}),
        ({"type": "HarvestEvent"}, {"/type": '"ObjectEvent"'}),
        ({"type": None}, {"/type": '"ObjectEvent"'}),
        ({"suyuan:sd": ["x"]}, {"/suyuan:sd/0": "base64url"}),
        ({"suyuan:sd": [b64url(b"b" * 32), b64url(b"a" * 32)]}, {"/suyuan:sd": "sorted"}),
        ({"suyuan:serials": {"count": 0, "root": "AA=="}}, {
            "/suyuan:serials/count": "240",
            "/suyuan:serials/root": "32 bytes",
        }),
        ({"suyuan:attachments": [{"digest": "x", "mediaType": "x", "size": -1, "alt": ""}]}, {
            "/suyuan:attachments/0/digest": "sha-256:",
            "/suyuan:attachments/0/mediaType": "image/jpeg",
            "/suyuan:attachments/0/size": "bytes",
            "/suyuan:attachments/0/alt": "it may have digest, mediaType, size, name",
            "/suyuan:attachments/0/name": "missing",
        }),
    ],
)  # fmt: skip
def test_each_problem_has_its_place_and_an_example(
    change: dict[str, Any], expected: dict[str, str]
) -> None:
    found = {problem.path: problem.text for problem in validate_event({**EVENT, **change})}
    assert found.keys() == expected.keys()
    for path, words in expected.items():
        assert words in found[path]


def test_missing_fields_are_all_named() -> None:
    paths = [problem.path for problem in validate_event({"type": "TransactionEvent"}, at="/7")]
    assert paths == [
        "/7/@context",
        "/7/eventTime",
        "/7/eventTimeZoneOffset",
        "/7/bizTransactionList",
        "/7/action",
        "/7/epcList",
    ]


def test_members_of_ours_are_taken() -> None:
    more = {
        "suyuan:sd": sorted(b64url(bytes([n]) * 32) for n in range(3)),
        "suyuan:serials": {"count": 240, "root": b64(bytes(32))},
        "suyuan:attachments": [
            {
                "digest": "sha-256:" + "0" * 64,
                "mediaType": "text/plain; charset=utf-8",
                "size": 0,
                "name": "检测报告.txt",
            }
        ],
        "suyuan:plots": [{"any": "shape"}],
    }
    assert validate_event({**EVENT, **more}) == []


def test_limits() -> None:
    epcs = [f"{EPC}{n}" for n in range(1001)]
    assert validate_event({**EVENT, "epcList": epcs[:1000]}) == []
    [problem] = validate_event({**EVENT, "epcList": epcs})
    assert isinstance(problem, TooLarge)
    assert problem.path == "/epcList"
    room = MAX_EVENT_BYTES - len(json.dumps({**EVENT, "a:b": ""}, separators=(",", ":")))
    assert validate_event({**EVENT, "a:b": "x" * room}) == []
    [problem] = validate_event({**EVENT, "a:b": "x" * (room + 1)}, at="/3")
    assert isinstance(problem, TooLarge)
    assert problem.path == "/3"
    assert validate_event(EVENT, size=MAX_EVENT_BYTES + 1) != []


def test_what_is_no_event_at_all() -> None:
    nothing: list[Any] = [None, [], "x", 1]
    for value in nothing:
        assert [problem.path for problem in validate_event(value, at="/0")] == ["/0"]
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    assert len(validate_event({**EVENT, "a:b": deep})) == 1
    assert len(validate_event({**EVENT, "a:b": float("nan")})) == 1


def test_extended_events_may_have_any_fields() -> None:
    event = {**EVENT, "type": "example:HarvestEvent", "weight": 3}
    assert validate_event(event) == []
    del event["eventTime"]
    assert [problem.path for problem in validate_event(event)] == ["/eventTime"]


def test_patterns_hold_to_the_very_end() -> None:
    for name, value in (("eventTimeZoneOffset", "+08:00\n"), ("eventTime", "٢026-09-17T08:30:00Z")):
        assert [problem.path for problem in validate_event({**EVENT, name: value})] == [f"/{name}"]

"""EPCIS JSON as XML, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]
from shared import shared

from suyuan.core.epcis.document import events_of
from suyuan.core.epcis.event_hash import event_hash, event_hashes
from suyuan.core.epcis.reading import problems_of, read_source
from suyuan.core.epcis.xml_names import ORDER, QUERY
from suyuan.core.epcis.xml_reading import read_xml
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.errors import Malformed, Many

CREATED = "2026-09-17T08:30:00.000Z"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
EVENT: dict[str, Any] = {
    "@context": [CONTEXT, {"x": "x:y"}],
    "type": "ObjectEvent",
    "eventTime": "2026-09-17T08:30:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "epcList": ["https://id.gs1.org/01/09521234000044/21/1"],
}


def there_and_back(**members: Any) -> dict[str, Any]:
    """What comes back of these members of an event."""
    given = {**EVENT, **members}
    read = read_xml(write_xml([given], created=CREATED))
    assert read.misplaced == []
    [found] = events_of(read.document)
    assert event_hash(found) == event_hash(given)
    return {name: found[name] for name in found if name in members or name not in EVENT}


def documents() -> list[Path]:
    found = []
    for parts in (
        ("gs1-epcis-official", "JSON"),
        ("gs1-epcis-official", "XML", "WithFullCombinationOfFields"),
        ("gs1-epcis-official", "XML", "WithExtension"),
        ("openepcis-test-resources", "2.0"),
        ("event-hash-ralphtro-G2-2026", "documents"),
        ("event-hash-ralphtro-expected-equal",),
    ):
        found += [
            *shared("vectors", *parts).rglob("*.json*"),
            *shared("vectors", *parts).rglob("*.xml"),
        ]
    return sorted(path for path in found if "Invalid" not in path.parts)


def test_open_documents_keep_their_hashes_and_nearly_all_their_json() -> None:
    """What differs is the spelling of a word (``gs1:Angle``), or a second prefix for a namespace."""
    same = 0
    for path in (paths := documents()):
        given = events_of(read_source(path.read_bytes()).value)
        written = write_xml(read_source(path.read_bytes()).value, created=CREATED)
        read = read_xml(written)
        found = events_of(read.document)
        assert event_hashes(found) == event_hashes(given), path.name
        assert read.misplaced == [], path.name
        if not any(True for _ in problems_of(path.read_bytes())):
            assert list(problems_of(written)) == [], path.name
        bare = [[{**one, "@context": 0} for one in events] for events in (given, found)]
        same += bare[0] == bare[1]
        assert events_of(read_xml(write_xml(read.document, created=CREATED)).document) == found
    assert (len(paths), same) == (126, 120)


def test_elements_stand_in_the_order_of_the_schema() -> None:
    every = {name: "a:b" for kind in ORDER for name in ORDER[kind] if kind.endswith("Event")}
    lists: dict[str, Any] = {name: [] for name in every if name.endswith(("List", "EPCs"))}
    holders = ("readPoint", "bizLocation", "ilmd", "errorDeclaration")
    objects: dict[str, Any] = {name: {"x:a": 1} for name in holders}
    objects["persistentDisposition"] = {"set": ["active"], "unset": ["recalled"]}
    for kind in (kind for kind in ORDER if kind.endswith("Event")):
        mixed = {**EVENT, "x:own": 1, **every, **lists, **objects, "type": kind, "action": "ADD"}
        root = etree.fromstring(write_xml(mixed, created=CREATED))
        [event] = root.find("EPCISBody/EventList")
        names = [child.tag for child in event]
        assert [name for name in names if name in ORDER[kind]] == list(ORDER[kind])
        assert names[-1] == "{x:y}own"
        assert [child.tag for child in event.find("persistentDisposition")] == ["unset", "set"]


def test_words_of_the_vocabularies_get_their_prefixes() -> None:
    report = {
        "type": "Temperature",
        "component": "x",
        "exception": "ALARM_CONDITION",
        "value": 1e-7,
    }
    text = write_xml(
        {
            **EVENT,
            "bizStep": "shipping",
            "disposition": "https://example.org/disposition",
            "sourceList": [{"type": "location", "source": "a:b"}],
            "sensorElementList": [{"sensorReport": [report]}],
            "errorDeclaration": {"declarationTime": CREATED, "reason": "did_not_occur"},
        },
        created=CREATED,
    ).decode()
    for wanted in (
        "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>",
        "<disposition>https://example.org/disposition</disposition>",
        '<source type="urn:epcglobal:cbv:sdt:location">a:b</source>',
        'type="gs1:Temperature" component="cbv:Comp-x" exception="gs1:ALARM_CONDITION"',
        'value="0.0000001"',
        "<reason>urn:epcglobal:cbv:er:did_not_occur</reason>",
        f'creationDate="{CREATED}"',
    ):
        assert wanted in text


@pytest.mark.parametrize(
    "value",
    [
        "", "x", " x ", "007", "a\r\nb\tc", "<&>\"'", "山核桃🌰", 0, 7, -1.5, 1e-7, 2**53 - 1,
        True, False, None, ["a", 1, None], {"b": "1", "x:c": 2}, {"#text": "t", "b": "1"},
        {"b": {"c": {"d": [1, 2]}}},
        [{"b": 1}, {"b": 2}], {"x:a": {"x:a": {"x:a": "1"}}}, {"type": "a", "id": "b", "epc": "c"},
    ],
)  # fmt: skip
def test_extensions_come_back_as_they_were(value: Any) -> None:
    assert there_and_back(**{"x:a": value}) == {"x:a": value}


@pytest.mark.parametrize(
    ("value", "found"), [(["a"], "a"), ({}, ""), ([{"b": [1]}], {"b": 1}), ({"b": []}, "")]
)
def test_what_xml_can_not_tell_apart(value: Any, found: Any) -> None:
    assert there_and_back(**{"x:a": value}) == {"x:a": found}


def test_fields_come_back_as_they_were() -> None:
    members: dict[str, Any] = {
        "eventID": "a:b",
        "certificationInfo": ["a:b", "a:c"],
        "errorDeclaration": {"declarationTime": CREATED, "correctiveEventIDs": ["a:b"], "x:a": "1"},
        "epcList": [],
        "quantityList": [{"epcClass": "a:b", "quantity": 0.1, "uom": "KGM"}, {"epcClass": "a:c"}],
        "bizTransactionList": [{"type": "po", "bizTransaction": "a:b"}, {"bizTransaction": "a:c"}],
        "readPoint": {"id": "a:b", "x:a": {"b": "c"}, "bare": [1, 1]},
        "persistentDisposition": {"unset": ["recalled"], "set": ["a:b", "active"]},
        "sensorElementList": [
            {
                "sensorMetadata": {"time": CREATED, "x:a": "1"},
                "sensorReport": [
                    {"type": "Temperature", "value": 26, "booleanValue": True, "stringValue": "7"},
                    {"type": "a:b", "x:a": {"b": "1"}},
                ],
                "x:a": "1",
            }
        ],
        "ilmd": {"x:a": "1", "cbvmda:lotNumber": "00123"},
        "suyuan:sd": ["a"],
        "suyuan:attachments": [{"name": "检测报告.pdf", "size": 12}],
        "@context": [CONTEXT, {"x": "x:y", "suyuan": "https://trace.example.cn/voc/"}],
    }
    assert there_and_back(**members) == members


def test_prefixes_that_xml_can_not_have() -> None:
    context = {
        "x": "x:y",
        "1": "a:1",
        "gs1": "a:2",
        "é": "a:4",
        "b": "a b",
        "c": {"@id": "a:5"},
    }
    names = {"1:a": "1", "é:a": "3", "c:a": "4", "gs1:a": "5", "rdfs:comment": "6"}
    found = there_and_back(**{"@context": [CONTEXT, context], "ilmd": names})
    assert sorted(found["ilmd"].values()) == list("13456")
    assert found["ilmd"]["gs1:a"] == "5"


def test_prefixes_of_values_are_kept_or_refused() -> None:
    step = {"bizStep": "cbv:BizStep-x"}
    assert (
        there_and_back(**step, **{"@context": [CONTEXT, {"cbv": "a:b"}]})["bizStep"]
        == step["bizStep"]
    )
    for context in ({"cbv": "a b"}, {"epcis": "a:b"}):
        with pytest.raises(Malformed, match="prefix"):
            there_and_back(**step, **{"@context": [CONTEXT, context]})
    same = {"epcis": "https://ref.gs1.org/epcis/"}
    assert there_and_back(**step, **{"@context": [CONTEXT, same]})["bizStep"] == step["bizStep"]


def test_documents_and_query_documents() -> None:
    document = {
        "@context": [CONTEXT, {"x": "x:y"}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "sender": "a:b",
        "receiver": "a:c",
        "instanceIdentifier": "42",
        "epcisHeader": {
            "epcisMasterData": {
                "vocabularyList": [
                    {
                        "type": "urn:epcglobal:epcis:vtype:Location",
                        "vocabularyElementList": [
                            {
                                "id": "a:d",
                                "attributes": [
                                    {"id": "a:e", "attribute": "f"},
                                    {"id": "a:h", "attribute": {"x:i": "j"}},
                                ],
                                "children": ["a:g"],
                            }
                        ],
                    }
                ]
            },
            "x:own": {"b": "1"},
        },
        "epcisBody": {"eventList": [{k: v for k, v in EVENT.items() if k != "@context"}]},
        "x:more": "1",
    }
    assert read_xml(write_xml(document, created=CREATED)).document == document
    body = {"queryName": "mine", "subscriptionID": "7", "resultsBody": document["epcisBody"]}
    query = {
        **{key: document[key] for key in ("@context", "schemaVersion", "creationDate")},
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": body},
    }
    written = write_xml(query, created=CREATED)
    assert etree.fromstring(written).tag == f"{{{QUERY}}}EPCISQueryDocument"
    assert read_xml(written).document == query


@pytest.mark.parametrize(
    ("members", "path"),
    [
        ({"x:a": [1, [2]]}, "/1/x:a/1"),
        ({"x:a b": 1}, "/1/x:a b"),
        ({"x:a": {"@type": 1}}, "/1/x:a/@type"),
        ({"x:a": {"": 1}}, "/1/x:a/"),
        ({"unknown:a": 1}, "/1/unknown:a"),
        ({"x:a": "\x00"}, "/1/x:a"),
        ({"x:a": "\uffff"}, "/1/x:a"),
        ({"bizStep": {}}, "/1/bizStep"),
        ({"epcList": "a:b"}, "/1/epcList"),
        ({"epcList": [{}]}, "/1/epcList/0"),
        ({"quantityList": [1]}, "/1/quantityList/0"),
        ({"readPoint": []}, "/1/readPoint"),
        ({"persistentDisposition": {"set": "active"}}, "/1/persistentDisposition/set"),
        ({"sensorElementList": [{"sensorReport": [{"type": "a\x01"}]}]},
         "/1/sensorElementList/0/sensorReport/0/type"),
        ({"type": 1}, "/1/type"),
    ],
)  # fmt: skip
def test_what_xml_can_not_say_names_its_place(members: dict[str, Any], path: str) -> None:
    with pytest.raises(Malformed) as caught:
        write_xml([EVENT, {**EVENT, **members}], created=CREATED)
    assert caught.value.path == path


def test_what_is_no_document() -> None:
    nothing: list[Any] = [None, 1, "x", {}, {"type": "EPCISDocument"}, [1]]
    for value in nothing:
        with pytest.raises((Malformed, Many)):
            write_xml(value, created=CREATED)
    deep: Any = 1
    for _ in range(1000):
        deep = {"b": deep}
    with pytest.raises(Malformed, match="32 levels"):
        write_xml({**EVENT, "x:a": deep}, created=CREATED)

"""Events out of documents."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from shared import shared

from suyuan.core.epcis.document import events_of, read_document, read_loosely
from suyuan.core.errors import Malformed, Many, Refused

EPCIS = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OURS = {"suyuan": "https://trace.example.cn/voc/"}
EVENT: dict[str, Any] = {"type": "ObjectEvent", "action": "OBSERVE"}


def document(*events: Any, context: Any = EPCIS, **more: Any) -> dict[str, Any]:
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-17T08:30:00.000+08:00",
        "epcisBody": {"eventList": list(events)},
        **more,
    }


def query_document(*events: Any) -> dict[str, Any]:
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return {
        "@context": [EPCIS],
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": results},
    }


def refused(value: Any) -> list[str]:
    with pytest.raises(Refused) as caught:
        read_document(value)
    problem = caught.value
    return [one.path for one in (problem.errors if isinstance(problem, Many) else [problem])]


@pytest.mark.parametrize(
    ("outer", "own", "merged"),
    [
        (EPCIS, None, EPCIS),
        ([EPCIS, OURS], None, [EPCIS, OURS]),
        (EPCIS, OURS, [EPCIS, OURS]),
        ([EPCIS, OURS], [{"a": "b:c"}], [EPCIS, OURS, {"a": "b:c"}]),
        ([EPCIS, OURS], [dict(OURS), EPCIS, {"a": "b:c"}], [EPCIS, OURS, {"a": "b:c"}]),
        ({"a": 1}, {"a": True}, [{"a": 1}, {"a": True}]),
        (EPCIS, EPCIS, [EPCIS]),
    ],
)
def test_context_of_the_document_comes_first(outer: Any, own: Any, merged: Any) -> None:
    event = EVENT if own is None else {**EVENT, "@context": own}
    given = document(event, context=outer)
    before = copy.deepcopy(given)
    [found] = events_of(given)
    assert found == {**EVENT, "@context": merged}
    assert given == before


def test_wrappings() -> None:
    event = {**EVENT, "@context": [EPCIS]}
    for value, pointer in (
        (document(event, event), "/epcisBody/eventList/1"),
        (query_document(event, event), "/epcisBody/queryResults/resultsBody/eventList/1"),
        ([event, event], "/1"),
    ):
        found = read_document(value)
        assert found.events == [event, event]
        assert found.pointer(1) == pointer
    assert read_document(event).events == [event]
    assert read_document(event).pointer(0) == ""
    assert read_document(document()).events == []
    assert events_of(EVENT) == [EVENT]


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (None, [""]),
        ("EPCISDocument", [""]),
        (1, [""]),
        ({}, ["/type"]),
        ({"type": ["ObjectEvent"]}, ["/type"]),
        ([EVENT, 1], ["/1"]),
        (document(EVENT, "x"), ["/epcisBody/eventList/1"]),
        (document({**EVENT, "@context": 1}), ["/epcisBody/eventList/0/@context"]),
        (document({**EVENT, "@context": ["a b"]}), ["/epcisBody/eventList/0/@context/0"]),
        (document(context=[EPCIS, EPCIS]), ["/@context/1"]),
        (document(context=[OURS, dict(OURS)]), ["/@context/1"]),
        (document(context=None), ["/@context"]),
        (document(schemaVersion="two"), ["/schemaVersion"]),
        (document(creationDate="2026-02-30T00:00:00Z"), ["/creationDate"]),
        (document(epcisBody=[]), ["/epcisBody"]),
        (document(epcisBody={}), ["/epcisBody/eventList"]),
        (document(sender=1, receiver=2), ["/sender", "/receiver"]),
        (document(nonsense=1), ["/nonsense"]),
        (document(epcisHeader={"a/b": 1}), ["/epcisHeader/a~1b"]),
        (
            document(
                epcisHeader={
                    "epcisMasterData": {
                        "vocabularyList": [
                            {"vocabularyElementList": [{"attributes": [{"attribute": []}]}]}
                        ]
                    }
                }
            ),
            [
                f"/epcisHeader/epcisMasterData/vocabularyList/0/{rest}"
                for rest in (
                    "vocabularyElementList/0/attributes/0/attribute",
                    "vocabularyElementList/0/attributes/0/id",
                    "vocabularyElementList/0/id",
                    "type",
                )
            ],
        ),
        ({**query_document(), "epcisBody": {}}, ["/epcisBody/queryResults"]),
        ({"type": "EPCISQueryDocument"}, ["/@context", "/epcisBody"]),
    ],
)
def test_what_is_wrong_with_the_wrapping_is_named(value: Any, paths: list[str]) -> None:
    assert refused(value) == paths


def test_extensions_of_a_document_are_taken() -> None:
    value = document(
        EVENT,
        **{
            "example:x": 1,
            "id": "_:document1",
            "sender": "urn:epc:id:sgln:4012345.00001.0",
            "epcisHeader": {"example:y": 1, "epcisMasterData": {"vocabularyList": []}},
        },
    )
    assert refused(value) == ["/id"]
    del value["id"]
    assert len(events_of(value)) == 1


def test_events_are_found_in_a_wrong_wrapping_too() -> None:
    whole = document(EVENT)
    assert read_loosely(whole) == read_document(whole)
    for name in ("@context", "type", "schemaVersion", "creationDate"):
        found = read_loosely({key: value for key, value in whole.items() if key != name})
        assert found.pointer(0) == "/epcisBody/eventList/0"
        assert found.events == [EVENT if name == "@context" else {**EVENT, "@context": EPCIS}]
    query = {**query_document(EVENT), "type": 7}
    assert read_loosely(query).pointer(0) == "/epcisBody/queryResults/resultsBody/eventList/0"
    for nothing in (None, 1, {}, {"epcisBody": 1}, {"epcisBody": {"eventList": [1]}}, [1]):
        with pytest.raises(Refused):
            read_loosely(nothing)


def test_the_number_of_problems_is_bounded() -> None:
    with pytest.raises(Many) as caught:
        read_document([1] * 1000)
    assert len(caught.value.errors) == 100
    assert all(isinstance(one, Malformed) for one in caught.value.errors)


def test_open_documents_come_apart() -> None:
    folder = shared("vectors", "openepcis-test-resources", "2.0", "EPCIS", "JSON")
    text = (folder / "Capture/Documents/Namespaces_at_different_level.json").read_text()
    events = events_of(json.loads(text))
    assert len(events) == 5
    assert events[1]["@context"] == [
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        {"ext1": "https://ns.ext.de/epcis/"},
        {"ext4": "http://www.ext4.net/"},
        {"ext3": "http://www.ext3.net/"},
    ]
    query = json.loads((folder / "Query/QueryDocumentWithMultipleEvents.json").read_text())
    body = query["epcisBody"]["queryResults"]["resultsBody"]
    assert len(events_of(query)) == len(body["eventList"]) > 1
    wrong = json.loads((folder / "Capture/Invalid/EPCISDocument_without_context.json").read_text())
    assert refused(wrong) == ["/@context"]

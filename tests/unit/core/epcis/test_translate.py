"""Events in the other form of identifiers."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.epcis.document import events_of
from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.translate import to_links, to_urns
from suyuan.core.epcis.validate import validate_event
from suyuan.core.errors import Malformed
from suyuan.core.gs1.urn import known_prefixes

KNOWN = known_prefixes(["9521234"])
HOST = "https://id.gs1.org"
URNS: dict[str, Any] = {
    "type": "TransformationEvent",
    "eventTime": "2026-09-17T08:30:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "parentID": "urn:epc:id:sscc:9521234.0000000001",
    "transformationID": "urn:epc:id:gdti:9521234.00002.PO-4711",
    "epcList": ["urn:epc:id:sgtin:9521234.000004.7K3", "https://trace.example/season/1"],
    "inputQuantityList": [
        {"epcClass": "urn:epc:class:lgtin:9521234.000004.L%2F1", "quantity": 3, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:9521234.000004.*"},
    ],
    "readPoint": {
        "id": "urn:epc:id:sgln:9521234.00002.0",
        "ex:of": "urn:epc:id:pgln:9521234.00002",
    },
    "bizLocation": {"id": "urn:epc:id:sgln:9521234.00002.P1"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:PO-4711"},
        {"type": "inv", "bizTransaction": "urn:epc:id:gdti:9521234.00002.INV"},
    ],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:9521234.00002"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:9521234.00002.0"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": "urn:epc:id:giai:9521234.T1"},
            "sensorReport": [{"type": "Temperature", "deviceID": "urn:epc:id:giai:9521234.T2"}],
        }
    ],
    "ilmd": {"ex:from": "urn:epc:id:sgln:9521234.00002.0"},
    "@context": [{"ex": "https://ns.example.com/"}],
}
LINKS: dict[str, Any] = {
    **URNS,
    "parentID": f"{HOST}/00/095212340000000013",
    "transformationID": f"{HOST}/253/9521234000020PO-4711",
    "epcList": [f"{HOST}/01/09521234000044/21/7K3", "https://trace.example/season/1"],
    "inputQuantityList": [
        {"epcClass": f"{HOST}/01/09521234000044/10/L%2F1", "quantity": 3, "uom": "KGM"},
        {"epcClass": f"{HOST}/01/09521234000044"},
    ],
    "readPoint": {"id": f"{HOST}/414/9521234000020", "ex:of": "urn:epc:id:pgln:9521234.00002"},
    "bizLocation": {"id": f"{HOST}/414/9521234000020/254/P1"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521234000013:PO-4711"},
        {"type": "inv", "bizTransaction": f"{HOST}/253/9521234000020INV"},
    ],
    "sourceList": [{"type": "owning_party", "source": f"{HOST}/417/9521234000020"}],
    "destinationList": [{"type": "location", "destination": f"{HOST}/414/9521234000020"}],
    "sensorElementList": [
        {
            "sensorMetadata": {"deviceID": f"{HOST}/8004/9521234T1"},
            "sensorReport": [{"type": "Temperature", "deviceID": f"{HOST}/8004/9521234T2"}],
        }
    ],
}


def test_there_and_back() -> None:
    before = copy.deepcopy(URNS)
    assert to_links(URNS) == (LINKS, ())
    assert to_urns(LINKS, KNOWN) == (URNS, ())
    assert before == URNS
    assert event_hash(URNS) == event_hash(LINKS)


def test_what_has_no_such_form_stays_and_is_told() -> None:
    event: dict[str, Any] = {
        "epcList": [f"{HOST}/01/09521234000044/21/1", f"{HOST}/01/07350053850019/21/1"],
        "readPoint": {"id": f"{HOST}/414/9521234000021"},
    }
    there = to_urns(event, KNOWN)
    assert there.event["epcList"] == ["urn:epc:id:sgtin:9521234.000004.1", event["epcList"][1]]
    assert [(problem.path, problem.text.split(",")[0]) for problem in there.left] == [
        ("/epcList/1", "how long the company prefix of 7350053850019 is"),
        ("/readPoint/id", f"no EPC URN names the same as {HOST}/414/9521234000021"),
    ]
    there = to_links({"epcList": ["urn:epc:id:gid:1.2.3"]})
    assert there.event == {"epcList": ["urn:epc:id:gid:1.2.3"]}
    assert [problem.path for problem in there.left] == ["/epcList/0"]


def test_a_link_on_another_host_stays_there() -> None:
    event = {"epcList": ["https://trace.example/01/09521234000044/10/A/21/B"]}
    assert to_links(event) == (event, ())


def test_a_list_with_both_forms_of_one_thing_stays_distinct() -> None:
    urn, link = "urn:epc:id:sgtin:9521234.000004.1", f"{HOST}/01/09521234000044/21/1"
    event = {"epcList": [urn, link], "childEPCs": [urn, urn]}
    assert to_links(event).event == {"epcList": [urn, link], "childEPCs": [link, link]}
    other = link.replace("id.gs1.org", "trace.example")
    assert to_urns({"epcList": [link, other]}, KNOWN).event == {"epcList": [urn, other]}


def _documents() -> Iterator[Any]:
    files = [
        path
        for folder in ("openepcis-test-resources", "gs1-epcis-official")
        for path in sorted(shared("vectors", folder).rglob("*.json*"))
    ]
    for path in files:
        document = json.loads(path.read_text("utf-8"))
        try:
            yield from events_of(document)
        except Malformed:
            continue


def test_corpus_hashes_the_same_and_stays_valid() -> None:
    lengths = known_prefixes(default=7)
    counted = changed = 0
    for event in _documents():
        if validate_event(event):
            continue
        expected = event_hash(event)
        urns, links = to_urns(event, lengths).event, to_links(event).event
        back = to_links(urns).event
        for other in (urns, links, back):
            assert event_hash(other) == expected
            assert validate_event(other) == []
        assert to_urns(links, lengths).event == to_urns(back, lengths).event
        counted += 1
        changed += urns != event or links != event
    assert counted > 90
    assert changed > 60


_IDS = st.sampled_from(
    [
        *LINKS["epcList"],
        *URNS["epcList"],
        f"{HOST}/01/09521234000044/21/a%21&b",
        "https://x.example/a/01/9521234000044/10/A/21/%2a!",
        f"{HOST}/01/09521234000045/21/1",
        f"{HOST}/8004/12345",
        "urn:epc:id:grai:9521234.00002.!'()*+,-.:;=_",
        "urn:epc:idpat:upui:9521234.000004.*",
        "urn:epc:id:gid:1.2.3",
    ]
)
_FORMS = st.fixed_dictionaries(
    {},
    optional={
        "epcList": st.lists(_IDS, max_size=4),
        "parentID": _IDS,
        "childEPCs": st.lists(_IDS, max_size=4),
        "quantityList": st.lists(st.fixed_dictionaries({"epcClass": _IDS}), max_size=3),
        "readPoint": st.fixed_dictionaries({"id": _IDS}),
        "sourceList": st.lists(st.fixed_dictionaries({"source": _IDS}), max_size=2),
        "ilmd": st.fixed_dictionaries({"ex:a": _IDS}),
    },
)


@given(_FORMS, st.none() | st.integers(6, 12))
def test_the_event_hash_never_changes(fields: dict[str, Any], size: int | None) -> None:
    event = {"type": "ObjectEvent", **fields}
    lengths = known_prefixes(["9521234"], size)
    expected = event_hash(event)
    urns = to_urns(event, lengths)
    links = to_links(event)
    again = to_links(urns.event)
    assert {event_hash(one.event) for one in (urns, links, again)} == {expected}
    assert to_urns(urns.event, lengths).event == urns.event
    assert to_links(links.event).event == links.event


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | _IDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["epcList", "readPoint", "id", "sensorElementList", "sensorReport", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*LINKS]), _JSON, max_size=4))
def test_any_shape_passes_through(event: dict[str, Any]) -> None:
    for there in (to_links(event), to_urns(event, KNOWN)):
        assert there.event.keys() == event.keys()


@pytest.mark.parametrize("event", [{"epcList": "urn:epc:id:sgtin:9521234.000004.1"}])
def test_what_has_not_the_shape_is_left_to_validation(event: dict[str, Any]) -> None:
    assert to_links(event) == (event, ())

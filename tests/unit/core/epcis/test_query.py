"""SimpleEventQuery: each parameter on events that have to match and on such that must not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.epcis.query import SimpleEventQuery, parse_query
from suyuan.core.errors import Malformed, Many, Refused

PACK = "https://id.gs1.org/01/09521234000068/21/S1"
LOT = "https://id.gs1.org/01/09521234000068/10/L1"
EVENT: dict[str, Any] = {
    "@context": [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"example": "https://ns.example.com/epcis/"},
    ],
    "type": "ObjectEvent",
    "eventID": "urn:uuid:1",
    "eventTime": "2026-09-10T08:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "shipping",
    "disposition": "cbv:Disp-in_transit",
    "persistentDisposition": {"set": ["completeness_verified"]},
    "epcList": [PACK],
    "quantityList": [{"epcClass": LOT, "quantity": 500, "uom": "GRM"}],
    "readPoint": {"id": "https://id.gs1.org/414/9521234000013", "example:shed": "B"},
    "bizLocation": {"id": "https://farm.example/yard"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:po:7"}],
    "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/9521234000006"}],
    "destinationList": [
        {"type": "location", "destination": "https://id.gs1.org/414/9521234000013"}
    ],
    "ilmd": {"example:best": "2027-01-01T00:00:00Z", "example:in": {"example:deep": 5}},
    "errorDeclaration": {
        "declarationTime": "2026-09-11T00:00:00Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:2"],
    },
    "sensorElementList": [
        {
            "sensorMetadata": {
                "startTime": "2026-09-10T00:00:00Z",
                "endTime": "2026-09-10T01:00:00Z",
                "deviceID": "urn:device:1",
                "example:kind": "probe",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 26.0, "uom": "CEL", "percRank": 50},
                {"booleanValue": True, "stringValue": "ok", "hexBinaryValue": "f1Ab"},
            ],
        }
    ],
    "example:colour": ["red", "blue"],
    "example:weight": 12.5,
    "example:tag": {"#text": "x", "example:lang": "zh"},
    "example:nest": {"example:deep": {"example:deeper": "here"}},
}
CONTEXT = {"my": "https://ns.example.com/epcis/"}


class Known:
    """Master data of a place, of a product and of places within."""

    things: ClassVar[dict[str, dict[str, tuple[Any, ...]]]] = {
        "https://id.gs1.org/414/9521234000013": {
            "name": ("山核桃合作社", "Hickory yard"),
            "{urn:epcglobal:cbv:mda}site": ("9521234000013",),
            "{https://ref.gs1.org/voc/}physicalLocationName": ("Hickory yard",),
        },
        "https://id.gs1.org/01/09521234000068": {
            "{suyuan:}grade": ("A",),
            "{https://ref.gs1.org/voc/}netContent": (250,),
            "{suyuan:}picture": (),
        },
    }

    def within(self, place: str) -> Collection[str]:
        there = ["https://id.gs1.org/414/9521234000013"]
        return there if place == "https://farm.example/all" else []

    def having(self, names: Collection[str], test: Callable[[Any], bool] | None) -> Collection[str]:
        return [
            thing
            for thing, attributes in self.things.items()
            if any(
                test is None or any(map(test, values))
                for name, values in attributes.items()
                if name in names
            )
        ]


def asked(**parameters: Any) -> SimpleEventQuery:
    return parse_query(parameters, CONTEXT)


YES: list[tuple[str, Any]] = [
    ("eventType", ["TransactionEvent", "ObjectEvent"]),
    ("GE_eventTime", "2026-09-10T00:00:00Z"),
    ("LT_eventTime", "2026-09-10T00:00:00.001Z"),
    ("GE_recordTime", "2026-09-10T05:00:00Z"),
    ("EQ_action", "OBSERVE|ADD"),
    ("EQ_bizStep", "shipping"),
    ("EQ_bizStep", "urn:epcglobal:cbv:bizstep:shipping|receiving"),
    ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"),
    ("EQ_disposition", ["in_transit"]),
    ("EQ_persistentDisposition_set", "completeness_verified"),
    ("EQ_readPoint", "urn:epc:id:sgln:9521234.00001.0"),
    ("WD_readPoint", "https://farm.example/all"),
    ("EQ_bizLocation", "https://farm.example/yard"),
    ("MATCH_epc", "urn:epc:id:sgtin:9521234.000006.S1"),
    ("MATCH_epc", "https://shop.example/01/09521234000068/10/Z/21/S1"),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521234.000006.*"),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521234.*.*"),
    ("MATCH_epc", "urn:epc:idpat:sgtin:*.*.*"),
    ("MATCH_anyEPC", [PACK, "urn:x:y"]),
    ("MATCH_epcClass", "urn:epc:class:lgtin:9521234.000006.L1"),
    ("MATCH_anyEPCClass", LOT),
    ("EQ_quantity", "500"),
    ("GE_quantity", 500),
    ("LT_quantity", 500.5),
    ("EQ_quantity_KGM", [0.5]),
    ("GT_quantity_KGM", "0.499"),
    ("EQ_eventID", "urn:uuid:1"),
    ("EXISTS_errorDeclaration", "true"),
    ("EXISTS_sensorElementList", ""),
    ("GE_errorDeclarationTime", "2026-09-11T08:00:00+08:00"),
    ("EQ_errorReason", "did_not_occur|incorrect_data"),
    ("EQ_correctiveEventID", "urn:uuid:2"),
    ("EQ_bizTransaction_po", "urn:po:7"),
    ("EQ_source_owning_party", "urn:epc:id:pgln:9521234.00000"),
    ("EQ_destination_location", "https://id.gs1.org/414/9521234000013"),
    ("EQ_type", "Temperature"),
    ("EQ_value_CEL", 26),
    ("EQ_value_FAH", "78.8"),
    ("GE_value_KEL", "299.15"),
    ("GT_percRank", 49),
    ("EQ_booleanValue", "true"),
    ("EQ_stringValue", "ok"),
    ("EQ_hexBinaryValue", "F1AB"),
    ("EQ_deviceID", "urn:device:1"),
    ("GE_startTime", "2026-09-10T00:00:00Z"),
    ("LT_endTime", "2026-09-10T01:00:01Z"),
    ("EQ_my:colour", "green|blue"),
    ("EQ_https://ns.example.com/epcis/colour", "red"),
    ("GT_my:weight", 12),
    ("LE_my:weight", "12.50"),
    ("EXISTS_my:colour", ""),
    ("EQ_INNER_my:deeper", "here"),
    ("EXISTS_INNER_my:deeper", 1),
    ("GE_ILMD_my:best", "2027-01-01T08:00:00+08:00"),
    ("EQ_INNER_ILMD_my:deep", "5"),
    ("EQ_readPoint_my:shed", "B"),
    ("EQ_SENSORMETADATA_my:kind", "probe"),
    ("HASATTR_my:tag", "my:lang"),
    ("EQATTR_my:tag_my:lang", "zh"),
    ("HASATTR_readPoint", "name"),
    ("HASATTR_readPoint", "color|name"),
    ("HASATTR_destination", "urn:epcglobal:cbv:mda#site"),
    ("EQATTR_readPoint_urn:epcglobal:cbv:mda#site", "9521234000013"),
    ("EQATTR_readPoint_urn:epcglobal:cbv:mda:site", "9521234000013"),
    ("EQATTR_readPoint_cbvmda:site", ["x", "9521234000013"]),
    ("EQATTR_readPoint_gs1:physicalLocationName", "Hickory yard"),
    ("EQATTR_readPoint_https://gs1.org/voc/physicalLocationName", "Hickory yard"),
    ("EQATTR_readPoint_name", "山核桃合作社"),
    ("EQ_ATTR_readPoint_name", "Hickory yard"),
    ("EQATTR_epcClass_suyuan:grade", "B|A"),
    ("EQATTR_epc_suyuan:grade", "A"),
    ("EQATTR_epcClass_gs1:netContent", "250.0"),
    ("HASATTR_epcClass", "suyuan:picture"),
]
NO: list[tuple[str, Any]] = [
    ("eventType", "AggregationEvent"),
    ("LT_eventTime", "2026-09-10T00:00:00Z"),
    ("LT_recordTime", "2026-09-10T05:00:00Z"),
    ("EQ_action", "DELETE"),
    ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-Shipping"),
    ("EQ_disposition", "active"),
    ("EQ_persistentDisposition_unset", "completeness_verified"),
    ("EQ_readPoint", "https://farm.example/all"),
    ("WD_bizLocation", "https://farm.example/all"),
    ("MATCH_parentID", PACK),
    ("MATCH_inputEPC", PACK),
    ("MATCH_epc", "urn:epc:idpat:sgtin:9521235.*.*"),
    ("MATCH_epc", "urn:epc:idpat:sscc:*.*"),
    ("MATCH_epc", LOT),
    ("MATCH_outputEPCClass", LOT),
    ("GT_quantity", 500),
    ("EQ_quantity_KGM", 500),
    ("EQ_quantity_LTR", 0.5),
    ("EQ_bizTransaction_inv", "urn:po:7"),
    ("EQ_value_FAH", 26),
    ("EQ_booleanValue", False),
    ("EQ_my:weight", "12"),
    ("LT_my:colour", "2026-01-01T00:00:00Z"),
    ("EQ_my:deeper", "here"),
    ("EXISTS_my:deeper", ""),
    ("EQ_INNER_my:colour", "red"),
    ("EQ_my:best", "2027-01-01T00:00:00Z"),
    ("HASATTR_my:tag", "lang"),
    ("EQ_correctiveEventID", "urn:uuid:1"),
    ("HASATTR_bizLocation", "name"),
    ("HASATTR_readPoint", "id"),
    ("HASATTR_readPoint", "my:shed"),
    ("EQATTR_readPoint_name", "another"),
    ("EQATTR_bizLocation_name", "Hickory yard"),
    ("EQATTR_epcClass_suyuan:grade", "B"),
    ("EQATTR_epcClass_suyuan:picture", "A"),
    ("HASATTR_parentID", "suyuan:grade"),
]


def matches(query: SimpleEventQuery) -> bool:
    return query.matches(EVENT, "2026-09-10T05:00:00.000Z")


@pytest.mark.parametrize(("name", "value"), YES)
def test_it_matches(name: str, value: Any) -> None:
    query = parse_query({name: value}, CONTEXT, vocabulary=Known())
    assert matches(query)


@pytest.mark.parametrize(("name", "value"), NO)
def test_it_does_not_match(name: str, value: Any) -> None:
    assert not matches(parse_query({name: value}, CONTEXT, vocabulary=Known()))


NAMES_OF_ONE = (
    "my:grade",
    "https://ns.example.com/epcis#grade",
    "https://ns.example.com/epcis/#grade",
    "https://ns.example.com/epcis/grade",
)


@pytest.mark.parametrize("name", NAMES_OF_ONE)
@pytest.mark.parametrize("prefix", ["", "ILMD_", "INNER_ILMD_", "INNER_"])
def test_a_name_in_full(name: str, prefix: str) -> None:
    """Namespace, # and name (EPCIS 2.0 §8.2.7.1), for namespaces that end in # and such that do not."""
    space = "https://ns.example.com/epcis" + ("" if "epcis#" in name else "/")
    holder: dict[str, Any] = (
        {"x:grade": "A"} if "INNER" not in prefix else {"x:o": {"x:grade": "A"}}
    )
    for declared in {space, f"{space}#" if "epcis#" in name else space}:
        event = {"@context": {"x": declared}, "type": "ObjectEvent"}
        event |= {"ilmd": holder} if "ILMD" in prefix else holder
        context = {"my": declared}
        for test, value in (("EQ", "A"), ("EXISTS", "")):
            query = parse_query({f"{test}_{prefix}{name}": value}, context)
            assert query.matches(event), (declared, test)
            assert not query.matches({**event, "@context": {"x": "https://other.example/"}})


def test_a_name_that_an_event_has_in_full() -> None:
    event = {"type": "ObjectEvent", "https://ns.example.com/epcis/grade": 3}
    query = asked(**{"GE_my:grade": 3, "orderBy": "https://ns.example.com/epcis/#grade"})
    assert query.matches(event)
    assert query.key_of(event, "")[0]


def test_our_own_prefix_needs_no_declaration() -> None:
    voc = {"suyuan": "https://node.example/voc/"}
    for event in (
        {"type": "ObjectEvent", "suyuan:crop": "nut"},
        {"type": "ObjectEvent", "@context": [voc], "suyuan:crop": "nut"},
        {"type": "ObjectEvent", "@context": {"s": voc["suyuan"]}, "s:crop": "nut"},
    ):
        for name in ("suyuan:crop", "https://node.example/voc/#crop", "our:crop"):
            context = {**voc, "our": voc["suyuan"]}
            assert parse_query({f"EQ_{name}": "nut"}, context).matches(event), (event, name)
    assert parse_query({"EQ_suyuan:crop": "nut"}).matches({"type": "x:y", "suyuan:crop": "nut"})


def test_what_a_refusal_says() -> None:
    with pytest.raises(Malformed, match="GS1-Extensions") as caught:
        asked(**{"EQ_foo:bar": "1"})
    assert caught.value.params["prefix"] == "foo"


SAME = {
    "EQ_bizStep": (
        "bizStep",
        "shipping",
        "cbv:BizStep-shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
    ),
    "EQ_disposition": (
        "disposition",
        "in_transit",
        "cbv:Disp-in_transit",
        "https://ref.gs1.org/cbv/Disp-in_transit",
        "urn:epcglobal:cbv:disp:in_transit",
    ),
    "EQ_type": (
        "type",
        "Temperature",
        "gs1:Temperature",
        "https://ref.gs1.org/voc/Temperature",
        "https://gs1.org/voc/Temperature",
        "https://www.gs1.org/voc/Temperature",
        "http://gs1.org/voc/Temperature",
    ),
    "EQ_my:term": (
        "example:term",
        "gs1:Thing",
        "https://ref.gs1.org/voc/Thing",
        "https://gs1.org/voc/Thing",
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_ways_to_write_one_word(name: str) -> None:
    member, *ways = SAME[name]
    for there in ways:
        event = {"@context": EVENT["@context"], "type": "ObjectEvent", member: there}
        if member == "type":
            event = {"type": "ObjectEvent", "sensorElementList": [{"sensorReport": [event]}]}
        for way in ways:
            assert asked(**{name: way}).matches(event), (there, way)
        assert not asked(**{name: "https://other.example/BizStep-shipping"}).matches(event)


def test_types_of_events() -> None:
    own = {"@context": {"x": "https://ns.example.com/epcis/"}, "type": "x:FeedEvent"}
    query = asked(eventType="my:FeedEvent")
    assert query.matches(own)
    assert query.event_types is None  # how its index has it written, nobody knows
    for way in ("ObjectEvent", "epcis:ObjectEvent", "https://ref.gs1.org/epcis/ObjectEvent"):
        assert asked(eventType=way).matches(EVENT)
        assert asked(eventType=way).event_types == frozenset({"ObjectEvent"})


def test_truth_in_an_extension() -> None:
    event = {"@context": EVENT["@context"], "type": "ObjectEvent", "example:organic": True}
    for value in ("true", True, ["true"]):
        assert asked(**{"EQ_my:organic": value}).matches(event)
    assert not asked(**{"EQ_my:organic": "false"}).matches(event)


def test_attributes_are_compared() -> None:
    event = {**EVENT, "example:tag": {"#text": "x", "lang": "zh"}}
    assert asked(**{"EQATTR_my:tag_lang": "zh"}).matches(event)
    assert not asked(**{"EQATTR_my:tag_lang": "en"}).matches(event)


def test_all_have_to_hold() -> None:
    assert matches(asked(EQ_bizStep="shipping", EQ_action="ADD"))
    assert not matches(asked(EQ_bizStep="shipping", EQ_action="DELETE"))
    assert matches(asked())


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"EQ_bizSteps": "x"}, "/EQ_bizSteps"),
        ({"GT_bizStep": "x"}, "/GT_bizStep"),
        ({"EXISTS_colour": ""}, "/EXISTS_colour"),
        ({"GE_eventTime": "yesterday"}, "/GE_eventTime"),
        ({"GE_value_CEL": "warm"}, "/GE_value_CEL"),
        ({"GT_my:weight": "heavy"}, "/GT_my:weight"),
        ({"MATCH_epc": "not a uri"}, "/MATCH_epc"),
        ({"MATCH_epc": "urn:epc:idpat:sgtin:*.000006.*"}, "/MATCH_epc"),
        ({"EQ_booleanValue": "yes"}, "/EQ_booleanValue"),
        ({"eventCountLimit": "5"}, "/eventCountLimit"),
        ({"eventCountLimit": "5", "orderBy": "eventTime", "maxEventCount": 5}, "/maxEventCount"),
        ({"orderBy": "eventTime", "orderDirection": "UP"}, "/orderDirection"),
        ({"orderBy": "quantity"}, "/orderBy"),
        ({"maxEventCount": "-1"}, "/maxEventCount"),
        ({"EQ_bizStep": "|".join(["x"] * 1001)}, "/EQ_bizStep"),
        ({"EQ_bizStep": []}, "/EQ_bizStep"),
        ({"EQ_bizStep": {"a": 1}}, "/EQ_bizStep"),
        ({"EQ_action": "SHIPPED"}, "/EQ_action"),
        ({"eventType": "Nope"}, "/eventType"),
        ({"EQ_bizStep": "Shipping"}, "/EQ_bizStep"),
        ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:nope"}, "/EQ_bizStep"),
        ({"EQ_bizStep": "urn:epcglobal:cbv:disp:active"}, "/EQ_bizStep"),
        ({"EQ_disposition": "shipping"}, "/EQ_disposition"),
        ({"EQ_persistentDisposition_set": "gone"}, "/EQ_persistentDisposition_set"),
        ({"EQ_errorReason": "bored"}, "/EQ_errorReason"),
        ({"EQ_type": "ALARM_CONDITION"}, "/EQ_type"),
        ({"EQ_exception": "Temperature"}, "/EQ_exception"),
        ({"EQ_component": "w"}, "/EQ_component"),
        ({"EQ_bizTransaction_nope": "urn:po:7"}, "/EQ_bizTransaction_nope"),
        ({"EQ_source_po": "urn:po:7"}, "/EQ_source_po"),
        ({"EQ_source_location": "here"}, "/EQ_source_location"),
        ({"EQ_readPoint": "the yard"}, "/EQ_readPoint"),
        ({"WD_readPoint": "the yard"}, "/WD_readPoint"),
        ({"WD_disposition": "active"}, "/WD_disposition"),
        ({"EQ_eventID": "7"}, "/EQ_eventID"),
        ({"EQ_deviceID": ""}, "/EQ_deviceID"),
        ({"EQ_hexBinaryValue": "xyz"}, "/EQ_hexBinaryValue"),
        ({"GE_quantity": "2026-01-01T00:00:00Z"}, "/GE_quantity"),
        ({"EQ_quantity": "much"}, "/EQ_quantity"),
        ({"EQ_quantity": []}, "/EQ_quantity"),
        ({"GE_value_celsius": "3"}, "/GE_value_celsius"),
        ({"GE_value_KILOS": "3"}, "/GE_value_KILOS"),
        ({"LT_eventTime": "2026-02-30T00:00:00Z"}, "/LT_eventTime"),
        ({"eventCountLimit": -1, "orderBy": "eventTime"}, "/eventCountLimit"),
        ({"perPage": 5}, "/perPage"),
        ({"orderBy": "foo:bar"}, "/orderBy"),
        ({"EQ_foo:bar": "1"}, "/EQ_foo:bar"),
        ({"EXISTS_ILMD_foo:bar": ""}, "/EXISTS_ILMD_foo:bar"),
        ({"HASATTR_foo:bar": "x"}, "/HASATTR_foo:bar"),
        ({"EQATTR_foo:bar_x": "x"}, "/EQATTR_foo:bar_x"),
        ({"HASATTR_eventTime": "name"}, "/HASATTR_eventTime"),
        ({"HASATTR_readPoint": ""}, "/HASATTR_readPoint"),
        ({"HASATTR_readPoint": "foo:bar"}, "/HASATTR_readPoint"),
        ({"EQATTR_readPoint_foo:bar": "x"}, "/EQATTR_readPoint_foo:bar"),
        ({"EQATTR_readPoint": "x"}, "/EQATTR_readPoint"),
        ({"EQATTR_action_name": "x"}, "/EQATTR_action_name"),
        ({"EQATTR_readPoint_name": []}, "/EQATTR_readPoint_name"),
        ({"EQ_https://ns.example.com/#": "x"}, "/EQ_https:~1~1ns.example.com~1#"),
    ],
)
def test_what_is_wrong_is_named(parameters: dict[str, Any], path: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_query(parameters, CONTEXT)
    assert caught.value.path == path


def test_all_that_is_wrong_is_named() -> None:
    with pytest.raises(Many) as caught:
        parse_query({"EQ_x": "1", "GE_eventTime": "x", "orderDirection": "SIDEWAYS"})
    assert [problem.path for problem in caught.value.errors] == [
        "/EQ_x", "/GE_eventTime", "/orderDirection",
    ]  # fmt: skip


def test_what_a_store_can_look_up() -> None:
    query = asked(
        MATCH_epc=f"{PACK}|urn:epc:id:sgtin:9521234.000006.S2",
        EQ_bizStep="shipping",
        GE_eventTime="2026-09-10T08:00:00+08:00",
        LT_recordTime="2026-09-11T00:00:00Z",
        EQ_eventID="urn:uuid:1",
    )
    assert query.touching == (frozenset({PACK, PACK[:-1] + "2"}),)
    assert query.biz_steps == frozenset({"https://ref.gs1.org/cbv/BizStep-shipping"})
    assert query.event_time == ("2026-09-10T00:00:00.000Z", None)
    assert query.record_time == (None, "2026-09-11T00:00:00.000Z")
    assert query.event_ids == frozenset({"urn:uuid:1"})
    assert asked(MATCH_epc="urn:epc:idpat:sgtin:9521234.*.*").touching == ()
    assert asked(HASATTR_bizLocation="name").touching == (frozenset(),)


def test_order() -> None:
    query = asked(orderBy="my:weight", orderDirection="ASC", eventCountLimit="2")
    assert (query.ascending, query.count_limit) == (True, 2)
    assert query.key_of(EVENT, "") < query.key_of({**EVENT, "example:weight": "13"}, "")
    assert not query.key_of({"type": "ObjectEvent"}, "")[0]
    assert asked(orderBy="eventTime").key_of(EVENT, "") == (True, "2026-09-10T00:00:00.000Z")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
NAMES = st.sampled_from([name for name, _ in YES + NO]) | st.text(max_size=30)


@given(
    st.dictionaries(NAMES, JSON | st.text(max_size=30), max_size=3),
    st.dictionaries(st.sampled_from(sorted(EVENT)), JSON),
    JSON,
)
def test_nothing_but_our_own_errors(
    parameters: dict[str, Any], members: dict[str, Any], context: Any
) -> None:
    try:
        query = parse_query(parameters, context)
    except Refused:
        return
    event = {**EVENT, **members}
    query.matches(event)
    query.key_of(event, "")

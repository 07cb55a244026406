"""Documents in either form, and what is wrong with them."""

from __future__ import annotations

import json
import re

import pytest
from shared import shared

from suyuan.core.epcis.reading import is_xml, problems_of, read_events, read_source
from suyuan.core.epcis.shapes import rule_of
from suyuan.core.errors import Malformed, Refused

EVENT = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "ObjectEvent",
    "eventTime": "2026-09-17T08:30:00Z",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "epcList": ["https://id.gs1.org/01/09521234000044/21/1"],
}
XML = b"""<ObjectEvent><eventTime>2026-09-17T08:30:00Z</eventTime>
<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
<epcList><epc>https://id.gs1.org/01/09521234000044/21/1</epc></epcList>
<action>ADD</action></ObjectEvent>"""


def test_xml_is_told_from_json() -> None:
    for xml in (XML, b"\n\t " + XML, b"\xef\xbb\xbf<a/>", "<a/>".encode("utf-16"), b"<"):
        assert is_xml(xml)
    for other in (b"", b"{}", b" []", b"\xef\xbb\xbf{}", b"x<"):
        assert not is_xml(other)


def test_both_forms_are_one() -> None:
    assert read_source(XML).value == EVENT
    assert read_events(XML).events == read_events(json.dumps(EVENT).encode()).events == [EVENT]


def told(data: bytes) -> list[tuple[str, str]]:
    return [(problem.path, rule_of(problem)) for problem in problems_of(data)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"action": None}, [("/action", "enum")]),
        ({"eventTime": "x"}, [("/eventTime", "format")]),
        ({"eventTimeZoneOffset": "8"}, [("/eventTimeZoneOffset", "pattern")]),
        ({"epcList": "x"}, [("/epcList", "type")]),
        ({"epcList": ["a:b", "a:b"]}, [("/epcList/1", "uniqueItems")]),
        ({"epcList": [f"a:{n}" for n in range(1001)]}, [("/epcList", "limit")]),
        ({"bizStep": "harvesting"}, [("/bizStep", "enum")]),
        ({"weight": 1}, [("/weight", "propertyNames")]),
        ({"quantityList": [{"unit": "KGM", "epcClass": "a:b"}]},
         [("/quantityList/0/unit", "additionalProperties")]),
        ({"quantityList": [{}]}, [("/quantityList/0/epcClass", "required")]),
        ({"persistentDisposition": {"set": []}}, [("/persistentDisposition/set", "minItems")]),
        ({"persistentDisposition": {}}, [("/persistentDisposition", "anyOf")]),
        ({"action": "OBSERVE", "ilmd": {}}, [("/ilmd", "not")]),
        ({"suyuan:serials": {"count": 0, "root": ""}},
         [("/suyuan:serials/count", "minimum"), ("/suyuan:serials/root", "format")]),
        ({"type": 1}, [("/type", "required")]),
    ],
)  # fmt: skip
def test_each_rule_has_its_name(change: dict[str, object], expected: list[tuple[str, str]]) -> None:
    assert told(json.dumps({**EVENT, **change}).encode()) == expected


def test_what_is_no_document_is_told_too() -> None:
    assert told(XML) == []
    assert told(b"{") == [("line 1, column 2", "syntax")]
    assert told(b"<a>") == [("line 1, column 4", "syntax")]
    assert told(b"1") == [("", "type")]
    assert told(b'{"type": "EPCISDocument"}')[0] == ("/@context", "required")
    assert told(b"[" * 41 + b"]" * 41) == [("/0" * 40, "syntax")]
    late = XML.replace(b"<action>ADD</action>", b"").replace(
        b"<epcList>", b"<action>ADD</action><epcList>"
    )
    assert told(late) == [("line 3", "order")]
    with pytest.raises(Malformed):
        read_events(b"<a/>")


def test_every_refusal_names_a_place_a_rule_and_what_is_right() -> None:
    folder = shared("vectors", "openepcis-test-resources", "2.0")
    problems: list[Refused] = []
    for path in sorted(folder.rglob("Invalid/*")):
        found = list(problems_of(path.read_bytes()))
        assert found, path.name
        problems += found
    for problem in problems:
        assert problem.path
        assert re.fullmatch("[a-zA-Z]+", rule_of(problem))
        assert re.search("right is|for example|belongs here once", problem.text), problem.text

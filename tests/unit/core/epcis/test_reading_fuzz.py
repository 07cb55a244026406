"""Whatever is sent as EPCIS, JSON or XML: nothing but our own errors, and XML says what JSON says."""

from __future__ import annotations

import json
import random
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]
from shared import ROOT

from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.reading import problems_of, read_events, read_source
from suyuan.core.epcis.xml_names import XSI, names
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.errors import Refused

CREATED = "2026-09-17T08:30:00.000Z"
EVENT: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {"x": "x:y"}],
    "type": "ObjectEvent",
    "eventTime": CREATED,
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "epcList": ["https://id.gs1.org/01/09521234000044/21/1"],
    "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000004.L", "quantity": 1.5}],
    "bizTransactionList": [{"type": "po", "bizTransaction": "a:b"}],
    "readPoint": {"id": "https://id.gs1.org/414/9521234000020", "x:a": [1, "2", {"b": True}]},
    "sensorElementList": [
        {
            "sensorMetadata": {"time": CREATED},
            "sensorReport": [{"type": "Temperature", "value": -1.5, "uom": "CEL", "x:a": "1"}],
        }
    ],
    "persistentDisposition": {"set": ["active"], "unset": ["recalled"]},
    "errorDeclaration": {"declarationTime": CREATED, "reason": "incorrect_data"},
    "ilmd": {"x:a": {"x:b": None, "#text": "山核桃"}, "cbvmda:lotNumber": "00123"},
}


@lru_cache
def corpus() -> list[bytes]:
    """Our own event in both forms, and the open documents where they are."""
    texts = [json.dumps(EVENT).encode(), write_xml(EVENT, created=CREATED)]
    vectors = ROOT.parent / "shared" / "vectors"
    for folder in ("openepcis-test-resources", "gs1-epcis-official/JSON", "gs1-epcis-official/XML"):
        texts += [
            path.read_bytes()
            for path in sorted(Path(vectors / folder).rglob("*"))
            if path.suffix in (".json", ".jsonld", ".xml")
        ]
    return [text for text in texts if len(text) < 20_000]


PIECES = b"""
    < > & " ' / = <a> </a> <a/> &lt; &#0; &#x10FFFF; &x; <![CDATA[ ]]> <!-- --> <?a ?> <!DOCTYPE
    xmlns="a:b" xmlns:x="c:d" xmlns:x="" xml:lang="a" xsi:type="xsd:integer" xsi:nil="true" \xff \x01
    \xe5\xb1 epcis: extension EventList <extension> </extension> ObjectEvent 1e999 NaN { } [ ] , :
    {"a": null true -0 1E400 "\\ud800" 9007199254740993 <EventList> </EventList> xmlns:q="}"
""".split()
TAGS = sorted(
    names("""
    epcList epc action type id extension baseExtension EventList ObjectEvent ilmd sensorElement
    sensorReport sensorMetadata quantity readPoint certificationInfo set errorDeclaration source
    persistentDisposition bizTransaction EPCISHeader VocabularyList attribute QueryResults
    {x:y}a {urn:epcglobal:cbv:mda}b {https://gs1.org/voc/}c {urn:epcglobal:epcis:xsd:2}d
""")
)
TEXTS = ["", "x", " 1 ", "true", "1e5", "urn:epcglobal:cbv:bizstep:x", "\n", "007", CREATED, "a:b"]


def with_other_bytes(data: bytes, dice: random.Random) -> bytes:
    """Bytes left out, put in, changed or moved."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4))):
        place = dice.randrange(len(changed) + 1)
        move = dice.randrange(4)
        if move == 0:
            del changed[place : place + dice.choice((1, 5, 50))]
        elif move == 1:
            changed[place:place] = dice.choice(PIECES)
        elif move == 2:
            changed[place : place + 1] = bytes([dice.randrange(256)])
        else:
            start = dice.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + dice.choice((3, 20, 200))]
    return bytes(changed)


def with_other_elements(data: bytes, dice: random.Random) -> bytes:
    """Elements left out, renamed, nested, said otherwise; still XML."""
    try:
        root = etree.fromstring(data)
    except etree.XMLSyntaxError:
        return data
    for _ in range(dice.choice((1, 2, 3))):
        elements = [one for one in root.iter() if isinstance(one.tag, str)]
        element = dice.choice(elements)
        move = dice.randrange(8)
        if move == 0 and element is not root:
            element.getparent().remove(element)
        elif move == 1:
            element.tag = dice.choice(TAGS)
        elif move == 2:
            element.text = dice.choice(TEXTS)
        elif move == 3:
            element.set(dice.choice(TAGS), dice.choice(TEXTS))
        elif move == 4:
            copy = etree.tostring(dice.choice(elements), with_tail=False)
            element.append(etree.fromstring(copy))
        elif move == 5:
            etree.SubElement(element, dice.choice(TAGS)).text = dice.choice(TEXTS)
        elif move == 6:
            element.tail = dice.choice(TEXTS)
        else:
            element.set(f"{{{XSI}}}type", dice.choice(["xsd:integer", "xsd:boolean", "x", ""]))
    return bytes(etree.tostring(root))


def try_all(data: bytes) -> None:
    """Reads, checks, hashes and writes; each of them does it or refuses."""
    wrong = [str(problem) for problem in problems_of(data)]
    with suppress(Refused):
        events = read_events(data).events
        for event in events:
            with suppress(Refused):
                event_hash(event)
        written = write_xml(read_source(data).value, created=CREATED)
        if not wrong:
            assert list(problems_of(written)) == []
            found = [event_hash(event) for event in read_events(written).events]
            assert found == [event_hash(event) for event in events]


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@FUZZ
@given(st.integers(0, 2**32))
def test_documents_with_other_bytes(seed: int) -> None:
    dice = random.Random(seed)
    try_all(with_other_bytes(dice.choice(corpus()), dice))


@FUZZ
@given(st.integers(0, 2**32))
def test_xml_with_other_elements(seed: int) -> None:
    dice = random.Random(seed)
    texts = [text for text in corpus() if text.lstrip()[:1] == b"<"]
    try_all(with_other_elements(dice.choice(texts), dice))


@FUZZ
@given(
    st.binary(max_size=200)
    | st.text(alphabet="<>/&;#x\"'= \na![]{}:,0", max_size=80).map(str.encode)
)
def test_any_bytes(data: bytes) -> None:
    try_all(data)


_SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=12)
_NAMES = st.sampled_from(
    ["x:a", "x:b", "c", "type", "extension", "#text", "rdfs:comment", "é", "a b"]
)
_NODES = st.recursive(
    _SCALARS | st.floats(-1e15, 1e15),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=10,
)


@FUZZ
@given(_NODES, st.sampled_from(["ilmd", "readPoint", ""]))
def test_extensions_of_any_shape(node: Any, holder: str) -> None:
    event = {**EVENT, "x:z": node}
    if holder:
        event = {**EVENT, holder: {**EVENT[holder], "x:z": node}}
    try_all(json.dumps(event).encode())


START, END = b"<EPCISDocument><EPCISBody><EventList>", b"</EventList></EPCISBody></EPCISDocument>"


LAST = b"</ObjectEvent>" + END


@pytest.mark.parametrize(
    "data",
    [
        START + b"<ObjectEvent>" + b"<extension>" * 200 + b"</extension>" * 200 + LAST,
        START + b"<extension>" * 200 + b"</extension>" * 200 + END,
        START + b"<ObjectEvent>" + b"<x:a xmlns:x='x:y'>" * 200 + b"</x:a>" * 200 + LAST,
        START + b"<extension><A/></extension>" * 20_000 + END,
        START * 80,
        START + b"<ObjectEvent " + b" ".join(b"a%d=''" % n for n in range(50_000)) + b"/>" + END,
        START + b"<ObjectEvent>" + b"".join(b"<a:a xmlns:a='a:%d'/>" % n for n in range(20_000))
        + LAST,
        START + b"<ObjectEvent " + b" ".join(b"xmlns:a%d='a:%d'" % (n, n) for n in range(5_000)) + b">"
        + b"<a1:b a2:c=''/>" * 5_000 + LAST,
        START + b"<ObjectEvent><action>" + b"A" * 5_000_000 + b"</action></ObjectEvent>" + END,
        START + b"<ObjectEvent><epcList>" + b"<epc/>" * 200_000 + b"</epcList></ObjectEvent>" + END,
        b"<!-- " + b"-" * 100_000,
        b"<?a " * 100_000,
        b"<!---->" * 100_000 + b"<!DOCTYPE a [",
        b"<?xml version='1.0' encoding='" + b"a" * 100_000,
        b" " * 1_000_000 + b"<",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
    ],
    ids=range(17),
)  # fmt: skip
def test_nothing_takes_long(data: bytes) -> None:
    started = time.process_time()
    try_all(data)
    assert time.process_time() - started < 10

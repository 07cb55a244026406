"""EPCIS XML as the JSON that says the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shared import shared

from suyuan.core.epcis.document import events_of, read_document
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.epcis.validate import validate_event
from suyuan.core.epcis.xml_names import CONTEXT
from suyuan.core.epcis.xml_reading import read_xml
from suyuan.core.errors import Malformed, Refused, TooLarge

EPCIS = 'xmlns:epcis="urn:epcglobal:epcis:xsd:2"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def document(body: str, *, names: str = "", header: str = "") -> dict[str, Any]:
    text = f"""<?xml version="1.0"?>
        <epcis:EPCISDocument {EPCIS} {XSI} {names} schemaVersion="2.0"
            creationDate="2026-09-17T08:30:00Z" xsi:schemaLocation="a b">
          {header}<EPCISBody><EventList>{body}</EventList></EPCISBody>
        </epcis:EPCISDocument>"""
    return read_xml(text.strip().encode()).document


def event(fields: str, *, kind: str = "ObjectEvent", names: str = "") -> dict[str, Any]:
    """What these fields add to an event."""
    [found] = document(f"<{kind}>{fields}</{kind}>", names=names)["epcisBody"]["eventList"]
    assert found.pop("type") == kind
    return dict(found)


def problems_of(path: Path) -> list[str]:
    try:
        read = read_xml(path.read_bytes())
        found = read_document(read.document)
    except Refused as problem:
        return [str(problem)]
    problems: list[Refused] = [*read.misplaced]
    for place, one in enumerate(found.events):
        problems += validate_event(one, at=found.pointer(place))
    return [str(problem) for problem in problems]


# The open vectors


def test_open_hashes_hold() -> None:
    folder = shared("vectors", "event-hash-ralphtro-G2-2026")
    found = 0
    for path in sorted(folder.glob("documents/*.xml")):
        expected = (folder / "expected" / "CBV2.0" / f"{path.stem}.hashes").read_text().split()
        assert event_hashes(events_of(read_xml(path.read_bytes()).document)) == expected, path.name
        found += len(expected)
    assert found == 9


def test_events_that_say_the_same_hash_the_same() -> None:
    folder = shared("vectors", "event-hash-ralphtro-expected-equal")
    for path in (paths := sorted(folder.glob("*.xml"))):
        hashes = event_hashes(events_of(read_xml(path.read_bytes()).document))
        assert len(hashes) > 1
        assert len(set(hashes)) == 1, path.name
    assert len(paths) == 10


def test_xml_and_json_twins_hash_the_same() -> None:
    folder = shared("vectors", "openepcis-test-resources", "2.0", "EPCIS")
    twins = 0
    for path in sorted((folder / "XML").rglob("*.xml")):
        twin = folder / "JSON" / path.relative_to(folder / "XML").with_suffix(".json")
        if not twin.exists() or "Invalid" in path.parts:
            continue
        found = event_hashes(events_of(read_xml(path.read_bytes()).document))
        assert found == event_hashes(events_of(json.loads(twin.read_text()))), path.name
        twins += 1
    assert twins == 27


REFUSED = {
    # They use terms that EPCIS 2.0 dropped before it was ratified.
    "AggregationEvent_with_persistentDisposition.xml",
    "SensorData_with_combined_events.xml",
    # Their elements are in an order, a time is of a form, that the XML schema refuses too.
    "JumbledFieldsOrder.xml",
    "ObjectEventWithAllPossibleFields.xml",
}


def test_valid_and_invalid_documents_of_others() -> None:
    folder = shared("vectors", "openepcis-test-resources", "2.0", "EPCIS", "XML")
    counts = {True: 0, False: 0}
    for path in sorted(folder.rglob("*.xml")):
        valid = "Invalid" not in path.parts and path.name not in REFUSED
        problems = problems_of(path)
        assert (not problems) == valid, (path, problems)
        counts[valid] += 1
    assert counts == {True: 23, False: 11}


def test_documents_of_epcis_1_2_are_read() -> None:
    folder = shared("vectors", "openepcis-test-resources", "1.2")
    paths = sorted(folder.rglob("*.xml"))
    found = [events_of(read_xml(path.read_bytes()).document) for path in paths]
    assert sum(map(len, found)) == 17
    assert not any("extension" in one or "baseExtension" in one for each in found for one in each)


# One rule each


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("<bizStep> urn:epcglobal:cbv:bizstep:shipping\n</bizStep>", {"bizStep": "shipping"}),
        ("<bizStep>urn:epcglobal:cbv:bizstep:x</bizStep>", {"bizStep": "urn:epcglobal:cbv:bizstep:x"}),
        ("<bizStep>https://ref.gs1.org/cbv/BizStep-packing</bizStep>",
         {"bizStep": "https://ref.gs1.org/cbv/BizStep-packing"}),
        ("<epcis:bizStep>a:b</epcis:bizStep>", {"bizStep": "a:b"}),
        ("<epcList><epc> a:b </epc><!-- x --><epc>a:c</epc></epcList>", {"epcList": ["a:b", "a:c"]}),
        ("<epcList/>", {"epcList": []}),
        (("<epcList/><quantityList><quantityElement><epcClass>a:b</epcClass><quantity>+07.50</quantity>"
         "<uom>KGM</uom></quantityElement></quantityList>"),
         {"epcList": [], "quantityList": [{"epcClass": "a:b", "quantity": 7.5, "uom": "KGM"}]}),
        (("<bizTransactionList><bizTransaction type='urn:epcglobal:cbv:btt:po'>a:b</bizTransaction>"
         "<bizTransaction>a:c</bizTransaction></bizTransactionList>"),
         {"bizTransactionList": [{"type": "po", "bizTransaction": "a:b"}, {"bizTransaction": "a:c"}]}),
        ("<sourceList><source type='urn:epcglobal:cbv:sdt:location'>a:b</source></sourceList>",
         {"sourceList": [{"type": "location", "source": "a:b"}]}),
        (("<extension><extension><disposition>urn:epcglobal:cbv:disp:active</disposition></extension>"
         "</extension>"), {"disposition": "active"}),
        ("<baseExtension><eventID>a:b</eventID></baseExtension>", {"eventID": "a:b"}),
        (("<persistentDisposition><unset>urn:epcglobal:cbv:disp:recalled</unset><set>a:b</set>"
         "</persistentDisposition>"),
         {"persistentDisposition": {"unset": ["recalled"], "set": ["a:b"]}}),
        (("<errorDeclaration><declarationTime>2026-09-17T08:30:00Z</declarationTime>"
         "<reason>urn:epcglobal:cbv:er:incorrect_data</reason><correctiveEventIDs>"
         "<correctiveEventID>a:b</correctiveEventID></correctiveEventIDs></errorDeclaration>"),
         {"errorDeclaration": {"declarationTime": "2026-09-17T08:30:00Z", "reason": "incorrect_data",
          "correctiveEventIDs": ["a:b"]}}),
        ("<certificationInfo>a:b</certificationInfo>", {"certificationInfo": "a:b"}),
        ("<certificationInfo>a:b</certificationInfo><certificationInfo>a:c</certificationInfo>",
         {"certificationInfo": ["a:b", "a:c"]}),
        (("<sensorElementList><sensorElement><sensorMetadata time='2026-09-17T08:30:00Z'/>"
         "<sensorReport type='gs1:Temperature' value='1.50' booleanValue='1' component='cbv:Comp-x'"
         " exception='gs1:ALARM_CONDITION' stringValue='007'/><sensorReport type='a:b' value='INF'/>"
         "</sensorElement></sensorElementList>"),
         {"sensorElementList": [{"sensorMetadata": {"time": "2026-09-17T08:30:00Z"}, "sensorReport": [
          {"type": "Temperature", "value": 1.5, "booleanValue": True, "component": "x",
           "exception": "ALARM_CONDITION", "stringValue": "007"}, {"type": "a:b", "value": "INF"}]}]}),
        ("<weight>3</weight>", {"weight": "3"}),
    ],
)  # fmt: skip
def test_fields(fields: str, expected: dict[str, Any]) -> None:
    assert event(fields) == expected


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ("<x:a> b </x:a>", " b "),
        ("<x:a/>", ""),
        ("<x:a>007</x:a>", "007"),
        ("<x:a>1</x:a><x:a>2</x:a><x:a>3</x:a>", ["1", "2", "3"]),
        ("<x:a b='1' x:c='2'><d>3</d><x:d>4</x:d><d>5</d></x:a>",
         {"b": "1", "x:c": "2", "d": ["3", "5"], "x:d": "4"}),
        ("<x:a> t <b/> u\n</x:a>", {"#text": "t u", "b": ""}),
        ("<x:a xsi:type='xsd:integer'>007</x:a>", 7),
        ("<x:a xsi:type='xsd:double'>1.50</x:a>", 1.5),
        ("<x:a xsi:type='xsd:decimal'>0.12345678901234567890</x:a>", "0.12345678901234567890"),
        ("<x:a xsi:type='xsd:double'>NaN</x:a>", "NaN"),
        ("<x:a xsi:type='xsd:boolean'>0</x:a>", False),
        ("<x:a xsi:type='xsd:string'>1</x:a>", "1"),
        ("<x:a xsi:nil='true'/>", None),
        ("<x:a><extension><x:b>1</x:b></extension></x:a>", {"extension": {"x:b": "1"}}),
        ("<x:a><![CDATA[<b>&]]></x:a>", "<b>&"),
    ],
)  # fmt: skip
def test_extensions(node: str, expected: Any) -> None:
    assert event(node, names="xmlns:x='x:y'") == {"x:a": expected}


def test_extensions_of_parts() -> None:
    names = "xmlns:x='x:y'"
    place = "<readPoint><id>a:b</id><x:c>1</x:c></readPoint>"
    assert event(place, names=names) == {"readPoint": {"id": "a:b", "x:c": "1"}}
    ilmd = "<ilmd><extension><x:c><d>1</d></x:c></extension></ilmd>"
    assert event(ilmd, names=names) == {"ilmd": {"x:c": {"d": "1"}}}
    sensor = "<sensorElementList><sensorElement><sensorReport type='a:b' x:c='1'/><x:d>2</x:d>"
    found = event(sensor + "</sensorElement></sensorElementList>", names=names)
    report = {"type": "a:b", "x:c": "1"}
    assert found == {"sensorElementList": [{"sensorReport": [report], "x:d": "2"}]}
    ours = "<suyuan:sd>a</suyuan:sd><suyuan:attachments><name>b</name></suyuan:attachments>"
    found = event(ours, names="xmlns:suyuan='https://trace.example.cn/voc/'")
    assert found == {"suyuan:sd": ["a"], "suyuan:attachments": [{"name": "b"}]}


def test_prefixes_are_declared_where_xml_declares_them() -> None:
    body = """<ObjectEvent><x:a>1</x:a></ObjectEvent>
        <ObjectEvent xmlns:y="y:y" xmlns:x="x:x"><x:a/><y:a/></ObjectEvent>
        <ObjectEvent><x:a><x:b xmlns:x="z:z"/><z:c xmlns:z="x:y"/></x:a></ObjectEvent>
        <ObjectEvent><a xmlns="d:d"/><my_own:a xmlns:my_own="e:e"/></ObjectEvent>
        <ObjectEvent><gs1:a xmlns:gs1="https://gs1.org/voc/"/><m:lot xmlns:m="urn:epcglobal:cbv:mda"/>
        <https:b xmlns:https="f:f"/></ObjectEvent>"""
    found = document(body, names='xmlns:x="x:y" xmlns:sbdh="urn:epcglobal:epcis-query:xsd:2"')
    assert found["@context"] == [CONTEXT, {"x": "x:y"}]
    assert found["epcisBody"]["eventList"] == [
        {"type": "ObjectEvent", "x:a": "1"},
        {"@context": {"y": "y:y", "ns1": "x:x"}, "type": "ObjectEvent", "ns1:a": "", "y:a": ""},
        {"@context": {"ns1": "z:z"}, "type": "ObjectEvent", "x:a": {"ns1:b": "", "x:c": ""}},
        {"@context": {"ns1": "d:d", "ns2": "e:e"}, "type": "ObjectEvent", "ns1:a": "", "ns2:a": ""},
        {"@context": {"ns1": "f:f"}, "type": "ObjectEvent", "gs1:a": "", "cbvmda:lot": "", "ns1:b": ""},
    ]  # fmt: skip
    assert document("")["@context"] == [CONTEXT]
    [found] = events_of(document("<ObjectEvent><x:a/></ObjectEvent>", names='xmlns:x="x:y"'))
    assert found == {"@context": [CONTEXT, {"x": "x:y"}], "type": "ObjectEvent", "x:a": ""}


def test_a_vocabulary_may_be_declared_otherwise() -> None:
    colon = "urn:epcglobal:cbv:mda:"
    lots = f"<cbvmda:lot>1</cbvmda:lot><m:lot xmlns:m='{colon[:-1]}'/>"
    body = f"<ObjectEvent><ilmd>{lots}</ilmd></ObjectEvent>"
    found = document(body, names=f"xmlns:cbvmda='{colon}'")
    assert found["@context"] == [CONTEXT, {"cbvmda": colon}]
    [one] = found["epcisBody"]["eventList"]
    assert one["ilmd"] == {"cbvmda:lot": "1", "m:lot": ""}
    assert one["@context"] == {"m": colon[:-1]}


def test_own_events_and_bare_events() -> None:
    [own] = document("<extension><x:HarvestEvent xmlns:x='x:y'/></extension>")["epcisBody"][
        "eventList"
    ]
    assert own == {"@context": {"x": "x:y"}, "type": "x:HarvestEvent"}
    bare = f"<ObjectEvent {EPCIS} schemaVersion='2.0'><action>ADD</action></ObjectEvent>"
    assert read_xml(bare.encode()).document == {
        "@context": [CONTEXT],
        "type": "ObjectEvent",
        "action": "ADD",
    }


def test_query_documents() -> None:
    text = """<epcisq:EPCISQueryDocument xmlns:epcisq="urn:epcglobal:epcis-query:xsd:2"
        schemaVersion="2.0" creationDate="2026-09-17T08:30:00Z"><EPCISBody><epcisq:QueryResults>
        <queryName>mine</queryName><subscriptionID>7</subscriptionID><resultsBody><EventList>
        <ObjectEvent/></EventList></resultsBody></epcisq:QueryResults></EPCISBody>
        </epcisq:EPCISQueryDocument>"""
    found = read_xml(text.encode()).document
    assert found["type"] == "EPCISQueryDocument"
    assert found["epcisBody"]["queryResults"] == {
        "queryName": "mine",
        "subscriptionID": "7",
        "resultsBody": {"eventList": [{"type": "ObjectEvent"}]},
    }
    assert len(events_of(found)) == 1


def test_headers() -> None:
    sbdh = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
    header = f"""<EPCISHeader><s:StandardBusinessDocumentHeader xmlns:s="{sbdh}">
        <s:HeaderVersion>1.0</s:HeaderVersion><s:Sender><s:Identifier Authority="GS1">a:b</s:Identifier>
        </s:Sender><s:Receiver><s:Identifier>a:c</s:Identifier></s:Receiver><s:DocumentIdentification>
        <s:InstanceIdentifier>42</s:InstanceIdentifier></s:DocumentIdentification>
        </s:StandardBusinessDocumentHeader><extension><EPCISMasterData><VocabularyList>
        <Vocabulary type="urn:epcglobal:epcis:vtype:Location"><VocabularyElementList>
        <VocabularyElement id="a:d"><attribute id="a:e">f</attribute><children><id>a:g</id></children>
        </VocabularyElement></VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData>
        </extension></EPCISHeader>"""
    found = document("", header=header)
    assert (found["sender"], found["receiver"], found["instanceIdentifier"]) == ("a:b", "a:c", "42")
    place = {"id": "a:d", "attributes": [{"id": "a:e", "attribute": "f"}], "children": ["a:g"]}
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": [place]}
    assert found["epcisHeader"] == {"epcisMasterData": {"vocabularyList": [vocabulary]}}
    assert events_of(found) == []


def test_order_is_that_of_the_schema() -> None:
    text = f"""<epcis:EPCISDocument {EPCIS}><EPCISBody><EventList><ObjectEvent>
        <action/><eventTime/><x:a xmlns:x="x:y"/>
        <bizStep/></ObjectEvent></EventList></EPCISBody></epcis:EPCISDocument>"""
    told = [str(problem) for problem in read_xml(text.encode()).misplaced]
    assert told == [
        "line 2: eventTime stands too late; right is first eventTime, then action",
        "line 3: bizStep stands too late; right is first bizStep, then a",
    ]
    old = text.replace(":xsd:2", ":xsd:1")
    assert read_xml(old.encode()).misplaced == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<ObjectEvent><action>ADD</action><action>ADD</action></ObjectEvent>", "stands here twice"),
        ("<ObjectEvent type='a'/>", "type stands here twice"),
        ("<ObjectEvent><type>a</type></ObjectEvent>", "type stands here twice"),
        ("<ObjectEvent><ilmd/><ilmd/></ObjectEvent>", "ilmd stands here twice"),
        (("<ObjectEvent xmlns:suyuan='x:y' suyuan:sd='a'><suyuan:sd>b</suyuan:sd></ObjectEvent>"),
         "suyuan:sd stands here twice"),
        (("<ObjectEvent><sensorElementList><sensorElement sensorReport=''><sensorReport type='a:b'/>"
          "</sensorElement></sensorElementList></ObjectEvent>"), "sensorReport stands here twice"),
        ("<ObjectEvent>ADD</ObjectEvent>", "the text ADD"),
        ("<ObjectEvent><action><b/></action></ObjectEvent>", "b has no place"),
        ("<ObjectEvent><action b='c'>ADD</action></ObjectEvent>", "the attribute b"),
        ("<ObjectEvent><epcList><b/></epcList></ObjectEvent>", "right is epc"),
        ("<ObjectEvent><epcList a='b'/></ObjectEvent>", "the attribute a"),
        ("<ObjectEvent><epcList>a:b</epcList></ObjectEvent>", "the text a:b"),
        ("<ObjectEvent><persistentDisposition><b/></persistentDisposition></ObjectEvent>", "set, unset"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_names_its_line(body: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        document(body)
    assert caught.value.path == "line 4"
    assert words in caught.value.text


def test_names_and_attributes_are_bounded() -> None:
    many = " ".join(f"xmlns:a{n}='a:{n}'" for n in range(300))
    with pytest.raises(Malformed, match="256 namespaces"):
        document(f"<ObjectEvent {many}/>")
    with pytest.raises(Malformed, match="256 namespaces"):
        document("<ObjectEvent/>", names=many)
    many = " ".join(f"a{n}=''" for n in range(300))
    with pytest.raises(Malformed, match="256 attributes"):
        document(f"<ObjectEvent><x:a xmlns:x='x:y' {many}/></ObjectEvent>")


def test_no_more_events_are_read_than_asked_for() -> None:
    head = b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2"><EPCISBody><EventList>\n'
    tail = b"</EventList></EPCISBody></e:EPCISDocument>"
    again = b"<ObjectEvent/>\n"
    found = read_xml(head + 3 * again + tail, most=3).document
    assert found["epcisBody"] == {"eventList": [{"type": "ObjectEvent"}] * 3}
    # The rest is not looked at: it may be of any size, and no XML.
    with pytest.raises(TooLarge, match="at most 3 events") as caught:
        read_xml(head + 50_000 * again + b"<<<", most=3)
    assert caught.value.path == "line 5"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<ObjectEvent>" + "<a/>" * 300_000 + "</ObjectEvent>", "tags belong to one event"),
        ("<ObjectEvent/></EventList>" + "<a/>" * 300_000, "tags belong to one event"),
        ("<ObjectEvent/>" + "<ObjectEvent/><!-- -->" * 1_600_000, "tags in one document"),
    ],
    ids=["event", "other", "document"],
)
def test_tags_are_bounded(body: str, words: str) -> None:
    head = '<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2"><EPCISBody><EventList>'
    with pytest.raises(TooLarge, match=words):
        read_xml((head + body).encode(), most=10_000_000)


def test_depth_is_bounded() -> None:
    def nested(depth: int) -> str:
        return "<ObjectEvent>" + "<x:a>" * depth + "</x:a>" * depth + "</ObjectEvent>"

    assert document(nested(30), names='xmlns:x="x:y"')
    for depth in (40, 240):
        with pytest.raises(Malformed, match="32 levels"):
            document(nested(depth), names='xmlns:x="x:y"')


@pytest.mark.parametrize(
    "text",
    [
        "<html/>",
        "<x:ObjectEvent xmlns:x='x:y'/>",
        "<x:EPCISDocument xmlns:x='x:y'/>",
        "<EPCISDocument/>",
        "<EPCISDocument><EPCISBody/><EPCISBody/></EPCISDocument>",
        "<EPCISQueryDocument><EPCISBody/></EPCISQueryDocument>",
        "<EPCISQueryDocument><EPCISBody><QueryResults/></EPCISBody></EPCISQueryDocument>",
    ],
)
def test_what_is_no_document(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_xml(text.encode())
    assert caught.value.path == "line 1"

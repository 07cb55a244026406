"""Answers in the form that is asked for: XML, EPC URNs, Digital Links; the hashes stay the same."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from epcis_asking import event, record
from lxml import etree  # type: ignore[import-untyped]
from nodes import World
from shared import shared

from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.reading import read_events

URN = "urn:epc:id:sgtin:6901234.056789.S1"
LINK = "https://id.gs1.org/01/06901234567892/21/S1"
AS_URN = {"GS1-EPC-Format": "Always_EPC_URN"}
AS_LINK = {"GS1-EPC-Format": "Always_GS1_Digital_Link"}
AS_IS = {"GS1-EPC-Format": "Never_Translates"}
XML = {"Accept": "application/xml"}


@pytest.fixture
def two(world: World) -> World:
    """One event with each form."""
    links = event("A", quantityList=None, epcList=[LINK], readPoint={"id": "https://a.example/x"})
    urns = event("B", quantityList=None, epcList=[URN], action="OBSERVE", disposition="in_progress")
    record(world, links, urns, who="admin")
    return world


def epcs(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    events = answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return [epc for one in events for epc in one["epcList"]]


def test_identifiers(two: World) -> None:
    urn = "urn:epc:id:sgtin:6901234.056789.S1"
    for path in ("/events", f"/epcs/{URN}/events", "/bizSteps/commissioning/events"):
        for head, expected in (
            (AS_URN, [urn, urn]),
            (AS_LINK, [LINK, LINK]),
            (AS_IS, [LINK, URN]),
            ({"GS1-EPC-Format": "No_Preference"}, [LINK, URN]),
            ({}, [LINK, LINK]),
        ):
            answer = two.client.get(path, headers=head)
            assert epcs(answer) == expected, (path, head)
            told = head.get("GS1-EPC-Format", "Always_GS1_Digital_Link")
            assert answer.headers["gs1-epc-format"] == told.replace(
                "No_Preference", "Never_Translates"
            )
            assert "GS1-EPC-Format" in answer.headers["vary"]
    assert two.client.get("/epcs", headers=AS_URN).json()["member"] == [urn]
    assert two.client.get("/epcs", headers=AS_LINK).json()["member"] == [LINK]


FOREIGN = "https://id.gs1.org/01/09521234000068/21/F1"
NO_LINK = "urn:epc:id:usdod:2S194.12345678901"


@pytest.fixture
def foreign(two: World) -> World:
    """Two events more: a prefix of unknown length, and a URN that no Digital Link is the same as."""
    links = event("F", quantityList=None, epcList=[FOREIGN, LINK], bizLocation={"id": "x:y"})
    urns = event("G", quantityList=None, epcList=[NO_LINK, URN], disposition="in_progress")
    record(two, links, urns, who="admin")
    return two


def test_what_has_no_such_form_stays_and_is_told(foreign: World) -> None:
    for head, left, why in (
        (AS_URN, FOREIGN, "prefix"),
        (AS_LINK, NO_LINK, "no Digital Link"),
    ):
        head = {**head, "Accept-Language": "en"}
        answer = foreign.client.get("/events", headers=head)
        assert left in epcs(answer)
        assert answer.headers["suyuan-untranslated"] == "1"
        assert "Suyuan-Untranslated" in answer.headers["access-control-expose-headers"]
        (told,) = answer.json()["suyuan:untranslated"]
        assert told["path"] == "/epcList/0"
        assert why in told["detail"]
        body = answer.json()
        (one,) = [
            event["epcList"][0]
            for event in body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
            if event["eventID"] == told["eventID"]
        ]
        assert one == left
        found = foreign.client.get("/epcs", headers=head)
        assert found.headers["suyuan-untranslated"] == "1"
        (member,) = found.json()["suyuan:untranslated"]
        assert found.json()["member"][int(member["path"].removeprefix("/member/"))] == left
        answer = foreign.client.get("/events", headers={**XML, **head})
        assert answer.headers["suyuan-untranslated"] == "1"
        assert why in answer.text
    answer = foreign.client.get("/events", headers={**AS_URN, "Accept-Language": "zh"})
    assert "厂商识别代码" in answer.json()["suyuan:untranslated"][0]["detail"]


def test_nothing_is_told_where_all_have_the_form(foreign: World) -> None:
    foreign.node.settings.company_prefixes.append("9521234")
    for head in (AS_URN, AS_IS):
        answer = foreign.client.get("/events", headers=head)
        assert FOREIGN not in epcs(answer) or head == AS_IS
        assert "suyuan-untranslated" not in answer.headers
        assert "suyuan:untranslated" not in answer.json()


def test_of_very_many_the_first_are_named(world: World) -> None:
    serials = [f"https://id.gs1.org/01/09521234000068/21/{number}" for number in range(150)]
    record(world, event("M", quantityList=None, epcList=serials), who="admin")
    answer = world.client.get("/events", headers=AS_URN)
    assert answer.headers["suyuan-untranslated"] == "150"
    assert len(answer.json()["suyuan:untranslated"]) == 100


def test_the_hash_is_of_every_form(two: World) -> None:
    for head in (AS_URN, AS_LINK, AS_IS, {**XML, **AS_URN}, {**XML, **AS_LINK}):
        answer = two.client.get("/events", headers=head)
        found = [event_hash(one) for one in read_events(answer.content).events]
        told = two.client.get("/events").json()["suyuan:records"]
        assert found == [one["eventID"] for one in told], head


def test_json_answers_are_valid_by_the_standards_schema(two: World) -> None:
    path = shared("vectors", "gs1-epcis-official", "EPCIS-JSON-Schema.json")
    validator = jsonschema.Draft7Validator(json.loads(path.read_bytes()))
    for head in (AS_URN, AS_LINK, AS_IS):
        told = two.client.get("/events", headers=head).json()
        assert [error.message for error in validator.iter_errors(told)] == [], head


def test_xml_is_a_query_document_with_its_records(two: World) -> None:
    for path in ("/events", "/events?perPage=1", f"/epcs/{URN}/events"):
        answer = two.client.get(path, headers=XML)
        assert answer.headers["content-type"] == "application/xml"
        document = etree.fromstring(answer.content)
        assert document.tag == "{urn:epcglobal:epcis-query:xsd:2}EPCISQueryDocument"
        lists = document.findall("EPCISBody/{*}QueryResults/resultsBody/EventList")
        count = sum(len(one) for one in lists)
        voc = f"{two.node.settings.uri_base}voc/"
        assert len(document.findall(f"{{{voc}}}records")) == count > 0
        assert ("next" in answer.links) == ("perPage" in path)


def test_text_xml_is_another_name_of_it(two: World) -> None:
    for accept in ("text/xml", "text/xml, text/html;q=0.5", "application/json;q=0.1, text/*"):
        answer = two.client.get("/events", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    answer = two.client.get("/events", headers={"Accept": "text/xml;q=0.1, application/json"})
    assert answer.headers["content-type"] == "application/json"


def test_the_top_level_resources_in_xml(two: World) -> None:
    names = two.client.get("/").json()["member"]
    for accept in ("application/xml", "text/xml"):
        answer = two.client.get("/", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
        collection = etree.fromstring(answer.content)
        assert collection.tag == "{urn:epcglobal:epcis:xsd:2}Collection"
        assert [(one.tag, one.text) for one in collection] == [("member", name) for name in names]
    assert two.client.get("/", headers={"Accept": "text/csv"}).status_code == 406


def test_words_of_the_cbv_in_xml(two: World) -> None:
    for form, wanted in (
        ("Always_Web_URI", "https://ref.gs1.org/cbv/BizStep-commissioning"),
        ("Always_URN", "urn:epcglobal:cbv:bizstep:commissioning"),
        ("No_Preference", "urn:epcglobal:cbv:bizstep:commissioning"),
    ):
        answer = two.client.get("/events", headers={**XML, "GS1-CBV-XML-Format": form})
        assert f"<bizStep>{wanted}</bizStep>" in answer.text, form
        assert answer.headers["gs1-cbv-xml-format"] == form.replace("No_Preference", "Always_URN")


def test_json_ld_and_what_there_is_not(two: World) -> None:
    answer = two.client.get("/events", headers={"Accept": "application/ld+json"})
    assert answer.headers["content-type"] == "application/ld+json"
    for head, status in (
        ({"Accept": "text/csv"}, 406),
        ({"Accept": "application/xml;q=0"}, 406),
        ({"GS1-EPC-Format": "Sometimes"}, 400),
    ):
        assert two.client.get("/events", headers=head).status_code == status, head


def test_a_named_query_is_answered_so_too(two: World) -> None:
    head = two.head("coop")
    made = {"name": "all", "query": {"EQ_bizStep": ["commissioning"]}}
    assert two.client.post("/queries", json=made, headers=head).status_code == 201
    found = epcs(two.client.get("/queries/all/events", headers={**head, **AS_URN}))
    assert set(found) == {URN}
    answer = two.client.get("/queries/all/events", headers={**head, **XML})
    assert b"<queryName>all</queryName>" in answer.content

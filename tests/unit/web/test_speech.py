"""Refusals speak the caller's language, name path, rule and example, and come as XML where asked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from epcis_asking import event
from httpx2 import Response
from lxml import etree  # type: ignore[import-untyped]
from nodes import World

ZH = {"Accept-Language": "zh-CN"}
TOKEN = "WyJhYmMiLDAsMCwiMjAyMC0wMS0wMVQwMDowMDowMC4wMDBaIl0"

_QUOTED = re.compile(r"(?:正确的例子：|例如|可以有|只能是|可用的(?:格式)?有：?|内容类型).*")
_ALLOWED = re.compile(
    r"(?<![A-Za-z])(?:JSON|RFC|XML|EPCIS|EPC|URI|UTF|CDATA|GS1|SHA|Digital Link|TOML|CSV|Bearer|"
    r"Authorization|nextPageToken|ilmd|type|UN/CEFACT|ObjectEvent|epcList|quantityList|"
    r"sensorElementList|readPoint|SimpleEventQuery|DTD|true|false|null)(?![A-Za-z])"
)


def bad_requests() -> list[tuple[str, str, Any, dict[str, str], tuple[str, ...]]]:
    """Method, address, body, headers, and what of the input may be quoted in the answer."""
    json = {"Content-Type": "application/json"}
    xml = {"Content-Type": "application/xml"}
    bodies = (
        b"", b"{", b"[1", b'{"a" 1}', b"{a:1}", b'{"a":1,}', b'"x', b'"\\x"', b'"\\u12"', b'"a\nb"',
        b"{} {}", b"nul", b'{"a":9007199254740993}', b'{"a":NaN}', b'{"a":1.00000000000000000001}',
        b'{"a":1,"a":2}', b'{"a":"\\ud800"}', b"\xff", b"[" * 60 + b"]" * 60, b"1",
    )  # fmt: skip
    found: list[tuple[str, str, Any, dict[str, str], tuple[str, ...]]] = [
        ("POST", "/events", body, json, ("a", "NaN")) for body in bodies
    ]
    found += [
        ("POST", "/events", event("A", **change), {}, quoted)
        for change, quoted in (
            ({"weight": 1}, ("weight",)),
            ({"eventTime": "x"}, ()),
            ({"bizStep": "harvesting"}, ()),
            ({"action": "TAKE"}, ("OBSERVE", "ADD", "DELETE")),
            ({"epcList": ["a:b", "a:b"]}, ()),
            ({"quantityList": [{"unit": "KGM"}]}, ("unit", "epcClass", "quantity", "uom")),
            ({"readPoint": 1}, ()),
            ({"suyuan:serials": {"count": 0, "root": ""}}, ("base64",)),
        )
    ]
    found += [
        ("POST", "/capture", body, xml, ("a", "ERR_PI_NOT_STARTED", "xmlns"))
        for body in (b"<a>", b"<a></b>", b"<a b>", b"<a b=c/>", b"<a>&b;</a>", b"<x:a/>", b"<a/>x",
                     b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", b"<a><!--", b"<a/>", b"<a\x01/>")
    ]  # fmt: skip
    found += [
        ("GET", "/events?perPage=x", None, {}, ("perPage",)),
        ("GET", "/events?perPage=0", None, {}, ("perPage",)),
        ("GET", "/events?perPage=5000", None, {}, ("perPage",)),
        ("GET", "/events?nextPageToken=x", None, {}, ()),
        ("GET", f"/events?nextPageToken={TOKEN}", None, {}, ()),
        ("GET", "/events?nextPageToken=" + "x" * 401, None, {}, ()),
        ("GET", "/events?colour=red", None, {}, ("colour",)),
        ("GET", "/events?GE_eventTime=then", None, {}, ("then", "GE_eventTime")),
        ("GET", "/events", None, {"GS1-EPC-Format": "both"}, (
            "gs1-epc-format", "GS1-EPC-Format", "No_Preference", "Always_GS1_Digital_Link",
            "Always_EPC_URN", "Never_Translates")),
        ("GET", "/events", None, {"GS1-EPCIS-Version": "two"}, ("GS1-EPCIS-Version",
                                                                "gs1-epcis-version")),
        ("GET", "/events", None, {"GS1-EPCIS-Version": "9.0.0"}, ()),
        ("GET", "/events", None, {"Accept": "text/html"}, ("application/json",
                                                           "application/ld+json",
                                                           "application/xml")),
        ("POST", "/events", b"a,b", {"Content-Type": "text/csv"}, ("text/csv",)),
        ("POST", "/queries", {"name": 1}, {}, ("name",)),
        ("POST", "/queries", {"colour": 1}, {}, ("colour", "name", "query")),
        ("POST", "/queries", {"name": "q"}, {}, ("query",)),
        ("GET", "/queries/none", None, {}, ("none",)),
        ("GET", "/attachments/zz", None, {}, ("digest",)),
        ("GET", "/no/such", None, {}, ("/no/such",)),
        ("PATCH", "/events", None, {}, ("PATCH", "GET", "HEAD", "OPTIONS", "POST")),
    ]  # fmt: skip
    return found


def send(world: World, method: str, path: str, body: Any, headers: dict[str, str]) -> Response:
    how = {"content": body} if isinstance(body, bytes) else {"json": body}
    head = world.head("coop", **{**ZH, **headers})
    return world.client.request(method, path, headers=head, **({} if body is None else how))


def left_over(text: str, quoted: tuple[str, ...]) -> list[str]:
    """Latin words of a Chinese sentence that are neither names nor quoted."""
    text = _ALLOWED.sub("", _QUOTED.sub("", text))
    for one in sorted(quoted, key=len, reverse=True):
        text = text.replace(one, "")
    return re.findall(r"[A-Za-z]{2,}", text)


def test_no_english_is_left_in_a_chinese_answer(world: World) -> None:
    for method, path, body, headers, quoted in bad_requests():
        answer = send(world, method, path, body, headers)
        where = (method, path, body, headers, answer.text)
        assert answer.status_code in range(400, 500), where
        told = answer.json()
        texts = [told["title"], told["detail"], *(one["detail"] for one in told.get("errors", ()))]
        for text in texts:
            assert re.search(r"[一-鿿]", text), where
            assert left_over(text, quoted) == [], (left_over(text, quoted), where)


def test_each_of_them_names_path_and_rule(world: World) -> None:
    for method, path, body, headers, _ in bad_requests():
        answer = send(world, method, path, body, headers)
        if answer.status_code == 400:
            for one in answer.json()["errors"]:
                assert one["rule"], (method, path, body, one)
                assert one["detail"], one


@pytest.mark.parametrize(
    ("query", "rule", "example"),
    [
        ("perPage=x", "type", "30"),
        ("perPage=0", "minimum", "30"),
        ("perPage=5000", "maximum", "30"),
        ("nextPageToken=" + "x" * 401, "maxLength", "Wy"),
    ],
)
def test_a_parameter_s_refusal_names_all_three(
    world: World, query: str, rule: str, example: str
) -> None:
    [one] = world.client.get(f"/events?{query}").json()["errors"]
    assert (one["path"], one["rule"]) == (query.split("=")[0], rule)
    assert one["example"].startswith(example)
    assert one["example"] in one["detail"]


@pytest.mark.parametrize("path", ["/exports/eudr", "/exports/fsma", "/bundle"])
def test_a_parameter_left_out_is_shown_by_an_example(world: World, path: str) -> None:
    (error,) = world.client.get(path, headers=world.head("coop")).json()["errors"]
    assert (error["path"], error["rule"]) == ("subject", "required")
    assert error["example"].startswith("https://id.gs1.org/01/")
    assert error["example"] in error["detail"]


def test_a_job_tells_rule_and_example_too(world: World) -> None:
    document = {
        "@context": event("A")["@context"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-17T00:00:00Z",
        "epcisBody": {"eventList": [event("A", weight=1)]},
    }
    made = send(world, "POST", "/capture", document, {})
    assert made.status_code == 202
    world.node.jobs.run_one()
    job = send(world, "GET", made.headers["Location"], None, {}).json()
    [one] = job["errors"]
    assert one["path"] == "/epcisBody/eventList/0/weight"
    assert (one["rule"], one["example"]) == ("propertyNames", '"example:weight"')
    assert "命名空间" in one["detail"]


class TestXml:
    def test_where_xml_is_asked_for_a_problem_is_xml(self, world: World) -> None:
        for accept in (
            "application/xml",
            "application/xml, application/problem+xml",
            "text/xml, */*;q=0.1",
        ):
            answer = world.client.get("/events?perPage=x", headers={"Accept": accept, **ZH})
            assert answer.status_code == 400, accept
            assert answer.headers["Content-Type"] == "application/problem+xml"
            assert "Accept" in answer.headers["Vary"]
            root = etree.fromstring(answer.content)
            assert root.tag == "{urn:epcglobal:epcis:xsd:2}EPCISException"
            assert root.findtext("type") == "epcisException:QueryParameterException"
            assert root.findtext("status") == "400"
            assert root.findtext("errors/error/path") == "perPage"
            assert root.findtext("errors/error/rule") == "type"

    @pytest.mark.parametrize(
        "accept", ["", "*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8"]
    )
    def test_else_it_is_json(self, world: World, accept: str) -> None:
        answer = world.client.get("/events/nothing", headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/problem+json", accept

    def test_whatever_was_sent_can_be_quoted(self, world: World) -> None:
        head = {"Accept": "application/xml"}
        answer = world.client.get("/events/%01%3C%26%EF%BF%BE", headers=head)
        assert answer.status_code == 404
        assert "<&" in (etree.fromstring(answer.content).findtext("detail") or "")

    def test_all_refusals_of_the_frame_too(self, world: World) -> None:
        head = {"Accept": "application/xml"}
        for method, path in (("GET", "/no/such"), ("PATCH", "/events"), ("GET", "/queries")):
            answer = world.client.request(method, path, headers=head)
            assert answer.headers["Content-Type"] == "application/problem+xml", path
            etree.fromstring(answer.content)

"""EPCIS XML over HTTP: committed as its JSON translation."""

from __future__ import annotations

from typing import Any

from nodes import LOT, World, document, event

from suyuan.core.epcis.reading import read_events
from suyuan.core.epcis.xml_writing import write_xml


def capture(world: World, body: bytes, media: str = "application/xml") -> Any:
    head = world.head("coop", **{"Content-Type": media})
    return world.client.post("/capture", content=body, headers=head)


def finished(world: World, answer: Any) -> Any:
    assert answer.status_code == 202, answer.text
    assert world.node.jobs.run_one() is not None
    return world.client.get(answer.headers["location"], headers=world.head("coop")).json()


def test_a_document_is_recorded_as_its_translation(world: World) -> None:
    events = [
        event(quantityList=[{"epcClass": f"{LOT}{n}", "quantity": n + 0.5}]) for n in range(3)
    ]
    body = write_xml(document(events), created="2026-09-17T00:00:00Z")
    told = finished(world, capture(world, body))
    assert told["success"], told
    expected = read_events(body).events
    for index, sent, translated in zip(told["indices"], events, expected, strict=True):
        found = world.client.get(f"/events/{index}", headers=world.head("coop")).json()
        assert found["content"]["event"] == translated
        bare = {name: value for name, value in translated.items() if name != "@context"}
        assert bare == {name: value for name, value in sent.items() if name != "@context"}


def test_everything_that_is_wrong_is_told(world: World) -> None:
    bad = [event(), event(action="TAKE")]
    told = finished(world, capture(world, write_xml(document(bad), created="")))
    assert not told["success"]
    assert [error["path"] for error in told["errors"]] == ["/epcisBody/eventList/1/action"]


def test_what_is_no_document_is_refused_at_once(world: World) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'
    late = b"<ObjectEvent><action>ADD</action><eventTime>2026-09-17T00:00:00Z</eventTime></ObjectEvent>"
    for body in (b"<a", b"<a/>", bomb, late):
        answer = capture(world, body)
        assert answer.status_code == 400, answer.text
        assert "line 1" in answer.text


def test_the_api_document_says_so(world: World) -> None:
    paths = world.client.get("/openapi.json").json()["paths"]
    content = paths["/capture"]["post"]["requestBody"]["content"]
    assert set(content) == {"application/json", "application/xml"}

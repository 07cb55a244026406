"""EPCIS XML over HTTP: committed as its JSON translation."""

from __future__ import annotations

from typing import Any

from nodes import BASE, LOT, World, document, event

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
        committed = found["content"]["event"]
        (attached,) = committed.pop("suyuan:attachments")
        assert attached["name"] == "EPCISDocument.xml"
        assert committed == translated
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


NAME = "suyuan:attachments"


def xml_of(*events: dict[str, Any]) -> bytes:
    return write_xml(document(list(events)), created="2026-09-17T00:00:00Z")


def content_of(world: World, index: int) -> Any:
    return world.client.get(f"/events/{index}", headers=world.head("coop")).json()["content"][
        "event"
    ]


def status_of(world: World, address: str, who: str | None) -> int:
    head = world.head(who) if who else {}
    return int(world.client.get(address, headers=head).status_code)


def sale(number: int) -> dict[str, Any]:
    return event(
        bizStep="shipping",
        quantityList=[{"epcClass": f"{LOT}{number}", "quantity": number}],
        destinationList=[{"type": "possessing_party", "destination": f"{BASE}org/other"}],
    )


def made(number: int) -> dict[str, Any]:
    return event(quantityList=[{"epcClass": f"{LOT}{number}", "quantity": number}])


def test_the_document_is_the_attachment_of_its_events(world: World) -> None:
    body = xml_of(made(1), made(2))
    told = finished(world, capture(world, body))
    for index in told["indices"]:
        (member,) = content_of(world, index)[NAME]
        assert member["mediaType"] == "application/xml"
        assert member["size"] == len(body)
    address = f"/attachments/{member['digest'].removeprefix('sha-256:')}"
    found = world.client.get(address)
    assert found.content == body
    assert found.headers["content-type"] == "application/xml"
    # The same again, as JSON or in another document, is the same event.
    again = finished(world, capture(world, xml_of(made(2), made(3))))
    assert again["indices"][0] == told["indices"][1]
    one = world.client.post("/events", json=read_events(body).events[0], headers=world.head("coop"))
    assert one.json()["index"] == told["indices"][0]


def test_who_may_not_see_all_of_it_does_not_get_the_document(world: World) -> None:
    first = finished(world, capture(world, xml_of(sale(5))))["indices"]
    told = finished(world, capture(world, xml_of(sale(5), made(6))))
    assert told["indices"][0] == first[0]
    (member,) = content_of(world, told["indices"][1])[NAME]
    address = f"/attachments/{member['digest'].removeprefix('sha-256:')}"
    assert status_of(world, f"/events/{told['indices'][1]}", None) == 200
    assert status_of(world, address, None) == 404
    assert status_of(world, address, "coop") == 200
    world.node.capture.erase(
        world.node.accounts.authenticate(world.tokens["admin"]), first[0], "asked for"
    )
    assert status_of(world, address, "coop") == 404


def test_a_document_that_says_more_than_its_events_is_not_their_attachment(world: World) -> None:
    plain = xml_of(made(7))
    private = xml_of({**made(8), "suyuan:price": {"value": "5"}})
    noted = plain.replace(b"<EPCISBody>", b"<!-- Zhang San --><EPCISBody>")
    header = plain.replace(b"<EPCISBody>", b"<EPCISHeader/><EPCISBody>")
    around = plain.replace(b"</EPCISBody>", b'</EPCISBody><x:who xmlns:x="x:y">Zhang San</x:who>')
    told_by_code = plain.replace(b"<action>", b"<?note Zhang San?><action>")
    in_utf16 = plain.decode().replace("UTF-8", "UTF-16").encode("utf-16")
    for body in (private, noted, header, around, told_by_code, in_utf16):
        assert body != plain
        told = finished(world, capture(world, body))
        assert told["success"], told
        assert NAME not in content_of(world, told["indices"][0])
        erase = world.node.capture.erase  # so that the next one is new
        erase(world.node.accounts.authenticate(world.tokens["admin"]), told["indices"][0], "again")
    told = finished(world, capture(world, plain))
    assert NAME in content_of(world, told["indices"][0])

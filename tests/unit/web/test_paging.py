"""Every list is read page by page in the same way, with tokens that end when they say."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from epcis_asking import event, record
from nodes import World

from suyuan.adapters.webhook import Webhooks
from suyuan.web.api import paging

GTINS = ("09521234000068", "09521234000044")
EXPIRES = "GS1-Next-Page-Token-Expires"
LISTS = (
    "/capture", "/events", "/epcs", "/eventTypes", "/bizSteps", "/queries", "/queries/q0/events",
    "/queries/q0/subscriptions", "/master", "/bizSteps/commissioning/events",
)  # fmt: skip


@pytest.fixture
def full(world: World) -> World:
    """Two of everything that is listed."""
    head = world.head("coop")
    world.node.subscriptions.outgoing = Webhooks(["https://hooks.example"])
    record(world, event("A"), event("B", action="OBSERVE"))
    record(world, event("C", bizStep="shipping", action="OBSERVE", epcList=["a:b", "a:c"]))
    transformed = event("D", type="TransformationEvent", inputQuantityList=event("A")["quantityList"],
                        outputQuantityList=event("D")["quantityList"])  # fmt: skip
    for name in ("action", "quantityList"):
        transformed.pop(name)
    record(world, transformed)
    for n in range(2):
        post = world.client.post
        assert post("/queries", json={"name": f"q{n}", "query": {}}, headers=head).is_success
        hook = {"dest": f"https://hooks.example/{n}", "stream": True}
        assert post("/queries/q0/subscriptions", json=hook, headers=head).is_success
        thing = {"id": f"https://id.gs1.org/01/{GTINS[n]}", "type": "Product", "name": "x"}
        assert post("/master", json=thing, headers=head).is_success, n
        document = {
            "@context": event("A")["@context"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-09-17T00:00:00Z",
            "epcisBody": {"eventList": [event(f"J{n}")]},
        }
        assert post("/capture", json=document, headers=head).status_code == 202
    return world


@pytest.mark.parametrize("path", LISTS)
def test_one_after_the_other_is_all(full: World, path: str) -> None:
    head = full.head("coop")

    def items(told: object) -> list[object]:
        if isinstance(told, list):
            return told
        assert isinstance(told, dict)
        found = told.get("suyuan:records", told.get("member"))
        assert isinstance(found, list)
        return found

    whole = items(full.client.get(f"{path}?perPage=1000", headers=head).json())
    assert len(whole) > 1
    found: list[object] = []
    following: str | None = f"{path}?perPage=1"
    while following:
        answer = full.client.get(following, headers=head)
        assert answer.status_code == 200, answer.text
        found += items(answer.json())
        link = re.fullmatch(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (EXPIRES not in answer.headers)
        following = link[1] if link else None
    assert found == whole


def test_a_token_ends_when_it_says(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = full.client.get("/events?perPage=1")
    expires = answer.headers[EXPIRES]
    after = datetime.fromisoformat(expires) - datetime.fromisoformat(full.node.clock.now())
    assert timedelta(days=6) < after <= paging.GOOD_FOR
    link = answer.headers["Link"].split(">")[0][1:]
    token = link.split("nextPageToken=")[1].split("&")[0]
    assert full.client.get(link).status_code == 200
    assert full.client.delete(f"/nextPageToken/{token}").status_code == 204
    assert full.client.get(link).status_code == 200, "nothing is held for it that could be let go"
    last = datetime.fromisoformat(expires)
    for later, status in ((last, 200), (last + timedelta(milliseconds=1), 400)):
        said = later.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        monkeypatch.setattr(type(full.node.clock), "now", lambda _, said=said: said)
        refused = full.client.get(link)
        assert refused.status_code == status, refused.text
        assert full.client.delete(f"/nextPageToken/{token}").status_code == (
            204 if status == 200 else 400
        )
    [one] = refused.json()["errors"]
    assert (one["path"], one["rule"]) == ("/nextPageToken", "expired")
    assert expires in one["detail"]

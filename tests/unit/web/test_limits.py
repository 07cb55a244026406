"""A slash at the end of an address, wherever one can be."""

from __future__ import annotations

import pytest
from nodes import GTIN, World, document, event

from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

PLACE = "https://id.gs1.org/414/9521234000013"


@pytest.mark.parametrize(
    "path",
    [
        f"/01/{GTIN}",
        f"/01/{GTIN}/10/L-1",
        f"/01/{GTIN}/10/L-1?17=261231&lang=en",
        f"/01/{GTIN}/10/L-1?linkType=linkset",
        f"/p/01/{GTIN}/10/L-1",
        "/414/9521234000013",
        "/p/414/9521234000013",
        "/.well-known/gs1resolver",
        "/events",
        "/events/0",
        "/eventTypes",
        "/queries",
        "/healthz",
        "/log/policy.json",
        "/openapi.json",
        "/bundle?subject=https://id.gs1.org/01/09521234000068/10/L-1",
        f"/epcs/{PLACE}/events",
        "/nothing",
    ],
)
def test_is_as_if_it_were_not_there(world: World, path: str) -> None:
    world.client.post(
        "/master", json={"id": PLACE, "type": "Place", "name": "x"}, headers=world.head("coop")
    )
    coop = Caller(world.org("coop"), "recorder", "990101", "test")
    world.node.capture.events(coop, [Incoming(event())])
    address, mark, query = path.partition("?")
    for accept in ("application/json", "text/html"):
        headers = {"Accept": accept, "Accept-Language": "en"}
        plain = world.client.get(path, headers=headers, follow_redirects=False)
        slashed = world.client.get(
            f"{address}/{mark}{query}", headers=headers, follow_redirects=False
        )
        assert slashed.status_code == plain.status_code
        assert slashed.headers.get("location") == plain.headers.get("location")
        if "creationDate" not in plain.text:
            assert slashed.text == plain.text


def test_a_post_is_taken_there_and_then(world: World) -> None:
    answer = world.client.post(
        "/capture/", json=document([event()]), headers=world.head("coop"), follow_redirects=False
    )
    assert answer.status_code == 202


def test_a_slash_that_belongs_to_a_value_stays(world: World) -> None:
    master = {"id": "https://coop.example/house/", "type": "Place", "name": {"en": "House"}}
    assert world.client.post("/master", json=master, headers=world.head("coop")).status_code == 201
    for path in ("https://coop.example/house/", "https%3A%2F%2Fcoop.example%2Fhouse%2F"):
        assert world.client.get(f"/master/{path}").status_code == 200
    assert world.client.get("/master/https://coop.example/house").status_code == 404

"""Named queries, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from epcis_asking import event, indices, record
from nodes import World

SHIPPED = {"EQ_bizStep": ["commissioning"], "orderBy": "recordTime", "orderDirection": "ASC"}


def keep(world: World, name: str, query: Any = None, who: str = "coop", **headers: str) -> Any:
    body = {"name": name, "query": SHIPPED if query is None else query}
    return world.client.post("/queries", json=body, headers={**world.head(who), **headers})


def test_kept_asked_and_forgotten(world: World) -> None:
    made = record(world, *(event(f"N{number}") for number in range(3)))
    answer = keep(world, "all")
    assert (answer.status_code, answer.headers["location"]) == (201, "/queries/all")
    head = world.head("coop")
    told = world.client.get("/queries/all", headers=head).json()
    assert told == {"name": "all", "query": SHIPPED}
    page = world.client.get("/queries/all/events?perPage=2", headers=head)
    assert page.json()["epcisBody"]["queryResults"]["queryName"] == "all"
    following = world.client.get(page.links["next"]["url"], headers=head)
    assert indices(page) + indices(following) == made
    assert world.client.delete("/queries/all", headers=head).status_code == 204
    for path in ("/queries/all", "/queries/all/events"):
        assert world.client.get(path, headers=head).status_code == 404
    assert world.client.delete("/queries/all", headers=head).status_code == 404


def test_an_extension_by_its_prefix(world: World) -> None:
    made = record(world, event("X1", **{"example:grade": 3}), event("X2", **{"example:grade": 9}))
    name = "https://ns.example.com/epcis/"
    assert keep(world, "context", {"@context": {"q": name}, "GT_q:grade": 5}).status_code == 201
    headers = {"GS1-Extensions": f"q={name}"}
    assert keep(world, "header", {"GT_q:grade": 5}, **headers).status_code == 201
    for query in ("context", "header"):
        found = world.client.get(f"/queries/{query}/events", headers=world.head("coop"))
        assert indices(found) == made[1:]


def test_they_are_the_organisations_own(world: World) -> None:
    assert keep(world, "mine").status_code == 201
    assert keep(world, "mine", who="other").status_code == 201
    for number in range(3):
        keep(world, f"q{number}")
    assert world.client.get("/queries").status_code == 401
    first = world.client.get("/queries?perPage=3", headers=world.head("coop"))
    second = world.client.get(first.links["next"]["url"], headers=world.head("coop"))
    names = [one["name"] for one in first.json() + second.json()]
    assert names == ["mine", "q0", "q1", "q2"]
    assert "next" not in second.links
    other = world.client.get("/queries", headers=world.head("other")).json()
    assert [one["name"] for one in other] == ["mine"]


@pytest.mark.parametrize(
    ("name", "query", "status", "path"),
    [
        ("a/b", SHIPPED, 400, "/name"),
        ("", SHIPPED, 400, "/name"),
        ("x", {"EQ_nothing": "1"}, 400, "/query/EQ_nothing"),
        ("x", ["EQ_bizStep"], 400, "/query"),
        ("taken", SHIPPED, 409, "/name"),
        ("x", {"MATCH_epc": ["urn:x:" + "y" * 90] * 900}, 400, "/query"),
    ],
)
def test_what_is_refused(world: World, name: str, query: Any, status: int, path: str) -> None:
    keep(world, "taken")
    answer = keep(world, name, query)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["path"] == path

"""Named queries, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from epcis_asking import event, indices, record
from nodes import World

from suyuan.core import jcs
from suyuan.ports.queries import NamedQuery

NOW = "2026-09-17T00:00:00.000Z"
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EQ_action", "SHIPPED"),
        ("eventType", "Nope"),
        ("EQ_bizStep", "Shiping"),
        ("GE_eventTime", "2026-02-30T00:00:00Z"),
        ("maxEventCount", "-1"),
        ("GE_value_celsius", "3"),
        ("WD_readPoint", "the yard"),
        ("HASATTR_eventTime", "name"),
        ("EQ_foo:bar", "1"),
        ("MATCH_epcClass", "urn:epc:idpat:sgtin:9521234.00000.*"),
    ],
)
def test_nonsense_is_refused_in_the_same_words_everywhere(
    world: World, name: str, value: str
) -> None:
    head = world.head("coop", **{"Accept-Language": "en"})
    asked = world.client.get("/events", params={name: value}, headers=head)
    kept = keep(world, "x", {name: value}, "coop", **{"Accept-Language": "en"})
    # One that was kept before this was refused.
    query = jcs.dumps({"query": {name: value}})
    world.node.database.queries.add(NamedQuery(world.org("coop"), "old", query, NOW))
    old = world.client.get("/queries/old/events", headers=head)
    for answer in (asked, kept, old):
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["path"].removeprefix("/query") == f"/{name}"
        assert error["detail"] == asked.json()["errors"][0]["detail"]
    for answer in (asked, old):
        assert answer.json()["type"] == "epcisException:QueryParameterException"
    assert world.client.get("/queries/x", headers=head).status_code == 404


def test_prefixes_of_a_named_query(world: World) -> None:
    for name, query, extensions in (
        ("a", {"@context": {"my": "https://ns.example.com/epcis/"}, "EXISTS_my:grade": 1}, ""),
        ("b", {"EXISTS_my:grade": 1}, "my=https://ns.example.com/epcis/"),
        ("c", {"EXISTS_https://ns.example.com/epcis/#grade": 1}, ""),
    ):
        answer = keep(world, name, query, "coop", **{"GS1-Extensions": extensions})
        assert answer.status_code == 201, answer.text
        found = world.client.get(f"/queries/{name}/events", headers=world.head("coop"))
        assert found.status_code == 200

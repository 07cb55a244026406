"""The resolver over HTTP: what GS1's conformance statements ask for, key by key."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nodes import World
from shared import shared

from suyuan.core.resolver.linkset import DEFAULT, DEFAULT_MULTI, GS1, parse_linkset

GTIN = "09521234000068"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
PIP, RECIPE = f"{GS1}pip", f"{GS1}recipeInfo"
SHOP = {"href": "https://shop.example/nuts", "title": "Shop"}
LINKS: dict[str, Any] = {
    PIP: [SHOP],
    RECIPE: [
        {"href": "https://shop.example/zh", "title": "做法", "hreflang": ["zh"]},
        {"href": "https://shop.example/en", "title": "Recipe", "hreflang": ["en"]},
    ],
    DEFAULT: [SHOP],
}


def name_product(world: World, links: dict[str, Any] | None, **members: Any) -> Any:
    master: dict[str, Any] = {
        "id": PRODUCT, "type": "Product", "name": {"zh": "山核桃", "en": "Hickory nuts"}, **members
    }  # fmt: skip
    if links is not None:
        master["links"] = links
    return world.client.post("/master", json=master, headers=world.head("coop"))


def ask(world: World, path: str, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.client.get(path, headers=named, follow_redirects=False)


@pytest.fixture
def named(world: World) -> World:
    assert name_product(world, LINKS).status_code == 201
    return world


class TestRedirects:
    def test_to_the_default_link_with_the_query(self, named: World) -> None:
        answer = ask(named, f"/01/{GTIN}?17=261231&x=1")
        assert answer.status_code == 307
        assert answer.headers["location"] == "https://shop.example/nuts?17=261231&x=1"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert 'rel="linkset"' in answer.headers["link"]
        assert "linkType=linkset" in answer.headers["link"]

    def test_a_lot_walks_up_to_its_product(self, named: World) -> None:
        answer = ask(named, f"/01/{GTIN}/10/L1/21/S1?linkType=gs1:pip")
        assert answer.status_code == 307
        assert answer.headers["location"].startswith("https://shop.example/nuts?")

    def test_our_page_where_no_default_is_set(self, world: World) -> None:
        name_product(world, None)
        assert ask(world, f"/01/{GTIN}/10/L1").headers["location"] == f"/p/01/{GTIN}/10/L1"
        shown = ask(world, f"/01/{GTIN}?linkType=gs1:traceability").headers["location"]
        assert shown.startswith(f"/p/01/{GTIN}?")

    def test_by_language(self, named: World) -> None:
        path = f"/01/{GTIN}?linkType=gs1:recipeInfo"
        for language, leads in (("zh-CN,en;q=0.5", "zh"), ("en", "en"), ("en-GB, zh;q=.1", "en")):
            answer = ask(named, path, accept_language=language)
            assert answer.headers["location"].startswith(f"https://shop.example/{leads}")
            assert "Accept-Language" in answer.headers["vary"]

    def test_several_that_fit_alike(self, world: World) -> None:
        alike = [{**SHOP, "href": f"https://shop.example/{n}"} for n in range(2)]
        name_product(world, {PIP: alike})
        answer = ask(world, f"/01/{GTIN}?linkType=gs1:pip", accept="application/json")
        assert answer.status_code == 300
        (entry,) = parse_linkset(answer.json())
        assert [link.href for link in entry.links[PIP]] == [link["href"] for link in alike]


class TestLinkset:
    @pytest.mark.parametrize("how", ["linkType=linkset", "linkType=all", ""])
    def test_all_that_is_known(self, named: World, how: str) -> None:
        accept = "application/json" if how else "application/linkset+json"
        answer = ask(named, f"/01/{GTIN}?{how}", accept=accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == accept
        (entry,) = parse_linkset(answer.json())
        assert entry.description == "Hickory nuts"
        assert {PIP, RECIPE, DEFAULT, f"{GS1}traceability"} <= entry.links.keys()

    def test_valid_by_the_schema_of_gs1(self, named: World) -> None:
        jsonschema = pytest.importorskip("jsonschema")
        (path, *_) = sorted(shared("vectors", "gs1-linkset").rglob("*schema*.json"))
        answer = ask(named, f"/01/{GTIN}/10/L1?linkType=linkset", accept="application/json")
        jsonschema.validate(answer.json(), json.loads(path.read_text()))

    def test_for_people(self, named: World) -> None:
        answer = ask(
            named, f"/01/{GTIN}?linkType=linkset", accept="text/html", accept_language="zh"
        )
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert "https://shop.example/zh" in answer.text
        assert "这个码可以通向" in answer.text

    def test_it_describes_itself(self, world: World) -> None:
        told = ask(world, "/.well-known/gs1resolver").json()
        assert told["resolverRoot"].startswith("http")
        assert {"00", "01", "414", "8003"} <= set(told["supportedPrimaryKeys"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/01/09521234000069", 400),
            ("/01/abc", 400),
            (f"/01/{GTIN}/99/x", 400),
            ("/414/9521234000014", 400),
            ("/414/9521234000013", 404),
            (f"/01/{GTIN}?linkType=gs1:pip", 404),
            (f"/01/{GTIN}?linkType=linkset", 404),
        ],
    )
    def test_what_is_no_link_and_what_is_not_known(
        self, world: World, path: str, status: int
    ) -> None:
        answer = ask(world, path, accept="application/json")
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"

    def test_links_that_break_a_rule_are_not_recorded(self, world: World) -> None:
        answer = name_product(world, {PIP: [{**SHOP, "href": "javascript:alert(1)"}]})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"].startswith("/links/")
        answer = name_product(world, {DEFAULT_MULTI: [SHOP], "anchor": PRODUCT})
        assert answer.json()["errors"][0]["path"] == "/links/anchor"

    def test_another_organisation_sets_no_links(self, named: World) -> None:
        master = {"id": PRODUCT, "type": "Product", "links": {PIP: [SHOP]}}
        answer = named.client.post("/master", json=master, headers=named.head("other"))
        assert answer.status_code == 403

    def test_preflight(self, world: World) -> None:
        answer = world.client.options(f"/01/{GTIN}")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, "*")


def test_places_have_links_too(world: World) -> None:
    place = "https://id.gs1.org/414/9521234000013"
    master = {"id": place, "type": "Place", "links": {PIP: [SHOP], DEFAULT: [SHOP]}}
    assert world.client.post("/master", json=master, headers=world.head("coop")).status_code == 201
    assert ask(world, "/414/9521234000013").headers["location"] == "https://shop.example/nuts"

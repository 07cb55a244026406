"""The resolver over HTTP: what GS1's conformance statements ask for, key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodes import LOT, World, event, make_world
from shared import shared

from suyuan.core.resolver.linkset import DEFAULT, DEFAULT_MULTI, GS1, parse_linkset
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

GTIN = "09521234000068"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
PIP, RECIPE = f"{GS1}pip", f"{GS1}recipeInfo"
SHOP = {"href": "https://shop.example/nuts", "title": "Shop"}
KEYS = {
    "00": "395212340000000014",
    "01": GTIN,
    "253": "9521234000105R2026",
    "255": "9521234000112123",
    "401": "9521234C-1",
    "402": "95212340000000013",
    "414": "9521234000013",
    "415": "9521234000013/8020/SLIP-1",
    "417": "9521234000020",
    "8003": "09521234000013C7",
    "8004": "9521234DRYER-1",
    "8006": "095212340000680102",
    "8010": "9521234COMP",
    "8013": "9521234MODF7",
    "8017": "952123400000000017",
    "8018": "952123400000000017",
}
"""A value of every primary key."""
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
        place, carton = f"/414/{KEYS['414']}", f"/00/{KEYS['00']}"
        name_place(named, f"https://id.gs1.org{place}")
        record(named, seen(f"https://id.gs1.org{carton}"))
        for asked in (f"/01/{GTIN}/10/L1", place, carton):
            answer = ask(named, f"{asked}?linkType=linkset", accept="application/json")
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
        assert told["supportedPrimaryKeys"] == sorted(KEYS)
        assert told["jsonLdContextLocation"].startswith("https://ref.gs1.org/")
        # What GS1's schema of description files knows.
        known = {
            *("name", "resolverRoot", "supportedPrimaryKeys", "supportedLinkType", "contact"),
            *("linkTypeDefaultCanBeLinkset", "jsonLdContextLocation"),
        }
        assert told.keys() <= known
        assert told["supportedLinkType"] == [{"namespace": GS1, "prefix": "gs1:"}]


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/01/09521234000069", 400),
            ("/01/abc", 400),
            (f"/01/{GTIN}/99/x", 400),
            ("/414/9521234000014", 400),
            ("/414/9521234000013", 404),
            ("/414/", 400),
            ("/414", 400),
            ("/00/395212340000000015", 400),
            ("/417/9521234000020", 404),
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

    def test_both_faces(self, world: World) -> None:
        for path, status in (("/414/9521234000014", 400), ("/414/9521234000013", 404)):
            for accept, form in (
                ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
                ("*/*", "application/problem+json"),
                ("application/json", "application/problem+json"),
                ("application/linkset+json", "application/problem+json"),
            ):
                answer = ask(world, path, accept=accept)
                assert (answer.status_code, answer.headers["content-type"]) == (status, form)

    def test_a_link_type_that_a_known_thing_has_not(self, named: World) -> None:
        answer = ask(named, f"/01/{GTIN}?linkType=gs1:safetyInfo", accept="text/html")
        assert answer.status_code == 404
        assert 'data-face="nolink"' in answer.text
        assert "gs1:safetyInfo" in answer.text

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


def record(world: World, *events: dict[str, Any]) -> None:
    coop = Caller(world.org("coop"), "recorder", "990101", "test")
    world.node.capture.events(coop, [Incoming(one) for one in events])


def seen(uri: str) -> dict[str, Any]:
    """An event that observes a thing."""
    return event(action="OBSERVE", bizStep="inspecting", quantityList=None, epcList=[uri])


def name_place(world: World, uri: str, kind: str = "Place", **more: Any) -> None:
    master = {"id": uri, "type": kind, "name": {"zh": "仓库", "en": "Store"}, **more}
    assert world.client.post("/master", json=master, headers=world.head("coop")).status_code == 201


class TestEveryPrimaryKey:
    @pytest.mark.parametrize("key", sorted(KEYS))
    def test_page_and_linkset(self, world: World, key: str) -> None:
        """Of a thing that nothing but a public event is recorded of; of a class, master data."""
        path = f"/{key}/{KEYS[key]}"
        for accept in ("text/html", "*/*"):
            assert ask(world, path, accept=accept).status_code == 404
        assert ask(world, f"/p{path}", accept="text/html").status_code == 404
        uri = f"https://id.gs1.org{path}"
        if key in ("01", "8006"):
            name_place(world, uri, {"01": "Product", "8006": "Brand"}[key])
        else:
            record(world, seen(uri))
        answer = ask(world, f"{path}/?x=1", accept="text/html")
        assert (answer.status_code, answer.headers["location"]) == (307, f"/p{path}?x=1")
        page = ask(world, answer.headers["location"], accept="text/html", accept_language="en")
        assert page.status_code == 200
        assert KEYS[key] in page.text
        for how, accept in (("?linkType=linkset", "*/*"), ("", "application/linkset+json")):
            answer = ask(world, path + how, accept=accept)
            assert answer.headers["content-type"] == "application/linkset+json"
            (entry,) = parse_linkset(answer.json())
            assert entry.links[DEFAULT][0].href.endswith(f"/p{path}")
            assert f"{GS1}traceability" in entry.links

    def test_a_place_where_something_happened(self, world: World) -> None:
        path = f"/414/{KEYS['414']}"
        record(world, event(readPoint={"id": f"https://id.gs1.org{path}"}))
        assert ask(world, path).status_code == 307
        told = ask(world, f"/p{path}", accept="text/html", accept_language="en").text
        assert "Lot begun" in told
        linkset = ask(world, path, accept="application/linkset+json").text
        for name in ("EQ_readPoint", "EQ_bizLocation"):
            query = f"/events?{name}=https://id.gs1.org{path}"
            assert query in linkset
            found = world.client.get(query).json()["epcisBody"]["queryResults"]["resultsBody"]
            assert len(found["eventList"]) == (1 if name == "EQ_readPoint" else 0)

    def test_an_organisation_that_holds_a_key(self, world: World) -> None:
        admin = world.node.accounts.authenticate(world.tokens["admin"])
        uri = f"https://id.gs1.org/417/{KEYS['417']}"
        world.node.accounts.add_organisation(uri, name_zh="社", name_en="Union", county="990101")
        assert ask(world, f"/417/{KEYS['417']}").status_code == 404
        world.node.capture.enrol_kept(admin, uri, "recorder", world.node.clock.now())
        assert ask(world, f"/417/{KEYS['417']}").status_code == 307
        assert ask(world, f"/p/417/{KEYS['417']}", accept="text/html").status_code == 200

    def test_from_a_part_of_a_place_up_to_the_place(self, world: World) -> None:
        place = f"/414/{KEYS['414']}"
        name_place(world, f"https://id.gs1.org{place}")
        assert ask(world, f"{place}/254/NOWHERE").headers["location"] == f"/p{place}"
        listed = ask(world, f"{place}/254/NOWHERE", accept="application/linkset+json").json()
        assert [one["anchor"] for one in listed["linkset"]] == [f"http://127.0.0.1:8000{place}"]

    def test_only_trade_or_a_plot_is_nothing_to_the_public(self, world: World) -> None:
        sscc, place = f"/00/{KEYS['00']}", f"/414/{KEYS['414']}"
        sold = event(
            action="OBSERVE", bizStep="shipping", epcList=[f"https://id.gs1.org{sscc}"],
            quantityList=[{"epcClass": LOT, "quantity": 2, "uom": "KGM"}],
            readPoint={"id": f"https://id.gs1.org{place}"},
        )  # fmt: skip
        record(world, event(), sold)
        name_place(world, f"https://id.gs1.org{place}/254/P1", "Plot")
        for path in (sscc, place, f"{place}/254/P1"):
            assert ask(world, path).status_code == 404
            assert ask(world, f"{path}?linkType=linkset").status_code == 404
            assert ask(world, f"/p{path}", accept="text/html").status_code == 404

    @pytest.mark.parametrize("written", ["A+B", "A%2BB"])
    def test_however_a_reserved_character_is_written(self, world: World, written: str) -> None:
        record(world, seen("https://id.gs1.org/8004/9521234A+B"))
        assert ask(world, f"/8004/9521234{written}").status_code == 307
        page = ask(world, f"/p/8004/9521234{written}", accept="text/html")
        assert page.status_code == 200

    def test_an_owner_s_default_link_goes_before_the_page(self, world: World) -> None:
        path = f"/414/{KEYS['414']}"
        name_place(world, f"https://id.gs1.org{path}", links={PIP: [SHOP], DEFAULT: [SHOP]})
        assert ask(world, path).headers["location"] == SHOP["href"]
        page = ask(world, f"{path}?linkType=gs1:traceability").headers["location"]
        assert page.startswith(f"/p{path}?")


class TestCompressed:
    """(01) 09521234000044 (10) A/B (21) 12345 (17) 270917 as GS1's own toolkit packs it."""

    PACKED = "/GhFRq4pxWQcFfCBRgcoRIo"
    PLAIN = "/01/09521234000044/10/A%2FB/21/12345"

    def test_leads_where_the_plain_one_leads(self, world: World) -> None:
        name_place(world, "https://id.gs1.org/01/09521234000044", "Product")
        plain, packed = ask(world, f"{self.PLAIN}?17=270917"), ask(world, self.PACKED)
        assert packed.status_code == plain.status_code == 307
        assert packed.headers["location"] == plain.headers["location"]
        assert f'{self.PLAIN}?17=270917>; rel="owl:sameAs"' in packed.headers["link"]
        assert 'rel="linkset"' in packed.headers["link"]
        listed = ask(world, f"{self.PACKED}/?linkType=linkset", accept="application/json")
        assert "/01/09521234000044" in listed.text
        assert self.PACKED not in listed.text
        head = world.client.head(self.PACKED, follow_redirects=False)
        assert (head.status_code, head.content) == (307, b"")

    def test_of_nothing_known_is_404(self, world: World) -> None:
        assert ask(world, self.PACKED).status_code == 404
        answer = ask(world, self.PACKED, accept="text/html")
        assert (answer.status_code, answer.headers["content-type"][:9]) == (404, "text/html")
        assert "A/B" in answer.text

    def test_what_cannot_be_unpacked_is_no_code(self, world: World) -> None:
        for path in ("/wp-admin", "/favicon.ico"):
            assert ask(world, path).status_code == 404
        assert world.client.post(self.PACKED).status_code == 404


class TestFormerHosts:
    """Labels that carry a name which this service had before."""

    @pytest.fixture(params=["old.example", "https://Old.example/"])
    def renamed(self, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
        former = [request.param]
        made = make_world(
            tmp_path / "renamed", public_url="https://new.example", former_hosts=former
        )
        name_product(made, None, **{"suyuan:netWeight": {"value": 250, "uom": "GRM"}})
        old = f"https://old.example/01/{GTIN}/10/L-1"
        record(
            made,
            event(quantityList=[{"epcClass": old, "quantity": 1, "uom": "KGM"}]),
            seen(f"{old}/21/S1"),
        )
        yield made
        made.node.close()

    def test_a_scan_leads_to_the_page_under_the_new_name(self, renamed: World) -> None:
        answer = ask(renamed, f"/01/{GTIN}/10/L-1?17=261231", host="OLD.example")
        assert answer.status_code == 307
        assert answer.headers["location"] == f"https://new.example/p/01/{GTIN}/10/L-1?17=261231"
        page = ask(renamed, f"/p/01/{GTIN}/10/L-1", host="new.example", accept="text/html")
        assert page.status_code == 200

    def test_an_old_page_leads_to_the_new_one(self, renamed: World) -> None:
        answer = ask(renamed, f"/p/01/{GTIN}/10/L-1?lang=en", host="old.example")
        assert answer.status_code == 308
        assert answer.headers["location"] == f"https://new.example/p/01/{GTIN}/10/L-1?lang=en"

    def test_linkset_and_proof_are_the_same_under_both(self, renamed: World) -> None:
        renamed.node.sealer.seal()
        told = [
            ask(renamed, f"/01/{GTIN}/10/L-1?linkType=linkset", host=host).json()
            for host in ("old.example", "new.example")
        ]
        assert told[0] == told[1]
        assert told[0]["linkset"][0]["anchor"] == f"https://new.example/01/{GTIN}/10/L-1"
        for subject in (f"https://old.example/01/{GTIN}/10/L-1/21/S1", f"{LOT}/21/S1"):
            answer = renamed.client.get("/bundle", params={"subject": subject})
            assert answer.json()["subject"] == f"https://id.gs1.org/01/{GTIN}/21/S1"

    def test_new_labels_carry_the_new_name(self, renamed: World) -> None:
        label = renamed.node.labeller.lot_label(LOT)
        assert label.link.uri == f"HTTPS://NEW.EXAMPLE/01/{GTIN}/10/L-1"

    def test_a_name_that_nobody_gave_is_none_of_ours(self, renamed: World) -> None:
        answer = ask(renamed, f"/01/{GTIN}/10/L-1", host="stranger.example")
        assert answer.headers["location"] == f"/p/01/{GTIN}/10/L-1"

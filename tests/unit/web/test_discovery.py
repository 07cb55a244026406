"""The discovery resources: every value of every event that one may see, and no other."""

from __future__ import annotations

from typing import Any

import pytest
from epcis_asking import GTIN, ask, event, indices, record
from nodes import World

from suyuan.core.epcis.words import BIZ_STEPS, DISPOSITIONS
from suyuan.flow import discover

LINE = "https://node.example/place/line"
GLN = "urn:epc:id:sgln:9521234.00001.0"


def members(world: World, resource: str, who: str | None = None, **query: Any) -> list[str]:
    """All pages of a collection."""
    head = world.head(who) if who else {}
    answer = world.client.get(f"/{resource}", params=query, headers=head)
    found: list[str] = []
    while True:
        assert answer.status_code == 200, answer.text
        assert answer.json()["type"] == "Collection"
        found += answer.json()["member"]
        if "next" not in answer.links:
            return found
        answer = world.client.get(answer.links["next"]["url"], headers=head)


def test_words_of_the_standard_and_those_in_use(world: World) -> None:
    own = "https://node.example/voc/drying"
    record(world, event("A", bizStep=own, disposition="https://ns.example.com/wet"))
    assert members(world, "eventTypes") == list(discover.EVENT_TYPES)
    assert members(world, "bizSteps", perPage=7) == sorted({*BIZ_STEPS, own})
    assert members(world, "dispositions") == sorted({*DISPOSITIONS, "https://ns.example.com/wet"})


def test_places_in_the_form_that_was_asked_for(world: World) -> None:
    record(world, event("A", readPoint={"id": LINE}, bizLocation={"id": GLN}))
    link = "https://id.gs1.org/414/9521234000013"
    assert members(world, "readPoints") == [LINE]
    assert members(world, "bizLocations") == [link]
    head = {"GS1-EPC-Format": "Always_EPC_URN"}
    assert world.client.get("/bizLocations", headers=head).json()["member"] == [link]
    world.node.settings.company_prefixes = ["9521234"]  # only now is its length known
    answer = world.client.get("/bizLocations", headers=head)
    assert answer.json()["member"] == [GLN]
    assert answer.headers["GS1-EPC-Format"] == "Always_EPC_URN"
    plain = world.client.get("/bizLocations")
    assert plain.headers["GS1-EPC-Format"] == "Always_GS1_Digital_Link"
    assert indices(ask(world, path=f"/bizLocations/{GLN}/events")) == indices(ask(world))
    assert world.client.get(f"/readPoints/{LINE}").json()["member"] == ["events"]


@pytest.mark.parametrize(
    "path", ["/readPoints/x", "/bizSteps/x", "/dispositions/x", "/epcs/x", "/eventTypes/x"]
)
def test_what_can_name_nothing_is_refused_as_among_events(world: World, path: str) -> None:
    for place in (path, f"{path}/events"):
        answer = world.client.get(place)
        assert answer.status_code == 400, place
        assert answer.json()["type"] == "epcisException:QueryParameterException"


def test_epcs_of_single_things_page_by_page(world: World) -> None:
    packs = [f"https://id.gs1.org/01/{GTIN}/21/S{n}" for n in range(7)]
    record(
        world,
        *(event("L", quantityList=None, epcList=[pack], action="ADD") for pack in packs),
        event("L", quantityList=None, type="AggregationEvent", bizStep="packing", action="ADD",
              parentID="https://node.example/crate/1", childEPCs=packs[:2]),
    )  # fmt: skip
    found = members(world, "epcs", perPage=3)
    assert found == [*packs, "https://node.example/crate/1"]


def test_trade_is_told_to_whom_it_concerns(world: World) -> None:
    shop, pack = "https://node.example/place/shop", "https://node.example/crate/9"
    record(
        world,
        event(
            "T",
            epcList=[pack],
            action="OBSERVE",
            bizStep="https://node.example/voc/selling",
            destinationList=[{"type": "owning_party", "destination": world.org("other")}],
            readPoint={"id": shop},
            disposition="https://ns.example.com/sold",
        ),
    )
    for resource, value in {
        "bizSteps": "https://node.example/voc/selling",
        "dispositions": "https://ns.example.com/sold",
        "readPoints": shop,
        "epcs": pack,
    }.items():
        seen = {
            who: value in members(world, resource, who)
            for who in (None, "coop", "other", "lab", "bureau", "faraway", "admin")
        }
        expected = {None: False, "lab": False, "faraway": False}
        assert seen == {**dict.fromkeys(seen, True), **expected}, resource


def test_an_erased_event_is_known_no_more(world: World) -> None:
    first = event("A", readPoint={"id": LINE})
    (index, again) = record(world, first, event("B", readPoint={"id": LINE}))
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    world.node.capture.erase(admin, index, "asked")
    assert members(world, "readPoints") == [LINE]
    world.node.capture.erase(admin, again, "asked")
    assert members(world, "readPoints") == []


def test_much_to_look_at_ends_a_page_early(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover, "MOST_LOOKED_AT", 2)
    packs = [f"https://node.example/crate/{n}" for n in range(5)]
    record(world, *(event("L", quantityList=None, epcList=[pack]) for pack in packs))
    assert set(packs) <= set(members(world, "epcs"))


@pytest.mark.parametrize(
    "path", ["/epcs?perPage=0", "/epcs?nextPageToken=x", "/bizSteps?perPage=a", "/epcs?perpage=3"]
)
def test_bad_pages(world: World, path: str) -> None:
    answer = world.client.get(path)
    assert answer.status_code == 400
    assert answer.json()["type"] == "epcisException:QueryParameterException"


def test_a_token_is_given_back(world: World) -> None:
    packs = [f"https://node.example/crate/{n}" for n in range(3)]
    record(world, *(event("L", quantityList=None, epcList=[pack]) for pack in packs))
    answer = world.client.get("/epcs?perPage=1")
    token = answer.links["next"]["url"].rsplit("nextPageToken=", 1)[1]
    assert world.client.delete(f"/nextPageToken/{token}").status_code == 204
    assert world.client.delete("/nextPageToken/nonsense").status_code == 400

"""Serials: for lots that fit a label, and on the lot itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nodes import GTIN, LOT, World


def issue(world: World, **members: Any) -> Any:
    body = {
        "gtin": GTIN,
        "lot": "L-1",
        "count": 3,
        "eventTime": "2026-10-12T07:30:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "key": "k",
        **members,
    }
    return world.client.post("/serials", content=json.dumps(body), headers=world.head("coop"))


def test_the_same_key_gives_the_same_serials(world: World) -> None:
    first, again = issue(world), issue(world)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert issue(world, count=4).status_code == 409
    assert len(set(first.json()["serials"])) == 3


@pytest.mark.parametrize(
    "lot", [".", "..", "", "l-1", "A/B", "A B", "溯", "A" * 21, "L-1\n", "L%2D1"]
)
def test_lots_that_fit_no_label_are_refused(world: World, lot: str) -> None:
    answer = issue(world, lot=lot)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "/lot"


@pytest.mark.parametrize("gtin", ["09521234000069", "9521234000068", "0952123400006a"])
def test_a_gtin_has_14_digits_and_its_check_digit(world: World, gtin: str) -> None:
    assert issue(world, gtin=gtin).status_code == 400


def test_the_event_stays_one_on_the_lot(world: World) -> None:
    for name, value in (("bizStep", "shipping"), ("epcList", []), ("quantityList", [])):
        answer = issue(world, event={name: value})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == f"/event/{name}"


def test_an_issue_is_no_declaration_of_an_error(world: World) -> None:
    """What declares an error issues nothing: its codes would count against no ceiling."""
    wrong = {"declarationTime": "2026-10-12T07:30:00.000+08:00"}
    answer = issue(world, event={"errorDeclaration": wrong})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["path"] == "/event/errorDeclaration"


def test_serials_are_in_no_record(world: World) -> None:
    made = issue(world).json()
    for who in ("coop", "admin", "bureau"):
        told = world.client.get(f"/events/{made['index']}", headers=world.head(who)).text
        assert not any(serial in told for serial in made["serials"])
    assert world.node.database.log.serials_of(made["index"])[0].lot == LOT

"""Who may record on what, through the API (formats.md §3, docs/decisions/0004)."""

from __future__ import annotations

import json
from typing import Any

from nodes import GTIN, LOT, World, event

PACK = f"{LOT}/21/S1"
CARTON = "https://id.gs1.org/00/095212340000000013"


def post(world: World, who: str, body: dict[str, Any], path: str = "/events") -> int:
    answer = world.client.post(path, content=json.dumps(body), headers=world.head(who))
    assert answer.status_code in (201, 403), answer.text
    return int(answer.status_code)


def owned(world: World) -> None:
    """The cooperative owns the product and has made the lot, a pack and a carton of it."""
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"en": "x"}}
    assert post(world, "coop", product, "/master") == 201
    assert post(world, "coop", event()) == 201
    made = event(type="TransformationEvent", action=None, quantityList=None,
                 inputQuantityList=[{"epcClass": LOT}], outputEPCList=[PACK])  # fmt: skip
    assert post(world, "coop", made) == 201
    packed = event(type="AggregationEvent", quantityList=None, parentID=CARTON, childEPCs=[PACK],
                   bizStep="packing")  # fmt: skip
    assert post(world, "coop", packed) == 201


def seen(**members: Any) -> dict[str, Any]:
    return event(action="OBSERVE", bizStep="inspecting", **members)


def test_a_stranger_may_not_and_a_laboratory_role_may(world: World) -> None:
    owned(world)
    assert post(world, "other", seen()) == 403
    assert post(world, "other", event(quantityList=[{"epcClass": f"{LOT}-2"}])) == 403
    assert post(world, "bureau", seen()) == 201


def test_the_receiver_of_a_carton_may_record_on_it_and_on_what_is_in_it(world: World) -> None:
    owned(world)
    sell = event(action="OBSERVE", bizStep="retail_selling", quantityList=None, epcList=[PACK])
    assert post(world, "other", sell) == 403
    ship = event(
        action="OBSERVE",
        bizStep="shipping",
        quantityList=None,
        epcList=[CARTON],
        destinationList=[{"type": "possessing_party", "destination": world.org("other")}],
    )
    assert post(world, "coop", ship) == 201
    receive = event(action="OBSERVE", bizStep="receiving", quantityList=None, epcList=[CARTON])
    assert post(world, "other", receive) == 201
    unpack = event(type="AggregationEvent", action="DELETE", quantityList=None, parentID=CARTON,
                   childEPCs=[PACK], bizStep="unpacking")  # fmt: skip
    assert post(world, "other", unpack) == 201
    assert post(world, "other", sell) == 201


def test_a_receiver_by_quantity_has_a_holding_of_its_own(world: World) -> None:
    owned(world)
    bought = event(action="OBSERVE", bizStep="receiving", quantityList=[{"epcClass": LOT, "quantity": 3,
                   "uom": "KGM"}])  # fmt: skip
    assert post(world, "other", bought) == 201
    assert post(world, "other", seen()) == 403


def test_master_data_stays_with_who_recorded_it(world: World) -> None:
    owned(world)
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"en": "mine now"}}
    assert post(world, "other", product, "/master") == 403
    assert post(world, "coop", product, "/master") == 201
    organisation = {"id": world.org("coop"), "type": "Organization", "name": {"en": "x"}}
    assert post(world, "other", organisation, "/master") == 403
    assert post(world, "admin", organisation, "/master") == 201


def test_what_is_bought_from_outside_and_seasons_are_free_to_begin(world: World) -> None:
    seed = "https://id.gs1.org/01/09521234000013/10/SEED"
    sown = event(
        type="TransformationEvent",
        action=None,
        quantityList=None,
        bizStep=None,
        transformationID="https://node.example/season/1",
        inputQuantityList=[{"epcClass": seed, "quantity": 1, "uom": "KGM"}],
    )
    assert post(world, "coop", sown) == 201
    assert post(world, "other", {**sown, "eventTime": "2026-09-18T08:00:00Z"}) == 403

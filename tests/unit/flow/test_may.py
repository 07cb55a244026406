"""Who may record on what, through the API (formats.md §3, docs/decisions/0004)."""

from __future__ import annotations

import json
from typing import Any

from nodes import BASE, GTIN, LOT, World, event

from suyuan.adapters.keys import FileSigner, public_of
from suyuan.adapters.outside import SystemRandomness
from suyuan.core.encoding import b64url
from suyuan.flow.capture import key_value
from suyuan.flow.drafts import signed

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


def test_an_organisations_master_data_is_its_own_or_an_administrators(world: World) -> None:
    def master(who: str, kind: str = "Organization") -> dict[str, Any]:
        return {"id": world.org(who), "type": kind, "name": {"en": who}}

    assert post(world, "other", master("coop"), "/master") == 403
    assert post(world, "other", master("coop", "Place"), "/master") == 403
    assert post(world, "bureau", master("coop"), "/master") == 403
    assert post(world, "other", {**master("x"), "id": f"{BASE}org/nobody"}, "/master") == 403
    assert post(world, "coop", master("coop"), "/master") == 201
    assert post(world, "admin", master("lab"), "/master") == 201
    assert post(world, "other", master("other"), "/master") == 201


def test_an_organisations_master_data_signed_elsewhere_is_held_to_the_same(world: World) -> None:
    signer = FileSigner(bytes(range(32)))
    key = key_value(public_of(bytes(range(32))), world.org("other"), "recorder")
    assert post(world, "admin", key, "/keys") == 201
    sealed = signed(
        "master",
        {"id": world.org("coop"), "type": "Organization", "name": {"en": "not they"}},
        signer=signer,
        origin=world.node.settings.origin,
        randomness=SystemRandomness(),
    )
    content = {
        "content": json.loads(sealed.content),
        "disclosures": [],
        "kid": sealed.kid,
        "sig": b64url(sealed.sig),
    }
    assert post(world, "other", content, "/records") == 403


def test_nobody_learns_of_anothers_master_data_by_guessing_it(world: World) -> None:
    plot = {"id": f"{BASE}plot/1", "type": "Plot", "suyuan:area": {"value": 3.2, "unit": "亩"}}
    assert post(world, "coop", plot, "/master") == 201
    assert post(world, "coop", plot, "/master") == 201
    assert post(world, "other", plot, "/master") == 403
    assert (
        post(world, "other", {**plot, "suyuan:area": {"value": 3.1, "unit": "亩"}}, "/master")
        == 403
    )


def test_master_data_that_differs_in_a_type_only_is_recorded(world: World) -> None:
    plot = {"id": f"{BASE}plot/1", "type": "Plot", "suyuan:organic": True}
    assert post(world, "coop", plot, "/master") == 201
    before = world.node.database.log.tail().size
    assert post(world, "coop", {**plot, "suyuan:organic": 1}, "/master") == 201
    assert world.node.database.log.tail().size == before + 1


def test_a_plot_is_whose_it_was_first_to_edit_to_see_and_to_record_on(world: World) -> None:
    uri = f"{BASE}plot/hills"
    plot = {"id": uri, "type": "Plot", "name": "坡上", "suyuan:area": {"value": 3, "unit": "亩"}}
    assert post(world, "coop", plot, "/master") == 201
    theirs = {**plot, "name": "我的"}
    for who in ("other", "bureau", "admin"):
        assert post(world, who, theirs, "/master") == 403
    assert world.client.get(f"/master/{uri}", headers=world.head("other")).status_code == 404
    elsewhere = event(
        action="OBSERVE",
        bizStep="inspecting",
        quantityList=[{"epcClass": "https://id.gs1.org/01/09521234000099/10/1"}],
    )
    for members in (
        {"readPoint": {"id": uri}},
        {"bizLocation": {"id": uri}},
        {"suyuan:plots": [uri]},
    ):
        named = {**elsewhere, **members}
        answer = world.client.post("/events", json=named, headers=world.head("other"))
        assert answer.status_code == 403, answer.text
        (name,) = members
        assert answer.json()["errors"][0]["path"].startswith(f"/{name}"), answer.text
        assert world.org("coop") not in answer.text
    for private in ("/suyuan:plots", "/suyuan:plots, /readPoint/id"):
        hidden = {**elsewhere, "suyuan:plots": [uri], "readPoint": {"id": uri, "suyuan:x": 1}}
        head = {**world.head("other"), "Suyuan-Private": private}
        answer = world.client.post("/events", json=hidden, headers=head)
        assert answer.status_code == 403, answer.text
        assert "/suyuan:plots/0" in {one["path"] for one in answer.json()["errors"]}
    done = event(action="OBSERVE", bizStep="inspecting", readPoint={"id": uri})
    assert post(world, "coop", done) == 201
    assert post(world, "bureau", {**done, "eventTime": "2026-09-11T08:00:00.000+08:00"}) == 201
    assert post(world, "coop", {**plot, "name": "坡上一号"}, "/master") == 201


def test_what_was_erased_of_a_plot_or_product_gives_it_to_nobody(world: World) -> None:
    uri, sown = f"{BASE}plot/hills", f"{BASE}plot/valley"
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    for name in (uri, sown):
        assert post(world, "coop", {"id": name, "type": "Plot", "name": "坡上"}, "/master") == 201
    first = world.node.database.log.tail().size - 2
    assert post(world, "coop", {"id": uri, "type": "Plot", "name": "一号"}, "/master") == 201
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"en": "x"}}
    assert post(world, "coop", product, "/master") == 201
    assert post(world, "coop", {**product, "name": {"en": "y"}}, "/master") == 201
    for index in (first, first + 3):  # the older records alone
        world.node.capture.erase(admin, index, "asked for")
    there = event(action="OBSERVE", bizStep="inspecting", readPoint={"id": uri})
    other = {**there, "quantityList": [{"epcClass": "https://id.gs1.org/01/09521234000099/10/1"}]}
    assert post(world, "other", other) == 403
    assert post(world, "bureau", {"id": uri, "type": "Plot", "name": "我的"}, "/master") == 403
    assert post(world, "other", event()) == 403
    assert post(world, "coop", event()) == 201
    assert post(world, "coop", there) == 201
    # Of what was erased whole nobody can tell that it was a plot; the product stays whose it was.
    for index in (first + 1, first + 4):
        world.node.capture.erase(admin, index, "asked for")
    assert post(world, "other", {**other, "readPoint": {"id": sown}}) == 201
    assert post(world, "other", event(quantityList=[{"epcClass": f"{LOT}-2"}])) == 403
    assert post(world, "coop", event(quantityList=[{"epcClass": f"{LOT}-3"}])) == 201


def test_the_farm_s_forms_know_no_plot_of_another(world: World) -> None:
    uri = f"{BASE}plot/hills"
    plot = {"id": uri, "type": "Plot", "name": "坡上", "suyuan:area": {"value": 3, "unit": "亩"}}
    assert post(world, "coop", plot, "/master") == 201
    values = {"day": "2026-09-10", "season": f"{BASE}season/x", "plots": [uri], "observation": "好"}
    for mine in (False, True):
        if mine:
            assert post(world, "other", {**plot, "id": f"{BASE}plot/own"}, "/master") == 201
        answer = world.client.post(
            "/farm/deeds",
            json={"form": "inspecting", "values": values},
            headers=world.head("other"),
        )
        assert answer.status_code in (400, 403), answer.text
        assert answer.json()["errors"][0]["path"].endswith("/plots/0"), answer.text
    seen = {"day": "2026-09-10", "type": "inspection", "subject": [world.org("coop")],
            "finding": "好", "place": uri}  # fmt: skip
    for who, status in (("other", 400), ("bureau", 201)):
        answer = world.client.post(
            "/farm/deeds", json={"form": "inspection", "values": seen}, headers=world.head(who)
        )
        assert answer.status_code == status, answer.text

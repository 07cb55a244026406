"""Brands, codes and cases over HTTP: who is told what, and what is refused where."""

from __future__ import annotations

from typing import Any

from brand_world import BRAND, PRODUCT, branded, granted, issue, template
from nodes import World

RIGHT = {
    "brand": BRAND,
    "product": PRODUCT,
    "from": "2026-01-01",
    "to": "2099-12-31",
    "person": "x",
}


def test_a_right_from_application_to_ledger(world: World) -> None:
    branded(world)
    post, get = world.client.post, world.client.get
    coop, office = world.head("coop"), world.head("bureau")
    body = {**RIGHT, "area": {"value": 10, "unit": "亩"}, "template": template(world)}
    made = post("/brands/authorisations", json=body, headers=coop)
    assert made.status_code == 201
    name = made.json()["authorisation"]
    step: dict[str, Any] = {"authorisation": name, "state": "granted", "person": "y"}
    refused = post("/brands/authorisations/steps", json=step, headers=coop)
    assert (refused.status_code, refused.json()["errors"][0]["path"]) == (
        403, "/suyuan:authorisation/state"
    )  # fmt: skip
    assert post("/brands/authorisations/steps", json=step, headers=office).status_code == 201
    (told,) = get("/brands/authorisations", params={"brand": BRAND}).json()
    assert (told["state"], told["standing"], told["terms"]["area"]["value"]) == (
        "granted",
        "granted",
        10,
    )
    assert "person" not in told["steps"][0]
    for who, status in (
        ("coop", 200),
        ("bureau", 200),
        ("admin", 200),
        ("other", 403),
        ("faraway", 403),
    ):
        answer = get("/brands/ledger", params={"authorisation": name}, headers=world.head(who))
        assert answer.status_code == status, who
    ledger = get("/brands/ledger", params={"authorisation": name}, headers=coop).json()
    assert (ledger["ceiling"]["packs"], ledger["left"], ledger["blockFactor"]) == (1000, 1000, 1.1)


def test_codes_are_their_issuers(world: World) -> None:
    made = issue(world, 10)
    post, get = world.client.post, world.client.get
    body = {"act": "void", "record": made, "ranges": [[1, 2], [5, 5]], "reason": "misprint"}
    assert post("/codes", json=body, headers=world.head("other")).status_code == 403
    assert post("/codes", json=body, headers=world.head("coop")).status_code == 201
    again = post("/codes", json=body, headers=world.head("coop"))
    assert (again.status_code, again.json()["errors"][0]["path"]) == (400, "/ranges")
    for wrong in ({"ranges": [[0, 1]]}, {"ranges": [[1]]}, {"serials": ["X"]}, {"job": "x"}, {}):
        given = {key: value for key, value in body.items() if key != "ranges"} | wrong
        assert post("/codes", json=given, headers=world.head("coop")).status_code in (400, 404)
    (told,) = get("/codes", params={"record": made}, headers=world.head("bureau")).json()
    assert told["voided"] == [[1, 2], [5, 5]]
    for who in ("other", "faraway"):
        answer = get("/codes", params={"record": made}, headers=world.head(who))
        assert answer.status_code == 404


def test_cases_are_for_the_issuer_and_its_authority(world: World) -> None:
    made = issue(world, 1, ahead=True)
    serial = world.node.database.log.serials_of(made)[0].serial
    reader = {"Accept": "text/html", "User-Agent": "Mozilla/5.0"}
    assert (
        world.client.get(f"/p/01/09521234000068/10/L-1/21/{serial}", headers=reader).status_code
        == 200
    )
    world.node.scans.flush()
    seen = {
        who: len(world.client.get("/scans/cases", headers=world.head(who)).json())
        for who in ("coop", "bureau", "admin", "other", "faraway")
    }
    assert seen == {"coop": 1, "bureau": 1, "admin": 1, "other": 0, "faraway": 0}
    (case,) = world.client.get("/scans/cases", headers=world.head("coop")).json()
    body = {"case": case["id"], "person": "x", "note": "a trial of ours"}
    post = world.client.post
    assert post("/scans/cases/close", json=body, headers=world.head("other")).status_code == 404
    assert (
        post("/scans/cases/close", json=body, headers=world.head("bureau")).json()["state"]
        == "closed"
    )


def test_serials_over_http_ask_for_a_reason(world: World) -> None:
    branded(world)
    granted(world)
    body = {"gtin": "09521234000068", "lot": "L-1", "count": 3, "eventTime": world.node.clock.now(),
            "eventTimeZoneOffset": "+08:00", "key": "k", "ahead": True}  # fmt: skip
    answer = world.client.post("/serials", json=body, headers=world.head("coop"))
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "/reason")
    told = world.client.post(
        "/serials", json={**body, "reason": "first roll"}, headers=world.head("coop")
    )
    assert told.status_code == 201

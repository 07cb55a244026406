"""A brand with a product, an owner that grants and a cooperative that applies."""

from __future__ import annotations

from datetime import date
from typing import Any

from nodes import BASE, GTIN, World

from suyuan.core.brand.authorisation import Terms
from suyuan.flow.accounts import Caller

BRAND = f"{BASE}brand/hickory"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"
OWNER = "bureau"


def caller(world: World, who: str) -> Caller:
    return world.node.accounts.authenticate(world.tokens[who])


def branded(world: World, net: float | None = 0.5) -> None:
    """The bureau owns the brand; the cooperative's product is sold under it."""
    product: dict[str, Any] = {
        "id": PRODUCT, "type": "Product", "name": {"zh": "山核桃", "en": "Hickory nuts"},
        "suyuan:indication": BRAND,
    }  # fmt: skip
    if net is not None:
        product["suyuan:netWeight"] = {"value": net, "uom": "KGM"}
    brand = {"id": BRAND, "type": "Brand", "name": {"zh": "临安山核桃", "en": "Lin'an hickory"}}
    world.node.masters.record(caller(world, OWNER), [("", brand)])
    world.node.masters.record(caller(world, "coop"), [("", product)])


def template(world: World, per_mu: float | None = 100.0, ratio: float = 0.5) -> dict[str, Any]:
    """A crop template of the cooperative's with a ceiling: 100 kg a mu, half of it in the packs."""
    figures: dict[str, Any] = {
        "overallRatio": {"value": ratio, "source": {"zh": "自测", "en": "own"}}
    }
    if per_mu is not None:
        figures["yieldPerMu"] = {"value": per_mu, "source": {"zh": "自测", "en": "own"}}
    else:
        figures["yieldPerMu"] = None
    name = f"{BASE}template/own-hickory"
    world.node.rulebook.copy_template(caller(world, "coop"), "hickory", name, figures)
    found = world.node.rulebook.history(name)[0]
    return {"id": name, "digest": found.digest}


def terms(world: World, **more: Any) -> Terms:
    """For 10 mu: 1000 packs of half a kilogram, where the template of above is named."""
    today = world.node.brands.today
    given: dict[str, Any] = {
        "brand": BRAND,
        "organisation": world.org("coop"),
        "product": PRODUCT,
        "since": date(today.year - 1, 1, 1),
        "until": date(today.year + 1, 12, 31),
        "area": {"value": 10, "unit": "亩"},
        **more,
    }
    return Terms(**given)


def applied(world: World, **more: Any) -> str:
    return world.node.brands.apply(caller(world, "coop"), terms(world, **more), person="王会计")


def granted(world: World, **more: Any) -> str:
    name = applied(world, **more)
    world.node.brands.turn(caller(world, OWNER), name, "granted", person="简监管")
    return name


def issue(world: World, count: int, key: str = "k", **more: Any) -> int:
    """Codes for lot L-1; the record."""
    given: dict[str, Any] = {
        "gtin": GTIN, "lot": "L-1", "count": count, "event_time": world.node.clock.now(),
        "time_zone": "+08:00", "key": key, **more,
    }  # fmt: skip
    return world.node.issuer.issue(caller(world, "coop"), **given)[0]

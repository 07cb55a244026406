"""Lots for tests: a harvest divided, blended, roasted, packed, put into a carton, sent and sold."""

from __future__ import annotations

from typing import Any

from nodes import BASE, CONTEXT, World

from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

GTIN = "09521234000068"
CARTON = "https://id.gs1.org/00/395212340000000014"
SEASON = f"{BASE}season/s1"
FERTILISER = "https://id.gs1.org/01/09521234000044/10/F-1"
SHOP = f"{BASE}org/other"


def lot(name: str, gtin: str = GTIN) -> str:
    return f"https://id.gs1.org/01/{gtin}/10/{name}"


def kg(name: str, amount: float | None = None, uom: str = "KGM") -> dict[str, Any]:
    of = name if ":" in name else lot(name)
    return {"epcClass": of} if amount is None else {"epcClass": of, "quantity": amount, "uom": uom}


def when(day: int) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "eventTime": f"2026-09-{day:02d}T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
    }


def made(
    day: int,
    step: str,
    inputs: list[dict[str, Any]],
    outputs: list[dict[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """Lots made from lots."""
    own = {"commissioning", "packing"}
    event = {
        **when(day),
        "type": "TransformationEvent",
        "bizStep": step if step in own else f"{BASE}voc/{step}",
        **({"inputQuantityList": inputs} if inputs else {}),
        **({"outputQuantityList": outputs} if outputs else {}),
        **more,
    }
    return {name: value for name, value in event.items() if value is not None}


def moved(day: int, step: str, things: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {
        **when(day),
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": step,
        **({"quantityList": things} if things else {}),
        **more,
    }


def sent(day: int, things: list[dict[str, Any]], to: str = SHOP, **more: Any) -> dict[str, Any]:
    return moved(
        day, "shipping", things, disposition="in_transit",
        destinationList=[{"type": "owning_party", "destination": to}], **more,
    )  # fmt: skip


def boxed(day: int, things: list[dict[str, Any]], action: str = "ADD") -> dict[str, Any]:
    return {
        **when(day),
        "type": "AggregationEvent",
        "action": action,
        "bizStep": "packing" if action == "ADD" else "unpacking",
        "parentID": CARTON,
        **({"childQuantityList": things} if things else {"childEPCs": []}),
    }


STORY = [
    moved(1, "receiving", [kg(FERTILISER, 100)]),
    made(2, "applying", [kg(FERTILISER, 40)], [], transformationID=SEASON),
    made(10, "commissioning", [], [kg("H", 100)], transformationID=SEASON),
    made(11, "splitting", [kg("H", 100)], [kg("A", 60), kg("B", 38)]),
    made(12, "roasting", [kg("A", 60)], [kg("R", 50)]),
    made(13, "blending", [kg("B", 38), kg("X", 10)], [kg("M", 48)]),
    boxed(14, [kg("R", 20)]),
    sent(15, [], epcList=[CARTON]),
    boxed(16, [kg("R", 20)], "DELETE"),
    moved(17, "retail_selling", [kg("M", 5)], disposition="retail_sold"),
]
"""What the cooperative records. B lost 2 kg at the division, X came from nowhere that is recorded."""


def caller(world: World, who: str = "coop") -> Caller:
    role = {"coop": "recorder", "other": "recorder", "bureau": "regulator"}[who]
    return Caller(world.org(who), role, "990101", "test")  # type: ignore[arg-type]


def record(world: World, *events: dict[str, Any], who: str = "coop") -> list[int]:
    """Through the capture that all use."""
    return list(world.node.capture.events(caller(world, who), [Incoming(dict(e)) for e in events]))


def told(world: World) -> list[int]:
    """The whole story."""
    return [record(world, event)[0] for event in STORY]

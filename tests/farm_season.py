"""A season of tea on a real node: bought, sprayed, picked, made into tea; each event as it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes import BASE, World

PESTICIDE = "https://id.gs1.org/01/09521234000020"
LEAVES = "https://id.gs1.org/01/09521234000044"
TEA = "https://id.gs1.org/01/09521234000051"
PLOT = "https://id.gs1.org/414/9521234000112/254/P1"
STORE = "https://id.gs1.org/414/9521234000082"
SEASON = f"{BASE}season/2026-tea-1"
BOTTLES, PICKED, MADE = f"{PESTICIDE}/10/KSJ-1", f"{LEAVES}/10/L1", f"{TEA}/10/T1"
CROPS = [{"crop": "茶树", "preHarvestDays": 14, "mostPerSeason": 2, "minGapDays": 7}]


def masters(**label: Any) -> list[dict[str, Any]]:
    """Products, the plot, and the season with the template that it is under."""
    stated = {
        "kind": "pesticide",
        "ingredients": ["苦参碱"],
        "toxicity": "低毒",
        "crops": CROPS,
        **label,
    }
    return [
        {"id": PESTICIDE, "type": "Product", "name": {"zh": "苦参碱", "en": "Matrine"},
         "suyuan:label": stated},
        {"id": LEAVES, "type": "Product", "name": {"zh": "茶青", "en": "Fresh leaves"}},
        {"id": TEA, "type": "Product", "name": {"zh": "绿茶", "en": "Green tea"}},
        {"id": PLOT, "type": "Place", "name": {"zh": "一号地", "en": "Plot 1"},
         "suyuan:area": {"value": 5, "unit": "亩"}},
        {"id": SEASON, "type": "suyuan:Season", "suyuan:template": {"id": f"{BASE}template/tea"}},
    ]  # fmt: skip


def _event(number: int, kind: str, step: str, day: str, **members: Any) -> dict[str, Any]:
    made = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"suyuan": f"{BASE}voc/"}],
        "type": kind,
        "eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "eventTime": f"{day}T10:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": step if step in ("receiving", "commissioning") else f"{BASE}voc/{step}",
        **members,
    }  # fmt: skip
    return made if kind == "TransformationEvent" else {**made, "action": "OBSERVE"}


def _amounts(name: str, amount: float, unit: str = "KGM") -> list[dict[str, Any]]:
    return [{"epcClass": name, "quantity": amount, "uom": unit}]


def bought(amount: float = 2, *, day: str = "2026-03-01", number: int = 1) -> dict[str, Any]:
    return _event(number, "ObjectEvent", "receiving", day, readPoint={"id": STORE},
                  quantityList=_amounts(BOTTLES, amount, "LTR"))  # fmt: skip


def sprayed(day: str = "2026-03-10", amount: float = 1, *, number: int = 2) -> dict[str, Any]:
    return _event(number, "TransformationEvent", "applying", day, transformationID=SEASON,
                  inputQuantityList=_amounts(BOTTLES, amount, "LTR"),
                  readPoint={"id": PLOT})  # fmt: skip


def picked(day: str = "2026-04-01", amount: float = 100, *, number: int = 3) -> dict[str, Any]:
    return _event(number, "TransformationEvent", "commissioning", day, transformationID=SEASON,
                  outputQuantityList=_amounts(PICKED, amount), readPoint={"id": PLOT})  # fmt: skip


def made(day: str = "2026-04-02", amount: float = 25, *, number: int = 4) -> dict[str, Any]:
    return _event(number, "TransformationEvent", "processing", day,
                  inputQuantityList=_amounts(PICKED, 100), outputQuantityList=_amounts(MADE, amount),
                  readPoint={"id": STORE})  # fmt: skip


def declared(event: Mapping[str, Any], of: str = "a") -> dict[str, Any]:
    """A declaration of an error that has nothing of the event but its eventID, as others may send it."""
    return {
        **_event(0, "ObjectEvent", "inspecting", "2026-04-03", readPoint={"id": STORE}),
        "eventID": event["eventID"],
        "quantityList": [{"epcClass": f"https://id.gs1.org/01/09521234000099/10/{of}"}],
        "errorDeclaration": {"declarationTime": "2026-04-03T10:00:00.000+08:00",
                             "reason": "did_not_occur"},
    }  # fmt: skip


def record(world: World, *events: dict[str, Any], who: str = "coop") -> list[int]:
    """Record these, one after the other; their indices."""
    found = []
    for one in events:
        answer = world.client.post("/events", json=one, headers=world.head(who))
        assert answer.status_code == 201, answer.text
        found.append(answer.json()["index"])
    return found


def begin(world: World, **label: Any) -> None:
    """The master data of the season."""
    answer = world.client.post("/master", json=masters(**label), headers=world.head("coop"))
    assert answer.status_code == 201, answer.text

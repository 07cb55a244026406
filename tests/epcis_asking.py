"""Events that are recorded and asked for over HTTP."""

from __future__ import annotations

from typing import Any

from nodes import World

from suyuan.core.epcis.document import read_document

GTIN = "https://id.gs1.org/01/09521234000068"


def event(lot: str, **members: Any) -> dict[str, Any]:
    """Members given replace or add; None takes one away."""
    made = {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"example": "https://ns.example.com/epcis/"},
        ],
        "type": "ObjectEvent",
        "eventTime": "2026-09-10T08:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "ADD",
        "bizStep": "commissioning",
        "quantityList": [{"epcClass": f"{GTIN}/10/{lot}", "quantity": 5, "uom": "KGM"}],
        **members,
    }
    return {name: value for name, value in made.items() if value is not None}


def record(world: World, *events: dict[str, Any], who: str = "coop") -> list[int]:
    made = []
    for one in events:
        answer = world.client.post("/events", json=one, headers=world.head(who))
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["index"])
    return made


def ask(world: World, who: str | None = None, path: str = "/events", **parameters: Any) -> Any:
    head = world.head(who) if who else {}
    head["GS1-Extensions"] = "my=https://ns.example.com/epcis/"
    answer = world.client.get(path, params=parameters, headers=head)
    assert answer.status_code == 200, answer.text
    return answer


def indices(answer: Any) -> list[int]:
    body = answer.json()
    read_document(body)
    listed = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    told = body["suyuan:records"]
    assert [one["eventID"] for one in listed] == [one["eventID"] for one in told]
    return [one["index"] for one in told]

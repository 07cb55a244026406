"""The benchmark's input: the demo's season again and again, every lot, pack and carton its own.

Deterministic: the same number gives the same bytes on every machine. All events are recorded by the
cooperative, so that documents of any length can be cut from the stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from suyuan.core.serials import ALPHABET
from suyuan.demo import season as story

BASE = "https://node.example/"
MARKET = f"{BASE}org/market"
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": f"{BASE}voc/"},
]

_LOT = re.compile(r"(/10/[0-9A-Z.-]+)")
_OWN = re.compile(r"(/season/2026-hickory-\d|/returns/2026-08-05)")
_SERIAL = "SERIALOFTHEPACK"


@cache
def _told() -> str:
    """One season as JSON text, its packs with a mark where their serials' season will stand."""
    told = story.Season(BASE)
    serials = [f"{_SERIAL}{number:03d}" for number in range(story.PACKS)]
    events = [
        *told.purchases(),
        *told.field_work(),
        *told.harvest(),
        *told.processing(),
        *told.tests(),
        *told.packing(serials),
        told.shipping(MARKET),
        told.receiving(),
        told.recall(),
    ]
    for event in events:
        if event.pop("@context") != CONTEXT:
            raise AssertionError("the season's context is not the one its documents carry")
    return json.dumps(events, ensure_ascii=False)


def season(number: int) -> list[dict[str, Any]]:
    """The events of season ``number`` (0…), bare: their ``@context`` is the document's."""
    mark = "".join(ALPHABET[number >> 5 * i & 31] for i in range(10, -1, -1))
    text = _LOT.sub(rf"\1-{number:05d}", _told())
    text = _OWN.sub(rf"\1-{number}", text).replace(_SERIAL, mark)
    for carton in range(story.CARTONS, 0, -1):
        text = text.replace(story.sscc(carton), f"@{carton}@")
    for carton in range(story.CARTONS, 0, -1):
        text = text.replace(f"@{carton}@", story.sscc(carton + number * story.CARTONS))
    events: list[dict[str, Any]] = json.loads(text)
    return events


def events(first_season: int = 0) -> Iterator[dict[str, Any]]:
    """Bare events without end."""
    number = first_season
    while True:
        yield from season(number)
        number += 1


def document(bare: list[dict[str, Any]]) -> bytes:
    """An EPCISDocument as it is sent."""
    made = {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-10-20T00:00:00Z",
        "epcisBody": {"eventList": bare},
    }
    return json.dumps(made, ensure_ascii=False).encode()


def documents(count: int, size: int, first_season: int = 0) -> list[bytes]:
    """``count`` documents of ``size`` events each."""
    stream = events(first_season)
    return [document([next(stream) for _ in range(size)]) for _ in range(count)]

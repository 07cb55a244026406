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
COOPERATIVE = story.parties(BASE)["coop"].id
MARKET = story.parties(BASE)["market"].id
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"suyuan": f"{BASE}voc/"},
]

_NUMBER = "-00000"
"""Stands behind every lot's name and what else belongs to a season."""
_SERIAL = "SERIALOFTHE"
_CARTONS = [story.sscc(number + 1) for number in range(story.CARTONS)]
_MARKS = re.compile(f"({'|'.join([_NUMBER, _SERIAL, *_CARTONS])})".encode())


class Marked:
    """A text of the season that becomes that of another season where its marks stand."""

    def __init__(self, text: bytes) -> None:
        self._parts = _MARKS.split(text)
        self._marks = self._parts[1::2]

    def at(self, number: int) -> bytes:
        """The text in season ``number`` (0 … 99,999)."""
        told, parts = _told(number), self._parts.copy()
        parts[1::2] = [told[mark] for mark in self._marks]
        return b"".join(parts)


def _told(number: int) -> dict[bytes, bytes]:
    serial = "".join(ALPHABET[number >> 5 * place & 31] for place in range(10, -1, -1))
    told = {_NUMBER: f"-{number:05d}", _SERIAL: serial}
    first = number * story.CARTONS + 1
    told |= {mark: story.sscc(first + place) for place, mark in enumerate(_CARTONS)}
    return {mark.encode(): text.encode() for mark, text in told.items()}


@cache
def marked_events() -> str:
    """The season's events as JSON, bare (their ``@context`` is the document's), with marks."""
    told = story.Season(BASE)
    serials = [f"{_SERIAL}{number:03d}" for number in range(story.PACKS)]
    season = [
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
    for event in season:
        if event.pop("@context") != CONTEXT:
            raise AssertionError("the season's context is not the one that documents carry here")
    text = json.dumps(season, ensure_ascii=False)
    text = re.sub(r"(/10/[0-9A-Z.-]+)", rf"\1{_NUMBER}", text)
    return re.sub(r"(/season/2026-hickory-\d|/returns/2026-08-05)", rf"\1{_NUMBER}", text)


@cache
def _season() -> Marked:
    return Marked(marked_events().encode())


def season(number: int) -> list[dict[str, Any]]:
    """The events of season ``number``, bare."""
    events: list[dict[str, Any]] = json.loads(_season().at(number))
    return events


def events(first_season: int = 0) -> Iterator[dict[str, Any]]:
    """Bare events, season after season."""
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

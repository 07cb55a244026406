"""Lots of packs with exactly 60 records each: a season's, and what a warehouse saw of it afterwards."""

from __future__ import annotations

import json
from typing import Any

from bench import mix, world

from suyuan.core.visibility import PUBLIC
from suyuan.demo import season as story

RECORDS = 60


def record(made: world.World, count: int) -> list[str]:
    """Record ``count`` seasons, seal them; the lots, each of which has RECORDS in its bundle."""
    wanted = [f"{story.lot(story.GTIN_PACK, story.LOT_GOOD)}-{n:05d}" for n in range(count)]
    missing = 0
    for number, lot in enumerate(wanted):
        world.record_seasons(made, [number])
        if number == 0:
            missing = RECORDS - _records(made, lot)
        made.record(mix.document([_seen(lot, place) for place in range(missing)]))
    made.node.sealer.seal()
    for lot in (wanted[0], wanted[-1]):
        assert _records(made, lot) == RECORDS, _records(made, lot)
    return wanted


def _seen(lot: str, place: int) -> dict[str, Any]:
    """One of the events by which the warehouse keeps an eye on the lot."""
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-11-{place + 1:02d}T09:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "inspecting",
        "quantityList": [{"epcClass": lot}],
        "readPoint": {"id": story.WORKSHOP},
        "suyuan:observation": {"zh": "库房温湿度正常", "en": "Store cool and dry"},
    }


def _records(made: world.World, lot: str) -> int:
    return len(json.loads(made.node.prover.bundle(PUBLIC, lot))["records"])

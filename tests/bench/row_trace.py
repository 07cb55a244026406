"""A hundred thousand lots in ten levels: traced both ways, recalled, drilled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from bench import mix, world
from bench.context import Context
from bench.figures import Figure, Goal
from bench.timing import Stopwatch

from suyuan.adapters.sql import migrate
from suyuan.bootstrap import open_node
from suyuan.core.lineage.act import Act
from suyuan.demo import season as story
from suyuan.flow.accounts import Caller
from suyuan.flow.recall import Scope
from suyuan.web.api.lineage import drilled

LEVELS = 9
"""Below the first lot, which all others are made from."""
TOGETHER = 5
"""Lots that go into one step, and come out of it."""
_READY = "ready"


def measure(context: Context) -> Iterator[Figure]:
    """Seconds: a lot in the middle, and the first one, from which everything was made."""
    wide = 100 if context.quick else 11_110
    with context.logs() as logs:
        made = _opened(logs / f"lots-{wide}", wide)
        try:
            yield from _figures(context, made, wide)
        finally:
            made.close()


def _figures(context: Context, made: world.World, wide: int) -> Iterator[Figure]:
    viewer = made.cooperative.viewer
    tracing = made.node.tracing
    lots = 1 + LEVELS * wide
    for what, name in (("in the middle", _lot(5, wide // 2)), ("of everything", _lot(0, 0))):
        found = tracing.trace(viewer, name)
        reached = len(found.up.things) + len(found.down.things)
        yield _figure(
            context,
            f"trace both ways, a lot {what} ({reached:,} of {lots:,} lots reached)",
            1.0,
            partial(tracing.trace, viewer, name),
        )

    recalling, organisation = made.node.recalling, made.cooperative.organisation
    first = _lot(0, 0)
    yield _figure(
        context,
        f"what a recall of everything reaches, and where it is ({lots:,} lots)",
        3.0,
        partial(recalling.reach, viewer, [first]),
    )
    yield _figure(
        context,
        f"a drill of it, with the list of {wide:,} handings over as a workbook",
        5.0,
        lambda: recalling.drill(
            viewer, organisation, Scope((first,)), person="bench",
            files=lambda found: drilled(made.node, viewer, "zh", found),
        ),
    )  # fmt: skip
    yield _figure(
        context,
        "a hold of one lot and its release, recorded",
        1.0,
        partial(_held, made, _lot(5, wide // 2)),
    )


def _held(made: world.World, lot: str) -> None:
    acts: tuple[Act, ...] = ("hold", "release")
    for act in acts:
        made.node.recalling.act(made.cooperative, act, [lot], person="bench", reason="bench")


def _figure(context: Context, what: str, most: float, run: Callable[[], object]) -> Figure:
    runs = []
    for _ in range(context.runs(3)):
        with Stopwatch() as watch:
            run()
        runs.append(watch)
    return Figure(
        what,
        "s",
        [watch.own for watch in runs],
        Goal(at_most=most),
        (),
        sum(w.wall for w in runs) / sum(w.own for w in runs),
    )


def _opened(folder: Path, wide: int) -> world.World:
    """The log of these lots, recorded once through the capture that all use."""
    if (folder / _READY).exists():
        migrate(world.settings(folder).database)
        return world.World(
            open_node(world.settings(folder)),
            Caller(mix.COOPERATIVE, "recorder", story.COUNTY, "bench"),
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = world.found(folder)
    events = list(_events(wide))
    for start in range(0, len(events), 500):
        made.record(mix.document(events[start : start + 500]))
    made.node.sealer.seal()
    (folder / _READY).write_text(json.dumps({"lots": 1 + LEVELS * wide}))
    return made


def _lot(level: int, number: int) -> str:
    return f"{story.lot(story.GTIN_PACK, 'T')}{level}-{number:05d}"


def _events(wide: int) -> Iterator[dict[str, Any]]:
    """From one lot to all of the first level; from there, five neighbours and five further off mix."""
    for start in range(0, wide, 500):
        outputs = [_lot(1, number) for number in range(start, min(start + 500, wide))]
        yield _step(1, [_lot(0, 0)], outputs)
    for level in range(2, LEVELS + 1):
        for start in range(0, wide, TOGETHER):
            numbers = range(start, min(start + TOGETHER, wide))
            inputs = [_lot(level - 1, (number * (level + 1)) % wide) for number in numbers]
            yield _step(level, list(dict.fromkeys(inputs)), [_lot(level, n) for n in numbers])
    for start in range(0, wide, 10):
        numbers = range(start, min(start + 10, wide))
        yield _sent(start // 10, [_lot(LEVELS, number) for number in numbers])


def _step(level: int, inputs: list[str], outputs: list[str]) -> dict[str, Any]:
    return {
        **_when(level),
        "type": "TransformationEvent",
        "bizStep": f"{mix.BASE}voc/blending",
        "inputQuantityList": [_amount(lot, 10 * len(outputs) / len(inputs)) for lot in inputs],
        "outputQuantityList": [_amount(lot, 10) for lot in outputs],
    }


def _sent(number: int, lots: list[str]) -> dict[str, Any]:
    buyer = f"{mix.BASE}org/buyer-{number % 200}"
    return {
        **_when(LEVELS + 1),
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "quantityList": [_amount(lot, 8) for lot in lots],
        "destinationList": [{"type": "owning_party", "destination": buyer}],
    }


def _when(level: int) -> dict[str, Any]:
    return {
        "eventTime": f"2026-10-{level + 1:02d}T09:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": story.WORKSHOP},
    }


def _amount(lot: str, kilograms: float) -> dict[str, Any]:
    return {"epcClass": lot, "quantity": round(kilograms, 3), "uom": "KGM"}

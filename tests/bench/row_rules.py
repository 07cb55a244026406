"""All rules on a season, per record: one as a member has it, and one with a thousand records."""

from __future__ import annotations

from collections.abc import Iterator

import cases
from bench.context import Context
from bench.figures import Figure, Goal
from bench.timing import Stopwatch
from cases import DRUG, PLOT, RAW, SEASON, case, deed, item, label, lot

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case
from suyuan.core.rules.judge import before_release, judge

_CROPS = [{"crop": "茶树", "preHarvestDays": 14, "mostPerSeason": 2, "minGapDays": 7}]
_MASTERS = {
    DRUG: label(kind="pesticide", ingredients=["苦参碱"], crops=_CROPS),
    **{f"{PLOT}{n}": {"suyuan:area": {"value": 3, "unit": "亩"}} for n in range(40)},
}


def measure(context: Context) -> Iterator[Figure]:
    """Milliseconds a record: intervals, bans, quotas, balances, yield, masses, lateness, release."""
    for size in (50, 1_000):
        deeds = season(size)
        runs = [_judge(deeds) for _ in range(context.runs(20))]
        yield Figure(
            f"rules, a season of {size:,} records",
            "ms/record",
            [1000 * watch.own / size for watch in runs],
            Goal(at_most=2),
            (),
            sum(w.wall for w in runs) / sum(w.own for w in runs),
        )


def season(size: int) -> list[Deed]:
    """Sprayed and fertilised plot by plot, picked often, made into tea, tested, certified."""
    done: list[Deed] = [deed("purchase", "2026-02-01", about=[item(lot(DRUG, "A"), 900, "LTR")])]
    while len(done) < size - 2:
        number = len(done)
        day = f"2026-{3 + number % 6:02d}-{1 + number % 27:02d}"
        plot = f"{PLOT}{number % 40}"
        raw, dry = lot(RAW, f"L{number}"), lot(RAW, f"T{number}")
        done.append(
            (
                deed("applying", day, season=SEASON, plots=[plot],
                     inputs=[item(lot(DRUG, "A"), "0.1", "LTR")]),
                deed("field_work", day, season=SEASON, plots=[plot]),
                deed("harvest", day, season=SEASON, plots=[plot], outputs=[item(raw, 40)]),
                deed("processing", day, step="processing", inputs=[item(raw, 40)],
                     outputs=[item(dry, 10)]),
                deed("inspecting", day, season=SEASON, plots=[plot]),
            )[number % 5]
        )  # fmt: skip
    given = {"item": "多菌灵", "value": "<0.01", "limit": "0.1", "result": "pass"}
    subject = next(one.outputs[0].id for one in done if one.outputs)
    return [
        *done,
        deed("test", "2026-09-20", about=[item(subject)], stated={"test": given}),
        deed("certificate", "2026-09-21", about=[item(subject)],
             stated={"certificate": {"number": "C-1", "type": "承诺达标合格证"}}),
    ]  # fmt: skip


def _judge(deeds: list[Deed]) -> Stopwatch:
    subject = next(one.outputs[0].id for one in deeds if one.outputs)
    fresh: Case = case(deeds, masters=_MASTERS, using=cases.tables())
    with Stopwatch() as watch:
        judge(fresh)
        before_release(fresh, subject)
    return watch

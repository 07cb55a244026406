"""The cold chains of one or many organisations: each excursion and each silence once (rule 12).

Judged from what loggers wrote whenever somebody looks, so a file that comes late closes the silence, and
nothing has to be taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import date, timedelta

from suyuan.core.errors import TooLarge
from suyuan.core.rules.case import HERE
from suyuan.core.rules.finding import Finding
from suyuan.core.story_values import local_day
from suyuan.core.visibility import Viewer
from suyuan.flow.judge import Judge
from suyuan.flow.watch import Watch

MOST = 5_000
"""Records of loggers that one question rests on."""
BEHIND = timedelta(days=7)
"""What was measured so long after the days that are asked about is looked at, too: that nothing came any
more, or that it did not end, is not said because nobody looked further."""


def cold_cases(
    watch: Watch, judge: Judge, viewer: Viewer, organisations: Collection[str], since: date,
    until: date, *, most: int = MOST,
) -> dict[str, list[Finding]]:  # fmt: skip
    """By organisation what does not pass, of what was measured from day to day; the worst first.
    TooLarge where that rests on more than ``most`` records."""
    last = min(until, date.max - BEHIND) + BEHIND
    found = watch.marked(organisations, "measured", since=since, until=last, limit=most + 1)
    if len(found) > most:
        raise TooLarge("this rests on more than {most} records", path="/from", most=most)
    within = {one.index for one in found if one.day <= until.isoformat()}
    indices: dict[str, list[int]] = {}
    for one in found:
        indices.setdefault(one.organisation, []).append(one.index)
    told = {name: judge.cold_chains(viewer, own) for name, own in indices.items()}
    return {
        name: wrong
        for name, every in told.items()
        if (wrong := [one for one in every if one.verdict != "pass" and _began(one, until, within)])
    }


def _began(one: Finding, until: date, within: Set[int]) -> bool:
    """Whether a case began by this day; of what has no beginning, whether its records are of these."""
    since = one.facts.get("since")
    if isinstance(since, str):
        return local_day(since, HERE) <= until
    return not within.isdisjoint(one.records)


__all__ = ["MOST", "cold_cases"]

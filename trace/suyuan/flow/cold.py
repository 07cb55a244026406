"""The cold chains of one or many organisations: each excursion and each silence once (rule 12).

Judged from what loggers wrote whenever somebody looks, so a file that comes late closes the silence, and
nothing has to be taken back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from suyuan.core.errors import TooLarge
from suyuan.core.rules.finding import Finding
from suyuan.core.visibility import Viewer
from suyuan.flow.judge import Judge
from suyuan.flow.watch import Watch

MOST = 5_000
"""Records of loggers that one question rests on."""


def cold_cases(
    watch: Watch, judge: Judge, viewer: Viewer, organisations: Collection[str], since: date,
    until: date, *, most: int = MOST,
) -> dict[str, list[Finding]]:  # fmt: skip
    """By organisation what does not pass, of what was measured from day to day; the worst first.
    TooLarge where that rests on more than ``most`` records."""
    found = watch.marked(organisations, "measured", since=since, until=until, limit=most + 1)
    if len(found) > most:
        raise TooLarge("this rests on more than {most} records", path="/from", most=most)
    indices: dict[str, list[int]] = {}
    for one in found:
        indices.setdefault(one.organisation, []).append(one.index)
    told = {name: judge.cold_chains(viewer, own) for name, own in indices.items()}
    return {
        name: wrong
        for name, every in told.items()
        if (wrong := [one for one in every if one.verdict != "pass"])
    }


__all__ = ["MOST", "cold_cases"]

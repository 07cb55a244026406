"""Rule 11: how long after the deed it was recorded. This is the one lie that the log itself can show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case, filed, zone_of
from suyuan.core.rules.finding import Finding, Verdict, finding
from suyuan.core.story_values import Said, day_of, local_day

RULE = 11


def lateness(case: Case) -> Iterator[Finding]:
    """Every deed; days are those of the event's own time zone."""
    return _lateness(case, case.deeds)


def lateness_of_drafts(case: Case) -> Iterator[Finding]:
    """What is not filed yet alone: how late the others were is known, and changes nothing now."""
    return _lateness(case, [deed for deed in case.deeds if deed.index is None])


def _lateness(case: Case, judged: Iterable[Deed]) -> Iterator[Finding]:
    reaped = {
        season: min((d for d in deeds if d.kind == "harvest"), key=lambda d: d.time, default=None)
        for season, deeds in case.seasons.items()
    }
    for deed in judged:
        yield _one(case, deed)
        yield from _before_its_season(case, deed)
    for deed in case.deeds:
        harvest = reaped.get(deed.season or "")
        if deed.kind == "applying" and harvest is not None and deed.time <= harvest.time:
            entered = (filed(deed, case.now), deed.index is None, deed.index or 0)
            harvested = (filed(harvest, case.now), harvest.index is None, harvest.index or 0)
            if harvested < entered:
                yield finding(
                    RULE, "after-harvest", "warn",
                    Said("an application of {day} was entered only after the harvest of {harvest}",
                         day=deed.day, harvest=harvest.day),
                    deed.season or "", [deed, harvest],
                )  # fmt: skip


def _before_its_season(case: Case, deed: Deed) -> Iterator[Finding]:
    """A deed dated before the day that its season was opened for. That day is what was planned, so it
    warns; what comes before the sowing on record is refused by the order of deeds."""
    begun = day_of(case.master(deed.season).get("suyuan:from")) if deed.season is not None else None
    if begun is not None and deed.day < begun:
        yield finding(
            RULE, "before-season", "warn",
            Said("dated {day}, before the season began on {begun}", day=deed.day, begun=begun),
            deed.season or "", [deed],
        )  # fmt: skip


def days_late(deed: Deed, now: str) -> int:
    """Days between the deed and its record, by the event's own clock; negative for one dated ahead."""
    return (local_day(filed(deed, now), zone_of(deed)) - deed.day).days


def _one(case: Case, deed: Deed) -> Finding:
    late = days_late(deed, case.now)
    of = deed.season or next((item.id for item in (*deed.outputs, *deed.about)), "")
    if late < 0:
        return finding(
            RULE, "ahead", "warn",
            Said("dated {day}, which was {days} days ahead when it was recorded",
                 day=deed.day, days=-late),
            of, [deed], days=late,
        )  # fmt: skip
    allowed = case.tables.threshold("latenessDays", deed.day)
    if allowed is None:
        text = Said("recorded {days} days after; how late is too late is not stated", days=late)
        return finding(RULE, "late", "unknown", text, of, [deed], days=late)
    most, basis = allowed
    text = (
        Said("recorded on the day") if late == 0 else Said("recorded {days} days after", days=late)
    )
    if Decimal(late) > most:
        text = Said("recorded {days} days after (more than {most})", days=late, most=most)
    verdict: Verdict = "warn" if Decimal(late) > most else "pass"
    return finding(RULE, "late", verdict, text, of, [deed], basis=basis, days=late)


__all__ = ["days_late", "lateness", "lateness_of_drafts"]

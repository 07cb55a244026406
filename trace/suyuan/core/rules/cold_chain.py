"""Rule 12: one excursion is one case, with a beginning and an end; a silent sensor is a case too.

Readings are put in order by their own times, so a logger's file that comes late closes the silence. The
range is the product's (``suyuan:storage``: {"min": 0, "max": 4, "everyMinutes": 30}), or the place's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from suyuan.core.errors import Malformed
from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case, zone_of
from suyuan.core.rules.finding import Basis, Finding, finding
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import Names, Quantity, Said, local_time, objects_of
from suyuan.core.timestamps import seconds_between, to_utc_millis

RULE = 12
_TEMPERATURE = "Temperature"
ENDS = frozenset({"shipping", "selling", "destroying"})
"""Kinds of deeds after which the one who stored it has no more to measure."""
STORAGE = Basis(Names("产品或冷库的储存要求", "storage conditions of the product or the store"))


@dataclass(frozen=True, slots=True)
class Reading:
    """Temperatures in °C from ``since`` to ``until`` (UTC; the same for a single one)."""

    since: str
    until: str
    lowest: Decimal
    highest: Decimal
    deed: Deed


def cold_chains(case: Case) -> Iterator[Finding]:
    """Every thing and every place that a sensor measured."""
    series: dict[str, list[Reading]] = {}
    for deed in case.deeds:
        for reading in readings(deed):
            for name in dict.fromkeys([item.id for item in deed.about] or [deed.place or ""]):
                series.setdefault(name, []).append(reading)
    for name, found in sorted(series.items()):
        found.sort(key=lambda one: (one.since, one.until))
        yield from _judged(case, name, found)


def readings(deed: Deed) -> Iterator[Reading]:
    """Temperatures of an event's sensorElementList (EPCIS 2.0 §7.4.6); °F and K are converted."""
    for element in objects_of(deed.event.get("sensorElementList")):
        meta = element.get("sensorMetadata")
        meta = meta if isinstance(meta, Mapping) else {}
        for report in objects_of(element.get("sensorReport")):
            kind = str(report.get("type", "")).rpartition(":")[2].rpartition("/")[2]
            values = [
                celsius
                for member in ("value", "minValue", "maxValue", "meanValue")
                if (number := decimal_of(report.get(member))) is not None
                and (celsius := _celsius(number, report.get("uom"))) is not None
            ]
            if kind != _TEMPERATURE or not values:
                continue
            at = report.get("time", meta.get("time"))
            since = _time(at or meta.get("startTime"), deed.time)
            until = _time(at or meta.get("endTime"), deed.time)
            yield Reading(min(since, until), max(since, until), min(values), max(values), deed)


def _judged(case: Case, name: str, found: list[Reading]) -> Iterator[Finding]:
    due = case.master(name).get("suyuan:storage") or case.masters.get(
        found[0].deed.place or "", {}
    ).get("suyuan:storage")
    if not isinstance(due, Mapping):
        yield finding(
            RULE, "excursion", "unknown",
            Said("{name}: the temperatures it needs are not stated", name=case.called(name)),
            name, [one.deed for one in found],
        )  # fmt: skip
    else:
        yield from _excursions(
            case, name, found, decimal_of(due.get("min")), decimal_of(due.get("max"))
        )
    yield from _silences(case, name, found, due)


def _excursions(
    case: Case, name: str, found: list[Reading], low: Decimal | None, high: Decimal | None
) -> Iterator[Finding]:
    run: list[Reading] = []
    any_out = False
    for reading in [*found, None]:
        out = reading is not None and (
            (low is not None and reading.lowest < low)
            or (high is not None and reading.highest > high)
        )
        if out and reading is not None:
            run.append(reading)
        elif run:
            any_out = True
            yield _excursion(case, name, run, reading, high)
            run = []
    if not any_out:
        yield finding(
            RULE, "excursion", "pass",
            Said("{name}: always within its temperatures", name=case.called(name)),
            name, [one.deed for one in found], basis=STORAGE,
        )  # fmt: skip


def _excursion(
    case: Case, name: str, run: list[Reading], after: Reading | None, high: Decimal | None
) -> Finding:
    """One case: from the first reading out of range to the first one back in it."""
    warmest = max(one.highest for one in run)
    peak = warmest if high is not None and warmest > high else min(one.lowest for one in run)
    since, until = run[0].since, after.since if after is not None else None
    params = {"name": case.called(name), "peak": Quantity(float(peak), "CEL"),
              "since": _clock(run[0].since, run[0].deed)}  # fmt: skip
    text = (
        Said("{name}: out of its temperatures since {since}, up to {peak}; no reading says it ended",
             **params) if after is None
        else Said("{name}: out of its temperatures from {since} to {until}, up to {peak}",
                  until=_clock(after.since, after.deed), **params)
    )  # fmt: skip
    deeds = [one.deed for one in run] + ([after.deed] if after is not None else [])
    return finding(
        RULE, "excursion", "warn", text, name, deeds, basis=STORAGE,
        since=since, until=until, peak=peak,
    )  # fmt: skip


def _silences(case: Case, name: str, found: list[Reading], due: Any) -> Iterator[Finding]:
    """Gaps longer than the sensor's own rhythm, or the node's figure; the last one up to now.

    Counted in whole minutes, as the figure is: a logger whose clock is a second late is not silent.
    """
    every = decimal_of(due.get("everyMinutes")) if isinstance(due, Mapping) else None
    basis: Basis | None = STORAGE
    if every is None:
        known = case.tables.threshold("sensorSilenceMinutes", found[-1].deed.day)
        if known is None:
            return
        every, basis = known
    heard, deed = found[0].until, found[0].deed
    last = max(one.until for one in found)
    closed = any(
        one.kind in ENDS and one.time >= last and any(item.id == name for item in one.about)
        for one in case.deeds
    )
    following: list[Reading | None] = [*found[1:], *([] if closed else [None])]
    for reading in following:
        until = reading.since if reading is not None else case.now
        if seconds_between(heard, until) // 60 > every:
            params = {"name": case.called(name), "since": _clock(heard, deed)}
            yield finding(
                RULE, "silence", "warn",
                Said("{name}: no reading since {since}", **params) if reading is None
                else Said("{name}: no reading from {since} to {until}",
                          until=_clock(until, reading.deed), **params),
                name, [deed, *([reading.deed] if reading is not None else [])], basis=basis,
                since=heard, until=until if reading is not None else None,
            )  # fmt: skip
        if reading is not None and reading.until >= heard:
            heard, deed = reading.until, reading.deed


def _clock(utc: str, deed: Deed) -> Said:
    """A time by the event's own clock."""
    local = local_time(utc, zone_of(deed))
    return Said("{day} {time}", day=local.date(), time=f"{local:%H:%M}")


def _celsius(value: Decimal, unit: object) -> Decimal | None:
    if unit in ("CEL", None):
        return value
    if unit == "FAH":
        return (value - 32) * 5 / 9
    return value - Decimal("273.15") if unit == "KEL" else None


def _time(value: object, otherwise: str) -> str:
    try:
        return to_utc_millis(value) if isinstance(value, str) else otherwise
    except Malformed:
        return otherwise


__all__ = ["ENDS", "Reading", "cold_chains", "readings"]

"""When a scheduled query runs (EPCIS 2.0 §8.2.5.3): values of the clock, as cron has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from suyuan.core.errors import Malformed

ZONE = timezone(timedelta(hours=8))
"""Schedules are read by the clock of China."""

RANGES = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
"""Fields and the values that each may have; Monday is 1."""

_PART = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]", re.ASCII)
_YEARS = 8
"""Looked ahead: a 29 February comes again within them, even past 2100."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values at which to run; a field that is left out has all of its values, seconds just 0."""

    fields: Mapping[str, frozenset[int]]

    def after(self, moment: datetime) -> datetime | None:
        """The first time after an aware ``moment``; None if there is none (31 February)."""
        wanted = {name: sorted(self.fields.get(name, range(low, high + 1)))
                  for name, (low, high) in RANGES.items()}  # fmt: skip
        if "second" not in self.fields:
            wanted["second"] = [0]
        start = moment.astimezone(ZONE).replace(microsecond=0) + timedelta(seconds=1)
        day, last = start.date(), start.year + _YEARS
        while day.year <= last:
            if (
                day.month in wanted["month"]
                and day.day in wanted["dayOfMonth"]
                and day.isoweekday() in wanted["dayOfWeek"]
            ):
                earliest = start.timetuple()[3:6] if day == start.date() else (0, 0, 0)
                found = _first(wanted, tuple(earliest))
                if found is not None:
                    hour, minute, second = found
                    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZONE)
            day += timedelta(days=1)
        return None


def _first(
    wanted: Mapping[str, list[int]], earliest: tuple[int, ...]
) -> tuple[int, int, int] | None:
    """The first time of a day that is not before ``earliest``."""
    for hour in wanted["hour"]:
        for minute in wanted["minute"]:
            if (hour, minute, 59) < earliest:
                continue
            for second in wanted["second"]:
                if (hour, minute, second) >= earliest:
                    return hour, minute, second
    return None


def parse_schedule(value: Any, path: str = "") -> Schedule:
    """``{"hour": "1", "minute": "5,[10-20]"}``; Malformed names the field and shows what is right."""
    if not isinstance(value, Mapping) or not value:
        raise Malformed(
            "a schedule says when, for example {example}",
            path=path,
            example='{"hour": "1", "minute": "5"}',
        )
    fields: dict[str, frozenset[int]] = {}
    for name, text in value.items():
        if name not in RANGES:
            raise Malformed(
                "{name} is not a member here; there are {allowed}",
                path=f"{path}/{name}",
                name=name,
                allowed=", ".join(RANGES),
            )
        fields[name] = _values(str(text) if type(text) is int else text, name, f"{path}/{name}")
    return Schedule(fields)


def _values(text: Any, name: str, path: str) -> frozenset[int]:
    low, high = RANGES[name]
    found: set[int] = set()
    for part in text.split(",") if isinstance(text, str) else [""]:
        match = _PART.fullmatch(part.strip())
        first, last = (0, -1)
        if match is not None:
            first = int(match[1] or match[2])
            last = int(match[1] or match[3])
        if not low <= first <= last <= high:
            raise Malformed(
                "{name} has numbers from {low} to {high}, or ranges of them, like {example}",
                path=path,
                name=name,
                low=low,
                high=high,
                example=f"{low},[{low + 1}-{high}]",
            )
        found.update(range(first, last + 1))
    return frozenset(found)

"""RFC 3339 times, to the millisecond, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from suyuan.core.errors import Malformed

_RFC3339 = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))",
    re.ASCII,
)


_LONGEST_KEPT = 40
"""Characters of a time that is worth keeping: who sends longer ones shall not fill the memory."""


def to_utc_millis(text: str) -> str:
    """``2026-09-10T08:00:00+08:00`` → ``2026-09-10T00:00:00.000Z``; Malformed if it is no RFC 3339 time.

    Digits beyond the millisecond are rounded half up, with carry. A leap second counts as the next.
    """
    return _utc_millis(text) if len(text) <= _LONGEST_KEPT else _utc_millis.__wrapped__(text)


@lru_cache(maxsize=4096)
def _utc_millis(text: str) -> str:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise Malformed(
            "{value} is not a time; write it as 2026-09-17T08:30:00.000+08:00", value=text[:40]
        )
    day, clock, fraction, sign, hours, minutes = found.groups()
    leap = clock.endswith(":60")
    try:
        moment = datetime.fromisoformat(f"{day}T{clock[:6] + '59' if leap else clock}+00:00")
        if leap:
            moment += timedelta(seconds=1)
        if fraction:
            digits = (fraction + "0000")[:4]
            moment += timedelta(milliseconds=(int(digits) + 5) // 10)
        if sign:
            if int(hours) > 23 or int(minutes) > 59:
                raise ValueError
            shift = timedelta(hours=int(hours), minutes=int(minutes))
            moment = moment - shift if sign == "+" else moment + shift
    except (ValueError, OverflowError):
        raise Malformed(
            "{value} is not a time; write it as 2026-09-17T08:30:00.000+08:00", value=text[:40]
        ) from None
    return from_datetime(moment)


def from_datetime(moment: datetime) -> str:
    """An aware datetime in the one form that the log uses; what is below the millisecond is cut."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z".rjust(24, "0")


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one log time to another (negative if the order is the other way round)."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def seconds_of(time: str) -> float:
    """Unix seconds of a log time."""
    return datetime.fromisoformat(time).timestamp()

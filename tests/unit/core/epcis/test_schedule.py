"""Schedules: the next time that fits, and what is wrong with those that are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.epcis.schedule import RANGES, ZONE, Schedule, parse_schedule
from suyuan.core.errors import Malformed

THURSDAY = datetime(2026, 11, 26, 8, 30, 0, 500, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"hour": "1", "minute": "5"}, "2026-11-27T01:05:00"),
        ({"minute": "30"}, "2026-11-26T09:30:00"),
        ({"minute": "31"}, "2026-11-26T08:31:00"),
        ({"second": "0,15,[30-31]"}, "2026-11-26T08:30:15"),
        ({"second": "1"}, "2026-11-26T08:30:01"),
        ({"hour": "8", "minute": "30", "second": "0"}, "2026-11-27T08:30:00"),
        ({"dayOfWeek": "1", "hour": "0", "minute": "0"}, "2026-11-30T00:00:00"),
        ({"dayOfMonth": "29", "month": "2", "hour": "0", "minute": "0"}, "2028-02-29T00:00:00"),
        ({"month": "[1-3]", "dayOfMonth": "31", "hour": "23", "minute": "59"}, "2027-01-31T23:59:00"),
        ({"hour": 6, "minute": 0}, "2026-11-27T06:00:00"),
    ],
)  # fmt: skip
def test_the_next_time(fields: dict[str, Any], expected: str) -> None:
    found = parse_schedule(fields).after(THURSDAY.astimezone(UTC))
    assert found == datetime.fromisoformat(f"{expected}+08:00")


def test_a_day_that_never_comes() -> None:
    assert parse_schedule({"month": "2", "dayOfMonth": "30"}).after(THURSDAY) is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ""),
        ({}, ""),
        ([], ""),
        ({"week": "1"}, "/week"),
        ({"hour": "24"}, "/hour"),
        ({"minute": "5-7"}, "/minute"),
        ({"minute": "[7-5]"}, "/minute"),
        ({"minute": ""}, "/minute"),
        ({"minute": None}, "/minute"),
        ({"minute": True}, "/minute"),
        ({"dayOfWeek": "0"}, "/dayOfWeek"),
        ({"second": "1,,2"}, "/second"),
    ],
)
def test_what_is_no_schedule(value: Any, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_schedule(value, "/schedule")
    assert caught.value.path == f"/schedule{path}"
    assert "example" in caught.value.message or "there are" in caught.value.message


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    names = draw(st.sets(st.sampled_from(sorted(RANGES)), min_size=1))
    return Schedule(
        {n: draw(st.frozensets(st.integers(*RANGES[n]), min_size=1)) for n in sorted(names)}
    )


@given(schedules(), st.integers(0, 4 * 365 * 86_400))
def test_it_fits_and_none_before_it_does(schedule: Schedule, seconds: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    found = schedule.after(start)
    if found is None:
        assert {"dayOfMonth", "month"} <= schedule.fields.keys() or "dayOfWeek" in schedule.fields
        return
    assert found > start
    assert _fits(schedule, found)
    for step in range(1, min(200, int((found - start).total_seconds()))):
        assert not _fits(schedule, found - timedelta(seconds=step))


def _fits(schedule: Schedule, moment: datetime) -> bool:
    at = moment.astimezone(ZONE)
    values = {
        "second": at.second,
        "minute": at.minute,
        "hour": at.hour,
        "dayOfMonth": at.day,
        "month": at.month,
        "dayOfWeek": at.isoweekday(),
    }
    fields = {"second": frozenset({0}), **schedule.fields}
    return all(values[name] in allowed for name, allowed in fields.items())

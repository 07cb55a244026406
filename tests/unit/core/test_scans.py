"""What readings of a code may mean, by figures that are data."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from suyuan.core.errors import Malformed
from suyuan.core.scans import PROVINCES, Reading, assess, on, parse_scoring

ROW: dict[str, Any] = {
    "from": "2026-01-01", "early": 4, "voided": 4, "late": 4, "lateDays": 30, "far": 3, "farHours": 4,
    "often": 1, "oftenADay": 10, "opens": 3,
}  # fmt: skip
(SCORING,) = parse_scoring({"rows": [ROW]})


def read(
    day: str = "2026-05-02", county: str = "", seen: int = 1, hours: tuple[int, int] = (8, 8)
) -> Reading:
    first, last = (f"{day}T{hour:02d}" for hour in hours)
    return Reading(day, county, seen, first, last)


def test_an_ordinary_reading_is_no_alarm() -> None:
    assert assess([read(seen=3)], SCORING, state="active") == ()
    assert assess([], SCORING, state="voided") == ()
    assert assess([read(seen=0)], SCORING, state="voided") == ()


@pytest.mark.parametrize(
    ("state", "why"), [("issued", "early"), ("voided", "voided"), ("returned", "voided")]
)
def test_a_code_that_is_on_no_pack(state: Any, why: str) -> None:
    assert assess([read()], SCORING, state=state) == (why,)


def test_after_sale_only_when_days_have_passed_and_after_destruction_at_once() -> None:
    sold = "2026-04-20T08:00:00.000Z"
    assert assess([read()], SCORING, state="active", sold_at=sold) == ()
    assert assess([read("2026-05-21")], SCORING, state="active", sold_at=sold) == ("late",)
    gone = "2026-05-02T05:00:00.000Z"
    assert assess([read()], SCORING, state="active", gone_at=gone) == ("late",)
    assert assess([read(hours=(5, 5))], SCORING, state="active", gone_at=gone) == ()


def test_far_places_within_hours() -> None:
    here, there = read(county="330112"), read(county="440000", hours=(11, 11))
    assert assess([here, there], SCORING, state="active") == ("far",)
    assert assess([here, read(county="330000", hours=(9, 9))], SCORING, state="active") == ()
    assert assess([here, read(county="440000", hours=(20, 20))], SCORING, state="active") == ()
    # Who tells no place is nowhere.
    assert assess([here, read(hours=(9, 9))], SCORING, state="active") == ()


def test_points_add_up() -> None:
    often = read(county="330112", seen=6), read(county="330000", seen=5)
    assert assess(often, SCORING, state="active") == ()
    assert assess([*often, read(county="440000")], SCORING, state="active") == ("far", "often")


def test_figures_are_those_of_the_day() -> None:
    rows = parse_scoring(
        {"rows": [{**ROW, "to": "2026-06-30"}, {**ROW, "from": "2026-07-01", "opens": 9}]}
    )
    found = [on(rows, day) for day in (date(2025, 1, 1), date(2026, 6, 30), date(2026, 7, 1))]
    assert [one and one.opens for one in found] == [None, 3, 9]


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({}, "/rows"),
        ({"rows": []}, "/rows"),
        ({"rows": [5]}, "/rows/0"),
        ({"rows": [{**ROW, "x": 1}]}, "/rows/0"),
        ({"rows": [{**ROW, "from": "soon"}]}, "/rows/0/from"),
        ({"rows": [{**ROW, "far": -1}]}, "/rows/0/far"),
    ],
)
def test_what_is_wrong_with_figures_is_named(document: Any, path: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_scoring(document)
    assert refused.value.path == path


def test_provinces_are_all_there() -> None:
    assert len(PROVINCES) == 34
    assert len({names.zh for names in PROVINCES.values()}) == 34

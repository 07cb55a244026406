"""Dated rows: the one in force on the day, and county codes that changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cases import made_of, tables
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.tables import county_on, plain, same_county


@pytest.mark.parametrize("code", ["330124", "330185", "330112"])
@pytest.mark.parametrize(
    ("day", "then"), [("1996-06-01", "330124"), ("2017-12-31", "330185"), ("2018-01-01", "330112")]
)
def test_lin_an_by_any_of_its_codes(code: str, day: str, then: str) -> None:
    found = county_on(tables(), code, date.fromisoformat(day))
    assert found is not None
    assert found[0] == then


def test_codes_that_no_table_knows() -> None:
    assert county_on(tables(), "110101", date(2026, 1, 1)) is None
    assert same_county(tables(), "110101", "110101")
    assert not same_county(tables(), "110101", "110102")
    assert same_county(tables(), "330124", "330112")
    assert not same_county(tables(), "330124", "110101")


def test_of_two_tables_of_one_name_the_later_one_counts_whole() -> None:
    one = {"table": "bans", "rows": [{"ingredient": "A"}, {"ingredient": "B"}]}
    two = {"table": "bans", "rows": [{"ingredient": "C"}]}
    from suyuan.core.rules.tables import tables_of

    found = tables_of([one, two]).rows["bans"]
    assert [row.values["ingredient"] for row in found] == ["C"]


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 3000), st.integers(-4000, 4000))
def test_a_row_holds_from_its_first_to_its_last_day(since: date, length: int, offset: int) -> None:
    until, day = since + timedelta(days=length), since + timedelta(days=offset)
    using = made_of(bans=[{"ingredient": "A", "from": str(since), "to": str(until)}])
    assert (list(using.on("bans", day)) != []) is (since <= day <= until)


def test_names_are_compared_without_width_case_and_spaces() -> None:
    assert plain(" Ｃarbo furan\u3000") == "carbofuran"

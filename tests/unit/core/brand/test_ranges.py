"""Sets of codes as ranges: the algebra of sets, whatever is put in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.brand.ranges import (
    Ranges,
    both,
    holds,
    of_places,
    ranges,
    read_ranges,
    size,
    told,
    union,
    without,
)
from suyuan.core.errors import Refused

PLACES = st.sets(st.integers(0, 60), max_size=40)


def places(of: Ranges) -> set[int]:
    return {place for first, last in of for place in range(first, last + 1)}


@given(PLACES, PLACES)
def test_ranges_are_sets(one: set[int], other: set[int]) -> None:
    a, b = of_places(one), of_places(other)
    assert places(a) == one
    assert places(union(a, b)) == one | other
    assert places(both(a, b)) == one & other
    assert places(without(a, b)) == one - other
    assert size(a) == len(one)
    assert [holds(a, place) for place in range(61)] == [place in one for place in range(61)]


@given(PLACES, PLACES)
def test_ranges_have_one_form(one: set[int], other: set[int]) -> None:
    for found in (union(of_places(one), of_places(other)), without(of_places(one), of_places(other)),
                  both(of_places(one), of_places(other))):  # fmt: skip
        assert found == ranges(found) == of_places(places(found))


@given(PLACES.filter(bool))
def test_what_is_told_is_read_again(one: set[int]) -> None:
    assert read_ranges(told(of_places(one)), 61) == of_places(one)


def test_people_write_ranges_in_many_ways() -> None:
    assert read_ranges("1-3，5、 7 - 8,2", 8) == ((0, 2), (4, 4), (6, 7))


@pytest.mark.parametrize("text", ["", "0-3", "3-1", "1-9", "x", "1-2-3", "-4", "1,,2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_ranges(text, 8)
    assert refused.value.path == "/ranges"

"""Sets of codes as ranges: the algebra of sets, whatever is put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


class Looked(tuple[tuple[int, int], ...]):
    """Ranges that count how often one of them is looked at."""

    looks = 0

    def __iter__(self) -> Iterator[tuple[int, int]]:
        for one in super().__iter__():
            Looked.looks += 1
            yield one

    def __getitem__(self, place: Any) -> Any:
        Looked.looks += 1
        return super().__getitem__(place)


def test_scattered_sets_are_walked_along_once() -> None:
    """Ledgers are read under the log's lock: codes voided one by one must not stop all writes."""
    one = Looked((4 * n, 4 * n) for n in range(500))
    other = Looked((4 * n + 2, 4 * n + 2) for n in range(500))
    for work in (without, both):
        Looked.looks = 0
        work(one, other)
        assert Looked.looks < 20 * 500, work.__name__


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

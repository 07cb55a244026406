"""The table of newest records is a dictionary, only smaller."""

from __future__ import annotations

import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.latest import Latest

KEYS = st.one_of(st.integers(0, 50), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(st.tuples(st.lists(KEYS, max_size=5), st.integers(0, 2**32 - 2))), st.sets(KEYS))
def test_it_answers_as_a_dictionary_does(
    puts: list[tuple[list[int], int]], others: set[int]
) -> None:
    table, known = Latest(), dict[int, int]()
    for keys, index in puts:
        table.put(keys, index)
        known.update(dict.fromkeys(keys, index))
    assert len(table) == len(known)
    for key in others.union(known):
        assert table.of([key]) == ({known[key]} if key in known else set())
    assert table.of(known) == set(known.values())


@pytest.mark.parametrize("spread", [1, 1024, 2**40])
def test_it_grows_and_loses_nothing(spread: int) -> None:
    """Also where all keys want the same slot (1,024 slots to begin with)."""
    table = Latest()
    for number in range(3_000):
        table.put([number * spread], number)
    picked = random.Random(spread).sample(range(3_000), 200)
    assert [table.of([number * spread]) for number in picked] == [{number} for number in picked]
    assert table.of([3_000 * spread, -1]) == set()


def test_it_is_small() -> None:
    table = Latest()
    table.put(map(hash, map(str, range(100_000))), 1)
    assert sys.getsizeof(table._keys) + sys.getsizeof(table._values) < 40 * 100_000

"""GCJ-02 and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.gcj02 import from_gcj02, to_gcj02

METRE = 1 / 111_000
IN_CHINA = st.tuples(st.floats(1, 55), st.floats(73, 137))


def test_published_places() -> None:
    text = shared("data", "coords_eviltransform", "test_vectors.py.txt").read_text()
    cases = re.search(r"TESTS = \[(.*?)\n\]", text, re.DOTALL)
    assert cases is not None
    rows = [tuple(map(float, row.split(","))) for row in re.findall(r"\((.*?)\)", cases[1])]
    assert len(rows) == 3
    for lat, lon, north, east in rows:
        assert to_gcj02(lat, lon) == pytest.approx((north, east), abs=1e-6)
        assert from_gcj02(north, east) == pytest.approx((lat, lon), abs=1e-6)


@given(IN_CHINA)
def test_there_and_back(place: tuple[float, float]) -> None:
    assert to_gcj02(*from_gcj02(*place)) == pytest.approx(place, abs=METRE / 1000)


@given(IN_CHINA)
def test_the_shift_is_some_hundred_metres(place: tuple[float, float]) -> None:
    found = to_gcj02(*place)
    assert place != found
    assert found == pytest.approx(place, abs=1500 * METRE)


@pytest.mark.parametrize("place", [(48.2, 16.37), (-30.0, 118.9), (30.0, 140.0)])
def test_abroad_there_is_no_shift(place: tuple[float, float]) -> None:
    assert to_gcj02(*place) == from_gcj02(*place) == place

"""Outlines that a field can have."""

from __future__ import annotations

from math import cos, pi, radians, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.master.outline import MOST_CORNERS, check_outline

Ring = list[list[float]]


def said(*rings: Ring, area: float | None = None, kind: str = "Polygon") -> list[str]:
    coordinates: Any = list(rings) if kind == "Polygon" else [[ring] for ring in rings]
    master: dict[str, Any] = {"suyuan:outline": {"type": kind, "coordinates": coordinates}}
    if area is not None:
        master["suyuan:area"] = {"value": area, "uom": "HAR"}
    return [problem.text for problem in check_outline(master)]


def square(metres: float, *, lat: float = 30.1, lon: float = 118.9) -> Ring:
    up = metres / 111_195.08
    right = up / cos(radians(lat + up / 2))
    return [[lon, lat], [lon + right, lat], [lon + right, lat + up], [lon, lat + up]]


def test_a_hectare_is_a_hectare() -> None:
    """A square of 100 m; by the factor that is let pass, and no more."""
    assert said(square(100), area=1) == []
    assert said(square(100), area=1.99) == said(square(100), area=0.51) == []
    for wrong in (2.02, 0.49, 15):
        (text,) = said(square(100), area=wrong)
        assert text.startswith("the outline encloses 1 ha")
    assert said(square(100)) == []
    assert said(square(100)[::-1], area=1) == []


def test_holes_are_no_field_and_parts_are() -> None:
    hole = [[118.9002, 30.1002], *([x, y] for x, y in square(70, lat=30.1002, lon=118.9002)[1:])]
    assert said(square(100), hole, area=0.51) == []
    assert said(square(100), hole, area=1.1)
    assert said(square(100), square(100, lat=30.2), area=2, kind="MultiPolygon") == []
    assert said(square(100), square(100, lat=30.2), area=0.9, kind="MultiPolygon")


@pytest.mark.parametrize(
    "ring",
    [
        [[0, 0], [2, 2], [2, 0], [0, 1]],
        [[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]],
        [[0, 0], [2, 0], [2, 2], [0, 2], [0, 1], [-1, 1], [0, 1]],
        [[0, 0], [3, 0], [1, 0], [1, 2]],
        [[0, 0], [2, 0], [2, 2], [1, 1], [2, 2.5], [0, 2], [1.5, 1.5]],
    ],
    ids=["bow", "touching", "spike", "back", "twice"],
)
def test_what_crosses_itself_is_refused(ring: Ring) -> None:
    (text,) = said(ring)
    assert "crosses itself" in text
    for turned in range(len(ring)):
        assert said(ring[turned:] + ring[:turned]) == [text]
        assert said((ring[turned:] + ring[:turned])[::-1]) == [text]


@given(
    st.lists(st.floats(0.2, 1), min_size=3, max_size=40),
    st.floats(0, 6),
    st.integers(0, 40),
    st.booleans(),
)
def test_a_star_seen_from_its_middle_does_not_cross_itself(
    radii: list[float], turn: float, first: int, doubled: bool
) -> None:
    step = 2 * pi / len(radii)
    ring = [[r * cos(turn + n * step), r * sin(turn + n * step)] for n, r in enumerate(radii)]
    ring = ring[first % len(ring) :] + ring[: first % len(ring)]
    if doubled:
        ring.insert(1, ring[0])
    assert said(ring) == []
    assert said([*ring, ring[0]]) == []


def test_an_outline_has_a_bound() -> None:
    wide = [[n / 10_000, (n % 2) / 1000 + 1] for n in range(MOST_CORNERS - 2)]
    wide += [[0.25, 0.5], [-0.1, 0.5]]
    assert said(wide) == []
    (text,) = said([*wide, [-0.2, 0.9]])
    assert text == f"an outline has at most {MOST_CORNERS} corners"

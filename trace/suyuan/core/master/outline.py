"""An outline that can be a field's: rings that do not cross themselves, an area like the stated one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import cos, radians
from typing import Any

from suyuan.core.errors import Malformed, Refused, TooLarge
from suyuan.core.exports.plots import geometry_of, hectares_of

MOST_CORNERS = 2_000
"""Of one outline."""
WITHIN = 2.0
"""Stated and drawn area may differ by this factor: slopes, paths and old registers do that; a wrong
unit, 亩 for hectares, is off by 15."""
_METRES = 6_371_008.8
"""Mean radius of the earth (IUGG)."""

_Ring = list[tuple[float, float]]


def check_outline(master: Mapping[str, Any]) -> Iterator[Refused]:
    """What is wrong with ``suyuan:outline``, which has the shape of a geometry, beside the area."""
    outline = master.get("suyuan:outline")
    if _corners(outline) > MOST_CORNERS:
        yield TooLarge(
            "an outline has at most {most} corners", path="/suyuan:outline", most=MOST_CORNERS
        )
        return
    geometry = geometry_of(outline)
    if geometry is None or geometry["type"] == "Point":
        return
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    rings = [[[(float(x), float(y)) for x, y in ring] for ring in rings] for rings in polygons]
    if any(_crosses_itself(ring) for polygon in rings for ring in polygon):
        yield Malformed(
            "the outline crosses itself; give its corners in order, once around",
            path="/suyuan:outline",
        )
        return
    stated = hectares_of(master.get("suyuan:area"))
    drawn = sum(abs(_hectares(outer)) - sum(abs(_hectares(hole)) for hole in holes)
                for outer, *holes in rings)  # fmt: skip
    if stated is not None and not float(stated) / WITHIN <= drawn <= float(stated) * WITHIN:
        yield Malformed(
            "the outline encloses {drawn} ha, the stated area is {stated} ha; one of them is wrong",
            path="/suyuan:outline",
            drawn=f"{drawn:.3g}",
            stated=f"{float(stated):.3g}",
        )


def _corners(value: Any) -> int:
    """Positions in a geometry, however deep; more than enough ends the count."""
    waiting, count = [value.get("coordinates") if isinstance(value, Mapping) else None], 0
    while waiting and count <= MOST_CORNERS:
        item = waiting.pop()
        if isinstance(item, list) and item and isinstance(item[0], list):
            waiting += item
        else:
            count += 1
    return count


def _hectares(ring: _Ring) -> float:
    """Signed area of a closed ring, on the sphere; right to a thousandth for a farm's size."""
    lat = radians(sum(y for _, y in ring) / len(ring))
    (x0, y0) = ring[0]
    twice = sum(
        (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0) for (x1, y1), (x2, y2) in pairwise(ring)
    )
    return twice / 2 * radians(1) ** 2 * _METRES**2 * cos(lat) / 10_000


def _crosses_itself(ring: _Ring) -> bool:
    """Whether two sides of a closed ring meet anywhere but at the corner that they share."""
    corners = [place for n, place in enumerate(ring[:-1]) if place != ring[n - 1 if n else -2]]
    sides = list(zip(corners, corners[1:] + corners[:1], strict=True))
    last = len(sides) - 1
    # From west to east: behind a side's eastern end none is left that it could meet.
    order = sorted(range(len(sides)), key=lambda n: min(sides[n][0][0], sides[n][1][0]))
    for at, one in enumerate(order):
        a, b = sides[one]
        end = max(a[0], b[0])
        for other in order[at + 1 :]:
            c, d = sides[other]
            if min(c[0], d[0]) > end:
                break
            if abs(one - other) in (1, last):
                # Neighbours: they may only not lie on one another.
                shared = b if c == b else a if d == a else c
                p, q = (a if shared == b else b), (d if shared == c else c)
                if _turn(p, shared, q) == 0 and _between(p, shared, q):
                    return True
            elif _meet(a, b, c, d):
                return True
    return False


_Point = tuple[float, float]


def _turn(a: _Point, b: _Point, c: _Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _between(p: _Point, shared: _Point, q: _Point) -> bool:
    """Whether p and q lie on the same side of what they share."""
    return (p[0] - shared[0]) * (q[0] - shared[0]) + (p[1] - shared[1]) * (q[1] - shared[1]) > 0


def _meet(a: _Point, b: _Point, c: _Point, d: _Point) -> bool:
    one, two = _turn(a, b, c), _turn(a, b, d)
    three, four = _turn(c, d, a), _turn(c, d, b)
    if one * two < 0 and three * four < 0:
        return True
    touching = ((one, a, b, c), (two, a, b, d), (three, c, d, a), (four, c, d, b))
    return any(turn == 0 and _on(p, q, place) for turn, p, q, place in touching)


def _on(a: _Point, b: _Point, place: _Point) -> bool:
    """Whether a place in line with a side lies on it."""
    (west, east), (south, north) = sorted((a[0], b[0])), sorted((a[1], b[1]))
    return west <= place[0] <= east and south <= place[1] <= north

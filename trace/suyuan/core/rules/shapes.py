"""Points in areas: GeoJSON positions (RFC 7946: longitude, latitude in WGS-84)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from suyuan.core.exports.plots import is_geometry, is_position
from suyuan.core.rules.tables import decimal_of

Point = tuple[Decimal, Decimal]


def points_of(outline: object, position: object) -> list[Point]:
    """Corners of an outline, else the one position; empty where neither makes sense."""
    if is_geometry(outline) and isinstance(outline, Mapping):
        if outline["type"] == "Point":
            return [_point(outline["coordinates"])]
        return [corner for rings in _polygons(outline) for corner in rings[0]]
    if is_position(position) and isinstance(position, Mapping):
        lon, lat = decimal_of(position["lon"]), decimal_of(position["lat"])
        return [(lon, lat)] if lon is not None and lat is not None else []
    return []


def inside(point: Point, area: object) -> bool | None:
    """Whether a point lies in an area or on its border; None where the area is none."""
    if not is_geometry(area) or not isinstance(area, Mapping) or area["type"] == "Point":
        return None
    return any(
        _in_ring(point, rings[0])
        and not any(_in_ring(point, hole, border=False) for hole in rings[1:])
        for rings in _polygons(area)
    )


_CORNER = re.compile(r"(-?\d{1,3}(?:\.\d+)?) (-?\d{1,2}(?:\.\d+)?)")


def area_of_wkt(text: object) -> dict[str, Any] | None:
    """A POLYGON or MULTIPOLYGON of OGC's well-known text (ISO 19125-1) as a GeoJSON geometry; None for
    anything else. An area that everybody may know is a text: GeoJSON in master data says where a thing
    lies, which is private (docs/decisions/0012)."""
    if not isinstance(text, str) or not text.upper().startswith(("POLYGON", "MULTIPOLYGON")):
        return None
    polygons = []
    for polygon in re.split(r"\)\s*\)\s*,\s*\(\s*\(", text):
        rings = []
        for ring in re.findall(r"[^()]*\d[^()]*", polygon):
            corners = [_CORNER.fullmatch(" ".join(pair.split())) for pair in ring.split(",")]
            if None in corners:
                return None
            rings.append([[float(one[1]), float(one[2])] for one in corners if one is not None])
        polygons.append(rings)
    found = {"type": "MultiPolygon", "coordinates": polygons}
    return found if is_geometry(found) else None


def _polygons(outline: Mapping[str, object]) -> Iterator[list[list[Point]]]:
    found = outline["coordinates"]
    polygons = [found] if outline["type"] == "Polygon" else found
    for polygon in polygons if isinstance(polygons, list) else ():
        yield [[_point(corner) for corner in ring] for ring in polygon]


def _point(pair: object) -> Point:
    lon, lat = (Decimal(str(one)) for one in list(pair)[:2])  # type: ignore[call-overload]
    return lon, lat


def _in_ring(point: Point, ring: list[Point], *, border: bool = True) -> bool:
    """By crossing number; the border itself counts as told."""
    x, y = point
    crossed = False
    for (x1, y1), (x2, y2) in pairwise(ring):
        across = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
        if across == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return border
        if (y1 > y) != (y2 > y) and x < x1 + (x2 - x1) * (y - y1) / (y2 - y1):
            crossed = not crossed
    return crossed


__all__ = ["Point", "area_of_wkt", "inside", "points_of"]

"""Plots drawn from their outlines alone: no base map, no other host, nothing but where they lie."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from math import cos, radians
from typing import Any

from markupsafe import Markup

from suyuan.core.exports.plots import Geometry

_SIZE = 600.0
_EDGE = 24.0


def sketch(plots: Sequence[tuple[str, str, Geometry]], title: str) -> Markup:
    """(address, name, geometry) of each; empty where nothing has a place. North is up."""
    shapes = [(href, name, rings) for href, name, g in plots if (rings := _rings(g))]
    points = [point for _, _, rings in shapes for ring in rings for point in ring]
    if not points:
        return Markup("")
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    # A degree of longitude is as much shorter as the latitude is higher.
    narrow = cos(radians((south + north) / 2))
    wide, high = max((east - west) * narrow, 1e-6), max(north - south, 1e-6)
    scale = (_SIZE - 2 * _EDGE) / max(wide, high)
    drawn = Markup("").join(_shape(*one, scale, narrow, west, north) for one in shapes)
    frame = Markup('<svg class="sketch" viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>')
    return frame.format(_at(wide * scale + 2 * _EDGE), _at(high * scale + 2 * _EDGE), title, drawn)


def _shape(
    href: str,
    name: str,
    rings: list[list[tuple[float, float]]],
    scale: float,
    narrow: float,
    west: float,
    north: float,
) -> Markup:
    def place(point: tuple[float, float]) -> tuple[str, str]:
        x, y = (point[0] - west) * narrow * scale, (north - point[1]) * scale
        return _at(x + _EDGE), _at(y + _EDGE)

    inner = Markup("")
    for ring in rings:
        if len(ring) == 1:
            inner += Markup('<circle cx="{}" cy="{}" r="6"/>').format(*place(ring[0]))
        else:
            corners = " ".join(",".join(place(point)) for point in ring)
            inner += Markup('<polygon points="{}"/>').format(corners)
    return Markup('<a href="{}" aria-label="{}"><title>{}</title>{}</a>').format(
        href, name, name, inner
    )


def _rings(geometry: Geometry) -> list[list[tuple[float, float]]]:
    """Outer rings; a point is a ring of one."""
    coordinates: Any = geometry["coordinates"]
    match geometry["type"]:
        case "Point":
            return [[_pair(coordinates)]]
        case "Polygon":
            return [[_pair(point) for point in coordinates[0]]]
        case _:
            return [[_pair(point) for point in polygon[0]] for polygon in coordinates]


def _pair(point: Sequence[Decimal]) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def _at(value: float) -> str:
    return f"{value:.1f}"

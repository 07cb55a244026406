"""Positions and outlines as they are kept: WGS-84, beside what was given and its datum.

CGCS2000, the datum of surveys in China, is the same within a few centimetres.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.core.gcj02 import from_gcj02
from suyuan.core.story_values import number_of

WGS84 = "WGS-84"
SAME_AS_WGS84 = frozenset({WGS84, "WGS84", "CGCS2000"})
GCJ02 = frozenset({"GCJ-02", "GCJ02"})
_DECIMALS = 8
"""Of a converted degree: a millimetre."""


def settle(master: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its position and outline, and those of its ``suyuan:plots``, in WGS-84.

    What is misshapen, or of another datum, stays as it is: the check will name it.
    """
    made = dict(master)
    for name, settled in (
        ("suyuan:position", settled_position),
        ("suyuan:outline", settled_outline),
    ):
        if name in made:
            made[name] = settled(made[name])
    plots = made.get("suyuan:plots")
    if isinstance(plots, list):
        made["suyuan:plots"] = [settle(plot) if isinstance(plot, dict) else plot for plot in plots]
    return made


def settled_position(position: Any) -> Any:
    """``{"lat", "lon", "datum": "GCJ-02"}`` → in WGS-84, with what was given as ``given``."""
    if not isinstance(position, Mapping) or not _is_gcj02(position) or "given" in position:
        return position
    found = _pair(position.get("lat"), position.get("lon"))
    if found is None:
        return position
    others = {
        name: value for name, value in position.items() if name not in ("lat", "lon", "datum")
    }
    given = {name: position[name] for name in ("lat", "lon", "datum")}
    return {"lat": found[0], "lon": found[1], "datum": WGS84, **others, "given": given}


def settled_outline(outline: Any) -> Any:
    """The same of a geometry with the member ``datum``; GeoJSON that says nothing is in WGS-84."""
    if not isinstance(outline, Mapping) or not _is_gcj02(outline) or "given" in outline:
        return outline
    try:
        coordinates = _converted(outline.get("coordinates"))
    except (TypeError, ValueError):
        return outline
    return {
        "type": outline.get("type"),
        "coordinates": coordinates,
        "datum": WGS84,
        "given": {"coordinates": outline.get("coordinates"), "datum": outline["datum"]},
    }


def _is_gcj02(given: Mapping[str, Any]) -> bool:
    datum = given.get("datum")
    return isinstance(datum, str) and datum in GCJ02


def _converted(coordinates: Any) -> Any:
    if not isinstance(coordinates, list) or not coordinates:
        raise ValueError
    if isinstance(coordinates[0], list):
        return [_converted(inner) for inner in coordinates]
    found = _pair(coordinates[1], coordinates[0]) if len(coordinates) > 1 else None
    if found is None:
        raise ValueError
    return [found[1], found[0], *coordinates[2:]]


def _pair(lat: Any, lon: Any) -> tuple[float, float] | None:
    north, east = number_of(lat), number_of(lon)
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    found = from_gcj02(float(north), float(east))
    return round(found[0], _DECIMALS), round(found[1], _DECIMALS)

"""A plot as it is typed into a form: name, village, crop, area, where it lies."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from suyuan.core.errors import Malformed, Many, Refused
from suyuan.core.exports.plots import hectares_of, is_geometry
from suyuan.core.farm.units import mu, parse_amount

MOST_MU = 100_000
DATUMS = ("WGS-84", "CGCS2000", "GCJ-02")
_PAIR = re.compile(r"\s*([-+]?\d{1,3}(?:\.\d+)?)\s*[,，\s]\s*([-+]?\d{1,3}(?:\.\d+)?)\s*", re.ASCII)


def plot_of(given: Mapping[str, str]) -> dict[str, Any]:
    """The master data's members; Many, or the one problem, with the field as its path."""
    found: list[Refused] = []
    master: dict[str, Any] = {}
    for field, member in (
        ("name", "name"), ("village", "suyuan:village"), ("crop", "suyuan:crop"),
    ):  # fmt: skip
        text = " ".join(given.get(field, "").split())
        if len(text) > 80:
            found.append(Malformed("at most {most} characters", path=f"/{field}", most=80))
        elif text:
            master[member] = text
    if not given.get("name", "").strip():
        found.append(Malformed("write what people call this plot", path="/name"))
    try:
        if given.get("area", "").strip():
            master["suyuan:area"] = _area(given["area"])
    except Refused as problem:
        found.append(problem.at("/area"))
    try:
        master |= where_of(given)
    except Refused as problem:
        found.append(problem)
    if len(found) == 1:
        raise found[0]
    if found:
        raise Many(found)
    return master


def _area(text: str) -> dict[str, Any]:
    """As it was said: ``6.5`` and ``6亩5分`` in 亩, ``3 公顷`` and ``500 m²`` in their own unit."""
    area = parse_amount(text, usual="亩")
    said = mu(area)
    if said is None:
        raise Refused("{value} is no area; write for example 1.5 亩", value=area.said)
    if not 0 < said <= MOST_MU:
        raise Malformed("an area is above 0 and at most {most} mu", most=MOST_MU)
    value = int(area.value) if area.value == area.value.to_integral_value() else float(area.value)
    return {"value": value, ("unit" if area.unit == "亩" else "uom"): area.unit}


def area_text(master: Mapping[str, Any]) -> str:
    """The area as the form takes it, in the unit it was given in; "" where there is none."""
    area = master.get("suyuan:area")
    if not isinstance(area, Mapping) or hectares_of(area) is None:
        return ""
    number, unit = f"{Decimal(str(area['value'])).normalize():f}", area.get("uom", area.get("unit"))
    return number if unit == "亩" else f"{number} {unit}"


def where_of(given: Mapping[str, str]) -> dict[str, Any]:
    """Outline or position as given, with its datum (docs/decisions/0012-where-a-plot-lies.md)."""
    place = given.get("place", "").strip()
    if not place:
        return {}
    datum = given.get("datum", "")
    if datum not in DATUMS:
        raise Malformed("say in which datum it was measured", path="/datum")
    if place.startswith("{"):
        return {"suyuan:outline": {**_geometry(place), "datum": datum}}
    corners = [_corner(line) for line in re.split(r"[;；\n]", place) if line.strip()]
    if len(corners) == 1:
        latitude, longitude = corners[0]
        return {"suyuan:position": {"lat": latitude, "lon": longitude, "datum": datum}}
    if len(corners) < 3:
        raise Malformed("an outline has at least three corners, a position is one", path="/place")
    ring = [[longitude, latitude] for latitude, longitude in corners]
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    outline = {"type": "Polygon", "coordinates": [ring]}
    if not is_geometry(outline):
        raise Malformed("these corners make no outline", path="/place")
    return {"suyuan:outline": {**outline, "datum": datum}}


def _geometry(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    geometry = found.get("geometry", found) if isinstance(found, dict) else None
    if not isinstance(geometry, dict) or not is_geometry(geometry):
        raise Malformed(
            "this GeoJSON is no Point, Polygon or MultiPolygon in WGS-84", path="/place"
        )
    return {"type": geometry["type"], "coordinates": geometry["coordinates"]}


def _corner(text: str) -> tuple[float, float]:
    fits = _PAIR.fullmatch(text)
    latitude, longitude = (float(fits[1]), float(fits[2])) if fits else (None, None)
    if (
        latitude is None
        or longitude is None
        or not (-90 <= latitude <= 90 and -180 <= longitude <= 180)
    ):
        raise Malformed(
            "{text} is no latitude and longitude, such as 30.101201, 118.900101",
            path="/place",
            text=text.strip()[:40],
        )
    return latitude, longitude


def place_text(master: Mapping[str, Any]) -> tuple[str, str]:
    """Outline or position as it was given, a corner a line, and its datum."""
    outline, position = master.get("suyuan:outline"), master.get("suyuan:position")
    if isinstance(outline, dict):
        given = outline.get("given", {})
        coordinates = given.get("coordinates", outline.get("coordinates"))
        datum = str(given.get("datum", outline.get("datum", "WGS-84")))
        if outline.get("type") == "Polygon" and len(coordinates) == 1:
            ring = coordinates[0]
            closed = ring[:-1] if ring[0] == ring[-1] else ring
            return "\n".join(f"{corner[1]}, {corner[0]}" for corner in closed), datum
        return json.dumps({"type": outline.get("type"), "coordinates": coordinates}), datum
    if isinstance(position, dict):
        told = position.get("given", position)
        return f"{told.get('lat')}, {told.get('lon')}", str(told.get("datum", ""))
    return "", ""

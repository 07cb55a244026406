"""Plots in master data: their areas, and their outlines as GeoJSON geometries (RFC 7946).

The members are described in docs/exports.md. What is not as it should be is named as missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.exports.lineage import Missing
from suyuan.core.master.settle import SAME_AS_WGS84
from suyuan.core.story_values import Names, Said, names_of, number_of, text_of

DECIMALS = 6
"""Of a latitude or longitude, at least: Regulation (EU) 2023/1115, article 2 (28)."""
HECTARES_OF_A_POINT = 4
"""Up to this area one point will do (the same place)."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_MU = Decimal(1) / Decimal(15)
Position = tuple[Decimal, Decimal]
"""Longitude and latitude in degrees, as RFC 7946 §3.1.1 orders them."""
Geometry = dict[str, Any]
"""A GeoJSON Point, Polygon or MultiPolygon whose numbers are Decimals."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot. ``hectares`` and ``geometry`` are None where they are missing or make no sense."""

    id: str
    names: Names | None
    hectares: Decimal | None
    geometry: Geometry | None
    country: str | None
    """ISO 3166-1 alpha-2."""
    missing: tuple[Missing, ...]


def read_plot(uri: str, master: Mapping[str, Any]) -> Plot:
    """A plot from its master data (of a Place, or of a Plot that a Place names)."""
    missing: list[Missing] = []
    hectares = hectares_of(master.get("suyuan:area"))
    if hectares is None:
        missing.append(Missing(uri, "suyuan:area", Said("{of}: no area", of=uri)))
    geometry = geometry_of(master.get("suyuan:outline")) or _point(master.get("suyuan:position"))
    missing += _short(uri, geometry, hectares, given=_gave_place(master))
    return Plot(
        uri,
        names_of(master.get("name")),
        hectares,
        geometry,
        country_of(master),
        tuple(missing),
    )


def hectares_of(area: object) -> Decimal | None:
    """``{"value": 3.2, "uom": "HAR"}`` (UN/CEFACT code) or ``{"value": 48, "unit": "亩"}``."""
    if not isinstance(area, dict):
        return None
    value, unit = number_of(area.get("value")), area.get("uom", area.get("unit"))
    if value is None or value <= 0 or not isinstance(unit, str):
        return None
    if unit == "亩":
        return Decimal(str(value)) * _MU
    square_metres, base = in_base_unit(Decimal(str(value)), unit)
    return square_metres / 10_000 if base == "MTK" else None


def country_of(master: Mapping[str, Any]) -> str | None:
    """``suyuan:country``: ISO 3166-1 alpha-2, in capitals."""
    country = text_of(master.get("suyuan:country"))
    return country if country and _COUNTRY.fullmatch(country) else None


def is_geometry(given: object) -> bool:
    """Whether this is a GeoJSON Point, Polygon or MultiPolygon that a map can draw."""
    return geometry_of(given) is not None


def is_position(given: object) -> bool:
    """Whether this is a latitude and a longitude with a datum that is WGS-84's."""
    return _point(given) is not None


def _gave_place(master: Mapping[str, Any]) -> bool:
    return "suyuan:outline" in master or "suyuan:position" in master


def _short(
    uri: str, geometry: Geometry | None, hectares: Decimal | None, *, given: bool
) -> Iterator[Missing]:
    """What the regulation asks of a geometry beyond its shape."""
    if geometry is None:
        said = (
            Said("{of}: its outline is no Point, Polygon or MultiPolygon in WGS-84", of=uri)
            if given
            else Said("{of}: neither outline nor position", of=uri)
        )
        yield Missing(uri, "suyuan:outline", said)
        return
    if geometry["type"] == "Point" and hectares is not None and hectares > HECTARES_OF_A_POINT:
        yield Missing(
            uri,
            "suyuan:outline",
            Said(
                "{of}: a point, but above {most} ha an outline is asked for",
                of=uri,
                most=HECTARES_OF_A_POINT,
            ),
        )
    digits = max(_decimals(number) for place in _positions(geometry) for number in place)
    if digits < DECIMALS:
        yield Missing(
            uri,
            "suyuan:outline",
            Said(
                "{of}: given to {digits} decimals of a degree; {least} are asked for",
                of=uri,
                digits=digits,
                least=DECIMALS,
            ),
        )


def _positions(geometry: Geometry) -> Iterator[Position]:
    if geometry["type"] == "Point":
        yield geometry["coordinates"]
        return
    polygons = geometry["coordinates"]
    for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
        for ring in polygon:
            yield from ring


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _point(position: object) -> Geometry | None:
    """``{"lat": …, "lon": …, "datum": "WGS-84"}``; without a datum it may be half a kilometre off."""
    if not isinstance(position, dict) or _datum(position) not in SAME_AS_WGS84:
        return None
    place = _position([position.get("lon"), position.get("lat")])
    return {"type": "Point", "coordinates": place} if place else None


def geometry_of(given: object) -> Geometry | None:
    """A GeoJSON geometry with closed rings, wound as RFC 7946 §3.1.6 says; None for any other."""
    if not isinstance(given, dict) or _datum({"datum": "WGS-84", **given}) not in SAME_AS_WGS84:
        return None
    kind, inner = given.get("type"), given.get("coordinates")
    if kind == "Point":
        place = _position(inner)
        return {"type": kind, "coordinates": place} if place else None
    if kind == "Polygon":
        polygon = _polygon(inner)
        return {"type": kind, "coordinates": polygon} if polygon else None
    if kind == "MultiPolygon" and isinstance(inner, list) and inner:
        polygons = [_polygon(item) for item in inner]
        return {"type": kind, "coordinates": polygons} if all(polygons) else None
    return None


def _datum(given: Mapping[str, Any]) -> str:
    datum = given.get("datum")
    return datum if isinstance(datum, str) else ""


def _polygon(given: object) -> list[list[Position]] | None:
    if not isinstance(given, list) or not given:
        return None
    rings = [_ring(ring, outer=number == 0) for number, ring in enumerate(given)]
    found = [ring for ring in rings if ring is not None]
    return found if len(found) == len(rings) else None


def _ring(given: object, *, outer: bool) -> list[Position] | None:
    """Closed, four positions or more, an area within; the outer one counterclockwise."""
    if not isinstance(given, list):
        return None
    places = [_position(item) for item in given]
    ring = [place for place in places if place is not None]
    if len(ring) < len(places) or not ring:
        return None
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    # Twice the signed area in the plane of longitude and latitude, from a corner of the plot.
    (x0, y0) = ring[0]
    turn = sum(
        ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) for (x1, y1), (x2, y2) in pairwise(ring)
    )
    if len(ring) < 4 or turn == 0:
        return None
    return ring if (turn > 0) == outer else ring[::-1]


def _position(given: object) -> Position | None:
    """Longitude and latitude within their bounds; a height is left out."""
    if not isinstance(given, list) or len(given) < 2:
        return None
    lon, lat = number_of(given[0]), number_of(given[1])
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return None
    return _padded(lon), _padded(lat)


def _padded(number: float) -> Decimal:
    """With all its decimals, and with six at least: the form that the regulation's system reads."""
    exact = Decimal(str(number))
    return exact if _decimals(exact) >= DECIMALS else exact.quantize(Decimal(1).scaleb(-DECIMALS))

"""Where a thing lies, in degrees: found in master data wherever somebody says it.

It is private (docs/decisions/0012-where-a-plot-lies.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.core.strict_json import pointer_token

_NAMES = frozenset({"suyuan:outline", "suyuan:position"})
_GEOMETRIES = frozenset({
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon",
})  # fmt: skip
_PAIRS = (
    {"lat", "lon"}, {"lat", "lng"}, {"lat", "long"}, {"latitude", "longitude"}, {"纬度", "经度"},
)  # fmt: skip


def whereabouts(value: Any, at: str = "") -> Iterator[str]:
    """JSON pointers of all that says where something lies: our own members, GeoJSON geometries,
    latitude and longitude side by side, ``geo:`` URIs (RFC 5870)."""
    if isinstance(value, Mapping):
        if _is_place(value):
            yield at
            return
        for name, inner in value.items():
            here = f"{at}/{pointer_token(name)}"
            if name in _NAMES:
                yield here
            else:
                yield from whereabouts(inner, here)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from whereabouts(inner, f"{at}/{number}")
    elif isinstance(value, str) and value[:4].lower() == "geo:":
        yield at


def _is_place(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and kind in _GEOMETRIES and "coordinates" in value:
        return True
    # As schema:latitude, geo:lat and Latitude are written, too.
    names = {name.rsplit(":", 1)[-1].rsplit("/", 1)[-1].lower() for name in value}
    return any(pair <= names for pair in _PAIRS)

"""GCJ-02, the datum of maps published in China, and WGS-84: off by 350 to 660 m.

The shift is a polynomial with sines over the ellipsoid of Krasovsky 1940. It was never published
officially; it is known by its effect, to better than a metre. Outside of its rectangle it is nothing.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt

_SEMI_MAJOR = 6_378_245.0
"""Metres."""
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_LONGITUDES = (72.004, 137.8347)
_LATITUDES = (0.8293, 55.8271)
_ENOUGH = 1e-10
"""Degrees: a hundredth of a millimetre."""


def to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Latitude and longitude in GCJ-02 of a place in WGS-84, in degrees."""
    if not (_LATITUDES[0] <= lat <= _LATITUDES[1] and _LONGITUDES[0] <= lon <= _LONGITUDES[1]):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    phi = lat / 180 * pi
    flat = 1 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian = _SEMI_MAJOR * (1 - _ECCENTRICITY_SQUARED) / (flat * sqrt(flat)) * pi / 180
    parallel = _SEMI_MAJOR / sqrt(flat) * cos(phi) * pi / 180
    return lat + north / meridian, lon + east / parallel


def from_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Latitude and longitude in WGS-84 of a place in GCJ-02, in degrees.

    The shift changes slowly, so taking it off where one believes to be comes closer each time.
    """
    found = lat, lon
    for _ in range(20):
        there = to_gcj02(*found)
        north, east = lat - there[0], lon - there[1]
        found = found[0] + north, found[1] + east
        if max(abs(north), abs(east)) < _ENOUGH:
            break
    return found

"""Plots as a drawing: north up, in proportion, names as text."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

from suyuan.web.desk.sketch import sketch


def square(west: float, south: float, size: float) -> dict[str, Any]:
    corners = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    return {
        "type": "Polygon",
        "coordinates": [
            [[Decimal(str(west + x * size)), Decimal(str(south + y * size))] for x, y in corners]
        ],
    }


def places(svg: str) -> list[list[tuple[float, float]]]:
    found = re.findall(r'points="([^"]+)"', svg)
    pairs = [[pair.split(",") for pair in one.split()] for one in found]
    return [[(float(x), float(y)) for x, y in one] for one in pairs]


def test_north_is_up_and_east_is_right() -> None:
    drawn = sketch([("/a", "南", square(0, 0, 1)), ("/b", "北", square(2, 2, 1))], "地")
    south, north = places(drawn)
    assert max(y for _, y in north) < min(y for _, y in south)
    assert min(x for x, _ in north) > max(x for x, _ in south)


def test_a_degree_of_longitude_is_shorter_in_the_north() -> None:
    (there,) = places(sketch([("/a", "x", square(100, 59.5, 1))], "x"))
    wide = max(x for x, _ in there) - min(x for x, _ in there)
    high = max(y for _, y in there) - min(y for _, y in there)
    assert abs(wide / high - 0.5) < 0.01


def test_names_are_text_whatever_they_are() -> None:
    point = {"type": "Point", "coordinates": [Decimal("118.9"), Decimal("30.1")]}
    multi = {"type": "MultiPolygon", "coordinates": [square(118, 30, 1)["coordinates"]]}
    drawn = sketch([("/a?x=1&y=2", '<script>"&', point), ("/b", "b", multi)], '"<')
    root = ET.fromstring(drawn)
    assert root.attrib["aria-label"] == '"<'
    assert [link.attrib["aria-label"] for link in root] == ['<script>"&', "b"]
    assert "<script>" not in drawn


def test_nothing_to_draw_is_nothing() -> None:
    assert sketch([], "x") == ""

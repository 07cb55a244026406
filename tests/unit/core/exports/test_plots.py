"""Plots as master data gives them: areas, outlines, decimals, and what is missing."""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.exports.eudr import to_text
from suyuan.core.exports.plots import hectares_of, read_plot

URI = "https://id.gs1.org/414/9521234000112/254/P1"
RING = [[118.9001011, 30.1012011], [118.9031, 30.1012], [118.9031, 30.1032], [118.9001, 30.1032]]
AREA = {"value": 6.4, "uom": "HAR"}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def plot(**members: Any) -> Any:
    return read_plot(URI, {f"suyuan:{name}": value for name, value in members.items()})


def lacks(**members: Any) -> list[str]:
    return [one.said.template for one in plot(**members).missing]


def turn(ring: list[Any]) -> Decimal:
    return sum((a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)), Decimal(0))


@pytest.mark.parametrize(
    ("area", "hectares"),
    [
        ({"value": 3.2, "uom": "HAR"}, "3.2"),
        ({"value": 15, "unit": "亩"}, "1"),
        ({"value": 25000, "uom": "MTK"}, "2.5"),
        ({"value": 3, "uom": "KGM"}, None),
        ({"value": 0, "uom": "HAR"}, None),
        ({"value": True, "uom": "HAR"}, None),
        ({"value": 3}, None),
        (3, None),
    ],
)
def test_areas_are_told_in_hectares(area: object, hectares: str | None) -> None:
    told = hectares_of(area)
    assert (None if told is None else round(told, 9)) == (hectares and Decimal(hectares))


def test_an_open_clockwise_outline_is_closed_and_turned() -> None:
    told = plot(area=AREA, outline=polygon(RING[::-1])).geometry
    (ring,) = told["coordinates"]
    assert ring[0] == ring[-1]
    assert len(ring) == 5
    assert turn(ring) > 0


def test_a_hole_is_clockwise() -> None:
    hole = [[118.9011, 30.1015], [118.9021, 30.1015], [118.9021, 30.1022], [118.9011, 30.1015]]
    outer, inner = plot(area=AREA, outline=polygon(RING, hole)).geometry["coordinates"]
    assert turn(outer) > 0 > turn(inner)


def test_every_part_of_a_plot_in_parts_is_kept() -> None:
    away = [[x + 1, y] for x, y in RING]
    given = {"type": "MultiPolygon", "coordinates": [[RING], [away]]}
    assert len(plot(area=AREA, outline=given).geometry["coordinates"]) == 2


def test_decimals_are_kept_and_filled_up_to_six() -> None:
    text = to_text(plot(area=AREA, outline=polygon(RING)).geometry)
    assert "[118.9001011,30.1012011],[118.903100,30.101200]" in text
    assert json.loads(text)["coordinates"][0][1] == [118.9031, 30.1012]


def test_a_point_will_do_up_to_four_hectares() -> None:
    point = {"type": "Point", "coordinates": [118.900101, 30.101201]}
    assert lacks(area={"value": 4, "uom": "HAR"}, outline=point) == []
    (said,) = lacks(area={"value": 4.01, "uom": "HAR"}, outline=point)
    assert "above {most} ha" in said


def test_a_position_counts_only_with_its_datum() -> None:
    place = {"lat": 30.1012011, "lon": 118.9001011}
    small = {"value": 1, "uom": "HAR"}
    told = plot(area=small, position={**place, "datum": "WGS-84"})
    assert told.geometry == {
        "type": "Point",
        "coordinates": (Decimal("118.9001011"), Decimal("30.1012011")),
    }
    assert told.missing == ()
    for datum in ({}, {"datum": "GCJ-02"}):
        assert plot(area=small, position={**place, **datum}).geometry is None


def test_few_decimals_are_told() -> None:
    point = {"type": "Point", "coordinates": [118.9, 30.1012]}
    (one,) = plot(area={"value": 1, "uom": "HAR"}, outline=point).missing
    assert one.said.params == {"of": URI, "digits": 4, "least": 6}


@pytest.mark.parametrize(
    "outline",
    [
        polygon(RING[:2]),
        polygon([[1, 1], [2, 2], [3, 3], [1, 1]]),
        polygon([[181, 1], [2, 2], [3, 1]]),
        polygon([[30, 91], [2, 2], [3, 1]]),
        polygon([["118", "30"], [2, 2], [3, 1]]),
        polygon(RING, [[1]]),
        polygon(),
        {"type": "LineString", "coordinates": RING},
        {"type": "MultiPolygon", "coordinates": []},
        RING,
        "POLYGON((1 1))",
    ],
)
def test_what_is_no_outline_is_told(outline: object) -> None:
    told = plot(area=AREA, outline=outline)
    assert told.geometry is None
    assert [one.said.template for one in told.missing] == [
        "{of}: its outline is no Point, Polygon or MultiPolygon in WGS-84"
    ]


def test_a_plot_without_anything_misses_area_and_outline() -> None:
    assert [one.member for one in plot().missing] == ["suyuan:area", "suyuan:outline"]


_json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.sampled_from(["Point", "Polygon", "MultiPolygon"]), _json, _json, _json)
def test_no_master_data_breaks_it(kind: str, coordinates: Any, area: Any, country: Any) -> None:
    told = plot(
        outline={"type": kind, "coordinates": coordinates},
        area={"value": area, "uom": "HAR"},
        position=area,
        country=country,
    )
    json.loads(to_text(told.geometry))

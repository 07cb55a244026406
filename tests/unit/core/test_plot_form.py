"""A plot as it is typed: what it becomes, and that it is typed the same way again."""

from __future__ import annotations

import json
from math import cos, radians, sin
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Many, Refused
from suyuan.core.exports.plots import hectares_of, read_plot
from suyuan.core.master.check import check_master
from suyuan.core.plot_form import area_text, place_text, plot_of

GIVEN = {"name": " 前山坡  一号 ", "village": "石桥村", "crop": "山核桃", "area": "6.5"}


def test_what_is_typed_becomes_master_data() -> None:
    assert plot_of(GIVEN) == {
        "name": "前山坡 一号",
        "suyuan:village": "石桥村",
        "suyuan:crop": "山核桃",
        "suyuan:area": {"value": 6.5, "unit": "亩"},
    }


@pytest.mark.parametrize(
    ("typed", "area"),
    [
        (" 7 亩", {"value": 7, "unit": "亩"}),
        ("6亩5分", {"value": 6.5, "unit": "亩"}),
        ("０．５", {"value": 0.5, "unit": "亩"}),
        ("3公顷", {"value": 3, "uom": "HAR"}),
        ("0.2 ha", {"value": 0.2, "uom": "HAR"}),
        ("500平方米", {"value": 500, "uom": "MTK"}),
        ("500 m²", {"value": 500, "uom": "MTK"}),
    ],
)
def test_an_area_is_read_in_every_unit_and_typed_the_same_way_again(
    typed: str, area: dict[str, Any]
) -> None:
    master = plot_of({**GIVEN, "area": typed})
    assert master["suyuan:area"] == area
    assert plot_of({**GIVEN, "area": area_text(master)}) == master
    assert check_master({"id": "https://x.example/plot/1", "type": "Plot", **master}) is not None


def test_a_pen_needs_no_area_and_what_is_no_area_is_told_at_the_field() -> None:
    assert "suyuan:area" not in plot_of({**GIVEN, "area": " "})
    assert area_text({}) == ""
    for wrong in ("30 斤", "0", "-1", "200000", "大"):
        with pytest.raises(Refused) as caught:
            plot_of({**GIVEN, "area": wrong})
        assert caught.value.path == "/area"


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(Many) as caught:
        plot_of({"name": "", "village": "x" * 81, "area": "1e9", "place": "1, 2", "datum": "?"})
    assert [one.path for one in caught.value.errors] == ["/village", "/name", "/area", "/datum"]


@given(
    st.sets(st.integers(0, 359), min_size=3, max_size=8),
    st.floats(18, 53, allow_nan=False),
    st.floats(74, 134, allow_nan=False),
)
def test_an_outline_is_typed_the_same_way_again(
    angles: set[int], latitude: float, longitude: float
) -> None:
    corners = [
        (latitude + sin(radians(angle)) / 100, longitude + cos(radians(angle)) / 100)
        for angle in sorted(angles)
    ]
    typed = "\n".join(f"{lat:.6f}, {lon:.6f}" for lat, lon in corners)
    given = {**GIVEN, "place": typed, "datum": "WGS-84"}
    master = {"id": "https://x.example/plot/1", "type": "Plot", **plot_of(given)}
    # Of the area typed they know nothing: that is the record's check, not the form's.
    assert [one for one in check_master(master) if "{stated}" not in one.message] == []
    assert read_plot("x", master).geometry is not None
    again = plot_of({**given, "place": place_text(master)[0]})
    assert again["suyuan:outline"] == master["suyuan:outline"]


def test_a_position_keeps_its_datum() -> None:
    master = plot_of({**GIVEN, "place": "30.101201，118.900101", "datum": "CGCS2000"})
    assert master["suyuan:position"] == {
        "lat": 30.101201,
        "lon": 118.900101,
        "datum": "CGCS2000",
    }
    assert place_text(master) == ("30.101201, 118.900101", "CGCS2000")
    assert hectares_of(master["suyuan:area"]) is not None


def test_geojson_is_taken_with_or_without_its_feature() -> None:
    ring = [[[118.9, 30.1], [118.91, 30.1], [118.91, 30.11], [118.9, 30.1]]]
    shape = {"type": "Polygon", "coordinates": ring}
    for text in (shape, {"type": "Feature", "geometry": shape, "properties": {}}):
        master = plot_of({**GIVEN, "place": json.dumps(text), "datum": "WGS-84"})
        assert master["suyuan:outline"] == {**shape, "datum": "WGS-84"}
    for wrong in ("{", "{}", '{"geometry": 1}', '{"type": "LineString", "coordinates": []}'):
        with pytest.raises(Refused) as caught:
            plot_of({**GIVEN, "place": wrong, "datum": "WGS-84"})
        assert caught.value.path == "/place"


def test_nothing_typed_is_nothing_known() -> None:
    assert place_text({}) == ("", "")

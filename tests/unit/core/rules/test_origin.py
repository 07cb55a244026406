"""Rule 10: plots in the area, the authorisation on that day."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from cases import COOP, PLOT, RAW, SEASON, case, deed, item, lot, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.case import Case
from suyuan.core.rules.origin import origins
from suyuan.core.rules.shapes import area_of_wkt, inside

BRAND = "https://trace.example.com/brand/hickory"
SQUARE = [[118.0, 30.0], [119.0, 30.0], [119.0, 31.0], [118.0, 31.0], [118.0, 30.0]]
WKT = "POLYGON((118 30, 119 30, 119 31, 118 31, 118 30))"
AREA = {"type": "Polygon", "coordinates": [SQUARE]}


def harvested(
    plot: dict[str, Any],
    grant: dict[str, Any] | None = None,
    day: str = "2026-09-10",
    *,
    boundary: Any = None,
    counties: Any = None,
) -> Case:
    granted = {"organisation": COOP, "from": "2026-01-01", "to": "2026-12-31", **(grant or {})}
    area = {"suyuan:boundary": boundary} if boundary else {}
    area |= {"suyuan:counties": counties} if counties else {}
    masters = {
        RAW: {"type": "Product", "suyuan:indication": BRAND},
        BRAND: {"type": "Brand", "suyuan:authorisations": [granted]} | area,
        PLOT: {"type": "Place", **plot},
    }
    done = deed("harvest", day, season=SEASON, plots=[PLOT], outputs=[item(lot(RAW, "L1"), 500)])
    return case([done], "hickory", masters=masters)


def at(lat: float, lon: float) -> dict[str, Any]:
    return {"suyuan:position": {"lat": lat, "lon": lon, "datum": "WGS-84"}}


@pytest.mark.parametrize(
    ("plot", "verdict"),
    [
        (at(30.5, 118.5), "pass"),
        (at(30.0, 118.0), "pass"),
        (at(31.5, 118.5), "block"),
        ({}, "unknown"),
    ],
)
def test_plots_by_their_position(plot: dict[str, Any], verdict: str) -> None:
    assert only(origins(harvested(plot, boundary=WKT)), "area").verdict == verdict


def test_a_plot_that_lies_partly_outside_is_outside() -> None:
    ring = [[118.5, 30.5], [119.5, 30.5], [119.5, 30.6], [118.5, 30.5]]
    plot = {"suyuan:outline": {"type": "Polygon", "coordinates": [ring]}}
    assert only(origins(harvested(plot, boundary=WKT)), "area").verdict == "block"


@pytest.mark.parametrize(
    ("code", "verdict"), [("330185", "pass"), ("330112", "pass"), ("330127", "block")]
)
def test_counties_by_their_codes_of_any_time(code: str, verdict: str) -> None:
    found = origins(harvested({"suyuan:county": {"code": code}}, counties=["330112"]))
    assert only(found, "area").verdict == verdict


@pytest.mark.parametrize(
    ("grant", "day", "verdict"),
    [({}, "2026-09-10", "pass"), ({}, "2027-01-01", "block"),
     ({"organisation": "https://x.example"}, "2026-09-10", "block"),
     ({"products": []}, "2026-09-10", "block"),
     ({"volume": {"value": 499, "uom": "KGM"}}, "2026-09-10", "block"),
     ({"volume": {"value": 0.5, "uom": "TNE"}}, "2026-09-10", "pass")],
)  # fmt: skip
def test_who_may_use_the_name_when_and_for_how_much(
    grant: dict[str, Any], day: str, verdict: str
) -> None:
    found = origins(harvested({}, grant, day))
    assert only(found, "authorisation").verdict == verdict


def test_products_without_an_indication_are_not_asked() -> None:
    done = deed("harvest", "2026-09-10", season=SEASON, outputs=[item(lot(RAW, "L1"), 500)])
    assert verdicts(origins(case([done]))) == []


@given(st.decimals(117, 120, places=3), st.decimals(29, 32, places=3))
def test_inside_a_square(lon: Decimal, lat: Decimal) -> None:
    assert inside((lon, lat), AREA) is (118 <= lon <= 119 and 30 <= lat <= 31)


def test_areas_as_well_known_text() -> None:
    two = "MULTIPOLYGON(((118 30, 119 30, 119 31, 118 30)),((10 20, 11 20, 11 21, 10 20)))"
    hole = "POLYGON((0 0, 9 0, 9 9, 0 9, 0 0), (3 3, 6 3, 6 6, 3 6, 3 3))"
    found = area_of_wkt(two)
    assert inside((Decimal("118.9"), Decimal("30.5")), found)
    assert inside((Decimal("10.9"), Decimal("20.5")), found)
    assert not inside((Decimal(50), Decimal(25)), found)
    assert inside((Decimal(1), Decimal(1)), area_of_wkt(hole))
    assert not inside((Decimal(5), Decimal(5)), area_of_wkt(hole))
    for wrong in ("", "POINT(1 2)", "POLYGON", "POLYGON((1 2))", "POLYGON((a b, c d))", 5, AREA):
        assert area_of_wkt(wrong) is None


def test_a_place_whose_plots_lie_in_records_of_their_own() -> None:
    apart = "https://trace.example.com/plot/1"
    known = harvested({"suyuan:plots": [apart]}, boundary=WKT)
    outside = {**known.masters, apart: {"type": "Plot", **at(31.5, 118.5)}}
    within = {**known.masters, apart: {"type": "Plot", **at(30.5, 118.5)}}
    assert only(origins(replace(known, masters=outside)), "area").verdict == "block"
    assert only(origins(replace(known, masters=within)), "area").verdict == "pass"
    assert only(origins(known), "area").verdict == "unknown"

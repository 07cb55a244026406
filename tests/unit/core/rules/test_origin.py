"""Rule 10: plots in the area, the authorisation on that day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cases import COOP, PLOT, RAW, SEASON, case, deed, item, lot, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.case import Case
from suyuan.core.rules.origin import origins
from suyuan.core.rules.shapes import inside

BRAND = "https://trace.example.com/brand/hickory"
SQUARE = [[118.0, 30.0], [119.0, 30.0], [119.0, 31.0], [118.0, 31.0], [118.0, 30.0]]
AREA = {"type": "Polygon", "coordinates": [SQUARE]}


def harvested(
    plot: dict[str, Any],
    grant: dict[str, Any] | None = None,
    day: str = "2026-09-10",
    *,
    outline: Any = None,
    counties: Any = None,
) -> Case:
    granted = {"organisation": COOP, "from": "2026-01-01", "to": "2026-12-31", **(grant or {})}
    area = {"suyuan:outline": outline} if outline else {}
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
    assert only(origins(harvested(plot, outline=AREA)), "area").verdict == verdict


def test_a_plot_that_lies_partly_outside_is_outside() -> None:
    ring = [[118.5, 30.5], [119.5, 30.5], [119.5, 30.6], [118.5, 30.5]]
    plot = {"suyuan:outline": {"type": "Polygon", "coordinates": [ring]}}
    assert only(origins(harvested(plot, outline=AREA)), "area").verdict == "block"


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

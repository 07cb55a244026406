"""Rule 4: per mu of the season; over warns, over the factor blocks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cases import DRUG, PLOT, SEASON, case, deed, item, label, lot, made_of, only
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Amount
from suyuan.core.rules.case import Case
from suyuan.core.rules.quotas import quotas

MASTERS = {
    DRUG: label(kind="fertiliser", nutrients={"N": 0.15}),
    PLOT: {"type": "Place", "suyuan:area": {"value": 2, "unit": "亩"}},
}


def used(*kilograms: Any, row: dict[str, Any] | None = None, masters: Any = None) -> Case:
    quota = {"crop": "茶", "item": "fertiliser", "perMu": 20, "uom": "KGM", "blockFactor": 1.5}
    quota |= {"source": "县定额", **(row or {})}
    done = [
        deed("applying", f"2026-04-{day:02d}", season=SEASON, plots=[PLOT],
             inputs=[item(lot(DRUG, "F1"), amount)])
        for day, amount in enumerate(kilograms, 1)
    ]  # fmt: skip
    return case(
        done, masters=MASTERS if masters is None else masters, using=made_of(quotas=[quota])
    )


@pytest.mark.parametrize(
    ("kilograms", "verdict"),
    [((40,), "pass"), ((20, 20.1), "warn"), ((60,), "warn"), ((60.1,), "block")],
)
def test_over_the_quota_warns_over_the_factor_blocks(
    kilograms: tuple[float, ...], verdict: str
) -> None:
    assert only(quotas(used(*kilograms)), "quota").verdict == verdict


def test_nutrients_count_by_their_part_of_the_mass() -> None:
    found = only(quotas(used(400, row={"item": "N", "perMu": 30})), "quota")
    assert (found.verdict, found.facts["each"]) == ("pass", Decimal("30"))


def test_an_area_in_square_metres_is_mu() -> None:
    masters = {DRUG: MASTERS[DRUG]}
    done = deed("applying", "2026-04-01", season=SEASON, plots=[PLOT],
                area=Amount(Decimal("1333.33"), "MTK"), inputs=[item(lot(DRUG, "F1"), 40)])  # fmt: skip
    using = made_of(quotas=[{"crop": "茶", "item": DRUG, "perMu": "20", "uom": "KGM"},
                            {"crop": "茶", "item": DRUG, "perMu": 20.01, "uom": "KGM"}])  # fmt: skip
    found = [one.verdict for one in quotas(case([done], masters=masters, using=using))]
    assert found == ["unknown", "pass"]


def test_without_a_quota_or_an_area_it_is_unknown() -> None:
    assert only(quotas(used(40, row={"crop": "水稻"})), "quota").verdict == "unknown"
    assert only(quotas(used(40, masters={DRUG: MASTERS[DRUG]})), "quota").verdict == "unknown"


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6), st.integers(1, 100))
def test_one_more_application_is_never_better(amounts: list[int], more: int) -> None:
    order = ["pass", "warn", "block"]
    before = only(quotas(used(*amounts)), "quota").verdict
    after = only(quotas(used(*amounts, more)), "quota").verdict
    assert order.index(before) <= order.index(after)

"""Rule 3: values as laboratories write them, against limits and editions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from cases import RAW, SEASON, case, deed, item, lot, made_of, only
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.case import Case
from suyuan.core.rules.residues import is_over, residues


def report(day: str = "2026-10-10", using: Any = None, **of_item: Any) -> Case:
    given = {"item": {"zh": "多菌灵", "en": "Carbendazim"}, **of_item}
    done = deed("test", day, season=SEASON, about=[item(lot(RAW, "L1"))], stated={"test": given})
    return case([done], using=using)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [("<0.01", "pass"), ("0.1", "pass"), (0.05, "pass"), ("0.31", "block"), ("未检出", "pass"),
     ("ND", "pass"), ("<0.5", "unknown"), (">0.5", "block"), ("?", "unknown"), (None, "unknown")],
)  # fmt: skip
def test_values_against_a_stated_limit(value: Any, verdict: str) -> None:
    assert only(residues(report(value=value, limit="0.1")), "limit").verdict == verdict


def test_no_limit_is_unknown_and_a_failed_test_blocks_without_one() -> None:
    assert only(residues(report(value="0.31")), "limit").verdict == "unknown"
    assert only(residues(report(value="0.31", result="fail")), "limit").verdict == "block"


@pytest.mark.parametrize(
    ("day", "edition", "verdict"),
    [("2026-03-01", "GB 2763-2026", "pass"), ("2026-03-01", "GB 2763-2021", "warn"),
     ("2026-10-10", None, "unknown")],
)  # fmt: skip
def test_the_edition_in_force_that_day(day: str, edition: str | None, verdict: str) -> None:
    found = only(residues(report(day, value="0", limit="0.1", edition=edition)), "edition")
    assert found.verdict == verdict


def test_an_edition_that_was_not_yet_in_force_is_not_held_against_a_test() -> None:
    found = list(residues(report("2026-02-28", value="0", limit="0.1", edition="GB 2763-2021")))
    assert [one.code for one in found] == ["limit"]


def test_the_table_s_limit_comes_before_the_report_s() -> None:
    using = made_of(
        limits=[
            {"item": "多菌灵", "crops": ["茶叶"], "limit": 0.02, "unit": "mg/kg", "source": "表"}
        ]
    )
    found = only(residues(report(using=using, value="0.05", limit="0.1")), "limit")
    assert found.verdict == "block"
    assert found.basis is not None
    assert found.basis.source.zh == "表"


def limit(crops: list[str], value: float) -> dict[str, Any]:
    return {"item": "多菌灵", "crops": crops, "limit": value, "unit": "mg/kg", "source": "表"}


def test_a_test_of_a_lot_that_names_no_season_is_judged_by_what_the_lot_grew_in() -> None:
    """As the desk's form of tests records it: the lot alone."""
    picked = deed("harvest", "2026-10-01", season=SEASON, outputs=[item(lot(RAW, "L1"))])
    test = {"item": {"zh": "多菌灵", "en": "Carbendazim"}, "value": "0.05"}
    done = deed("test", "2026-10-10", about=[item(lot(RAW, "L1"))], stated={"test": test})
    using = made_of(limits=[limit(["茶叶"], 0.02)])
    assert only(residues(case([picked, done], using=using)), "limit").verdict == "block"
    assert only(residues(case([done], using=using)), "limit").verdict == "unknown"


def test_a_row_for_all_crops_counts_where_none_names_the_crop() -> None:
    using = made_of(limits=[limit(["*"], 0.02)])
    assert only(residues(report(using=using, value="0.05")), "limit").verdict == "block"
    using = made_of(limits=[limit(["*"], 0.02), limit(["茶叶"], 0.1)])
    assert only(residues(report(using=using, value="0.05")), "limit").verdict == "pass"


@given(st.decimals(0, 100, places=3), st.decimals(0, 100, places=3), st.decimals(0, 100, places=3))
def test_more_is_never_better(limit: Decimal, value: Decimal, more: Decimal) -> None:
    assert bool(is_over(str(value), limit)) <= bool(is_over(str(value + more), limit))
    assert is_over(f"<{value}", limit) is not True

"""Amounts in the units that people use, whatever unit sums are made in."""

from __future__ import annotations

from suyuan.core.story_values import Quantity
from suyuan.web.wording import wording


def test_litres_are_told_as_litres_though_sums_are_in_cubic_metres() -> None:
    assert wording("zh").amount(Quantity(0.004, "MTQ")) == "4 升"
    assert wording("en").amount(Quantity(2.5, "MTQ")) == "2.5 m³"

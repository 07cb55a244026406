"""The production record book: amounts as they were said, and as they were converted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import parse_amount
from suyuan.core.sheets.record_book import measured


@pytest.mark.parametrize(
    ("said", "content", "told"),
    [
        ("30 斤", None, "30 斤（15 公斤）"),
        ("3 瓶", Amount(Decimal(100), "MLT"), "3 瓶（300 毫升）"),
        ("3 瓶", None, "3 瓶"),
        ("15 公斤", None, "15 公斤"),
        ("3斤2两", None, "3斤2两（1.6 公斤）"),
    ],
)
def test_an_amount_in_the_record_book_is_as_said_and_as_converted(
    said: str, content: Amount | None, told: str
) -> None:
    assert measured(parse_amount(said, content=content)) == told

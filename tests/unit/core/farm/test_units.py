"""Amounts as people say them."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Refused
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import (
    UNITS,
    as_json,
    mu,
    parse_amount,
    parse_goods,
    parse_number,
    square_metres,
    unit_of,
)
from suyuan.core.jcs import dumps


@pytest.mark.parametrize(
    ("said", "value", "unit"),
    [
        ("30 斤", "15", "KGM"),
        ("30斤", "15", "KGM"),
        ("３０ 斤", "15", "KGM"),
        ("2,000 kg", "2000", "KGM"),
        ("2，000公斤", "2000", "KGM"),
        ("1.5亩", "1.5", "亩"),
        ("5分", "0.5", "亩"),
        ("6亩5分", "6.5", "亩"),
        ("3斤2两", "1.6", "KGM"),
        ("半斤", "0.25", "KGM"),
        ("500 ml", "500", "MLT"),
        ("0.3 L", "0.3", "LTR"),
        ("2 吨", "2", "TNE"),
        ("20平方米", "20", "MTK"),
        ("20 m²", "20", "MTK"),
        ("20 ㎡", "20", "MTK"),
        ("12 头", "12", "H87"),
        ("3 LTR", "3", "LTR"),
        ("4 Bags", "4", "H87"),
        (".5 kg", "0.5", "KGM"),
        ("十瓶", "10", "H87"),
        ("二十五 斤", "12.5", "KGM"),
        ("两百零五斤", "102.5", "KGM"),
        ("一百一十公斤", "110", "KGM"),
        ("两斤", "1", "KGM"),
        ("十两", "0.5", "KGM"),
        ("两两", "0.1", "KGM"),
        ("三斤二两", "1.6", "KGM"),
        ("三千克", "3", "KGM"),
    ],
)
def test_what_people_write(said: str, value: str, unit: str) -> None:
    assert parse_amount(said) == Amount(Decimal(value), unit, said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "an amount and its unit"),
        ("-3 斤", "below zero"),
        ("30", "has no unit"),
        ("约30斤", "is no amount"),
        ("一百五斤", "is no amount"),
        ("两三斤", "is no amount"),
        ("两三袋吧", "is no amount"),
        ("三四斤", "is no amount"),
        ("十", "is no amount"),
        ("两", "is no amount"),
        ("零斤零", "is no amount"),
        ("30 斗", "is no unit that is known"),
        ("3 斤 2 L", "do not belong together"),
        ("3 瓶 2 袋", "do not belong together"),
        ("1e9 kg", "is no amount|is no unit"),
        ("斤", "is no amount"),
        ("0.1234567890123456789 kg", "digits"),
        ("99999999999999999999 kg", "more than can be recorded"),
        ("9" * 25 + " kg", "digits"),
        ("30 斤 30", "is no amount"),
    ],
)
def test_what_is_no_amount_is_refused_in_words(said: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        parse_amount(said)


@pytest.mark.parametrize("said", ["0 斤", "2 亩", "20 m²"])
def test_goods_are_more_than_nothing_and_no_area(said: str) -> None:
    with pytest.raises(Refused, match="a quantity or weight belongs here"):
        parse_goods(said)
    assert parse_goods("30 斤") == parse_amount("30 斤")
    with pytest.raises(Refused, match="below zero"):
        parse_goods("-3 斤")


def test_a_bottle_converts_by_its_content_only() -> None:
    content = Amount(Decimal(200), "MLT")
    assert parse_amount("3 瓶", content=content) == Amount(Decimal(600), "MLT", "3 瓶")
    assert parse_amount("3 瓶") == Amount(Decimal(3), "H87", "3 瓶")
    assert parse_amount("3 斤", content=content).unit == "KGM"


def test_a_number_alone_takes_the_one_unit_it_can_have() -> None:
    assert parse_amount("30", usual="公斤") == Amount(Decimal(30), "KGM", "30")


def test_a_mu_is_ten_thousand_fifteenths_of_a_square_metre() -> None:
    assert square_metres(parse_amount("1 亩")) == Decimal("666.67")
    assert square_metres(parse_amount("15 亩")) == 10_000
    assert square_metres(parse_amount("1 公顷")) == 10_000
    assert mu(parse_amount("1 公顷")) == 15
    assert mu(parse_amount("6.5 亩")) == Decimal("6.5")
    assert square_metres(parse_amount("1 斤")) is None
    assert mu(parse_amount("1 斤")) is None


@given(
    st.sampled_from(sorted(UNITS)),
    st.decimals(min_value="0.001", max_value="99999", places=3, allow_nan=False),
)
def test_what_is_read_is_kept_exactly_in_json(word: str, number: Decimal) -> None:
    read = parse_amount(f"{number:f} {word}")
    assert read.value == number * UNITS[word].factor
    assert Decimal(dumps(as_json(read.value)).decode()) == read.value


@given(st.text(max_size=30))
def test_no_text_makes_it_fall_over(text: str) -> None:
    for read in (parse_amount, parse_number):
        with suppress(Refused):
            read(text)


def test_units_are_found_by_all_their_names() -> None:
    assert {unit_of(name) for name in ("斤", "jin", " 斤 ", "市斤")} == {UNITS["斤"]}
    assert unit_of("斗") is None

"""Names, phones, identity numbers, and the codes that people read to each other."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Many, Refused
from suyuan.core.people import (
    Details,
    account_of,
    check_account,
    code_shown,
    code_typed,
    details_of,
    is_id_number,
    is_weak_pin,
    letters_of,
    masked_name,
    masked_number,
    phone_of,
)

NUMBER = "990101194910010021"
"""Made up: no county has this code; the check is right."""


@pytest.mark.parametrize(
    "text",
    [
        "13900000001",
        " 139 0000 0001",
        "+86 139-0000-0001",
        "0086-13900000001",
        "１３９０００００００１",
    ],
)
def test_one_phone_in_many_writings(text: str) -> None:
    assert phone_of(text) == "13900000001"
    assert account_of(text) == "13900000001"


@pytest.mark.parametrize("text", ["", "12345", "12900000001", "139000000011", "abc", "+0123456"])
def test_no_phone(text: str) -> None:
    assert phone_of(text) is None


def test_other_phones() -> None:
    assert phone_of("0571-63720000") == "057163720000"
    assert phone_of("+44 20 7946 0000") == "+442079460000"


def test_log_in_names() -> None:
    assert check_account(" Wang.Li ") == "wang.li"
    assert check_account("王会计甲") == "王会计甲"
    for wrong in ("", "ab", "1abc", "a b c", "x" * 41, "a@b.example"):
        with pytest.raises(Refused):
            check_account(wrong)


def test_identity_numbers() -> None:
    assert is_id_number(NUMBER)
    for place in range(18):
        other = "1" if NUMBER[place] != "1" else "2"
        assert not is_id_number(NUMBER[:place] + other + NUMBER[place + 1 :])
    assert not is_id_number("990101194913010020")
    assert not is_id_number("")


def test_details_say_which_field_is_wrong() -> None:
    with pytest.raises(Many) as caught:
        details_of({"name": " ", "phone": "12", "village": "x" * 81, "id_number": "1"})
    assert [one.path for one in caught.value.errors] == [
        "/name",
        "/village",
        "/phone",
        "/id_number",
    ]
    with pytest.raises(Refused) as one:
        details_of({"name": "张三", "id_number": NUMBER[:-1] + "0"})
    assert one.value.path == "/id_number"
    given = {"name": " 张  三 ", "phone": "139 0000 0001", "village": "石桥村", "id_number": NUMBER}
    assert details_of(given) == Details("张 三", "13900000001", "石桥村", NUMBER)


def test_what_strangers_see() -> None:
    assert masked_name("张三丰") == "张*"
    assert masked_name("") == ""
    assert masked_number("13900000001") == "*******0001"
    assert masked_number("") == ""


@pytest.mark.parametrize("pin", ["111111", "123456", "654321", "121212", "123123", "112211"])
def test_pins_that_are_guessed_first(pin: str) -> None:
    assert is_weak_pin(pin)


def test_other_pins() -> None:
    assert not is_weak_pin("402917")


def test_each_letter_of_a_code_is_as_likely_as_the_others() -> None:
    counted = Counter(letters_of(bytes(range(256))))
    assert len(counted) == 31
    assert set(counted.values()) == {8}
    assert not set("0O1IL") & set(counted)


@given(st.binary(min_size=30, max_size=30).map(letters_of).filter(lambda text: len(text) >= 10))
def test_a_code_is_read_as_it_was_shown(text: str) -> None:
    code = text[:10]
    assert code_typed(code_shown(code)) == code
    assert code_typed(f" {code_shown(code).lower()} ") == code

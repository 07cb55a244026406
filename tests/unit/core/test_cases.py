"""Cases: their states, their numbers, and what strangers write made plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.cases import STATES, due, may_move, number_of, number_typed, written
from suyuan.core.errors import Refused


def test_a_case_goes_forward_and_ends() -> None:
    assert {(a, b) for a in STATES for b in STATES if may_move(a, b)} == {
        ("received", "looking"), ("received", "answered"), ("received", "closed"),
        ("looking", "answered"), ("looking", "closed"),
        ("answered", "looking"), ("answered", "closed"),
    }  # fmt: skip


def test_a_number_is_read_as_people_type_it() -> None:
    number = number_of("2026-11-26", bytes(range(40, 80)))
    assert number.startswith("20261126-")
    assert len(number) == 14
    for typed in (number, number.lower(), number.replace("-", ""), f" {number} "):
        assert number_typed(typed) == number
    for wrong in ("", "20261126", "x" * 5000, "20261126-7K3M!"):
        with pytest.raises(Refused):
            number_typed(wrong)


@given(st.text(max_size=300))
def test_what_is_written_is_plain_text(text: str) -> None:
    kept = written(text, 300)
    assert kept == written(kept, 300)
    assert all(char in "\n\t" or ord(char) >= 32 for char in kept)
    assert not set(kept) & set("\u202e\u202d\u2066\x7f\x9b")


def test_what_is_too_long_is_refused() -> None:
    assert written(" a\r\nb\r ", 10) == "a\nb"
    with pytest.raises(Refused):
        written("字" * 11, 10)


def test_time_limits_are_days() -> None:
    assert due("2026-11-26T08:00:00.000Z", 15) == "2026-12-11T08:00:00.000Z"

"""Codes of Chinese registers, against real ones and damaged ones."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.codes import is_credit_code

GOOD = "93990101MA27XW2FXK"
LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def test_every_published_and_every_damaged_code() -> None:
    path = shared("data", "cn_code_vectors", "uscc_vectors.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 30
    wrong = [row for row in rows if is_credit_code(row["code"]) != (row["valid"] == "1")]
    assert wrong == []


@given(st.integers(0, 17), st.sampled_from(LETTERS))
def test_no_single_character_can_be_another(place: int, char: str) -> None:
    changed = GOOD[:place] + char + GOOD[place + 1 :]
    assert is_credit_code(changed) == (changed == GOOD)


@pytest.mark.parametrize("text", ["", GOOD[:-1], GOOD + "0", GOOD.lower(), f" {GOOD}", "１" * 18])
def test_other_texts(text: str) -> None:
    assert is_credit_code(GOOD)
    assert not is_credit_code(text)

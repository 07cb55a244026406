"""Codes of Chinese registers, against real ones and damaged ones."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.codes import (
    drug_pack,
    ear_tag,
    is_chinese_gtin,
    is_credit_code,
    is_food_licence,
    pesticide_pack,
    trace_code,
)

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


CHECKS: dict[str, Callable[[str], object]] = {
    "ear_tag_15": ear_tag,
    "pesticide_32": pesticide_pack,
    "vet_drug_24": drug_pack,
    "ean13_cn": is_chinese_gtin,
}


def test_every_other_code_of_the_vectors() -> None:
    path = shared("data", "cn_code_vectors", "other_codes.csv")
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} == set(CHECKS)
    wrong = [row for row in rows if bool(CHECKS[row["kind"]](row["code"])) != (row["valid"] == "1")]
    assert wrong == []


def test_parts_of_the_codes() -> None:
    assert ear_tag("133018500000001") == ("1", "330185", "00000001")
    assert pesticide_pack("11601231001" + "0" * 21) == ("1", "160123", "1", "001", "0" * 21)
    assert drug_pack("202403151234500000000001") == (date(2024, 3, 15), "12345", "00000000001")


@pytest.mark.parametrize(
    "text", ["433011200000001", "033011200000001", "13301120000001", "1330112000000012", "１" * 15]
)
def test_no_ear_tags(text: str) -> None:
    assert ear_tag(text) is None


@pytest.mark.parametrize("text", ["4" + "0" * 31, "1" * 31, "1" * 33, "1" * 31 + "a"])
def test_no_pesticide_packs(text: str) -> None:
    assert pesticide_pack(text) is None


@pytest.mark.parametrize("text", ["202413011234500000000001", "20240230" + "1" * 16, "2" * 23])
def test_no_drug_packs(text: str) -> None:
    assert drug_pack(text) is None


def test_food_licences() -> None:
    assert is_food_licence("SC10133011200018")
    for text in ("SC1013301120001", "sc10133011200018", "10133011200018", "SC10103301120001A"):
        assert not is_food_licence(text)


def test_trace_codes_name_their_base() -> None:
    assert trace_code(GOOD + "20260901A1") == (GOOD, "20260901A1")
    assert trace_code("09521234000044" + "L1") == ("09521234000044", "L1")
    assert trace_code("6901234567892" + "L1") == ("6901234567892", "L1")
    for text in ("", GOOD, "09521234000045L1", "小白菜20260901"):
        assert trace_code(text) is None

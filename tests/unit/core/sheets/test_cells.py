"""Cells as people fill them: days, units in headings, encodings, what looks like a formula."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.sheets.cells import (
    day_and_time,
    guarded,
    heading_of,
    text_of_value,
    unguarded,
)
from suyuan.core.sheets.delimited import sheet_of_csv, text_of_bytes
from suyuan.core.sheets.sheet import MOST_ROWS, letters

TODAY = date(2026, 9, 17)


@pytest.mark.parametrize(
    ("text", "day", "clock"),
    [
        ("2026-9-8", "2026-09-08", ""),
        ("2026年9月8日", "2026-09-08", ""),
        ("2026/9/8 7:30", "2026-09-08", "7:30"),
        ("2026-09-08 00:00:00", "2026-09-08", "00:00"),
        ("２０２６．９．８", "2026-09-08", ""),
        ("20260908", "2026-09-08", ""),
        ("9/8", "2026-09-08", ""),
        ("9月8日", "2026-09-08", ""),
        ("12/31", "2025-12-31", ""),
        ("46273", "2026-09-08", ""),
        ("2026-13-01", "2026-13-01", ""),
        ("next week", "next week", ""),
    ],
)
def test_days_as_they_are_written(text: str, day: str, clock: str) -> None:
    assert day_and_time(text, TODAY) == (day, clock)


def test_a_year_that_the_user_names() -> None:
    assert day_and_time("12/31", TODAY, 2024) == ("2024-12-31", "")


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.sampled_from(["{0.year}-{0.month}-{0.day}",
       "{0.year}年{0.month}月{0.day}日", "{0.year}/{0.month:02d}/{0.day:02d}"]))  # fmt: skip
def test_every_day_in_every_writing(day: date, writing: str) -> None:
    assert day_and_time(writing.format(day), TODAY)[0] == day.isoformat()


@pytest.mark.parametrize(
    ("heading", "bare", "unit"),
    [
        ("面积（亩）", "面积", "亩"),
        ("用量 (毫升)", "用量", "毫升"),
        ("Amount [kg]", "amount", "公斤"),
        ("数量/袋", "数量", "袋"),
        ("日期(年月日)", "日期", None),
        ("用 药\n日期", "用药日期", None),
        ("单价:", "单价", None),
    ],
)
def test_headings_and_their_units(heading: str, bare: str, unit: str | None) -> None:
    assert heading_of(heading) == (bare, unit)


@pytest.mark.parametrize("text", ["=1+1", "+a", "-x", "@cmd", "\tx", "=cmd|' /C calc'!A0"])
def test_what_looks_like_a_formula_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@given(st.text(max_size=20))
def test_guarding_is_undone(text: str) -> None:
    assert guarded(text)[:1] not in ("=", "@", "\t", "\r")
    if not text.startswith("'"):
        assert unguarded(guarded(text)) == text


def test_numbers_are_no_formulas() -> None:
    assert [guarded(text) for text in ("-5", "+3.2", "- 5")] == ["-5", "+3.2", "'- 5"]


def test_values_as_excel_shows_them() -> None:
    # Cells of a workbook have no time zone.
    moments = [datetime.fromisoformat(text) for text in ("2026-09-08", "2026-09-08T07:30:00")]
    values = (None, 3.0, 0.1 + 0.2, True, *moments, 12)
    assert [text_of_value(value) for value in values] == [
        "", "3", "0.3", "是", "2026-09-08", "2026-09-08 07:30", "12",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, mark: str) -> None:
    text = f'# 说明\n日期{mark}备注\r\n2026-9-8{mark}"两行\n的{mark}备注"\n\n2026-9-9{mark}无\n'
    sheet = sheet_of_csv(text.encode(encoding), "表")
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("日期", "备注")),
        (3, ("2026-9-8", f"两行\n的{mark}备注")),
        (6, ("2026-9-9", "无")),
    ]


def test_bytes_of_another_encoding_are_refused_in_words() -> None:
    with pytest.raises(Malformed, match="neither UTF-8 nor GB18030"):
        text_of_bytes("日付,圃場\n".encode("euc-jp") * 3 + b"\xff\xff\xff")
    with pytest.raises(Malformed, match="neither UTF-8"):
        text_of_bytes(bytes(range(256)) * 4)


def test_a_quotation_mark_that_is_not_closed_names_its_row() -> None:
    with pytest.raises(Malformed) as caught:
        sheet_of_csv(b'a,b\n1,2\n3,"4\n5,6\n', "t")
    assert caught.value.params["row"] == 3


def test_more_rows_than_are_taken() -> None:
    with pytest.raises(TooLarge):
        sheet_of_csv(b"a\n" + b"1\n" * (MOST_ROWS + 1), "t")
    assert len(sheet_of_csv(b"a\n" + b"1\n" * MOST_ROWS, "t").rows) == MOST_ROWS + 1


def test_columns_are_named_as_in_excel() -> None:
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip

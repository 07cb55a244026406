"""Workbooks as a spreadsheet program reads them back."""

from __future__ import annotations

import io
from datetime import date, datetime

from openpyxl import load_workbook

from suyuan.adapters.workbook import workbook
from suyuan.core.exports.fsma import Cell


def test_cells_come_back_as_they_were_and_texts_are_never_formulas() -> None:
    rows: list[list[Cell]] = [
        ["=1+1", 2.5, date(2026, 9, 10), None, "a\x00b"],
        ["+1", 3, None, "x", "y" * 40_000],
    ]
    read = load_workbook(io.BytesIO(workbook([("T" * 40, list("ABCDE"), rows)])))
    (sheet,) = read.worksheets
    assert sheet.title == "T" * 31
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:E3"
    assert [cell.value for cell in sheet[1]] == list("ABCDE")
    assert [cell.value for cell in sheet[2]] == ["=1+1", 2.5, datetime(2026, 9, 10), None, "ab"]  # noqa: DTZ001
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert len(sheet["E3"].value) == 32_767

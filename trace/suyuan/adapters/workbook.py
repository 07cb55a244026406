"""Tables as an Office Open XML workbook (.xlsx), through openpyxl."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell as Styled
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from suyuan.core.exports.fsma import Cell
from suyuan.flow.export import Table

_MOST_TITLE = 31
"""Characters of a sheet's title (ECMA-376 part 1, 18.2.19, as Excel holds to it)."""
_MOST_TEXT = 32_767


def workbook(tables: Sequence[Table]) -> bytes:
    """A sheet for each table: headings that stay in view, with a filter to sort by."""
    book = Workbook(write_only=True)
    for title, headings, rows in tables:
        sheet = book.create_sheet(title[:_MOST_TITLE])
        sheet.freeze_panes = "A2"
        last = get_column_letter(len(headings))
        sheet.auto_filter.ref = f"A1:{last}{len(rows) + 1}"
        for number in range(1, len(headings) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = 24
        sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: Cell, *, bold: bool = False) -> Styled:
    """A text is a text, whatever it begins with: nobody puts a formula into what another opens."""
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_MOST_TEXT]
    cell = WriteOnlyCell(sheet)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell

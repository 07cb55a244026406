"""Lists and record books as workbooks: lists to work with, record books to print and sign."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from suyuan.core.errors import TooLarge
from suyuan.core.sheets.lists import Cell, Table
from suyuan.core.sheets.record_book import EMPTY, KEEP, SIGNED, TITLE, Part, Season
from suyuan.core.sheets.written import valued
from suyuan.core.story_values import Said

Word = Callable[[str], str]

_TITLE = 31
_TEXT = 32_767
MOST_ROWS = 1_048_575
"""Beside the headings (ECMA-376 part 1, 18.3.1.73, as Excel holds to it)."""
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))
_LINE = Side(style="thin", color="999999")
_BOX = Border(_LINE, _LINE, _LINE, _LINE)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def workbook_of(tables: Sequence[Table], word: Word) -> bytes:
    """A sheet for each list: headings that stay in view, days that sort as days."""
    book = Workbook(write_only=True)
    for table in tables:
        sheet = book.create_sheet(word(table.title.template)[:_TITLE])
        sheet.freeze_panes = "A2"
        for number in range(1, len(table.headings) + 1):
            sheet.column_dimensions[get_column_letter(number)].width = 20
        heads = []
        for heading in table.headings:
            cell = WriteOnlyCell(sheet, word(heading.template))
            cell.font = Font(bold=True)
            heads.append(cell)
        sheet.append(heads)
        for number, row in enumerate(table.rows, 1):
            if number > MOST_ROWS:
                raise TooLarge("a sheet has at most {most} rows", most=MOST_ROWS)
            cells = []
            for value in row:
                cell = WriteOnlyCell(sheet)
                cell.value = _value(value, word)
                if isinstance(value, (str, Said)):
                    # A text is a text, whatever it begins with.
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _value(cell: Cell, word: Word) -> str | int | float | date | None:
    value = valued(cell, word)
    return ILLEGAL_CHARACTERS_RE.sub("", value)[:_TEXT] if isinstance(value, str) else value


_WIDTHS = (12, 14, 24, 18, 24, 14, 12, 12, 10, 12, 10)


def record_book_of(seasons: Sequence[Season], word: Word) -> bytes:
    """A sheet for each season, on A4 across the page: what the law asks, and lines to sign on."""
    book = Workbook()
    book.remove(book.worksheets[0])
    taken: set[str] = set()
    for season in seasons:
        name = _free(season.name, taken)
        sheet = book.create_sheet(name)
        _season(sheet, season, word)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _free(name: str, taken: set[str]) -> str:
    base = ILLEGAL_CHARACTERS_RE.sub("", name.translate(_FORBIDDEN)).strip("' ")[:_TITLE] or "-"
    free, number = base, 2
    while free.casefold() in taken:
        free = f"{base[: _TITLE - 4]} {number}"
        number += 1
    taken.add(free.casefold())
    return free


def _season(sheet: Worksheet, season: Season, word: Word) -> None:
    last = len(_WIDTHS)
    for number, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    _across(sheet, 1, word(TITLE.template), last, Font(bold=True, size=16), "center")
    row = 2
    for label, text in season.facts:
        _put(sheet, row, 1, word(label.template), Font(bold=True))
        _across(sheet, row, text, last, Font(), "left", first=2)
        row += 1
    for part in season.parts:
        row = _part(sheet, row + 1, part, word, last)
    row += 1
    _across(
        sheet, row, word(SIGNED.template),
        last, Font(), "left",
    )  # fmt: skip
    setup = sheet.page_setup
    setup.orientation, setup.paperSize = "landscape", "9"  # A4
    setup.fitToWidth, setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    assert sheet.oddFooter is not None
    sheet.oddFooter.center.text = f"{word(KEEP.template)}   &P / &N"
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top = margins.bottom = 0.6


def _part(sheet: Worksheet, row: int, part: Part, word: Word, last: int) -> int:
    _across(sheet, row, word(part.title.template), last, Font(bold=True, size=12), "left")
    row += 1
    for column, heading in enumerate(part.headings, 1):
        _put(sheet, row, column, word(heading.template), Font(bold=True), box=True)
    row += 1
    if not part.rows:
        _put(sheet, row, 1, word(EMPTY.template), Font(italic=True))
        return row + 1
    for cells in part.rows:
        for column, cell in enumerate(cells, 1):
            _put(sheet, row, column, _value(cell, word), Font(), box=True)
        row += 1
    return row


def _across(
    sheet: Worksheet, row: int, text: str, last: int, font: Font, where: str, first: int = 1
) -> None:
    _put(sheet, row, first, ILLEGAL_CHARACTERS_RE.sub("", text)[:_TEXT], font)
    sheet.merge_cells(start_row=row, start_column=first, end_row=row, end_column=last)
    sheet.cell(row, first).alignment = Alignment(horizontal=where, vertical="top", wrap_text=True)


def _put(
    sheet: Worksheet,
    row: int,
    column: int,
    value: str | int | float | date | None,
    font: Font,
    *,
    box: bool = False,
) -> None:
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    cell.font = font
    cell.alignment = _WRAPPED
    if box:
        cell.border = _BOX

"""Tables as an Office Open XML workbook (.xlsx), through openpyxl."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell as Styled
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from suyuan.core.errors import Malformed, Many, Refused, SuyuanError, TooLarge
from suyuan.core.exports.fsma import Cell
from suyuan.core.master.table import masters_of_rows
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


MOST_BYTES = 200_000_000
"""Of an unpacked workbook that is read."""
MOST_ROWS = 20_000


def masters_of_workbook(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Master data of all sheets whose first row names columns (core.master.table)."""
    found: list[tuple[str, dict[str, Any]]] = []
    problems: list[SuyuanError] = []
    for name, rows in _sheets(data):
        try:
            found += masters_of_rows(rows, name)
        except Many as several:
            problems += several.errors
        except Refused as problem:
            problems.append(problem)
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    return found


def rows_of_workbook(data: bytes) -> list[list[Any]]:
    """Rows of the first sheet that says something; none where no sheet does."""
    return next((rows for _, rows in _sheets(data)), [])


def _sheets(data: bytes) -> list[tuple[str, list[list[Any]]]]:
    """Values of all sheets that say something."""
    sheets = []
    with opened(data) as book:
        for sheet in book.worksheets:
            rows = [list(row) for row in islice(sheet.iter_rows(values_only=True), MOST_ROWS + 2)]
            if len(rows) > MOST_ROWS + 1:
                raise TooLarge("a sheet has at most {most} rows", most=MOST_ROWS)
            if any(cell is not None for row in rows for cell in row):
                sheets.append((str(sheet.title), rows))
    return sheets


@contextmanager
def opened(data: bytes, *, values: bool = True) -> Iterator[Workbook]:
    """A workbook to read row by row; Malformed or TooLarge, also for what is found on the way.

    ``values``: of formulas the values that were saved with them, else the formulas.
    """
    if data.startswith(_OLE):
        raise Malformed(
            "this is an old workbook (.xls), or one with a password; in Excel, save it as .xlsx "
            "without a password"
        )
    try:
        _check_parts(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=values)
        try:
            yield book
        finally:
            book.close()
    except (
        zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError,
        OSError, SyntaxError, InvalidFileException, NotImplementedError, zlib.error,
    ) as problem:  # fmt: skip
        raise Malformed("this is no workbook; save it as .xlsx") from problem


_OLE = b"\xd0\xcf\x11\xe0"
_STRINGS = "xl/sharedStrings.xml"
MOST_STRINGS = 64_000_000
"""Bytes of the texts of a workbook: they are in memory all at once, as its rows are not."""


def _check_parts(data: bytes) -> None:
    """No bomb: what is announced is bounded, and zipfile reads no more than is announced."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        if len(parts) > 1_000 or sum(entry.file_size for entry in parts) > MOST_BYTES:
            raise TooLarge("a workbook has at most {most} bytes unpacked", most=MOST_BYTES)
        for entry in parts:
            if entry.filename == _STRINGS and entry.file_size > MOST_STRINGS:
                raise TooLarge(
                    "the texts of a workbook have at most {most} bytes", most=MOST_STRINGS
                )
            if entry.filename.endswith((".xml", ".rels")):
                with packed.open(entry) as part:
                    if b"<!" in part.read(2_000):
                        # No office program writes a document type, and entities are made in one.
                        raise Malformed("this is no workbook; save it as .xlsx")


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

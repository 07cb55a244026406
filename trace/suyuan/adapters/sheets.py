"""A file as it was uploaded, workbook or CSV, to its sheets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from openpyxl import Workbook

from suyuan.adapters.workbook import opened
from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.sheets.cells import text_of_value
from suyuan.core.sheets.delimited import sheet_of_csv
from suyuan.core.sheets.sheet import MOST_COLUMNS, MOST_SHEETS, Sheet, sheet_of

_GRID = 1_048_576
"""Rows of a sheet (ECMA-376 part 1, 18.3.1.73, as Excel holds to it)."""


def read_sheets(name: str, data: bytes) -> list[Sheet]:
    """All sheets that say something; Malformed or TooLarge in words. A workbook is told by its bytes."""
    if not data.strip():
        raise Malformed("{file} is empty", file=name)
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        found = _workbook(data)
    else:
        found = [sheet_of_csv(data, PurePosixPath(name.replace("\\", "/")).stem or "CSV")]
    found = [sheet for sheet in found if sheet.rows]
    if not found:
        raise Malformed("{file} has no rows", file=name)
    return found


def _workbook(data: bytes) -> list[Sheet]:
    found = []
    with opened(data) as book:
        if len(book.worksheets) > MOST_SHEETS:
            raise TooLarge("a workbook has at most {most} sheets", most=MOST_SHEETS)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                found.append(sheet_of(str(sheet.title), _rows(book, str(sheet.title))))
    formulas = _formulas(data)
    if not formulas:
        return found
    return [
        Sheet(sheet.title, sheet.rows, frozenset(_unread(sheet, formulas.get(sheet.title, set()))))
        for sheet in found
    ]


def _rows(book: Workbook, title: str) -> Iterator[tuple[int, list[str]]]:
    sheet = book[title]
    # What a sheet says of its own size is not believed: rows would be filled up to it.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > _GRID:
            raise TooLarge("a sheet has at most {most} rows", most=_GRID)
        yield number, [text_of_value(value) for value in row[:MOST_COLUMNS]]


def _formulas(data: bytes) -> dict[str, set[tuple[int, int]]]:
    """Cells with formulas, by sheet; a second reading, only where there are any."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = [
            n for n in packed.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")
        ]
        if not any(_has_formula(packed, name) for name in names):
            return {}
    found: dict[str, set[tuple[int, int]]] = {}
    with opened(data, values=False) as book:
        for sheet in book.worksheets:
            sheet.reset_dimensions()
            cells = found.setdefault(str(sheet.title), set())
            for number, row in enumerate(sheet.iter_rows(), 1):
                if number > _GRID:
                    break
                cells.update(
                    (number, column)
                    for column, cell in enumerate(row[:MOST_COLUMNS])
                    if cell.data_type == "f"
                )
    return found


def _has_formula(packed: zipfile.ZipFile, name: str) -> bool:
    before = b""
    with packed.open(name) as part:
        while piece := part.read(1 << 20):
            whole = before + piece
            if b"<f>" in whole or b"<f " in whole or b"<f/" in whole:
                return True
            before = piece[-2:]
    return False


def _unread(sheet: Sheet, formulas: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    cells = {row.number: row.cells for row in sheet.rows}
    for number, column in formulas:
        row = cells.get(number)
        if row is not None and (column >= len(row) or not row[column]):
            yield number, column

"""A table as CSV (RFC 4180) that Excel opens as it is: UTF-8 with its mark, and no cell a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date

from suyuan.core.sheets.cells import guarded
from suyuan.core.sheets.lists import Cell, Table
from suyuan.core.story_values import Said

Word = Callable[[str], str]
_PART = 64 * 1024


def csv_of(table: Table, word: Word) -> Iterator[bytes]:
    """The bytes of a table, part by part."""
    made = io.StringIO()
    made.write("\ufeff")
    writer = csv.writer(made)
    writer.writerow([plain(heading, word) for heading in table.headings])
    for row in table.rows:
        writer.writerow([plain(cell, word) for cell in row])
        if made.tell() > _PART:
            yield made.getvalue().encode()
            made.seek(0)
            made.truncate()
    yield made.getvalue().encode()


def plain(cell: Cell, word: Word) -> str:
    """A cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, Said):
        return _said(cell, word)
    if isinstance(cell, date):
        return cell.isoformat()
    return guarded(cell) if isinstance(cell, str) else str(cell)


def valued(cell: Cell, word: Word) -> str | int | float | date | None:
    """A cell as a workbook keeps it: days and numbers as what they are."""
    return _said(cell, word) if isinstance(cell, Said) else cell


def _said(sentence: Said, word: Word) -> str:
    """A sentence in the reader's language, and those within it."""
    filled = {
        name: _said(value, word) if isinstance(value, Said) else value
        for name, value in sentence.params.items()
    }
    return word(sentence.template).format(**filled) if filled else word(sentence.template)

"""A table as it came: sheets of rows of texts, with the numbers that people see beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suyuan.core.errors import TooLarge

MOST_ROWS = 20_000
"""Of one sheet; the rest belongs into another file."""
MOST_COLUMNS = 100
MOST_SHEETS = 40
MOST_TEXT = 4_000
"""Characters of one cell that are kept to be looked at; a form takes fewer."""


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` counts from 1, as the program shows it that the table was made with."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows that say something. ``unread``: cells with a formula and no value, by row and column."""

    title: str
    rows: tuple[Row, ...]
    unread: frozenset[tuple[int, int]] = frozenset()


def sheet_of(
    title: str, rows: Iterable[tuple[int, Sequence[str]]], unread: Iterable[tuple[int, int]] = ()
) -> Sheet:
    """A sheet without its empty rows; TooLarge at the first row that is too many."""
    kept: list[Row] = []
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            if len(kept) > MOST_ROWS:
                raise TooLarge(
                    "sheet {sheet} has more than {most} rows; divide it into several files",
                    sheet=title,
                    most=MOST_ROWS,
                )
            texts = tuple(cell[:MOST_TEXT] for cell in cells[:MOST_COLUMNS])
            kept.append(Row(number, texts))
    return Sheet(title, tuple(kept), frozenset(unread))


_TOTALS = frozenset({"合计", "总计", "小计", "共计", "总数", "total", "totals", "subtotal", "sum"})


def is_total(row: Row) -> bool:
    """Whether a row sums up those above it: its first word says so."""
    first = next((cell.strip() for cell in row.cells if cell.strip()), "")
    return re.sub(r"[\s:：]+", "", first).casefold() in _TOTALS


def letters(column: int) -> str:
    """The name of a column, counted from 0: A, B … Z, AA."""
    name, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        name = chr(ord("A") + place) + name
    return name

"""A table of rules from the rows of a sheet, and back; the first row names the columns.

A cell that holds several texts divides them by 、 or ;. ``source`` and ``name`` may have a column
for each language: ``source_zh``, ``source_en``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from suyuan.core.errors import Malformed, Many, SuyuanError
from suyuan.core.rules.check import MEMBERS_OF, TABLES, check_document

Cell = Any
_LISTS = frozenset({"aliases", "crops", "toxicity", "scope", "ticks", "ticksEn"})
_NUMBERS = frozenset({"limit", "perMu", "blockFactor", "value", "keepMonths"})
_NAMES = frozenset({"source", "name", "note"})
_BETWEEN = re.compile(r"[、;；]")


def table_of_rows(
    table: str, rows: Sequence[Sequence[Cell]], *, edition: str, name: Any = None
) -> dict[str, Any]:
    """A table document; Many names every bad cell by row and column."""
    if table not in TABLES:
        raise Malformed(
            "{name} is not known here; known are {known}",
            path="table", name=table, known=", ".join(TABLES),
        )  # fmt: skip
    head = [str(cell or "").strip() for cell in rows[0]] if rows else []
    known = MEMBERS_OF[table]
    problems: list[SuyuanError] = [
        Malformed(
            "there is no column {name} here; there are {columns}",
            path="row 1", name=cell, columns=", ".join(sorted(known)),
        )
        for cell in head
        if cell and _member(cell) not in known
    ]  # fmt: skip
    if not head:
        problems.append(Malformed("the column {name} is missing", path="row 1", name="source"))
    document: dict[str, Any] = {"type": "suyuan:RuleTable", "table": table, "edition": edition}
    document |= {"name": name} if name else {}
    numbers: list[int] = []
    found: list[dict[str, Any]] = []
    for number, row in enumerate(rows[1:], 2):
        cells = {n: c for n, c in zip(head, row, strict=False) if n and c not in (None, "")}
        if cells:
            numbers.append(number)
            found.append(_row(cells))
    document["rows"] = found
    if not problems:
        problems += [_by_row(one, numbers) for one in check_document(document, {})]
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    return document


def rows_of_table(document: Mapping[str, Any]) -> list[list[Cell]]:
    """A table as the rows of a sheet, which ``table_of_rows`` reads back."""
    rows = [row for row in document.get("rows", ()) if isinstance(row, Mapping)]
    columns: dict[str, None] = {}
    flat: list[dict[str, Cell]] = []
    for row in rows:
        cells: dict[str, Cell] = {}
        for name, value in row.items():
            if isinstance(value, Mapping):
                cells |= {f"{name}_{tongue}": text for tongue, text in value.items()}
            else:
                cells[name] = "、".join(value) if isinstance(value, list) else value
        flat.append(cells)
        columns |= dict.fromkeys(cells)
    return [list(columns), *([cells.get(name) for name in columns] for cells in flat)]


def _member(column: str) -> str:
    name, _, tongue = column.rpartition("_")
    return name if tongue in ("zh", "en") and name in _NAMES else column


def _row(cells: Mapping[str, Cell]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for column, cell in cells.items():
        name = _member(column)
        if name != column:
            made.setdefault(name, {})[column[-2:]] = str(cell).strip()
        elif name in _LISTS:
            made[name] = [part.strip() for part in _BETWEEN.split(str(cell)) if part.strip()]
        elif name in _NUMBERS:
            made[name] = _number(cell)
        elif isinstance(cell, (date, datetime)):
            made[name] = cell.isoformat()[:10]
        else:
            whole = isinstance(cell, float) and cell.is_integer()
            made[name] = str(int(cell) if whole else cell).strip()
    return made


def _number(cell: Cell) -> Any:
    """A number as the sheet has it; a text that is none stays one, and is refused by its place."""
    if not isinstance(cell, str):
        return cell
    try:
        value = float(cell)
    except ValueError:
        return cell
    return int(value) if value.is_integer() else value


def _by_row(problem: SuyuanError, numbers: Sequence[int]) -> SuyuanError:
    """``/rows/3/from`` is row 6, column from, of the sheet."""
    parts = problem.path.split("/")
    if len(parts) > 2 and parts[1] == "rows" and parts[2].isdigit():
        problem.path = f"row {numbers[int(parts[2])]}"
        if len(parts) > 3:
            problem.path += f", column {parts[3]}"
    return problem


__all__ = ["rows_of_table", "table_of_rows"]

"""Rows of a table of rules as people type them, in a sheet or in a form: read, and judged by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.core import jcs
from suyuan.core.errors import Malformed, Refused, SuyuanError
from suyuan.core.rules.check import MOST_ROWS, TABLE, check_document
from suyuan.core.rules.columns import COLUMNS, Column, column_of, read_cell
from suyuan.core.sheets.members import Mistake
from suyuan.core.sheets.sheet import Row, Sheet, letters
from suyuan.core.story_values import Names

_LOOKED_AT = 10
"""First rows of a sheet among which its headings are looked for."""


@dataclass(slots=True)
class Read:
    """What a sheet says; ``wrong`` is empty where all of it can be recorded."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[Mistake] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Of each row, its number in the sheet."""


def read_rows(table: str, sheets: Sequence[Sheet], source: Mapping[str, str]) -> Read:
    """The rows of the first sheet whose headings are this table's. Refused where none is, or it holds
    no row. ``source``: of rows that name none of their own."""
    for sheet in sheets:
        for at, head in enumerate(sheet.rows[:_LOOKED_AT]):
            known = [column_of(table, cell) if cell.strip() else None for cell in head.cells]
            if sum(one is not None for one in known) >= 2:
                return _read(table, sheet, at, known, source)
    raise Refused(
        "no sheet has the headings of this table; they are {columns}",
        columns=_listed(column.names for column in COLUMNS[table]),
    )


def _read(
    table: str,
    sheet: Sheet,
    at: int,
    known: Sequence[Column | None],
    source: Mapping[str, str],
) -> Read:
    head, found = sheet.rows[at], Read()
    found.wrong += _headings(table, sheet, head, known)
    rows = sheet.rows[at + 1 :]
    if not rows:
        raise Refused("there is no row below the headings")
    if len(rows) > MOST_ROWS:
        raise Malformed("a table has at most {most} rows", most=MOST_ROWS)
    seen: dict[bytes, int] = {}
    for row in rows:
        cells = {
            column.name: text
            for column, text in zip(known, row.cells, strict=False)
            if column is not None and text.strip()
        }
        made, wrong = row_of(table, cells)
        if source and not made.get("source"):
            made["source"] = dict(source)
        wrong = [
            *(problem for problem in wrong),
            *(
                Malformed("the formula in this cell has no value; save the file in Excel first").at(
                    column.name
                )
                for place, column in enumerate(known)
                if column is not None and (row.number, place) in sheet.unread
            ),
        ]
        lacking = {problem.path for problem in wrong}
        wrong += [one for one in check_row(table, made) if one.path not in lacking]
        places = {column.name: place for place, column in enumerate(known) if column is not None}
        found.wrong += [_mistake(sheet, head, row, places, one) for one in wrong]
        before = seen.setdefault(jcs.dumps(made), row.number) if not wrong else row.number
        if before != row.number:
            problem = Malformed("this row says the same as row {row}; leave one out", row=before)
            found.wrong.append(Mistake(sheet.title, row.number, "", str(row.number), problem))
        found.rows.append(made)
        found.numbers.append(row.number)
    return found


def row_of(table: str, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[SuyuanError]]:
    """A row from its cells by column, and what cannot stand there, each with its column as path."""
    made: dict[str, Any] = {}
    wrong: list[SuyuanError] = []
    for column in COLUMNS[table]:
        text = cells.get(column.name, "").strip()
        if not text:
            continue
        try:
            value = read_cell(table, column, text)
        except Malformed as problem:
            problem.path = column.name
            wrong.append(problem)
            continue
        if column.tongue is not None:
            made.setdefault(column.member, {})[column.tongue] = value
        else:
            made[column.name] = value
    return made, wrong


def check_row(table: str, row: Mapping[str, Any]) -> list[SuyuanError]:
    """What a row lacks or says wrongly, in the words of its columns; ``path`` is the column."""
    document = {"type": TABLE, "table": table, "edition": "-", "rows": [row]}
    found: dict[str, SuyuanError] = {}
    for problem in check_document(document, {}):
        member = problem.path.removeprefix("/rows/0").strip("/")
        column = _filling(table, member)
        if column is None:
            found.setdefault("", problem)
            continue
        if row.get(member) in (None, "", []):
            said: SuyuanError = Malformed(
                "“{column}” is missing; right is for example {example}",
                column=column.names, example=column.example,
            )  # fmt: skip
        elif member == "to":
            said = Malformed(problem.message)
        else:
            said = Malformed(
                "this cannot stand under “{column}”; right is for example {example}",
                column=column.names, example=column.example,
            )  # fmt: skip
        said.path = column.name
        found.setdefault(column.name, said)
    return list(found.values())


def _filling(table: str, member: str) -> Column | None:
    return next((one for one in COLUMNS[table] if one.path == member), None)


def _headings(table: str, sheet: Sheet, head: Row, known: Sequence[Column | None]) -> list[Mistake]:
    found, before = [], set[str]()
    for place, (cell, column) in enumerate(zip(head.cells, known, strict=True)):
        if not cell.strip():
            continue
        problem: SuyuanError | None = None
        if column is None:
            every = _listed(one.names for one in COLUMNS[table])
            problem = Malformed(
                "there is no column {name} here; there are {columns}",
                name=cell.strip()[:40], columns=every,
            )  # fmt: skip
        elif column.name in before:
            problem = Malformed(
                "{name} stands here twice; leave one of them out", name=cell.strip()
            )
        else:
            before.add(column.name)
        if problem is not None:
            at = f"{letters(place)}{head.number}"
            found.append(Mistake(sheet.title, head.number, cell.strip()[:40], at, problem))
    return found


def _listed(names: Any) -> Names:
    every = list(names)
    return Names("、".join(one.zh for one in every), ", ".join(one.en for one in every))


def _mistake(
    sheet: Sheet, head: Row, row: Row, places: Mapping[str, int], problem: SuyuanError
) -> Mistake:
    place = places.get(problem.path)
    column = head.cells[place].strip() if place is not None and place < len(head.cells) else ""
    at = f"{letters(place)}{row.number}" if place is not None else str(row.number)
    return Mistake(sheet.title, row.number, column, at, problem)


__all__ = ["Read", "check_row", "read_rows", "row_of"]

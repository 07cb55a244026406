"""Rows of a table to EPCIS events, by a mapping that says where each column goes.

A mapping (TOML) has ``columns`` (names, in order; left out: the first row names them), ``comment`` (rows
that begin with it are passed over), ``maps`` (tables of words) and ``event``: an event whose texts hold
``{column}`` or ``{column:filter}`` or ``{column:filter:argument}``. A text that is one hole alone takes
the filter's type, and its member is left out where the cell is empty and the filter is ``optional…``.

Filters: ``text``, ``number``, ``date:+08:00`` (a day, at midnight of that offset), ``map:name``,
``slug`` (fit for a lot number), ``uri`` (percent-encoded), each also as ``optional-…``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from suyuan.core.errors import Malformed, Many, Refused, SuyuanError
from suyuan.core.reasons import of_csv

_HOLE = re.compile(r"\{([^{}:]+)(?::([^{}:]+))?(?::([^{}]*))?\}")
_NOT_LOT = re.compile(r"[^0-9A-Z.-]+")
_FILTERS = frozenset({"text", "number", "date", "map", "slug", "uri"})


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How the rows of one kind of file become events."""

    event: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    comment: str = ""
    maps: Mapping[str, Mapping[str, Any]] | None = None


def parse_mapping(document: Mapping[str, Any]) -> TableMapping:
    """Read a mapping; Malformed for an unknown member, filter or map."""
    unknown = document.keys() - {"columns", "comment", "maps", "event"}
    if unknown or not isinstance(document.get("event"), dict):
        raise Malformed("a mapping has [event], and may have columns, comment and maps")
    mapping = TableMapping(
        document["event"],
        tuple(document.get("columns", ())),
        str(document.get("comment", "")),
        document.get("maps", {}),
    )
    for column, filter_name, argument in _holes(mapping.event):
        plain = (filter_name or "text").removeprefix("optional-")
        if filter_name == "optional":
            plain = "text"
        if plain not in _FILTERS or (plain == "map" and argument not in (mapping.maps or {})):
            raise Malformed(
                "{{{column}:{filter}}} is no filter of a mapping", column=column, filter=filter_name
            )
        if mapping.columns and column not in mapping.columns:
            raise Malformed("the mapping names a column {column} that is not there", column=column)
    return mapping


def _holes(value: Any) -> Iterator[tuple[str, str | None, str | None]]:
    if isinstance(value, str):
        for found in _HOLE.finditer(value):
            yield found[1], found[2], found[3]
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _holes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _holes(inner)


def events_of_table(text: str, mapping: TableMapping) -> list[tuple[str, dict[str, Any]]]:
    """All rows as (``line N``, event); Many, with every bad cell by line and column, or nothing."""
    problems: list[SuyuanError] = []
    events: list[tuple[str, dict[str, Any]]] = []
    columns = list(mapping.columns)
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    skipped = 0
    while mapping.comment and skipped < len(lines) and lines[skipped].startswith(mapping.comment):
        skipped += 1
    reader = csv.reader(lines[skipped:], strict=True)
    start = skipped + 1
    try:
        for row in reader:
            line, start = start, skipped + reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if mapping.comment and row[0].startswith(mapping.comment):
                continue
            if not columns:
                columns = [cell.strip() for cell in row]
                continue
            if len(row) != len(columns):
                problems.append(
                    Malformed(
                        "this row has {found} cells, the table has {wanted} columns",
                        path=f"line {line}",
                        found=len(row),
                        wanted=len(columns),
                    )
                )
                continue
            cells = dict(zip(columns, row, strict=True))
            found = _Row(cells, mapping, f"line {line}", problems).event()
            if found is not None:
                events.append((f"line {line}", found))
    except csv.Error as problem:
        why = of_csv(str(problem))
        problems.append(Malformed("this is no CSV: {why}", path=f"line {start}", why=why))
    if problems:
        raise Many(problems)
    return events


class _Missing:
    """An optional cell that is empty: its member is left out."""


@dataclass(slots=True)
class _Row:
    cells: Mapping[str, str]
    mapping: TableMapping
    where: str
    problems: list[SuyuanError]

    def event(self) -> dict[str, Any] | None:
        before = len(self.problems)
        made = self._fill(self.mapping.event)
        return made if len(self.problems) == before else None

    def _fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            filled = {name: self._fill(inner) for name, inner in value.items()}
            return {name: inner for name, inner in filled.items() if inner is not _Missing}
        if isinstance(value, list):
            return [inner for inner in map(self._fill, value) if inner is not _Missing]
        if not isinstance(value, str):
            return value
        alone = _HOLE.fullmatch(value)
        if alone:
            return self._cell(alone[1], alone[2] or "text", alone[3] or "")
        return _HOLE.sub(lambda hole: self._inside(hole), value)

    def _inside(self, hole: re.Match[str]) -> str:
        found = self._cell(hole[1], hole[2] or "text", hole[3] or "")
        return "" if found is _Missing else str(found)

    def _cell(self, column: str, filter_name: str, argument: str) -> Any:
        optional = filter_name.startswith("optional")
        plain = filter_name.removeprefix("optional").removeprefix("-") or "text"
        try:
            if column not in self.cells:
                raise Malformed("the table has no column {column}", column=column)
            cell = self.cells[column].strip()
            if not cell:
                if optional:
                    return _Missing
                raise Refused("{column} is empty", column=column)
            return self._filtered(cell, column, plain, argument)
        except Refused as problem:
            problem.path = f"{self.where}, {column}"
            self.problems.append(problem)
            return _Missing

    def _filtered(self, cell: str, column: str, plain: str, argument: str) -> Any:
        if plain == "number":
            return number_of(cell)
        if plain == "date":
            try:
                day = date.fromisoformat(cell)
            except ValueError:
                raise Refused("{value} is no day; write it as 2026-09-17", value=cell) from None
            return f"{day.isoformat()}T00:00:00.000{argument or 'Z'}"
        if plain == "map":
            table = (self.mapping.maps or {})[argument]
            if cell not in table:
                raise Refused(
                    "{value} is not in the table {name}: {known}",
                    value=cell,
                    name=argument,
                    known=", ".join(sorted(table)[:12]),
                )
            return table[cell]
        if plain == "slug":
            return _NOT_LOT.sub("-", cell.upper()).strip("-")[:20] or "X"
        if plain == "uri":
            return quote(cell, safe="")
        return cell


def number_of(cell: str) -> int | float:
    """A decimal number as people write it (thousands commas allowed), exact in JSON."""
    plain = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", cell)
    try:
        exact = Decimal(plain)
    except InvalidOperation:
        raise Refused("{value} is no number", value=cell) from None
    if not exact.is_finite():
        raise Refused("{value} is no number", value=cell)
    if exact == exact.to_integral_value() and abs(exact) < 2**53:
        return int(exact)
    near = float(exact)
    if Decimal(repr(near)) != exact:
        raise Refused("{value} has more digits than can be kept exactly", value=cell)
    return near


__all__: Sequence[str] = ["TableMapping", "events_of_table", "number_of", "parse_mapping"]

"""Statement texts with positional parameters, for what goes straight to the driver."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from sqlalchemy import Dialect, Table, Text, bindparam, cast, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY, psycopg

Meeting = Literal["fail", "skip", "add"]
"""A row whose primary key is there: Conflict, nothing, or its last column is added to that one's."""


@cache
def positional(name: str) -> Dialect:
    """The dialect, writing ``?`` (SQLite) or ``%s`` (psycopg)."""
    if name == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    return psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


def insertion(
    name: str, table: Table, rows: Sequence[tuple[Any, ...]], there: Meeting
) -> tuple[str, Any]:
    """Text and arguments that insert full rows, in the order of the table's columns.

    PostgreSQL gets one array a column, in one statement; SQLite's own way is a row at a time.
    """
    if name == "sqlite":
        return _insert_text(name, table, there), list(rows)
    return _insert_text(name, table, there), tuple(map(list, zip(*rows, strict=True)))


@cache
def _insert_text(name: str, table: Table, there: Meeting) -> str:
    statement = (sqlite.insert if name == "sqlite" else postgresql.insert)(table)
    if name != "sqlite":
        columns = [func.unnest(cast(bindparam(c.name), ARRAY(_plain(c.type)))) for c in table.c]
        statement = statement.from_select([c.name for c in table.c], select(*columns))
    if there == "skip":
        statement = statement.on_conflict_do_nothing()
    if there == "add":
        last = list(table.columns)[-1]
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={last.name: last + statement.excluded[last.name]},
        )
    return str(statement.compile(dialect=positional(name)))


def _plain(kind: Any) -> Any:
    """An array has no collation of its own."""
    return Text() if isinstance(kind, Text) else kind

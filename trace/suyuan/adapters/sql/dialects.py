"""Statement texts with positional parameters, for what goes straight to the driver."""

from __future__ import annotations

from functools import cache
from typing import Literal

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg


@cache
def positional(name: str) -> Dialect:
    """The dialect, writing ``?`` (SQLite) or ``%s`` (psycopg)."""
    if name == "sqlite":
        return sqlite.dialect(paramstyle="qmark")
    return psycopg.dialect(paramstyle="format")  # type: ignore[no-untyped-call]


Meeting = Literal["fail", "skip", "add"]
"""A row whose primary key is there: Conflict, nothing, or its last column is added to that one's."""


@cache
def insert_text(name: str, table: Table, there: Meeting) -> str:
    """Insert one full row."""
    statement = (sqlite.insert if name == "sqlite" else postgresql.insert)(table)
    if there == "skip":
        statement = statement.on_conflict_do_nothing()
    if there == "add":
        last = list(table.columns)[-1]
        statement = statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={last.name: last + statement.excluded[last.name]},
        )
    return str(statement.compile(dialect=positional(name)))

"""All rows of a database at one moment, out of one of the two kinds and into an empty one of either.

Tables are taken as the database itself describes them, so that rows of an older revision go back into
tables of that revision, and are brought up to date there like any other database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    func,
    inspect,
    select,
    text,
)

from suyuan.adapters.sql.columns import as_bytes
from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.engines import parse_url
from suyuan.adapters.sql.revision import current, make_private, upgrade
from suyuan.adapters.sql.translate import translated
from suyuan.core.errors import Conflict, Fatal, Malformed

_AT_ONCE = 2000
"""Rows between two looks at the database, and in one insert."""
_VERSION = "alembic_version"
_PASSING = frozenset({"leases"})
"""Who holds what just now: nobody does after a restore."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's name and columns; ``binary`` are the places of those that hold bytes."""

    name: str
    columns: tuple[str, ...]
    binary: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database as it was when this was opened, whatever is written beside."""

    revision: str
    rows: int
    """Of all tables together."""
    _connection: Connection
    _tables: tuple[Table, ...]

    def parts(self) -> Iterator[tuple[Shape, Iterator[Sequence[Any]]]]:
        """Tables, those first that others refer to, each with its rows."""
        for table in self._tables:
            yield _shape(table), self._rows(table)

    def _rows(self, table: Table) -> Iterator[Sequence[Any]]:
        binary = _shape(table).binary
        query = select(table).order_by(*table.primary_key.columns)
        with translated():
            for row in self._connection.execution_options(yield_per=_AT_ONCE).execute(query):
                values = list(row)
                for place in binary:
                    values[place] = as_bytes(values[place])
                yield values


@contextmanager
def snapshot(url: str, *, timeout: float = 60.0) -> Iterator[Snapshot]:
    """Open one; writers go on meanwhile. Fatal for a database without tables."""
    connections = Connections(parse_url(url), timeout)
    try:
        with translated(), connections.readers.connect() as reading:
            # On SQLite a transaction keeps the snapshot of its first read; on PostgreSQL it is asked.
            connection = reading
            if connections.sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection = reading.execution_options(isolation_level="REPEATABLE READ")
            revision = current(connection)
            if revision is None:
                raise Fatal("the database has no tables yet: migrate it first")
            tables = _tables(connection)
            rows = sum(connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables)
            yield Snapshot(revision, rows, connection, tables)
            if connections.sqlite:
                connection.exec_driver_sql("ROLLBACK")
    finally:
        connections.close()


def load(
    url: str,
    revision: str,
    parts: Iterable[tuple[Shape, Iterator[Sequence[Any]]]],
    *,
    timeout: float = 60.0,
) -> int:
    """Fill a database that has no tables yet, and bring it up to date: all or nothing.

    Returns the rows written. Conflict where there are tables already; Malformed for a part that the
    revision does not know. What ``parts`` raises leaves the database as it was.
    """
    parsed = parse_url(url)
    file = Path(parsed.database) if parsed.get_backend_name() == "sqlite" else None  # type: ignore[arg-type]
    new = file is not None and not file.exists()
    if file is not None:
        make_private(file)
    connections = Connections(parsed, timeout)
    try:
        with connections.write("migrate") as connection, translated():
            if current(connection) is not None or inspect(connection).get_table_names():
                raise Conflict("there is a database already; a backup goes into an empty one")
            upgrade(connection, revision)
            count = _fill(connection, parts)
            upgrade(connection, "head")
    except BaseException:
        connections.close()
        if file is not None and new:
            for name in (
                file,
                file.with_name(f"{file.name}-wal"),
                file.with_name(f"{file.name}-shm"),
            ):
                name.unlink(missing_ok=True)
        raise
    connections.close()
    return count


def _fill(connection: Connection, parts: Iterable[tuple[Shape, Iterator[Sequence[Any]]]]) -> int:
    tables = {table.name: table for table in _tables(connection)}
    count = 0
    for shape, rows in parts:
        table = tables.pop(shape.name, None)
        if table is None or {*shape.columns} != {*table.columns.keys()}:
            raise Malformed("the backup's table {name} is not one of its version", name=shape.name)
        pending: list[dict[str, Any]] = []
        for row in rows:
            pending.append(dict(zip(shape.columns, row, strict=True)))
            if len(pending) == _AT_ONCE:
                connection.execute(table.insert(), pending)
                count, pending = count + len(pending), []
        if pending:
            connection.execute(table.insert(), pending)
            count += len(pending)
        if connection.dialect.name == "postgresql":
            _count_on(connection, table)
    if tables:
        raise Malformed("the backup lacks the table {name}", name=min(tables))
    return count


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's own numbering goes on after the rows that brought their numbers along."""
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        names = {"table": table.name, "column": column.name}
        sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), names)
        last = connection.scalar(select(func.max(column)))
        if sequence and last is not None:
            connection.execute(
                text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last}
            )


def _tables(connection: Connection) -> tuple[Table, ...]:
    """Columns and primary keys alone: there are indexes that SQLAlchemy cannot describe."""
    looked, metadata = inspect(connection), MetaData()
    found = []
    for name, _ in looked.get_sorted_table_and_fkc_names():
        if name is None or name in {_VERSION, *_PASSING}:
            continue
        keys = looked.get_pk_constraint(name)["constrained_columns"]
        columns = [
            Column(c["name"], c["type"], primary_key=c["name"] in keys, autoincrement=False)
            for c in looked.get_columns(name)
        ]
        found.append(Table(name, metadata, *columns))
    return tuple(found)


def _shape(table: Table) -> Shape:
    columns = tuple(table.columns)
    return Shape(
        table.name,
        tuple(column.name for column in columns),
        tuple(n for n, column in enumerate(columns) if isinstance(column.type, LargeBinary)),
    )

"""How the two databases are opened: one engine that reads and one that writes.

Readers are in autocommit: each statement is its own transaction and sees whole blocks only, no
snapshot stays open, and no BEGIN or ROLLBACK costs a round trip.
"""

from __future__ import annotations

import time
from sqlite3 import SQLITE_BUSY, OperationalError
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from suyuan.core.errors import Malformed

READERS = 8
"""Connections that read, at most: no method holds one while its caller thinks."""
_READER_CACHE_KIB = 8 * 1024
_WRITER_CACHE_KIB = 48 * 1024
"""The indexes over hashes are written at random places; with fewer pages at hand they are re-read."""
_TURNING = 10.0
"""Seconds to wait for another process that turns a new file to write-ahead logging."""
_CHECKPOINT_PAGES = 8000
"""A page that many blocks write goes from SQLite's log into its file once."""


def parse_url(url: str) -> URL:
    """A URL of one of the two databases, with the driver we use; Malformed for any other."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Malformed("this is no database URL") from error
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise Malformed(
            "a database is sqlite:///FILE or postgresql://…, not {found}", found=parsed.drivername
        )
    if not parsed.database or parsed.database == ":memory:":
        raise Malformed("a SQLite database needs a file: sqlite:///FILE")
    return parsed.set(drivername="sqlite+pysqlite")


def sqlite_engines(url: URL, timeout: float) -> tuple[Engine, Engine]:
    """Readers and the writer of a SQLite file."""
    # In Python 3.11 sqlite3 begins transactions when it thinks fit, or never: never, then, and the
    # writer says BEGIN IMMEDIATE itself, so that it waits for the lock before it has read anything.
    how = {"cached_statements": 256, "timeout": timeout}
    readers = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        hide_parameters=True,  # what people recorded has no place in errors and logs
        connect_args=how,
        **_pool(READERS, timeout),
    )
    writer = create_engine(url, hide_parameters=True, connect_args=how, **_pool(1, timeout))
    event.listen(readers, "connect", _open_sqlite_reader)
    event.listen(writer, "connect", _open_sqlite_writer)
    event.listen(writer, "begin", _begin_immediate)
    return readers, writer


def postgres_engines(url: URL, timeout: float) -> tuple[Engine, Engine]:
    """Readers and writers of a PostgreSQL database."""

    def prepare(connection: Any, _: object) -> None:
        _open_postgres(connection, timeout)

    # Writing, too, each statement sees what was committed before it: what the lock just let through.
    levels = {"AUTOCOMMIT": True, "READ COMMITTED": False}
    readers, writer = (
        create_engine(
            url,
            isolation_level=level,
            skip_autocommit_rollback=reads,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"connect_timeout": max(2, int(timeout))},
            **_pool(READERS, timeout),
        )
        for level, reads in levels.items()
    )
    event.listen(readers, "connect", prepare)
    event.listen(writer, "connect", prepare)
    return readers, writer


def _pool(size: int, timeout: float) -> dict[str, Any]:
    # Last in, first out: the connection used last has the warmest cache.
    return {"pool_size": size, "max_overflow": 0, "pool_timeout": timeout, "pool_use_lifo": True}


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open_sqlite_reader(connection: SqliteConnection, _: object) -> None:
    _set(connection, f"cache_size=-{_READER_CACHE_KIB}", "temp_store=MEMORY")


def _open_sqlite_writer(connection: SqliteConnection, _: object) -> None:
    connection.isolation_level = None
    _write_ahead(connection)
    _set(
        connection,
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten, not only unlinked
        f"cache_size=-{_WRITER_CACHE_KIB}",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
        "temp_store=MEMORY",
    )


def _write_ahead(connection: SqliteConnection) -> None:
    """WAL. Where another one is turning it on at that moment SQLite answers "busy" at once, whatever its
    timeout is: so we wait."""
    deadline = time.monotonic() + _TURNING
    while True:
        try:
            _set(connection, "journal_mode=WAL")
        except OperationalError as problem:
            busy = problem.sqlite_errorcode & 0xFF == SQLITE_BUSY
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _set(connection: SqliteConnection, *pragmas: str) -> None:
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _open_postgres(connection: Any, timeout: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{int(timeout * 1000)}"])
        # Acknowledged means durable, whatever the server's default is.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()

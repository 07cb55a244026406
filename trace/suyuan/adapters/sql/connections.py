"""Connections to one database: readers that never wait, and one writer at a time where need be.

Every read is a transaction of its own, so no method sees half a block, and none holds a snapshot
open. Every write is one transaction, durable when it has ended.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, func, make_url, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from suyuan.adapters.sql.dialects import Meeting, insertion
from suyuan.adapters.sql.translate import translated
from suyuan.core.errors import Fatal, Malformed, Unavailable

READERS = 16
"""Connections for reading, at most; each may cache 2 MB of a SQLite file."""
_SQLITE_WRITER_CACHE_KIB = 48 * 1024
"""The indexes over hashes are written at random places; with fewer pages at hand they are re-read."""
_SQLITE_CHECKPOINT_PAGES = 8000


def parse_url(url: str) -> URL:
    """A URL of one of the two databases; Malformed for any other."""
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


class Connections:
    """``read()`` and ``write()`` are all that the stores need; close() lets go of everything."""

    def __init__(self, url: URL, timeout: float) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        self._timeout = timeout
        self._turn = _Turn()
        self._writing = threading.local()
        if self.sqlite:
            # sqlite3 itself begins no transaction for us; we say BEGIN IMMEDIATE (see below).
            arguments: dict[str, Any] = {"cached_statements": 256, "timeout": timeout}
            self.readers = create_engine(
                url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True,
                connect_args=arguments, **_pool(READERS, timeout),
            )  # fmt: skip
            self.writer = create_engine(url, connect_args=arguments, **_pool(1, timeout))
            event.listen(self.readers, "connect", _open_sqlite_reader)
            event.listen(self.writer, "connect", _open_sqlite_writer)
            event.listen(self.writer, "begin", _begin_immediate)
        else:
            self.readers = create_engine(
                url, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True,
                pool_pre_ping=True, **_pool(READERS, timeout),
            )  # fmt: skip
            # Each statement sees what was committed before it: what the lock has just let through.
            self.writer = create_engine(
                url, isolation_level="READ COMMITTED", pool_pre_ping=True, **_pool(8, timeout)
            )

            def prepare(connection: Any, _: object) -> None:
                _open_postgres(connection, timeout)

            event.listen(self.readers, "connect", prepare)
            event.listen(self.writer, "connect", prepare)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Each statement is a transaction of its own."""
        with translated(), self.readers.connect() as connection:
            yield connection

    @contextmanager
    def write(self, lock: str | None = None) -> Iterator[Connection]:
        """One transaction, committed and on disk when the block ends without an error.

        ``lock``: only one block with this name at a time, over all processes. SQLite has one
        writer anyway. Fatal when this thread is writing already: it would wait for itself.
        """
        if getattr(self._writing, "now", False):
            raise Fatal("a write inside a write would wait for itself for ever")
        turn = self._turn.taken(self._timeout) if self.sqlite else nullcontext()
        with turn:
            self._writing.now = True
            try:
                with translated(), self.writer.begin() as connection:
                    if lock is not None and not self.sqlite:
                        connection.execute(_advisory_lock(lock))
                    yield connection
            finally:
                self._writing.now = False

    def now(self, connection: Connection) -> float:
        """Unix time in seconds, the same clock for all who share the database."""
        if self.sqlite:
            return time.time()
        return float(
            connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one()
        )

    def close(self) -> None:
        self.readers.dispose()
        self.writer.dispose()


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[tuple[Any, ...]],
    *,
    there: Meeting = "fail",
) -> None:
    """Insert full rows, in the order of the table's columns; ``there``: what if one is there already.

    Past SQLAlchemy's handling of each row, which costs more than SQLite's own work.
    """
    if rows:
        connection.exec_driver_sql(*insertion(connection.dialect.name, table, rows, there))


def _pool(size: int, timeout: float) -> dict[str, Any]:
    # Last in, first out: the connection used last has the warmest cache.
    return {
        "pool_size": size, "max_overflow": 0, "pool_timeout": timeout, "pool_use_lifo": True,
    }  # fmt: skip


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _open_sqlite_reader(connection: SqliteConnection, _: object) -> None:
    _sqlite(connection, "foreign_keys=ON", "temp_store=MEMORY")


def _open_sqlite_writer(connection: SqliteConnection, _: object) -> None:
    connection.isolation_level = None
    _sqlite(
        connection,
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what is erased is overwritten, not only unlinked
        f"cache_size=-{_SQLITE_WRITER_CACHE_KIB}",
        f"wal_autocheckpoint={_SQLITE_CHECKPOINT_PAGES}",
        "temp_store=MEMORY",
    )


def _sqlite(connection: SqliteConnection, *pragmas: str) -> None:
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


def _advisory_lock(name: str) -> Any:
    """Held to the end of the transaction; one per schema, so that logs in one database do not meet."""
    return select(
        func.pg_advisory_xact_lock(func.hashtext(name), func.hashtext(func.current_schema()))
    )


class _Turn:
    """A lock that serves in the order of asking: with threading.Lock, a thread that lets go and asks
    again at once wins over those who wait."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._queue: deque[threading.Event] = deque()

    @contextmanager
    def taken(self, timeout: float) -> Iterator[None]:
        with self._guard:
            mine = threading.Event()
            if self._taken:
                self._queue.append(mine)
            else:
                self._taken = True
                mine.set()
        try:
            if not mine.wait(timeout):
                raise Unavailable("the database is busy: no turn to write in {s} s", s=timeout)
            yield
        finally:
            with self._guard:
                if not mine.is_set():
                    self._queue.remove(mine)
                elif self._queue:
                    self._queue.popleft().set()
                else:
                    self._taken = False

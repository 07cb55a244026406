"""Reading and writing one database: every read sees whole blocks, every write is one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.engine import URL

from suyuan.adapters.sql.dialects import Meeting, insertion
from suyuan.adapters.sql.engines import postgres_engines, sqlite_engines
from suyuan.adapters.sql.translate import translated
from suyuan.adapters.sql.turns import Turns
from suyuan.core.errors import Fatal


class Connections:
    """``read()`` and ``write()`` are all that the stores need; close() lets go of everything."""

    def __init__(self, url: URL, timeout: float) -> None:
        self.url = url
        self.sqlite = url.get_backend_name() == "sqlite"
        engines = sqlite_engines if self.sqlite else postgres_engines
        self.readers, self.writer = engines(url, timeout)
        self._timeout = timeout
        self._turns = Turns()
        self._writing = threading.local()

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
        with self._turns.taken(self._timeout) if self.sqlite else nullcontext():
            self._writing.now = True
            try:
                with translated(), self.writer.begin() as connection:
                    if lock is not None and not self.sqlite:
                        connection.execute(_advisory_lock(lock))
                    yield connection
            finally:
                self._writing.now = False

    def now(self, connection: Connection) -> float:
        """Unix time in seconds, by one clock for all who share the database."""
        if self.sqlite:
            return time.time()
        now = connection.execute(text("SELECT extract(epoch FROM clock_timestamp())"))
        return float(now.scalar_one())

    def close(self) -> None:
        self.readers.dispose()
        self.writer.dispose()


def _advisory_lock(name: str) -> Any:
    """Held to the end of the transaction; one per schema, so that logs in one database do not meet."""
    return select(
        func.pg_advisory_xact_lock(func.hashtext(name), func.hashtext(func.current_schema()))
    )


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

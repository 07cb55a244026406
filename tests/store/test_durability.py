"""What "acknowledged" rests on: settings that must not be lost, whoever configured the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import make_url
from store.appending import Draft, append
from store.conftest import run_sql

from suyuan.adapters.sql import migrate, open_database


def test_sqlite_commits_to_disk(sqlite_url: str) -> None:
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 60_000,
    }
    with open_database(sqlite_url) as database, database.connections.write() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted}
    assert found == wanted


@pytest.mark.postgres
def test_postgres_commits_to_disk(new_postgres_database: Callable[[], str]) -> None:
    url = new_postgres_database()
    name = make_url(url).database
    run_sql(
        url,
        f"ALTER DATABASE {name} SET synchronous_commit = off",
        f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'",
    )
    migrate(url)
    with open_database(url) as database:
        append(database, Draft())
        with database.connections.write() as connection:
            found = [
                connection.exec_driver_sql(f"SHOW {name}").scalar_one()
                for name in ("synchronous_commit", "transaction_isolation", "lock_timeout")
            ]
    assert found == ["on", "read committed", "1min"]


def test_connections_are_let_go(url: str) -> None:
    """Closing leaves nothing open: a SQLite file is alone then, without its log."""
    database = open_database(url)
    append(database, Draft())
    database.log.tail()
    database.close()
    assert database.connections.readers.pool.checkedin() == 0  # type: ignore[attr-defined]
    assert database.connections.writer.pool.checkedin() == 0  # type: ignore[attr-defined]

"""What unit tests do without: a disk that has written, hashes that take their time, all migrations for
each new node (tests/store and test_passwords.py try these), and a command line put together each time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from argon2 import PasswordHasher
from typer.main import get_command

from suyuan.adapters.passwords import SlowPasswords
from suyuan.adapters.sql import engines
from suyuan.adapters.sql.engines import parse_url
from suyuan.adapters.sql.revision import migrate


class _QuickPasswords(SlowPasswords):
    def __init__(self) -> None:
        super().__init__()
        self._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


_command = cache(get_command)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all its tables, to be copied."""
    path = tmp_path_factory.mktemp("tables") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module", autouse=True)
def quick(migrated: Path) -> Iterator[None]:
    """Nodes of these tests, for as long as one of them runs."""
    opened = engines._open_sqlite_writer

    def unsynced(connection: Connection, record: object) -> None:
        opened(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    def copied(url: str, **more: Any) -> bool:
        file = parse_url(url).database
        if url.startswith("sqlite") and file is not None and not Path(file).exists():
            shutil.copy(migrated, file)
        return migrate(url, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "_open_sqlite_writer", unsynced)
        patched.setattr("suyuan.bootstrap.migrate", copied)
        patched.setattr("suyuan.bootstrap.SlowPasswords", _QuickPasswords)
        patched.setattr("typer.testing._get_command", _command)
        yield

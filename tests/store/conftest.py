"""Every test that asks for ``stores`` runs on memory, SQLite and PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from memory_store import MemoryDatabase
from sqlalchemy import create_engine, delete, func, select, text
from store.appending import Stores

from suyuan.adapters.sql import Database, migrate, open_database
from suyuan.adapters.sql.tables import records

NewUrl = Callable[[], str]
SQL = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "log.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgres(new_postgres_database: NewUrl) -> str:
    url = new_postgres_database()
    migrate(url)
    return url


def _emptied(url: str) -> str:
    engine = create_engine(url)
    with engine.begin() as connection:
        tables = records.metadata.sorted_tables
        if (connection.scalar(select(func.max(records.c.idx))) or 0) > 5000:
            names = ", ".join(table.name for table in tables)
            connection.execute(text(f"TRUNCATE {names}"))
        for table in reversed(tables):  # far quicker, where there is little
            connection.execute(delete(table))
    engine.dispose()
    return url


def _new_sqlite(template: Path, folder: Path) -> str:
    path = folder / f"{len(list(folder.glob('*.db')))}.db"
    shutil.copy(template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def sqlite_url(_sqlite_template: Path, tmp_path: Path) -> str:
    return _new_sqlite(_sqlite_template, tmp_path)


@pytest.fixture(params=SQL)
def url(request: pytest.FixtureRequest) -> str:
    """A database with empty tables."""
    if request.param == "postgres":
        return _emptied(request.getfixturevalue("_migrated_postgres"))
    return str(request.getfixturevalue("sqlite_url"))


@pytest.fixture
def sql(url: str) -> Iterator[Database]:
    """An empty log on each of the two databases."""
    with open_database(url) as database:
        yield database


@pytest.fixture(params=["memory", *SQL])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Stores]]:
    """Call it for an empty log; the one before is gone then."""
    opened: list[Stores] = []

    def make() -> Stores:
        while opened:
            opened.pop().close()
        match request.param:
            case "memory":
                stores: Stores = MemoryDatabase()
            case "sqlite":
                template = request.getfixturevalue("_sqlite_template")
                stores = open_database(_new_sqlite(template, tmp_path))
            case _:
                stores = open_database(_emptied(request.getfixturevalue("_migrated_postgres")))
        opened.append(stores)
        return stores

    yield make
    while opened:
        opened.pop().close()


@pytest.fixture
def stores(fresh: Callable[[], Stores]) -> Stores:
    """An empty log in memory and on each of the two databases."""
    return fresh()


def run_sql(url: str, *statements: str) -> None:
    """What somebody with a tool of his own does to a database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def tamper(url: str) -> Callable[..., None]:
    """Runs statements on the database behind ``sql``."""
    return partial(run_sql, url)

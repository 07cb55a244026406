"""Migrations make exactly the tables that the code uses, on both databases."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from lineage_world import GTIN, moved, record
from nodes import make_world, play, settings
from older import SINCE_22, as_version_2
from sqlalchemy import Connection, create_engine, text
from store.conftest import run_sql

from suyuan.adapters.sql import migrate, open_database, revision
from suyuan.adapters.sql.tables import records
from suyuan.bootstrap import create_node
from suyuan.core.errors import Fatal, Unavailable
from suyuan.core.rules.spoken import Word
from suyuan.flow.books import Entry

POSTGRES_CATALOGUE = [
    """SELECT table_name, ordinal_position, column_name, data_type, is_nullable, column_default,
              collation_name FROM information_schema.columns WHERE table_schema = 'public'""",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace""",
]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Call it for a database without tables."""
    if request.param == "postgres":
        create: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        return create
    return lambda: f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"


def catalogue(url: str) -> list[tuple[str, ...]]:
    """All that the database says of its tables, Alembic's own apart."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [
            tuple(_in_one_order(str(value)) for value in row)
            for query in _queries(connection)
            for row in connection.execute(text(query))
        ]
    engine.dispose()
    return sorted(row for row in rows if "alembic_version" not in row)


def _in_one_order(value: str) -> str:
    """Constraints of a table stand in any order."""
    line = " ".join(value.split()).removesuffix(" )").removesuffix(" ) WITHOUT ROWID")
    without = ["WITHOUT ROWID"] * value.endswith("WITHOUT ROWID")
    return " | ".join([*sorted(re.split(r", (?=CONSTRAINT)", line)), *without])


def _queries(connection: Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return ["SELECT type, tbl_name, name, sql FROM sqlite_master"]
    return POSTGRES_CATALOGUE


def test_migrations_make_the_tables_of_the_code(new_url: Callable[[], str]) -> None:
    migrated, direct = new_url(), None
    assert migrate(migrated)
    direct = new_url()
    engine = create_engine(direct)
    records.metadata.create_all(engine)
    engine.dispose()
    assert len(catalogue(direct)) > len(records.metadata.tables)
    assert catalogue(migrated) == catalogue(direct)


def test_migrating_again_does_nothing(new_url: Callable[[], str]) -> None:
    url = new_url()
    assert migrate(url)
    before = catalogue(url)
    assert not migrate(url)
    assert catalogue(url) == before
    open_database(url).close()


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "suyuan.adapters.sql:migrations")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [revision.HEAD]
    assert script.get_bases() == ["0001"]


def test_newer_database_is_refused(new_url: Callable[[], str]) -> None:
    url = new_url()
    migrate(url)
    run_sql(url, "UPDATE alembic_version SET version_num = '9999'")
    for use in (migrate, open_database):
        with pytest.raises(Fatal, match="9999"):
            use(url)


def test_database_without_tables_is_refused(new_url: Callable[[], str]) -> None:
    with pytest.raises(Fatal, match="migrate"):
        open_database(new_url())


def test_failed_migration_leaves_nothing(
    new_url: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = command.upgrade

    def fail(config: Config, to: str) -> None:
        upgrade(config, to)
        raise Unavailable("lost")

    url = new_url()
    monkeypatch.setattr(command, "upgrade", fail)
    with pytest.raises(Unavailable):
        migrate(url)
    assert catalogue(url) == []
    monkeypatch.undo()
    assert migrate(url)


def test_two_migrate_at_once(new_url: Callable[[], str]) -> None:
    url = new_url()
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(migrate, [url, url])) == [False, True]
    open_database(url).close()


def test_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    migrate(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_file_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="absent"):
        migrate(f"sqlite:///{tmp_path}/absent/log.db")


def test_what_events_name_and_say_is_indexed_by_the_migrations(
    new_url: Callable[[], str], tmp_path: Path
) -> None:
    """A database filled before version 3 says afterwards what one filled since then says."""
    with contextlib.closing(
        create_node(settings(tmp_path / "node", database_url=new_url()))
    ) as node:
        play(node, tmp_path)
        url = node.settings.database
        before = _known(url)
        assert len(before) > 200
        as_version_2(url)
    assert migrate(url)
    assert _known(url) == before


def _known(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM known"))]
        rows += [tuple(row) for row in connection.execute(text("SELECT idx, known FROM events"))]
        for table in ("deeds", "deed_things"):
            rows += [tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]
    engine.dispose()
    return sorted(rows, key=str)


def test_the_units_in_which_stock_is_said_are_counted_by_the_migration_and_erased_with_the_record(
    new_url: Callable[[], str], tmp_path: Path
) -> None:
    world = make_world(tmp_path / "node", database_url=new_url())
    with contextlib.closing(world.node) as node:
        caller = node.accounts.authenticate(world.tokens["coop"])
        bottles, bags = "09521234000020/K1", "09521234000044/K2"
        entries = [
            Entry("purchase", {"day": "2026-03-01", "items": [{"item": item, "amount": amount}],
                               "seller": "农资店"})
            for item, amount in ((bottles, "3 瓶"), (bottles, "2瓶"), (bags, "30 斤"))
        ]  # fmt: skip
        first, *_ = node.books.record(caller, entries)
        url, organisations = node.settings.database, [caller.organisation]
        before = node.database.stocks.words(organisations)
        assert {(unit, *counted.items()) for (_, _, unit), counted in before.items()} == {
            ("C62", (Word(Decimal(1), "瓶"), 2)), ("KGM", (Word(Decimal("0.5"), "斤"), 1)),
        }  # fmt: skip
        node.books.reindex()
        assert node.database.stocks.words(organisations) == before
        run_sql(
            url,
            "DELETE FROM tallies WHERE what = 'word'",
            *SINCE_22,
        )
        assert node.database.stocks.words(organisations) == {}
        assert migrate(url)
        assert node.database.stocks.words(organisations) == before
        node.capture.erase(node.accounts.authenticate(world.tokens["admin"]), first, "wrong")
        counts = [*node.database.stocks.words(organisations).values()]
        assert sorted(sum(one.values()) for one in counts) == [1, 1]


def test_packs_are_connected_by_the_migration_with_the_lots_of_their_codes(
    new_url: Callable[[], str], tmp_path: Path
) -> None:
    world = make_world(tmp_path / "node", database_url=new_url())
    with contextlib.closing(world.node) as node:
        caller = node.accounts.authenticate(world.tokens["coop"])
        _, (sold, looked, _) = node.issuer.issue(
            caller, gtin=GTIN, lot="L-1", count=3, event_time="2026-09-01T08:00:00.000+08:00",
            time_zone="+08:00", key="first",
        )  # fmt: skip
        packs = [f"https://id.gs1.org/01/{GTIN}/21/{one.serial}" for one in (sold, looked)]
        record(world, moved(2, "retail_selling", [], epcList=packs[:1]))
        record(world, moved(3, "inspecting", [], epcList=packs))
        record(world, moved(3, "inspecting", [], epcList=[f"https://id.gs1.org/01/{GTIN}/21/X"]))
        before = _flows(node.settings.database)
        assert sum(row[6] is not None for row in before) == 3
        run_sql(
            node.settings.database,
            "DELETE FROM flows WHERE way = 6",
            "UPDATE flows SET lot = NULL",
            "DROP INDEX serials_by_serial",
            "UPDATE alembic_version SET version_num = '0024'",
        )
        assert migrate(node.settings.database)
        assert _flows(node.settings.database) == before


def _flows(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM flows ORDER BY thing, way, idx, place"))
        found = [tuple(row) for row in rows]
    engine.dispose()
    return found

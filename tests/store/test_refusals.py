"""What goes wrong outside: our own errors, and no driver's, leave the store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from store.appending import NOW, US, Draft, Stores, append
from store.conftest import run_sql

from suyuan.adapters.sql import Database, migrate, open_database
from suyuan.core.errors import Damaged, Malformed, SuyuanError, Unavailable
from suyuan.ports.accounts import Attachment, Job
from suyuan.ports.log import EventQuery, Remembered


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://root@localhost/log",
        "postgresql+asyncpg://localhost:notaport/x",
    ],
)
def test_other_urls_are_malformed(url: str) -> None:
    for use in (migrate, open_database):
        with pytest.raises(Malformed):
            use(url)


def test_password_is_never_said() -> None:
    with pytest.raises(Unavailable) as caught:
        open_database("postgresql://me:secret@127.0.0.1:1/log", timeout=1)
    assert "secret" not in str(caught.value)


def test_no_server_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        migrate("postgresql://127.0.0.1:1/log")


def test_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        open_database(f"sqlite:///{tmp_path}/absent/log.db")


def test_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    path.write_bytes(b"no database at all" * 1000)
    for use in (migrate, open_database):
        with pytest.raises(Damaged):
            use(f"sqlite:///{path}")


def test_broken_file(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with open_database(sqlite_url) as database:
        append(database, *(Draft(("a:b",)) for _ in range(500)))
    body = bytearray(path.read_bytes())
    body[8192:] = b"\xa5" * (len(body) - 8192)
    path.write_bytes(body)
    with pytest.raises(Damaged), open_database(sqlite_url) as database:
        database.log.records(range(500))


def test_lost_tables_are_unavailable(sql: Database, url: str) -> None:
    run_sql(url, "ALTER TABLE leases RENAME TO elsewhere")
    try:
        with pytest.raises(Unavailable):
            sql.anchors.lease("a", "b", 1)
    finally:
        run_sql(url, "ALTER TABLE elsewhere RENAME TO leases")


SURROGATE = "\ud800"
READS: list[Callable[[Stores, str], object]] = [
    lambda stores, value: stores.log.tips_at([value], 5),
    lambda stores, value: stores.log.touched([value], size=5),
    lambda stores, value: stores.log.find_events(EventQuery(event_id=value, touching=value)),
    lambda stores, value: stores.log.serial(value, value),
    lambda stores, value: stores.jobs.get(value),
    lambda stores, value: list(stores.jobs.list(value)),
    lambda stores, value: stores.accounts.organisation(value),
    lambda stores, value: stores.accounts.key(value),
    lambda stores, value: stores.accounts.tokens(value),
]


@pytest.mark.parametrize("value", [SURROGATE, "a\0b"])
@pytest.mark.parametrize("read", READS)
def test_texts_that_no_column_holds(
    sql: Database, read: Callable[[Stores, str], object], value: str
) -> None:
    """From a URL's path, say: nothing is found, or it is refused; the driver's error stays inside."""
    try:
        found = read(sql, value)
    except Malformed:
        return
    assert not found


def test_unstorable_text_stores_nothing(stores: Stores, sql: Database) -> None:
    for value in (SURROGATE, "a\0b"):
        job = Job(value, US, "recorder", "queued", b"", 1, 0, (), b"", NOW)
        try:
            sql.jobs.add(job)
        except Malformed:
            assert sql.jobs.claim("me", 60) is None
        else:
            assert sql.jobs.get(value) == job
            sql.jobs.fail(value, b"", NOW)


@pytest.mark.parametrize("index", [-1, 10**30, -(10**30), 1 << 63, (1 << 63) - 1])
def test_indices_that_nothing_has(stores: Stores, index: int) -> None:
    append(stores, Draft(("a:b",)))
    assert stores.log.records([index]) == {}
    assert stores.log.reachable([index]) == set()
    assert stores.log.erasures_of([index]) == {}
    assert stores.log.touches_of([index]) == {index: ((), ())}
    for read in (
        lambda: stores.log.serials_of(index),
        lambda: stores.tree.at(index),
        lambda: stores.tree.covering(max(index, 5)),
        lambda: stores.anchors.at(1, index),
        lambda: stores.anchors.covering(index, 1),
        lambda: stores.log.key_records(index),
        lambda: stores.log.find_events(EventQuery(after_index=max(index, 5))),
    ):
        try:
            assert not read()
        except Malformed:
            assert abs(index) > 1 << 62


@pytest.mark.parametrize("start", [-(10**6), -1, 0])
@pytest.mark.parametrize("stop", [-(10**6), -1, 0, 1, 2, 10**6])
def test_ranges_beyond_the_log(stores: Stores, start: int, stop: int) -> None:
    append(stores, Draft(("a:b",)), Draft(("a:b",)))
    length = max(0, min(stop, 2))
    assert [record.index for record in stores.log.scan(start, stop)] == list(range(length))
    assert len(stores.tree.leaf_hashes(start, stop)) == length
    assert len(stores.tree.entries(start, stop)) == length
    assert list(stores.tree.tiles(0, start, stop)) == []


def test_errors_are_ours_inside_a_block(sql: Database) -> None:
    with pytest.raises(SuyuanError), sql.log.sequencing() as sequencer:
        sequencer.remember(SURROGATE, "key", Remembered(bytes(32), ()))
    with pytest.raises(SuyuanError), sql.log.sequencing() as sequencer:
        sequencer.tips([SURROGATE])
    append(sql, Draft())


def test_attachment_of_any_bytes(stores: Stores) -> None:
    body = bytes(range(256)) * 5000
    stores.attachments.put(Attachment(bytes(32), "a/b", "名\u2028", US, body, NOW))
    found = stores.attachments.get(bytes(32))
    assert found is not None
    assert found.body == body

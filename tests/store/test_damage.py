"""Rows that somebody changed or took away: read back as they are, or named; never a crash."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from store.appending import NOW, Draft, Stores, another, append
from store.conftest import run_sql
from store.sealing import seal

from suyuan.adapters.sql import Database, open_database
from suyuan.core.errors import Damaged
from suyuan.ports.log import Closing
from suyuan.ports.tree import Damage, Scrubbed


def test_damage_is_remembered_until_mended(stores: Stores) -> None:
    assert stores.tree.damage() is None
    for found in (Damage(7, "content", NOW), Damage(9, "tile", NOW)):
        stores.tree.report_damage(found)
        assert stores.tree.damage() == found
    stores.tree.report_damage(None)
    assert stores.tree.damage() is None


def test_scrub_goes_on_where_it_was(stores: Stores) -> None:
    assert stores.tree.scrubbed() == Scrubbed()
    for at in (Scrubbed(5, NOW), Scrubbed(1000, NOW, 3), Scrubbed(0, NOW, 3, NOW, 3)):
        stores.tree.set_scrubbed(at)
        assert stores.tree.scrubbed() == at


def test_heads_from_one_on(stores: Stores) -> None:
    append(stores, *(Draft() for _ in range(9)))
    for size in (2, 5, 9):
        seal(stores, size)
    assert [head.size for head in stores.tree.heads()] == [2, 5, 9]
    for since, sizes in {1: [2, 5, 9], 2: [2, 5, 9], 4: [2, 5, 9], 5: [5, 9], 99: [9]}.items():
        assert [head.size for head in stores.tree.heads(since)] == sizes


def test_damage_is_seen_by_others(url: str) -> None:
    with open_database(url) as one, open_database(url) as other:
        one.tree.report_damage(Damage(7, "entry", NOW))
        assert other.tree.damage() == Damage(7, "entry", NOW)


def test_missing_record_is_named(sql: Database, tamper: Callable[..., None]) -> None:
    append(sql, *(Draft(("a:b",)) for _ in range(9)))
    tamper(*(f"DELETE FROM {table} WHERE idx = 5" for table in ("contents", "events", "records")))
    reads: list[Callable[[], object]] = [
        lambda: list(sql.log.scan(0, 9, batch=4)),
        lambda: list(sql.log.scan(5, 6)),
        lambda: sql.tree.leaf_hashes(3, 8),
        lambda: sql.tree.entries(3, 8),
        lambda: sql.tree.nodes([(2, 1)]),
    ]
    for read in reads:
        with pytest.raises(Damaged) as caught:
            read()
        assert caught.value.index == 5


def test_tampered_values_come_back(sqlite_url: str) -> None:
    """SQLite takes text where bytes belong, and bytes that are no text: a hash must find them."""
    with open_database(sqlite_url) as database:
        append(database, Draft(disclosures=("eyJh",)))
        run_sql(
            sqlite_url,
            "UPDATE contents SET content = 'text', disclosures = X'ff65'",
            "UPDATE records SET entry = 'text', link = 17",
        )
        stored = database.log.records([0])[0]
        assert (stored.content, stored.entry, stored.link) == (b"text", b"text", b"17")
        assert stored.disclosures == ("\ufffde",)
        assert list(database.log.scan(0, 1)) == [stored]
        assert database.tree.entries(0, 1) == [b"text"]


def test_missing_content_is_not_an_erasure(sql: Database, tamper: Callable[..., None]) -> None:
    append(sql, Draft(), Draft())
    tamper("DELETE FROM contents WHERE idx = 1")
    assert sql.log.records([1])[1].content is None
    assert sql.log.erasures_of([1]) == {}


def test_misshapen_tile_is_named(sql: Database, tamper: Callable[..., None]) -> None:
    append(sql, *(Draft() for _ in range(600)))
    seal(sql, 600)
    whole = sql.tree.nodes([(0, 300)])
    spot = 1  # level 0, number 1
    tamper(f"UPDATE tiles SET nodes = substr(nodes, 1, 16000) WHERE spot = {spot}")
    for wanted in ([(0, 300)], [(8, 1)]):
        # Anew, for the edge that this one keeps was read when all was well.
        with closing(another(sql)) as anew, pytest.raises(Damaged) as caught:
            anew.tree.nodes(wanted)
        assert caught.value.index == 256
    assert sql.tree.nodes([(0, 3)]).keys() == {(0, 3)}
    tamper(f"DELETE FROM tiles WHERE spot = {spot}")
    assert sql.tree.nodes([(0, 300)]) == whole


def test_tampered_tile_is_read_anew(sql: Database, tamper: Callable[..., None]) -> None:
    """No full tile is kept in memory: the damage shows while the service runs."""
    append(sql, *(Draft() for _ in range(256)))
    seal(sql, 256)
    before = sql.tree.nodes([(0, 0), (0, 1)])
    (tile,) = sql.tree.tiles(0, 0, 1)
    spoilt = bytes([tile.nodes[0] ^ 1]) + tile.nodes[1:]
    literal = f"X'{spoilt.hex()}'" if sql.connections.sqlite else f"'\\x{spoilt.hex()}'"
    tamper(f"UPDATE tiles SET nodes = {literal}".replace(":", "\\:"))
    after = sql.tree.nodes([(0, 0), (0, 1)])
    assert after[0, 0] == spoilt[:32] != before[0, 0]
    assert after[0, 1] == before[0, 1]


def test_mending_forgets_what_was_read_meanwhile(
    sql: Database, tamper: Callable[..., None]
) -> None:
    append(sql, *(Draft() for _ in range(2)))
    (right,) = sql.tree.leaf_hashes(1, 2)
    wrong, sound = ("X'{}'" if sql.connections.sqlite else "'\\x{}'",) * 2
    tamper(f"UPDATE records SET leaf_hash = {wrong.format('00' * 32)} WHERE idx = 1")
    assert sql.tree.nodes([(0, 1)]) == {(0, 1): bytes(32)}
    sql.tree.report_damage(Damage(1, "leaf", NOW))
    tamper(f"UPDATE records SET leaf_hash = {sound.format(right.hex())} WHERE idx = 1")
    sql.tree.report_damage(None)
    assert sql.tree.nodes([(0, 1)]) == {(0, 1): right}


def test_the_time_of_closing_stays(stores: Stores) -> None:
    log = stores.log
    assert log.closing() is None
    log.close(Closing("2026-01-01T00:00:00.000Z"))
    log.close(Closing("2026-01-02T00:00:00.000Z", "0x" + "ab" * 32))
    assert log.closing() == Closing("2026-01-01T00:00:00.000Z", "0x" + "ab" * 32)

"""Checkpoints by compare-and-swap, tiles, and the hashes that proofs are made of."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import event
from store.appending import NOW, Draft, Stores, another, append, digest
from store.sealing import full_tiles, head_of, seal

from suyuan.adapters.sql import Database, open_database
from suyuan.adapters.sql.connections import insert_rows
from suyuan.adapters.sql.tables import checkpoints, records
from suyuan.core import merkle
from suyuan.core.errors import Conflict, Fatal, NotFound
from suyuan.ports.tree import FullTile, SignedHead


def fill(stores: Stores, count: int) -> None:
    append(stores, *(Draft() for _ in range(count)))


def fill_bare(sql: Database, leaves: list[bytes]) -> None:
    """Only what the tree reads, so that large trees are quickly there."""
    with sql.connections.write("log") as connection:
        insert_rows(
            connection,
            records,
            [
                (i, NOW, "event", leaf, leaf[::-1], "kid", "owner", b"", b"")
                for i, leaf in enumerate(leaves)
            ],
        )


def test_no_head_at_first(stores: Stores) -> None:
    assert stores.tree.latest() is stores.tree.at(0) is stores.tree.covering(0) is None
    assert list(stores.tree.heads()) == []
    assert list(stores.tree.tiles(0, 0, 99)) == []


def test_heads_by_size(stores: Stores) -> None:
    fill(stores, 20)
    heads = [head_of(stores, size) for size in (1, 7, 8, 20)]
    for old_size, head in zip((0, 1, 7, 8), heads, strict=True):
        assert stores.tree.publish(old_size, head, [])
        assert stores.tree.latest() == head
    assert list(stores.tree.heads()) == heads
    for size in range(22):
        at = next((head for head in heads if head.size == size), None)
        covering = next((head for head in heads if head.size >= size), None)
        assert (stores.tree.at(size), stores.tree.covering(size)) == (at, covering)


def test_many_heads_are_paged(sql: Database) -> None:
    fill(sql, 1)
    fill_rows = [(size, size - 1, bytes(32), f"{size}", NOW) for size in range(1, 2502)]
    with sql.connections.write() as connection:
        insert_rows(connection, checkpoints, fill_rows)
    assert [head.size for head in sql.tree.heads()] == list(range(1, 2502))


@pytest.mark.parametrize("old_size", [0, 4, 6, 9])
def test_publish_on_another_head_does_nothing(stores: Stores, old_size: int) -> None:
    fill(stores, 9)
    assert seal(stores, 5)
    latest = stores.tree.latest()
    assert not stores.tree.publish(old_size, head_of(stores, 9), [])
    assert stores.tree.latest() == latest
    assert list(stores.tree.heads()) == [latest]


def test_one_of_many_publishers_wins(stores: Stores) -> None:
    """Also with connections of their own, as two service processes have."""
    fill(stores, 300)
    seal(stores, 10)
    others = [another(stores) for _ in range(8)]
    barrier = threading.Barrier(8)
    heads = [replace(head_of(stores, 256 + i), note=f"by {i}") for i in range(8)]
    tiles = full_tiles(stores, 10, 256)

    def publish(i: int) -> bool:
        barrier.wait()
        return others[i].tree.publish(10, heads[i], tiles)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(publish, range(8)))
    assert won.count(True) == 1
    assert stores.tree.latest() == heads[won.index(True)]
    assert len(list(stores.tree.heads())) == 2
    assert list(stores.tree.tiles(0, 0, 9)) == tiles
    for other in others:
        other.close()


def test_head_that_does_not_grow_is_fatal(stores: Stores) -> None:
    fill(stores, 9)
    seal(stores, 5)
    for size in (5, 4):
        with pytest.raises(Fatal):
            stores.tree.publish(5, SignedHead(size, bytes(32), "note", NOW), [])
    assert len(list(stores.tree.heads())) == 1


def test_head_beyond_the_log_is_fatal(stores: Stores) -> None:
    with pytest.raises(Fatal):
        stores.tree.publish(0, SignedHead(1, bytes(32), "note", NOW), [])
    fill(stores, 9)
    with pytest.raises(Fatal):
        stores.tree.publish(0, SignedHead(10, bytes(32), "note", NOW), [])
    assert stores.tree.latest() is None


def test_head_comes_with_exactly_its_tiles(stores: Stores) -> None:
    fill(stores, 520)
    head, tiles = head_of(stores, 520), full_tiles(stores, 0, 520)
    assert [(tile.level, tile.number) for tile in tiles] == [(0, 0), (0, 1)]
    short = [tiles[0], replace(tiles[1], nodes=tiles[1].nodes[:-32])]
    for wrong in ([], tiles[:1], [*tiles, FullTile(0, 2, tiles[0].nodes)], short):
        with pytest.raises(Fatal):
            stores.tree.publish(0, head, wrong)
    assert stores.tree.latest() is None
    assert list(stores.tree.tiles(0, 0, 9)) == []
    assert stores.tree.publish(0, head, tiles)
    assert list(stores.tree.tiles(0, 0, 9)) == tiles
    assert list(stores.tree.tiles(0, 1, 2)) == tiles[1:]
    assert list(stores.tree.tiles(0, 2, 2)) == list(stores.tree.tiles(1, 0, 9)) == []


def test_leaves_and_entries(stores: Stores) -> None:
    fill(stores, 10)
    stored = list(stores.log.scan(0, 10))
    assert stores.tree.leaf_hashes(2, 99) == [record.leaf_hash for record in stored[2:]]
    assert stores.tree.entries(0, 3) == [record.entry for record in stored[:3]]
    assert stores.tree.leaf_hashes(10, 20) == stores.tree.entries(5, 5) == []


def every_node(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    found, row, level = {}, leaves, 0
    while row:
        found.update({((level, number)): value for number, value in enumerate(row)})
        row = [merkle.node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=False)]
        level += 1
    return found


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 700])
def test_nodes_of_small_trees(stores: Stores, size: int) -> None:
    """All of them, unsealed, half sealed and sealed; and none that is not full."""
    fill(stores, size)
    nodes = every_node(stores.tree.leaf_hashes(0, size))
    assert stores.tree.nodes(nodes) == nodes
    for sealed in sorted({max(1, size // 2), size}):
        assert seal(stores, sealed)
        assert stores.tree.nodes(nodes) == nodes
    assert stores.tree.nodes([]) == {}
    for level in range(12):
        with pytest.raises(NotFound):
            stores.tree.nodes([(0, 0), (level, size >> level)])


def test_nodes_follow_a_growing_log(stores: Stores) -> None:
    """What is kept of the right edge must not answer for a longer log."""
    for _ in range(40):
        fill(stores, 17)
        size = stores.log.tail().size
        nodes = every_node(stores.tree.leaf_hashes(0, size))
        chosen = dict(random.Random(size).sample(sorted(nodes.items()), min(30, size)))
        assert stores.tree.nodes(chosen) == chosen
        if size % 3 == 0:
            seal(stores, size)


LARGE = [65_535, 65_537]


@pytest.mark.parametrize("size", LARGE)
def test_nodes_of_large_trees(sql: Database, size: int) -> None:
    chance = random.Random(size)
    leaves = [digest(f"{size} {i}") for i in range(size)]
    fill_bare(sql, leaves)
    nodes = every_node(leaves)
    for sealed in (chance.randrange(60_000, 65_000), size):
        seal(sql, sealed)
        with closing(another(sql)) as anew:
            for stores in (sql, anew):
                chosen = dict(chance.sample(sorted(nodes.items()), 2000))
                assert stores.tree.nodes(chosen) == chosen
                upper = {node: value for node, value in nodes.items() if node[0] >= 6}
                assert stores.tree.nodes(upper) == upper
    beyond = [(16, size >> 16), (9, size >> 9), (0, size), (17, 0), (40, 0), (48, 0), (49, 0)]
    for level, number in [*beyond, (10**6, 0), (0, -1), (3, -1), (-1, 0)]:
        with pytest.raises(NotFound):
            sql.tree.nodes([(level, number)])


def getter(got: dict[merkle.Node, bytes]) -> merkle.GetNode:
    return lambda level, number: got[level, number]


@pytest.mark.parametrize("size", [1, 3, 256, 300, 65_537])
def test_proofs_from_the_store_hold(sql: Database, size: int) -> None:
    leaves = [digest(f"{i}") for i in range(size)]
    fill_bare(sql, leaves)
    seal(sql, size)
    root = merkle.root_from_leaf_hashes(leaves)
    chance = random.Random(size)
    for index in {0, size - 1, *(chance.randrange(size) for _ in range(50))}:
        got = sql.tree.nodes(merkle.inclusion_nodes(index, size))
        proof = merkle.inclusion_proof(index, size, getter(got))
        merkle.verify_inclusion(leaves[index], index, size, proof, root)
    for old in {1, size, *(chance.randrange(1, size + 1) for _ in range(20))}:
        got = sql.tree.nodes(merkle.consistency_nodes(old, size))
        proof = merkle.consistency_proof(old, size, getter(got))
        merkle.verify_consistency(
            old, merkle.root_from_leaf_hashes(leaves[:old]), size, root, proof
        )


def test_proof_reads_few_rows(sqlite_url: str) -> None:
    """One query for the tiles of a proof, whatever its length; the right edge is kept."""
    with open_database(sqlite_url) as database:
        fill_bare(database, [digest(f"{i}") for i in range(66_000)])
        seal(database, 66_000)
        database.tree.nodes(merkle.inclusion_nodes(0, 66_000))
        asked: list[str] = []
        event.listen(
            database.connections.readers,
            "before_cursor_execute",
            lambda *given: asked.append(given[2]),
        )
        for index in (5, 40_000, 65_999):
            asked.clear()
            database.tree.nodes(merkle.inclusion_nodes(index, 66_000))
            assert len(asked) <= 1, asked


def test_witnesses_lines_are_kept_once_on_a_checkpoint_that_is_there(stores: Stores) -> None:
    fill(stores, 3)
    assert seal(stores, 3)
    stores.tree.cosign(3, "w/2", "— w/2 b\n", NOW)
    stores.tree.cosign(3, "w/1", "— w/1 a\n", NOW)
    stores.tree.cosign(3, "w/1", "— w/1 another\n", NOW)
    assert stores.tree.cosignatures(3) == ("— w/1 a\n", "— w/2 b\n")
    assert stores.tree.cosignatures(2) == ()
    assert stores.tree.cosigned_since(3) == (3,)
    assert stores.tree.cosigned_since(4) == ()
    assert stores.tree.cosigned_since(0, most=0) == ()
    with pytest.raises(Conflict):
        stores.tree.cosign(2, "w/1", "— w/1 a\n", NOW)

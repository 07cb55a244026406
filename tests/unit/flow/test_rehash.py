"""Tiles against what lies below them, up to the third level, and who is blamed for a proof."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import pytest
from logbuilder import LogBuilder
from small_log import crates, new_record, sealer, spoil, stored

from suyuan.core.errors import Damaged
from suyuan.core.merkle import complete_subtree_levels
from suyuan.flow.rehash import blame, check_head, check_reached, check_tiles, tile_nodes
from suyuan.ports.tree import FullTile

SIZE = 2 * 65_536 + 3 * 256 + 17


class Tiles:
    """A TreeStore that has tiles, and nothing else."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves
        self.stored: dict[tuple[int, int], bytes] = {}
        level, row = 0, leaves
        while len(row) >= 256:
            above = []
            for number in range(len(row) // 256):
                nodes = tile_nodes(row[256 * number : 256 * (number + 1)])
                self.stored[level, number] = nodes
                above.append(nodes[-32:])
            level, row = level + 1, above

    def tiles(self, level: int, start: int, stop: int) -> Iterator[FullTile]:
        for number in range(start, stop):
            if (level, number) in self.stored:
                yield FullTile(level, number, self.stored[level, number])

    def flip(self, level: int, number: int, at: int) -> None:
        nodes = bytearray(self.stored[level, number])
        nodes[at] ^= 1
        self.stored[level, number] = bytes(nodes)


@pytest.fixture(scope="module")
def leaves() -> list[bytes]:
    return [sha256(number.to_bytes(4, "big")).digest() for number in range(SIZE)]


@pytest.fixture
def tree(leaves: list[bytes]) -> Tiles:
    return Tiles(leaves)


def in_spans(tree: Tiles, length: int) -> None:
    """As an audit or a scrub goes through a log."""
    for start in range(0, len(tree.leaves), length):
        check_tiles(tree, start, tree.leaves[start : start + length])  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [256, 1024, 19_968, 65_536, 1_000_192])
def test_a_whole_tree(tree: Tiles, length: int) -> None:
    in_spans(tree, length)


@pytest.mark.parametrize("length", [1024, 19_968, 1_000_192])
@pytest.mark.parametrize(
    ("level", "number", "at", "index"),
    [
        (0, 0, 0, 0),
        (0, 300, 32 * 5, 300 * 256 + 5),
        (0, 300, 32 * (256 + 3), 300 * 256 + 6),
        (0, 300, -1, 300 * 256),
        (1, 0, 0, 0),
        (1, 1, 32 * 9, 65_536 + 9 * 256),
        (1, 1, 32 * (256 + 9), 65_536 + 18 * 256),
        (1, 1, -1, 65_536),
    ],
)
def test_one_byte(tree: Tiles, length: int, level: int, number: int, at: int, index: int) -> None:
    """Named by the first record under the hash that differs."""
    tree.flip(level, number, at)
    with pytest.raises(Damaged) as caught:
        in_spans(tree, length)
    assert caught.value.index == index


@pytest.mark.parametrize("place", [(0, 300), (1, 0), (1, 1)])
def test_a_tile_that_is_missing(tree: Tiles, place: tuple[int, int]) -> None:
    del tree.stored[place]
    with pytest.raises(Damaged) as caught:
        in_spans(tree, 1024)
    assert caught.value.params["what"] == "tile"


def test_a_leaf_that_differs_is_seen_before_its_tile_is_full(tree: Tiles) -> None:
    part = list(tree.leaves[256:300])
    part[7] = bytes(32)
    with pytest.raises(Damaged) as caught:
        check_tiles(tree, 256, part)  # type: ignore[arg-type]
    assert caught.value.index == 263


def test_nodes_are_in_the_order_of_levels(leaves: list[bytes]) -> None:
    levels = complete_subtree_levels(leaves[:256])
    assert tile_nodes(leaves[:256]) == b"".join(b"".join(level) for level in levels)
    assert len(levels) == 9


class TestBlame:
    """Why a proof does not lead to its checkpoint: asked only when it does not."""

    @pytest.fixture
    def log(self) -> LogBuilder:
        made = LogBuilder()
        crates(made, 600)
        return made

    def test_a_tile(self, log: LogBuilder) -> None:
        database = stored(log)
        assert sealer(database, log).seal()
        tile = database.state.tiles[0, 1]
        nodes = bytearray(tile.nodes)
        nodes[32 * 20] ^= 1
        database.state.tiles[0, 1] = FullTile(0, 1, bytes(nodes))
        assert blame(database.log, database.tree, 300, 602).index == 276

    def test_the_leaf_of_a_neighbour(self, log: LogBuilder) -> None:
        database = stored(log)
        assert sealer(database, log).seal()
        spoil(database, 277, leaf_hash=bytes(32))
        assert blame(database.log, database.tree, 300, 602).index == 277

    def test_the_right_edge(self, log: LogBuilder) -> None:
        """It is in everybody's proof."""
        database = stored(log)
        assert sealer(database, log).seal()
        spoil(database, 590, leaf_hash=bytes(32))
        assert blame(database.log, database.tree, 3, 602).index == 590

    def test_the_root_of_another_tile(self, log: LogBuilder) -> None:
        database = stored(log)
        assert sealer(database, log).seal()
        tile = database.state.tiles[0, 1]
        database.state.tiles[0, 1] = FullTile(0, 1, tile.nodes[:-32] + bytes(32))
        assert blame(database.log, database.tree, 3, 602).index == 256

    def test_nothing_that_shows(self, log: LogBuilder) -> None:
        """Then at least whose proof it was."""
        database = stored(log)
        assert sealer(database, log).seal()
        assert blame(database.log, database.tree, 300, 602).index == 300


def test_a_head_is_held_against_its_note() -> None:
    log = LogBuilder()
    database = stored(log)
    head = sealer(database, log).seal()
    assert head is not None
    check_head(head, log.signer.verifiers, log.origin)
    with pytest.raises(Damaged):
        check_head(head, log.signer.verifiers, "another.example/log")


def test_all_that_is_linked_to_has_to_be_there() -> None:
    log = LogBuilder()
    crates(log, 20)
    database = stored(log)
    records = database.log.records(range(22))
    touched = database.log.touches_of(range(22))
    check_reached(records, touched)
    # Crate 0 is extended by records 2, 9 and 16.
    del records[9]
    with pytest.raises(Damaged) as caught:
        check_reached(records, touched)
    assert caught.value.index == 2 or caught.value.index == 16
    other = LogBuilder()
    crates(other, 20, "other")
    forged = new_record(other, other.records[9])
    spoil(database, 9, leaf_hash=forged.leaf_hash)
    with pytest.raises(Damaged) as caught:
        check_reached(database.log.records(range(22)), touched)
    assert (caught.value.index, caught.value.params["by"]) == (9, 16)

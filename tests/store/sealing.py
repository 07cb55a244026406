"""Sealing as flow does it, without keys: tiles and a head whose note says nothing."""

from __future__ import annotations

from store.appending import NOW, Stores

from suyuan.core.merkle import complete_subtree_levels, root
from suyuan.ports.tree import FullTile, SignedHead


def full_tiles(stores: Stores, old_size: int, size: int) -> list[FullTile]:
    """The tiles that are full at ``size`` and were not at ``old_size``, from leaf hashes alone."""
    tiles = []
    level, row, done = 0, stores.tree.leaf_hashes(0, size), old_size >> 8
    while len(row) >= 256:
        above = []
        for number in range(len(row) >> 8):
            levels = complete_subtree_levels(row[number << 8 : (number + 1) << 8])
            above.append(levels[-1][0])
            if number >= done:
                nodes = b"".join(hash_ for level_ in levels for hash_ in level_)
                tiles.append(FullTile(level, number, nodes))
        level, row, done = level + 1, above, done >> 8
    return tiles


def head_of(stores: Stores, size: int) -> SignedHead:
    nodes = stores.tree.nodes
    at = root(size, lambda level, number: nodes([(level, number)])[level, number])
    return SignedHead(size, at, f"note of {size}\n", NOW)


def seal(stores: Stores, size: int) -> bool:
    """Publish a head of ``size`` on top of the latest."""
    latest = stores.tree.latest()
    old_size = latest.size if latest else 0
    return stores.tree.publish(old_size, head_of(stores, size), full_tiles(stores, old_size, size))

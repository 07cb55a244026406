"""Does a stored record still hash to what its entry, its leaf and its signer committed to?"""

from __future__ import annotations

import hashlib
import json

from suyuan.core import merkle
from suyuan.core.encoding import b64url
from suyuan.core.entry import parse_entry
from suyuan.core.errors import Damaged, Refused
from suyuan.core.private import listed
from suyuan.ports.log import StoredRecord
from suyuan.ports.tree import FullTile, TreeStore


def rehash(record: StoredRecord) -> None:
    """Raise Damaged, naming record and part, unless content, disclosures, link, entry and leaf agree.

    An erased content is no damage: its entry and link must still hold.
    """
    index = record.index

    def damaged(what: str) -> Damaged:
        return Damaged(
            "record {index}: its stored {what} is not what was committed", index=index, what=what
        )

    if merkle.leaf_hash(record.entry) != record.leaf_hash:
        raise damaged("entry")
    try:
        entry = parse_entry(record.entry)
    except Refused:
        raise damaged("entry") from None
    if (entry.kid, entry.record_time, entry.content) != (
        record.kid,
        record.record_time,
        record.content_digest,
    ):
        raise damaged("entry")
    if hashlib.sha256(record.link).digest() != entry.after:
        raise damaged("link")
    if record.content is None:
        return
    if hashlib.sha256(record.content).digest() != entry.content:
        raise damaged("content")
    if record.disclosures:
        digests = {
            b64url(hashlib.sha256(d.encode("ascii", "replace")).digest())
            for d in record.disclosures
        }
        if not digests <= listed(json.loads(record.content)["event"]):
            raise damaged("disclosure")


def check_tiles(tree: TreeStore, start: int, stop: int, leaves: list[bytes]) -> None:
    """Tiles whose first leaf lies in the range, against the leaves or the tiles below them."""
    for tile in tree.tiles(0, -(-start // 256), stop // 256):
        first = tile.number * 256 - start
        below = leaves[first : first + 256]
        for offset, leaf in enumerate(below):
            if tile.nodes[32 * offset : 32 * offset + 32] != leaf:
                raise _damaged_tile(tile, tile.number * 256 + offset)
        if tile.nodes != tile_nodes(below):
            raise _damaged_tile(tile, tile.number * 256)
    level, span = 1, 65_536
    while span <= stop:
        for tile in tree.tiles(level, -(-start // span), -(-stop // span)):
            below_tiles = tree.tiles(level - 1, tile.number * 256, tile.number * 256 + 256)
            if tile.nodes != tile_nodes([lower.nodes[-32:] for lower in below_tiles]):
                raise _damaged_tile(tile, tile.number * span)
        level, span = level + 1, span * 256


def _damaged_tile(tile: FullTile, index: int) -> Damaged:
    return Damaged(
        "record {index}: tile {level}/{tile}, which covers it, is damaged",
        index=index,
        level=tile.level,
        tile=tile.number,
        what="tile",
    )


def tile_nodes(leaves: list[bytes]) -> bytes:
    """All nodes of a full tile, level by level (FullTile.nodes)."""
    return b"".join(b"".join(level) for level in merkle.complete_subtree_levels(leaves))

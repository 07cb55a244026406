"""Does what is stored still hash to what entries, leaves, checkpoints and signers committed to?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from suyuan.core import merkle
from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.content import Content, decode_content
from suyuan.core.entry import decode_link
from suyuan.core.errors import Damaged, Refused
from suyuan.core.note import NoteVerifier
from suyuan.core.replay import Names, Numbers, Replayed, Stated, differs, opened
from suyuan.core.tiles import HASH_SIZE, TILE
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.tree import FullTile, SignedHead, TreeStore


def replayed(
    record: StoredRecord, touched: Names | None = None, numbers: Numbers | None = None
) -> Replayed:
    """A stored record, as core.replay looks at it."""
    return Replayed(
        record.index,
        record.entry,
        record.link,
        record.content,
        record.disclosures,
        touched,
        Stated(
            record.leaf_hash,
            record.content_digest,
            record.kid,
            record.record_time,
            record.kind,
            record.owner,
        ),
        numbers,
    )


def rehash(record: StoredRecord) -> None:
    """Raise Damaged, naming record and part, unless content, disclosures, link, entry and leaf agree.

    A content that is not there is no damage here (see whole): entry and link must still hold.
    """
    opened(replayed(record))


def whole(log: LogStore, start: int, stop: int) -> Iterator[StoredRecord]:
    """Records in order, each re-hashed. Damaged also where one is missing, or a content that was
    never erased."""
    expected = start
    gone: list[int] = []
    for record in log.scan(start, stop):
        if record.index != expected:
            break
        expected += 1
        rehash(record)
        if record.content is None:
            gone.append(record.index)
        yield record
    if expected != stop:
        raise Damaged("record {index} is missing", index=expected, what="entry")
    check_erased(log, gone)


def check_erased(log: LogStore, gone: Collection[int]) -> None:
    """Damaged for a content that is not there although no erasure deleted it."""
    erased = log.erasures_of(gone) if gone else {}
    for index in sorted(gone):
        if index not in erased:
            raise Damaged(
                "record {index}: its content is gone, and no erasure says so",
                index=index,
                what="content",
            )


def read_content(index: int, content: bytes) -> Content:
    """A stored content; Damaged where it is none."""
    try:
        return decode_content(content)
    except Refused:
        raise differs(index, "content") from None


def check_names(index: int, names: Names | None, touched: Mapping[int, Names]) -> None:
    """What a record's content touches (None: it does not say) against the index of objects."""
    if names is not None and names != touched[index]:
        raise Damaged(
            "record {index}: what it touches is not what the index says",
            index=index,
            what="touches",
        )


def check_reached(records: Mapping[int, StoredRecord], touched: Mapping[int, Names]) -> None:
    """All that these records link to has to be among them."""
    leaves = {record.leaf_hash for record in records.values()}
    for index in sorted(records):
        after = decode_link(records[index].link).after
        if leaves.issuperset(after):
            continue
        for name in touched[index][1]:
            tip = max((i for i in records if i < index and name in touched[i][0]), default=index)
            if tip < index and records[tip].leaf_hash not in after:
                raise Damaged(
                    "record {index} is not the one that record {by} rests on",
                    index=tip,
                    by=index,
                    what="entry",
                )
        raise Damaged(
            "record {index}: what it rests on is not what the index says",
            index=index,
            what="touches",
        )


@lru_cache(maxsize=256)
def check_head(head: SignedHead, verifiers: tuple[NoteVerifier, ...], origin: str) -> None:
    """A stored checkpoint against its own signed note."""
    try:
        signed = open_checkpoint(head.note, verifiers, origin)
    except Refused:
        signed = None
    if signed is None or (signed.size, signed.root) != (head.size, head.root):
        raise Damaged(
            "the checkpoint at {size} is not what was signed",
            index=head.size - 1,
            size=head.size,
            what="checkpoint",
        )


def check_tiles(tree: TreeStore, start: int, leaves: Sequence[bytes]) -> None:
    """Stored tiles against the leaves of records ``start`` … (a multiple of 256), which are sealed.

    Each tile that these leaves fill has to be there; of one that they fill in part, that part is
    compared. Tiles above are compared with those below them. Damaged names the first record under
    a hash that differs.
    """
    stop = start + len(leaves)
    stored = {tile.number: tile for tile in tree.tiles(0, start // TILE, -(-stop // TILE))}
    for number in range(start // TILE, -(-stop // TILE)):
        below = leaves[number * TILE - start : (number + 1) * TILE - start]
        _check_tile(stored.get(number), 0, number, below)
    level, span = 1, TILE * TILE
    while span <= stop:
        above = {tile.number: tile for tile in tree.tiles(level, start // span, stop // span)}
        for number in range(start // span, stop // span):
            lower = tree.tiles(level - 1, number * TILE, (number + 1) * TILE)
            _check_tile(
                above.get(number), level, number, [tile.nodes[-HASH_SIZE:] for tile in lower]
            )
        level, span = level + 1, span * TILE


def _check_tile(tile: FullTile | None, level: int, number: int, below: Sequence[bytes]) -> None:
    if tile is None and len(below) < TILE:
        return
    nodes = tile.nodes if tile is not None else b""
    expected = tile_nodes(below) if len(below) == TILE else b"".join(below)
    if nodes[: len(expected)] != expected:
        others = (
            place
            for place in range(len(expected) // HASH_SIZE)
            if nodes[HASH_SIZE * place : HASH_SIZE * (place + 1)]
            != expected[HASH_SIZE * place : HASH_SIZE * (place + 1)]
        )
        raise _damaged_tile(level, number, _first_under(next(others)))


def _first_under(place: int) -> int:
    """The leftmost of a tile's 256 hashes under one of its 511 nodes."""
    depth = 0
    while place >= TILE >> depth:
        place -= TILE >> depth
        depth += 1
    return place << depth


def _damaged_tile(level: int, number: int, offset: int) -> Damaged:
    return Damaged(
        "record {index} is not what tile {level}/{tile} holds of it",
        index=(number * TILE + offset) << 8 * level,
        level=level,
        tile=number,
        what="tile",
    )


def blame(log: LogStore, tree: TreeStore, index: int, size: int) -> Damaged:
    """Why a record's inclusion proof does not lead to the root at ``size``: the first stored hash
    on the way up from it, or from the right edge, that is not what lies below."""
    try:
        for leaf in (index, size - 1):
            _check_path(log, tree, leaf, size)
    except Damaged as problem:
        return problem
    return Damaged(
        "record {index}: the stored tree does not lead from it to the checkpoint at {size}",
        index=index,
        size=size,
        what="tile",
    )


def _check_path(log: LogStore, tree: TreeStore, index: int, size: int) -> None:
    level = 0
    while filled := size >> 8 * level:
        number = index >> 8 * (level + 1)
        first, stop = number * TILE, min((number + 1) * TILE, filled)
        if level == 0:
            below = [record.leaf_hash for record in whole(log, first, stop)]
        else:
            lower = list(tree.tiles(level - 1, first, stop))
            for tile in lower:
                _check_tile(tile, level - 1, tile.number, _split(tile.nodes[: TILE * HASH_SIZE]))
            below = [tile.nodes[-HASH_SIZE:] for tile in lower]
        _check_tile(next(iter(tree.tiles(level, number, number + 1)), None), level, number, below)
        level += 1


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)]


def tile_nodes(leaves: Sequence[bytes]) -> bytes:
    """All nodes of a full tile, level by level (FullTile.nodes)."""
    return b"".join(b"".join(level) for level in merkle.complete_subtree_levels(leaves))

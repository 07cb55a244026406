"""Hashes of complete subtrees, read from tiles and, at the right edge, from what lies below.

A node (level, n) lies in tile (level // 8, …), whose row holds all its eight levels: a proof of any
length reads one row for every eight levels. Only the last tile of each level is not stored, because
it is not full; it is put together from leaf hashes or from the roots of the tiles below, and kept
in memory, as nothing in it ever changes. Full tiles are read anew each time, so that a tampered row
is noticed at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from threading import Lock

from sqlalchemy import Connection, func, select

from suyuan.adapters.sql.columns import Bytes
from suyuan.adapters.sql.lookup import Lookup
from suyuan.adapters.sql.tables import HEIGHT, records, spot, tiles
from suyuan.core.errors import Damaged, NotFound
from suyuan.core.merkle import Node, node_hash, root_from_leaf_hashes

TILE_BYTES = 511 * 32
_STARTS = [32 * (512 - (512 >> level)) for level in range(9)]
"""Where each in-tile level begins in FullTile.nodes."""
_ROOT = _STARTS[8]
_KEPT = 64
_TILES = Lookup(select(tiles.c.spot, tiles.c.nodes), tiles.c.spot)

Place = tuple[int, int]
"""A tile's (level, number)."""


class Subtrees:
    """nodes() for one database; safe to share between threads."""

    def __init__(self) -> None:
        self._edges: dict[Place, list[list[bytes]]] = {}
        self._lock = Lock()

    def nodes(self, connection: Connection, wanted: Collection[Node]) -> dict[Node, bytes]:
        """NotFound where the log does not fill a subtree; Damaged where rows are misshapen."""
        places: dict[Place, list[Node]] = {}
        for level, number in wanted:
            if level not in range(HEIGHT + 1) or number < 0:
                raise _not_full(level, number)
            places.setdefault((level // 8, number >> (8 - level % 8)), []).append((level, number))
        found: dict[Node, bytes] = {}
        rest: list[Place] = []
        for place, nodes in places.items():
            edge = self._edges.get(place)
            if edge is None or not _take_from_edge(edge, nodes, found):
                rest.append(place)
        full = full_tiles(connection, rest) if rest else {}
        for place in rest:
            if place in full:
                _take_from_tile(full[place], places[place], found)
            else:
                edge = self._edge(connection, place)
                if not _take_from_edge(edge, places[place], found):
                    raise _not_full(*max(places[place]))
        return found

    def forget(self) -> None:
        """Drop what is kept: it may have been read while rows were damaged."""
        with self._lock:
            self._edges.clear()

    def _edge(self, connection: Connection, place: Place) -> list[list[bytes]]:
        """The levels of a tile that is not stored, as far as the log fills it."""
        level, number = place
        edge = [hashes(connection, level, number << 8, (number + 1) << 8)]
        while len(below := edge[-1]) > 1:
            edge.append([node_hash(*pair) for pair in zip(below[::2], below[1::2], strict=False)])
        with self._lock:
            self._edges.pop(place, None)
            self._edges[place] = edge
            while len(self._edges) > _KEPT:
                del self._edges[next(iter(self._edges))]
        return edge


def full_tiles(connection: Connection, places: Iterable[Place]) -> dict[Place, bytes]:
    """Nodes of those tiles that are stored."""
    wanted = {spot(*place): place for place in places}
    found: dict[Place, bytes] = {}
    for number, nodes in _TILES.rows(connection, wanted):
        if len(nodes) != TILE_BYTES or type(nodes) is not bytes:
            raise _misshapen(*wanted[number])
        found[wanted[number]] = nodes
    return found


def hashes(connection: Connection, level: int, start: int, stop: int) -> list[bytes]:
    """Hashes of tile level ``level``, start ≤ number < stop, as far as the log fills them.

    Level 0 are the leaf hashes; above, each is the root of a tile of the level below, or is
    computed where that tile was not published yet.
    """
    if level == 0:
        return leaf_hashes(connection, start, stop)
    low, high = spot(level - 1, start), spot(level - 1, stop)
    query = select(tiles.c.spot, func.substr(tiles.c.nodes, _ROOT + 1, type_=Bytes())).where(
        tiles.c.spot >= low, tiles.c.spot < high
    )
    roots: dict[int, bytes] = dict(connection.execute(query).all())
    found: list[bytes] = []
    for number in range(start, stop):
        root = roots.get(spot(level - 1, number))
        if root is None:
            below = hashes(connection, level - 1, number << 8, (number + 1) << 8)
            if len(below) < 256:
                break
            root = root_from_leaf_hashes(below)
        elif len(root) != 32:
            raise _misshapen(level - 1, number)
        found.append(root)
    return found


def leaf_hashes(connection: Connection, start: int, stop: int) -> list[bytes]:
    """Fewer where the log ends; Damaged where one is missing in between."""
    query = select(records.c.idx, records.c.leaf_hash).where(
        records.c.idx >= start, records.c.idx < stop
    )
    return contiguous(max(start, 0), connection.execute(query.order_by(records.c.idx)))


def _not_full(level: int, number: int) -> NotFound:
    return NotFound(
        "the log does not fill subtree {level}/{number} yet", level=level, number=number
    )


def missing(index: int) -> Damaged:
    """A record that must be there and is not."""
    return Damaged("record {index} is missing", index=index, what="entry")


def _misshapen(level: int, number: int) -> Damaged:
    return Damaged(
        "tile {level}/{number} is misshapen",
        index=number << 8 * (level + 1),
        what="tile",
        level=level,
        number=number,
    )


def contiguous(start: int, rows: Iterable[tuple[int, bytes]]) -> list[bytes]:
    """Values of rows numbered from ``start`` on; Damaged at a gap."""
    values = []
    for expected, (index, value) in enumerate(rows, start):
        if index != expected:
            raise missing(expected)
        values.append(value)
    return values


def _take_from_tile(tile: bytes, nodes: Iterable[Node], into: dict[Node, bytes]) -> None:
    for level, number in nodes:
        inside = level % 8
        at = _STARTS[inside] + 32 * (number & ((256 >> inside) - 1))
        into[level, number] = tile[at : at + 32]


def _take_from_edge(
    edge: list[list[bytes]], nodes: Iterable[Node], into: dict[Node, bytes]
) -> bool:
    """False when the edge, as it was when it was read, does not reach that far."""
    for level, number in nodes:
        inside = level % 8
        place = number & ((256 >> inside) - 1)
        if inside >= len(edge) or place >= len(edge[inside]):
            return False
        into[level, number] = edge[inside][place]
    return True

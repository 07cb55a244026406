"""The published tree: checkpoints by compare-and-swap, tiles, and what is known to be damaged."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from suyuan.adapters.sql import subtrees
from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import checkpoints, cosignatures, records, spot, state, tiles
from suyuan.core.errors import Fatal
from suyuan.ports.tree import Damage, FullTile, Scrubbed, SignedHead

_HEAD = select(checkpoints.c.size, checkpoints.c.root, checkpoints.c.note, checkpoints.c.signed_at)


class SqlTree:
    """ports.tree.TreeStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._subtrees = subtrees.Subtrees()

    def latest(self) -> SignedHead | None:
        return self._head(_HEAD.order_by(checkpoints.c.size.desc()))

    def at(self, size: int) -> SignedHead | None:
        return self._head(_HEAD.where(checkpoints.c.size == size))

    def covering(self, size: int) -> SignedHead | None:
        return self._head(_HEAD.where(checkpoints.c.size >= size).order_by(checkpoints.c.size))

    def heads(self, since: int = 0) -> Iterator[SignedHead]:
        with self._connections.read() as connection:
            newest = select(func.max(checkpoints.c.size)).where(checkpoints.c.size <= since)
            last = (connection.scalar(newest) or 0) - 1
        while True:
            page = _HEAD.where(checkpoints.c.size > last).order_by(checkpoints.c.size).limit(1000)
            with self._connections.read() as connection:
                heads = [SignedHead(*row) for row in connection.execute(page)]
            if not heads:
                return
            yield from heads
            last = heads[-1].size

    def publish(self, old_size: int, head: SignedHead, new_tiles: Sequence[FullTile]) -> bool:
        with self._connections.write("checkpoints") as connection:
            if (connection.scalar(select(func.max(checkpoints.c.size))) or 0) != old_size:
                return False
            _check_head(connection, old_size, head, new_tiles)
            insert_rows(
                connection,
                checkpoints,
                [(head.size, old_size, head.root, head.note, head.signed_at)],
            )
            insert_rows(connection, tiles, [(spot(t.level, t.number), t.nodes) for t in new_tiles])
        return True

    def nodes(self, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        with self._connections.read() as connection:
            return self._subtrees.nodes(connection, wanted)

    def tiles(self, level: int, start: int, stop: int) -> Iterator[FullTile]:
        at, end = spot(level, start), spot(level, stop)
        while at < end:
            page = select(tiles).where(tiles.c.spot >= at, tiles.c.spot < end)
            with self._connections.read() as connection:
                rows = connection.execute(page.order_by(tiles.c.spot).limit(64)).all()
            if not rows:
                return
            yield from (FullTile(level, row.spot - spot(level, 0), row.nodes) for row in rows)
            at = rows[-1].spot + 1

    def leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        with self._connections.read() as connection:
            return subtrees.leaf_hashes(connection, start, stop)

    def entries(self, start: int, stop: int) -> list[bytes]:
        query = select(records.c.idx, records.c.entry).where(
            records.c.idx >= start, records.c.idx < stop
        )
        with self._connections.read() as connection:
            rows = connection.execute(query.order_by(records.c.idx))
            return subtrees.contiguous(max(start, 0), rows)

    def cosign(self, size: int, witness: str, line: str, at: str) -> None:
        with self._connections.write("cosignatures") as connection:
            insert_rows(connection, cosignatures, [(size, witness, line, at)], there="skip")

    def cosignatures(self, size: int) -> tuple[str, ...]:
        wanted = select(cosignatures.c.line).where(cosignatures.c.size == size)
        with self._connections.read() as connection:
            return tuple(connection.scalars(wanted.order_by(cosignatures.c.witness)))

    def cosigned_since(self, size: int, most: int = 20) -> tuple[int, ...]:
        wanted = select(cosignatures.c.size).distinct().where(cosignatures.c.size >= size)
        with self._connections.read() as connection:
            rows = connection.scalars(wanted.order_by(cosignatures.c.size.desc()).limit(most))
            return tuple(rows)

    def damage(self) -> Damage | None:
        found = self._state("damage")
        if found is None:
            return None
        # Another process may be repairing: nothing that was read of it is kept.
        self._subtrees.forget()
        return Damage(**found)

    def report_damage(self, damage: Damage | None) -> None:
        self._set_state("damage", None if damage is None else asdict(damage))
        self._subtrees.forget()

    def scrubbed(self) -> Scrubbed:
        found = self._state("scrubbed")
        # Before there were rounds it was the index alone.
        return Scrubbed(**found) if isinstance(found, dict) else Scrubbed()

    def set_scrubbed(self, scrubbed: Scrubbed) -> None:
        self._set_state("scrubbed", asdict(scrubbed))

    def _head(self, query: Select[Any]) -> SignedHead | None:
        with self._connections.read() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else SignedHead(*row)

    def _state(self, name: str) -> Any:
        with self._connections.read() as connection:
            value = connection.scalar(select(state.c.value).where(state.c.name == name))
        return None if value is None else json.loads(value)

    def _set_state(self, name: str, value: Any) -> None:
        with self._connections.write("state") as connection:
            connection.execute(delete(state).where(state.c.name == name))
            if value is not None:
                insert_rows(connection, state, [(name, json.dumps(value))])


def _check_head(
    connection: Connection, old_size: int, head: SignedHead, new_tiles: Sequence[FullTile]
) -> None:
    if head.size <= old_size:
        raise Fatal(
            "a checkpoint of {size} does not grow one of {old}", size=head.size, old=old_size
        )
    last = connection.scalar(select(func.max(records.c.idx)))
    if last is None or head.size > last + 1:
        raise Fatal("a checkpoint of {size} covers records that are not there", size=head.size)
    if {(tile.level, tile.number) for tile in new_tiles} != completed(old_size, head.size):
        raise Fatal("a checkpoint of {size} needs exactly the tiles it completes", size=head.size)
    if any(len(tile.nodes) != subtrees.TILE_BYTES for tile in new_tiles):
        raise Fatal("a full tile has 511 hashes")


def completed(old_size: int, size: int) -> set[subtrees.Place]:
    """(level, number) of the tiles that are full at ``size`` and were not at ``old_size``."""
    return {
        (level, number)
        for level in range(size.bit_length() // 8)
        for number in range(old_size >> 8 * (level + 1), size >> 8 * (level + 1))
    }

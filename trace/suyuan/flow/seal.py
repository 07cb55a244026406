"""Seal: re-read, re-hash, sign and publish a checkpoint over everything appended since the last.

Order: the records are durable already; the checkpoint is signed, then inserted together with the tiles
that it completes, by compare-and-swap on the last size. A crash before the insert leaves nothing; the
signed note is then thrown away unseen, and the next run signs the same or a larger tree. Nothing is
sealed while damage is on record (docs/decisions/0006-sealing-re-reads-the-past.md); flow/scrub.py looks
for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from suyuan.core import merkle
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.errors import Damaged, Fatal
from suyuan.core.note import NoteSigner
from suyuan.core.tiles import TILE
from suyuan.core.timestamps import seconds_between
from suyuan.flow.clocks import ChainClock
from suyuan.flow.rehash import check_head, tile_nodes, whole
from suyuan.flow.scrub import Stored, damage_of
from suyuan.ports.log import LogStore, Tail
from suyuan.ports.outside import Clock
from suyuan.ports.tree import Damage, FullTile, SignedHead, TreeStore

CLOCK_TOLERANCE = 300.0
"""Seconds that the clock may lie behind the last record before sealing stops (A15)."""
ALIGNED = 4096
"""Heads at multiples of it are the cheapest to anchor (design/anchoring.md)."""

Hashes = dict[tuple[int, int], bytes]
"""(level, number) of complete subtrees."""


def _nothing(gap: str) -> None:
    """Where a test may stop the process: ``checkpoint`` signed, not inserted; ``published``."""


@dataclass(slots=True)
class Sealer:
    """Signs heads of one log. Several processes may run one each; the database lets one win."""

    log: LogStore
    tree: TreeStore
    clock: Clock
    signer: NoteSigner
    origin: str
    stored: Stored
    chain_clock: ChainClock = field(default_factory=ChainClock)
    gap: Callable[[str], None] = field(default=_nothing)

    def due(self, every: float) -> SignedHead | None:
        """Seal if it is time: at a multiple of 4096 as soon as there is one, else after so many
        seconds, at any size. Raises as seal does."""
        self._refuse_damage()
        self.chain_clock.check(self.clock.now())
        last, size = self.tree.latest(), self.log.tail().size
        if last is not None:
            if size // ALIGNED > last.size // ALIGNED:
                return self.seal(size - size % ALIGNED)
            if 0 <= seconds_between(last.signed_at, self.clock.now()) < every:
                return None
        return self.seal()

    def seal(self, limit: int | None = None) -> SignedHead | None:
        """Publish a checkpoint over all records (or the first ``limit``); None if there is nothing
        new, or another process was faster.

        Raises Damaged, naming the record, when stored data no longer hashes; Fatal when records
        that were sealed are gone, or the clock has run backwards.
        """
        self._refuse_damage()
        last, tail = self.tree.latest(), self.log.tail()
        old_size = last.size if last else 0
        now = self.clock.now()
        self._check_end(old_size, tail, now)
        size = tail.size if limit is None else min(limit, tail.size)
        with self._on_record():
            if last is not None:
                check_head(last, self.signer.verifiers, self.origin)
            if size <= old_size:
                return None
            tiles, edge = self._grow(old_size, size)
            root = self._root(last, size, edge)
        note = self.signer.sign(Checkpoint(self.origin, size, root).text())
        head = SignedHead(size, root, note, now)
        self.gap("checkpoint")
        if not self.tree.publish(old_size, head, tiles):
            return None
        self.gap("published")
        return head

    def _refuse_damage(self) -> None:
        damage = self.tree.damage()
        if damage is not None and damage.what == "history":
            raise Fatal(
                "since {at} the contract holds another history than the log; nothing is sealed "
                "until an operator has looked",
                at=damage.found_at,
            )
        if damage is not None:
            raise Damaged(
                "record {index}: {what} is damaged since {at}; nothing is sealed until it is "
                "repaired",
                index=damage.index,
                what=damage.what,
                at=damage.found_at,
            )

    @contextmanager
    def _on_record(self) -> Iterator[None]:
        """What is found damaged is written down, so that no other process seals over it either."""
        try:
            yield
        except Damaged as problem:
            self.tree.report_damage(damage_of(problem, self.clock.now()))
            raise

    def _check_end(self, old_size: int, tail: Tail, now: str) -> None:
        if tail.size < old_size:
            self.tree.report_damage(Damage(tail.size, "entry", now))
            raise Fatal(
                "the store holds {size} records, the last checkpoint {old}: the past is missing",
                size=tail.size,
                old=old_size,
            )
        if tail.record_time and seconds_between(now, tail.record_time) > CLOCK_TOLERANCE:
            raise Fatal(
                "the clock says {now}, the last record {last}: sealing stops until it is right",
                now=now,
                last=tail.record_time,
            )
        self.chain_clock.check(now)

    def _leaves(self, start: int, stop: int) -> Iterator[bytes]:
        time_before = ""
        for record in whole(self.log, start, stop):
            if record.record_time < time_before:
                raise Damaged(
                    "the time of record {index} lies before that of the one before it",
                    index=record.index,
                    what="time",
                )
            time_before = record.record_time
            yield record.leaf_hash

    def _grow(self, old_size: int, size: int) -> tuple[list[FullTile], Hashes]:
        """Tiles completed between the sizes, and every complete-subtree hash that is not in one."""
        tiles: list[FullTile] = []
        edge: Hashes = {}
        start = old_size - old_size % TILE
        level, number, pending = 0, start // TILE, list(self._leaves(start, size))
        while pending:
            roots: list[bytes] = []
            for first in range(0, len(pending), TILE):
                chunk = pending[first : first + TILE]
                place = number + first // TILE
                if len(chunk) == TILE:
                    nodes = tile_nodes(chunk)
                    tiles.append(FullTile(level, place, nodes))
                    roots.append(nodes[-32:])
                else:
                    edge.update(_partial(level, place, chunk))
            for offset, value in enumerate(roots):
                edge[8 * (level + 1), number + offset] = value
            first_parent = number // TILE
            known = [t.nodes[-32:] for t in self.tree.tiles(level, first_parent * TILE, number)]
            level, number, pending = level + 1, first_parent, known + roots
        return tiles, edge

    def _root(self, last: SignedHead | None, size: int, edge: Hashes) -> bytes:
        """Root at ``size``; the head published before must come out of the same hashes."""
        wanted = {*merkle.root_nodes(size), *merkle.root_nodes(last.size if last else 0)}
        known = {node: edge[node] for node in wanted if node in edge}
        known.update(self.tree.nodes([node for node in wanted if node not in edge]))

        def get(level: int, number: int) -> bytes:
            return known[level, number]

        if last is not None and merkle.root(last.size, get) != last.root:
            # Before it stops, it says of which record it is.
            for problem in self.stored.damages(0, last.size):
                raise problem
            raise Damaged(
                "the tree no longer gives the checkpoint at {size}",
                index=last.size - 1,
                size=last.size,
                what="tile",
            )
        return merkle.root(size, get)


def _partial(
    level: int, place: int, hashes: list[bytes]
) -> Iterator[tuple[tuple[int, int], bytes]]:
    """All complete subtrees in a tile that is not full."""
    depth = 0
    while hashes:
        first = place << 8 >> depth
        yield from (((8 * level + depth, first + i), value) for i, value in enumerate(hashes))
        hashes = [merkle.node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]
        depth += 1

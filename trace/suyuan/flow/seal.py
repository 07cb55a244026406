"""Seal: re-read, re-hash, sign and publish a checkpoint over everything appended since the last.

Order: the records are durable already; the checkpoint is signed, then inserted together with the tiles
that it completes, by compare-and-swap on the last size. A crash before the insert leaves nothing; the
signed note is then thrown away unseen, and the next run signs the same or a larger tree. Nothing is
sealed while damage is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from suyuan.core import merkle
from suyuan.core.checkpoint import Checkpoint, open_checkpoint
from suyuan.core.errors import Damaged, Fatal
from suyuan.core.note import NoteSigner, NoteVerifier
from suyuan.core.timestamps import seconds_between
from suyuan.flow.rehash import check_tiles, rehash, tile_nodes
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock
from suyuan.ports.tree import Damage, FullTile, SignedHead, TreeStore

CLOCK_TOLERANCE = 300.0
"""Seconds that the clock may lie behind the last record before sealing stops (A15)."""


@dataclass(slots=True)
class Sealer:
    """Signs heads of one log. Several processes may run one each; the database lets one win."""

    log: LogStore
    tree: TreeStore
    clock: Clock
    signer: NoteSigner
    origin: str
    scrub_batch: int = 20_000
    """Old records re-hashed at each sealing, in turn."""

    def seal(
        self, limit: int | None = None, at_gap: Callable[[str], None] | None = None
    ) -> SignedHead | None:
        """Publish a checkpoint over all records (or the first ``limit``); None if there is nothing new.

        Raises Damaged, naming the record, when stored data no longer hashes; Fatal when a head would
        contradict one already published, or when the clock has run backwards.
        """
        damage = self.tree.damage()
        if damage is not None:
            raise Damaged(
                "record {index}: {what} is damaged since {at}; nothing is sealed until it is "
                "repaired",
                index=damage.index,
                what=damage.what,
                at=damage.found_at,
            )
        last = self.tree.latest()
        tail = self.log.tail()
        old_size = last.size if last else 0
        size = tail.size if limit is None else min(limit, tail.size)
        if tail.size < old_size:
            raise Fatal(
                "the store holds {size} records, the last checkpoint {old}: the past is missing",
                size=tail.size,
                old=old_size,
            )
        now = self.clock.now()
        if tail.record_time and seconds_between(now, tail.record_time) > CLOCK_TOLERANCE:
            raise Fatal(
                "the clock says {now}, the last record {last}: sealing stops until it is right",
                now=now,
                last=tail.record_time,
            )
        if size <= old_size:
            return None
        try:
            self._scrub(old_size)
            tiles, edge = self._grow(old_size, size)
            root = self._root(last, size, edge)
        except Damaged as problem:
            what = str(problem.params.get("what", "data"))
            self.tree.report_damage(Damage(problem.index, what, now))
            raise
        if at_gap:
            at_gap("checkpoint")
        note = self.signer.sign(Checkpoint(self.origin, size, root).text())
        open_checkpoint(note, [NoteVerifier.parse(self.signer.vkey)], self.origin)
        head = SignedHead(size, root, note, now)
        if not self.tree.publish(old_size, head, tiles):
            return None
        return head

    def _scrub(self, old_size: int) -> None:
        """Re-hash some of what was sealed before, going round and round."""
        start = self.tree.scrubbed()
        if start >= old_size:
            start = 0
        stop = min(old_size, start + self.scrub_batch)
        self._check(start, stop)
        self.tree.set_scrubbed(stop - stop % 256 if stop < old_size else stop)

    def _check(self, start: int, stop: int) -> None:
        leaves: list[bytes] = []
        for record in self.log.scan(start, stop):
            rehash(record)
            leaves.append(record.leaf_hash)
        check_tiles(self.tree, start, stop, leaves)

    def _grow(
        self, old_size: int, size: int
    ) -> tuple[list[FullTile], dict[tuple[int, int], bytes]]:
        """Tiles completed between the sizes, and every complete-subtree hash that is not in one."""
        tiles: list[FullTile] = []
        edge: dict[tuple[int, int], bytes] = {}
        start = old_size - old_size % 256
        row = self._checked_leaves(start, old_size, size)
        level, number, pending = 0, start // 256, list(row)
        while pending:
            roots: list[bytes] = []
            for first in range(0, len(pending), 256):
                chunk = pending[first : first + 256]
                if len(chunk) == 256:
                    nodes = tile_nodes(chunk)
                    tiles.append(FullTile(level, number + first // 256, nodes))
                    roots.append(nodes[-32:])
                else:
                    for depth, hashes in enumerate(_partial_levels(chunk)):
                        base = ((number + first // 256) << 8) >> depth
                        for offset, value in enumerate(hashes):
                            edge[8 * level + depth, base + offset] = value
            for offset, value in enumerate(roots):
                edge[8 * (level + 1), number + offset] = value
            first_parent = number // 256
            known = [t.nodes[-32:] for t in self.tree.tiles(level, first_parent * 256, number)]
            level, number, pending = level + 1, first_parent, known + roots
        return tiles, edge

    def _checked_leaves(self, start: int, old_size: int, size: int) -> Iterator[bytes]:
        expected = start
        time_before = ""
        for record in self.log.scan(start, size):
            if record.index != expected:
                raise Damaged("record {index} is missing", index=expected, what="entry")
            expected += 1
            rehash(record)
            if record.record_time < time_before:
                raise Damaged(
                    "the time of record {index} lies before the one before it",
                    index=record.index,
                    what="entry",
                )
            time_before = record.record_time
            yield record.leaf_hash
        if expected != size:
            raise Damaged("record {index} is missing", index=expected, what="entry")

    def _root(
        self, last: SignedHead | None, size: int, edge: dict[tuple[int, int], bytes]
    ) -> bytes:
        """Root at ``size``; the head published before must come out of the same hashes."""
        wanted = {*merkle.root_nodes(size)}
        old_nodes = merkle.root_nodes(last.size) if last else []
        wanted.update(old_nodes)
        known = {node: edge[node] for node in wanted if node in edge}
        known.update(self.tree.nodes([node for node in wanted if node not in edge]))

        def get(level: int, number: int) -> bytes:
            return known[level, number]

        if last is not None and merkle.root(last.size, get) != last.root:
            self._check(0, last.size)
            raise Damaged(
                "the tree no longer gives the head that was published at {size}",
                index=-1,
                size=last.size,
                what="tile",
            )
        return merkle.root(size, get)


def _partial_levels(hashes: list[bytes]) -> Iterator[list[bytes]]:
    while hashes:
        yield hashes
        hashes = [merkle.node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)]

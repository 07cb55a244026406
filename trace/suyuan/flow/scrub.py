"""Scrub: re-hash what is stored, round after round, at a set rate, apart from sealing.

What is found damaged is put on record and named; nothing is sealed over it until it is mended (see
docs/decisions/0006-sealing-re-reads-the-past.md). The scrub itself goes on: more may be damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from suyuan.core import merkle
from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.encoding import digest_text
from suyuan.core.errors import Damaged, NotFound, Refused
from suyuan.core.note import NoteVerifier
from suyuan.core.replay import names_of
from suyuan.core.tiles import TILE
from suyuan.flow.drafts import carried
from suyuan.flow.rehash import (
    check_erased,
    check_head,
    check_names,
    check_tiles,
    read_content,
    rehash,
)
from suyuan.ports.accounts import AttachmentStore
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.outside import Clock
from suyuan.ports.tree import Damage, SignedHead, TreeStore

LEASE = "scrub"
HELD = 60.0
"""Seconds that the right to scrub lasts without being renewed: so long nobody scrubs after a kill."""
_MEGABYTE = 1 << 20


def _at_once(units: float) -> None:
    """As fast as it goes. ``units``: records just read; a megabyte of an attachment counts as one."""


Rest = Callable[[float], None]


@dataclass(slots=True)
class Stored:
    """Everything of a log that is re-read."""

    log: LogStore
    tree: TreeStore
    attachments: AttachmentStore
    verifiers: tuple[NoteVerifier, ...]
    """All that ever signed its heads."""
    origin: str

    def damages(self, start: int, stop: int, rest: Rest = _at_once) -> Iterator[Damaged]:
        """All that does not hash, of records from a multiple of 256 on, of their attachments, of the
        tiles over them and of the checkpoints that end among them."""
        latest = self.tree.latest()
        sealed = latest.size if latest is not None else 0
        for low in range(start, stop, TILE):
            high = min(low + TILE, stop)
            records = self.log.records(range(low, high))
            broken = list(self._records(range(low, high), records, rest))
            yield from broken
            top = min(high, sealed)
            if low < top:
                yield from self._tiles(low, top, records, broken)

    def root_in(self, note: str, size: int) -> bytes | None:
        """The root that a signed checkpoint of this size states; None where it is none of ours."""
        try:
            signed = open_checkpoint(note, self.verifiers, self.origin)
        except Refused:
            return None
        return signed.root if signed.size == size else None

    def _records(
        self, span: range, records: dict[int, StoredRecord], rest: Rest
    ) -> Iterator[Damaged]:
        touched = self.log.touches_of(span)
        for index in span:
            try:
                if index not in records:
                    raise Damaged("record {index} is missing", index=index, what="entry")
                record = records[index]
                rehash(record)
                if record.content is None:
                    check_erased(self.log, [index])
                    continue
                content = read_content(index, record.content)
                check_names(index, names_of(content, record.kid, record.owner), touched)
                digests = carried(content.kind, content.value)
            except Damaged as problem:
                yield problem
            else:
                yield from self._attachments(index, digests, rest)
        rest(len(span))

    def _attachments(self, index: int, digests: Collection[bytes], rest: Rest) -> Iterator[Damaged]:
        for digest in digests:
            size = self.attachments.rehash(digest)
            if size is None:
                yield Damaged(
                    "record {index}: the attachment {digest} is not what was committed",
                    index=index,
                    digest=digest_text(digest),
                    what="attachment",
                )
            else:
                rest(size / _MEGABYTE)

    def _tiles(
        self, low: int, top: int, records: dict[int, StoredRecord], broken: Collection[Damaged]
    ) -> Iterator[Damaged]:
        """Only where all leaves are here: what lacks one is named already."""
        if any(problem.params["what"] == "entry" for problem in broken):
            return
        leaves = [records[index].leaf_hash for index in range(low, top)]
        try:
            check_tiles(self.tree, low, leaves)
        except Damaged as problem:
            yield problem
            return
        before = 0
        for head in self.tree.heads(low):
            if head.size > top:
                break
            if head.size > low:
                try:
                    self._check_head(before, head)
                except Damaged as problem:
                    yield problem
                    return
            before = head.size

    def _check_head(self, before: int, head: SignedHead) -> None:
        check_head(head, self.verifiers, self.origin)
        try:
            nodes = self.tree.nodes(merkle.root_nodes(head.size))
        except NotFound as problem:
            raise Damaged(
                "the tree no longer gives the checkpoint at {size}",
                index=head.size - 1,
                size=head.size,
                what="tile",
            ) from problem
        if merkle.root(head.size, lambda level, number: nodes[level, number]) != head.root:
            raise Damaged(
                "of the records {index} to {to}, sealed at {size}, one is another now",
                index=before,
                to=head.size - 1,
                size=head.size,
                what="entry",
            )


@dataclass(slots=True)
class Scrubber:
    """The background pass. Several processes may run one each; a lease lets one at a time."""

    stored: Stored
    clock: Clock
    lease: Callable[[float], bool] = field(default=lambda _: True)
    """Have or renew the right to scrub for so many seconds; False: another process has it."""

    def step(self, rest: Rest = _at_once) -> list[Damaged]:
        """Re-read the next 256 sealed records, and put what is damaged on record.

        Returns what was found; at the end of a round the next begins at the first record. The lease is
        renewed after each rest, so a rest has to be shorter than it.
        """
        tree = self.stored.tree
        latest = tree.latest()
        if latest is None or not self.lease(HELD):
            return []

        def renewing(units: float) -> None:
            rest(units)
            self.lease(HELD)

        at = tree.scrubbed()
        now = self.clock.now()
        if at.index >= latest.size:
            at = replace(at, index=0)
        if at.index == 0:
            at = replace(at, began_at=now)
        stop = min(at.index + TILE, latest.size)
        found = list(self.stored.damages(at.index, stop, renewing))
        if found:
            # A repair may have been under way: what is whole by now is not put on record.
            found = list(self.stored.damages(at.index, stop, renewing))
        if found:
            self.report(found[0])
        if not self.lease(HELD):  # we were held up, and another process went on from here
            return found
        at = replace(at, index=stop, found=at.found + len(found) if at.index else len(found))
        if stop == latest.size:
            at = replace(at, index=0, ended_at=self.clock.now(), last_found=at.found)
        tree.set_scrubbed(at)
        return found

    def report(self, problem: Damaged) -> None:
        """Put it on record, unless something is on record already: that stops sealing as well."""
        if self.stored.tree.damage() is None:
            self.stored.tree.report_damage(damage_of(problem, self.clock.now()))

    def mend(self) -> int:
        """Re-read everything, and clear the damage on record if all of it is whole.

        Returns how many records were read; raises the first Damaged, and puts it on record.
        """
        latest = self.stored.tree.latest()
        size = max(self.stored.log.tail().size, latest.size if latest else 0)
        for problem in self.stored.damages(0, size):
            self.stored.tree.report_damage(damage_of(problem, self.clock.now()))
            raise problem
        self.stored.tree.report_damage(None)
        return size


def damage_of(problem: Damaged, now: str) -> Damage:
    """As it is put on record."""
    return Damage(problem.index, str(problem.params.get("what", "entry")), now)

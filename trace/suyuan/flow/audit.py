"""Audit: replay a whole log, from its database or from what it publishes, and ask the chain.

The report names the first record that differs. Nothing of the log's own word is taken over: hashes,
links, tips, key states, heads are all made again; only what a viewer may not see stays unknown, and
is counted. A database's index of what each record touches is believed for speed and checked by every
link that rests on it; with signatures, or once a link differs, it is read from the contents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Damaged, Refused
from suyuan.core.merkle import root_from_leaf_hashes
from suyuan.core.policy import Policy
from suyuan.core.replay import Replay, Replayed
from suyuan.core.tiles import TILE
from suyuan.flow.audit_chain import Asked, ChainAudit, Heads
from suyuan.flow.rehash import check_erased, check_tiles, replayed
from suyuan.ports.anchors import AnchorStore
from suyuan.ports.log import LogStore
from suyuan.ports.tree import SignedHead, TreeStore

BATCH = 1024
"""Records read at a time: a multiple of a tile."""


class Source(Protocol):
    """Where the log is read from. Damaged for what cannot be so; Unavailable if it is gone."""

    def newest(self) -> SignedHead | None:
        """The newest checkpoint, as its source tells it."""
        ...

    def heads(self) -> Iterable[SignedHead]:
        """Checkpoints by size; at least the newest."""
        ...

    def anchors(self) -> Iterable[tuple[int, bytes, bool]]:
        """Sizes and roots said to be anchored, by size, and whether for good."""
        ...

    def records(self, sealed: int, *, thorough: bool) -> Iterator[Replayed]:
        """All records in order; those beyond ``sealed`` as far as the source shows them.

        ``thorough``: with what an index says by name, if there is one, not by number.
        """
        ...

    def check_tiles(self, start: int, leaves: list[bytes]) -> None:
        """Compare published tiles with leaves that were recomputed, from a multiple of 256 on."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that does not hold. ``index`` is -1 where it is no record's."""

    index: int
    what: str
    problem: Damaged

    @property
    def text(self) -> str:
        """In English, for scripts."""
        return self.problem.text


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was replayed and what came of it."""

    size: int
    """Records under the newest checkpoint, or as far as they agreed."""
    root: str
    unsealed: int
    newest: str
    hidden: int
    erased: int
    signatures: bool
    checkpoints: int
    chain: Asked
    chain_sizes: tuple[int, ...]
    difference: Difference | None

    @property
    def ok(self) -> bool:
        """Nothing differs (which says nothing of what was hidden or of a chain not reached)."""
        return self.difference is None


@dataclass(slots=True)
class StoreSource:
    """The database itself: everything that is not erased."""

    log: LogStore
    tree: TreeStore
    journal: AnchorStore

    def newest(self) -> SignedHead | None:
        return self.tree.latest()

    def heads(self) -> Iterable[SignedHead]:
        return self.tree.heads()

    def anchors(self) -> Iterator[tuple[int, bytes, bool]]:
        policy = self.journal.policy()
        size = 0
        while policy and (found := self.journal.covering(policy.version, size + 1)):
            size = found.size
            yield size, found.root, found.state == "final"

    def records(self, sealed: int, *, thorough: bool) -> Iterator[Replayed]:
        size = max(sealed, self.log.tail().size)
        for first in range(0, size, BATCH):
            span = range(first, min(first + BATCH, size))
            batch = list(self.log.scan(span.start, span.stop, batch=BATCH))
            check_erased(self.log, [record.index for record in batch if record.content is None])
            if thorough:
                touched = self.log.touches_of(span)
                for record in batch:
                    yield replayed(record, touched[record.index])
            else:
                numbers = self.log.numbers_of(span.start, span.stop)
                # There are fewer records where the last ones are gone, which the replay will say.
                for record, numbered in zip(batch, numbers, strict=False):
                    yield replayed(record, numbers=numbered)

    def check_tiles(self, start: int, leaves: list[bytes]) -> None:
        check_tiles(self.tree, start, leaves)


def audit(
    source: Source,
    policy: Policy,
    *,
    chain: Heads | None,
    signatures: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay everything; never raises for what it finds, only Unavailable if the source is gone."""

    def replay(*, thorough: bool) -> AuditReport:
        return _Run(source, policy, chain, thorough, signatures, on_progress).report()

    report = replay(thorough=signatures)
    if report.difference is not None and report.difference.what == "after" and not signatures:
        # A link differs: by its own fault, or because the index misled. The contents tell.
        return replay(thorough=True)
    return report


@dataclass(slots=True)
class _Run:
    """One replay and what it compares with."""

    source: Source
    policy: Policy
    chain: Heads | None
    thorough: bool
    signatures: bool
    on_progress: Callable[[int, int], None] | None
    sealed: int = 0
    root: bytes = b""
    checkpoints: int = 0

    def report(self) -> AuditReport:
        replay = Replay(self.policy.origin, self.policy.admin_kid, self.thorough, self.signatures)
        chain = ChainAudit(self.chain, self.policy, lambda size: _root(replay, size))
        difference: Difference | None = None
        try:
            self._compare(replay, chain)
        except Damaged as problem:
            what = str(problem.params.get("what", "entry"))
            difference = Difference(problem.index, what, problem)
            if what == "chain":
                chain.asked = "differs"
        size = min(replay.size, self.sealed)
        return AuditReport(
            size=size,
            root=(self.root or replay.root()).hex(),
            unsealed=replay.size - size,
            newest=replay.newest,
            hidden=replay.hidden,
            erased=replay.erased,
            signatures=self.signatures,
            checkpoints=self.checkpoints,
            chain=chain.asked,
            chain_sizes=tuple(chain.sizes),
            difference=difference,
        )

    def _compare(self, replay: Replay, chain: ChainAudit) -> None:
        newest = self.source.newest()
        if newest is not None:
            self._check_note(newest)
            self.sealed = newest.size
        chain.begin(self.sealed)
        heads, anchors = iter(self.source.heads()), iter(self.source.anchors())
        head, anchor = next(heads, None), next(anchors, None)
        before = tiled = 0
        for record in self.source.records(self.sealed, thorough=self.thorough):
            replay.feed(record)
            size = replay.size
            if head is not None and size == head.size:
                self._check_note(head)
                if replay.root() != head.root:
                    # A full tile may still know which record it was.
                    self.source.check_tiles(tiled, _leaves(replay, tiled))
                    raise _another(before, size)
                before, head = size, next(heads, None)
                self.checkpoints += 1
            if anchor is not None and size == anchor[0]:
                if replay.root() != anchor[1]:
                    raise Damaged(
                        "the anchor noted at {size} has another root",
                        index=size - 1,
                        size=size,
                        what="anchor",
                    )
                chain.compare(size, final=anchor[2])
                anchor = next(anchors, None)
            elif size == chain.head:
                chain.compare(size, final=True)
            if size == self.sealed:
                self.root = replay.root()
            if size == self.sealed or (size < self.sealed and size % BATCH == 0):
                self.source.check_tiles(tiled, _leaves(replay, tiled))
                tiled = size - size % TILE
            if self.on_progress and size % BATCH == 0:
                self.on_progress(size, max(size, self.sealed))
        if replay.size < self.sealed:
            raise Damaged("record {index} is missing", index=replay.size, what="entry")
        chain.end(replay.size)

    def _check_note(self, head: SignedHead) -> None:
        try:
            signed = open_checkpoint(head.note, self.policy.log_keys, self.policy.origin)
        except Refused as problem:
            raise Damaged(
                "the checkpoint at {size} does not hold: {why}",
                index=head.size - 1,
                size=head.size,
                why=problem,
                what="checkpoint",
            ) from None
        if (signed.size, signed.root) != (head.size, head.root):
            raise Damaged(
                "the checkpoint at {size} is not what was signed",
                index=head.size - 1,
                size=head.size,
                what="checkpoint",
            )


def _root(replay: Replay, size: int) -> bytes:
    """Of the first ``size`` records replayed."""
    if size == replay.size:
        return replay.root()
    return root_from_leaf_hashes([replay.leaf_hash(index) for index in range(size)])


def _leaves(replay: Replay, start: int) -> list[bytes]:
    return [replay.leaf_hash(index) for index in range(start, replay.size)]


def _another(first: int, size: int) -> Damaged:
    """By the checkpoints before and after, one of these was replaced whole."""
    return Damaged(
        "of the records {index} to {to}, sealed at {size}, one is another now",
        index=first,
        to=size - 1,
        size=size,
        what="checkpoint",
    )

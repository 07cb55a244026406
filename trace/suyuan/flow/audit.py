"""Audit: replay a whole log, from its database or from what it publishes, and ask the chain.

The report names the first record that differs. Nothing of the log's own word is taken over: hashes,
links, tips, key states, heads are all made again; only what a viewer may not see stays unknown, and
is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Damaged, Refused, Unavailable
from suyuan.core.policy import Policy
from suyuan.core.replay import Replay, Replayed
from suyuan.flow.rehash import check_tiles
from suyuan.ports.anchors import AnchorStore
from suyuan.ports.log import LogStore
from suyuan.ports.tree import TreeStore

BATCH = 1024


class Heads(Protocol):
    """The part of a chain that an audit asks."""

    def identity(self) -> tuple[int, str]: ...

    def head_size(self) -> int: ...

    def root_at(self, size: int) -> bytes | None: ...


class Source(Protocol):
    """Where the log is read from."""

    def checkpoints(self) -> Iterable[str]:
        """Signed notes, by size, the newest last; at least the newest."""
        ...

    def records(self, size: int) -> Iterator[Replayed]: ...

    def anchored(self) -> Iterable[int]:
        """Sizes said to be anchored."""
        ...

    def check_tiles(self, start: int, stop: int, leaves: list[bytes]) -> None:
        """Compare published tiles with leaves that were recomputed."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that does not hold. ``index`` is -1 where it is no record's."""

    index: int
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was replayed and what came of it."""

    size: int
    root: str
    unsealed: int
    newest: str
    hidden: int
    erased: int
    signatures: bool
    checkpoints: int
    chain: Literal["agrees", "not asked", "not reached", "differs"]
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
    anchors: AnchorStore

    def checkpoints(self) -> Iterable[str]:
        return (head.note for head in self.tree.heads())

    def anchored(self) -> Iterable[int]:
        row = self.anchors.policy()
        found = self.anchors.latest(row.version, ("mined", "final")) if row else None
        return [found.size] if found else []

    def records(self, size: int) -> Iterator[Replayed]:
        for first in range(0, size, BATCH):
            batch = list(self.log.scan(first, min(first + BATCH, size)))
            touched = self.log.touches_of([record.index for record in batch])
            for stored in batch:
                yield Replayed(
                    stored.index,
                    stored.entry,
                    stored.link,
                    stored.content,
                    stored.disclosures,
                    touched[stored.index],
                    erased=stored.content is None,
                )

    def check_tiles(self, start: int, stop: int, leaves: list[bytes]) -> None:
        check_tiles(self.tree, start, stop, leaves)


def audit(
    source: Source,
    policy: Policy,
    *,
    chain: Heads | None,
    signatures: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> AuditReport:
    """Replay everything; never raises for what it finds, only Unavailable if the source is gone."""
    replay = Replay(policy.origin, policy.admin_kid, signatures)
    difference: Difference | None = None
    heads: dict[int, bytes] = {}
    asked: Literal["agrees", "not asked", "not reached", "differs"] = "not asked"
    sizes: list[int] = []
    try:
        for note in source.checkpoints():
            try:
                opened = open_checkpoint(note, policy.log_keys, policy.origin)
            except Refused as problem:
                raise Damaged(
                    "a checkpoint does not hold: {why}", what="checkpoint", why=problem.text
                ) from None
            heads[opened.size] = opened.root
        top = max(heads, default=0)
        anchored = [size for size in source.anchored() if size <= top]
        if chain is not None:
            try:
                anchored = sorted({*anchored, *_on_chain(chain, policy, top)})
                asked = "agrees"
            except Unavailable:
                chain, asked = None, "not reached"
        _replay(
            replay, source, top, heads, set(anchored) if chain else set(), chain, sizes, on_progress
        )
    except Damaged as problem:
        difference = Difference(
            problem.index, str(problem.params.get("what", "data")), problem.text
        )
        if difference.what == "chain":
            asked = "differs"
    return AuditReport(
        size=replay.size,
        root=replay.root().hex(),
        unsealed=0,
        newest=replay.newest,
        hidden=replay.hidden,
        erased=replay.erased,
        signatures=signatures,
        checkpoints=len(heads),
        chain=asked,
        chain_sizes=tuple(sizes),
        difference=difference,
    )


def _on_chain(chain: Heads, policy: Policy, top: int) -> list[int]:
    if chain.identity() != (policy.chain_id, policy.genesis):
        raise Damaged("this is not the chain of the policy", what="chain")
    size = chain.head_size()
    if size > top:
        raise Damaged(
            "the contract holds {size} records, the log shows only {top}: the newest were "
            "taken away",
            what="chain",
            size=size,
            top=top,
        )
    return [size] if size else []


def _replay(
    replay: Replay,
    source: Source,
    top: int,
    heads: dict[int, bytes],
    anchored: set[int],
    chain: Heads | None,
    sizes: list[int],
    on_progress: Callable[[int, int], None] | None,
) -> None:
    compare = heads.keys() | anchored
    tile_start = 0
    for record in source.records(top):
        replay.feed(record)
        size = replay.size
        if size % BATCH == 0 or size == top:
            leaves = [replay.leaf_hash(i) for i in range(tile_start, size)]
            source.check_tiles(tile_start, size, leaves)
            tile_start = size - size % 256
            if on_progress:
                on_progress(size, top)
        if size in compare:
            root = replay.root()
            if size in heads and heads[size] != root:
                raise Damaged(
                    "the checkpoint at {size} was signed over other records",
                    what="checkpoint",
                    index=size - 1,
                    size=size,
                )
            if chain is not None and size in anchored:
                if chain.root_at(size) != root:
                    raise Damaged(
                        "the contract holds another root at {size}: the past was rewritten "
                        "after it was anchored",
                        what="chain",
                        index=size - 1,
                        size=size,
                    )
                sizes.append(size)
    if replay.size != top:
        raise Damaged("record {index} is missing", index=replay.size, what="entry")

"""A mirror: follows a log over HTTP, believes nothing, and keeps everything that it verified.

Each new checkpoint is computed again from the entries that lie below it, on top of those kept before:
so every two checkpoints that it ever saw are consistent, or it says so and keeps the proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from suyuan.core import merkle
from suyuan.core.checkpoint import Checkpoint, open_checkpoint
from suyuan.core.errors import Damaged, Malformed, ProofError, Unavailable
from suyuan.core.policy import Policy
from suyuan.core.replay import RightEdge
from suyuan.core.tiles import TILE
from suyuan.flow.audit_chain import Asked, Heads
from suyuan.ports.mirror import Alarm, Kept, MirrorStore, Published
from suyuan.ports.outside import Clock

_AT_ONCE = 64
"""Entry bundles that are held in memory."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look brought. ``chain``: whether the contract agrees with what is kept."""

    size: int
    new: int
    chain: Asked
    chain_size: int | None


@dataclass(slots=True)
class Mirror:
    """One log, one policy; ``chain`` is a node that the mirror's operator trusts, or None."""

    source: Published
    store: MirrorStore
    policy: Policy
    chain: Heads | None
    clock: Clock
    on_progress: Callable[[int, int], None] = lambda *_: None
    _edge: RightEdge = field(default_factory=RightEdge)

    def step(self) -> Followed:
        """Look once. Damaged, with the alarm kept, for a lie; Unavailable if the log is silent or
        shows an older head than it did (a cache may), and nothing is lost by asking again."""
        alarm = self.store.alarm()
        if alarm is not None:
            raise Damaged("{text} (found at {at})", text=alarm.text, at=alarm.at, what="alarm")
        note = self.source.checkpoint()
        try:
            return self._follow(note)
        except Damaged as problem:
            self.store.raise_alarm(Alarm(self.clock.now(), problem.text, note))
            raise

    def _follow(self, note: str) -> Followed:
        told = self._opened(note)
        last = self.store.head()
        size = last.size if last else 0
        if told.size < size:
            if self.root(told.size) != told.root:
                raise self._two_histories(told)
            raise Unavailable(
                "the log shows {told} records, and has shown {size} before",
                told=told.size,
                size=size,
            )
        if last is not None and told.size == size and told.root != last.root:
            raise self._two_histories(told)
        new = told.size - size
        if last is None or new:
            self._fetch(size, told)
            self.store.publish(Kept(told.size, told.root, note, self.clock.now()))
        return self._ask_chain(told, new)

    def _opened(self, note: str) -> Checkpoint:
        try:
            return open_checkpoint(note, self.policy.log_keys, self.policy.origin)
        except (Malformed, ProofError) as problem:
            raise Damaged(
                "the checkpoint cannot be read: {why}", why=problem, what="checkpoint"
            ) from None

    def _fetch(self, size: int, told: Checkpoint) -> None:
        edge = self._right_edge(size)
        start = size
        while start < told.size:
            entries: list[bytes] = []
            at = start
            while at < told.size and len(entries) < _AT_ONCE * TILE:
                number, skip = divmod(at, TILE)
                width = min(TILE, told.size - number * TILE)
                entries += self.source.entries(number, width)[skip:]
                at = number * TILE + width
            leaves = merkle.leaf_hashes(entries)
            for leaf in leaves:
                edge.push(leaf)
            self.store.extend(start, entries, leaves)
            start = at
            self.on_progress(start - size, told.size - size)
        if edge.root() != told.root:
            self._edge = RightEdge()
            raise self._two_histories(told)

    def _right_edge(self, size: int) -> RightEdge:
        """The tree kept so far; made again from its leaves after a start or a look that failed."""
        if self._edge.size != size:
            self._edge = RightEdge()
            for first in range(0, size, 1 << 16):
                for leaf in self.store.nodes(0, first, min(size, first + (1 << 16))):
                    self._edge.push(leaf)
        return self._edge

    def root(self, size: int) -> bytes:
        """Root of the first ``size`` entries that are kept."""
        return merkle.root(size, self._node)

    def _node(self, level: int, number: int) -> bytes:
        tile, rest = divmod(level, 8)
        return merkle.root_from_leaf_hashes(
            self.store.nodes(tile, number << rest, (number + 1) << rest)
        )

    def _two_histories(self, told: Checkpoint) -> Damaged:
        return Damaged(
            "the checkpoint at {size} is not of the history that was shown before",
            index=told.size - 1,
            size=told.size,
            what="checkpoint",
        )

    def _ask_chain(self, told: Checkpoint, new: int) -> Followed:
        if self.chain is None:
            return Followed(told.size, new, "not asked", None)
        try:
            identity, on_chain = self.chain.identity(), self.chain.head_size()
            if identity != (self.policy.chain_id, self.policy.genesis):
                raise Damaged("this is not the chain of the policy", what="chain")
            if on_chain > told.size:
                raise Damaged(
                    "the contract holds {size} records, the log shows only {top}: the newest were "
                    "taken away",
                    index=told.size,
                    what="chain",
                    size=on_chain,
                    top=told.size,
                )
            for size in {on_chain, *self._anchored(on_chain)}:
                root = self.chain.root_at(size) if size else None
                if root is not None and root != self.root(size):
                    raise Damaged(
                        "the contract holds another root at {size}: the past was rewritten after "
                        "it was anchored",
                        index=size - 1,
                        size=size,
                        what="chain",
                    )
        except Unavailable:
            return Followed(told.size, new, "not reached", None)
        return Followed(told.size, new, "agrees", on_chain)

    def _anchored(self, on_chain: int) -> list[int]:
        """The last few sizes that may be anchored: a head replaced meanwhile is asked for too."""
        return [size for size in self.store.sizes() if size <= on_chain][-4:]

"""How anchoring stands: what waits for the chain, why, since when, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.errors import SuyuanError, Unavailable
from suyuan.core.kept import read_kept
from suyuan.core.story_values import Said
from suyuan.ports.anchors import MINED, AnchorRow, AnchorState, AnchorStore, Lease
from suyuan.ports.chain import Chain
from suyuan.ports.log import LogStore
from suyuan.ports.tree import TreeStore

TYPICAL_GAS = 80_000
"""Units of gas that an anchor of any size takes (design/anchoring.md: 77k measured)."""
FEW_ANCHORS = 1_500
"""Anchors that a wallet should pay for: a day's, one each minute."""


@dataclass(frozen=True, slots=True)
class Wallet:
    """What the operator's key has to pay anchors with."""

    operator: str
    balance: int
    """wei"""
    price: int
    """wei that a unit of gas costs now; 0 where gas costs nothing"""

    @property
    def anchors_left(self) -> int | None:
        """How many anchors it pays for at this price; None: any number."""
        return self.balance // (self.price * TYPICAL_GAS) if self.price else None

    @property
    def is_nearly_empty(self) -> bool:
        """Whether somebody should send ether today."""
        left = self.anchors_left
        return left is not None and left < FEW_ANCHORS


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it at one moment. ``wallet`` is None, and ``silent`` says why, where nobody could tell."""

    records: int
    sealed: int
    anchored: int
    state: AnchorState | None
    waiting: int
    since: str | None
    """recordTime of the oldest record that waits."""
    pending: AnchorRow | None
    why: Said
    wallet: Wallet | None
    silent: SuyuanError | None
    leases: tuple[Lease, ...] = ()
    """Which process anchors and which scrubs; where nobody does, none."""

    @property
    def at_most(self) -> int | None:
        """wei that the pending anchor costs at most, once its transaction is signed."""
        if self.pending is None or not self.pending.txs:
            return None
        return self.pending.txs[-1].max_fee * TYPICAL_GAS


def wallet_of(chain: Chain) -> Wallet:
    """Asks the chain; Unavailable when it does not answer."""
    return Wallet(chain.operator, chain.balance(), chain.price())


def standing(
    log: LogStore,
    tree: TreeStore,
    anchors: AnchorStore,
    wallet: Wallet | None,
    silent: SuyuanError | None,
) -> Standing:
    """Read from the journal alone; what the chain says of the wallet is handed in."""
    size, head, policy = log.tail().size, tree.latest(), anchors.policy()
    done = anchors.latest(policy.version, MINED) if policy else None
    pending = anchors.latest(policy.version, ("pending",)) if policy else None
    anchored = done.size if done else 0
    oldest = log.records([anchored]).get(anchored) if anchored < size else None
    sealed = head.size if head else 0
    return Standing(
        records=size,
        sealed=sealed,
        anchored=anchored,
        state=done.state if done else None,
        waiting=size - anchored,
        since=oldest.record_time if oldest else None,
        pending=pending,
        why=_why(
            size, sealed, done, pending, tree.damage() is not None, policy is not None, silent
        ),
        wallet=wallet,
        silent=silent,
        leases=tuple(anchors.leases()),
    )


def _why(
    size: int,
    sealed: int,
    done: AnchorRow | None,
    pending: AnchorRow | None,
    damaged: bool,
    founded: bool,
    silent: SuyuanError | None,
) -> Said:
    if not founded:
        return Said("no contract is set up for this log yet")
    anchored = done.size if done else 0
    if anchored >= size and done is not None and done.state != "final":
        return Said(
            "all records are anchored; the newest anchor, in block {block}, is not final yet",
            block=done.block_number,
        )
    if anchored >= size:
        return Said("all records are anchored")
    if pending is not None and pending.problem:
        return Said("the last attempt met this: {problem}", problem=read_kept(pending.problem))
    if pending is not None and pending.txs:
        sent = pending.txs[-1].sent_at
        if sent is None:
            return Said("a transaction is signed and about to be sent")
        return Said(
            "a transaction was sent and is not in a block yet; sent {count} times over, last at {at}",
            count=len(pending.txs),
            at=sent,
        )
    if pending is not None:
        return Said("an anchor is planned, and its transaction not signed yet")
    if damaged:
        return Said("damage is on record, and nothing is sealed until it is repaired")
    if sealed <= anchored:
        return Said("the newest records wait for the next checkpoint")
    if isinstance(silent, Unavailable):
        return Said("a checkpoint waits until the chain answers; recording goes on meanwhile")
    return Said("a checkpoint waits for the next look at the chain")

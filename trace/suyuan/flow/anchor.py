"""Anchor: bring the contract's head up to the log's, whatever the chain does meanwhile.

One call of ``step`` looks once at the chain and does the next thing; a worker calls it again and
again. Order: the intent is durable, then each signed transaction, then it is sent. A crash after the
intent finds a pending row without a transaction and signs one; after the signing finds one not marked
as sent and sends it (the chain knows it by its hash); after the sending finds its receipt.
A chain that cannot be reached is errors.Unavailable, and the log goes on without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from suyuan.core import merkle
from suyuan.core.errors import Fatal, Refused
from suyuan.core.kept import keep
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.said import Said
from suyuan.core.timestamps import seconds_between
from suyuan.ports.anchors import AnchorRow, AnchorStore, AnchorTx
from suyuan.ports.chain import Chain, ChainHead, Mined, SignedTx
from suyuan.ports.outside import Clock
from suyuan.ports.tree import Damage, SignedHead, TreeStore

LEASE = "anchoring"
MOST_REFUSALS = 3
"""How often "nonce too low" is believed to come right by itself (A8)."""

State: TypeAlias = Literal[
    "idle", "sent", "waiting", "refused", "mined", "safe", "final", "elsewhere"
]


class ChainReset(Fatal):
    """Another genesis, or the contract is gone: this is not the chain of the policy (A14)."""


def _nothing(gap: str) -> None:
    """Where a test may stop the process: after ``intent``, ``signed``, ``send``; before ``receipt``
    is written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step found and did, for logs and status pages."""

    state: State
    """``refused``: by the chain, see the row's problem. ``elsewhere``: another process anchors."""
    anchored: int
    """Size of the contract's head."""
    row: AnchorRow | None = None


@dataclass(slots=True)
class Anchorer:
    """Anchors one log under the policy in force. One process at a time holds the lease (A4)."""

    store: AnchorStore
    tree: TreeStore
    chain: Chain
    clock: Clock
    holder: str
    resubmit_after: float = 48.0
    """Seconds without a receipt until the transaction is sent again with higher fees (A5, A7)."""
    settle: float = 0.0
    """Seconds between an intent and its first sending: no block may be older than a record in it."""
    lease_seconds: float = 60.0
    closing: bool = False
    """The log was closed by our own word, so that a closed contract is no surprise."""
    refusals: dict[int, int] = field(default_factory=dict)
    """Anchor → how often in a row its transaction was refused for its nonce (A8); kept by the caller
    from one Anchorer to the next. Lost in a crash, it only takes three more to notice."""
    gap: Callable[[str], None] = field(default=_nothing)

    def step(self) -> Progress:
        """Raises Unavailable (try later); ChainReset; Refused when the contract would not take an
        anchor; Fatal, with damage on record, when the contract contradicts the log."""
        row = self.store.policy()
        if row is None:
            raise Refused("no contract is set up for this log yet")
        if not self._lease():
            return Progress("elsewhere", 0)
        policy = parse_policy(row.policy)
        # The head first, receipts after: a head that our own transaction moved has its receipt.
        head = self._head(policy)
        watched = [self._watch(anchor) for anchor in self.store.open(row.version)]
        if any(anchor.state != "pending" for anchor in watched):
            head = self._head(policy)
        watched = [self._unless_passed(anchor, head) for anchor in watched]
        watched += self._recovered(row.version, head)
        if head.closed and self.closing:
            return Progress("idle", head.size)
        if head.closed:
            raise Refused("the log was closed in the contract; open its successor")
        if head.operator.lower() != self.chain.operator.lower():
            raise Refused(
                "the contract names {theirs} as operator, our key is {ours}",
                theirs=head.operator,
                ours=self.chain.operator,
            )
        for anchor in watched:
            if anchor.state == "pending" and anchor.old_size == head.size:
                return self._push(anchor, head)
        latest = self.tree.latest()
        if latest is not None and latest.size > head.size:
            return self._push(self._plan(row.version, head, latest), head)
        newest = watched[-1] if watched else None
        if newest is None or newest.state == "abandoned":
            return Progress("idle", head.size)
        return Progress("waiting" if newest.state == "pending" else newest.state, head.size, newest)

    def release(self) -> None:
        """Give the lease up, so that another process can take over at once."""
        self.store.release(LEASE, self.holder)

    def _lease(self) -> bool:
        return self.store.lease(LEASE, self.holder, self.lease_seconds)

    def _head(self, policy: Policy) -> ChainHead:
        """The contract's head, which has to be ours: it may be behind us, never ahead or elsewhere."""
        chain_id, genesis = self.chain.identity()
        if (chain_id, genesis) != (policy.chain_id, policy.genesis):
            raise ChainReset(
                "this is chain {found} with genesis {genesis}, not chain {wanted} of the policy",
                found=chain_id,
                genesis=genesis,
                wanted=policy.chain_id,
            )
        head = self.chain.head()
        if head is None:
            raise ChainReset(
                "the contract {contract} is not on this chain any more", contract=policy.contract
            )
        ours = self._root(head.size)
        if head.size and ours != head.root:
            if self.tree.damage() is None:
                # Whoever seals reads it too: a checkpoint more would be a second history.
                self.tree.report_damage(Damage(head.size - 1, "history", self.clock.now()))
            raise Fatal(
                "the contract holds another history: its head at {size} is {theirs}, ours is {ours}; "
                "the past of one of them was rewritten",
                size=head.size,
                theirs=head.root.hex() if head.root else "missing",
                ours=ours.hex() if ours else "missing",
            )
        return head

    def _root(self, size: int) -> bytes | None:
        """Root at a size, recomputed from stored hashes; None when the log is not that long."""
        latest = self.tree.latest()
        if latest is None or latest.size < size:
            return None
        nodes = self.tree.nodes(merkle.root_nodes(size))
        return merkle.root(size, lambda level, number: nodes[level, number])

    def _watch(self, anchor: AnchorRow) -> AnchorRow:
        """Look for a receipt of any transaction ever sent for this anchor (A3, A9)."""
        receipts = [self.chain.receipt(tx.tx_hash, anchor.size, anchor.root) for tx in anchor.txs]
        seen = next((found for found in receipts if found and found.ok), None)
        if seen is None and anchor.state != "pending" and anchor.tx_hash is None:
            noted = (anchor.block_number or 0, anchor.block_hash or "")
            seen = self.chain.held(anchor.size, anchor.root, noted)
        if seen is None:
            if anchor.state == "pending":
                return anchor
            return self._update(
                replace(
                    anchor,
                    state="pending",
                    tx_hash=None,
                    block_number=None,
                    block_hash=None,
                    block_time=None,
                    gas_used=None,
                    problem=keep(Said("its block vanished in a reorganisation")),
                )
            )
        if anchor.state == "pending":
            root = self.chain.root_at(anchor.size)
            if root is None:  # another node, which is behind
                return anchor
            if root != anchor.root:
                raise Fatal(
                    "the contract gives another root at {size} than the one that was anchored",
                    size=anchor.size,
                )
        found = _mined(anchor, seen)
        if found != anchor:
            self.gap("receipt")
            self._update(found)
        return found

    def _unless_passed(self, anchor: AnchorRow, head: ChainHead) -> AnchorRow:
        """Abandons a pending anchor that the contract's head went past, unless by this very anchor,
        whose receipt will show (A10). One whose turn has not come waits for the one before it.

        Two processes may plan the same, one of them after its lease ran out: of such twins one is
        mined, and the other would wait for ever.
        """
        if anchor.state != "pending" or head.size <= anchor.old_size:
            return anchor
        twin = self.store.at(anchor.policy_version, anchor.size)
        if twin is None and self.chain.root_at(anchor.size) == anchor.root:
            return self._without_receipt(anchor)
        why = Said("the contract's head moved; planned anew")
        return self._update(replace(anchor, state="abandoned", problem=keep(why)))

    def _without_receipt(self, anchor: AnchorRow) -> AnchorRow:
        """The contract has its root, and nobody a receipt: a node that lost its blocks and kept their
        state, or somebody else's transaction. After a while the contract's word is taken, which is what
        verifiers ask: mined as of the block in which it was seen, and final when that is deep enough.
        """
        last = anchor.txs[-1] if anchor.txs else None
        since = (last.sent_at if last else None) or anchor.created_at
        if 0 <= seconds_between(since, self.clock.now()) < self.resubmit_after:
            return anchor
        seen = self.chain.held(anchor.size, anchor.root, None)
        return anchor if seen is None else self._update(_mined(anchor, seen))

    def _recovered(self, version: int, head: ChainHead) -> list[AnchorRow]:
        """An anchor given up before, which the head turns out to stand on: it is watched again (A3)."""
        row = self.store.latest(version, ("abandoned",))
        if row is None or (row.size, row.root) != (head.size, head.root):
            return []
        if self.store.at(version, row.size) is not None:
            return []
        again = self._watch(replace(row, state="pending"))
        return [] if again.state == "pending" else [again]

    def _update(self, anchor: AnchorRow) -> AnchorRow:
        self.store.update(anchor)
        return anchor

    def _plan(self, version: int, head: ChainHead, latest: SignedHead) -> AnchorRow:
        if self._root(latest.size) != latest.root:
            raise Fatal(
                "the stored tree no longer gives the checkpoint at {size}", size=latest.size
            )
        proof: list[bytes] = []
        if head.size:
            nodes = self.tree.nodes(merkle.consistency_nodes(head.size, latest.size))
            proof = merkle.consistency_proof(head.size, latest.size, lambda lv, n: nodes[lv, n])
        row = self.store.intend(
            AnchorRow(
                0,
                version,
                head.size,
                latest.size,
                latest.root,
                tuple(proof),
                "pending",
                self.clock.now(),
                (),
            )
        )
        self.gap("intent")
        return row

    def _push(self, anchor: AnchorRow, head: ChainHead) -> Progress:
        """Sign if nothing was signed, send what was not sent, replace what hangs too long."""
        now = self.clock.now()
        if not anchor.txs:
            if self.settle and seconds_between(anchor.created_at, now) < self.settle:
                return Progress("waiting", head.size, anchor)
            try:
                first = self._sign(anchor, self.chain.nonce(), None, now)
            except Refused as problem:
                if problem.params.get("why") != "HeadMoved":
                    raise
                # Somebody's anchor was mined since the head was read: the next step reads it (A10).
                anchor = self._update(replace(anchor, problem=keep(problem)))
                return Progress("waiting", head.size, anchor)
            return self._send(anchor, first, head)
        last = anchor.txs[-1]
        if last.sent_at is None:
            return self._send(anchor, last, head)
        # Sent in the future: the clock was set back, and nobody waits until it is there again.
        if 0 <= seconds_between(last.sent_at, now) < self.resubmit_after:
            return Progress("waiting", head.size, anchor)
        nonce = self.chain.nonce()
        over = SignedTx(last.tx_hash, last.raw, last.nonce, last.max_fee, last.tip)
        try:
            last = self._sign(anchor, nonce, over if nonce == last.nonce else None, now)
        except Refused as problem:
            # Over the ceiling (A6): the same one again, because mempools forget (A5).
            anchor = self._update(replace(anchor, problem=keep(problem)))
        return self._send(anchor, last, head)

    def _sign(self, anchor: AnchorRow, nonce: int, over: SignedTx | None, now: str) -> AnchorTx:
        signed = self.chain.sign_extend(
            anchor.old_size, anchor.size, anchor.root, anchor.proof, nonce=nonce, bump_over=over
        )
        tx = AnchorTx(
            signed.tx_hash, signed.raw, signed.nonce, signed.max_fee, signed.tip, now, None
        )
        if all(earlier.tx_hash != tx.tx_hash for earlier in anchor.txs):
            # Another process may have signed the very same since this row was read: it is kept once.
            self.store.add_tx(anchor.id, tx)
        self.gap("signed")
        return tx

    def _send(self, anchor: AnchorRow, tx: AnchorTx, head: ChainHead) -> Progress:
        if not self._lease():
            return Progress("elsewhere", head.size)
        state: State = "sent"
        try:
            self.chain.send(tx.raw)
        except Refused as problem:
            # Nonce too low, no money, or fees under those of one already waiting. At the next step
            # its receipt is there, or after a while a new one is signed at the chain's own nonce.
            state, anchor = "refused", self._refused(anchor, problem)
        self.gap("send")
        self.store.mark_sent(anchor.id, tx.tx_hash, self.clock.now())
        return Progress(state, head.size, anchor)

    def _refused(self, anchor: AnchorRow, problem: Refused) -> AnchorRow:
        """Three times "nonce too low" and none of its own mined: planned anew from the head (A8)."""
        count = 0
        if "nonce too low" in problem.text.lower():
            count = self.refusals.get(anchor.id, 0) + 1
        self.refusals[anchor.id] = count
        if count < MOST_REFUSALS:
            return self._update(replace(anchor, problem=keep(problem)))
        del self.refusals[anchor.id]
        why = Said(
            "nonce too low three times, and none of its transactions was mined; planned anew"
        )
        return self._update(replace(anchor, state="abandoned", problem=keep(why)))


def _mined(anchor: AnchorRow, seen: Mined) -> AnchorRow:
    return replace(
        anchor,
        state="final" if seen.final else "safe" if seen.safe else "mined",
        tx_hash=seen.tx_hash,
        block_number=seen.block_number,
        block_hash=seen.block_hash,
        block_time=seen.block_time,
        gas_used=seen.gas_used,
        problem=None,
    )

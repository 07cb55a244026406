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

from suyuan.core import merkle
from suyuan.core.errors import Fatal, Refused
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.timestamps import seconds_between
from suyuan.ports.anchors import AnchorRow, AnchorStore, AnchorTx
from suyuan.ports.chain import Chain, ChainHead, Mined, SignedTx
from suyuan.ports.outside import Clock
from suyuan.ports.tree import SignedHead, TreeStore

LEASE = "anchoring"


class ChainReset(Fatal):
    """Another genesis, or the contract is gone: this is not the chain of the policy (A14)."""


def _nothing(gap: str) -> None:
    """Where a test may stop the process: after ``intent``, ``send`` and ``receipt``."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step found and did, for logs and status pages."""

    state: str
    """idle, intended, sent, waiting, mined, final, replaced, elsewhere (another process anchors)"""
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
    lease_seconds: float = 60.0
    gap: Callable[[str], None] = field(default=_nothing)

    def step(self) -> Progress:
        """Raises Unavailable (try later), ChainReset, or Fatal when the chain contradicts the log."""
        row = self.store.policy()
        if row is None:
            raise Refused("no contract is set up for this log yet")
        policy = parse_policy(row.policy)
        if not self.store.lease(LEASE, self.holder, self.lease_seconds):
            return Progress("elsewhere", 0)
        self._same_chain(policy)
        head = self.chain.head()
        watched = [self._watch(anchor) for anchor in self.store.open(row.version)]
        pending = [anchor for anchor in watched if anchor.state == "pending"]
        head = self.chain.head() if watched else head
        self._head_is_ours(head)
        if pending:
            return self._push(pending[0], head)
        if head.closed:
            raise Refused("the log was closed in the contract; open its successor")
        latest = self.tree.latest()
        if latest is not None and latest.size > head.size:
            return self._plan(row.version, head, latest)
        mined = [anchor for anchor in watched if anchor.state == "mined"]
        if mined:
            return Progress("mined", head.size, mined[-1])
        return Progress("final" if watched else "idle", head.size, watched[-1] if watched else None)

    def release(self) -> None:
        """Give the lease up, so that another process can take over at once."""
        self.store.release(LEASE, self.holder)

    def _same_chain(self, policy: Policy) -> None:
        chain_id, genesis = self.chain.identity()
        if (chain_id, genesis) != (policy.chain_id, policy.genesis):
            raise ChainReset(
                "this is chain {found} with genesis {genesis}, not chain {wanted} of the policy",
                found=chain_id,
                genesis=genesis,
                wanted=policy.chain_id,
            )
        if not self.chain.deployed():
            raise ChainReset(
                "the contract {contract} is not on this chain any more", contract=policy.contract
            )

    def _head_is_ours(self, head: ChainHead) -> None:
        """The contract may be behind us, never ahead or elsewhere."""
        if head.size == 0:
            return
        ours = self._root(head.size)
        theirs = self.chain.root_at(head.size)
        if ours is None or theirs != ours:
            raise Fatal(
                "the contract holds another history: its head at {size} is {theirs}, ours is {ours}; "
                "the past of one of them was rewritten",
                size=head.size,
                theirs=theirs.hex() if theirs else "missing",
                ours=ours.hex() if ours else "missing",
            )

    def _root(self, size: int) -> bytes | None:
        """Root at a size, recomputed from stored hashes; None when the log is not that long."""
        latest = self.tree.latest()
        if latest is None or latest.size < size:
            return None
        nodes = self.tree.nodes(merkle.root_nodes(size))
        return merkle.root(size, lambda level, number: nodes[level, number])

    def _watch(self, anchor: AnchorRow) -> AnchorRow:
        """Look for a receipt of any transaction ever sent for this anchor (A3, A9)."""
        seen: Mined | None = None
        for tx in anchor.txs:
            seen = self.chain.receipt(tx.tx_hash)
            if seen is not None:
                break
        if seen is None:
            if anchor.state != "pending":
                anchor = replace(
                    anchor,
                    state="pending",
                    tx_hash=None,
                    block_number=None,
                    block_hash=None,
                    block_time=None,
                    gas_used=None,
                    problem="its block vanished in a reorganisation",
                )
                self.store.update(anchor)
            return anchor
        if not seen.ok:
            anchor = replace(
                anchor,
                state="abandoned",
                tx_hash=seen.tx_hash,
                problem="the contract refused it; planned anew from its head",
            )
            self.store.update(anchor)
            return anchor
        if anchor.state == "pending" and self.chain.root_at(anchor.size) != anchor.root:
            raise Fatal(
                "the contract gives another root at {size} than the one that was anchored",
                size=anchor.size,
            )
        self.gap("receipt")
        found = replace(
            anchor,
            state="final" if seen.final else "mined",
            tx_hash=seen.tx_hash,
            block_number=seen.block_number,
            block_hash=seen.block_hash,
            block_time=seen.block_time,
            gas_used=seen.gas_used,
            problem=None,
        )
        if found != anchor:
            self.store.update(found)
        return found

    def _plan(self, version: int, head: ChainHead, latest: SignedHead) -> Progress:
        root = self._root(latest.size)
        if root != latest.root:
            raise Fatal(
                "the stored tree no longer gives the checkpoint at {size}", size=latest.size
            )
        needed = merkle.consistency_nodes(head.size, latest.size) if head.size else []
        nodes = self.tree.nodes(needed)
        proof = (
            merkle.consistency_proof(head.size, latest.size, lambda lv, n: nodes[lv, n])
            if head.size
            else []
        )
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
        return self._push(row, head)

    def _push(self, anchor: AnchorRow, head: ChainHead) -> Progress:
        """Sign if nothing was signed, send what was not sent, replace what hangs too long."""
        if head.size != anchor.old_size:
            self.store.update(
                replace(
                    anchor, state="abandoned", problem="the contract's head moved; planned anew"
                )
            )
            return Progress("replaced", head.size, anchor)
        now = self.clock.now()
        if not anchor.txs:
            tx = self._sign(anchor, self.chain.nonce(), None, now)
            return self._send(anchor, tx, head)
        last = anchor.txs[-1]
        if last.sent_at is None:
            return self._send(anchor, last, head)
        if seconds_between(last.sent_at, now) < self.resubmit_after:
            return Progress("waiting", head.size, anchor)
        nonce = self.chain.nonce()
        over = SignedTx(last.tx_hash, last.raw, last.nonce, last.max_fee, last.tip)
        tx = self._sign(anchor, nonce, over if nonce == last.nonce else None, now)
        return self._send(anchor, tx, head)

    def _sign(self, anchor: AnchorRow, nonce: int, over: SignedTx | None, now: str) -> AnchorTx:
        signed = self.chain.sign_extend(
            anchor.old_size, anchor.size, anchor.root, anchor.proof, nonce=nonce, bump_over=over
        )
        tx = AnchorTx(
            signed.tx_hash, signed.raw, signed.nonce, signed.max_fee, signed.tip, now, None
        )
        if all(earlier.tx_hash != tx.tx_hash for earlier in anchor.txs):
            self.store.add_tx(anchor.id, tx)
        return tx

    def _send(self, anchor: AnchorRow, tx: AnchorTx, head: ChainHead) -> Progress:
        try:
            self.chain.send(tx.raw)
        except Refused as problem:
            # Nonce too low, or fees under those of one already waiting: at the next step either its
            # receipt is there, or a new transaction is signed at the chain's own nonce.
            self.store.update(replace(anchor, problem=problem.text))
            self.store.mark_sent(anchor.id, tx.tx_hash, self.clock.now())
            return Progress("waiting", head.size, anchor)
        self.gap("send")
        self.store.mark_sent(anchor.id, tx.tx_hash, self.clock.now())
        return Progress("sent", head.size, anchor)

"""How far one record is on its way into the chain: checked here and now, not believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from suyuan.core.checkpoint import open_checkpoint
from suyuan.core.errors import Damaged, Refused
from suyuan.core.merkle import leaf_hash, verify_inclusion
from suyuan.core.note import NoteVerifier
from suyuan.core.tlog_proof import parse_proof
from suyuan.flow.prove import RecordView
from suyuan.ports.anchors import AnchorStore

State = Literal["waiting", "sealed", "mined", "anchored", "broken"]
"""``waiting``: in the log, under no signed head yet; ``sealed``: under one; ``mined``: the root of that
head stands in a block that can still be reorganised away; ``anchored``: in a final one; ``broken``: what
is stored does not hold together."""


@dataclass(frozen=True, slots=True)
class ProofState:
    state: State
    size: int | None = None
    """Records under the head that it was checked against."""
    has_chain: bool = False
    """Whether this log has a contract at all."""
    block: int | None = None
    block_time: str | None = None
    """When the block says it was made (UTC)."""
    transaction: str | None = None


def proof_state(
    view: RecordView, *, origin: str, verifier: NoteVerifier, anchors: AnchorStore
) -> ProofState:
    """Of a record as somebody sees it; the entry is checked, whether its content is shown or not."""
    policy = anchors.policy()
    has_chain = policy is not None
    if view.proof is None or view.checkpoint is None:
        return ProofState("waiting", has_chain=has_chain)
    try:
        head = open_checkpoint(view.checkpoint, [verifier], origin)
        index, hashes = parse_proof(view.proof)
        if index != view.index:
            return ProofState("broken", has_chain=has_chain)
        verify_inclusion(leaf_hash(view.entry.encode()), index, head.size, hashes, head.root)
    except (Refused, Damaged):
        return ProofState("broken", has_chain=has_chain)
    row = anchors.at(policy.version, head.size) if policy is not None else None
    if row is None:
        return ProofState("sealed", head.size, has_chain)
    if row.root != head.root:
        return ProofState("broken", head.size, has_chain)
    return ProofState(
        "anchored" if row.state == "final" else "mined", head.size, has_chain,
        row.block_number, row.block_time, row.tx_hash,
    )  # fmt: skip


__all__ = ["ProofState", "State", "proof_state"]

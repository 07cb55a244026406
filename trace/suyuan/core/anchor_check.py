"""The anchor of a bundle: against the policy, the checkpoint, and the chain (formats.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from suyuan.core.bundle import Anchor
from suyuan.core.checkpoint import Checkpoint
from suyuan.core.encoding import b64, unb64
from suyuan.core.errors import ProofError, Refused, SuyuanError, Unavailable
from suyuan.core.policy import Policy

AnchorState: TypeAlias = Literal["none", "not checked", "not final", "checked"]


class ChainView(Protocol):
    """What a verifier asks of a chain. What keeps it from answering is errors.Unavailable.

    Addresses and hashes are ``0x`` and lower case hex; nothing is taken from the bundle but the
    place to look at.
    """

    def chain_id(self) -> int: ...

    def genesis_hash(self) -> str:
        """Hash of block 0."""
        ...

    def root_at(
        self, contract: str, log_id: str, size: int, *, block: Literal["finalized", "latest"]
    ) -> bytes | None:
        """``rootAt(logId, size)`` at that block; None for no root, and where no contract is.

        On a chain that does not know ``finalized`` it is asked at ``latest``.
        """
        ...

    def head_extended(
        self, contract: str, log_id: str, size: int, root: bytes, at: Anchor
    ) -> str | None:
        """Time of the canonical block ``at.block_hash`` if it holds this HeadExtended, else None.

        RFC 3339 UTC, milliseconds, ``Z``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Anchored:
    """How far the anchor was followed. ``block_time`` is None where the time was not checked."""

    state: AnchorState
    block_time: str | None = None
    why: SuyuanError | None = None
    """Why it is not checked or not final."""


def check_anchor(
    anchor: Anchor | None, policy: Policy, checkpoint: Checkpoint, chain: ChainView | None
) -> Anchored:
    """Raises Refused where bundle, policy and chain contradict each other."""
    if anchor is None:
        return Anchored("none", why=Refused("the bundle says of no anchor"))
    for name, found, wanted in (
        ("chainId", anchor.chain_id, policy.chain_id),
        ("contract", anchor.contract, policy.contract),
        ("logId", anchor.log_id, policy.log_id),
    ):
        if found != wanted:
            raise ProofError("the anchor's {name} is not that of the policy", name=name)
    if anchor.size != checkpoint.size or unb64(anchor.root, size=32) != checkpoint.root:
        raise ProofError("the anchor is of another tree than the checkpoint")
    if chain is None:
        return Anchored("not checked", why=Unavailable("no chain was asked"))
    try:
        return _ask(anchor, policy, checkpoint, chain)
    except Unavailable as problem:
        return Anchored("not checked", why=problem)
    except Refused:
        raise
    except SuyuanError as problem:
        raise ProofError("the chain contradicts itself: {why}", why=problem) from None


def _ask(anchor: Anchor, policy: Policy, checkpoint: Checkpoint, chain: ChainView) -> Anchored:
    if chain.chain_id() != policy.chain_id:
        raise ProofError("the chain asked is not chain {wanted}", wanted=policy.chain_id)
    if chain.genesis_hash() != policy.genesis:
        raise ProofError("the chain asked began with another block 0 than the policy's")
    where = (policy.contract, policy.log_id, checkpoint.size)
    final = chain.root_at(*where, block="finalized")
    root = final if final is not None else chain.root_at(*where, block="latest")
    if root is None:
        raise ProofError("the contract knows no root at {size}", size=checkpoint.size)
    if root != checkpoint.root:
        raise ProofError(
            "the contract has another root at {size}: {root}", size=checkpoint.size, root=b64(root)
        )
    if final is None:
        return Anchored("not final", why=Refused("the chain may still take the anchor back"))
    return Anchored("checked", _block_time(anchor, policy, checkpoint, chain))


def _block_time(
    anchor: Anchor, policy: Policy, checkpoint: Checkpoint, chain: ChainView
) -> str | None:
    """The block's time, where the anchor's hints lead to it; a time is a plus, never a condition."""
    try:
        time = chain.head_extended(
            policy.contract, policy.log_id, checkpoint.size, checkpoint.root, anchor
        )
    except SuyuanError:
        return None
    return time if time == anchor.block_time else None

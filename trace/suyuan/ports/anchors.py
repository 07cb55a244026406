"""The journal of anchors. Every change is durable when the call returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

AnchorState = Literal["pending", "mined", "safe", "final", "abandoned"]
"""``pending → mined → safe → final`` (A2); ``abandoned`` when the head went past it."""
MINED: tuple[AnchorState, ...] = ("mined", "safe", "final")
"""In a block of the canonical chain when last looked at."""


@dataclass(frozen=True, slots=True)
class AnchorTx:
    """One transaction ever signed for an anchor; kept for ever, since any of them may be mined."""

    tx_hash: str
    raw: bytes
    """Signed bytes, so that the same transaction can be sent again."""
    nonce: int
    max_fee: int
    tip: int
    signed_at: str
    sent_at: str | None


@dataclass(frozen=True, slots=True)
class AnchorRow:
    """One intended ``extend(old_size → size)`` under one policy version; ``txs`` as added."""

    id: int
    policy_version: int
    old_size: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]
    state: AnchorState
    created_at: str
    txs: tuple[AnchorTx, ...]
    tx_hash: str | None = None
    block_number: int | None = None
    block_hash: str | None = None
    block_time: str | None = None
    gas_used: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A published policy; a new version only when the chain or contract changes."""

    version: int
    policy: bytes
    since: str


@dataclass(frozen=True, slots=True)
class Lease:
    """A right that one process at a time has. Who dies with it keeps it until it runs out."""

    name: str
    holder: str
    """host:pid:chance"""
    seconds: float
    """until it runs out, unless it is renewed"""


class AnchorStore(Protocol):
    def intend(self, row: AnchorRow) -> AnchorRow:
        """Insert a pending anchor (id is given by the store). Durable before the first send."""
        ...

    def add_tx(self, anchor: int, tx: AnchorTx) -> None:
        """Keep one more signed transaction, before it is sent. NotFound without its anchor.

        One that is there stays as it is: two processes that sign the same make the same.
        """
        ...

    def mark_sent(self, anchor: int, tx_hash: str, at: str) -> None:
        """When it was sent last. NotFound if the anchor has no such transaction."""
        ...

    def update(self, row: AnchorRow) -> None:
        """Write state, mined facts and problem of one row (its transactions are not touched).

        NotFound if there is no such row.
        """
        ...

    def open(self, policy_version: int) -> list[AnchorRow]:
        """Anchors not yet final nor abandoned, by size."""
        ...

    def latest(self, policy_version: int, states: tuple[AnchorState, ...]) -> AnchorRow | None:
        """The largest one in one of these states."""
        ...

    def at(self, policy_version: int, size: int) -> AnchorRow | None:
        """The anchor of exactly this size that is mined, safe or final."""
        ...

    def covering(self, policy_version: int, size: int) -> AnchorRow | None:
        """The smallest one in a block with at least this size."""
        ...

    def policy(self) -> PolicyRow | None:
        """The policy in force."""
        ...

    def policies(self) -> list[PolicyRow]:
        """All that ever were in force, by version."""
        ...

    def add_policy(self, policy: bytes, since: str, *, same_contract: bool = False) -> PolicyRow:
        """Put the next version in force; versions count from 1.

        ``same_contract``: only keys changed, so that all anchors of the last version are this one's.
        """
        ...

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew a named lease; True if ``holder`` now has it until now + seconds."""
        ...

    def release(self, name: str, holder: str) -> None: ...

    def leases(self) -> list[Lease]:
        """Those that have not run out, by name."""
        ...

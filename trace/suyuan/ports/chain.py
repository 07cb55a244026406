"""An Ethereum chain as anchoring needs it. Every failure to reach it is errors.Unavailable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The contract's word on our log."""

    operator: str
    size: int
    closed: bool
    root: bytes | None
    """``rootAt(size)`` in the same block; None at size 0."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A receipt, checked against the canonical block of its number; ``ok`` is False for a revert.

    Or, where no receipt is to be had, a canonical block whose state holds the root.
    """

    tx_hash: str | None
    """None without a receipt."""
    ok: bool
    block_number: int
    block_hash: str
    block_time: str
    depth: int
    """Blocks on top of it, itself counted: 1 when it is the newest."""
    gas_used: int | None
    safe: bool
    """Half as deep as final is, or at or below the chain's ``safe`` block where it has one."""
    final: bool
    """Deep enough by settings, or at or below the chain's ``finalized`` block where it has one."""


@dataclass(frozen=True, slots=True)
class SignedTx:
    tx_hash: str
    raw: bytes
    nonce: int
    max_fee: int
    tip: int


class Chain(Protocol):
    """One contract on one chain, one log, one operator key."""

    def identity(self) -> tuple[int, str]:
        """Chain id and hash of block 0. All configured RPC URLs must agree, and on the past below
        the newest blocks too, else Fatal (A11)."""
        ...

    @property
    def operator(self) -> str:
        """Address of our key."""
        ...

    def head(self) -> ChainHead | None:
        """None where there is no such contract, or the log was not opened in it."""
        ...

    def root_at(self, size: int) -> bytes | None: ...

    def nonce(self) -> int:
        """Next nonce at ``latest``."""
        ...

    def balance(self) -> int:
        """Operator's balance in wei."""
        ...

    def price(self) -> int:
        """wei that a unit of gas costs in the next block; 0 where gas costs nothing."""
        ...

    def sign_extend(
        self,
        old_size: int,
        size: int,
        root: bytes,
        proof: tuple[bytes, ...],
        *,
        nonce: int,
        bump_over: SignedTx | None,
    ) -> SignedTx:
        """Build and sign, without sending; fees at least 10 % above ``bump_over``'s if that one waits.

        Refused where the contract would not take it, or the fees would pass the ceiling.
        """
        ...

    def send(self, raw: bytes) -> None:
        """Send; "already known" is no error.

        Raises Refused when the chain will not take it (nonce too low …).
        """
        ...

    def newest(self) -> tuple[int, str]:
        """Number and time (RFC 3339) of the newest block."""
        ...

    def receipt(self, tx_hash: str, size: int, root: bytes) -> Mined | None:
        """Checked field by field: a success has to carry HeadExtended of our log, size and root."""
        ...

    def held(self, size: int, root: bytes, noted: tuple[int, str] | None) -> Mined | None:
        """A canonical block in whose state the contract has this root: the one noted before (number
        and hash), or else the newest. None where it has another, or none."""
        ...

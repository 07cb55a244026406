"""Time, chance and keys: what a pure core may not reach for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Clock(Protocol):
    def now(self) -> str:
        """RFC 3339 UTC with milliseconds and ``Z``."""
        ...


class Randomness(Protocol):
    def salt(self) -> str:
        """22 base64url characters, 128 fresh random bits (formats.md §2)."""
        ...


class Signer(Protocol):
    """A key in our keeping, ready to sign."""

    @property
    def kid(self) -> str: ...

    def sign(self, message: bytes) -> bytes:
        """64-byte Ed25519 signature (RFC 8032)."""
        ...


class Keys(Protocol):
    """Keys kept by the service. Seeds never leave the adapter unencrypted."""

    def create(self, organisation: str, role: str, now: str) -> tuple[str, bytes]:
        """Make and keep a key; returns kid and the 32-byte public key."""
        ...

    def signer(self, kid: str) -> Signer:
        """Raises NotFound when the service does not hold this key, Unavailable without its secret."""
        ...


class Vault(Protocol):
    """Encryption at rest under the node's secret (docs/decisions/0007-keys-at-rest.md)."""

    def close(self, purpose: str, name: str, seed: bytes) -> bytes: ...

    def open(self, purpose: str, name: str, sealed: bytes) -> bytes:
        """Unavailable when the secret is another one, or the bytes were changed."""
        ...

    def digest(self, data: bytes) -> bytes:
        """Recognises the same bytes again; tells a thief of the database nothing."""
        ...


class Passwords(Protocol):
    """Slow hashes (argon2id), and which passwords are guessed first."""

    def hash(self, password: str) -> str: ...

    def check(self, known: str | None, password: str) -> bool:
        """Whether this is it; takes as long where none is known."""
        ...

    def is_common(self, password: str, near: Collection[str]) -> bool:
        """Whether guessers come to it soon. ``near``: what they know of the person."""
        ...


class Chance(Protocol):
    """Randomness for secrets."""

    def octets(self, count: int) -> bytes: ...

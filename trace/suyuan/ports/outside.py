"""Time, chance and keys: what a pure core may not reach for."""

from __future__ import annotations

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

"""How fast the machine is just now, beside the one on which the goals were set."""

from __future__ import annotations

from bench.timing import timed
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

GOALS_SET_AT = 97e-6
"""Seconds for one Ed25519 verification by OpenSSL on the machine on which the goals were set."""


def measured() -> float:
    """The same on this machine, now: shared machines are twice as fast in one minute as in the next."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public, message = key.public_key(), bytes(150)
    signature = key.sign(message)

    def verify() -> None:
        for _ in range(500):
            public.verify(signature, message)

    return timed(verify, 5).seconds / 500

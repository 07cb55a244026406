"""Passwords: argon2id (RFC 9106), and zxcvbn's estimate of how soon one is guessed."""

from __future__ import annotations

import threading
from collections.abc import Collection
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4
"""Each hash takes 64 MiB while it is made: more at once would let anybody fill the memory."""
_GUESSES = 10**6
"""Fewer, and an attacker who may try a hundred times a day gets there within years, or by luck."""
_LOOKED_AT = 72
"""zxcvbn's time grows with the square of the length; what is longer is not the commonest."""

_CHINESE = (
    "5201314", "1314520", "1314521", "520520", "521521", "woaini", "woaiwojia", "woaiwo", "wodemima",
    "mima", "zhongguo", "admin", "nongmin", "hezuoshe", "shanhetao", "147258369", "159357", "qq",
)  # fmt: skip
"""What people here take first, and zxcvbn's English lists do not have."""


class SlowPasswords:
    """ports.outside.Passwords. RFC 9106's second recommended option, argon2-cffi's default."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = lru_cache(maxsize=1)(lambda: self._hasher.hash("nobody's password"))

    def hash(self, password: str) -> str:
        with self._turns:
            return self._hasher.hash(password)

    def check(self, known: str | None, password: str) -> bool:
        against = self._nobodys() if known is None else known
        with self._turns:
            try:
                fits = self._hasher.verify(against, password)
            except (VerificationError, InvalidHashError):
                return False
        return fits and known is not None

    def is_common(self, password: str, near: Collection[str]) -> bool:
        # Its lists take a fifth of a second to load, and only who chooses a password needs them.
        from zxcvbn import zxcvbn

        told = zxcvbn(password[:_LOOKED_AT], user_inputs=[*_CHINESE, *filter(None, near)])
        return int(told["guesses"]) < _GUESSES

"""Forms that were sent: each is worked on once, and answered alike however often it is sent."""

from __future__ import annotations

from typing import Protocol


class FormStore(Protocol):
    """Each call is one transaction. Times are seconds since 1970."""

    def begin(self, key: bytes, at: float, *, stale: float, forget: float) -> bytes | None:
        """Take a form to work on it: None, and it is the caller's. Else the answer it was given; empty
        while somebody works on it, who took it less than ``stale`` seconds ago. Those taken ``forget``
        seconds ago are deleted."""
        ...

    def end(self, key: bytes, answer: bytes) -> None:
        """Keep the answer."""
        ...

    def drop(self, key: bytes) -> None:
        """Nothing came of it: it may be sent again."""
        ...

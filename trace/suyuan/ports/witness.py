"""What a witness remembers of each log: the largest tree that it cosigned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Seen:
    """The size and root cosigned last."""

    size: int
    root: bytes


class WitnessStore(Protocol):
    """Durable, and shared by all processes that cosign with one key."""

    def seen(self, origin: str) -> Seen | None:
        """None where nothing of this log was cosigned yet. Damaged where it cannot be read:
        a witness that forgot must not cosign."""
        ...

    def advance(self, origin: str, old: Seen | None, new: Seen) -> bool:
        """Replace ``old`` by ``new``, on disk before this returns; False, and nothing done, where
        it is no longer ``old`` that is remembered."""
        ...


class Witnesses(Protocol):
    """The witnesses that a log asks."""

    def ask(self, url: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer to add-checkpoint; Unavailable where there is none."""
        ...

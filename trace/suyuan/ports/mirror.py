"""What a mirror keeps of a log, and where it reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that was verified, as published; everything below it is kept."""

    size: int
    root: bytes
    note: str
    seen_at: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """A lie, and the signed note that it was found in: evidence against who signed it."""

    at: str
    text: str
    note: str


class MirrorStore(Protocol):
    """``extend`` is seen only after ``publish``; a crash between the two leaves what was before."""

    def head(self) -> Kept | None: ...

    def at(self, size: int) -> Kept | None:
        """A checkpoint seen before, by its size."""
        ...

    def sizes(self) -> Sequence[int]:
        """Of all checkpoints ever seen."""
        ...

    def extend(self, start: int, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """Entries and their leaf hashes from index ``start`` on; what was there beyond it goes."""
        ...

    def publish(self, head: Kept) -> None:
        """On disk, and the newest, when this returns."""
        ...

    def entries(self, start: int, stop: int) -> list[bytes]: ...

    def nodes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Hashes of tile level ``level`` (binary level 8·level)."""
        ...

    def alarm(self) -> Alarm | None: ...

    def raise_alarm(self, alarm: Alarm) -> None:
        """The first one stays until an operator takes it away."""
        ...


class Published(Protocol):
    """A log as it publishes itself. Unavailable where it does not answer."""

    def checkpoint(self) -> str:
        """The newest signed note."""
        ...

    def entries(self, number: int, width: int) -> list[bytes]:
        """The first ``width`` of an entry bundle; Damaged where they are not there."""
        ...

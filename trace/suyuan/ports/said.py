"""What a mirror keeps of what records say: as everybody is told it, found to be what was committed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SaidOpenly:
    """What everybody is told of one record; None for what nobody is, and for what did not hash."""

    index: int
    link: bytes | None
    content: bytes | None
    disclosures: tuple[str, ...] = ()


class SaidStore(Protocol):
    """By blocks of 256 records, each written whole. One process writes; others may read."""

    def size(self) -> int:
        """Records that were asked for: all below it, but for the blocks that are to be asked again."""
        ...

    def count(self) -> int:
        """Contents that are held."""
        ...

    def put(self, block: int, said: Sequence[SaidOpenly]) -> None:
        """On disk when this returns; in place of what was there of the block."""
        ...

    def read(self, start: int, stop: int) -> Iterator[SaidOpenly]:
        """Of start ≤ index < stop, what was asked for."""
        ...

    def drop(self, index: int) -> None:
        """Forget a content and its disclosures: an erasure names it."""
        ...

    def again(self) -> Sequence[int]:
        """Blocks in which something did not hash, sorted."""
        ...

    def set_again(self, blocks: Sequence[int]) -> None: ...


class AttachedStore(Protocol):
    """Photos and reports by the digest of their bytes. Each call is durable when it returns."""

    def begin(self) -> bool:
        """True the first time: contents that are here already were never asked for theirs."""
        ...

    def get(self, digest: bytes) -> bytes | None: ...

    def has(self, digest: bytes) -> bool: ...

    def put(self, digest: bytes, body: bytes) -> None: ...

    def name(self, digest: bytes, index: int) -> None:
        """Note that the content of this record names it."""
        ...

    def release(self, digest: bytes, index: int) -> None:
        """The content does not any more: with the last one that did, the bytes go."""
        ...

    def count(self) -> int: ...


class Open(Protocol):
    """A log, or a mirror of it, as it answers everybody. Unavailable where it does not."""

    def told(self, start: int, stop: int) -> list[SaidOpenly]:
        """Of these records, in order; fewer where the answer breaks off or cannot be read."""
        ...

    def attachment(self, digest: bytes) -> bytes | None:
        """The bytes as they are told, unchecked; None where they are not everybody's, or not there."""
        ...

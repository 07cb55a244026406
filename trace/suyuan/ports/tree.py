"""The published tree: checkpoints, full tiles, and the hashes that proofs are made of.

A checkpoint and the tiles that it completes become durable in one transaction, by compare-and-swap
on the size of the checkpoint before it; nobody can read one without the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A checkpoint as published: ``note`` is the exact signed text."""

    size: int
    root: bytes
    note: str
    signed_at: str


@dataclass(frozen=True, slots=True)
class FullTile:
    """256 hashes of ``level`` (tlog-tiles level L, number N) and all nodes above them in the tile.

    ``nodes`` = in-tile levels 0..8 one after the other: 256 + 128 + … + 1 hashes of 32 bytes.
    """

    level: int
    number: int
    nodes: bytes


class TreeStore(Protocol):
    def latest(self) -> SignedHead | None: ...

    def at(self, size: int) -> SignedHead | None: ...

    def covering(self, size: int) -> SignedHead | None:
        """The smallest published checkpoint of at least this size."""
        ...

    def heads(self, since: int = 0) -> Iterator[SignedHead]:
        """Checkpoints by size, from the last one of at most ``since`` records on; 0: all."""
        ...

    def publish(self, old_size: int, head: SignedHead, tiles: Sequence[FullTile]) -> bool:
        """Insert head and tiles in one transaction; False, and nothing done, if the latest is not
        ``old_size`` (0: there is none).

        Fatal for a head that does not grow, that covers records which are not there, or that comes
        without exactly the tiles it completes.
        """
        ...

    def nodes(self, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Hashes of complete subtrees (binary level, number), from tiles, else from leaf hashes.

        NotFound for a subtree that the log does not fill yet; Damaged when stored rows are missing
        or misshapen. Nothing is verified here: whoever uses a hash compares it with a checkpoint.
        """
        ...

    def tiles(self, level: int, start: int, stop: int) -> Iterator[FullTile]:
        """Stored full tiles of one level, start ≤ number < stop."""
        ...

    def leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        """Fewer where the log ends; Damaged where one is missing in between."""
        ...

    def entries(self, start: int, stop: int) -> list[bytes]:
        """As leaf_hashes."""
        ...

    def cosign(self, size: int, witness: str, line: str, at: str) -> None:
        """Keep a witness's line on a published checkpoint; one that is there stays. Conflict where
        there is no such checkpoint."""
        ...

    def cosignatures(self, size: int) -> tuple[str, ...]:
        """All lines on a checkpoint, each with its newline, by the witnesses' names."""
        ...

    def cosigned_since(self, size: int, most: int = 20) -> tuple[int, ...]:
        """Sizes from ``size`` on that a witness cosigned, the largest first."""
        ...

    def damage(self) -> Damage | None:
        """The damage found last and not yet mended: sealing refuses while there is one."""
        ...

    def report_damage(self, damage: Damage | None) -> None:
        """Set it, or clear it after repair."""
        ...

    def scrubbed(self) -> Scrubbed:
        """How far the scrub is."""
        ...

    def set_scrubbed(self, scrubbed: Scrubbed) -> None: ...


@dataclass(frozen=True, slots=True)
class Damage:
    """Which stored thing no longer hashes to what was committed."""

    index: int
    what: str
    """content, disclosure, link, entry, tile, attachment, touches, checkpoint, history …"""
    found_at: str


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """How far the running round of the scrub is, and how the last one ended."""

    index: int = 0
    """Records before it were re-hashed in this round; each round begins at 0."""
    began_at: str = ""
    """Of this round, or of the last where none is running; "" before the first."""
    found: int = 0
    """Damaged things that this round has found so far."""
    ended_at: str = ""
    """When the last round ended; "" where none has."""
    last_found: int = 0
    """Damaged things that the last whole round found."""

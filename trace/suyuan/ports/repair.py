"""What a repair reads elsewhere, and what it writes into the store. Nothing of a spare is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from suyuan.ports.accounts import Attachment
from suyuan.ports.log import NewRecord
from suyuan.ports.tree import FullTile, SignedHead


@dataclass(frozen=True, slots=True)
class Part:
    """What a spare has of one record, as far as it has it; one record may come in several parts."""

    index: int
    link: bytes | None = None
    content: bytes | None = None
    disclosures: tuple[str, ...] = ()
    kind: str = ""
    public: bool = False
    """Only what everybody is told: disclosures may be missing that the log had."""


class Spare(Protocol):
    """A backup or a mirror, read from beginning to end. Malformed for one that cannot be read."""

    def entries(self) -> Iterator[tuple[int, bytes]]:
        """All entries that it holds, by index."""
        ...

    def heads(self) -> Iterator[SignedHead]:
        """All checkpoints that it holds."""
        ...

    def parts(
        self, wanted: Collection[int], digests: Collection[bytes]
    ) -> Iterator[Part | Attachment]:
        """What it holds of these records, and these attachments; of those an empty ``organisation``
        where it has the bytes alone."""
        ...


class RepairStore(Protocol):
    """Writes that replace what is damaged; each call is one transaction, whole or not at all."""

    def put_record(self, record: NewRecord, *, content: bool, names: bool) -> None:
        """Write a record's row, its way to others, and its place in the indexes.

        ``content``: its content and disclosures too; else what is stored of them stays. ``names``: what
        it touches too.
        """
        ...

    def put_erasure(self, record: int, erasure: int) -> None:
        """Note again which erasure deleted a record."""
        ...

    def put_attachment(self, attachment: Attachment) -> None:
        """Its bytes, in place of what is there; who sent it, its name and time stay where they are."""
        ...

    def put_tile(self, tile: FullTile) -> None: ...

    def put_head(self, head: SignedHead) -> None:
        """Root and note of a checkpoint that is there."""
        ...

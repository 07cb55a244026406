"""Checkpoints (C2SP tlog-checkpoint): what a log says its tree is, in three lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.core.encoding import b64, decimal, unb64
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.note import NoteVerifier, open_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the log's origin, the number of entries, the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read exactly three lines, no extension lines (formats.md §5); Malformed otherwise."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0]:
        raise Malformed("a checkpoint has three lines: origin, tree size, root hash")
    try:
        return Checkpoint(lines[0], decimal(lines[1]), unb64(lines[2], size=32))
    except Malformed as problem:
        raise problem.at("checkpoint") from None


def open_checkpoint(note: str, verifiers: Sequence[NoteVerifier], origin: str) -> Checkpoint:
    """Check a signed checkpoint of the log ``origin`` with the log's keys, and read it.

    Raises Malformed for its shape, ProofError for its signature or when it is another log's.
    """
    checkpoint = parse_checkpoint(open_note(note, verifiers))
    if checkpoint.origin != origin:
        raise ProofError(
            "the checkpoint is of the log {found}, not of {origin}",
            found=checkpoint.origin,
            origin=origin,
        )
    return checkpoint

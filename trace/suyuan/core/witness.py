"""What a log asks of a witness (C2SP tlog-witness, add-checkpoint), as both sides read and write it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.core.checkpoint import Checkpoint, parse_checkpoint
from suyuan.core.encoding import b64, decimal, unb64
from suyuan.core.errors import Malformed
from suyuan.core.note import split_note

MOST_HASHES = 63
LONGEST = 16 * 1024
"""Bytes of a request: 63 hashes, three lines and 16 signatures take less than half of it."""


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A request: the size that the witness saw last, the proof from there, and the signed note."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    @property
    def text(self) -> str:
        """The note's text: what is cosigned."""
        return split_note(self.note)[0]

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says, whoever signed it."""
        return parse_checkpoint(self.text)


def write_request(old_size: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    lines = "".join(f"{b64(value)}\n" for value in proof)
    return f"old {old_size}\n{lines}\n{note}".encode()


def parse_request(body: bytes) -> AddCheckpoint:
    """Read a body; Malformed for any other shape, and where the old size is above the new one."""
    if len(body) > LONGEST:
        raise Malformed("a request to a witness has at most {limit} bytes", limit=LONGEST)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Malformed("a request to a witness is UTF-8") from None
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    word, _, number = first.partition(" ")
    if not gap or word != "old":
        raise Malformed("a request begins with `old`, a size, and the lines of a proof")
    if len(lines) > MOST_HASHES:
        raise Malformed("a proof has at most {most} hashes", most=MOST_HASHES)
    request = AddCheckpoint(decimal(number), tuple(unb64(line, size=32) for line in lines), note)
    if request.old_size > request.checkpoint.size:
        raise Malformed("the old size is above the checkpoint's")
    return request

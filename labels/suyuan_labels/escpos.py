"""ESC/POS (Epson and its kin): a label as a raster bit image (GS v 0), in which 1 is printed.

Source: Epson, ESC/POS Command Reference: ESC @, GS v 0, GS FF, DLE EOT, GS r. The language has no
settings of darkness and speed that its dialects share: they are set at the printer.
"""

from __future__ import annotations

from suyuan_labels.errors import LabelError
from suyuan_labels.head import Head
from suyuan_labels.press import Bits
from suyuan_labels.state import State

MOST_ROWS = 2303
"""Of one image in the narrowest of its dialects (yH ≤ 8)."""


def opening(head: Head) -> bytes:
    """Once for each connection: all settings as when it is switched on."""
    return b"\x1b@"


def one(bits: Bits, head: Head) -> bytes:
    """One label, and on to the next: by gap or mark, or over blank rows where there is neither."""
    data, height = bits.data, bits.height
    if head.media == "continuous":
        blank = round(head.gap * head.dots_per_mm)
        data, height = data + bytes(bits.stride * blank), height + blank
    if height > MOST_ROWS or bits.stride > 255:
        raise LabelError("this label is larger than a printer of ESC/POS can take")
    forward = b"" if head.media == "continuous" else b"\x1d\x0c"
    size = bytes((bits.stride, 0, height & 0xFF, height >> 8))
    return b"".join((b"\x1dv0\x00", size, data, forward))


MARKER = b"\x1dr\x01"
"""Its answer comes in its turn: only after all that was sent before has been printed."""
POLL = b"\x10\x04\x02\x10\x04\x04"
"""Answered at once: why it is off line, and the paper."""


def state(reply: bytes) -> State | None:
    """Real-time bytes have bits 1 and 4 set and 0 and 7 clear; that of GS r has 4 to 7 clear."""
    live = [byte for byte in reply if byte & 0x93 == 0x12]
    if any(byte & 0x60 == 0x60 for byte in live):
        # Of DLE EOT 4: no paper. Of DLE EOT 2 the same two bits say: stopped for paper, with an error.
        return State(trouble="paper")
    for byte in live[-2:-1]:
        if byte & 0x04:
            return State(trouble="open")
        if byte & 0x20:
            return State(trouble="paper")
        if byte & 0x40:
            return State(trouble="error")
    if any(byte & 0xF0 == 0 for byte in reply):
        return State(idle=True)
    return State() if live else None

"""TSPL (TSC and many makers in China): a label as BITMAP, in which 0 is a dot that is printed.

Source: TSC, TSPL/TSPL2 Programming Language: SIZE, GAP, BLINE, DENSITY, SPEED, CLS, BITMAP, PRINT,
<ESC>!?.
"""

from __future__ import annotations

from suyuan_labels.head import Head
from suyuan_labels.press import Bits
from suyuan_labels.state import State, Trouble

_FLIPPED = bytes(byte ^ 0xFF for byte in range(256))


def opening(head: Head) -> bytes:
    """Once for each connection: stock and settings, and the origin at the label's corner."""
    media = {
        "gap": f"GAP {head.gap:g} mm,0 mm",
        "mark": f"BLINE {head.gap:g} mm,0 mm",
        "continuous": "GAP 0 mm,0 mm",
    }[head.media]
    height = head.height + (head.gap if head.media == "continuous" else 0)
    lines = [f"SIZE {head.width:g} mm,{height:g} mm", media, "REFERENCE 0,0"]
    if head.darkness is not None:
        lines.append(f"DENSITY {head.darkness}")
    if head.speed is not None:
        lines.append(f"SPEED {head.speed}")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def one(bits: Bits, head: Head) -> bytes:
    """One label."""
    draw = f"CLS\r\nBITMAP 0,0,{bits.stride},{bits.height},0,".encode("ascii")
    return b"".join((draw, bits.data.translate(_FLIPPED), b"\r\nPRINT 1,1\r\n"))


MARKER = b""
POLL = b"\x1b!?"
_TROUBLES: tuple[tuple[int, Trouble], ...] = (
    (0x01, "open"), (0x40, "open"), (0x04, "paper"), (0x02, "jam"), (0x08, "ribbon"), (0x80, "error"),
    (0x10, "paused"),
)  # fmt: skip


def state(reply: bytes) -> State | None:
    """What the last byte says, bit by bit; 0x20: it is printing."""
    if not reply:
        return None
    byte = reply[-1]
    for bit, trouble in _TROUBLES:
        if byte & bit:
            return State(trouble=trouble)
    return State(idle=byte == 0)

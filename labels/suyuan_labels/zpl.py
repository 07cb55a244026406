"""ZPL II (Zebra and its kin): a label as a graphic field in hexadecimal (^GFA).

Source: Zebra, Programming Guide: ZPL II, ^GF, ^MN, ^PW, ^LL, ^PR, ~SD, ~HS.
"""

from __future__ import annotations

import re

from suyuan_labels.head import Head
from suyuan_labels.press import Bits
from suyuan_labels.state import State

_MEDIA = {"gap": "Y", "mark": "M", "continuous": "N"}
_STRINGS = re.compile(
    rb"\x02(\d+),([01]),([01]),(\d+),(\d+),([01]),([01]),([01]),[^\x03]*\x03\s*"
    rb"\x02(\d+),[01],([01]),([01]),[01],[^,]*,[^,]*,([01]),(\d+),[^\x03]*\x03\s*"
    rb"\x02[^\x03]*\x03"
)


def opening(head: Head) -> bytes:
    """Once for each connection: stock and settings; home and shift as they came from the factory."""
    dots = round(head.width * head.dots_per_mm), round(head.height * head.dots_per_mm)
    # Darkness has 30 steps here and 15 in TSPL.
    lines = [f"~SD{head.darkness * 2:02d}"] if head.darkness is not None else []
    speed = f"^PR{head.speed}" if head.speed is not None else ""
    media = _MEDIA[head.media]
    lines.append(f"^XA^MN{media}^PW{dots[0]}^LL{dots[1]}^LH0,0^LS0^LT0{speed}^XZ\n")
    return "".join(lines).encode("ascii")


def one(bits: Bits, head: Head) -> bytes:
    """One label. What is blank at a row's end is one comma, which pads it."""
    digits, step = bits.data.hex().upper(), bits.stride * 2
    rows = [digits[at : at + step].rstrip("0") for at in range(0, len(digits), step)]
    # An odd digit left over is half of a byte.
    data = "".join(row if len(row) == step else f"{row}{'0' * (len(row) % 2)}," for row in rows)
    size = len(bits.data)
    field = f"^XA^FO0,0^GFA,{size},{size},{bits.stride},{data}^FS^PQ1^XZ\n"
    return field.encode("ascii")


MARKER = b""
POLL = b"~HS"


def state(reply: bytes) -> State | None:
    """What three strings of ~HS say; None while they are not whole. Some printers do not answer at all
    without paper or with the head open."""
    found = _STRINGS.search(reply)
    if found is None:
        return None
    paper, pause, _, waiting, _, _, partial = (found[at] for at in range(2, 9))
    if found[10] == b"1":
        return State(trouble="open")
    if paper == b"1":
        return State(trouble="paper")
    if found[11] == b"1":
        return State(trouble="ribbon")
    if pause == b"1":
        return State(trouble="paused")
    return State(idle=not (int(waiting) or int(found[13]) or partial == b"1"))

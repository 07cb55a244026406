"""The languages of printers, each behind the same few functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from suyuan_labels import escpos, tspl, zpl
from suyuan_labels.head import Head
from suyuan_labels.press import Bits
from suyuan_labels.state import State

Language = Literal["zpl", "tspl", "escpos"]


class Speech(NamedTuple):
    """``opening`` once for each connection and file, then ``one`` for each label. ``marker`` goes behind
    the last of a part, ``poll`` asks how it is, ``state`` reads the answers since."""

    opening: Callable[[Head], bytes]
    one: Callable[[Bits, Head], bytes]
    marker: bytes
    poll: bytes
    state: Callable[[bytes], State | None]
    ending: str


SPEECH: dict[Language, Speech] = {
    "zpl": Speech(zpl.opening, zpl.one, zpl.MARKER, zpl.POLL, zpl.state, "zpl"),
    "tspl": Speech(tspl.opening, tspl.one, tspl.MARKER, tspl.POLL, tspl.state, "tspl"),
    "escpos": Speech(escpos.opening, escpos.one, escpos.MARKER, escpos.POLL, escpos.state, "bin"),
}

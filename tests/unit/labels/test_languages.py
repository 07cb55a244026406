"""Bytes of each language beside what its vendor's reference says, and what printers answer."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan_labels import SPEECH, Bits, Head, LabelError, Language, State

BITS = Bits(16, 3, bytes.fromhex("80010000f000"))
HEAD = Head(60, 40, 8.0, gap=2, darkness=8, speed=4)


def test_zpl_as_the_reference_writes_it() -> None:
    zpl = SPEECH["zpl"]
    assert zpl.opening(HEAD) == b"~SD16^XA^MNY^PW480^LL320^LH0,0^LS0^LT0^PR4^XZ\n"
    # A comma pads the current line with 00.
    assert zpl.one(BITS, HEAD) == b"^XA^FO0,0^GFA,6,6,2,8001,F0,^FS^PQ1^XZ\n"
    assert b"^MNN" in zpl.opening(Head(60, 40, 8.0, media="continuous"))
    assert b"^MNM" in zpl.opening(Head(60, 40, 8.0, media="mark"))


def test_tspl_as_the_reference_writes_it() -> None:
    tspl = SPEECH["tspl"]
    assert tspl.opening(HEAD) == (
        b"SIZE 60 mm,40 mm\r\nGAP 2 mm,0 mm\r\nREFERENCE 0,0\r\nDENSITY 8\r\nSPEED 4\r\n"
    )
    # Here a 0 is printed.
    data = bytes.fromhex("7ffeffff0fff")
    assert tspl.one(BITS, HEAD) == b"CLS\r\nBITMAP 0,0,2,3,0," + data + b"\r\nPRINT 1,1\r\n"
    mark = tspl.opening(Head(60, 40, 8.0, gap=3, media="mark"))
    assert mark == b"SIZE 60 mm,40 mm\r\nBLINE 3 mm,0 mm\r\nREFERENCE 0,0\r\n"
    endless = tspl.opening(Head(60, 40, 8.0, gap=3, media="continuous"))
    assert endless.startswith(b"SIZE 60 mm,43 mm\r\nGAP 0 mm,0 mm\r\n")


def test_escpos_as_the_reference_writes_it() -> None:
    escpos = SPEECH["escpos"]
    assert escpos.opening(HEAD) == b"\x1b@"
    assert escpos.one(BITS, HEAD) == b"\x1dv0\x00\x02\x00\x03\x00" + BITS.data + b"\x1d\x0c"
    endless = escpos.one(BITS, Head(60, 40, 8.0, gap=0.25, media="continuous"))
    assert endless == b"\x1dv0\x00\x02\x00\x05\x00" + BITS.data + bytes(4)
    with pytest.raises(LabelError, match="larger"):
        escpos.one(Bits(8, 2400, bytes(2400)), HEAD)


@pytest.mark.parametrize(
    ("member", "value", "why"),
    [("darkness", 16, "0 to 15"), ("speed", 0, "1 to 14"), ("gap", 21, "0 to 20 mm")],
)
def test_settings_no_printer_has_are_refused(member: str, value: int, why: str) -> None:
    given: dict[str, Any] = {"width": 60, "height": 40, "dots_per_mm": 8.0, member: value}
    with pytest.raises(LabelError, match=why):
        Head(**given)


def zebra(paper: int = 0, pause: int = 0, waiting: int = 0, up: int = 0, ribbon: int = 0, left: int = 0,
          partial: int = 0) -> bytes:  # fmt: skip
    return (
        f"\x02030,{paper},{pause},0320,{waiting:03},0,0,{partial},000,0,0,0\x03\r\n"
        f"\x02000,0,{up},{ribbon},0,2,4,0,{left:08},1,000\x03\r\n\x021234,0\x03\r\n"
    ).encode()


STATES: list[tuple[Language, bytes, State | None]] = [
    ("zpl", zebra(), State(idle=True)),
    ("zpl", zebra(waiting=3), State()),
    ("zpl", zebra(left=2), State()),
    ("zpl", zebra(partial=1), State()),
    ("zpl", zebra(paper=1, pause=1), State(trouble="paper")),
    ("zpl", zebra(pause=1), State(trouble="paused")),
    ("zpl", zebra(up=1, paper=1), State(trouble="open")),
    ("zpl", zebra(ribbon=1), State(trouble="ribbon")),
    ("zpl", zebra()[:-8], None),
    ("zpl", b"", None),
    ("tspl", b"", None),
    ("tspl", b"\x00", State(idle=True)),
    ("tspl", b"\x20", State()),
    ("tspl", b"\x04", State(trouble="paper")),
    ("tspl", b"\x05", State(trouble="open")),
    ("tspl", b"\x02", State(trouble="jam")),
    ("tspl", b"\x08", State(trouble="ribbon")),
    ("tspl", b"\x10", State(trouble="paused")),
    ("tspl", b"\x80", State(trouble="error")),
    ("tspl", b"\x20\x00", State(idle=True)),
    ("escpos", b"", None),
    ("escpos", b"\x12\x12", State()),
    ("escpos", b"\x12\x12\x00", State(idle=True)),
    ("escpos", b"\x12\x12\x03", State(idle=True)),
    ("escpos", b"\x12\x72", State(trouble="paper")),
    ("escpos", b"\x32\x12", State(trouble="paper")),
    ("escpos", b"\x16\x12", State(trouble="open")),
    ("escpos", b"\x52\x12", State(trouble="error")),
]


@pytest.mark.parametrize(("language", "reply", "state"), STATES)
def test_answers_are_understood(language: Language, reply: bytes, state: State | None) -> None:
    assert SPEECH[language].state(reply) == state

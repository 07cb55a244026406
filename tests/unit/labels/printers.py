"""Small printers: each reads its language from the vendor's reference alone, and gives what it printed.

They know nothing of suyuan_labels. What they do not know, they refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PIL import Image


def _picture(width: int, height: int, ink: list[tuple[int, int, int, bytes]]) -> Image.Image:
    """Rows of ink (1 = printed) on blank paper: x, y, bytes a row, rows."""
    paper = Image.new("L", (width, height), 255)
    for x, y, stride, data in ink:
        burnt = Image.frombytes("1", (stride * 8, len(data) // stride), data)
        paper.paste(0, (x, y), burnt)
    return paper


def zebra(data: bytes, width: int, height: int) -> list[Image.Image]:
    """ZPL II: ~SD, ^XA … ^XZ with ^MN ^PW ^LL ^LH ^LS ^LT ^PR ^FO ^GFA ^FS ^PQ."""
    text, printed = data.decode("ascii"), []
    text = re.sub(r"~SD\d\d", "", text)
    assert "~" not in text
    for format_ in re.findall(r"\^XA(.*?)\^XZ", text, re.DOTALL):
        x = y = 0
        fields: list[tuple[int, int, int, bytes]] = []
        copies = 0
        for name, rest in re.findall(r"\^([A-Z]{2})([^^]*)", format_):
            if name == "FO":
                x, y = map(int, rest.split(","))
            elif name == "GF":
                kind, sent, total, stride, digits = rest.split(",", 4)
                assert (kind, sent) == ("A", total)
                fields.append((x, y, int(stride), _hexadecimal(digits, int(total), int(stride))))
            elif name == "PQ":
                copies = int(rest)
            elif name == "PW":
                assert int(rest) == width
            elif name == "LL":
                assert int(rest) == height
            else:
                assert name in {"MN", "LH", "LS", "LT", "PR", "FS"}, name
        printed += [_picture(width, height, fields)] * copies
    return printed


def _hexadecimal(digits: str, total: int, stride: int) -> bytes:
    """Two digits a byte; a comma pads the current line with 00."""
    data = bytearray()
    place = 0
    while place < len(digits):
        if digits[place] == ",":
            data += bytes(-len(data) % stride or stride)
            place += 1
        else:
            data.append(int(digits[place : place + 2], 16))
            # A comma behind the last byte of a line is not sent.
            place += 2
            if len(data) % stride == 0:
                assert digits[place : place + 1] != "," or digits[place - 3 : place] != ",", place
    assert len(data) == total
    return bytes(data)


def tsc(data: bytes, width: int, height: int) -> list[Image.Image]:
    """TSPL: SIZE, GAP, BLINE, REFERENCE, DENSITY, SPEED, CLS, BITMAP, PRINT. 0 is printed."""
    printed: list[Image.Image] = []
    ink: list[tuple[int, int, int, bytes]] = []
    at = 0
    while at < len(data):
        if data.startswith(b"BITMAP ", at):
            head = re.compile(rb"BITMAP (\d+),(\d+),(\d+),(\d+),0,").match(data, at)
            assert head is not None
            x, y, stride, rows = map(int, head.groups())
            end = head.end() + stride * rows
            ink.append((x, y, stride, bytes(b ^ 0xFF for b in data[head.end() : end])))
            assert data[end : end + 2] == b"\r\n"
            at = end + 2
            continue
        line, _, _ = data[at:].partition(b"\r\n")
        at += len(line) + 2
        word, _, rest = line.decode("ascii").partition(" ")
        if word == "CLS":
            ink = []
        elif word == "PRINT":
            sets, copies = map(int, rest.split(","))
            printed += [_picture(width, height, ink)] * sets * copies
        else:
            assert word in {"SIZE", "GAP", "BLINE", "REFERENCE", "DENSITY", "SPEED"}, word
    return printed


def epson(data: bytes, width: int, height: int) -> list[Image.Image]:
    """ESC/POS: ESC @, GS v 0, GS FF. 1 is printed."""
    assert data.startswith(b"\x1b@")
    at, printed = 2, []
    ink: list[tuple[int, int, int, bytes]] = []
    while at < len(data):
        if data.startswith(b"\x1dv0", at):
            mode, low, high, rows_low, rows_high = data[at + 3 : at + 8]
            assert mode == 0
            stride, rows = low + 256 * high, rows_low + 256 * rows_high
            at += 8
            ink.append((0, 0, stride, data[at : at + stride * rows]))
            at += stride * rows
        else:
            assert data[at : at + 2] == b"\x1d\x0c", data[at : at + 8]
            at += 2
            printed.append(_picture(width, height, ink))
            ink = []
    return printed


PRINTERS: dict[str, Callable[[bytes, int, int], list[Image.Image]]] = {
    "zpl": zebra,
    "tspl": tsc,
    "escpos": epson,
}

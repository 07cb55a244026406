"""Compressed Digital Links, unpacked (GS1 Digital Link: Compression).

The last segment of such a link is base64url of bits: application identifiers as decimal digits, or
a code for several of them together, and their values in as many bits as they need.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import quote

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS, ApplicationIdentifier, Part
from suyuan.core.gs1.link import Link, build_link, parse_link
from suyuan.core.gs1.rules import Element

MOST_CHARACTERS = 1000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_COMPRESSED = re.compile(
    r"(https?://[^/?#]+(?:/[^?#]*)?)/([A-Za-z0-9_-]+)(?:\?([^#]*))?(?:#.*)?", re.I
)
_LENGTHS = {ai[:2]: len(ai) for ai in IDENTIFIERS}
_CODES = """
    0A=01+22 0B=01+10 0C=01+21 0D=01+17 0E=01+7003 0F=01+30 1A=01+10+21+17 1B=01+15 1C=01+11
    1D=01+16 1E=01+91 1F=01+10+15 2A=01+3100 2B=01+3101 2C=01+3102 2D=01+3103 2E=01+3104
    2F=01+3105 3A=01+3200 3B=01+3201 3C=01+3202 3D=01+3203 3E=01+3204 3F=01+3205 9A=8010+8011
    9B=8017+8019 9C=8018+8019 9D=414+254 A0=01+3920 A1=01+3921 A2=01+3922 A3=01+3923 A4=01+3924
    A5=01+3925 A6=01+3926 A7=01+3927 A8=01+3928 A9=01+3929 C0=255+3900 C1=255+3901 C2=255+3902
    C3=255+3903 C4=255+3904 C5=255+3905 C6=255+3906 C7=255+3907 C8=255+3908 C9=255+3909
    CA=255+3940 CB=255+3941 CC=255+3942 CD=255+3943
"""
_TOGETHER = {code: tuple(ais.split("+")) for code, ais in re.findall(r"(\w\w)=(\S+)", _CODES)}
"""Codes for identifiers that often stand together."""


class _Bits:
    """Bits read from the left; Malformed at their end."""

    def __init__(self, text: str) -> None:
        self._bits = "".join(f"{_ALPHABET.index(char):06b}" for char in text)
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._bits) - self._at

    def number(self, size: int) -> int:
        if size > self.left:
            raise Malformed("this compressed link ends too early")
        self._at += size
        return int(self._bits[self._at - size : self._at] or "0", 2)

    def digits(self, count: int) -> str:
        text = str(self.number(math.ceil(count * math.log2(10) + 0.01))).zfill(count)
        if len(text) > count:
            raise Malformed("this compressed link holds a number that is too great")
        return text if count else ""

    def text(self, kind: int, count: int) -> str:
        """Digits, hex in small letters or in capitals, base64url, or ASCII."""
        match kind:
            case 0:
                return self.digits(count)
            case 1:
                return "".join(f"{self.number(4):x}" for _ in range(count))
            case 2:
                return "".join(f"{self.number(4):X}" for _ in range(count))
            case 3:
                return "".join(_ALPHABET[self.number(6)] for _ in range(count))
            case 4:
                return "".join(chr(self.number(7)) for _ in range(count))
        raise Malformed("this compressed link has characters of an unknown kind")


def is_compressed(uri: str) -> bool:
    """Whether the last segment can be unpacked, be what is in it right or wrong."""
    found = _COMPRESSED.fullmatch(uri)
    if found is None or len(found[2]) > MOST_CHARACTERS:
        return False
    try:
        elements, _ = _unpack(_Bits(found[2]))
    except Malformed:
        return False
    return bool(elements)


def decompress(uri: str) -> Link:
    """The Digital Link that a compressed one stands for, checked as ``build_link`` does.

    What stands uncompressed in front is read too, and what stands behind the ?. Malformed for
    every other text.
    """
    found = _COMPRESSED.fullmatch(uri)
    if found is None or len(found[2]) > MOST_CHARACTERS:
        raise Malformed("this is no compressed Digital Link")
    front, packed, query = found.groups()
    elements, others = _unpack(_Bits(packed))
    stem = front
    if re.search(r"/[0-9]{2,4}/[^/]+$", front):
        plain = parse_link(front)
        stem, elements = plain.stem, [*plain.path, *elements]
    made = build_link(elements, stem)
    if query:
        return parse_link(_joined(made.uri(), [*others, query]))
    return Link(made.stem, made.path, made.attributes, tuple(others))


def _joined(uri: str, parameters: Iterable[str]) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{'&'.join(parameters)}"


def _unpack(bits: _Bits) -> tuple[list[Element], list[str]]:
    elements: list[Element] = []
    others: list[str] = []
    while bits.left > 8:
        code = f"{bits.number(8):02X}"
        if code in _TOGETHER:
            elements += [(ai, _value(IDENTIFIERS[ai], bits)) for ai in _TOGETHER[code]]
        elif code.startswith("F"):
            others.append(_other(int(code[1], 16), bits))
        else:
            ai = code + "".join(f"{bits.number(4):X}" for _ in range(_LENGTHS.get(code, 2) - 2))
            if ai not in IDENTIFIERS:
                raise Malformed("({ai}) is no application identifier", ai=ai)
            elements.append((ai, _value(IDENTIFIERS[ai], bits)))
    return elements, others


def _other(high: int, bits: _Bits) -> str:
    """A parameter that GS1 does not know; seven bits give the length of its name."""
    name = bits.text(3, high << 3 | bits.number(3))
    kind = bits.number(3)
    return f"{name}={quote(bits.text(kind, bits.number(7)), safe='')}"


def _value(identifier: ApplicationIdentifier, bits: _Bits) -> str:
    value = ""
    for digits, least, most in _stretches(identifier.parts):
        if digits:
            value += bits.digits(most if least == most else bits.number(most.bit_length()))
        else:
            kind = bits.number(3)
            value += bits.text(kind, most if least == most else bits.number(most.bit_length()))
    return value


def _stretches(parts: Iterable[Part]) -> Iterator[tuple[bool, int, int]]:
    """(digits only?, least, most) of what is packed together: parts alike in kind and length."""

    def alike(part: Part) -> tuple[bool, bool]:
        return part.kind == "n", part.kind == "n" and (part.optional or part.least < part.most)

    for (digits, _), group in groupby(parts, alike):
        some = list(group)
        yield (
            digits,
            sum(0 if part.optional else part.least for part in some),
            sum(part.most for part in some),
        )

"""GS1 keys: Digital Link URIs and EPC URNs read, one canonical form written.

Sources: GS1 Digital Link URI Syntax 1.6 §4-6, EPC Tag Data Standard 2.0 §6, GS1 General
Specifications §3 for lengths and characters; which keys count is epcis-hash.md H.
Check digits are computed for URNs, which lack them, and never checked here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

# The same identifiers come again and again, so what was read is kept; longer texts than any
# identifier are not, so that nobody can fill the memory with them.
KEPT = 16384
LONGEST_KEPT = 256

CANONICAL_HOST = "https://id.gs1.org"

# Character sets 82 and 39 of the General Specifications, percent-encoded or as they are.
_HEX82 = "2[125-9A-Fa-f]|3[0-9A-Fa-f]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9Aa]"
_SET82 = r"[!\"&'()*+,\-.0-9:;<=>A-Z_a-z]"
_X = rf"(?:{_SET82}|%(?:{_HEX82}))"
_Y = r"(?:[\-0-9A-Z]|%(?:2[3DFdf]|3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]))"
_URN_X = rf"(?:[!'()*+,\-.0-9:;=A-Z_a-z]|%(?:{_HEX82}))+"

_KEYS = {
    "00": r"\d{18}",
    "01": r"\d{14}|\d{12,13}|\d{8}",
    "253": rf"\d{{13}}{_X}{{0,17}}",
    "255": r"\d{13,25}",
    "401": rf"\d{{4}}{_X}{{1,26}}",
    "402": r"\d{17}",
    "414": r"\d{13}",
    "417": r"\d{13}",
    "8003": rf"\d{{14}}{_X}{{0,16}}",
    "8004": rf"\d{{4}}{_X}{{1,26}}",
    "8006": r"\d{18}",
    "8010": rf"\d{{4}}{_Y}{{1,26}}",
    "8017": r"\d{18}",
    "8018": r"\d{18}",
}
_QUALIFIERS = {
    "10": rf"{_X}{{1,20}}",
    "21": rf"{_X}{{1,20}}",
    "22": rf"{_X}{{1,20}}",
    "235": rf"{_X}{{1,28}}",
    "254": rf"{_X}{{1,20}}",
    "8011": r"\d{1,12}",
}
_VALUES = {ai: re.compile(pattern, re.ASCII) for ai, pattern in (_KEYS | _QUALIFIERS).items()}
_ORDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "01": (("22", "10", "21"), ("235",)),
    "8006": (("22", "10", "21"),),
    "414": (("254",),),
    "8010": (("8011",),),
}
_SEQUENCES = {
    key: {
        chosen
        for order in _ORDERS.get(key, ((),))
        for count in range(len(order) + 1)
        for chosen in combinations(order, count)
    }
    for key in _KEYS
}
NAMES = {
    "gtin": "01",
    "itip": "8006",
    "cpid": "8010",
    "gln": "414",
    "party": "417",
    "gsrnp": "8017",
    "gsrn": "8018",
    "gcn": "255",
    "sscc": "00",
    "gdti": "253",
    "ginc": "401",
    "gsin": "402",
    "grai": "8003",
    "giai": "8004",
    "cpv": "22",
    "lot": "10",
    "ser": "21",
    "glnx": "254",
    "cpsn": "8011",
}
"""Convenience names of Digital Link 1.1, still on labels."""


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """A primary key and its qualifiers, values percent-encoded as they were met."""

    key: str
    value: str
    qualifiers: tuple[tuple[str, str], ...] = ()

    def get(self, ai: str) -> str | None:
        """Value of a qualifier, or None."""
        return dict(self.qualifiers).get(ai)

    @property
    def uri(self) -> str:
        """Canonical form: id.gs1.org, the finest level only (no AI 22, no AI 10 beside 21)."""
        serial = bool(self.qualifiers) and self.qualifiers[-1][0] == "21"
        path = f"{CANONICAL_HOST}/{self.key}/{self.value}"
        for ai, value in self.qualifiers:
            if ai != "22" and not (serial and ai == "10"):
                path += f"/{ai}/{value}"
        return path

    @property
    def encoded_uri(self) -> str:
        """As ``uri``, with ``! ( ) * + , :`` percent-encoded (Digital Link table 7-1)."""
        path = self.uri.removeprefix(CANONICAL_HOST)
        return CANONICAL_HOST + re.sub(r"[!()*+,:]", lambda found: f"%{ord(found[0]):02X}", path)


def check_digit(digits: str) -> str:
    """Mod-10 check digit of an all-digit key that lacks it (GenSpecs §7.9)."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(digits[::-1]))
    return str(-total % 10)


def parse_dl(text: str) -> DigitalLink | None:
    """An EPC URN or a Digital Link (any host, any path stem), or None for any other text."""
    return _parse(text) if len(text) <= LONGEST_KEPT else _parse.__wrapped__(text)


@lru_cache(maxsize=KEPT)
def _parse(text: str) -> DigitalLink | None:
    return _parse_urn(text) if text.startswith("urn:") else _parse_web(text)


_HOST = r"[Hh][Tt][Tt][Pp][Ss]?://[^/?#\s]+"
_WEB = re.compile(rf"{_HOST}/([^?#\s]+)(?:\?[^#]*)?(?:#.*)?", re.DOTALL)
_PLAIN = re.compile(
    rf"{_HOST}/01/([0-9]{{14}})(?:/10/({_SET82}{{1,20}}))?(?:/21/({_SET82}{{1,20}}))?"
)
"""What most texts are: a lot or a pack, nothing in front, behind or encoded."""


def _parse_web(text: str) -> DigitalLink | None:
    found = _PLAIN.fullmatch(text)
    if found is not None:
        gtin, batch, serial = found.groups()
        pack = (("21", serial),) if serial else ()
        return DigitalLink("01", gtin, (("10", batch), *pack) if batch else pack)
    found = _WEB.fullmatch(text)
    if found is None:
        return None
    segments = found[1].split("/")
    qualifiers: list[tuple[str, str]] = []
    for place in range(len(segments) - 2, -1, -2):
        ai, value = NAMES.get(segments[place], segments[place]), segments[place + 1]
        if ai not in _VALUES or _VALUES[ai].fullmatch(value) is None:
            return None
        if ai in _KEYS:
            if tuple(name for name, _ in qualifiers) not in _SEQUENCES[ai]:
                return None
            return DigitalLink(ai, value.zfill(14) if ai == "01" else value, tuple(qualifiers))
        qualifiers.insert(0, (ai, value))
    return None


class _Scheme(NamedTuple):
    key: str
    digits: int = 0
    """Of company prefix and reference together; 0: no fixed length and no check digit."""
    tail: str = ""
    """AI of what follows the reference, "+" where that is part of the key, "" where nothing is."""
    indicator: bool = False
    """The reference's first digit goes in front of the company prefix."""


_SCHEMES = {
    "id:sgtin": _Scheme("01", 13, "21", indicator=True),
    "id:upui": _Scheme("01", 13, "235", indicator=True),
    "class:lgtin": _Scheme("01", 13, "10", indicator=True),
    "id:itip": _Scheme("8006", 13, "21", indicator=True),
    "id:sscc": _Scheme("00", 17, indicator=True),
    "id:sgln": _Scheme("414", 12, "254"),
    "id:pgln": _Scheme("417", 12),
    "id:grai": _Scheme("8003", 12, "+"),
    "id:gdti": _Scheme("253", 12, "+"),
    "id:sgcn": _Scheme("255", 12, "+"),
    "id:gsrn": _Scheme("8018", 17),
    "id:gsrnp": _Scheme("8017", 17),
    "id:gsin": _Scheme("402", 16),
    "id:giai": _Scheme("8004", 0, "+"),
    "id:ginc": _Scheme("401", 0, "+"),
    "id:cpi": _Scheme("8010", 0, "8011"),
}
_URN = re.compile(r"urn:epc:(id|class|idpat):([a-z]+):(\d{6,12})\.(\S*)", re.ASCII)
_TAIL = re.compile(_URN_X)
_PIECE = re.compile(r"\.(\d\d)\.(\d\d)(\..+)", re.ASCII)


def _parse_urn(text: str) -> DigitalLink | None:
    found = _URN.fullmatch(text)
    if found is None:
        return None
    family, name, prefix, rest = found.groups()
    pattern = family == "idpat"
    scheme = _SCHEMES.get(f"{'id' if pattern else family}:{name}")
    if scheme is None:
        return None
    if scheme.digits:
        size = scheme.digits - len(prefix)
        reference, tail = rest[:size], rest[size:]
        if re.fullmatch(rf"[0-9]{{{size}}}", reference) is None:
            return None
        digits = (
            reference[0] + prefix + reference[1:]
            if scheme.indicator
            else ("0" if name == "grai" else "") + prefix + reference
        )
        value = digits + check_digit(digits)
    else:
        reference, dot, tail = rest.rpartition(".") if name == "cpi" else ("", ".", rest)
        value, tail = prefix + reference, dot + tail
        if not reference and (pattern or name == "cpi"):
            return None  # nothing would be left but the company prefix
    if name == "itip":
        pieces = _PIECE.fullmatch(tail)
        if pieces is None:
            return None
        value, tail = value + pieces[1] + pieces[2], pieces[3]
    return _with_tail(scheme, value, tail, pattern=pattern)


def _with_tail(scheme: _Scheme, value: str, tail: str, *, pattern: bool) -> DigitalLink | None:
    """The key with what follows its reference: ``.serial``, ``.*`` in a pattern, or nothing."""
    qualifiers: tuple[tuple[str, str], ...] = ()
    if pattern:
        if tail != ".*" or not scheme.tail:
            return None
    elif scheme.tail:
        if not tail.startswith(".") or _TAIL.fullmatch(tail, 1) is None:
            return None
        if scheme.tail == "+":
            value += tail[1:]
        elif not (scheme.key == "414" and tail == ".0"):
            qualifiers = ((scheme.tail, tail[1:]),)
    elif tail:
        return None
    parts = ((scheme.key, value), *qualifiers)
    if any(_VALUES[ai].fullmatch(text) is None for ai, text in parts):
        return None
    return DigitalLink(scheme.key, value, qualifiers)

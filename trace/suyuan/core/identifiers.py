"""What a text names: the object of formats.md §3, the lot and the product it belongs to.

Every place that compares identifiers does it through here, so that a URN, a label's address on any
host and the canonical Digital Link are one object.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from suyuan.core.digital_link import (
    CANONICAL_HOST,
    KEPT,
    LONGEST_KEPT,
    DigitalLink,
    check_digit,
    parse_dl,
)
from suyuan.core.errors import Malformed

__all__ = [
    "DigitalLink",
    "Identifier",
    "canonical",
    "check_digit",
    "gtin14",
    "has_check_digit",
    "identify",
    "is_uri",
    "object_id",
    "pack_named",
    "parse_dl",
    "product_of",
]

# Possessive quantifiers keep the match linear: no character can be read in two ways.
_HEX = "%[0-9A-Fa-f]{2}"
_USER = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:]++|{_HEX})*+"
_NAME = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=]++|{_HEX})*+"
_PATH = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]++|{_HEX})*+"
_TAIL = rf"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|{_HEX})*+"
_LITERAL = r"\[([0-9A-Fa-f:.]+|[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+)\]"
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:"
    rf"(?://(?:{_USER}@)?(?:{_LITERAL}|{_NAME})(?::[0-9]*)?(?:/{_PATH})?|(?!//){_PATH})"
    rf"(?:\?{_TAIL})?(?:\#{_TAIL})?"
)


def is_uri(text: str) -> bool:
    """Whether this is a URI by RFC 3986 appendix A (with a scheme; no relative reference)."""
    return _is_uri(text) if len(text) <= LONGEST_KEPT else _is_uri.__wrapped__(text)


@lru_cache(maxsize=KEPT)
def _is_uri(text: str) -> bool:
    found = _URI.fullmatch(text)
    if found is None:
        return False
    if found[1] and found[1][0] not in "vV":
        try:
            ipaddress.IPv6Address(found[1])
        except ValueError:
            return False
    return True


def has_check_digit(key: str) -> bool:
    """Whether an all-digit GS1 key (GTIN, GLN, SSCC …) ends in its right check digit."""
    return key.isascii() and key.isdigit() and check_digit(key[:-1]) == key[-1]


def gtin14(text: str) -> str:
    """A GTIN-8, -12, -13 or -14 as 14 digits; Malformed if its length or check digit is wrong."""
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        raise Malformed("a GTIN has 8, 12, 13 or 14 digits, for example 09521234000044")
    if not has_check_digit(text):
        raise Malformed("the check digit of GTIN {gtin} is wrong", gtin=text)
    return text.zfill(14)


def canonical(text: str) -> str:
    """The canonical Digital Link of epcis-hash.md H, or the text itself where that has none.

    ``parse_dl(text).encoded_uri`` is the form with ``! ( ) *`` percent-encoded.
    """
    link = parse_dl(text)
    return link.uri if link else text


class Identifier(NamedTuple):
    """What one URI names."""

    uri: str
    """Canonical, percent-encoding normalised, where it is a GS1 key; else as it stands."""
    object: str | None
    """The object id, or None where it names a class only (formats.md §3, "No object")."""
    lot: str | None
    """Object id of the lot: the object itself, or what AI 10 beside AI 21 names. None: no lot."""


_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!()*")


def _normal(uri: str) -> str:
    """Percent-encoding normalised (RFC 3986 §6.2.2), and ``! ( ) *`` literal."""

    def one(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else found[0].upper()

    return re.sub(r"%([0-9A-Fa-f]{2})", one, uri) if "%" in uri else uri


def identify(text: str) -> Identifier:
    """Reads a URI; Malformed (no path) if the text is not a URI by RFC 3986."""
    return _identify(text) if len(text) <= LONGEST_KEPT else _identify.__wrapped__(text)


_INSTANCES = ("10", "21", "235")
_PART = r"[!&'()*+,\-.0-9:;=A-Z_a-z]{1,20}"
_PLAIN = re.compile(
    rf"{re.escape(CANONICAL_HOST)}/01/([0-9]{{14}})(?:/10/({_PART}))?(?:/21/({_PART}))?"
)
"""What most texts are: product, lot or pack in canonical form but for AI 10 beside 21."""


@lru_cache(maxsize=KEPT)
def _identify(text: str) -> Identifier:
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        product, batch, serial = plain.groups()
        lot = f"{CANONICAL_HOST}/01/{product}/10/{batch}" if batch else None
        uri = f"{CANONICAL_HOST}/01/{product}/21/{serial}" if serial else text
        return Identifier(uri, uri if serial or batch else None, lot)
    if not is_uri(text):
        raise Malformed(
            "{value} is not a URI (RFC 3986); write for example "
            "https://id.gs1.org/01/09521234000044/10/LOT-1",
            value=text[:200],
        )
    link = parse_dl(text)
    if link is None:
        return Identifier(text, None if text.startswith("urn:epc:idpat:") else text, None)
    uri = _normal(link.uri)
    named = dict(link.qualifiers)
    if (
        text.startswith("urn:epc:idpat:")
        or (link.key == "01" and named.keys().isdisjoint(_INSTANCES))
        or (link.key == "8006" and "21" not in named)
    ):
        return Identifier(uri, None, None)
    batch = named.get("10") if link.key == "01" else None
    lot = _normal(f"{CANONICAL_HOST}/01/{link.value}/10/{batch}") if batch else None
    return Identifier(uri, uri, lot)


def object_id(text: str) -> str | None:
    """Object id of formats.md §3, None where the text names none; Malformed if it is no URI."""
    return identify(text).object


def pack_named(name: str) -> tuple[str, str] | None:
    """(``https://id.gs1.org/01/<GTIN>``, serial) of a pack's object id; None for all others."""
    if "/21/" not in name:
        return None
    plain = _PLAIN.fullmatch(name)
    if plain is not None:  # what most are, without being taken apart
        return f"{CANONICAL_HOST}/01/{plain[1]}", plain[3]
    product = product_of(name)
    if product is None:
        return None
    link = parse_dl(name)
    serial = dict(link.qualifiers).get("21") if link is not None else None
    return None if serial is None else (product, unquote(serial))


_PRODUCT = re.compile(rf"({re.escape(CANONICAL_HOST)}/01/\d{{14}})/(?:10|21|235)/")


def product_of(object_id: str) -> str | None:
    """``https://id.gs1.org/01/<GTIN>`` of a lot's or pack's object id, None for all others."""
    found = _PRODUCT.match(object_id)
    return found[1] if found else None

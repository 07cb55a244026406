"""EPC URNs of Digital Links (EPC Tag Data Standard 2.0 §6-7).

A URN shows where the company prefix ends, and a Digital Link does not: whoever asks for a URN has
to know the lengths of prefixes. A URN is given only where it names the very same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from suyuan.core.digital_link import DigitalLink, parse_dl
from suyuan.core.errors import Malformed

PrefixLength: TypeAlias = Callable[[str], int | None]
"""Length of the company prefix that a key's digits begin with (indicator digits left out)."""

CHINA = {"690": 7, "691": 7, "692": 8, "693": 8, "694": 8, "695": 8, "696": 8, "697": 9}
"""Prefixes that GS1 China gives out, by their first digits (GB 12904)."""


def known_prefixes(prefixes: Iterable[str] = (), default: int | None = None) -> PrefixLength:
    """By these company prefixes, the longest first; else those of China; else ``default``."""
    by_length: dict[int, set[str]] = {}
    for prefix in prefixes:
        if not (prefix.isascii() and prefix.isdigit() and 6 <= len(prefix) <= 12):
            raise Malformed("a company prefix is 6 to 12 digits, not {prefix}", prefix=prefix)
        by_length.setdefault(len(prefix), set()).add(prefix)
    lengths = sorted(by_length, reverse=True)

    def length(digits: str) -> int | None:
        for size in lengths:
            if digits[:size] in by_length[size]:
                return size
        return CHINA.get(digits[:3], default)

    return length


def to_urn(text: str, prefix_length: PrefixLength) -> str:
    """The EPC URN that names what a Digital Link does; an EPC URN stays as it is.

    Malformed where there is none: no GS1 key, a kind without URNs, a wrong check digit, a prefix of
    unknown length, a character that URNs write otherwise.
    """
    link = parse_dl(text)
    if link is None:
        raise Malformed("{value} names nothing with a GS1 key", value=text[:200])
    if text.startswith("urn:"):
        return text
    urn = _urn(link, prefix_length)
    there = None if urn is None else parse_dl(urn)
    if urn is None or there is None or there.uri != link.uri:
        raise Malformed("no EPC URN names the same as {value}", value=text[:200])
    return urn


def _urn(link: DigitalLink, prefix_length: PrefixLength) -> str | None:
    key, value = link.key, link.value
    named = dict(link.qualifiers)
    serial = named.get("21")
    match key:
        case "01" | "8006":
            body = _indicated(value[:14], prefix_length)
            if key == "8006":
                pieces = f"{body}.{value[14:16]}.{value[16:]}"
                return _one("itip", pieces, serial) if "10" not in named or serial else None
            if serial is None and "10" in named:
                return f"urn:epc:class:lgtin:{body}.{named['10']}"
            return (
                _one("upui", body, named["235"]) if "235" in named else _one("sgtin", body, serial)
            )
        case "00":
            return f"urn:epc:id:sscc:{_indicated(value, prefix_length)}"
        case "414":
            return f"urn:epc:id:sgln:{_split(value[:12], prefix_length)}.{named.get('254', '0')}"
        case "417":
            return f"urn:epc:id:pgln:{_split(value[:12], prefix_length)}"
        case "402":
            return f"urn:epc:id:gsin:{_split(value[:16], prefix_length)}"
        case "8018" | "8017":
            name = "gsrn" if key == "8018" else "gsrnp"
            return f"urn:epc:id:{name}:{_split(value[:17], prefix_length)}"
        case "8003":
            return _one("grai", _split(value[1:13], prefix_length), value[14:])
        case "253" | "255":
            name = "gdti" if key == "253" else "sgcn"
            return _one(name, _split(value[:12], prefix_length), value[13:])
        case "8010":
            return _one("cpi", _split(value, prefix_length), named.get("8011"))
        case "401" | "8004":
            name = "ginc" if key == "401" else "giai"
            return f"urn:epc:id:{name}:{_split(value, prefix_length)}"
    return None


def _one(name: str, body: str, serial: str | None) -> str:
    """One thing, or the pattern of all where there is no serial."""
    return f"urn:epc:id:{name}:{body}.{serial}" if serial else f"urn:epc:idpat:{name}:{body}.*"


def _indicated(value: str, prefix_length: PrefixLength) -> str:
    """The first digit, indicator or extension, goes behind the prefix; the check digit is left out."""
    size = _size(value[1:], prefix_length)
    return f"{value[1 : 1 + size]}.{value[0]}{value[1 + size : -1]}"


def _split(value: str, prefix_length: PrefixLength) -> str:
    size = _size(value, prefix_length)
    return f"{value[:size]}.{value[size:]}"


def _size(digits: str, prefix_length: PrefixLength) -> int:
    size = prefix_length(digits)
    if size is None:
        raise Malformed(
            "how long the company prefix of {digits} is, nobody said; give its prefix",
            digits=digits[:200],
        )
    return size

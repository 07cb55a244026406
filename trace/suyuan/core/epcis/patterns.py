"""What a ``MATCH_…`` parameter stands for: one identifier, or all that an EPC pattern covers.

EPC Tag Data Standard 2.0 §8: a pattern's last parts may be ``*``. A pattern that names a product
whole is the product's class, and so an identifier as well. A malformed pattern is refused; a
malformed EPC URN of one thing is not, because the EPCIS schema lets events name things so: it
matches where an event has that very text, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import canonical, is_uri, parse_dl

_PATTERN = re.compile(r"urn:epc:idpat:([a-z]+):([0-9]{6,12}|\*)\.(\S+)", re.ASCII)
_REFERENCE = re.compile(r"[0-9]+|\*", re.ASCII)


class _Scheme(NamedTuple):
    key: str
    """Its application identifier."""
    parts: int
    """Parts behind the company prefix."""
    digits: int = 0
    """Of company prefix and reference together; 0: no fixed length."""
    indicator: bool = False
    """The reference's first digit goes in front of the company prefix."""


_SCHEMES = {
    "sgtin": _Scheme("01", 2, 13, indicator=True),
    "upui": _Scheme("01", 2, 13, indicator=True),
    "itip": _Scheme("8006", 4, 13, indicator=True),
    "sscc": _Scheme("00", 1, 17, indicator=True),
    "sgln": _Scheme("414", 2, 12),
    "pgln": _Scheme("417", 1, 12),
    "grai": _Scheme("8003", 2, 12),
    "gdti": _Scheme("253", 2, 12),
    "sgcn": _Scheme("255", 2, 12),
    "gsrn": _Scheme("8018", 1, 17),
    "gsrnp": _Scheme("8017", 1, 17),
    "gsin": _Scheme("402", 1, 16),
    "giai": _Scheme("8004", 1),
    "ginc": _Scheme("401", 1),
    "cpi": _Scheme("8010", 2),
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """``exact``: the one canonical identifier it stands for; None where it covers many."""

    exact: str | None
    key: str = ""
    digits: str = ""
    """What the key's value has to hold, from ``skip`` on."""
    skip: int = 0

    def matches(self, uri: str) -> bool:
        """Whether a canonical identifier is one of those."""
        if self.exact is not None:
            return uri == self.exact
        link = parse_dl(uri)
        return (
            link is not None
            and link.key == self.key
            and link.value.startswith(self.digits, self.skip)
        )


def parse_pattern(text: str) -> Pattern:
    """Read an identifier or a pattern; Malformed for what is neither."""
    if not text.startswith("urn:epc:idpat:"):
        if not is_uri(text):
            raise _malformed(text)
        return Pattern(canonical(text))
    found = _PATTERN.fullmatch(text)
    scheme = _SCHEMES.get(found[1]) if found is not None else None
    if found is None or scheme is None:
        raise _malformed(text)
    name, prefix, rest = found.groups()
    parts = rest.split(".", scheme.parts - 1)
    _check(text, scheme, prefix, parts)
    if "*" not in parts:
        whole = parse_dl(text.replace("urn:epc:idpat:", "urn:epc:id:", 1))
        if whole is None:
            raise _malformed(text)
        return Pattern(whole.uri)
    if prefix == "*":
        return Pattern(None, scheme.key)
    skip = 1 if scheme.indicator or name == "grai" else 0
    if parts[0] == "*":
        return Pattern(None, scheme.key, prefix, skip)
    whole = parse_dl(text)
    if whole is not None:  # all but the serial is there: each instance of it, and the class itself
        return Pattern(None, scheme.key, whole.value)
    if scheme.indicator:
        return Pattern(None, scheme.key, parts[0][:1] + prefix + parts[0][1:])
    return Pattern(None, scheme.key, prefix + parts[0], skip)


def _check(text: str, scheme: _Scheme, prefix: str, parts: list[str]) -> None:
    stars = [part == "*" for part in (prefix, *parts)]
    gap = any(first and not second for first, second in pairwise(stars))
    if len(parts) != scheme.parts or gap or not all(parts):
        raise _malformed(text)
    if not scheme.digits or parts[0] == "*":
        return
    if _REFERENCE.fullmatch(parts[0]) is None or len(prefix + parts[0]) != scheme.digits:
        raise Malformed(
            "{value} has a company prefix and a reference of {found} digits together, where {digits} "
            "belong; write for example urn:epc:idpat:sgtin:9521234.000006.*",
            value=text[:200],
            found=len(prefix + parts[0]),
            digits=scheme.digits,
        )


def _malformed(text: str) -> Malformed:
    return Malformed(
        "{value} is neither a URI nor an EPC pattern; write for example "
        "urn:epc:idpat:sgtin:9521234.000006.*",
        value=text[:200],
    )

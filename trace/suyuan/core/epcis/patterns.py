"""What a ``MATCH_…`` parameter stands for: one identifier, or all that an EPC pattern covers.

EPC Tag Data Standard 2.0 §8: a pattern's last parts may be ``*``. A pattern that names a product
whole is the product's class, and so an identifier as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import canonical, is_uri, parse_dl

_PATTERN = re.compile(r"urn:epc:idpat:([a-z]+):([0-9]{6,12}|\*)\.(\S+)", re.ASCII)
_INDICATOR = frozenset({"sgtin", "sscc", "itip", "upui"})
"""Their first digit of the reference goes in front of the company prefix."""
_KEYS = {
    "sgtin": "01",
    "upui": "01",
    "itip": "8006",
    "sscc": "00",
    "sgln": "414",
    "pgln": "417",
    "grai": "8003",
    "gdti": "253",
    "sgcn": "255",
    "gsrn": "8018",
    "gsrnp": "8017",
    "gsin": "402",
    "giai": "8004",
    "ginc": "401",
    "cpi": "8010",
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
    found = _PATTERN.fullmatch(text)
    if found is None:
        if not is_uri(text) or text.startswith("urn:epc:idpat:"):
            raise Malformed(
                "{value} is neither a URI nor an EPC pattern; write for example "
                "urn:epc:idpat:sgtin:9521234.000006.*",
                value=text[:200],
            )
        return Pattern(canonical(text))
    scheme, prefix, rest = found.groups()
    parts = rest.split(".")
    key = _KEYS.get(scheme)
    if key is None or (prefix == "*" and set(parts) != {"*"}) or _star_in_front(parts):
        raise Malformed(
            "{value} is neither a URI nor an EPC pattern; write for example "
            "urn:epc:idpat:sgtin:9521234.000006.*",
            value=text[:200],
        )
    if "*" not in parts:
        return Pattern(canonical(text.replace("urn:epc:idpat:", "urn:epc:id:", 1)))
    skip = (1 if scheme in _INDICATOR else 0) + (1 if scheme == "grai" else 0)
    if prefix == "*":
        return Pattern(None, key)
    if parts[0] == "*":
        return Pattern(None, key, prefix, skip)
    whole = parse_dl(text)
    if whole is not None:  # all but the serial is there: each instance of it, and the class itself
        return Pattern(None, key, whole.value)
    if scheme in _INDICATOR:
        return Pattern(None, key, parts[0][:1] + prefix + parts[0][1:])
    return Pattern(None, key, prefix + parts[0], skip)


def _star_in_front(parts: list[str]) -> bool:
    stars = [part == "*" for part in parts]
    return any(first and not second for first, second in pairwise(stars))

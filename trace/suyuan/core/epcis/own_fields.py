"""The members of our own that formats.md §1 and §2 put into an event; all of them closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from suyuan.core.encoding import parse_digest, unb64, unb64url
from suyuan.core.epcis.shapes import STRING, Problems, Rule, array, members, pattern, refuse, text
from suyuan.core.errors import Malformed


def _decodes(decode: Callable[[str], bytes]) -> Callable[[str], bool]:
    def accepts(value: str) -> bool:
        try:
            decode(value)
        except Malformed:
            return False
        return True

    return accepts


def _whole(least: int, message: str, example: str) -> Rule:
    def check(value: Any, path: str, problems: Problems) -> None:
        if type(value) is not int or value < least:
            refuse(problems, path, message, rule="minimum", example=example)

    return Rule(check, example)


def _sorted_digests(value: Any, path: str, problems: Problems) -> None:
    before = len(problems)
    _DIGESTS.check(value, path, problems)
    if len(problems) == before and value != sorted(value):
        message = (
            "the digests of private fields are sorted by code point; right is for example {example}"
        )
        refuse(problems, path, message, rule="order", example=json.dumps(sorted(value)[:2]))


_MOST_RANGES = 1_000


def _ranges(value: Any, path: str, problems: Problems) -> None:
    """Pairs of places in a tree of serials, both ends included, sorted, apart from each other."""
    last, right = -2, isinstance(value, list) and 0 < len(value) <= _MOST_RANGES
    for pair in value if right else ():
        right = right and isinstance(pair, list) and len(pair) == 2
        right = right and all(type(end) is int for end in pair)
        if not right or not last + 1 < pair[0] <= pair[1] < 1 << 53:
            right = False
            break
        last = pair[1]
    if not right:
        message = (
            "these are no ranges of places from 0, sorted and apart; right is for example {example}"
        )
        refuse(problems, path, message, rule="ranges", example="[[0, 499], [732, 732]]")


_DIGESTS = array(
    text(
        _decodes(lambda value: unb64url(value, size=32)),
        "this is no SHA-256 digest in base64url; right is for example {example}",
        "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg",
    ),
    distinct=True,
)
DOCUMENT = "EPCISDocument.xml"
"""Name of an attachment that its events were read from: it says what all of them say. Who may not see
all of them does not get it, and with the first that is erased it is deleted."""
SUYUAN_FIELDS = {
    "suyuan:sd": Rule(_sorted_digests, _DIGESTS.example),
    "suyuan:serials": members(
        {
            "count": _whole(1, "this is a number of packs; right is for example {example}", "240"),
            "root": text(
                _decodes(lambda value: unb64(value, size=32)),
                "this is no tree root of 32 bytes in base64; right is for example {example}",
                "CWYP1gCEO5W+VXOzORTmCiiTD8KEOqzDjuCRzD2lEJI=",
            ),
        },
        ("count", "root"),
    ),
    "suyuan:codes": members(
        {
            "act": pattern(
                "activate|return|void",
                "this is nothing that becomes of codes; right is for example {example}",
                "activate",
            ),
            "of": text(
                _decodes(parse_digest),
                "this is no digest; right is for example {example}",
                "sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            ),
            "ranges": Rule(_ranges, "[[0, 499]]"),
        },
        ("act", "of", "ranges"),
    ),
    "suyuan:attachments": array(
        members(
            {
                "digest": text(
                    _decodes(parse_digest),
                    "this is no digest; right is for example {example}",
                    "sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                ),
                "mediaType": pattern(
                    r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?: *;[ -~]*)?",
                    "this is no media type; right is for example {example}",
                    "image/jpeg",
                ),
                "size": _whole(
                    0, "this is a number of bytes; right is for example {example}", "48213"
                ),
                "name": STRING,
            },
            ("digest", "mediaType", "size", "name"),
        )
    ),
}

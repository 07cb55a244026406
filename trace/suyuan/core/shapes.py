"""Closed objects and plain types (formats.md §0): an unknown or missing member fails.

Every Malformed carries the JSON pointer below the value that was given.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from suyuan.core.encoding import unb64, unb64url
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import MAX_INTEGER

# 16 bytes leave four idle bits in the last character, and idle bits are zero.
_SALT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")
_HEX = re.compile(r"0x[0-9a-fA-F]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def closed(
    value: object, wanted: Collection[str], *, allowed: Collection[str] = (), path: str = ""
) -> dict[str, Any]:
    """``value`` as an object that has all of ``wanted``, perhaps some of ``allowed``, and no more."""
    if not isinstance(value, dict):
        raise Malformed("an object belongs here", path=path)
    for name in wanted:
        if name not in value:
            raise Malformed("the member {name} is missing", path=path, name=name)
    for name in value:
        if name not in wanted and name not in allowed:
            raise Malformed("the member {name} has no place here", path=path, name=name[:60])
    return value


def text(value: object, path: str) -> str:
    """A JSON string."""
    if not isinstance(value, str):
        raise Malformed("a text belongs here", path=path)
    return value


def array(value: object, path: str) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, list):
        raise Malformed("an array belongs here", path=path)
    return value


def count(value: object, path: str) -> int:
    """A whole number from 0 to 2^53 - 1."""
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise Malformed("a whole number from 0 on belongs here", path=path)
    return value


def hash32(value: object, path: str) -> bytes:
    """32 bytes in base64."""
    try:
        return unb64(value, size=32)
    except Malformed as problem:
        raise problem.at(path) from None


def salt(value: object, path: str) -> str:
    """128 bits as 22 characters of base64url."""
    if isinstance(value, str) and _SALT.fullmatch(value):
        return value
    try:
        unb64url(value, size=16)
    except Malformed as problem:
        raise problem.at(path) from None
    raise AssertionError("the pattern takes every salt")


def hexadecimal(value: object, size: int, path: str) -> str:
    """``0x`` and ``size`` bytes in hex digits of either case, returned in lower case."""
    if not isinstance(value, str) or len(value) != 2 + 2 * size or not _HEX.fullmatch(value):
        raise Malformed("0x and {digits} hex digits belong here", path=path, digits=2 * size)
    return value.lower()


def time(value: object, path: str) -> str:
    """RFC 3339 UTC with milliseconds and ``Z``, by its form alone."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Malformed("a time like 2026-09-17T00:30:00.000Z belongs here", path=path)
    return value

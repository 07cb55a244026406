"""JSON that means one thing only (formats.md §0).

Refused, beyond what RFC 8259 refuses: duplicate keys, lone surrogates, NaN and Infinity, deep
nesting, and every number whose exact decimal value is not that of its RFC 8785 form, or lies beyond
2^53 - 1. So whatever is accepted survives a round through any JSON library.

The C scanner does the parsing; its hooks leave a marker in place of what is refused, and one walk
over the containers finds markers and depth. Only when something is wrong is its place looked for.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeAlias

from suyuan.core.errors import Malformed

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32

_SAFE_DEPTH = 100
_NO_STRUCTURE = bytes(set(range(256)).difference(b'[]{}"'))
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?)([0-9]+))?")


def loads(data: bytes | str, *, max_depth: int = MAX_DEPTH) -> Json:
    """The value of one JSON text (bytes: UTF-8 without BOM). The outermost value has depth 1.

    A number written as a fraction but whole (``1.0``, ``1e2``, ``-0.0``) comes back as int, which
    has the same value and the same canonical form.
    Raises Malformed; its path is ``line 3, column 7`` for bad syntax, else the JSON pointer.
    """
    text = _decoded(data)
    if _runs_deep(data if isinstance(data, bytes) else data.encode()):
        raise _too_deep("", max_depth)
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        raise Malformed(
            "not JSON: {reason}",
            path=f"line {problem.lineno}, column {problem.colno}",
            reason=problem.msg,
        ) from None
    except RecursionError:
        raise _too_deep("", max_depth) from None
    if _SURROGATE_ESCAPE.search(text) or not _sound(value, max_depth):
        _check(value, "", max_depth, max_depth)
    return value


def _runs_deep(data: bytes) -> bool:
    """Whether the C scanner would have to go deeper than is safe for its stack.

    Python's own limit does not help: libraries raise it (py_ecc, below web3, to 100,000), and then
    a body of brackets ends the process. Brackets are paired off from the inside, in C; only where
    that does not come out are they counted one by one.
    """
    if data.count(b"[") + data.count(b"{") <= _SAFE_DEPTH:
        return False
    # Without escapes, every other piece between quotation marks is outside of strings. Where the
    # text is no JSON this may go wrong, but only behind the place where the scanner stops.
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_STRUCTURE)
    rest = brackets = b"".join(unescaped.split(b'"')[::2])
    for _ in range(2 * MAX_DEPTH):
        if not rest:
            return False
        rest = rest.replace(b"[]", b"").replace(b"{}", b"")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in b"[{" else -1
        if depth > _SAFE_DEPTH:
            return True
        if depth < 0:  # the scanner stops here
            return False
    return False


def _decoded(data: bytes | str) -> str:
    try:
        if isinstance(data, str):
            data.encode()
            return data
        return data.decode()
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise Malformed("the text is not UTF-8", path=f"line {line}") from None
    except UnicodeEncodeError as problem:
        line = problem.object.count("\n", 0, problem.start) + 1
        raise Malformed("a lone surrogate is no character", path=f"line {line}") from None


class _Bad:
    """Stands where a value was refused, until the walk names its place."""

    __slots__ = ("message", "shown")

    def __init__(self, message: str, shown: str) -> None:
        self.message = message
        shown = shown if len(shown) <= 40 else shown[:40] + "…"
        self.shown = shown.encode("utf-8", "backslashreplace").decode()


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Bad("the member {shown} stands here twice", key)
        seen.add(key)
    raise AssertionError("a shorter dict has a double key")


def _integer(text: str) -> int | _Bad:
    if len(text) < 16 or (len(text) < 18 and -MAX_INTEGER <= int(text) <= MAX_INTEGER):
        return int(text)
    return _Bad("the number {shown} is beyond 2^53 - 1; write it as text", text)


def _fraction(text: str) -> int | float | _Bad:
    number = float(text)
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        return _Bad("the number {shown} is beyond 2^53 - 1; write it as text", text)
    # Up to 15 digits, no two decimals share a double (but for the tiniest): nothing can be lost.
    plain = len(text) <= 16 and abs(number) > 1e-290
    if not plain and _decimal_value(text) != _decimal_value(repr(number)):
        return _Bad("the number {shown} has more digits than a double keeps", text)
    return int(number) if number.is_integer() else number


def _decimal_value(text: str) -> tuple[str, int]:
    """Significant digits and power of ten, without going through an arithmetic that rounds.

    The sign is left out: a double never loses it but for zero, where it means nothing.
    """
    found = _NUMBER.fullmatch(text)
    assert found is not None
    whole, part, sign, exponent = found[1], found[2] or "", found[3], found[4] or "0"
    digits = (whole + part).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return "", 0
    power = exponent.lstrip("0")
    # With an exponent this long, no text is long enough to come back into the range of doubles.
    scale = int(power or "0") if len(power) < 19 else 10**19
    if sign == "-":
        scale = -scale
    return significant, scale - len(part) + len(digits) - len(significant)


def _constant(text: str) -> _Bad:
    return _Bad("{shown} is no JSON number", text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)
# What the walk has to look into or stop at; all else is a leaf.
_NOT_LEAF: dict[type, int] = {dict: 1, list: 2, _Bad: 3}


def _sound(value: Any, depth_left: int) -> bool:
    """Whether there is no marker in it and no container deeper than allowed."""
    kind = _NOT_LEAF.get(type(value))
    if kind is None:
        return True
    if kind == 3 or depth_left == 0:
        return False
    get = _NOT_LEAF.get
    for item in value.values() if kind == 1 else value:
        if get(type(item)) and not _sound(item, depth_left - 1):
            return False
    return True


def _check(value: Any, path: str, depth_left: int, max_depth: int) -> None:
    """The thorough walk, with the path at hand: raises Malformed at the first thing refused."""
    if type(value) is _Bad:
        raise Malformed(value.message, path=path, shown=value.shown)
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, (dict, list)):
        if depth_left == 0:
            raise _too_deep(path, max_depth)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            if isinstance(key, str):
                _check_text(key, path)
            _check(item, f"{path}/{pointer_token(key)}", depth_left - 1, max_depth)


def _check_text(text: str, path: str) -> None:
    if _SURROGATE.search(text):
        raise Malformed("a lone surrogate is no character", path=path)


def pointer_token(key: str | int) -> str:
    """One reference token of an RFC 6901 JSON pointer."""
    return str(key).replace("~", "~0").replace("/", "~1")


def _too_deep(path: str, max_depth: int) -> Malformed:
    return Malformed("nested deeper than {depth} levels", path=path, depth=max_depth)

"""JSON that means one thing only (formats.md §0).

Refused, beyond what RFC 8259 refuses: duplicate keys, lone surrogates, NaN and Infinity, deep
nesting, and every number whose exact decimal value is not that of its RFC 8785 form, or lies beyond
2^53 - 1. So whatever is accepted survives a round through any JSON library.

The C scanner does the parsing; its hooks leave a marker in place of what is refused. Only where one
was made, or the depth is not right, does a walk over the value look for the place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate, chain, takewhile
from typing import Any, TypeAlias

from suyuan.core.errors import Malformed
from suyuan.core.reasons import of_json

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 32

_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKET = bytes(set(range(256)).difference(b'[]{}"'))
_NO_COUNT = bytes(set(range(256)).difference(b'[]{}",'))
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
    encoded = data if isinstance(data, bytes) else data.encode()
    _check_size(encoded)
    depth = _depth(encoded)
    if depth > _SAFE_DEPTH:
        raise _too_deep("", max_depth)
    last_refused = _Bad.last
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as problem:
        reason = of_json(problem.msg)
        raise Malformed(
            "not JSON: {reason}; right is for example {example}",
            path=f"line {problem.lineno}, column {problem.colno}",
            reason=reason.said,
            example=reason.example,
        ) from None
    except RecursionError:
        raise _too_deep("", max_depth) from None
    # Another thread may have refused something meanwhile; then this walk finds nothing.
    if depth > max_depth or _Bad.last is not last_refused or _SURROGATE_ESCAPE.search(text):
        _check(value, "", max_depth, max_depth)
    return value


MOST_INNER = 1_000_000
"""Objects and lists in one text. A document of 32 MiB with real events has a third of that; a list of
as many empty ones would take fifty times its own length in memory."""
MOST_ITEMS = 2_000_000
"""Members and items in one text."""


def _check_size(data: bytes) -> None:
    inner, items = data.count(b"[") + data.count(b"{"), data.count(b",")
    if inner > MOST_INNER or items > MOST_ITEMS:  # perhaps within strings
        inner = items = 0
        for outside in _outside_strings(data, _NO_COUNT):
            inner += outside.count(b"[")
            items += outside.count(b",")
    if inner > MOST_INNER:
        raise Malformed("more than {most} objects and lists in one document", most=MOST_INNER)
    if items > MOST_ITEMS:
        raise Malformed("more than {most} values in one document", most=MOST_ITEMS)


_SAFE_DEPTH = 64
"""What the C scanner may be given: it goes down its stack."""
_PIECE = 1 << 16


def _depth(data: bytes) -> int:
    """How deep a JSON text nests; for what is no JSON, up to where that shows.

    Python's own limit on recursion does not help: libraries raise it (py_ecc, below web3, to
    100,000), and then a body of brackets ends the process.
    """
    brackets = data.count(b"[") + data.count(b"{")
    if brackets <= MAX_DEPTH:
        return brackets
    structure = chain.from_iterable(_outside_strings(data, _NO_BRACKET))
    # 92 - "[" is 1 and 92 - "]" is -1; below 0 the scanner stops. No step of this is Python's.
    return max(takewhile((0).__le__, accumulate(map((92).__sub__, structure))), default=0)


def _outside_strings(data: bytes, dropped: bytes) -> Iterator[bytes]:
    """What of a JSON text stands outside of strings, piece by piece, without ``dropped``; all
    brackets are square.

    Where the text is no JSON this may go wrong, but only behind the place where the scanner stops.
    """
    unescaped = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotation marks side by side change nothing for what is behind them.
    marked = unescaped.translate(_SQUARE, dropped).replace(b'""', b"")
    within = 0
    for start in range(0, len(marked), _PIECE):
        pieces = marked[start : start + _PIECE].split(b'"')
        yield b"".join(pieces[within::2])
        within = (within + len(pieces) - 1) % 2


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

    __slots__ = ("example", "message", "rule", "shown")
    last: _Bad | None = None

    def __init__(self, message: str, shown: str, *, rule: str, example: str) -> None:
        _Bad.last = self
        self.message = message
        self.rule = rule
        self.shown = _short(shown)
        self.example = example


def _short(text: str) -> str:
    text = text if len(text) <= 40 else text[:40] + "…"
    return text.encode("utf-8", "backslashreplace").decode()


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Bad(
                "the member {shown} stands here twice; right is for example {example}",
                key,
                rule="uniqueMembers",
                example='{"action": "ADD", "bizStep": "shipping"}',
            )
        seen.add(key)
    raise AssertionError("a shorter dict has a double key")


def _integer(text: str) -> int | _Bad:
    if len(text) < 16 or (len(text) < 18 and -MAX_INTEGER <= int(text) <= MAX_INTEGER):
        return int(text)
    return _beyond(text)


def _beyond(text: str) -> _Bad:
    return _Bad(
        "the number {shown} is beyond 2^53 - 1; write it as a text, for example {example}",
        text,
        rule="maximum",
        example=f'"{text}"' if len(text) <= 20 else '"9007199254740993"',
    )


def _fraction(text: str) -> int | float | _Bad:
    number = float(text)
    if not -MAX_INTEGER <= number <= MAX_INTEGER:
        return _beyond(text)
    # Up to 15 digits, no two decimals share a double (but for the tiniest): nothing can be lost.
    plain = len(text) <= 16 and abs(number) > 1e-290
    if not plain and _decimal_value(text) != _decimal_value(repr(number)):
        return _Bad(
            "the number {shown} has more digits than a double keeps; right is for example {example}",
            text,
            rule="precision",
            example=repr(number),
        )
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
    return _Bad(
        "{shown} is no JSON number; right is for example {example}",
        text,
        rule="syntax",
        example="12.5",
    )


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)


def _check(value: Any, path: str, depth_left: int, max_depth: int) -> None:
    """The thorough walk, with the path at hand: raises Malformed at the first thing refused."""
    if type(value) is _Bad:
        raise Malformed(
            value.message, path=path, rule=value.rule, shown=value.shown, example=value.example
        )
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

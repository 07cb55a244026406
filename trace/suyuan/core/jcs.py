"""Canonical JSON (RFC 8785): what is hashed and signed.

Python's C encoder writes the same bytes as RFC 8785 but for a few things: numbers that ECMAScript
writes otherwise, and the order of member names beyond the Basic Multilingual Plane. One walk over
the value makes sure that it holds none of these; where it does, the ``rfc8785`` library writes it.
"""

from __future__ import annotations

import json
from typing import Any

import rfc8785

from suyuan.core.errors import Malformed
from suyuan.core.strict_json import MAX_INTEGER

_encode = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode


def dumps(value: object) -> bytes:
    """The RFC 8785 form of a JSON value (dict, list, tuple, str, int, float, bool, None), UTF-8.

    Raises Malformed for lone surrogates, NaN, infinities, integers beyond 2^53 - 1, nesting beyond
    what Python can follow, and anything that is not JSON.
    """
    try:
        if _plain(value):
            return _encode(value).encode()
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except UnicodeEncodeError:
        raise Malformed("a lone surrogate is no character") from None
    except RecursionError:
        raise Malformed("nested too deeply for canonical JSON") from None
    except rfc8785.CanonicalizationError:
        raise Malformed("this value has no canonical JSON") from None


def _plain(value: Any) -> bool:
    """Whether the C encoder writes exactly what RFC 8785 asks for."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not (key.isascii() or max(key) < "\ud800"):
                return False
            if type(item) is not str and not _plain(item):
                return False
        return True
    if kind is list or kind is tuple:
        return all(type(item) is str or _plain(item) for item in value)
    if kind is int:
        return bool(-MAX_INTEGER <= value <= MAX_INTEGER)
    if kind is float:
        # Below 1e-4, from 1e16 on, and for whole numbers repr() differs from ECMAScript's form.
        return 1e-4 <= abs(value) < 1e16 and not value.is_integer()
    return value is None or kind is bool or kind is str

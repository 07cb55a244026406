"""Bytes and numbers as text: base64, base64url, digests, decimals. One value has one text.

Python's decoders take much that is not canonical (stray characters, loose padding bits); every
decoder here re-encodes and compares, as formats.md §0 asks.
"""

from __future__ import annotations

import binascii
import re

from suyuan.core.errors import Malformed

_STANDARD = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_URL = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2,3})?")
_DIGEST = re.compile(r"sha-256:([0-9a-f]{64})")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
_TO_URL = bytes.maketrans(b"+/", b"-_")

MAX_DECIMAL = 2**63 - 1
"""The largest number that a decimal text may name (an index or a size)."""


def b64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4), one line."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: object, *, size: int | None = None) -> bytes:
    """Decode standard padded base64; Malformed unless canonical and (if given) ``size`` bytes."""
    if not isinstance(text, str) or _STANDARD.fullmatch(text) is None:
        raise Malformed("this is not base64 with padding (RFC 4648 section 4)")
    return _checked(text, text, size)


def b64url(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def unb64url(text: object, *, size: int | None = None) -> bytes:
    """Decode unpadded base64url; Malformed unless canonical and (if given) ``size`` bytes."""
    if not isinstance(text, str) or _URL.fullmatch(text) is None:
        raise Malformed("this is not base64url without padding (RFC 4648 section 5)")
    standard = text.replace("-", "+").replace("_", "/")
    return _checked(text, standard + "=" * (-len(text) % 4), size)


def _checked(text: str, padded: str, size: int | None) -> bytes:
    data = binascii.a2b_base64(padded)
    if b64(data) != padded:
        raise Malformed("the last character of this base64 carries bits that mean nothing")
    if size is not None and len(data) != size:
        raise Malformed("{found} bytes where {size} belong", found=len(data), size=size)
    return data


def digest_text(digest: bytes) -> str:
    """A SHA-256 digest as formats.md writes it: ``sha-256:<64 lowercase hex>``."""
    return "sha-256:" + digest.hex()


def parse_digest(text: object) -> bytes:
    """The 32 bytes of ``sha-256:<64 lowercase hex>``; Malformed otherwise."""
    found = _DIGEST.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Malformed("this is not a digest (sha-256: and 64 lowercase hex digits)")
    return bytes.fromhex(found[1])


def decimal(text: object) -> int:
    """An index or size in a text: ASCII digits, no sign, no leading zero, at most 2^63 - 1."""
    if isinstance(text, str) and _DECIMAL.fullmatch(text):
        number = int(text)
        if number <= MAX_DECIMAL:
            return number
    raise Malformed("this is not a number in plain decimal digits without leading zero")

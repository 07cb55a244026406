"""One-time passwords by the clock: TOTP (RFC 6238) over HOTP (RFC 4226), as authenticator apps do."""

from __future__ import annotations

import base64
import hmac
from urllib.parse import quote, urlencode

DIGITS = 6
STEP = 30
"""Seconds (RFC 6238 §4.1)."""


def hotp(secret: bytes, counter: int, *, digits: int = DIGITS, digest: str = "sha1") -> str:
    """RFC 4226 §5.3; ``digest`` as RFC 6238 §1.2 allows. Apps know SHA-1 with six digits for certain."""
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), digest)
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(code: str, secret: bytes, time: float, *, after: int = -1) -> int | None:
    """The time step whose code this is, one to either side allowed (RFC 6238 §5.2); None if it is none.

    ``after``: the step of the last code that was taken. No code is taken twice, nor an older one.
    """
    given, now = code.encode(), int(time) // STEP
    found = None
    for step in (now - 1, now, now + 1):
        fits = step >= 0 and hmac.compare_digest(hotp(secret, step).encode(), given)
        if fits and step > after:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """Base32 without padding, as people type it into an app."""
    return base64.b32encode(secret).decode().rstrip("=")


def key_uri(secret: bytes, account: str, issuer: str) -> str:
    """``otpauth://totp/…``, the form that apps read from a QR code."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?" + urlencode(
        {"secret": secret_text(secret), "issuer": issuer}, quote_via=quote
    )

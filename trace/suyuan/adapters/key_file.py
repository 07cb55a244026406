"""A key file that a password closes, as the page makes it (web/front/sign.js): PBKDF2, AES-256-GCM."""

from __future__ import annotations

import unicodedata
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from suyuan.core.encoding import unb64url
from suyuan.core.errors import Malformed, Refused
from suyuan.core.strict_json import loads

_MEMBERS = {"suyuan", "kid", "x", "rounds", "salt", "iv", "sealed"}


def closed(text: bytes) -> dict[str, Any] | None:
    """The file as read, None where it is none of these."""
    try:
        found = loads(text)
    except Refused:
        return None
    return found if isinstance(found, dict) and found.get("suyuan") == "key/v1" else None


def opened(file: dict[str, Any], password: str) -> bytes:
    """The seed of 32 bytes; Malformed for another password or a damaged file."""
    rounds = file.get("rounds")
    if set(file) != _MEMBERS or type(rounds) is not int or not 100_000 <= rounds <= 10_000_000:
        raise Malformed("this is no key file")
    salt, iv = unb64url(file["salt"], size=16), unb64url(file["iv"], size=12)
    derived = PBKDF2HMAC(SHA256(), 32, salt, rounds)
    key = derived.derive(unicodedata.normalize("NFKC", password).encode())
    try:
        return AESGCM(key).decrypt(iv, unb64url(file["sealed"]), None)
    except InvalidTag:
        raise Malformed("the password is another one, or the file is damaged") from None

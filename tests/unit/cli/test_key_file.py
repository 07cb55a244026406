"""A key file that the page closed with a password is opened by the command line, and by nothing else."""

from __future__ import annotations

import json
import os

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from suyuan.adapters.key_file import closed, opened
from suyuan.core.encoding import b64url
from suyuan.core.errors import Malformed

SEED = bytes(range(32))


def made(password: str, rounds: int = 100_000) -> bytes:
    salt, iv = os.urandom(16), os.urandom(12)
    key = PBKDF2HMAC(SHA256(), 32, salt, rounds).derive(password.encode())
    sealed = AESGCM(key).encrypt(iv, SEED, None)
    return json.dumps(
        {
            "suyuan": "key/v1", "kid": "k", "x": "x", "rounds": rounds, "salt": b64url(salt),
            "iv": b64url(iv), "sealed": b64url(sealed),
        }
    ).encode()  # fmt: skip


def test_a_file_is_opened_by_its_password_alone() -> None:
    file = closed(made("七把梅子水壶"))
    assert file is not None
    assert opened(file, "七把梅子水壶") == SEED
    for password in ("", "七把梅子水"):
        with pytest.raises(Malformed):
            opened(file, password)
    with pytest.raises(Malformed):
        opened({**file, "rounds": 1}, "七把梅子水壶")
    with pytest.raises(Malformed):
        opened({**file, "more": 1}, "七把梅子水壶")


def test_other_files_are_no_closed_ones() -> None:
    for text in (b"", b"{}", b"[]", b64url(SEED).encode(), b'{"suyuan": "bundle/v1"}'):
        assert closed(text) is None

"""Keys at rest: sealed, for their owner's eyes, never in one another's place."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

import pytest

from suyuan.adapters.keys import Seal, read_secret, service_key, write_private
from suyuan.core.errors import NotFound, Refused, Unavailable

SEAL = Seal(bytes(range(32)))


def test_a_sealed_key_opens_under_its_own_name_and_secret_only() -> None:
    sealed = SEAL.close("kept", "kid", b"seed")
    assert SEAL.open("kept", "kid", sealed) == b"seed"
    assert b"seed" not in sealed
    for opener, purpose, name, data in (
        (SEAL, "kept", "other", sealed),
        (SEAL, "service", "kid", sealed),
        (Seal(bytes(32)), "kept", "kid", sealed),
        (SEAL, "kept", "kid", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (SEAL, "kept", "kid", b""),
    ):
        with pytest.raises(Unavailable):
            opener.open(purpose, name, data)
    with pytest.raises(Refused):
        Seal(b"short")


def test_private_files_are_their_owners_whatever_lay_there(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "log.sealed"
    path.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    path.with_name("log.sealed.new").symlink_to(elsewhere)
    before = os.umask(0)
    try:
        write_private(path, b"secret")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert elsewhere.read_text() == "mine"


def test_the_secret_is_the_file_named_else_the_credential_else_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Unavailable):
        read_secret(None, tmp_path)
    own = read_secret(None, tmp_path, create=True)
    assert read_secret(None, tmp_path, create=True) == own
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "suyuan-secret").write_bytes(b"c" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert read_secret(None, tmp_path) == b"c" * 32
    named = tmp_path / "named"
    named.write_bytes(b"n" * 32)
    assert read_secret(named, tmp_path) == b"n" * 32


def test_of_two_who_make_the_secret_at_once_both_get_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one makes it when this one has seen that there is none: nothing may be sealed with
    a secret that is then overwritten."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    made: list[bytes] = []
    chance = secrets.token_bytes

    def meanwhile(count: int) -> bytes:
        monkeypatch.setattr(secrets, "token_bytes", chance)
        made.append(read_secret(None, tmp_path, create=True))
        made.append(service_key(tmp_path, SEAL, "log", create=True))
        return chance(count)

    monkeypatch.setattr(secrets, "token_bytes", meanwhile)
    assert read_secret(None, tmp_path, create=True) == made[0]
    assert read_secret(None, tmp_path) == made[0]
    (tmp_path / "keys" / "log.sealed").unlink()
    monkeypatch.setattr(secrets, "token_bytes", meanwhile)
    assert service_key(tmp_path, SEAL, "log", create=True) == made[3]
    assert service_key(tmp_path, SEAL, "log") == made[3]
    assert {path.name for path in tmp_path.rglob("*")} == {"keys", "log.sealed", "secret.key"}


def test_a_services_key_is_made_once(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        service_key(tmp_path, SEAL, "log")
    made = service_key(tmp_path, SEAL, "log", create=True)
    assert service_key(tmp_path, SEAL, "log", create=True) == made
    assert made not in (tmp_path / "keys" / "log.sealed").read_bytes()

"""Keys at rest: every seed is encrypted with a secret that is in no database and no backup of one.

AES-256-GCM (NIST SP 800-38D) under HKDF-SHA-256(secret, info = purpose); the purpose and the key's
name are authenticated, so that one sealed key cannot be put in another's place.
"""

from __future__ import annotations

import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from suyuan.adapters.system import of_system
from suyuan.core.errors import NotFound, Refused, Unavailable
from suyuan.core.keys import kid_of
from suyuan.ports.accounts import AccountStore, KeptKey
from suyuan.ports.outside import Signer

DIGEST = "digest"
"""The service's key that digests are made with, once its secret was changed."""


class Seal:
    """Encrypts and decrypts seeds under one secret.

    ``digest_key``: that of an earlier secret. ``coming``: the one that takes its place; while a
    rotation is under way either may have sealed.
    """

    def __init__(
        self, secret: bytes, coming: bytes | None = None, digest_key: bytes | None = None
    ) -> None:
        if len(secret) < 32:
            raise Refused("the secret file must hold at least 32 bytes")
        self._secret = secret
        self._digest_key = digest_key
        # A list of members opens thousands of fields under the same few keys.
        self._cipher = lru_cache(maxsize=32)(self._make_cipher)
        self._coming = Seal(coming) if coming is not None else None

    def _derive(self, purpose: str) -> bytes:
        derived = HKDF(hashes.SHA256(), 32, None, f"suyuan/seal/v1/{purpose}".encode())
        return derived.derive(self._secret)

    def _make_cipher(self, purpose: str) -> AESGCM:
        return AESGCM(self._derive(purpose))

    def digest(self, data: bytes) -> bytes:
        """HMAC-SHA-256 under the secret: recognises the same bytes again, and tells a thief of the
        database nothing of them."""
        return hmac.digest(self.digest_key, data, "sha256")

    @property
    def digest_key(self) -> bytes:
        """Of the first secret the node had: what was recognised by it, names and recovery codes, has
        to be recognised under the next one too."""
        return self._digest_key or self._derive("digest")

    def close(self, purpose: str, name: str, seed: bytes) -> bytes:
        """Encrypt; the result carries its own nonce."""
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher(purpose).encrypt(nonce, seed, f"{purpose}/{name}".encode())

    def open(self, purpose: str, name: str, sealed: bytes) -> bytes:
        """Decrypt; Unavailable when the secret is another one or the bytes were changed."""
        try:
            return self._cipher(purpose).decrypt(
                sealed[:12], sealed[12:], f"{purpose}/{name}".encode()
            )
        except (InvalidTag, ValueError):
            if self._coming is not None:
                return self._coming.open(purpose, name, sealed)
            raise Unavailable(
                "the key {name} cannot be opened: the secret file is not the one it was sealed with",
                name=name,
            ) from None


def secret_path(path: Path | None, data_dir: Path) -> Path:
    """Where the node's secret lies: the given file, else the systemd credential, else ``secret.key``."""
    if path is not None:
        return path
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(credentials) / "suyuan-secret" if credentials else None
    return credential if credential and credential.exists() else data_dir / "secret.key"


def coming_path(path: Path) -> Path:
    """Where a secret lies that is about to take the place of the one at ``path``."""
    return path.with_name(f"{path.name}.next")


def open_seal(path: Path | None, data_dir: Path, *, create: bool = False) -> Seal:
    """The node's seal, also where a rotation of its secret was cut off."""
    secret = read_secret(path, data_dir, create=create)
    coming = coming_path(secret_path(path, data_dir))
    seal = Seal(secret, coming.read_bytes() if coming.exists() else None)
    kept = data_dir / "keys" / f"{DIGEST}.sealed"
    if not kept.exists():
        return seal
    digest_key = seal.open("service", DIGEST, kept.read_bytes())
    return Seal(secret, coming.read_bytes() if coming.exists() else None, digest_key)


def read_secret(path: Path | None, data_dir: Path, *, create: bool = False) -> bytes:
    """The node's secret.

    With ``create`` a missing ``secret.key`` is made (32 random bytes, readable by its owner alone).
    """
    own = path is None
    path = secret_path(path, data_dir)
    if own and create and not path.exists():
        with suppress(FileExistsError):  # somebody was first: theirs is the node's
            write_private(path, secrets.token_bytes(32), first=True)
    try:
        return path.read_bytes()
    except OSError as problem:
        raise Unavailable(
            "the secret file {path} cannot be read: {why}",
            path=str(path),
            why=of_system(problem),
        ) from None


def write_private(path: Path, data: bytes, *, first: bool = False) -> None:
    """Write a file that only its owner may read, durable before it has its name, and its name too.

    ``first``: only where there is none; FileExistsError leaves the one that is there as it is. Who
    meets the file, at any time and from any process, meets it whole.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own, made exclusively and for its owner: nobody writes or reads along.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if first:
            os.link(temporary, path)
        else:
            Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too: what was signed with a key must not outlive it
    finally:
        os.close(folder)


def service_key(data_dir: Path, seal: Seal, name: str, *, create: bool = False) -> bytes:
    """32-byte seed of a key of the service itself (``log``, ``anchor``, ``owner``), sealed in a file."""
    path = data_dir / "keys" / f"{name}.sealed"
    if not path.exists():
        if not create:
            raise NotFound("no {name} key here; `suyuan init` makes it", name=name)
        with suppress(FileExistsError):
            write_private(path, seal.close("service", name, secrets.token_bytes(32)), first=True)
    return seal.open("service", name, path.read_bytes())


def older_log_keys(data_dir: Path, seal: Seal) -> list[bytes]:
    """Seeds that signed the log before its present key: what they signed has to hold still."""
    found = sorted((data_dir / "keys").glob("log-[0-9a-f]*.sealed"))
    return [seal.open("service", path.stem, path.read_bytes()) for path in found]


def label_keys(data_dir: Path, seal: Seal) -> tuple[list[bytes], list[bytes]]:
    """The label keys that are valid, the newest first (at most two, formats.md §8); those retired."""
    folder = data_dir / "keys"
    valid = [service_key(data_dir, seal, "label")]
    if (folder / "label-before.sealed").exists():
        before = service_key(data_dir, seal, "label-before")
        valid += [before] if before not in valid else []
    retired = sorted(folder.glob("label-retired-*.sealed"))
    return valid, [seal.open("service", path.stem, path.read_bytes()) for path in retired]


class _KeptSigner:
    def __init__(self, kid: str, seed: bytes) -> None:
        self._kid = kid
        _, self._key = crypto_sign_seed_keypair(seed)

    @property
    def kid(self) -> str:
        return self._kid

    def sign(self, message: bytes) -> bytes:
        return crypto_sign(message, self._key)[:64]


class KeptKeys:
    """Recorders' keys in our keeping (ports.outside.Keys), sealed in the database."""

    def __init__(self, store: AccountStore, seal: Seal) -> None:
        self._store = store
        self._seal = seal
        self._signer = lru_cache(maxsize=256)(self._load)

    def create(self, organisation: str, role: str, now: str) -> tuple[str, bytes]:
        seed = secrets.token_bytes(32)
        public = public_of(seed)
        kid = kid_of(public)
        sealed = self._seal.close("kept", kid, seed)
        self._store.add_key(KeptKey(kid, organisation, role, sealed, now))
        return kid, public

    def signer(self, kid: str) -> Signer:
        return self._signer(kid)

    def _load(self, kid: str) -> Signer:
        kept = self._store.key(kid)
        if kept is None:
            raise NotFound("the service does not keep the key {kid}", kid=kid)
        return _KeptSigner(kid, self._seal.open("kept", kid, kept.sealed))


class FileSigner(_KeptSigner):
    """A key that its holder keeps in a file of their own (``suyuan sign``)."""

    def __init__(self, seed: bytes) -> None:
        self.public = public_of(seed)
        super().__init__(kid_of(self.public), seed)


def public_of(seed: bytes) -> bytes:
    """32-byte Ed25519 public key of a seed (RFC 8032)."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)

"""Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suyuan.core.encoding import b64, unb64
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.keys import check_public_key, verify

MAX_SIGNATURES = 16
"""Signature lines that a note may have (formats.md §5)."""

_ED25519 = b"\x01"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


def check_name(name: str) -> None:
    if not name or "+" in name or any(char.isspace() for char in name) or _CONTROL.search(name):
        raise Malformed(
            "a key's name is not empty and has no space, plus sign or control character"
        )


def key_hash(name: str, public_key: bytes, kind: bytes = _ED25519) -> bytes:
    """The four bytes by which a signature line refers to a key; ``kind`` is its type's byte."""
    digest = hashlib.sha256(utf8(name) + b"\n" + kind + public_key).digest()
    return digest[:4]


def utf8(text: str) -> bytes:
    """UTF-8; Malformed where the text has none."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Malformed("a lone surrogate is no character") from None


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """A public key that notes are opened with."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, vkey: object) -> NoteVerifier:
        """Read ``<name>+<8 hex>+<base64 of 0x01 and the key>``; Malformed otherwise."""
        name, kind, public_key = parse_vkey(vkey)
        if kind != _ED25519:
            raise Malformed("the key of {name} is not of type Ed25519", name=name)
        return cls(name, public_key)

    @property
    def key_hash(self) -> bytes:
        return key_hash(self.name, self.public_key)

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return f"{self.name}+{self.key_hash.hex()}+{b64(_ED25519 + self.public_key)}"


def parse_vkey(vkey: object) -> tuple[str, bytes, bytes]:
    """Name, type byte and 32-byte Ed25519 key of a verifier key; Malformed otherwise."""
    found = _VKEY.fullmatch(vkey) if isinstance(vkey, str) else None
    if found is None:
        raise Malformed("a verifier key is written name+hash+key")
    name, shown, data = found[1], found[2], unb64(found[3])
    check_name(name)
    kind, public_key = data[:1], data[1:]
    check_public_key(public_key)
    if key_hash(name, public_key, kind).hex() != shown:
        raise Malformed("the hash in the verifier key of {name} is wrong", name=name)
    return name, kind, public_key


class NoteSigner:
    """A private key that signs notes. ``seed``: the 32 secret bytes of RFC 8032 §5.1.5; ``older``:
    the keys that signed before it, whose notes hold still (``verifiers``: all of them)."""

    def __init__(self, name: str, seed: bytes, older: Sequence[NoteVerifier] = ()) -> None:
        check_name(name)
        if len(seed) != 32:
            raise Malformed("an Ed25519 seed has 32 bytes, not {n}", n=len(seed))
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.verifier = NoteVerifier(name, public)
        self.verifiers = (self.verifier, *(key for key in older if key != self.verifier))

    @property
    def name(self) -> str:
        return self.verifier.name

    @property
    def vkey(self) -> str:
        """The verifier key as text."""
        return self.verifier.vkey

    def sign(self, text: str) -> str:
        """The note with this one signature. ``text`` ends with a newline."""
        if not text.endswith("\n") or _CONTROL.search(text):
            raise Malformed("a note ends with a newline and has no other control characters")
        signature = b64(self.verifier.key_hash + self._key.sign(utf8(text)))
        return f"{text}\n— {self.name} {signature}\n"


def open_note(note: str, verifiers: Sequence[NoteVerifier]) -> str:
    """The text of a note that at least one of ``verifiers`` has signed, with its last newline.

    Signatures of other keys are passed over. Malformed for a misshapen note or more than 16
    signature lines; ProofError where a signature of a listed key does not hold, or none is there.
    """
    by_key = {(v.name, v.key_hash): v for v in verifiers}
    if len(by_key) != len(verifiers):
        raise Malformed("two of the verifier keys have the same name and hash")
    text, lines = split_note(note)
    message = utf8(text)
    signed = False
    for name, data in map(parse_line, lines):
        verifier = by_key.get((name, data[:4]))
        if verifier is None:
            continue
        if not verify(verifier.public_key, message, data[4:]):
            raise ProofError("the signature of {name} does not hold", name=name)
        signed = True
    if not signed:
        raise ProofError("no listed key has signed this note")
    return text


def split_note(note: str) -> tuple[str, list[str]]:
    """The text, with its last newline, and the signature lines; Malformed for a misshapen note."""
    if _CONTROL.search(note):
        raise Malformed("a note has no control characters but newlines")
    body, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise Malformed("a note is a text, an empty line, and signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed("a note has at most {most} signature lines", most=MAX_SIGNATURES)
    return body + "\n", lines


def parse_line(line: str) -> tuple[str, bytes]:
    """Name, and key hash with signature, of one signature line; Malformed otherwise."""
    dash, _, rest = line.partition(" ")
    name, gap, text = rest.partition(" ")
    if dash != "—" or not gap:
        raise Malformed("a signature line is a dash, a name and a signature")
    check_name(name)
    data = unb64(text)
    if len(data) < 5:
        raise Malformed("a signature line holds four bytes of key hash and a signature")
    return name, data

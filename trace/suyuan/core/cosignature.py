"""Cosignatures (C2SP tlog-cosignature, Ed25519): a witness saw a log grow, and never saw it shrink.

What a witness says: at this time, the largest tree that I saw of this log has this root. Whoever asks
for the words of several witnesses cannot be shown another log than they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from suyuan.core.encoding import b64
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.keys import verify
from suyuan.core.note import check_name, key_hash, parse_line, parse_vkey, split_note, utf8

_KIND = b"\x04"
_MAX_TIME = 2**63 - 1


@dataclass(frozen=True, slots=True)
class CosignerKey:
    """A witness's public key, by which its lines are known."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, vkey: object) -> CosignerKey:
        """Read ``<name>+<8 hex>+<base64 of 0x04 and the key>``; Malformed otherwise."""
        name, kind, public_key = parse_vkey(vkey)
        if kind != _KIND:
            raise Malformed("the key of {name} is not a witness's", name=name)
        return cls(name, public_key)

    @property
    def key_hash(self) -> bytes:
        return key_hash(self.name, self.public_key, _KIND)

    @property
    def vkey(self) -> str:
        """The key as text."""
        return f"{self.name}+{self.key_hash.hex()}+{b64(_KIND + self.public_key)}"


class Cosigner:
    """A witness's private key. ``seed``: the 32 secret bytes of RFC 8032 §5.1.5."""

    def __init__(self, name: str, seed: bytes) -> None:
        check_name(name)
        if len(seed) != 32:
            raise Malformed("an Ed25519 seed has 32 bytes, not {n}", n=len(seed))
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = CosignerKey(name, public)

    def cosign(self, text: str, seconds: int) -> str:
        """The signature line, with its newline, over a checkpoint's text, at a POSIX time."""
        if not 0 <= seconds <= _MAX_TIME:
            raise Malformed("a cosignature's time is a POSIX time")
        signature = self._key.sign(_message(text, seconds))
        data = self.key.key_hash + seconds.to_bytes(8, "big") + signature
        return f"— {self.key.name} {b64(data)}\n"


def cosigned(note: str, keys: Sequence[CosignerKey]) -> dict[CosignerKey, int]:
    """Which of these witnesses cosigned the note, and when (POSIX seconds).

    Lines of others are passed over. Malformed for a misshapen note; ProofError where a line of one
    of the keys does not hold (formats.md §5).
    """
    by_line = {(key.name, key.key_hash): key for key in keys}
    text, lines = split_note(note)
    found: dict[CosignerKey, int] = {}
    for name, data in map(parse_line, lines):
        key = by_line.get((name, data[:4]))
        if key is None:
            continue
        seconds = int.from_bytes(data[4:12], "big")
        if (
            len(data) != 4 + 8 + 64
            or seconds > _MAX_TIME
            or not verify(key.public_key, _message(text, seconds), data[12:])
        ):
            raise ProofError("the signature of {name} does not hold", name=name)
        found[key] = max(seconds, found.get(key, 0))
    return found


def require_quorum(note: str, keys: Sequence[CosignerKey], quorum: int) -> dict[CosignerKey, int]:
    """``cosigned``; ProofError unless at least ``quorum`` of the witnesses did."""
    found = cosigned(note, keys)
    if len(found) < quorum:
        raise ProofError(
            "{found} of the {count} witnesses cosigned the log's head; {wanted} are asked for",
            found=len(found),
            count=len(keys),
            wanted=quorum,
        )
    return found


def with_lines(note: str, lines: Iterable[str]) -> str:
    """The note with witnesses' lines after the log's own."""
    return note + "".join(lines)


def _message(text: str, seconds: int) -> bytes:
    return utf8(f"cosignature/v1\ntime {seconds}\n{text}")

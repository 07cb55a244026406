"""What the log holds of a record: its entry, and its link to earlier ones (formats.md §3).

Both have one canonical text, so short and so closed that a regular expression is its whole grammar;
an audit reads a million of them.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from suyuan.core.encoding import b64url, digest_text, parse_digest, unb64url
from suyuan.core.errors import Malformed

# 32 bytes are 43 characters of base64url whose last has two idle bits; 64 bytes are 86, 16 are 22,
# with four idle bits each. Idle bits are zero, so these classes say all that re-encoding would.
_KID = rb"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"
_SIG = rb"[A-Za-z0-9_-]{85}[AQgw]"
_SALT = rb"[A-Za-z0-9_-]{21}[AQgw]"
_DIGEST = rb"sha-256:[0-9a-f]{64}"
_TIME = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
_KID_ALONE = re.compile(_KID)
_TIME_ALONE = re.compile(_TIME)
_SALT_ALONE = re.compile(_SALT)
_ENTRY = re.compile(
    rb'\{"after":"('
    + _DIGEST
    + rb')","content":"('
    + _DIGEST
    + rb')","kid":"('
    + _KID
    + rb')","recordTime":"('
    + _TIME
    + rb')","sig":"('
    + _SIG
    + rb')","v":1\}'
)
_LINK = re.compile(
    rb'\{"after":\[((?:"'
    + _DIGEST
    + rb'"(?:,"'
    + _DIGEST
    + rb'")*)?)\],"salt":"('
    + _SALT
    + rb')"\}'
)


def record_message(origin: str, kid: str, content_digest: bytes) -> bytes:
    """The bytes that a recorder signs. They need nothing from the log but its origin.

    Malformed for parts that could not be told apart again in it.
    """
    if not (origin and origin.isascii() and origin.isprintable()) or len(content_digest) != 32:
        raise Malformed("a record is signed for an ASCII origin and a digest of 32 bytes")
    if not _is_kid(kid):
        raise Malformed("a kid is 43 characters of base64url")
    return f"suyuan/record/v1\n{origin}\n{kid}\n{content_digest.hex()}\n".encode()


class Entry(NamedTuple):
    """One leaf of the log: digests, signer, time, signature, and nothing that names anything."""

    content: bytes
    """Digest of JCS(content)."""
    after: bytes
    """Digest of JCS(link)."""
    kid: str
    record_time: str
    """RFC 3339 UTC, milliseconds, ``Z``."""
    sig: bytes

    def encode(self) -> bytes:
        """JCS of the entry: the bytes of the leaf. Malformed if a part is not right."""
        if not (
            len(self.after) == len(self.content) == 32
            and len(self.sig) == 64
            and _is_kid(self.kid)
            and _is_time(self.record_time)
        ):
            raise Malformed("an entry has two digests, a kid, a time of the log and a signature")
        return (
            f'{{"after":"{digest_text(self.after)}","content":"{digest_text(self.content)}",'
            f'"kid":"{self.kid}","recordTime":"{self.record_time}",'
            f'"sig":"{b64url(self.sig)}","v":1}}'
        ).encode()


def parse_entry(data: bytes | str) -> Entry:
    """Read an entry; Malformed unless it is the exact canonical text, with a real time."""
    found = _ENTRY.fullmatch(_bytes(data))
    if found is None:
        raise Malformed(
            "this is not an entry in canonical form (after, content, kid, recordTime, sig, v = 1)"
        )
    after, content, kid, time, sig = found.groups()
    if not _is_date(time[:10]):
        raise Malformed("recordTime is no day of the calendar: {time}", time=time.decode())
    return Entry(
        bytes.fromhex(content[8:].decode()),
        bytes.fromhex(after[8:].decode()),
        kid.decode(),
        time.decode(),
        binascii.a2b_base64(sig.translate(_FROM_URL) + b"=="),
    )


_FROM_URL = bytes.maketrans(b"-_", b"+/")


@lru_cache(maxsize=1024)
def _is_date(text: bytes) -> bool:
    try:
        date.fromisoformat(text.decode())
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1024)
def _is_kid(text: str) -> bool:
    return _KID_ALONE.fullmatch(_bytes(text)) is not None


@lru_cache(maxsize=64)
def _is_time(text: str) -> bool:
    return _TIME_ALONE.fullmatch(_bytes(text)) is not None and _is_date(_bytes(text[:10]))


def _bytes(data: bytes | str) -> bytes:
    # What is not ASCII becomes "?", which no canonical text holds.
    return data.encode("ascii", "replace") if isinstance(data, str) else data


@dataclass(frozen=True, slots=True)
class Link:
    """The leaf hashes that a record rests on, sorted, no doubles; the salt hides which they are."""

    after: tuple[bytes, ...]
    salt: str

    def encode(self) -> bytes:
        """JCS of the link. Malformed if the hashes are not sorted or the salt is not right."""
        if any(len(leaf) != 32 for leaf in self.after):
            raise Malformed("a leaf hash has 32 bytes")
        if _SALT_ALONE.fullmatch(_bytes(self.salt)) is None:
            raise Malformed("a salt is 22 characters of base64url")
        hashes = ",".join([f'"sha-256:{leaf.hex()}"' for leaf in _sorted(self.after)])
        return f'{{"after":[{hashes}],"salt":"{self.salt}"}}'.encode()

    def digest(self) -> bytes:
        """What the entry's ``after`` holds."""
        return hashlib.sha256(self.encode()).digest()


def decode_link(data: bytes | str) -> Link:
    """Read a stored link; Malformed unless it is the exact canonical text."""
    found = _LINK.fullmatch(_bytes(data))
    if found is None:
        raise Malformed("this is not a link in canonical form (after, salt)")
    hashes, salt = found[1].decode(), found[2].decode()
    # Each is a quotation mark, "sha-256:", 64 digits, a quotation mark, a comma.
    after = tuple(bytes.fromhex(hashes[i + 9 : i + 73]) for i in range(0, len(hashes), 75))
    return Link(_sorted(after), salt)


def parse_link(value: object) -> Link:
    """Read the link object of a bundle, a closed one; Malformed, with its pointer, otherwise."""
    if not isinstance(value, dict) or value.keys() != {"after", "salt"}:
        raise Malformed("a link has the members after, salt and no others")
    hashes = value["after"]
    if not isinstance(hashes, list):
        raise Malformed("after is a list of leaf hashes", path="/after")
    try:
        after = _sorted(tuple(parse_digest(leaf) for leaf in hashes))
    except Malformed as problem:
        raise problem.at("/after") from None
    try:
        unb64url(value["salt"], size=16)
    except Malformed as problem:
        raise problem.at("/salt") from None
    return Link(after, value["salt"])


def _sorted(after: tuple[bytes, ...]) -> tuple[bytes, ...]:
    if any(first >= second for first, second in pairwise(after)):
        raise Malformed("leaf hashes in a link are sorted, each once")
    return after

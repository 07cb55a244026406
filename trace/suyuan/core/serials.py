"""Serials of packs: the tree that an issuing event commits to (formats.md §2), and labels (§8).

The event holds only how many there are and the root, so that one scan does not hand out all others.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suyuan.core import jcs, merkle, shapes
from suyuan.core.errors import Malformed

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: five bits a character, none that is taken for another."""

_TEN = re.compile(f"[{ALPHABET}]{{10}}")
_LABEL_SERIAL = re.compile(f"[{ALPHABET}]{{14}}")
_GTIN14 = re.compile(r"[0-9]{14}")


@dataclass(frozen=True, slots=True)
class Issued:
    """What an event's ``suyuan:serials`` says: how many, and the root of their tree."""

    count: int
    root: bytes


def parse_issued(value: object, path: str = "") -> Issued:
    """Read the closed ``suyuan:serials`` object; Malformed for any other shape."""
    members = shapes.closed(value, ("count", "root"), path=path)
    count = shapes.count(members["count"], f"{path}/count")
    if count == 0:
        raise Malformed("an event that issues serials issues at least one", path=f"{path}/count")
    return Issued(count, shapes.hash32(members["root"], f"{path}/root"))


def serials_root(serials: Sequence[tuple[str, str]]) -> bytes:
    """Root over (salt, serial) pairs in issue order; Malformed if there are none."""
    if not serials:
        raise Malformed("there are no serials to issue")
    return merkle.root_from_leaf_hashes([_leaf(salt, serial) for salt, serial in serials])


def serial_path(serials: Sequence[tuple[str, str]], index: int) -> list[bytes]:
    """Inclusion proof of the pair at ``index``, from its sibling up; ProofError beyond the end."""
    levels = [[_leaf(salt, serial) for salt, serial in serials]]
    while len(levels[-1]) > 1:
        below = levels[-1]
        # Only complete subtrees: an odd last node is folded in by the proof itself.
        levels.append(
            [merkle.node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)]
        )

    def get(level: int, number: int) -> bytes:
        return levels[level][number]

    return merkle.inclusion_proof(index, len(serials), get)


def check_serial(salt: str, serial: str, index: int, path: Sequence[bytes], issued: Issued) -> None:
    """ProofError unless this serial was issued at ``index``."""
    merkle.verify_inclusion(_leaf(salt, serial), index, issued.count, path, issued.root)


def _leaf(salt: str, serial: str) -> bytes:
    return merkle.leaf_hash(jcs.dumps([salt, serial]))


def make_serial(key: bytes, gtin14: str, lot: str, ten: str) -> str:
    """The serial of a label: ten random characters of ALPHABET, and four of their tag."""
    if not _TEN.fullmatch(ten):
        raise Malformed("ten characters of {alphabet} begin a serial", alphabet=ALPHABET)
    if not _GTIN14.fullmatch(gtin14) or not lot.isascii():
        raise Malformed("a label's serial is of a GTIN of 14 digits and an ASCII lot")
    return ten + _tag(key, gtin14, lot, ten)


def tag_ok(keys: Iterable[bytes], gtin14: str, lot: str, serial: str) -> bool:
    """Whether one of the keys made this serial's tag: turns invented codes away, proves nothing."""
    if not _LABEL_SERIAL.fullmatch(serial) or not (gtin14 + lot).isascii():
        return False
    ten, tag = serial[:10], serial[10:]
    # All keys are tried, so that the time taken tells nothing.
    return True in [hmac.compare_digest(_tag(key, gtin14, lot, ten), tag) for key in keys]


def _tag(key: bytes, gtin14: str, lot: str, ten: str) -> str:
    message = f"suyuan/serial/v1\n{gtin14}\n{lot}\n{ten}".encode("ascii")
    bits = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:3], "big") >> 4
    return "".join(ALPHABET[bits >> shift & 31] for shift in (15, 10, 5, 0))

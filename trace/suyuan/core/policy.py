"""Policy: whom a reader has decided to believe (formats.md §6). Got once, out of band."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core import jcs, shapes
from suyuan.core.cosignature import CosignerKey
from suyuan.core.encoding import unb64url
from suyuan.core.errors import Malformed
from suyuan.core.note import NoteVerifier
from suyuan.core.strict_json import loads

TEST_CHAINS = frozenset({1337, 31337})
"""Chains that anybody starts at home: they prove nothing to strangers."""

_MEMBERS = ("v", "origin", "logKeys", "adminKid", "chainId", "genesis", "contract", "logId")


@dataclass(frozen=True, slots=True)
class Policy:
    """One log, its keys, its first administrator, and the contract that keeps it honest."""

    origin: str
    log_keys: tuple[NoteVerifier, ...]
    admin_kid: str
    chain_id: int
    genesis: str
    """Hash of block 0, ``0x`` and 64 lowercase hex digits."""
    contract: str
    """Address, ``0x`` and 40 lowercase hex digits."""
    log_id: str
    """``0x`` and 64 lowercase hex digits."""
    witnesses: tuple[CosignerKey, ...] = ()
    """Whose cosignatures count; none where the member ``witnesses`` is not there."""
    quorum: int = 0
    """How many of them have to have cosigned a checkpoint; 0: it is only told who did."""

    @property
    def is_test_chain(self) -> bool:
        """Whether every face has to add that this proves nothing to strangers."""
        return self.chain_id in TEST_CHAINS

    def to_json(self) -> dict[str, Any]:
        """The policy object."""
        told: dict[str, Any] = {
            "v": 1,
            "origin": self.origin,
            "logKeys": [key.vkey for key in self.log_keys],
            "adminKid": self.admin_kid,
            "chainId": self.chain_id,
            "genesis": self.genesis,
            "contract": self.contract,
            "logId": self.log_id,
        }
        if self.witnesses:
            keys = [key.vkey for key in self.witnesses]
            told["witnesses"] = {"keys": keys, "quorum": self.quorum}
        return told

    def encode(self) -> bytes:
        """The policy file, in canonical form."""
        return jcs.dumps(self.to_json())

    def fingerprint(self) -> str:
        """What two people compare: the first 64 bits of SHA-256(JCS), hex, in groups of four."""
        digits = hashlib.sha256(self.encode()).hexdigest()[:16]
        return " ".join(digits[i : i + 4] for i in range(0, 16, 4))


def parse_policy(data: bytes | str) -> Policy:
    """Read a policy file; Malformed, with its place, for anything but a whole and exact one."""
    members = shapes.closed(loads(data), _MEMBERS, allowed=("witnesses",))
    if members["v"] != 1 or type(members["v"]) is not int:
        raise Malformed("this is a policy of another version than 1", path="/v")
    witnesses, quorum = _witnesses(members["witnesses"]) if "witnesses" in members else ((), 0)
    return Policy(
        origin=_origin(members["origin"]),
        log_keys=_log_keys(members["logKeys"]),
        admin_kid=_kid(members["adminKid"]),
        chain_id=_chain_id(members["chainId"]),
        genesis=_hex(members, "genesis", 32),
        contract=_hex(members, "contract", 20),
        log_id=_hex(members, "logId", 32),
        witnesses=witnesses,
        quorum=quorum,
    )


def _origin(value: object) -> str:
    origin = shapes.text(value, "/origin")
    if not origin or not origin.isascii() or not origin.isprintable() or " " in origin:
        raise Malformed("the origin of a log is printable ASCII without spaces", path="/origin")
    return origin


def _log_keys(value: object) -> tuple[NoteVerifier, ...]:
    found: dict[tuple[str, bytes], NoteVerifier] = {}
    for place, vkey in enumerate(shapes.array(value, "/logKeys")):
        try:
            verifier = NoteVerifier.parse(vkey)
        except Malformed as problem:
            raise problem.at(f"/logKeys/{place}") from None
        if (verifier.name, verifier.key_hash) in found:
            raise Malformed("this log key stands here twice", path=f"/logKeys/{place}")
        found[verifier.name, verifier.key_hash] = verifier
    if not found:
        raise Malformed("a policy names at least one log key", path="/logKeys")
    return tuple(found.values())


def _witnesses(value: object) -> tuple[tuple[CosignerKey, ...], int]:
    members = shapes.closed(value, ("keys", "quorum"), path="/witnesses")
    found: dict[bytes, CosignerKey] = {}
    for place, vkey in enumerate(shapes.array(members["keys"], "/witnesses/keys")):
        path = f"/witnesses/keys/{place}"
        try:
            key = CosignerKey.parse(vkey)
        except Malformed as problem:
            raise problem.at(path) from None
        # Of two names for one key, one word would count twice.
        if key.public_key in found:
            raise Malformed("this witness stands here twice", path=path)
        found[key.public_key] = key
    if not found:
        raise Malformed("a list of witnesses names at least one", path="/witnesses/keys")
    quorum = shapes.count(members["quorum"], "/witnesses/quorum")
    if quorum > len(found):
        raise Malformed(
            "{quorum} witnesses are asked for, and {count} given",
            path="/witnesses/quorum",
            quorum=quorum,
            count=len(found),
        )
    return tuple(found.values()), quorum


def _kid(value: object) -> str:
    try:
        unb64url(value, size=32)
    except Malformed as problem:
        raise problem.at("/adminKid") from None
    assert isinstance(value, str)
    return value


def _chain_id(value: object) -> int:
    number = shapes.count(value, "/chainId")
    if number == 0:
        raise Malformed("no chain has the id 0", path="/chainId")
    return number


def _hex(members: Mapping[str, Any], name: str, size: int) -> str:
    value = shapes.hexadecimal(members[name], size, f"/{name}")
    if value != members[name]:
        raise Malformed("hex digits of a policy are in lower case", path=f"/{name}")
    return value

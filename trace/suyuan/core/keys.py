"""Recorders' keys: Ed25519 (RFC 8032), their names (RFC 7638), and their state along the log."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import is_uri

Role: TypeAlias = Literal["admin", "recorder", "certifier", "regulator"]
Status: TypeAlias = Literal["active", "revoked"]

ROLES = ("admin", "recorder", "certifier", "regulator")

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN = 1 << 255
# The y coordinates of the eight points whose order divides 8: the neutral element, the one of order
# 2, two of order 4 (y = 0), four of order 8. A signature under such a key fits many messages.
_Y8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def kid_of(x: bytes) -> str:
    """RFC 7638 thumbprint (SHA-256, base64url) of the public key's JWK."""
    # The members in this order are the canonical form that RFC 7638 §3 asks for.
    jwk = f'{{"crv":"Ed25519","kty":"OKP","x":"{b64url(x)}"}}'
    return b64url(hashlib.sha256(jwk.encode()).digest())


def check_public_key(x: bytes) -> None:
    """Malformed unless ``x`` is a curve point in canonical form and not of small order."""
    if len(x) != 32:
        raise Malformed("an Ed25519 public key has 32 bytes, not {n}", n=len(x))
    number = int.from_bytes(x, "little")
    y = number & ~_SIGN
    if y >= _P:
        raise Malformed("this public key is not in its canonical form (RFC 8032 section 5.1.3)")
    if y in _SMALL_ORDER_Y:
        raise Malformed("this public key is a point of small order")
    # On the curve: x² = (y² - 1) / (d·y² + 1) has a root. x = 0 only where y = ±1, refused above.
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise Malformed("this public key is no point of the curve")


@lru_cache(maxsize=4096)
def _loaded(x: bytes) -> Ed25519PublicKey | None:
    try:
        check_public_key(x)
    except Malformed:
        return None
    return Ed25519PublicKey.from_public_bytes(x)


def verify(x: bytes, message: bytes, sig: bytes) -> bool:
    """Whether ``sig`` signs ``message`` under ``x``: RFC 8032 §5.1.7, S < L, checked key."""
    key = _loaded(x)
    if key is None or len(sig) != 64 or int.from_bytes(sig[32:], "little") >= _L:
        return False
    # libsodium takes half the time of OpenSSL, and refuses a little more (an R of small order): what
    # it accepts OpenSSL accepts too, and what it refuses is for OpenSSL to decide.
    with suppress(BadSignatureError):
        crypto_sign_open(sig + message, x)
        return True
    try:
        key.verify(sig, message)
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What a ``key`` content says (formats.md §4)."""

    kid: str
    x: bytes
    owner: str
    """URI of the organisation."""
    role: Role
    status: Status
    suspect_since: int | None = None
    """Only on a revocation: from this index on, records may be somebody else's."""


def parse_key(value: object) -> KeyRecord:
    """Read the closed ``key`` object; Malformed, with its JSON pointer, for any other shape."""
    members = _members(value, "", {"jwk", "owner", "role", "status"}, {"suspectSince"})
    jwk = _members(members["jwk"], "/jwk", {"crv", "kty", "x"}, set())
    if jwk["crv"] != "Ed25519" or jwk["kty"] != "OKP":
        raise Malformed("the key is not Ed25519 (crv Ed25519, kty OKP)", path="/jwk")
    try:
        x = unb64url(jwk["x"], size=32)
        check_public_key(x)
    except Malformed as problem:
        raise problem.at("/jwk/x") from None
    owner, role, status = members["owner"], members["role"], members["status"]
    if not isinstance(owner, str) or not is_uri(owner):
        raise Malformed("the owner is the URI of an organisation (RFC 3986)", path="/owner")
    if role not in ROLES:
        raise Malformed("the role is one of {roles}", path="/role", roles=", ".join(ROLES))
    if status not in ("active", "revoked"):
        raise Malformed("the status is active or revoked", path="/status")
    suspect = members.get("suspectSince")
    if "suspectSince" in members and (
        status != "revoked" or type(suspect) is not int or suspect < 0
    ):
        raise Malformed(
            "suspectSince is the index of a record, and stands on a revocation only",
            path="/suspectSince",
        )
    return KeyRecord(kid_of(x), x, owner, cast(Role, role), status, cast("int | None", suspect))


def _members(value: object, path: str, wanted: set[str], allowed: set[str]) -> dict[str, object]:
    if not isinstance(value, dict) or not wanted <= value.keys() <= wanted | allowed:
        raise Malformed(
            "this object has the members {wanted} and no others",
            path=path,
            wanted=", ".join(sorted(wanted)),
        )
    return value


@dataclass(frozen=True, slots=True)
class KeyState:
    """What the counting key records so far make of one key."""

    kid: str
    x: bytes
    owner: str
    role: Role
    active: bool
    suspect_since: int | None = None

    @classmethod
    def of(cls, record: KeyRecord) -> KeyState:
        """The state that a first counting record gives."""
        return cls(
            record.kid,
            record.x,
            record.owner,
            record.role,
            record.status == "active",
            record.suspect_since,
        )


class KeyRing:
    """State of all keys at one place in the log (formats.md §4): apply key records in log order.

    After the records of index < i have been applied, it tells the state at entry i.
    """

    def __init__(self) -> None:
        self._states: dict[str, KeyState] = {}

    @property
    def known(self) -> frozenset[str]:
        """The kids that have a counting key record."""
        return frozenset(self._states)

    def copy(self) -> KeyRing:
        """Another ring with the same states, to go on with independently."""
        ring = KeyRing()
        ring._states = dict(self._states)
        return ring

    def state(self, kid: str) -> KeyState | None:
        """State of a key, None if it has no counting record."""
        return self._states.get(kid)

    def is_active(self, kid: str) -> bool:
        """Whether the key is enrolled and not revoked."""
        state = self._states.get(kid)
        return state is not None and state.active

    def is_active_admin(self, kid: str) -> bool:
        """Whether the key is an active administrator's."""
        state = self._states.get(kid)
        return state is not None and state.active and state.role == "admin"

    def apply(self, index: int, signer_kid: str, record: KeyRecord) -> bool:
        """Take the key record at ``index``; whether it counts. One that does not changes nothing.

        That entry 0 is the key named in the policy is for the caller to check.
        """
        state = self._states.get(record.kid)
        if not self._counts(index, signer_kid, record, state):
            return False
        if state is None:
            self._states[record.kid] = KeyState.of(record)
        elif record.status == "revoked":
            since = record.suspect_since
            self._states[record.kid] = replace(
                state, active=False, suspect_since=state.suspect_since if since is None else since
            )
        return True

    def _counts(
        self, index: int, signer_kid: str, record: KeyRecord, state: KeyState | None
    ) -> bool:
        if index == 0:
            return (
                not self._states
                and signer_kid == record.kid
                and record.role == "admin"
                and record.status == "active"
            )
        if state is not None:
            if (record.owner, record.role) != (state.owner, state.role):
                return False
            if not state.active and record.status == "active":
                return False
            if state.active and record.status == "revoked" and signer_kid == record.kid:
                return True
        return self.is_active_admin(signer_kid)

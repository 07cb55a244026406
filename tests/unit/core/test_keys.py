from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core import keys
from suyuan.core.encoding import b64url
from suyuan.core.errors import Malformed

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """The addition law of RFC 8032 §5.1.4, in plain coordinates."""
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + k, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - k, -1, P)
    return x % P, y % P


def times(n: int, point: Point) -> Point:
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def decode(y: int) -> Point | None:
    """Some point with this y, None if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    for x in (root, root * pow(2, (P - 1) // 4, P) % P):
        if x * x % P == square:
            return x, y
    return None


def encode(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small_order_points() -> set[Point]:
    """L times any point lies in the subgroup of order 8; an element of full order gives all of it."""
    for y in range(2, 100):
        point = decode(y)
        if point is not None:
            torsion = times(L, point)
            subgroup = {times(n, torsion) for n in range(8)}
            if len(subgroup) == 8:
                return subgroup
    raise AssertionError


SMALL = small_order_points()
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
X = SIGNER.public_key().public_bytes_raw()


def test_small_order_points_are_refused_in_every_encoding() -> None:
    encodings = {encode(point) for point in SMALL}
    for _, y in SMALL:
        for value in (y, y + P):
            if value < 2**255:
                encodings |= {(value | sign << 255).to_bytes(32, "little") for sign in (0, 1)}
    assert len(encodings) == 14
    for x in encodings:
        with pytest.raises(Malformed):
            keys.check_public_key(x)


def test_a_signature_that_a_small_order_key_would_let_pass() -> None:
    """With A of small order, R = -k·A and S = 0 hold for one message in eight at least."""
    neutral = encode((0, 1))
    assert not keys.verify(neutral, b"anything", neutral + bytes(32))
    for point in SMALL:
        for r in SMALL:
            assert not keys.verify(encode(point), b"anything", encode(r) + bytes(32))


def test_only_canonical_points_of_the_curve() -> None:
    for y in range(2, 40):
        point = decode(y)
        x = y.to_bytes(32, "little")
        if point is None:
            with pytest.raises(Malformed, match="no point of the curve"):
                keys.check_public_key(x)
        else:
            keys.check_public_key(encode(point))
            keys.check_public_key(encode((P - point[0], y)))
        if y + P < 2**255:
            with pytest.raises(Malformed, match="canonical"):
                keys.check_public_key((y + P).to_bytes(32, "little"))
    for wrong in (b"", bytes(31), bytes(33), b"\xff" * 32):
        with pytest.raises(Malformed):
            keys.check_public_key(wrong)


@given(st.binary(min_size=32, max_size=32))
def test_every_generated_key_is_taken(seed: bytes) -> None:
    keys.check_public_key(
        Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    )


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [  # RFC 8032 §7.1, tests 1 to 3
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            (
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ),
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            (
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
        ),
    ],
)
def test_rfc_8032(public: str, message: str, signature: str) -> None:
    x, text, sig = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert keys.verify(x, text, sig)
    for i in range(0, 512, 7):
        wrong = bytearray(sig)
        wrong[i // 8] ^= 1 << i % 8
        assert not keys.verify(x, text, bytes(wrong))
    assert not keys.verify(x, text + b"!", sig)
    assert not keys.verify(X, text, sig)


def test_s_beyond_the_group_order_is_another_text_of_the_same_signature() -> None:
    sig = SIGNER.sign(b"m")
    s = int.from_bytes(sig[32:], "little")
    assert keys.verify(X, b"m", sig)
    for k in range(1, 16):
        if s + k * L < 2**256:
            assert not keys.verify(X, b"m", sig[:32] + (s + k * L).to_bytes(32, "little"))


def test_a_signature_whose_r_is_neutral_holds_by_the_equation() -> None:
    """Only the key's owner can make one (nonce 0); libraries differ, RFC 8032 and browsers accept."""
    seed = hashlib.sha256(b"owner").digest()
    x = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    secret = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    secret = secret & ~7 & (1 << 254) - 1 | 1 << 254
    r = encode((0, 1))
    k = int.from_bytes(hashlib.sha512(r + x + b"m").digest(), "little") % L
    sig = r + (k * secret % L).to_bytes(32, "little")
    assert keys.verify(x, b"m", sig)
    assert not keys.verify(x, b"n", sig)


@pytest.mark.parametrize("n", [0, 63, 65, 128])
def test_a_signature_has_64_bytes(n: int) -> None:
    assert not keys.verify(X, b"m", (SIGNER.sign(b"m") * 2)[:n])


def test_kid() -> None:
    # RFC 8037 appendix A.3
    x = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert keys.kid_of(x) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    jwk = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": b64url(X)}, separators=(",", ":"))
    assert keys.kid_of(X) == b64url(hashlib.sha256(jwk.encode()).digest())


def key(**changes: Any) -> dict[str, Any]:
    value = {
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": b64url(X)},
        "owner": "https://example.org/coop",
        "role": "recorder",
        "status": "active",
        **changes,
    }
    return {name: item for name, item in value.items() if item is not ...}


def test_parse_key() -> None:
    record = keys.parse_key(key())
    assert record == keys.KeyRecord(
        keys.kid_of(X), X, "https://example.org/coop", "recorder", "active"
    )
    assert keys.parse_key(key(status="revoked", suspectSince=0)).suspect_since == 0
    assert keys.parse_key(key(status="revoked")).suspect_since is None


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, ""),
        ([], ""),
        (key(role=...), ""),
        (key(extra=1), ""),
        (key(jwk="x"), "/jwk"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP"}), "/jwk"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": b64url(X), "kid": "a"}), "/jwk"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": b64url(X), "d": "a"}), "/jwk"),
        (key(jwk={"crv": "X25519", "kty": "OKP", "x": b64url(X)}), "/jwk"),
        (key(jwk={"crv": "Ed25519", "kty": "EC", "x": b64url(X)}), "/jwk"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": b64url(X) + "="}), "/jwk/x"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": b64url(X[:31])}), "/jwk/x"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": b64url(bytes(32))}), "/jwk/x"),
        (key(jwk={"crv": "Ed25519", "kty": "OKP", "x": None}), "/jwk/x"),
        (key(owner=""), "/owner"),
        (key(owner="coop"), "/owner"),
        (key(owner="https://例.cn/"), "/owner"),
        (key(owner="urn:a b"), "/owner"),
        (key(owner="urn:a%zz"), "/owner"),
        (key(owner="urn:a\n"), "/owner"),
        (key(owner=1), "/owner"),
        (key(role="boss"), "/role"),
        (key(role=["admin"]), "/role"),
        (key(status="lost"), "/status"),
        (key(status=True), "/status"),
        (key(suspectSince=1), "/suspectSince"),
        (key(status="revoked", suspectSince=-1), "/suspectSince"),
        (key(status="revoked", suspectSince=True), "/suspectSince"),
        (key(status="revoked", suspectSince=0.5), "/suspectSince"),
        (key(status="revoked", suspectSince=None), "/suspectSince"),
        (key(status="revoked", suspectSince="1"), "/suspectSince"),
    ],
)
def test_parse_key_refuses(value: object, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        keys.parse_key(value)
    assert caught.value.path == path


def record(
    kid: str,
    role: keys.Role = "recorder",
    status: keys.Status = "active",
    *,
    owner: str = "urn:o",
    since: int | None = None,
) -> keys.KeyRecord:
    return keys.KeyRecord(kid, kid.encode(), owner, role, status, since)


def ring(*more: tuple[str, keys.KeyRecord]) -> keys.KeyRing:
    """A ring with the administrator ``a``, then the given (signer, record), all of which count."""
    result = keys.KeyRing()
    for index, (signer, item) in enumerate([("a", record("a", "admin")), *more]):
        assert result.apply(index, signer, item)
    return result


@pytest.mark.parametrize(
    ("index", "signer", "first"),
    [
        (0, "b", record("a", "admin")),
        (0, "a", record("a", "recorder")),
        (0, "a", record("a", "admin", "revoked")),
        (1, "a", record("a", "admin")),
    ],
)
def test_entry_0_is_an_active_administrator_signed_by_itself(
    index: int, signer: str, first: keys.KeyRecord
) -> None:
    empty = keys.KeyRing()
    assert not empty.apply(index, signer, first)
    assert not empty.known
    assert empty.state("a") is None


def test_an_administrator_enrols() -> None:
    keyring = ring(("a", record("r")), ("a", record("b", "admin")), ("b", record("c", "certifier")))
    assert keyring.known == {"a", "b", "r", "c"}
    assert keyring.state("c") == keys.KeyState("c", b"c", "urn:o", "certifier", active=True)
    assert keyring.is_active("c")
    assert not keyring.is_active_admin("c")
    assert keyring.is_active_admin("b")
    assert not keyring.is_active("nobody")
    assert not keyring.is_active_admin("nobody")


@pytest.mark.parametrize("signer", ["r", "c", "g", "x", "nobody"])
@pytest.mark.parametrize("item", [record("x"), record("x", "admin"), record("r", status="revoked")])
def test_nobody_else_enrols_or_revokes(signer: str, item: keys.KeyRecord) -> None:
    keyring = ring(
        ("a", record("r")), ("a", record("c", "certifier")), ("a", record("g", "regulator"))
    )
    before = {kid: keyring.state(kid) for kid in keyring.known}
    counts = signer == item.kid and item.status == "revoked" and signer == "r"
    assert keyring.apply(9, signer, item) == counts
    if not counts:
        assert before == {kid: keyring.state(kid) for kid in keyring.known}


def test_a_key_revokes_itself_and_nothing_more() -> None:
    keyring = ring(("a", record("r")))
    assert not keyring.apply(2, "r", record("r"))
    assert keyring.apply(3, "r", record("r", status="revoked", since=2))
    state = keyring.state("r")
    assert state is not None
    assert not state.active
    assert state.suspect_since == 2


def test_an_unknown_key_cannot_bring_itself_in_by_revoking_itself() -> None:
    keyring = ring()
    assert not keyring.apply(1, "x", record("x", status="revoked"))
    assert keyring.state("x") is None


def test_revoked_is_final() -> None:
    keyring = ring(("a", record("r")), ("a", record("r", status="revoked")))
    assert not keyring.apply(3, "a", record("r"))
    assert not keyring.is_active("r")


def test_an_unknown_key_can_be_revoked_beforehand() -> None:
    keyring = ring(("a", record("x", status="revoked", since=0)))
    assert not keyring.apply(2, "a", record("x"))
    state = keyring.state("x")
    assert state is not None
    assert not state.active
    assert state.suspect_since == 0


def test_a_theft_found_out_later_is_said_by_an_administrator_only() -> None:
    keyring = ring(("a", record("r")), ("r", record("r", status="revoked", since=7)))
    assert not keyring.apply(3, "r", record("r", status="revoked", since=0))
    assert keyring.apply(4, "a", record("r", status="revoked"))
    state = keyring.state("r")
    assert state is not None
    assert state.suspect_since == 7
    assert keyring.apply(5, "a", record("r", status="revoked", since=3))
    state = keyring.state("r")
    assert state is not None
    assert state.suspect_since == 3


@pytest.mark.parametrize(
    "item",
    [
        record("r", owner="urn:other"),
        record("r", "certifier"),
        record("r", status="revoked", owner="urn:other"),
        record("r", "admin", "revoked"),
    ],
)
@pytest.mark.parametrize("signer", ["a", "r"])
def test_owner_and_role_of_a_known_key_never_change(signer: str, item: keys.KeyRecord) -> None:
    keyring = ring(("a", record("r")))
    before = keyring.state("r")
    assert not keyring.apply(2, signer, item)
    assert keyring.state("r") == before


def test_a_revoked_administrator_enrols_no_more_but_what_he_enrolled_stays() -> None:
    keyring = ring(
        ("a", record("b", "admin")), ("b", record("r")), ("a", record("b", "admin", "revoked"))
    )
    assert not keyring.apply(4, "b", record("x"))
    assert keyring.is_active("r")


def test_enrolling_again_counts_and_changes_nothing() -> None:
    keyring = ring(("a", record("r")))
    before = keyring.state("r")
    assert keyring.apply(2, "a", record("r"))
    assert keyring.state("r") == before


def test_a_second_entry_0_does_not_count() -> None:
    keyring = ring()
    assert not keyring.apply(0, "x", record("x", "admin"))


def test_a_copy_goes_its_own_way() -> None:
    first = ring()
    second = first.copy()
    assert second.apply(1, "a", record("r"))
    assert first.state("r") is None
    assert second.is_active("r")


@pytest.mark.parametrize("owner", ["https://[zz]/x", "urn:x:[", "https://a.example/#a#b", "no uri"])
def test_an_owner_is_a_uri_by_the_grammar(owner: str) -> None:
    with pytest.raises(Malformed) as caught:
        keys.parse_key(key(owner=owner))
    assert caught.value.path == "/owner"

"""The test values of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from suyuan.core.totp import hotp, key_uri, secret_text, step_of

ASCII = b"12345678901234567890123456789012345678901234567890123456789012345678"
SEEDS = {"sha1": ASCII[:20], "sha256": ASCII[:32], "sha512": (ASCII[:20] * 4)[:64]}


@pytest.mark.parametrize(
    ("counter", "code"),
    [
        (0, "755224"),
        (1, "287082"),
        (2, "359152"),
        (3, "969429"),
        (4, "338314"),
        (5, "254676"),
        (6, "287922"),
        (7, "162583"),
        (8, "399871"),
        (9, "520489"),
    ],
)
def test_hotp(counter: int, code: str) -> None:
    assert hotp(SEEDS["sha1"], counter) == code


@pytest.mark.parametrize(
    ("time", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_totp(time: int, sha1: str, sha256: str, sha512: str) -> None:
    for digest, code in (("sha1", sha1), ("sha256", sha256), ("sha512", sha512)):
        assert hotp(SEEDS[digest], time // 30, digits=8, digest=digest) == code


def test_a_code_is_right_for_one_step_to_either_side_and_once() -> None:
    secret = SEEDS["sha1"]
    code = hotp(secret, 100)
    assert [step_of(code, secret, 3000.0 + shift) for shift in (-31, -30, 0, 59, 60)] == [
        None,
        100,
        100,
        100,
        None,
    ]
    assert step_of(code, secret, 3000.0, after=99) == 100
    assert step_of(code, secret, 3000.0, after=100) is None
    assert step_of("000000", secret, 3000.0) is None
    assert step_of("", secret, 0.0) is None
    assert step_of("七五五二二四", secret, 0.0) is None


def test_apps_are_told_all_they_need() -> None:
    link = urlsplit(key_uri(SEEDS["sha1"], "张三 1", "溯源"))
    assert (link.scheme, link.netloc) == ("otpauth", "totp")
    assert unquote(link.path) == "/溯源:张三 1"
    assert parse_qs(link.query) == {
        "secret": [secret_text(SEEDS["sha1"])],
        "issuer": ["溯源"],
    }

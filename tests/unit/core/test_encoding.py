from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core import encoding
from suyuan.core.errors import Malformed


@given(st.binary(max_size=100))
def test_base64_round_trip_and_equals_the_library(data: bytes) -> None:
    assert encoding.b64(data) == base64.b64encode(data).decode()
    assert encoding.b64url(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert encoding.unb64(encoding.b64(data)) == data
    assert encoding.unb64url(encoding.b64url(data), size=len(data)) == data


@given(st.text("ABCDEFwxyz0189+/-_=\n é", max_size=12))
def test_one_value_has_one_text(text: str) -> None:
    for decode, encode in (
        (encoding.unb64, encoding.b64),
        (encoding.unb64url, encoding.b64url),
    ):
        try:
            data = decode(text)
        except Malformed:
            continue
        assert encode(data) == text


@pytest.mark.parametrize(
    "text",
    ["QQ", "QR==", "QQ=", "QQ===", "Q", "QUI", "QUJ=", "QQ==\n", " QQ==", "Q Q=", "-_8=", None, 7],
)
def test_unb64_refuses(text: object) -> None:
    with pytest.raises(Malformed):
        encoding.unb64(text)


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "QUJ", "QQ\n", "+/8", "QUJDR", None, b"QQ"])
def test_unb64url_refuses(text: object) -> None:
    with pytest.raises(Malformed):
        encoding.unb64url(text)


def test_a_wrong_size_is_refused() -> None:
    with pytest.raises(Malformed, match="2 bytes where 32 belong"):
        encoding.unb64("QUI=", size=32)


def test_digest_text() -> None:
    digest = hashlib.sha256(b"x").digest()
    text = encoding.digest_text(digest)
    assert text == "sha-256:" + hashlib.sha256(b"x").hexdigest()
    assert encoding.parse_digest(text) == digest
    for wrong in (text.upper(), text[:-1], text + "0", text + "\n", text[8:], "sha256:" + text[8:]):
        with pytest.raises(Malformed):
            encoding.parse_digest(wrong)
    with pytest.raises(Malformed):
        encoding.parse_digest(None)


@given(st.integers(0, encoding.MAX_DECIMAL))
def test_decimal(number: int) -> None:
    assert encoding.decimal(str(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "00", "01", "-0", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "1_0", "٣", "²",
     "9223372036854775808", "9" * 5000, None, 1],
)  # fmt: skip
def test_decimal_refuses(text: object) -> None:
    with pytest.raises(Malformed):
        encoding.decimal(text)

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core import merkle
from suyuan.core.encoding import b64, b64url
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.serials import (
    ALPHABET,
    Issued,
    check_serial,
    make_serial,
    parse_issued,
    serial_path,
    serials_root,
    tag_ok,
)

KEY = b"k" * 32
GTIN = "09521234000044"


def pairs(count: int) -> list[tuple[str, str]]:
    return [(b64url(hashlib.sha256(bytes([n])).digest()[:16]), f"S{n}") for n in range(count)]


def test_leaves_are_canonical_pairs_in_issue_order() -> None:
    issued = [("AAAAAAAAAAAAAAAAAAAAAA", 'S"1'), ("AAAAAAAAAAAAAAAAAAAAAQ", "S2")]
    left = merkle.leaf_hash(b'["AAAAAAAAAAAAAAAAAAAAAA","S\\"1"]')
    right = merkle.leaf_hash(b'["AAAAAAAAAAAAAAAAAAAAAQ","S2"]')
    assert serials_root(issued) == merkle.node_hash(left, right)
    with pytest.raises(Malformed):
        serials_root([])


@given(st.integers(1, 40), st.data())
def test_every_serial_has_a_path_that_fits_no_other(count: int, data: st.DataObject) -> None:
    issued = pairs(count)
    said = Issued(count, serials_root(issued))
    index = data.draw(st.integers(0, count - 1))
    path = serial_path(issued, index)
    check_serial(*issued[index], index, path, said)
    with pytest.raises(ProofError):
        check_serial(issued[index][0], "forged", index, path, said)
    if count > 1:
        with pytest.raises(ProofError):
            check_serial(*issued[index], (index + 1) % count, path, said)
        with pytest.raises(ProofError):
            check_serial(*issued[index], index, path[:-1], said)
    with pytest.raises(ProofError):
        check_serial(*issued[index], index, [*path, b"\x00" * 32], said)


def test_a_place_beyond_the_end_has_no_path() -> None:
    with pytest.raises(ProofError):
        serial_path(pairs(3), 3)


@pytest.mark.parametrize(
    "value",
    [
        {"count": 1},
        {"count": 1, "root": b64(b"\x00" * 32), "x": 1},
        {"count": 0, "root": b64(b"\x00" * 32)},
        {"count": "1", "root": b64(b"\x00" * 32)},
        {"count": 1, "root": b64(b"\x00" * 31)},
        {"count": 1, "root": b64url(b"\xff" * 32)},
        [],
    ],
)
def test_other_shapes_of_issue_are_refused(value: object) -> None:
    with pytest.raises(Malformed):
        parse_issued(value)


def test_the_tag_is_twenty_bits_of_the_mac_in_the_same_alphabet() -> None:
    serial = make_serial(KEY, GTIN, "LOT-1", "0123456789")
    mac = hmac.new(KEY, b"suyuan/serial/v1\n09521234000044\nLOT-1\n0123456789", "sha256").digest()
    bits = f"{int.from_bytes(mac, 'big'):0256b}"[:20]
    assert serial == "0123456789" + "".join(
        ALPHABET[int(bits[i : i + 5], 2)] for i in range(0, 20, 5)
    )
    assert len(ALPHABET) == 32
    assert not set("ILOU") & set(ALPHABET)


def test_two_keys_may_be_valid_and_nothing_else() -> None:
    serial = make_serial(KEY, GTIN, "LOT-1", "ABCDEFGHJK")
    assert tag_ok([KEY], GTIN, "LOT-1", serial)
    assert tag_ok([b"new" * 9, KEY], GTIN, "LOT-1", serial)
    assert not tag_ok([b"new" * 9], GTIN, "LOT-1", serial)
    assert not tag_ok([], GTIN, "LOT-1", serial)
    assert not tag_ok([KEY], GTIN, "LOT-2", serial)
    assert not tag_ok([KEY], "09521234000037", "LOT-1", serial)
    other = ALPHABET[(ALPHABET.index(serial[0]) + 1) % 32]
    assert not tag_ok([KEY], GTIN, "LOT-1", other + serial[1:])


@pytest.mark.parametrize(
    "serial", ["", "A" * 13, "A" * 15, "I" * 14, "a" * 14, "山" * 14, "A" * 13 + "\n"]
)
def test_other_texts_are_no_label_serials(serial: str) -> None:
    assert not tag_ok([KEY], GTIN, "LOT-1", serial)


def test_labels_are_made_of_plain_parts_only() -> None:
    for gtin, lot, ten in [
        (GTIN, "LOT-1", "ILOU567890"),
        (GTIN, "LOT-1", "012345678"),
        (GTIN[1:], "LOT-1", "0123456789"),
        (GTIN, "批", "0123456789"),
    ]:
        with pytest.raises(Malformed):
            make_serial(KEY, gtin, lot, ten)
    assert not tag_ok([KEY], GTIN, "批", "A" * 14)

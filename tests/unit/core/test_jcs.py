from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st
from shared import shared

from suyuan.core import jcs
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import MAX_INTEGER, loads

# Characters on both sides of every border that matters: escapes, surrogates' range, the astral planes.
TEXT = st.text(
    st.sampled_from('a\x00\x1f\x7f"\\/\b\t\u2028é山\ud7ff\ue000\uffff\U00010000🌰'), max_size=5
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
@example({"\U00010000": 1, "\uffff": 2})
@example([1e-4, 0.5e-4, 9999999999999998.0, 1e16, 123456789012345.67, -0.0, 5e-324, 1e21, 1e-7])
def test_equals_the_library(value: Any) -> None:
    assert jcs.dumps(value) == rfc8785.dumps(value)


@given(JSON)
def test_reading_back_and_writing_again_changes_nothing(value: Any) -> None:
    text = jcs.dumps(value)
    try:
        back = loads(text)
    except Malformed:
        return  # beyond 2^53 - 1
    assert jcs.dumps(back) == text


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_published_documents(name: str) -> None:
    folder = shared("vectors", "jcs")
    # Not our own reader: values.json holds a number beyond 2^53 - 1.
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    assert jcs.dumps(value) == (folder / "output" / f"{name}.json").read_bytes()


def test_published_numbers() -> None:
    data = shared("vectors", "jcs", "es6_10000.txt").read_bytes()
    digest = "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892"
    assert hashlib.sha256(data).hexdigest() == digest
    lines = data.decode().splitlines()
    assert len(lines) == 10_000
    for line in lines:
        bits, expected = line.split(",")
        (number,) = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))
        assert jcs.dumps([number]) == f"[{expected}]".encode(), line


@pytest.mark.parametrize(
    "value",
    [
        "\ud800",
        {"\udfff": 1},
        [{"a": "x\ud800"}],
        {"\U00010000": "\ud800"},
        float("nan"),
        [float("inf")],
        -float("inf"),
        MAX_INTEGER + 1,
        [-MAX_INTEGER - 1],
        {1: 2},
        {None: 1},
        {"a": b"bytes"},
        {"a": {1, 2}},
        object(),
    ],
)
def test_refuses(value: object) -> None:
    with pytest.raises(Malformed):
        jcs.dumps(value)


def test_tuples_are_lists() -> None:
    assert jcs.dumps({"b": (1, 2), "a": ()}) == b'{"a":[],"b":[1,2]}'


@pytest.mark.parametrize("leaf", [1, 1.0])
def test_deep_nesting_is_no_recursion_error(leaf: object) -> None:
    value = leaf
    for _ in range(100_000):
        value = [value]
    try:
        with pytest.raises(Malformed, match="nested"):
            jcs.dumps(value)
    finally:
        while isinstance(value, list):  # or taking it down would go as deep
            value = value.pop()

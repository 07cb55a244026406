from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.tlog_proof import format_proof, parse_proof

HASHES = [bytes([i]) * 32 for i in range(3)]
TEXT = format_proof(10, HASHES)


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_round_trip(index: int, hashes: list[bytes]) -> None:
    assert parse_proof(format_proof(index, hashes)) == (index, hashes)


def test_layout() -> None:
    lines = TEXT.split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 10"]
    assert lines[2] == "A" * 43 + "="
    assert lines[5:] == ["", ""]


def test_published_good_ones() -> None:
    folder = shared("vectors", "c2sp", "tlog-proof", "parse")
    for name in ("no-extra", "no-hashes"):
        head, gap, _ = (folder / f"{name}.tlog-proof").read_text().partition("\n\n")
        assert format_proof(*parse_proof(head + gap)) == head + gap
    head, gap, _ = (folder / "extra.tlog-proof").read_text().partition("\n\n")
    with pytest.raises(Malformed):  # formats.md §7: without extra
        parse_proof(head + gap)


def test_published_bad_ones() -> None:
    files = sorted(shared("vectors", "c2sp", "tlog-proof", "reject").iterdir())
    assert len(files) == 8
    for file in files:
        head, gap, _ = file.read_text().partition("\n\n")
        with pytest.raises(Malformed):
            parse_proof(head + gap)


def test_golden_proofs() -> None:
    bundle = json.loads(shared("vectors", "suyuan-bundle", "pack.suyuan.json").read_text())
    for record in bundle["records"] + bundle["keys"]:
        assert format_proof(*parse_proof(record["proof"])) == record["proof"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "checkpoint",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("@v1", "@v2"),
        TEXT.replace("index 10", "index 010"),
        TEXT.replace("index 10", "index  10"),
        TEXT.replace("index 10", "index\t10"),
        TEXT.replace("index 10", "index 10 "),
        TEXT.replace("index 10", "index"),
        TEXT.replace("index 10", "size 10"),
        TEXT.replace("index 10", "index +10"),
        TEXT.replace("index 10", "index 9223372036854775808"),
        TEXT.replace("index 10\n", ""),
        TEXT.replace("index 10\n", "index 10\n\n"),
        TEXT.replace("index 10", "extra AAAA\nindex 10"),
        TEXT.replace("=\n", "\n", 1),
        TEXT.replace("=\n", "= \n", 1),
        TEXT.replace("AA=", "AB="),
        "c2sp.org/tlog-proof@v1\n\n",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_proof(text)


def test_no_tree_is_that_high() -> None:
    with pytest.raises(Malformed):
        parse_proof(format_proof(0, HASHES * 22))

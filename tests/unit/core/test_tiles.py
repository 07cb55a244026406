from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core import tiles
from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.tiles import TilePath


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "000"),
        (7, "007"),
        (999, "999"),
        (1000, "x001/000"),
        (1234067, "x001/x234/067"),
        (999999, "x999/999"),
        (1000000, "x001/x000/000"),
        (2**63 - 1, "x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_paths(number: int, text: str) -> None:
    assert tiles.tile_path(0, number) == f"tile/0/{text}"
    assert tiles.tile_path(63, number, 112) == f"tile/63/{text}.p/112"
    assert tiles.entries_path(number) == f"tile/entries/{text}"
    assert tiles.entries_path(number, 1) == f"tile/entries/{text}.p/1"
    assert tiles.parse_tile_path(f"tile/0/{text}") == TilePath(0, number)
    assert tiles.parse_tile_path(f"tile/entries/{text}.p/255") == TilePath(None, number, 255)


@given(st.none() | st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, tiles.TILE))
def test_path_round_trip(level: int | None, number: int, width: int) -> None:
    path = TilePath(level, number, width).text()
    assert tiles.parse_tile_path(path) == TilePath(level, number, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/000\n",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/٣/000",
        "tile/data/000",
        "tile/0/x000/000",
        "tile/0/x000/x001/000",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/X001/000",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/x001/x009/x223/x372/x036/x854/x775/807",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/007",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/",
        "tile/0/../000",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(Malformed):
        tiles.parse_tile_path(path)


@pytest.mark.parametrize(
    ("level", "number", "width"),
    [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257), (0, 0, -1)],
)
def test_no_such_tile(level: int, number: int, width: int) -> None:
    with pytest.raises(Malformed):
        tiles.tile_path(level, number, width)


def test_published_arithmetic() -> None:
    big, full, path = json.loads(
        shared("vectors", "c2sp", "tlog-tiles", "arithmetic.json").read_text()
    )
    assert tiles.tile_widths(big["size"]) == [
        (big["full_l0"], big["partial_l0"]),
        (big["full_l1"], big["partial_l1"]),
        (0, big["partial_l2"]),
    ]
    assert tiles.tile_widths(full["size"]) == [(full["full_l0"], 0), (0, full["partial_l1"])]
    assert tiles.tile_path(0, path["index"]) == "tile/0/" + path["path"]


def test_an_empty_tree_has_no_tiles() -> None:
    assert tiles.tile_widths(0) == []


@given(st.integers(1, 2**60))
def test_each_level_holds_one_node_for_each_full_tile_below(size: int) -> None:
    widths = tiles.tile_widths(size)
    for (full, _), (above, rest) in pairwise(widths):
        assert above * 256 + rest == full
    assert widths[0][0] * 256 + widths[0][1] == size
    assert widths[-1][0] == 0


@given(st.lists(st.binary(max_size=70), max_size=256))
def test_entry_bundles(entries: list[bytes]) -> None:
    data = tiles.encode_entries(entries)
    assert len(data) == sum(2 + len(entry) for entry in entries)
    assert tiles.decode_entries(data) == entries


def test_the_length_is_big_endian() -> None:
    assert tiles.encode_entries([b"a" * 258]) == b"\x01\x02" + b"a" * 258


def test_longest_entry() -> None:
    longest = bytes(65_535)
    assert tiles.decode_entries(tiles.encode_entries([longest])) == [longest]
    with pytest.raises(TooLarge):
        tiles.encode_entries([longest + b"\0"])


@pytest.mark.parametrize(
    "data", [b"\0", b"\0\1", b"\0\2a", b"\0\1ab", b"\0\1a\0", b"\xff\xff", b"\0\0" * 257]
)
def test_broken_entry_bundles(data: bytes) -> None:
    with pytest.raises(Malformed):
        tiles.decode_entries(data)


def test_more_than_a_tile_is_not_written() -> None:
    with pytest.raises(TooLarge):
        tiles.encode_entries([b""] * 257)


def test_split_tile() -> None:
    hashes = [bytes([i]) * 32 for i in range(256)]
    assert tiles.split_tile(b"".join(hashes)) == hashes
    assert tiles.split_tile(hashes[3]) == [hashes[3]]
    for wrong in (b"", bytes(31), bytes(33), bytes(257 * 32)):
        with pytest.raises(Malformed):
            tiles.split_tile(wrong)

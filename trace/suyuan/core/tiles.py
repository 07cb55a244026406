"""Tiles (C2SP tlog-tiles): where a log's hashes and entries are published, and in what form.

Level L of the tiles holds the nodes of binary level 8·L, 256 in a full tile.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.core.encoding import MAX_DECIMAL
from suyuan.core.errors import Malformed, TooLarge

TILE = 256
"""Hashes in a full tile, entries in a full entry bundle."""
MAX_ENTRY = 65_535
"""Bytes of an entry at most: its length is a uint16."""
HASH_SIZE = 32

_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class TilePath:
    """What a path asks for. ``level`` None is an entry bundle; ``width`` 256 is a full one."""

    level: int | None
    number: int
    width: int = TILE

    def text(self) -> str:
        """The path itself."""
        if self.level is None:
            return entries_path(self.number, self.width)
        return tile_path(self.level, self.number, self.width)


def tile_path(level: int, number: int, width: int = TILE) -> str:
    """``tile/<L>/<N>[.p/<W>]``, relative to the log's root; Malformed beyond the ranges."""
    if not 0 <= level <= 63:
        raise Malformed("no tile has the level {level}", level=level)
    return f"tile/{level}/{_number(number)}{_partial(width)}"


def entries_path(number: int, width: int = TILE) -> str:
    """``tile/entries/<N>[.p/<W>]``, relative to the log's root."""
    return f"tile/entries/{_number(number)}{_partial(width)}"


def _number(number: int) -> str:
    if not 0 <= number <= MAX_DECIMAL:
        raise Malformed("no tile has the number {number}", number=number)
    last = f"{number % 1000:03d}"
    while number >= 1000:
        number //= 1000
        last = f"x{number % 1000:03d}/{last}"
    return last


def _partial(width: int) -> str:
    if not 1 <= width <= TILE:
        raise Malformed("a tile is 1 to 256 wide, not {width}", width=width)
    return "" if width == TILE else f".p/{width}"


def parse_tile_path(path: str) -> TilePath:
    """Read what ``tile_path`` and ``entries_path`` write, and nothing else; Malformed otherwise."""
    found = _PATH.fullmatch(path)
    if found is not None:
        level = None if found[1] == "entries" else int(found[1])
        number = int(found[2].replace("x", "").replace("/", ""))
        width = int(found[3] or TILE)
        if width <= TILE and number <= MAX_DECIMAL and (level is None or level <= 63):
            parsed = TilePath(level, number, width)
            if parsed.text() == path:  # no leading groups of zeros, no ".p/256"
                return parsed
    raise Malformed("this is no path of a tile or an entry bundle")


def tile_widths(size: int) -> list[tuple[int, int]]:
    """For each level of a tree of ``size``: number of full tiles, width of the partial one."""
    widths: list[tuple[int, int]] = []
    while size:
        widths.append(divmod(size, TILE))
        size //= TILE
    return widths


def split_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile; Malformed unless they are 1 to 256 of 32 bytes."""
    if not data or len(data) % HASH_SIZE or len(data) > TILE * HASH_SIZE:
        raise Malformed("a tile is 1 to 256 hashes of 32 bytes, not {n} bytes", n=len(data))
    return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: at most 256 entries, each behind its length, a big-endian uint16."""
    if len(entries) > TILE:
        raise TooLarge("an entry bundle has at most {most} entries", most=TILE)
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise TooLarge("an entry has at most {most} bytes", most=MAX_ENTRY)
        parts += (struct.pack(">H", len(entry)), entry)
    return b"".join(parts)


def decode_entries(data: bytes) -> list[bytes]:
    """The entries of a bundle; Malformed if it is cut short or holds more than 256."""
    entries: list[bytes] = []
    start = 0
    while start < len(data):
        stop = start + 2 + int.from_bytes(data[start : start + 2], "big")
        if stop > len(data):
            raise Malformed("the entry bundle is cut short")
        entries.append(data[start + 2 : stop])
        start = stop
    if len(entries) > TILE:
        raise Malformed("an entry bundle has at most 256 entries")
    return entries

"""A mirror's folder of contents: ``contents/<block>``, 256 records each, a JSON line a record.

A line is ``{"index", "link", "content", "disclosures"}``, content null where nobody is told it or where
it was erased. ``contents/again`` lists the blocks in which something did not hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from suyuan.adapters.keys import write_private
from suyuan.core import jcs
from suyuan.core.strict_json import loads
from suyuan.core.tiles import TILE
from suyuan.ports.said import SaidOpenly


class MirrorContents:
    """ports.said.SaidStore below a mirror's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "contents"

    @property
    def exists(self) -> bool:
        """Whether this mirror keeps contents at all."""
        return self._folder.is_dir()

    def size(self) -> int:
        blocks = self._blocks()
        return (blocks[-1] * TILE + len(self._lines(blocks[-1]))) if blocks else 0

    def count(self) -> int:
        return sum(
            one.content is not None for block in self._blocks() for one in self._lines(block)
        )

    def put(self, block: int, said: Sequence[SaidOpenly]) -> None:
        write_private(self._path(block), b"".join(map(line, said)))

    def read(self, start: int, stop: int) -> Iterator[SaidOpenly]:
        for block in range(start // TILE, -(-stop // TILE)):
            yield from (one for one in self._lines(block) if start <= one.index < stop)

    def drop(self, index: int) -> None:
        block = index // TILE
        found = self._lines(block)
        if any(one.index == index and one.content is not None for one in found):
            self.put(
                block,
                [SaidOpenly(index, one.link, None) if one.index == index else one for one in found],
            )

    def again(self) -> Sequence[int]:
        try:
            return [int(block) for block in json.loads((self._folder / "again").read_bytes())]
        except FileNotFoundError:
            return []

    def set_again(self, blocks: Sequence[int]) -> None:
        if list(blocks) != list(self.again()):
            write_private(self._folder / "again", json.dumps(sorted(blocks)).encode() + b"\n")

    def _blocks(self) -> list[int]:
        if not self.exists:
            return []
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdigit())

    def _path(self, block: int) -> Path:
        return self._folder / f"{block:09d}"

    def _lines(self, block: int) -> list[SaidOpenly]:
        path = self._path(block)
        if not path.exists():
            return []
        return [parse_line(data) for data in path.read_bytes().splitlines()]


def line(one: SaidOpenly, entry: bytes | None = None) -> bytes:
    """One record as a JSON line; ``entry`` beside it where somebody is answered, as the log does."""
    told: dict[str, object] = {
        "index": one.index,
        "link": None if one.link is None else loads(one.link),
        "content": None if one.content is None else loads(one.content, max_depth=40),
        "disclosures": list(one.disclosures),
    }
    if entry is not None:
        told["entry"] = entry.decode()
    return jcs.dumps(told) + b"\n"


def parse_line(data: bytes) -> SaidOpenly:
    """Read one; Malformed, LookupError or TypeError for anything else."""
    told: Any = loads(data, max_depth=41)
    link, content = told["link"], told["content"]
    return SaidOpenly(
        int(told["index"]),
        None if link is None else jcs.dumps(link),
        None if content is None else jcs.dumps(content),
        tuple(map(str, told["disclosures"])),
    )

"""A mirror's folder: levels of hashes that only grow, entry bundles, and the checkpoints seen.

levels/0, levels/1 …   32 bytes a hash, one after the other
entries/000, …         an entry bundle each, as it is published
heads/<size>           signed notes, as they were seen
head                   the newest one: what lies beyond its size was never published
alarm                  a lie, until an operator takes the file away
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from suyuan.adapters.keys import write_private
from suyuan.core.encoding import b64, unb64
from suyuan.core.merkle import root_from_leaf_hashes
from suyuan.core.tiles import HASH_SIZE, TILE, decode_entries, encode_entries
from suyuan.ports.mirror import Alarm, Kept


class MirrorFiles:
    """ports.mirror.MirrorStore. One process writes; others may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("levels", "entries", "heads"):
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def head(self) -> Kept | None:
        return self._kept(self._folder / "head")

    def at(self, size: int) -> Kept | None:
        return self._kept(self._folder / "heads" / str(size))

    def sizes(self) -> list[int]:
        return sorted(int(path.name) for path in (self._folder / "heads").iterdir())

    def extend(self, start: int, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        first, skip = divmod(start, TILE)
        before = self.entries(first * TILE, start) if skip else []
        pending = [*before, *entries]
        for offset in range(0, len(pending), TILE):
            path = self._folder / "entries" / f"{first + offset // TILE:09d}"
            write_private(path, encode_entries(pending[offset : offset + TILE]))
        self._append(0, start, leaves)

    def _append(self, level: int, start: int, hashes: Sequence[bytes]) -> None:
        with _opened(self._folder / "levels" / str(level)) as file:
            file.truncate(start * HASH_SIZE)
            file.seek(start * HASH_SIZE)
            file.write(b"".join(hashes))
            file.flush()
            os.fsync(file.fileno())
        done, whole = start // TILE, (start + len(hashes)) // TILE
        above = [
            root_from_leaf_hashes(self.nodes(level, number * TILE, (number + 1) * TILE))
            for number in range(done, whole)
        ]
        if above:
            self._append(level + 1, done, above)

    def publish(self, head: Kept) -> None:
        told = {
            "size": head.size,
            "root": b64(head.root),
            "note": head.note,
            "seenAt": head.seen_at,
        }
        data = json.dumps(told, ensure_ascii=False).encode() + b"\n"
        write_private(self._folder / "heads" / str(head.size), data)
        write_private(self._folder / "head", data)

    def entries(self, start: int, stop: int) -> list[bytes]:
        found: list[bytes] = []
        for number in range(start // TILE, -(-stop // TILE)):
            bundle = decode_entries((self._folder / "entries" / f"{number:09d}").read_bytes())
            first = number * TILE
            found += bundle[max(0, start - first) : stop - first]
        return found

    def nodes(self, level: int, start: int, stop: int) -> list[bytes]:
        with _opened(self._folder / "levels" / str(level)) as file:
            file.seek(start * HASH_SIZE)
            data = file.read((stop - start) * HASH_SIZE)
        return [data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE)]

    def alarm(self) -> Alarm | None:
        path = self._folder / "alarm"
        if not path.exists():
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        return Alarm(told["at"], told["text"], told["note"])

    def raise_alarm(self, alarm: Alarm) -> None:
        if self.alarm() is None:
            told = {"at": alarm.at, "text": alarm.text, "note": alarm.note}
            data = json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"
            write_private(self._folder / "alarm", data)

    def _kept(self, path: Path) -> Kept | None:
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Kept(told["size"], unb64(told["root"], size=HASH_SIZE), told["note"], told["seenAt"])


def _opened(path: Path) -> Any:
    path.touch(mode=0o600)
    return path.open("r+b")

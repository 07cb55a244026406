"""A mirror's folder of attachments: ``contents/attachments/<digest>``, the bytes as they are, and beside
each ``<digest>.of``, the indices of the records whose contents name it.
"""

from __future__ import annotations

import json
from pathlib import Path

from suyuan.adapters.keys import write_private


class MirrorAttachments:
    """ports.said.AttachedStore below a mirror's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "contents" / "attachments"

    def begin(self) -> bool:
        if self._folder.is_dir():
            return False
        self._folder.mkdir(mode=0o700, parents=True)
        return True

    def get(self, digest: bytes) -> bytes | None:
        try:
            return (self._folder / digest.hex()).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, digest: bytes) -> bool:
        return (self._folder / digest.hex()).exists()

    def put(self, digest: bytes, body: bytes) -> None:
        write_private(self._folder / digest.hex(), body)

    def name(self, digest: bytes, index: int) -> None:
        named = self._of(digest)
        if index not in named:
            self._set(digest, {*named, index})

    def release(self, digest: bytes, index: int) -> None:
        left = self._of(digest) - {index}
        if not left:
            # The bytes first: what is forgotten is forgotten, whatever comes in between.
            (self._folder / digest.hex()).unlink(missing_ok=True)
            (self._folder / f"{digest.hex()}.of").unlink(missing_ok=True)
        else:
            self._set(digest, left)

    def count(self) -> int:
        if not self._folder.is_dir():
            return 0
        return sum(len(path.name) == 64 for path in self._folder.iterdir())

    def _of(self, digest: bytes) -> set[int]:
        try:
            return set(json.loads((self._folder / f"{digest.hex()}.of").read_bytes()))
        except FileNotFoundError:
            return set()

    def _set(self, digest: bytes, indices: set[int]) -> None:
        data = json.dumps(sorted(indices)).encode() + b"\n"
        write_private(self._folder / f"{digest.hex()}.of", data)

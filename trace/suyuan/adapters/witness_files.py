"""A witness's memory: one file for each log, replaced whole, under a lock that all processes take."""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suyuan.adapters.keys import write_private
from suyuan.core.encoding import b64, unb64
from suyuan.core.errors import Damaged, Malformed
from suyuan.ports.witness import Seen


class WitnessFiles:
    """ports.witness.WitnessStore in a folder. A crash leaves the old file or the new one."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._turn = threading.Lock()

    def seen(self, origin: str) -> Seen | None:
        path = self._path(origin)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            told = json.loads(data)
            if told["origin"] != origin or not isinstance(told["size"], int):
                raise ValueError
            return Seen(told["size"], unb64(told["root"], size=32))
        except (ValueError, KeyError, TypeError, Malformed):
            raise Damaged(
                "{file} cannot be read: nothing is cosigned without it", file=str(path)
            ) from None

    def advance(self, origin: str, old: Seen | None, new: Seen) -> bool:
        with self._locked():
            if self.seen(origin) != old:
                return False
            told = {"origin": origin, "size": new.size, "root": b64(new.root)}
            write_private(self._path(origin), json.dumps(told).encode() + b"\n")
            return True

    def _path(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.json"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # flock is per open file: threads take turns first.
        with self._turn, (self._folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

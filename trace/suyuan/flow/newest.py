"""The newest master data of things. An erasure touches what the erased record did, and is none itself:
what was erased may have been an older record, and then the newest that was recorded still stands."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from suyuan.ports.log import LogStore, StoredRecord, Tip


def newest_masters(
    log: LogStore, tips: Mapping[str, Tip], size: int, *, standing: bool = False
) -> dict[str, StoredRecord]:
    """By object id, of the last records that extended these in a log of this size. Of one that was
    erased itself the content is None; ``standing``: the one before it that was not erased, if any."""
    stored = log.records({tip.index for tip in tips.values()}) if tips else {}
    found = {name: stored[tip.index] for name, tip in tips.items()}
    gone = [name for name, record in found.items() if record.kind == "erasure"]
    for name, indices in (log.touched(gone, size=size, extends_only=True) if gone else {}).items():
        known = log.records(indices)
        masters = [known[index] for index in sorted(indices) if known[index].kind == "master"]
        left = [record for record in masters if record.content is not None] if standing else []
        if masters:
            found[name] = (left or masters)[-1]
    return found


@dataclass(slots=True)
class Versions:
    """The records of each thing, oldest first, as they were read: the newest that was not erased is what
    the log says of it. Safe to share between threads."""

    log: LogStore
    _of: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """Thing → index and owner of each of its records."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, thing: str, index: int, owner: str) -> None:
        with self._lock:
            self._of.setdefault(thing, []).append((index, owner))

    def newest(self, thing: str) -> tuple[int, str] | None:
        """Index and owner of the newest record that is not known to be erased."""
        with self._lock:
            found = self._of.get(thing)
            return found[-1] if found else None

    def items(self) -> list[tuple[str, tuple[int, str]]]:
        """All things with their newest, as ``newest`` has it."""
        with self._lock:
            return [(thing, found[-1]) for thing, found in self._of.items()]

    def standing(self, things: Iterable[str]) -> tuple[dict[int, str], set[int]]:
        """Index → thing, of the newest record of each that stands now; and the records that were found
        erased, which nothing may hold any longer."""
        wanted = {found[0]: thing for thing in things if (found := self.newest(thing)) is not None}
        asked, erased = set(wanted), set[int]()
        while asked and (gone := self.log.erasures_of(asked)):
            erased |= gone.keys()
            asked = set()
            for index in gone:
                thing = wanted.pop(index)
                before = self._drop(thing, index)
                if before is not None:
                    wanted[before] = thing
                    asked.add(before)
        return wanted, erased

    def _drop(self, thing: str, index: int) -> int | None:
        """Take an erased record out; the one that is the newest then."""
        with self._lock:
            left = [one for one in self._of.get(thing, ()) if one[0] != index]
            if not left:
                self._of.pop(thing, None)
                return None
            self._of[thing] = left
            return left[-1][0]


__all__ = ["Versions", "newest_masters"]

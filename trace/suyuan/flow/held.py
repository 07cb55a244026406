"""Judgements that are held as long as nothing they rest on has changed.

A judgement rests on objects of the log, on the tables and templates, and on the day. What is recorded
after it is looked at once, whatever asks next: a record that touches one of its objects (an erasure
touches what the erased record did) ends it, and so does a change of the rule book or midnight. Nothing
is held over a restart. A declaration of an error touches what the record did that it declares.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from suyuan.core.rules.case import HERE
from suyuan.core.story_values import local_day
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock

MOST_BEHIND = 5_000
"""Records that are looked at one by one; after more, everything is judged anew."""

T = TypeVar("T")


class Mark(NamedTuple):
    """When a judgement was begun."""

    size: int
    """What the log held then."""
    since: tuple[date, int] | None
    """The day, and the newest change of the rule book."""


@dataclass(slots=True)
class Held(Generic[T]):
    """At most ``most`` judgements by key; what was asked for longest ago goes first."""

    log: LogStore
    book: RuleBook
    clock: Clock
    most: int
    _values: dict[Hashable, T] = field(default_factory=dict)
    _rests: dict[Hashable, frozenset[str]] = field(default_factory=dict)
    _resting: dict[str, set[Hashable]] = field(default_factory=dict)
    _size: int = 0
    """All records before it were looked at."""
    _since: tuple[date, int] | None = None
    """The day, and the newest change of the rule book, that all of this was judged by."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def mark(self) -> Mark:
        """How things stand now: to be asked before a judgement that ``put`` is given."""
        with self._lock:
            self._catch_up()
            return Mark(self._size, self._since)

    def get(self, key: Hashable) -> T | None:
        """A judgement that still holds."""
        with self._lock:
            self._catch_up()
            found = self._values.pop(key, None)
            if found is not None:
                self._values[key] = found
            return found

    def all(self, keys: Collection[Hashable]) -> dict[Hashable, T]:
        """Those of these that still hold, by one look at the log."""
        with self._lock:
            self._catch_up()
            found = {key: self._values.pop(key) for key in keys if key in self._values}
            self._values.update(found)
            return found

    def put(self, key: Hashable, begun: Mark, rests: Collection[str], value: T) -> None:
        """Hold a judgement that was begun at ``begun``, unless something that it rests on was recorded
        while it was made, or the rule book or the day changed."""
        names = frozenset(rests)
        with self._lock:
            self._catch_up()
            touched = self._touched(begun.size, self._size)
            if begun.since != self._since or touched is None or not names.isdisjoint(touched):
                return
            self._drop(key)
            self._values[key], self._rests[key] = value, names
            for name in names:
                self._resting.setdefault(name, set()).add(key)
            while len(self._values) > self.most:
                self._drop(next(iter(self._values)))

    def _catch_up(self) -> None:
        tail, today = self.log.tail().size, local_day(self.clock.now(), HERE)
        if self._since is not None and (tail, today) == (self._size, self._since[0]):
            return  # the rule book, too, is what the log says
        since = today, self.book.newest()
        far = since != self._since or tail - self._size > MOST_BEHIND
        touched = None if far else self._touched(self._size, tail)
        if touched is None:
            self._values.clear()
            self._rests.clear()
            self._resting.clear()
        for name in touched or ():
            for key in list(self._resting.get(name, ())):
                self._drop(key)
        self._size, self._since = tail, since

    def _touched(self, start: int, stop: int) -> set[str] | None:
        """Things whose standing changed: of these records, and of what they declare an error, which may
        be of other things than they name. None: of anything, perhaps."""
        if start >= stop:
            return set()
        declared = self.log.declared_in(start, stop)
        if declared is None:
            return None
        touched = self.log.touches_of({*range(start, stop), *declared})
        return {name for _, rested in touched.values() for name in rested}

    def _drop(self, key: Hashable) -> None:
        self._values.pop(key, None)
        for name in self._rests.pop(key, ()):
            keys = self._resting[name]
            keys.discard(key)
            if not keys:
                del self._resting[name]


__all__ = ["MOST_BEHIND", "Held", "Mark"]

"""What the rules say of every season that goes on: judged once, held until something changes.

A page asks for all of them at once. What is held is answered at once; a little is judged there and
then; the rest is left to a worker, and the page says which. Seasons that a page asked for lately and
that changed since are judged again without being asked for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from suyuan.core.errors import NotFound, TooLarge
from suyuan.core.rules.finding import Finding
from suyuan.core.visibility import Viewer
from suyuan.flow.held import Held
from suyuan.flow.judge import Judge
from suyuan.flow.rests import Rests
from suyuan.flow.walks import MOST

AT_ONCE = 0.5
"""Seconds that a turn of the worker takes, about: it pauses as long, for captures and pages."""
REMEMBERED = 3600.0
"""Seconds for which seasons are kept judged after somebody looked."""

_Key = tuple[Viewer, str]


@dataclass(frozen=True, slots=True)
class Stood:
    """What is to be heeded of one season: what does not pass, and what tells of a day to come. None: it
    rests on more records than one question may."""

    findings: tuple[Finding, ...] | None


@dataclass(frozen=True, slots=True)
class Looked:
    """Of those asked for: what the rules say, and those that are not judged yet."""

    judged: dict[str, Stood]
    waiting: tuple[str, ...]


@dataclass(slots=True)
class Standings:
    """Looks at many seasons. ``now``: seconds of a clock that never goes back."""

    judge: Judge
    held: Held[Stood]
    now: Callable[[], float] = time.monotonic
    _wanted: dict[_Key, float] = field(default_factory=dict)
    """When each was asked for last; the first are judged first."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(
        self,
        viewer: Viewer,
        seasons: Sequence[str],
        here: Callable[[Sequence[str]], Iterable[str]] = lambda _: (),
    ) -> Looked:
        """What is held of these seasons. Of the others ``here`` chooses those that are judged now."""
        keys: dict[Hashable, str] = {(viewer, season): season for season in seasons}
        found = {keys[key]: stood for key, stood in self.held.all(keys).items()}
        for season in here([season for season in seasons if season not in found]):
            found[season] = self._judged(viewer, season)
        at = self.now()
        with self._lock:
            self._wanted.update({(viewer, season): at for season in seasons})
        return Looked(found, tuple(season for season in seasons if season not in found))

    def one(self, viewer: Viewer, season: str) -> tuple[Finding, ...]:
        """What is to be heeded of one season, nothing where nothing is recorded of it; TooLarge where it
        rests on more records than one question may."""
        found = self.of(viewer, [season], lambda missing: missing).judged[season].findings
        if found is None:
            raise TooLarge("this rests on more than {most} records", most=MOST)
        return found

    def work(self) -> int:
        """Judge some of what was asked for and is not held; how many are left after it."""
        began = self.now()
        with self._lock:
            old = [key for key, at in self._wanted.items() if began - at > REMEMBERED]
            for key in old:
                del self._wanted[key]
            wanted: list[_Key] = list(self._wanted)
        held = self.held.all(wanted)
        left = [key for key in wanted if key not in held]
        for place, (viewer, season) in enumerate(left):
            if self.now() - began >= AT_ONCE:
                return len(left) - place
            self._judged(viewer, season)
        return 0

    def _judged(self, viewer: Viewer, season: str) -> Stood:
        begun, rests = self.held.mark(), Rests()
        try:
            every = self.judge.standing(viewer, season, rests=rests)
            # Of each record it is found that it was in time: nothing that anybody heeds.
            stood = Stood(
                tuple(one for one in every if one.verdict != "pass" or "earliest" in one.facts)
            )
        except NotFound:
            stood = Stood(())
        except TooLarge:
            stood = Stood(None)
        self.held.put((viewer, season), begun, rests.names, stood)
        return stood


__all__ = ["AT_ONCE", "REMEMBERED", "Looked", "Standings", "Stood"]

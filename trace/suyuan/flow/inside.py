"""What lies in what, at whatever depth: a pack in its carton, on its pallet, on its lorry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from suyuan.core.errors import TooLarge
from suyuan.core.lineage.stays import ALWAYS, Window, holds, overlap

MOST_CARRIED = 1_000_000
"""Things in things that one question may look through. Goods lie a few deep; who nests thousands of
cartons in each other makes as many pairs of them as their square."""

Content = tuple[int, str | None, str | None]
"""(thing, amount, unit) as it was put in."""


@dataclass(slots=True)
class Inside:
    """Filled by ``put``, then asked. What is not asked for costs nothing."""

    _direct: dict[int, list[tuple[Content, Window]]] = field(default_factory=dict)
    _holders: dict[int, list[int]] = field(default_factory=dict)
    _whole: dict[int, Sequence[tuple[Content, Window]]] = field(default_factory=dict)
    _carried: int = 0

    def put(self, outer: int, content: Content, stay: Window = ALWAYS) -> None:
        self._direct.setdefault(outer, []).append((content, stay))
        self._holders.setdefault(content[0], []).append(outer)

    def around(self, thing: int) -> set[int]:
        """The thing, and all that it lay in."""
        found, waiting = {thing}, [thing]
        while waiting:
            for outer in self._holders.get(waiting.pop(), ()):
                if outer not in found:
                    found.add(outer)
                    waiting.append(outer)
        return found

    def of(self, outer: int, time: str) -> Sequence[Content]:
        """All that lay in a thing at a time. TooLarge where that is beyond all that people pack."""
        if outer not in self._direct:
            return ()
        known = self._whole.get(outer)
        if known is None:
            known = self._whole[outer] = self._gathered(outer)
        return [content for content, stay in known if holds((stay,), time)]

    def _gathered(self, outer: int) -> list[tuple[Content, Window]]:
        """What lay in it, each for the time in which all that it lay in lay there, too."""
        found: list[tuple[Content, Window]] = []
        waiting = [(outer, ALWAYS)]
        met = {waiting[0]}
        while waiting:
            holder, time = waiting.pop()
            held = self._direct[holder]
            self._carried += len(held)
            if self._carried > MOST_CARRIED:
                raise TooLarge("this rests on more than {most} records", most=MOST_CARRIED)
            for content, stay in held:
                shared = overlap(time, stay)
                if shared is None:
                    continue
                found.append((content, shared))
                further = content[0], shared
                if content[0] in self._direct and further not in met:
                    met.add(further)
                    waiting.append(further)
        return found


__all__ = ["MOST_CARRIED", "Inside"]

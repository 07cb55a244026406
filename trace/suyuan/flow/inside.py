"""What lies in what, at whatever depth: a pack in its carton, on its pallet, on its lorry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from suyuan.core.errors import TooLarge

MOST_CARRIED = 1_000_000
"""Things in things that one question may look through. Goods lie a few deep; who nests thousands of
cartons in each other makes as many pairs of them as their square."""

Content = tuple[int, str | None, str | None]
"""(thing, amount, unit) as it was put in."""


@dataclass(slots=True)
class Inside:
    """Filled by ``put``, then asked. What is not asked for costs nothing."""

    _direct: dict[int, list[Content]] = field(default_factory=dict)
    _holders: dict[int, list[int]] = field(default_factory=dict)
    _whole: dict[int, Sequence[Content]] = field(default_factory=dict)
    _carried: int = 0

    def put(self, outer: int, content: Content) -> None:
        self._direct.setdefault(outer, []).append(content)
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

    def of(self, outer: int) -> Sequence[Content]:
        """All that lay in a thing. TooLarge where that is beyond all that people pack."""
        if outer not in self._direct:
            return ()
        known = self._whole.get(outer)
        if known is None:
            known = self._whole[outer] = self._gathered(outer)
        return known

    def _gathered(self, outer: int) -> list[Content]:
        found: list[Content] = []
        waiting, met = [outer], {outer}
        while waiting:
            held = self._direct[waiting.pop()]
            self._carried += len(held)
            if self._carried > MOST_CARRIED:
                raise TooLarge("this rests on more than {most} records", most=MOST_CARRIED)
            found += held
            for inner, _, _ in held:
                if inner in self._direct and inner not in met:
                    met.add(inner)
                    waiting.append(inner)
        return found


__all__ = ["MOST_CARRIED", "Inside"]

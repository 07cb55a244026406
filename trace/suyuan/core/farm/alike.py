"""Names that several things have: what tells these apart, in words that can be written instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from suyuan.core.farm.units import plain


@dataclass(frozen=True, slots=True)
class Alike:
    """Names that mean several things, none of them by itself."""

    names: Mapping[str, tuple[str, ...]]
    """Name → a label for each that is called so: ``白菜（东坡，2026）``."""
    ids: Mapping[str, str]
    """What each label means; by the label as ``core.farm.units.plain`` has it."""

    def labels(self) -> Mapping[str, str]:
        """Id → its label."""
        every = (label for labels in self.names.values() for label in labels)
        return {self.ids[plain(label)]: label for label in every}


def told_apart(
    names: Mapping[str, Collection[str]], hints: Callable[[str], Sequence[str]]
) -> Alike:
    """A label for each of the things that have a name, by the first of its ``hints`` that no other of
    that name has; the last part of its id, else all of it, where none does."""
    labels: dict[str, tuple[str, ...]] = {}
    ids: dict[str, str] = {}
    for name, things in names.items():
        given = {
            one: [*hints(one), one.rstrip("/").rsplit("/", 1)[-1], one] for one in sorted(things)
        }
        found = []
        for one, own in given.items():
            others = {hint for other, theirs in given.items() if other != one for hint in theirs}
            label = f"{name}（{next((h for h in own if h and h not in others), one)}）"
            ids[plain(label)] = one
            found.append(label)
        labels[name] = tuple(found)
    return Alike(labels, ids)


__all__ = ["Alike", "told_apart"]

"""Names that several things have: what tells these apart, in words that can be written instead."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core.farm.units import plain
from suyuan.core.story_values import names_of


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


def plot_hints(master: Mapping[str, Any], people: Mapping[str, str]) -> tuple[str, ...]:
    """What tells a plot from others of its name: village, who works it (by ``people``, URI → name),
    both, crop, area."""
    village, crop = (
        (names_of(master.get(f"suyuan:{one}")) or ("",))[0] for one in ("village", "crop")
    )
    member = people.get(str(master.get("suyuan:member")), "")
    area = master.get("suyuan:area")
    size = (
        f"{area.get('value')}{area.get('unit', area.get('uom'))}"
        if isinstance(area, Mapping)
        else ""
    )
    both = f"{village} {member}" if village and member else ""
    return tuple(filter(None, (village, member, both, crop, size)))


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
            # What else tells it apart is understood as well: not every list may name its member.
            told = [f"{name}（{h}）" for h in dict.fromkeys(own) if h and h not in others]
            ids.update((plain(label), one) for label in told)
            found.append(told[0])
        labels[name] = tuple(found)
    return Alike(labels, ids)


__all__ = ["Alike", "plot_hints", "told_apart"]

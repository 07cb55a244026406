"""A walk through the lineage, and what one viewer may see on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from suyuan.core.lineage.stays import ALWAYS, Window, added, holds, overlap
from suyuan.core.lineage.steps import Side
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.accounts import Accounts
from suyuan.ports.lineage import Facts, Line, LineageStore


@dataclass(slots=True)
class Walk:
    """Everything that is met in one direction, by number."""

    side: Side
    levels: dict[int, int]
    """Thing → how many steps away; the subjects are at 0."""
    joints: dict[int, int] = field(default_factory=dict)
    """Step → the level of what it leads to."""
    nested: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(inner, outer, record, level)"""
    stays: dict[tuple[int, int, int], Window] = field(default_factory=dict)
    """(inner, outer, record) → from when to when the one lay in the other."""
    packs: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(pack, lot, record, level)"""
    packed: set[tuple[int, int, int]] = field(default_factory=set)
    """(pack, lot, record)"""
    windows: dict[int, tuple[Window, ...]] = field(default_factory=dict)
    """Of things that are met only as what something lay in (down), or what lay in something (up): only
    what happened to them in these times counts. Of all others everything does."""
    hidden: set[int] = field(default_factory=set)
    """Records that the viewer may not see."""

    def through(self, inner: int, outer: int, index: int, stay: Window, level: int) -> int | None:
        """Note a stay. What it leads to, where that is new, or reached for a time that it was not;
        None where nothing is, as where it lay there at another time than ours."""
        source, met = (inner, outer) if self.side == "down" else (outer, inner)
        found = False
        free = met in self.levels and met not in self.windows
        known = before = self.windows.get(met, ())
        for window in self.windows.get(source, (ALWAYS,)):
            shared = overlap(window, stay)
            if shared is not None:
                found, known = True, added(known, shared)
        if not found:
            return None
        if (inner, outer, index) not in self.stays:
            self.stays[inner, outer, index] = stay
            self.nested.append((inner, outer, index, level))
        if free or known == before:
            return None
        self.windows[met] = known
        return met

    def met(self, things: Iterable[int]) -> list[int]:
        """Those that are new, or were known for some time alone: from now on all of it counts."""
        found = []
        for thing in dict.fromkeys(things):
            if thing not in self.levels or thing in self.windows:
                self.windows.pop(thing, None)
                found.append(thing)
        return found

    @property
    def things(self) -> dict[int, int]:
        return {thing: level for thing, level in self.levels.items() if level}

    @property
    def depth(self) -> int:
        return max(self.levels.values(), default=0)


class Sight:
    """What one viewer may see, asked once a record."""

    def __init__(self, store: LineageStore, accounts: Accounts, viewer: Viewer) -> None:
        self._store = store
        self._accounts = accounts
        self._viewer = viewer
        self._facts: dict[int, Facts] = {}
        self._covered: dict[int, bool] = {}
        organisation = viewer.organisation
        self._own = store.numbers([organisation]).get(organisation) if organisation else None

    def facts(self, indices: Iterable[int]) -> dict[int, Facts]:
        """Of these records, as far as they are there."""
        wanted = dict.fromkeys(indices)
        self._facts.update(self._store.facts([one for one in wanted if one not in self._facts]))
        return {one: self._facts[one] for one in wanted if one in self._facts}

    def seen(self, walk: Walk, lines: Sequence[Line]) -> Sequence[Line]:
        """Lines of records that may be seen; the others are noted as holes."""
        if self._viewer.is_administrator or not any(line.trade for line in lines):
            return lines
        facts = self.facts(line.index for line in lines if line.trade)
        found = []
        for line in lines:
            if not line.trade or self._sees(facts.get(line.index)):
                found.append(line)
            else:
                walk.hidden.add(line.index)
        return found

    def may(self, line: Line) -> bool:
        """Whether one line's record may be seen."""
        if not line.trade or self._viewer.is_administrator:
            return True
        return self._sees(self.facts([line.index]).get(line.index))

    def within(
        self, windows: Mapping[int, tuple[Window, ...]], lines: Sequence[Line]
    ) -> Sequence[Line]:
        """Without what happened to an outer thing while nothing of ours lay in it."""
        asked = [line.index for line in lines if line.thing in windows]
        if not asked:
            return lines
        facts = self.facts(asked)
        return [
            line
            for line in lines
            if line.thing not in windows
            or line.index not in facts
            or holds(windows[line.thing], facts[line.index].time)
        ]

    def _sees(self, facts: Facts | None) -> bool:
        if facts is None:
            return False
        if self._own is not None and (facts.owner == self._own or self._own in facts.parties):
            return True
        if self._viewer.role != "regulator":
            return False
        if facts.owner not in self._covered:
            owner = self._store.names([facts.owner]).get(facts.owner, "")
            county = self._accounts.county_of(owner)
            self._covered[facts.owner] = covers(self._viewer.county, county)
        return self._covered[facts.owner]


__all__ = ["Sight", "Walk"]

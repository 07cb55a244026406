"""Trace: what a thing came from and what it went into, both ways, as far as the viewer may see.

Walked level by level over numbers, so that a hundred thousand lots take a fraction of a second; things
get their names only where they are shown. A record that the viewer may not see is a hole, and counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from suyuan.core.errors import Malformed, NotFound
from suyuan.core.identifiers import identify
from suyuan.core.lineage.flows import HANDED, Way
from suyuan.core.lineage.standing import Move
from suyuan.core.lineage.stays import Passing, ends, written_off
from suyuan.core.lineage.steps import Side, Step
from suyuan.core.touches import is_lot
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Accounts
from suyuan.flow.inside import Inside
from suyuan.flow.sight import Sight, Walk
from suyuan.flow.tracing_steps import told_pair, told_step
from suyuan.ports.lineage import Line, LineageStore

MOVES = (Way.MADE, Way.GOT, Way.BACK, Way.USED, *HANDED, Way.GONE)
_LEAVES = (Way.PUT, *HANDED, Way.GOT, Way.BACK)
"""What takes a crate away, with whatever is in it."""
_DRAWN = 400
"""Things whose steps are told one by one; beyond, they are counted."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A subject's past and future."""

    subject: str
    near: Mapping[str, int]
    """The things that are shown, and how many steps away: above the subject (below zero) or below."""
    up: Walk
    down: Walk
    steps: tuple[Step, ...]
    """The nearest first, up before down; of at most so many things as were asked for."""
    more: tuple[int, int]
    """How many things further up and down have no step here."""
    erased: tuple[int, ...]
    """Records on what is shown whose content was erased."""


@dataclass(slots=True)
class Tracing:
    """The verb. Writes nothing."""

    store: LineageStore
    accounts: Accounts

    def subject(self, text: str) -> tuple[str, int]:
        """The object that a text names, and its number; NotFound where nothing is recorded of it."""
        try:
            name = identify(text.strip()).object
        except Malformed:
            name = None
        number = self.store.numbers([name]).get(name) if name is not None else None
        if name is None or number is None:
            raise NotFound("nothing is recorded of {subject}", subject=text[:200])
        return name, number

    def trace(self, viewer: Viewer, text: str, *, most: int = _DRAWN) -> Trace:
        """Both ways from one thing; steps of the ``most`` nearest things each way."""
        name, number = self.subject(text)
        sight = Sight(self.store, self.accounts, viewer)
        up, down = self.walk(sight, [number], "up"), self.walk(sight, [number], "down")
        steps = [*self._steps(sight, up, most), *self._steps(sight, down, most)]
        levels = {number: 0}
        levels.update((one, -up.levels[one]) for one in _nearest(up, most))
        levels.update((one, down.levels[one]) for one in _nearest(down, most))
        shown = set(levels)
        names = self.store.names(shown)
        near = {names[one]: level for one, level in levels.items() if one in names}
        erased = sorted({index for _, index in self.store.erased(shown)})
        more = (max(0, len(up.levels) - 1 - most), max(0, len(down.levels) - 1 - most))
        return Trace(name, near, up, down, tuple(steps), more, tuple(erased))

    def walk(self, sight: Sight, subjects: Iterable[int], side: Side) -> Walk:
        """All that these things came from (up) or went into (down)."""
        found = Walk(side, dict.fromkeys(subjects, 0))
        waiting, level = list(found.levels), 0
        while waiting:
            level += 1
            met = (
                self._down(sight, found, waiting, level)
                if side == "down"
                else self._up(sight, found, waiting, level)
            )
            # What is known already is met again where it counts for a time that it did not.
            waiting = [thing for thing in dict.fromkeys(met) if thing]
            found.levels.update((one, level) for one in waiting if one not in found.levels)
        return found

    def moves(
        self, sight: Sight, walk: Walk, only: Collection[int] | None = None
    ) -> dict[int, list[Move]]:
        """Of each thing of a walk down: what was made, got, used, sent, sold and destroyed of it, by
        itself or within what it lay in. Of records that may be seen; the others are noted as holes."""
        inside = self._inside(walk)
        wanted: Collection[int] = walk.levels
        if only is not None:
            wanted = {one for thing in only for one in inside.around(thing)}
        lines = sight.within(walk.windows, self.store.of_things(wanted, MOVES))
        seen = sight.seen(walk, lines)
        facts = sight.facts(line.index for line in seen)
        numbers = {one.owner for one in facts.values()} | {line.other or 0 for line in seen}
        names = self.store.names(numbers - {0})
        found: dict[int, list[Move]] = {}
        for line in seen:
            if line.index not in facts:
                continue
            holder = names[facts[line.index].owner]
            other = names.get(line.other or 0)
            move = Move(line.way, holder, other, line.amount, line.unit, line.index)
            found.setdefault(line.thing, []).append(move)
            if line.way in (*HANDED, Way.GOT, Way.BACK, Way.GONE):
                for inner, amount, unit in inside.of(line.thing, facts[line.index].time):
                    if only is None or inner in only:
                        carried = move._replace(amount=amount, unit=unit)
                        found.setdefault(inner, []).append(carried)
        return found

    def _inside(self, walk: Walk) -> Inside:
        """What of the walk lies in each outer thing."""
        outer = {one[1] for one in walk.nested}
        put = {
            (line.thing, line.other, line.index): (line.amount, line.unit)
            for line in (self.store.of_others(outer, (Way.PUT,)) if outer else ())
        }
        inside = Inside()
        for (inner, holder, index), stay in walk.stays.items():
            amount, unit = put.get((inner, holder, index), (None, None))
            inside.put(holder, (inner, amount, unit), stay)
        return inside

    def _down(self, sight: Sight, walk: Walk, waiting: Sequence[int], level: int) -> list[int]:
        lines = self.store.on(waiting, "down")
        used = sight.within(walk.windows, [one for one in lines if one.way == Way.USED])
        seen = sight.seen(walk, used)
        met = self._through(sight, walk, (one.joint for one in seen), level)
        # It may have been put there before ours was put into it: the stays tell.
        put = sight.seen(walk, [one for one in lines if one.way == Way.PUT])
        met += self._nested(walk, sight, put, level)
        for line in sight.seen(walk, [one for one in lines if one.way == Way.PACK_OF]):
            met += self._pack(walk, line, line.thing, level)
        return met

    def _up(self, sight: Sight, walk: Walk, waiting: Sequence[int], level: int) -> list[int]:
        lines = sight.seen(walk, self.store.on(waiting, "up"))
        met = self._through(sight, walk, (one.joint for one in lines if one.way == Way.MADE), level)
        for line in lines:
            if line.way == Way.PACK_OF and line.other is not None:
                met += self._pack(walk, line, line.other, level)
        put = [one for one in lines if one.way == Way.PUT]
        return met + self._nested(walk, sight, put, level)

    def _pack(self, walk: Walk, line: Line, met: int, level: int) -> list[int]:
        """A pack and its lot, noted once."""
        found = line.thing, line.other or 0, line.index
        if found in walk.packed:
            return []
        walk.packed.add(found)
        walk.packs.append((*found, level))
        return walk.met([met])

    def _through(
        self, sight: Sight, walk: Walk, joints: Iterable[int | None], level: int
    ) -> list[int]:
        """What lies on the other side of these steps."""
        new = {joint for joint in joints if joint is not None and joint not in walk.joints}
        walk.joints.update(dict.fromkeys(new, level))
        way = Way.MADE if walk.side == "down" else Way.USED
        seen = sight.seen(walk, self.store.of_joints(new, (way,)))
        return walk.met(line.thing for line in seen)

    def _nested(self, walk: Walk, sight: Sight, put: Sequence[Line], level: int) -> list[int]:
        """What these lines of putting in lead to, each by the time in which the one lay in the other."""
        if not put:
            return []
        inner = {line.thing for line in put}
        outer = {line.other for line in put if line.other is not None}
        out = self.store.of_things(inner, (Way.TAKEN,))
        out += self.store.of_things(outer, (Way.EMPTIED,))
        facts = sight.facts(line.index for line in (*put, *out))
        lots = {one for one, name in self.store.names(inner).items() if is_lot(name)} if out else ()
        taken: dict[tuple[int, int], list[Passing]] = {}
        for line in out:
            if line.index in facts:
                pair = (0, line.thing) if line.way == Way.EMPTIED else (line.thing, line.other or 0)
                # Part of a lot may be left there; a single thing is there or not.
                some = line.way == Way.TAKEN and line.thing in lots and line.amount is not None
                amount = Decimal(line.amount or 0) if some else None
                at = facts[line.index].time, line.index
                taken.setdefault(pair, []).append((at, amount, line.unit))
        losses = self._losses(sight, lots, outer)
        pairs: dict[tuple[int, int], list[Line]] = {}
        for line in put:
            assert line.other is not None
            pairs.setdefault((line.thing, line.other), []).append(line)
        met = []
        for (thing, holder), own in pairs.items():
            over = [*taken.get((thing, holder), ()), *taken.get((0, holder), ())]
            times = [facts[one.index].time if one.index in facts else "" for one in own]
            came = [
                ((time, one.index), None if one.amount is None else Decimal(one.amount), one.unit)
                for time, one in zip(times, own, strict=True)
            ]
            if (thing, holder) in losses:
                over += written_off(came, over, losses[thing, holder])
            for line, time, end in zip(own, times, ends(came, over), strict=True):
                stay = time, end[0] if end else None
                met.append(walk.through(thing, holder, line.index, stay, level))
        return [one for one in met if one is not None]

    def _losses(
        self, sight: Sight, lots: Collection[int], holders: Collection[int]
    ) -> dict[tuple[int, int], list[Passing]]:
        """What was written off of lots that lay in one of these holders and in nothing else, by who put
        them there, while the holder itself stayed where it was."""
        lines = self.store.of_things(lots, (Way.GONE,)) if lots else []
        things = {line.thing for line in lines}
        put = self.store.of_things(things, (Way.PUT,)) if things else []
        where: dict[int, set[int]] = {}
        for line in put:
            where.setdefault(line.thing, set()).add(line.other or 0)
        alone = {one: next(iter(of)) for one, of in where.items() if len(of) == 1}
        alone = {one: holder for one, holder in alone.items() if holder in holders}
        if not alone:
            return {}
        moved = self.store.of_things(set(alone.values()), _LEAVES)
        facts = sight.facts(line.index for line in (*lines, *put, *moved))
        if any(line.index not in facts for line in (*lines, *put, *moved)):
            return {}
        found: dict[tuple[int, int], list[Passing]] = {}
        for thing, holder in alone.items():
            own = [line for line in lines if line.thing == thing]
            came = [line for line in put if line.thing == thing]
            times = [facts[line.index].time for line in (*own, *came)]
            here = {facts[line.index].owner for line in (*own, *came)}
            away = [facts[line.index].time for line in moved if line.thing == holder]
            if len(here) == 1 and not any(min(times) <= time <= max(times) for time in away):
                found[thing, holder] = [
                    ((facts[line.index].time, line.index),
                     None if line.amount is None else Decimal(line.amount), line.unit)
                    for line in own
                ]  # fmt: skip
        return found

    def _steps(self, sight: Sight, walk: Walk, most: int) -> list[Step]:
        """The steps that lead to the nearest things, told."""
        near = set(_nearest(walk, most)) | {one for one, level in walk.levels.items() if not level}
        joints = walk.joints
        ways = (Way.MADE, Way.USED)
        lines = self.store.of_things(near, ways)
        met = {line.joint for line in lines if line.joint in joints and line.joint is not None}
        # One thing can go into ever so many steps, such as a fertiliser: those that lead to what is
        # shown come first.
        leads = Way.MADE if walk.side == "down" else Way.USED
        shown = {line.joint for line in lines if line.way == leads}
        wanted = sorted(met, key=lambda one: (one not in shown, joints[one], abs(one)))[:most]
        whole = self.store.of_joints(wanted, ways) if wanted else []
        seen = sight.seen(walk, whole)
        dark: dict[int, set[int]] = {}
        for line in set(whole) - set(seen):
            dark.setdefault(line.joint or 0, set()).add(line.index)
        nested = [one for one in walk.nested if one[0] in near or one[1] in near][:most]
        packs = [one for one in walk.packs if one[0] in near or one[1] in near][:most]
        numbers = {line.thing for line in seen} | {n for one in (*nested, *packs) for n in one[:2]}
        facts = sight.facts(
            [*(line.index for line in seen), *(one[2] for one in (*nested, *packs))]
        )
        numbers |= {one.owner for one in facts.values()} | {-j for j in wanted if j < 0}
        names = self.store.names(numbers - {0})
        grouped: dict[int, list[Line]] = {}
        for line in seen:
            grouped.setdefault(line.joint or 0, []).append(line)
        steps = [
            told_step(walk.side, joints[joint], own, names, facts, joint, len(dark.get(joint, ())))
            for joint, own in grouped.items()
        ]
        for kind, found in (("put", nested), ("pack", packs)):
            steps += [told_pair(kind, walk.side, one, names, facts) for one in found]
        return sorted(steps, key=lambda one: (one.level, one.time, one.records))


def _nearest(walk: Walk, most: int) -> Collection[int]:
    """The things of a walk in its order, which is by level."""
    return [thing for thing, level in walk.levels.items() if level][:most]


__all__ = ["Sight", "Trace", "Tracing", "Walk"]

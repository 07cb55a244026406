"""Gathering deeds along the log's objects: a season, what was put in, what a lot was made from.

Every walk is bounded; one that would need more is refused in words, never answered in part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from suyuan.core import private
from suyuan.core.content import stored_value
from suyuan.core.errors import TooLarge
from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.farm.index import MOST_THINGS, index_deed
from suyuan.core.farm.read import read_deed
from suyuan.core.identifiers import object_id
from suyuan.core.lineage.flows import Way
from suyuan.core.rules.amounts import area_in_mu
from suyuan.core.rules.case import Masters, packs_in
from suyuan.core.touches import is_lot, master_id
from suyuan.core.visibility import Viewer
from suyuan.flow.held import Held
from suyuan.flow.newest import newest_masters
from suyuan.flow.prove import Prover
from suyuan.flow.rests import Rests
from suyuan.ports.books import DeedStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import LogStore

_ALL = 1 << 62
"""A size beyond every log's: what was recorded a moment ago counts."""
MOST = 10_000
"""Records that one question may rest on."""
MOST_HELD = 1_000
"""Records of a walk that is held: of longer ones the memory is worth more."""
IDLE = frozenset({"field_work", "irrigating", "growing"})
"""Kinds of deeds of which no rule asks anything but which plots they were on, and that only where a
season states no area of its own: half of a season's records."""


MANY = 2_000
"""Records of one lot beyond which those that went out or used something of it are set aside."""
_GOING: frozenset[str] = frozenset({"selling", "shipping"})
_USING: frozenset[str] = frozenset({"processing", "packing"})


@dataclass(slots=True)
class Aside:
    """What the gate does not read of lots of which there is very much (``MANY``); by lot."""

    going: dict[str, set[int]] = field(default_factory=dict)
    """Records by which some of it was sent off or sold: of these only what left though it was stopped
    is asked, and heads of animals."""
    using: dict[str, set[int]] = field(default_factory=dict)
    """Records of steps that used some of it, but for the newest: of these only the sum is asked."""


_Idle = Literal["each", "all", "plots"]


@dataclass(frozen=True, slots=True)
class Walk:
    """What was gathered, and the things along which."""

    deeds: tuple[Deed, ...]
    names: frozenset[str]
    brief: frozenset[str] = frozenset()
    """Those of which not all idle deeds were read, as the others name no plot that these do not: enough
    as long as each plot states its area, a draft's too."""


@dataclass(slots=True)
class Walks:
    """Reads for the rules. A walk is held until a record touches something on the way."""

    log: LogStore
    prover: Prover
    deeds: DeedStore
    lineage: LineageStore
    held: Held[Walk]

    def before_saving(
        self, viewer: Viewer, names: frozenset[str], drafts: Sequence[Deed], rests: Rests | None
    ) -> Sequence[Deed]:
        """What decides on drafts, recorded of these names: the same again for who looks at a form and
        then signs it. Idle deeds only as far as they say how wide a season is."""
        found = self._held(viewer, names, whole=False)
        if found.brief:
            plots = {plot for one in drafts if one.season in found.brief for plot in one.plots}
            if rests is not None:
                rests.names.update(map(master_id, plots))
            # What a draft declares an error may have stood for others.
            declaring = any(one.corrects is not None for one in drafts)
            if declaring or not self._all_measured(viewer, plots):
                found = self._held(viewer, names, whole=True)
        if rests is not None:
            rests.names |= found.names
        return found.deeds

    def _held(self, viewer: Viewer, names: frozenset[str], *, whole: bool) -> Walk:
        key = (viewer, names, whole)
        known = self.held.get(key)
        if known is None:
            begun, rests = self.held.mark(), Rests()
            known = self._walk(viewer, names, rests, idle="all" if whole else "plots")
            if len(known.deeds) <= MOST_HELD:
                self.held.put(key, begun, known.names, known)
        return known

    def everything(
        self,
        viewer: Viewer,
        names: Collection[str],
        rests: Rests | None = None,
        drafts: Mapping[str, Sequence[Deed]] = MappingProxyType({}),
        *,
        aside: Aside | None = None,
    ) -> list[Deed]:
        """All that is recorded of these things and of what they were made from, and of ``drafts``, by
        what they name, those that are about the same.

        With ``aside`` as the gate needs it: without what was done with packs of the lots among these,
        unless the packs themselves are asked about, and without what is noted there.
        """
        fresh: dict[int, Deed] = {}
        found = self._walk(
            viewer, names, rests if rests is not None else Rests(), idle="each", drafts=drafts,
            fresh=fresh, aside=aside,
        )  # fmt: skip
        # What is sent a second time does not stand in its own way.
        return [*but(list(fresh.values()), found.deeds), *fresh.values()]

    def _walk(
        self,
        viewer: Viewer,
        names: Collection[str],
        rests: Rests,
        *,
        idle: _Idle,
        drafts: Mapping[str, Sequence[Deed]] = MappingProxyType({}),
        fresh: dict[int, Deed] | None = None,
        aside: Aside | None = None,
    ) -> Walk:
        """``idle``: whether ``each`` idle deed is read; else the first record of each whatever it is, as
        it may name a template, and of what states no area ``all``, or as many as name all ``plots``. Of
        ``drafts``, those that were met go to ``fresh``."""
        found: dict[int, Deed] = {}
        met = fresh if fresh is not None else {}
        seen: set[str] = set()
        brief: set[str] = set()
        wanted = set(names)
        while wanted:
            seen |= wanted
            met.update((id(deed), deed) for name in wanted for deed in drafts.get(name, ()))
            rests.names |= wanted
            touched = self._touched(wanted, aside)
            touching = {index for indices in touched.values() for index in indices}
            resting: dict[str, set[int]] = {}
            if idle != "each":
                firsts = {min(indices) for indices in touched.values() if indices}
                left = self.deeds.of_kinds(touching, IDLE) - firsts
                for name in self._unmeasured(viewer, wanted, rests) if left else ():
                    resting[name] = left.intersection(touched.get(name, ()))
                    if idle == "all":
                        left -= resting.pop(name)
                touching -= left
            found.update(self.read(viewer, touching, found))
            for name, indices in resting.items():
                if self._plots_of(viewer, name, indices, found, rests):
                    brief.add(name)
            # All of them again: one that was read as the use of a lot may be the making of another.
            wanted = set(_upstream([*found.values(), *met.values()], seen))
            wanted.update(lot for lots in self.lots_of(seen).values() for lot in lots)
            wanted -= seen
        deeds = self.declared(viewer, found)
        return Walk(tuple(deeds), frozenset(rests.names), frozenset(brief))

    def _touched(
        self, names: Collection[str], aside: Aside | None
    ) -> Mapping[str, Collection[int]]:
        """Records on each of these. With ``aside``, of a lot only those that name it itself, but for
        what is noted there; where there is none, those of its packs still tell that there is such a lot.
        """
        if aside is None:
            return self.log.touched(names, size=_ALL)
        own = self.lineage.of_itself([name for name in names if "/10/" in name and is_lot(name)])
        itself = {lot: self._briefly(lot, found, aside) for lot, found in own.items() if found}
        left = [name for name in names if name not in itself]
        return {**self.log.touched(left, size=_ALL), **itself}

    def _briefly(self, lot: str, own: set[int], aside: Aside) -> set[int]:
        if len(own) <= MANY:
            return own
        number = self.lineage.numbers([lot])[lot]
        used, made = (
            {line.index for line in self.lineage.of_things([number], (way,))}
            for way in (Way.USED, Way.MADE)
        )
        going = self.deeds.of_kinds(own, _GOING)
        using = self.deeds.of_kinds(used - made, _USING)
        # By the newest of them it shows that there was one more: an override of before covers it not.
        using -= {max(using, default=-1)}
        aside.going[lot], aside.using[lot] = going, using
        return own - going - using

    def used(self, aside: Aside) -> dict[str, tuple[Amount | None, ...]]:
        """What the steps that were set aside used of each lot."""
        found: dict[str, tuple[Amount | None, ...]] = {}
        for name, number in self.lineage.numbers(aside.using).items():
            found[name] = tuple(
                None if line.amount is None or line.unit is None
                else Amount(Decimal(line.amount), line.unit)
                for line in self.lineage.of_things([number], (Way.USED,))
                if line.index in aside.using[name]
            )  # fmt: skip
        return found

    def _plots_of(
        self, viewer: Viewer, name: str, idle: set[int], found: dict[int, Deed], rests: Rests
    ) -> bool:
        """Read of the idle deeds of a thing as many as name all that the others name; all of them where
        a plot states no area, as the widest that was worked counts then. Whether some were left out."""
        fresh = idle - found.keys()
        left = dict.fromkeys(fresh, frozenset[str]()) | self.deeds.things(fresh)
        some = self.read(viewer, _naming_all(left), found)
        found.update(some)
        known = self.declared(viewer, found)
        wrong = {(one.corrects, one.organisation) for one in known if one.corrects}
        # What the viewer does not see, what is part of another season, and what was declared an error
        # stands for no other.
        named = {
            thing
            for one in some.values()
            if one.season == name and (one.event_id, one.organisation) not in wrong
            for thing in index_deed(one.event).things
        }
        rest = [index for index in left if index not in some]
        if not all(named.issuperset(left[index]) for index in rest):
            found.update(self.read(viewer, rest, found))
            return False
        plots = {plot for one in found.values() if one.season == name for plot in one.plots}
        rests.names.update(map(master_id, plots))
        if rest and not self._all_measured(viewer, plots):
            found.update(self.read(viewer, rest, found))
            return False
        return bool(rest)

    def _unmeasured(self, viewer: Viewer, names: Collection[str], rests: Rests) -> Iterator[str]:
        """Those of these whose own master data states no area."""
        rests.names.update(map(master_id, names))
        masters = self.masters(viewer, names)
        for name in names:
            if area_in_mu(masters.get(name, {}).get("suyuan:area")) is None:
                yield name

    def _all_measured(self, viewer: Viewer, plots: Collection[str]) -> bool:
        masters = self.masters(viewer, plots)
        return all(area_in_mu(masters.get(one, {}).get("suyuan:area")) for one in plots)

    def lots_of(self, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
        """The lots for which the codes of the packs among these were issued."""
        packs = [name for name in names if "/21/" in name]
        return self.log.lots_of(packs) if packs else {}

    def touching(self, names: Collection[str]) -> set[int]:
        """Records that touch one of these things."""
        touched = self.log.touched(names, size=_ALL)
        return {index for indices in touched.values() for index in indices}

    def of_kinds(self, names: Collection[str], kinds: Collection[str]) -> set[int]:
        """Records of these kinds that touch one of these things."""
        return self.deeds.of_kinds(self.touching(names), kinds) if names else set()

    def read(
        self, viewer: Viewer, indices: Collection[int], known: Mapping[int, Deed]
    ) -> dict[int, Deed]:
        """Deeds that the viewer may read, of records not read yet."""
        fresh = sorted(set(indices) - known.keys())
        if len(fresh) + len(known) > MOST:
            raise TooLarge("this rests on more than {most} records", most=MOST)
        found: dict[int, Deed] = {}
        counties = self.prover.accounts.counties()
        for index, stored in self.log.records(fresh).items():
            if stored.kind != "event" or stored.content is None:
                continue
            value = stored_value("event", stored.content)
            visible, disclosures = self.prover.shown(viewer, stored, value, counties)
            if visible:
                found[index] = read_deed(
                    private.put_back(value, disclosures),
                    stored.owner,
                    index=index,
                    recorded=stored.record_time,
                )
        return found

    def declared(self, viewer: Viewer, found: Mapping[int, Deed]) -> list[Deed]:
        """These deeds, and those that declare any of them an error: they need not name the same things
        (docs/decisions/0004)."""
        declarations = self.log.declarations_of(found)
        indices = {one for each in declarations.values() for one in each}
        return [*found.values(), *self.read(viewer, indices, found).values()]

    def masters(self, viewer: Viewer, names: Collection[str]) -> Masters:
        """Newest master data of these ids, by id, as far as the viewer may see it."""
        ids = {master_id(name): name for name in names}
        newest = newest_masters(self.log, self.log.tips_at(set(ids), _ALL), _ALL)
        found: dict[str, Mapping[str, Any]] = {}
        counties = self.prover.accounts.counties()
        for name, record in newest.items():
            if record.content is not None and record.kind == "master":
                value = stored_value("master", record.content)
                if self.prover.visible(viewer, record, value, counties):
                    found[ids[name]] = value
        return found


def but(drafts: Sequence[Deed], past: Iterable[Deed]) -> list[Deed]:
    """The past without these very deeds and their overrides: what is sent a second time does not stand
    in its own way, and gets the same answer."""
    again = {(deed.event_id, deed.organisation) for deed in drafts if deed.event_id is not None}
    names = {name for name, _ in again}

    def same(deed: Deed) -> bool:
        given = deed.stated.get("override")
        events = given.get("events") if isinstance(given, Mapping) else None
        covers = isinstance(events, list) and not names.isdisjoint(map(str, events))
        return covers or (deed.event_id, deed.organisation) in again

    return [deed for deed in past if not same(deed)]


def _naming_all(left: Mapping[int, frozenset[str]]) -> list[int]:
    """Some of these that name all that the others do. One that names many may name more than the index
    holds of it, and one that names nothing is not known: both are always among them."""
    named: set[str] = set()
    chosen = []
    for index, things in sorted(left.items(), reverse=True):
        if not 0 < len(things) < MOST_THINGS or not named.issuperset(things):
            chosen.append(index)
            named |= things
    return chosen


def _upstream(deeds: Iterable[Deed], seen: Collection[str]) -> Iterator[str]:
    """What the things seen were made from or lie in; what a season used up is not followed."""
    for deed in deeds:
        makes = any(item.id in seen for item in deed.outputs)
        if deed.season is not None and (makes or deed.season in seen):
            yield deed.season
        if makes and (deed.season is None or deed.kind in ("processing", "packing")):
            yield from (name for item in deed.inputs if (name := object_id(item.id)))
        if deed.event.get("parentID") is not None and deed.about:
            if deed.about[0].id in seen:
                yield from (name for item in deed.about[1:] if (name := object_id(item.id)))
            # An animal's groups: what was given to them was given to it.
            elif any(item.id in seen for item in deed.about[1:]):
                yield deed.about[0].id
        yield from (lot for pack, lot in packs_in(deed.event) if pack in seen)
        if deed.kind == "stocking" and deed.season in seen:
            yield from (name for item in deed.inputs if (name := object_id(item.id)))
    for name in seen:
        lot, found, _ = name.partition("/21/")
        if found and (known := object_id(lot)) is not None:
            yield known


__all__ = ["IDLE", "MANY", "MOST", "Aside", "Walk", "Walks", "but"]

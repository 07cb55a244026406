"""What is judged: deeds of a season or behind a lot; tables, templates, labels, today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from suyuan.core.errors import Malformed
from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.identifiers import identify, product_of
from suyuan.core.lineage.stays import Passing, ends
from suyuan.core.rules.product import Label, label_of
from suyuan.core.rules.tables import Tables
from suyuan.core.rules.template import Template
from suyuan.core.story_values import Names, day_of, local_day, names_of
from suyuan.core.touches import is_lot

HERE = "+08:00"
"""Time zone of "today" where no event says another."""

Masters = Mapping[str, Mapping[str, Any]]

APPLIED = frozenset({"applying", "feeding", "immunising"})
"""Kinds of deeds by which something goes onto a crop or into an animal."""


@dataclass(frozen=True)
class Case:
    """One question to the rules. Deeds declared an error play no part; their order plays none either."""

    given: tuple[Deed, ...]
    tables: Tables = field(default_factory=Tables)
    templates: Mapping[str, Template] = field(default_factory=lambda: MappingProxyType({}))
    """By season."""
    masters: Masters = field(default_factory=lambda: MappingProxyType({}))
    """Newest master data by canonical id: products, plots, brands, seasons."""
    now: str = "1970-01-01T00:00:00.000Z"
    """UTC, as the log writes it."""
    issued: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Of packs, the lots for which their codes were issued: a record may name a pack without its lot."""

    used: Mapping[str, tuple[Amount | None, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Of lots that very many steps used something of: what was used by those that are not among the
    deeds, None where it is not said."""

    def of(self, deeds: Iterable[Deed]) -> Case:
        """The same question of other deeds."""
        return replace(self, given=tuple(deeds))

    @cached_property
    def today(self) -> date:
        return local_day(self.now, HERE)

    @cached_property
    def deeds(self) -> tuple[Deed, ...]:
        """What holds, in the order of the days; what was declared an error is left out."""
        return tuple(sorted(standing(self.given), key=_order))

    @cached_property
    def seasons(self) -> Mapping[str, tuple[Deed, ...]]:
        """Deeds by season."""
        found: dict[str, list[Deed]] = {}
        for deed in self.deeds:
            if deed.season is not None:
                found.setdefault(deed.season, []).append(deed)
        return {season: tuple(deeds) for season, deeds in found.items()}

    @cached_property
    def makers(self) -> Mapping[str, tuple[Deed, ...]]:
        """Deeds by what came out of them."""
        found: dict[str, list[Deed]] = {}
        for deed in self.deeds:
            for item in deed.outputs:
                found.setdefault(item.id, []).append(deed)
        return {name: tuple(deeds) for name, deeds in found.items()}

    @cached_property
    def _labels(self) -> dict[str, Label]:
        return {}

    def master(self, name: str) -> Mapping[str, Any]:
        """Newest master data of an id, or of the product of a lot; empty where there is none."""
        return self.masters.get(name) or self.masters.get(product_of(name) or "") or {}

    def label(self, name: str) -> Label:
        """The label of a product, by its id or by a lot's."""
        key = product_of(name) or name
        if key not in self._labels:
            self._labels[key] = label_of(self.master(name))
        return self._labels[key]

    def called(self, name: str) -> Names:
        """What people call it: its name in master data, else the last part of its id."""
        known = names_of(self.master(name).get("name"))
        short = name.rstrip("/").rsplit("/", 1)[-1]
        return known or Names(short, short)

    def template(self, deed: Deed) -> Template | None:
        """The template of a deed's season."""
        return self.templates.get(deed.season or "")

    def behind(self, subject: str) -> Behind:
        """All that a lot, pack or season was made from, and the deeds that made it.

        A season is part of it with all that was done in it; what was used up in a season (seed,
        fertiliser, feed) is not followed further.
        """
        names: set[str] = set()
        deeds: dict[int, Deed] = {}
        wanted = [subject]
        while wanted:
            name = wanted.pop()
            if name in names:
                continue
            names.add(name)
            for deed in self.seasons.get(name, ()):
                deeds[id(deed)] = deed
            for deed in self.makers.get(name, ()):
                deeds[id(deed)] = deed
                wanted += [deed.season] if deed.season is not None else []
                if deed.season is None or deed.kind in ("processing", "packing"):
                    wanted += [item.id for item in deed.inputs]
            wanted += _lot_of(name)
            wanted += self._packs.get(name, ())
            wanted += self._inside(name)
        for deed in self.deeds:
            if any(item.id in names for item in deed.about):
                deeds[id(deed)] = deed
        return Behind(frozenset(names), tuple(sorted(deeds.values(), key=_order)))

    def goods(self, thing: str) -> frozenset[str]:
        """A thing and all that lies in it: cartons, packs, and the lots that these are of."""
        found: set[str] = set()
        wanted = [thing]
        while wanted:
            name = wanted.pop()
            if name not in found:
                found.add(name)
                wanted += [*_lot_of(name), *self._packs.get(name, ()), *self._inside(name)]
        return frozenset(found)

    def lots_in(self, thing: str) -> tuple[str, ...]:
        """The lots among these; the thing itself where it is one, or where none is known."""
        lots = [] if is_lot(thing) else [one for one in self.goods(thing) if is_lot(one)]
        return tuple(sorted(lots)) or (thing,)

    def _inside(self, carton: str) -> Iterator[str]:
        """What lies there at the end of all that is known."""
        put: dict[str, list[Passing]] = {}
        taken: list[tuple[str | None, Passing]] = []
        for at, deed in enumerate(self._boxings.get(carton, ())):
            out, children = deed.event.get("action") == "DELETE", deed.about[1:]
            if out and not children:
                taken.append((None, (at, None, None)))
            for item in children:
                amount = item.amount if not out or is_lot(item.id) else None
                passing = at, amount.value if amount else None, amount.unit if amount else None
                if out:
                    taken.append((item.id, passing))
                else:
                    put.setdefault(item.id, []).append(passing)
        for name, came in put.items():
            if None in ends(came, [passing for of, passing in taken if of in (None, name)]):
                yield name

    @cached_property
    def _boxings(self) -> Mapping[str, tuple[Deed, ...]]:
        """What was put into a thing and taken out of it, in the order of the days."""
        found: dict[str, list[Deed]] = {}
        for deed in self.deeds:
            nests = deed.event.get("type") in ("AggregationEvent", "AssociationEvent")
            if nests and deed.about and deed.event.get("parentID") is not None:
                found.setdefault(deed.about[0].id, []).append(deed)
        return {name: tuple(deeds) for name, deeds in found.items()}

    @cached_property
    def _packs(self) -> Mapping[str, tuple[str, ...]]:
        """The lots that packs are of."""
        found: dict[str, dict[str, None]] = {}
        for deed in self.deeds:
            for pack, lot in packs_in(deed.event):
                found.setdefault(pack, {})[lot] = None
        for pack, lots in self.issued.items():
            found.setdefault(pack, {}).update(dict.fromkeys(lots))
        return {pack: tuple(lots) for pack, lots in found.items()}


@dataclass(frozen=True, slots=True)
class Behind:
    """A subject's past."""

    names: frozenset[str]
    deeds: tuple[Deed, ...]


def standing(deeds: Iterable[Deed]) -> Iterator[Deed]:
    """Deeds that hold: neither a declaration of an error, nor what it declares wrong (EPCIS §7.4.1.2).

    Only who recorded an event can declare it an error.
    """
    known = list(deeds)
    wrong = {(deed.corrects, deed.organisation) for deed in known if deed.corrects is not None}
    for deed in known:
        if deed.corrects is None and (
            deed.event_id is None or (deed.event_id, deed.organisation) not in wrong
        ):
            yield deed


_NAMED = ("epcList", "inputEPCList", "outputEPCList", "childEPCs")


def packs_in(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(pack, lot) of the packs that an event names with their lot (AI 10 beside AI 21)."""
    for name in _NAMED:
        given = event.get(name)
        for text in given if isinstance(given, list) else ():
            yield from _pack(text)
    yield from _pack(event.get("parentID"))


def _pack(text: object) -> Iterator[tuple[str, str]]:
    if not isinstance(text, str) or "/10/" not in text or "/21/" not in text:
        return
    try:
        named = identify(text)
    except Malformed:
        return
    if named.lot is not None and named.object is not None and named.lot != named.object:
        yield named.object, named.lot


def filed(deed: Deed, now: str) -> str:
    """When it was recorded (UTC); for a draft, now."""
    return deed.recorded or now


def zone_of(deed: Deed) -> str:
    """The event's own time zone."""
    zone = deed.event.get("eventTimeZoneOffset")
    return zone if isinstance(zone, str) and len(zone) == 6 else HERE


def stated_days(deed: Deed, member: str) -> int | None:
    """``{"days": 14}`` of a member of the event; None where it is not stated."""
    given = deed.stated.get(member)
    days = given.get("days") if isinstance(given, Mapping) else None
    return int(days) if isinstance(days, (int, float)) and not isinstance(days, bool) else None


def stated_day(deed: Deed, member: str, name: str) -> date | None:
    """A date within a member of the event."""
    given = deed.stated.get(member)
    return day_of(given.get(name)) if isinstance(given, Mapping) else None


def _lot_of(name: str) -> list[str]:
    """The lot that a pack names (AI 10 beside 21)."""
    lot, found, _ = name.partition("/21/")
    return [lot] if found and is_lot(lot) else []


def _order(deed: Deed) -> tuple[object, ...]:
    drafts = deed.index is None
    return (deed.time, drafts, deed.index or 0, repr(deed.inputs), repr(deed.outputs))


__all__ = [
    "APPLIED",
    "HERE",
    "Behind",
    "Case",
    "Masters",
    "filed",
    "packs_in",
    "standing",
    "stated_day",
    "stated_days",
    "zone_of",
]  # fmt: skip

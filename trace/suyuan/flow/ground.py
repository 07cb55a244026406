"""What is known of a farm when its forms are checked: places and things by name, packs by content.

From the master data that the organisation recorded. Read record by record as the log grows, and kept.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.epcis.known import canonical
from suyuan.core.farm.alike import plot_hints, told_apart
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.fill import Ground
from suyuan.core.identifiers import product_of
from suyuan.core.rules.amounts import area_in_mu
from suyuan.core.story_values import names_of, quantity_of
from suyuan.flow.newest import Versions
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock

HERE = timedelta(hours=8)
"""All of China keeps Beijing time (+08:00)."""

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,40}")
_PLACES = frozenset({"Place", "Plot"})
SEASON = "suyuan:Season"
_TELLING = ("suyuan:village", "suyuan:member", "suyuan:crop", "suyuan:area")


@dataclass(slots=True)
class _Farm:
    """One organisation's master data, the newest of each thing."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: set[str] = field(default_factory=set)
    plots: set[str] = field(default_factory=set)
    """Plots, a pen without an area among them, and places with an area."""
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Places by the plots whose outlines are kept apart from them (docs/decisions/0012)."""
    within: dict[str, str] = field(default_factory=dict)
    net: dict[str, Amount] = field(default_factory=dict)
    seasons: dict[str, tuple[tuple[str, ...], str, str]] = field(default_factory=dict)
    """Seasons: their plots, and the days on which they began and ended ("": not yet)."""
    facts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of plots, what tells them apart; in the order in which they were recorded first."""
    newest: dict[str, int] = field(default_factory=dict)
    """Index of the record that says so."""

    def take(self, index: int, name: str, master: Mapping[str, Any]) -> None:
        self.newest[name] = index
        self.seasons.pop(name, None)
        if master.get("type") == SEASON:
            begun, ended = (str(master.get(f"suyuan:{one}", "")) for one in ("from", "until"))
            self.seasons[name] = _plots_in(master), begun, ended
        self.facts[name] = {key: master[key] for key in _TELLING if key in master}
        called = names_of(master.get("name"))
        self.names[name] = tuple(dict.fromkeys(called)) if called else ()
        for known, holds in (
            (self.places, master.get("type") in _PLACES),
            (
                self.plots,
                master.get("type") == "Plot"
                or (master.get("type") == "Place" and "suyuan:area" in master),
            ),
        ):
            (known.add if holds else known.discard)(name)
        self.parts[name] = _plots_in(master) if name in self.places else ()
        inside = master.get("suyuan:within")
        self.within[name] = canonical(inside) if isinstance(inside, str) else ""
        content = quantity_of(master.get("suyuan:netWeight"))
        self.net.pop(name, None)
        if content is not None and content.amount > 0:
            self.net[name] = Amount(Decimal(repr(content.amount)), content.unit)

    def drop(self, name: str) -> None:
        for known in (self.places, self.plots):
            known.discard(name)
        for told in (self.names, self.net, self.newest, self.parts, self.within, self.facts):
            told.pop(name, None)
        self.seasons.pop(name, None)

    def outlines(self) -> set[str]:
        """Plots that only say where a place of the same name lies: by the name, the place is meant."""
        of = [(plot, place) for place, plots in self.parts.items() for plot in plots]
        of += [(plot, place) for plot, place in self.within.items() if place in self.plots]
        return {
            plot
            for plot, place in of
            if not set(self.names.get(plot, ())).isdisjoint(self.names.get(place, ()))
        }

    def going(self, plot: str, day: date) -> tuple[str, ...]:
        """Seasons that were open on a plot on a day."""
        on = day.isoformat()
        return tuple(
            name
            for name, (plots, begun, ended) in self.seasons.items()
            if plot in plots and begun <= on and (not ended or on <= ended)
        )

    def hints(self, name: str, people: Mapping[str, str]) -> tuple[str, ...]:
        """What tells a thing from others of its name: a season's plots and year, a plot's village or
        member, at last which of them it is by the order of recording."""
        if name in self.plots:
            called = set(self.names.get(name, ()))
            alike = [o for o in self.facts if o in self.plots and called & set(self.names[o])]
            return (*plot_hints(self.facts[name], people), f"第{alike.index(name) + 1}块")
        if name not in self.seasons:
            return ()
        plots, begun, _ = self.seasons[name]
        where = "、".join(self.names[one][0] for one in plots if self.names.get(one))
        return tuple(
            "，".join(filter(None, parts))
            for parts in ((where, begun[:4]), (where, begun))
            if any(parts)
        )


@dataclass(slots=True)
class Grounds:
    """Ground by organisation. Safe to share between threads."""

    log: LogStore
    clock: Clock
    base: str
    _farms: defaultdict[str, _Farm] = field(default_factory=lambda: defaultdict(_Farm))
    _plots: dict[str, str] = field(default_factory=dict)
    """Plot → whose it is."""
    _read: int = 0
    _versions: defaultdict[str, Versions] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._versions = defaultdict(lambda: Versions(self.log))

    def plots_alike(self, organisation: str, people: Mapping[str, str]) -> Mapping[str, str]:
        """Label by id of the plots whose name several have; with their members, as far as ``people``
        (URI → name) has them."""
        with self._lock:
            self._catch_up()
            farm = self._farms.get(organisation, _Farm())
            self._fall_back(organisation, farm)
            _, same = _by_name(farm, farm.plots)
            return told_apart(same, lambda name: farm.hints(name, people)).labels()

    def of(self, organisation: str, people: Callable[[], Mapping[str, str]] = dict) -> Ground:
        """As of now. Plots are asked for by name or id only where the organisation has recorded some.
        ``people``: URI → name of the members whom the reader may know."""
        with self._lock:
            self._catch_up()
            farm = self._farms.get(organisation, _Farm())
            self._fall_back(organisation, farm)
            others = farm.names.keys() - farm.plots
            plots, same_plots = _by_name(farm, farm.plots)
            things, _ = _by_name(farm, others)
            seasons, same_seasons = _by_name(farm, farm.seasons.keys() & others)
            items, same_items = _by_name(farm, others - farm.seasons.keys())
            known = people() if same_plots else {}
            alike = {
                kind: told_apart(names, lambda name: farm.hints(name, known))
                for kind, names in (
                    ("plot", same_plots), ("season", same_seasons), ("item", same_items),
                )
                if names
            }  # fmt: skip
            net = dict(farm.net)
        local = datetime.fromisoformat(self.clock.now()) + HERE
        return Ground(
            today=local.date(),
            base=self.base,
            plots=plots or None,
            own=_own(organisation, self.base),
            elsewhere=lambda place: self._plots.get(place, organisation) != organisation,
            things=things,
            clock=f"{local:%H:%M}",
            net=lambda thing: net.get(thing) or net.get(product_of(thing) or ""),
            called={"season": seasons, "item": items},
            alike=alike,
            going=farm.going,
            area=lambda plot: area_in_mu(farm.facts.get(plot, {}).get("suyuan:area")),
            hints=lambda thing: farm.hints(thing, known),
        )

    def _fall_back(self, organisation: str, farm: _Farm) -> None:
        """Of what was erased the record before it holds again, as it does after a restart."""
        gone = self.log.erasures_of(farm.newest.values())
        names = [name for name, index in farm.newest.items() if index in gone]
        left, _ = self._versions[organisation].standing(names) if names else ({}, None)
        known = self.log.records(left)
        for name in names:
            farm.drop(name)
        for index, name in left.items():
            content = known[index].content
            if content is not None:
                farm.take(index, name, decode_content(content).value)

    def _catch_up(self) -> None:
        while batch := self.log.master_records(self._read, limit=1_000):
            for stored in batch:
                self._read = stored.index + 1
                if stored.content is not None:
                    master = decode_content(stored.content).value
                    if master.get("type") == "Plot":
                        # Whose it is was said first (flow/plots.py).
                        whose = self._plots.setdefault(canonical(str(master["id"])), stored.owner)
                        if whose != stored.owner:
                            continue
                    name = canonical(str(master["id"]))
                    self._farms[stored.owner].take(stored.index, name, master)
                    self._versions[stored.owner].add(name, stored.index, stored.owner)


def _plots_in(master: Mapping[str, Any]) -> tuple[str, ...]:
    listed = master.get("suyuan:plots")
    return (
        tuple(canonical(one) for one in listed if isinstance(one, str))
        if isinstance(listed, list)
        else ()
    )


def _by_name(farm: _Farm, ids: Set[str]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Ids by themselves and by names; names that several have mean none of these, and come apart."""
    found = {name: name for name in ids}
    several: dict[str, set[str]] = {}
    for name in sorted(ids - farm.outlines()):
        for called in farm.names[name]:
            if (other := found.setdefault(called, name)) != name:
                several.setdefault(called, {other}).add(name)
    return {called: name for called, name in found.items() if called not in several}, several


def _own(organisation: str, base: str) -> str:
    """By what this node calls it, else by a digest of its id: no two of them end in the same."""
    name = organisation.removeprefix(f"{base}org/")
    if name != organisation and _PLAIN.fullmatch(name):
        return f"{name}/"
    digest = hashlib.sha256(organisation.encode()).digest()
    return f"{base64.b32encode(digest[:5]).decode().lower()}/"

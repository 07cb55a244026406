"""Seasons: a crop's growing cycle on its plots, or a group of animals; master data of an id of its own.

The season names the version of the template it was opened under, and every record of it does too. The
newest record of each is remembered, and what was recorded since is read at each look.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.errors import Conflict, Forbidden, Many, NotFound, Refused
from suyuan.core.rules.check import TEMPLATE
from suyuan.core.story_values import Names, day_of, names_of, objects_of
from suyuan.flow.actors import Actor
from suyuan.flow.credentials import letters
from suyuan.flow.ground import SEASON
from suyuan.flow.master import MasterData
from suyuan.flow.newest import Versions
from suyuan.flow.plots import Plots
from suyuan.flow.rulebook import Edition, RuleBook
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Chance

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a template: its name, and the forms of its usual work, the usual one first."""

    names: Names | None
    months: tuple[int, ...]
    work: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Season:
    """A season as it was recorded last."""

    id: str
    owner: str
    index: int
    master: Mapping[str, Any]
    template: Edition | None
    """The version it was opened under; None where that is not known here."""
    own: frozenset[str] | None = None
    """Of which plots alone its reader is told; None: of all."""

    @property
    def names(self) -> Names | None:
        return names_of(self.master.get("name"))

    @property
    def plots(self) -> tuple[str, ...]:
        """Those that its reader may know of."""
        return tuple(one for one in self._every if self.own is None or one in self.own)

    @property
    def is_shared(self) -> bool:
        """Whether it has plots besides those that its reader may know of."""
        return len(self.plots) < len(self._every)

    @property
    def _every(self) -> tuple[str, ...]:
        found = self.master.get("suyuan:plots")
        return (
            tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
        )

    @property
    def begun(self) -> date | None:
        return _day(self.master.get("suyuan:from"))

    @property
    def closed(self) -> date | None:
        """The day it was closed; None while it goes on."""
        return _day(self.master.get("suyuan:until"))

    @property
    def crop(self) -> Names | None:
        """What grows, by its template."""
        return names_of(self.template.document.get("name")) if self.template else None

    @property
    def is_animal(self) -> bool:
        return self.template is not None and self.template.document.get("kind") == "animal"

    def stages(self, month: int | None = None) -> tuple[Stage, ...]:
        """The stages of its template, in a month those that can be then."""
        document = self.template.document if self.template else {}
        found = []
        for one in objects_of(document.get("stages")):
            months = tuple(m for m in one.get("months", ()) if isinstance(m, int))
            if month is None or month in months:
                work = tuple(w for w in one.get("work", ()) if isinstance(w, str))
                found.append(Stage(names_of(one.get("name")), months, work))
        return tuple(found)

    def fields(self, form: str) -> frozenset[str]:
        """Fields that the template does not let stay empty in a form."""
        document = self.template.document if self.template else {}
        fields = document.get("fields")
        named = fields.get(form) if isinstance(fields, Mapping) else None
        return frozenset(map(str, named)) if isinstance(named, list) else frozenset()


@dataclass(slots=True)
class Seasons:
    """Verbs on seasons."""

    log: LogStore
    masters: MasterData
    plots: Plots
    rulebook: RuleBook
    chance: Chance
    uri_base: str
    _versions: Versions = field(init=False)
    _kept: dict[int, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Owners and what their records say: a record never changes, and is gone once erased."""
    _made: dict[int, tuple[int, Season]] = field(default_factory=dict)
    """By its record, with the newest change of the rule book that its template was looked up at."""
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._versions = Versions(self.log)

    def seen_by(self, actor: Actor) -> list[Season]:
        """The seasons of the actor's organisation, newest first; a member's are those that an own plot
        is in, told with the own plots alone."""
        actor.require("seasons")
        self._catch_up()
        found = self._held(self._of(actor.organisation))
        if actor.scope("seasons") == "own":
            own = frozenset(plot.id for plot in self.plots.seen_by(actor))
            found = [mine for one in found if (mine := replace(one, own=own)).plots]
        return found[::-1]

    def get(self, actor: Actor, uri: str) -> Season:
        """One season; NotFound where there is none that the actor may see."""
        for one in self.seen_by(actor):
            if one.id == uri:
                return one
        raise NotFound("no season {id}", id=uri[:200])

    def open_on(self, actor: Actor) -> dict[str, list[Season]]:
        """Plot → its seasons that go on, newest first."""
        found: dict[str, list[Season]] = {}
        for one in self.seen_by(actor):
            for plot in one.plots if one.closed is None else ():
                found.setdefault(plot, []).append(one)
        return found

    def template_of(self, season: str) -> Mapping[str, Any] | None:
        """``{"id", "digest"}`` of the template a season was opened under; None where it names none."""
        self._catch_up()
        held = next(iter(self._held([season])), None)
        named = held.master.get("suyuan:template") if held is not None else None
        return named if isinstance(named, Mapping) else None

    def asked(self, season: str, form: str) -> frozenset[str]:
        """Fields that the template of a season does not let stay empty in a form."""
        self._catch_up()
        held = next(iter(self._held([season])), None)
        return held.fields(form) if held is not None else frozenset()

    def keeps_books(self, organisation: str) -> bool:
        """Whether an organisation has opened a season under a template, so that rules can be asked."""
        self._catch_up()
        return any(
            isinstance(held.master.get("suyuan:template"), (str, Mapping))
            for held in self._held(self._of(organisation))
        )

    def open(
        self, actor: Actor, *, name: str, plots: Sequence[str], template: str, day: date
    ) -> Season:
        """Open a season under a template's newest version; Refused at the field that is wrong."""
        self._writer(actor)
        known = {one.id: one for one in self.plots.seen_by(actor)
                 if one.owner == actor.organisation}  # fmt: skip
        for one in plots:
            if one not in known:
                raise NotFound("no plot {id}", path="/plots", id=one[:200])
        editions = {one.id: one for one in self.rulebook.all(TEMPLATE)}
        problems = []
        if template not in editions:
            problems.append(Refused("choose what grows here", path="/template"))
        elif not name.strip():
            problems.append(
                Refused("the season needs a name, for example hickory 2026", path="/name")
            )
        if len(name) > 80:
            problems.append(
                Refused("this text is too long: {most} characters at most", path="/name", most=80)
            )
        if not plots:
            problems.append(Refused("choose a plot at least", path="/plots"))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        uri = f"{self.uri_base}season/{letters(self.chance, 10).lower()}"
        made: dict[str, Any] = {
            "id": uri,
            "type": SEASON,
            "name": name.strip(),
            "suyuan:plots": list(plots),
            "suyuan:template": {"id": template, "digest": editions[template].digest},
            "suyuan:from": day.isoformat(),
            "suyuan:recordedBy": actor.uri,
        }
        areas = [known[one].plot.hectares for one in plots]
        if None not in areas:
            hectares = sum((float(area) for area in areas if area is not None), start=0.0)
            made["suyuan:area"] = {"value": round(hectares * 15, 4), "unit": "亩"}
        self.masters.record(actor.caller, [("", made)])
        return self.get(actor, uri)

    def close(self, actor: Actor, uri: str, day: date) -> Season:
        """Say that a season is over. Conflict where it is already; one on plots of others too is not a
        member's to end."""
        self._writer(actor)
        held = self.get(actor, uri)
        if held.is_shared:
            raise Forbidden("this season is on plots of others too; the cooperative closes it")
        if held.closed is not None:
            raise Conflict("this season is closed already")
        if held.begun is not None and day < held.begun:
            raise Refused("a season does not end before it begins", path="/day")
        changed = {
            **held.master, "suyuan:until": day.isoformat(), "suyuan:recordedBy": actor.uri,
        }  # fmt: skip
        changed.pop("suyuan:sd", None)
        self.masters.record(actor.caller, [("", changed)])
        return self.get(actor, uri)

    def _writer(self, actor: Actor) -> None:
        if actor.scope("seasons") not in ("own", "organisation"):
            raise Forbidden("your role does not allow this; ask who gave you your log-in")

    def _of(self, organisation: str) -> list[str]:
        return [uri for uri, (_, owner) in self._versions.items() if owner == organisation]

    def _held(self, things: Iterable[str]) -> list[Season]:
        wanted, erased = self._versions.standing(things)
        for index in erased:
            self._kept.pop(index, None)
            self._made.pop(index, None)
        fresh = [index for index in wanted if index not in self._kept]
        editions: dict[str, Collection[Edition]] = {}
        for index, record in (self.log.records(fresh) if fresh else {}).items():
            if record.content is not None:
                self._kept[index] = record.owner, decode_content(record.content).value
        found, rules = [], self.rulebook.newest() if wanted else -1
        for index, uri in sorted(wanted.items()):
            if index not in self._kept:
                continue
            changed, season = self._made.get(index, (None, None))
            if season is None or changed != rules:
                owner, master = self._kept[index]
                template = self._template(master.get("suyuan:template"), editions)
                season = Season(uri, owner, index, master, template)
                self._made[index] = rules, season
            found.append(season)
        return found

    def _template(self, named: object, known: dict[str, Collection[Edition]]) -> Edition | None:
        if not isinstance(named, Mapping) or not isinstance(named.get("id"), str):
            return None
        name = named["id"]
        if name not in known:
            try:
                known[name] = self.rulebook.history(name)
            except NotFound:
                known[name] = ()
        digest = named.get("digest")
        return next((one for one in known[name] if digest in (None, one.digest)), None)

    def _catch_up(self) -> None:
        with self._lock:
            while batch := self.log.master_records(self._read, limit=_AT_ONCE):
                for stored in batch:
                    self._read = stored.index + 1
                    if stored.content is None or SEASON.encode() not in stored.content:
                        continue
                    master = decode_content(stored.content).value
                    if master.get("type") == SEASON:
                        before = self._versions.newest(str(master["id"]))
                        if before is not None:
                            self._kept.pop(before[0], None)
                            self._made.pop(before[0], None)
                        self._versions.add(str(master["id"]), stored.index, stored.owner)


def _day(value: object) -> date | None:
    return day_of(value) if isinstance(value, str) else None


__all__ = ["SEASON", "Season", "Seasons", "Stage"]

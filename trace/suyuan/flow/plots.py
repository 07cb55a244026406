"""Plots of members: master data of type ``Plot``, private, each with an id of its own.

The newest record of each is remembered, and what was recorded since is read at each look.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.digital_link import parse_dl
from suyuan.core.errors import Forbidden, NotFound
from suyuan.core.exports.plots import Plot, read_plot
from suyuan.core.master.settle import settle
from suyuan.core.story_values import Names, names_of
from suyuan.flow.accounts import Accounts
from suyuan.flow.actors import Actor
from suyuan.flow.credentials import letters
from suyuan.flow.master import MasterData
from suyuan.flow.newest import Versions
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Chance

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Held:
    """A plot as it was recorded last."""

    id: str
    owner: str
    index: int
    master: Mapping[str, Any]

    @property
    def plot(self) -> Plot:
        """Area in hectares and outline, as core/exports reads them."""
        return read_plot(self.id, self.master)

    @property
    def names(self) -> Names | None:
        return names_of(self.master.get("name"))

    @property
    def village(self) -> Names | None:
        return names_of(self.master.get("suyuan:village"))

    @property
    def crop(self) -> Names | None:
        return names_of(self.master.get("suyuan:crop"))

    @property
    def member(self) -> str | None:
        """URI of the person who works it."""
        found = self.master.get("suyuan:member")
        return found if isinstance(found, str) else None


@dataclass(slots=True)
class Plots:
    """Verbs on plots."""

    log: LogStore
    masters: MasterData
    accounts: Accounts
    chance: Chance
    uri_base: str
    _versions: Versions = field(init=False)
    _kept: dict[int, Held] = field(default_factory=dict)
    """What the records say that were asked for: a record never changes, and is gone once erased."""
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._versions = Versions(self.log)

    def seen_by(self, actor: Actor) -> list[Held]:
        """All plots that the actor may see, in the order of recording."""
        actor.require("plots")
        self._catch_up()
        counties: dict[str, str] = {}
        wanted: list[str] = []
        for uri, (_, owner) in self._versions.items():
            if owner not in counties:
                counties[owner] = self.accounts.county_of(owner)
            # Whose plot it is says the record itself, below.
            if actor.reaches("plots", organisation=owner, county=counties[owner], person=actor.uri):
                wanted.append(uri)
        found: list[Held] = []
        for held in self._held(wanted):
            if actor.scope("plots") != "own" or held.member == actor.uri:
                found.append(held)
        return found

    def get(self, actor: Actor, uri: str) -> Held:
        """One plot; NotFound where there is none, or none that the actor may see."""
        self._catch_up()
        held = next(iter(self._held([uri])), None)
        if held is None or not actor.reaches(
            "plots",
            organisation=held.owner,
            county=self.accounts.county_of(held.owner),
            person=held.member,
        ):
            raise NotFound("no plot {id}", id=uri[:200])
        return held

    def of(self, organisation: str) -> list[Held]:
        """All plots of an organisation, for verbs of its own."""
        self._catch_up()
        own = [uri for uri, (_, owner) in self._versions.items() if owner == organisation]
        return self._held(own)

    def owner_of(self, uri: str) -> str | None:
        """Whose plot it is: who recorded it first; None where there is no such plot."""
        self._catch_up()
        found = self._versions.newest(uri)
        return found[1] if found is not None else None

    def new_id(self, organisation: str) -> str:
        """An id for a new plot: the organisation's GLN with an extension where it has one (GS1 AI 414
        and 254), else a URI under the node's base."""
        link = parse_dl(organisation)
        extension = f"P{letters(self.chance, 8)}"
        if link is not None and link.key in ("417", "414"):
            return f"https://id.gs1.org/414/{link.value}/254/{extension}"
        return f"{self.uri_base}plot/{extension.lower()}"

    def record(self, actor: Actor, master: Mapping[str, Any]) -> Held:
        """Record a plot, new or changed, as the actor's organisation; the same again changes nothing."""
        uri, member = str(master["id"]), master.get("suyuan:member")
        self._catch_up()
        if self._held([uri]):
            before = self.get(actor, uri)
            if before.owner != actor.organisation:
                raise Forbidden("this belongs to another organisation")
            if _said(before.master) == _said(settle(master)):
                return before
        person = member if isinstance(member, str) else None
        if actor.scope("plots") not in ("own", "organisation") or not actor.reaches(
            "plots", organisation=actor.organisation, person=person
        ):
            raise Forbidden("your role does not allow this; ask who gave you your log-in")
        attributed = {**master, "type": "Plot", "suyuan:recordedBy": actor.uri}
        (index,) = self.masters.record(actor.caller, [("", attributed)])
        return Held(uri, actor.organisation, index, settle(attributed))

    def _held(self, things: Iterable[str]) -> list[Held]:
        wanted, erased = self._versions.standing(things)
        for index in erased:
            self._kept.pop(index, None)
        fresh = [index for index in wanted if index not in self._kept]
        for index, record in (self.log.records(fresh) if fresh else {}).items():
            if record.content is not None:
                master = decode_content(record.content).value
                self._kept[index] = Held(wanted[index], record.owner, index, master)
        return [held for one in sorted(wanted) if (held := self._kept.get(one)) is not None]

    def _catch_up(self) -> None:
        with self._lock:
            while batch := self.log.master_records(self._read, limit=_AT_ONCE):
                for stored in batch:
                    self._read = stored.index + 1
                    if stored.content is None or b'"Plot"' not in stored.content:
                        continue
                    master = decode_content(stored.content).value
                    if master.get("type") == "Plot":
                        before = self._versions.newest(str(master["id"]))
                        if before is not None and before[1] != stored.owner:
                            continue  # whose it is was said first; no log takes such a record any more
                        if before is not None:
                            self._kept.pop(before[0], None)
                        self._versions.add(str(master["id"]), stored.index, stored.owner)


def _said(master: Mapping[str, Any]) -> dict[str, Any]:
    """All but who typed it, and the type that every plot has."""
    return {k: v for k, v in master.items() if k not in ("suyuan:recordedBy", "type")}

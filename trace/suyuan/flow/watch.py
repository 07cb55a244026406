"""Watch: follows the log and keeps in mind what desk pages ask of many records at once.

Stock lines of every holder of inputs, and what a regulator looks for: overrides, failed tests, late
entries, who went silent. Nothing is stored: all of it is read from the records, portion by portion as
the log grows. Whoever shows a record of it asks flow.books, which knows who may see it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from suyuan.core import private
from suyuan.core.content import decode_content
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.read import read_deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.balance import Line, account, holder_of
from suyuan.core.rules.case import standing
from suyuan.core.rules.tables import Tables
from suyuan.flow.ground import HERE
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.books import DeedStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock

Mark = Literal["override", "failed", "late", "inspection"]
MARKS: tuple[Mark, ...] = ("override", "failed", "late", "inspection")

_AT_ONCE = 500
_MOVING = frozenset(
    {"purchase", "sale_of_input", "applying", "feeding", "immunising", "sowing", "stocking",
     "processing", "packing", "destroying", "returning", "stock_count"}
)  # fmt: skip
_SEASON = frozenset({"sowing", "stocking", "applying", "feeding", "immunising", "harvest"})
_STATED = ("stock", "person", "member", "returned", "unused", "packCodes", "packs")
_READ = _MOVING | _SEASON | {"test", "correction", "inspection"}
IN_SEASON = 300
"""Days: what was sown or treated longer ago and never harvested is a season given up, not one in which
somebody went silent."""
_NONE: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Marked:
    """A record that a regulator looks for. ``days`` late, where that is what it is marked for."""

    day: str
    index: int
    organisation: str
    days: int = 0
    things: tuple[str, ...] = ()
    """What an inspection names."""


@dataclass(frozen=True, slots=True)
class Silent:
    """An organisation without a record for some time while a season of it is open."""

    organisation: str
    last: str
    """recordTime of its newest record, UTC."""
    days: int
    season: str
    index: int
    """The last thing done in that season."""


@dataclass(slots=True)
class _Owner:
    """One organisation's."""

    last: str = ""
    count: int = 0
    marks: dict[Mark, list[Marked]] = field(default_factory=lambda: {mark: [] for mark in MARKS})
    deeds: dict[str, list[Deed]] = field(default_factory=dict)
    """By product: those that move it, lean."""
    members: set[str] = field(default_factory=set)
    wrong: set[str] = field(default_factory=set)
    """eventIDs that were declared errors."""
    seasons: dict[str, tuple[str, int, bool]] = field(default_factory=dict)
    """Last day, its record, and whether a harvest was the last."""
    lines: dict[tuple[str, bool], list[Line]] = field(default_factory=dict)
    """Of today, by product and by_member: made anew when a record touches the product."""


@dataclass(slots=True)
class Watch:
    """Safe to share between threads. A page waits only for what was recorded since the last look."""

    log: LogStore
    deeds: DeedStore
    book: RuleBook
    clock: Clock
    _owners: dict[str, _Owner] = field(default_factory=dict)
    _read: int = 0
    _told: tuple[Tables | None, dict[str, Decimal]] = field(default_factory=lambda: (None, {}))
    """Thresholds by day, of the tables as they were read last."""
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def catch_up(self) -> None:
        """Read what was recorded since."""
        with self._lock:
            while batch := self.deeds.since(self._read, _AT_ONCE):
                stored = self.log.records([one.index for one in batch])
                for one in batch:
                    record = stored[one.index]
                    owner = self._owners.setdefault(one.owner, _Owner())
                    owner.last = max(owner.last, record.record_time)
                    owner.count += 1
                    self._note(owner, one.owner, one.index, one.day, record.record_time)
                    if record.content is None:
                        continue
                    if one.kind == "override":
                        owner.marks["override"].append(Marked(one.day, one.index, one.owner))
                    if one.kind in _READ:
                        value = decode_content(record.content).value
                        event = private.reveal(dict(value), list(record.disclosures))
                        deed = read_deed(event, one.owner, index=one.index)
                        self._take(owner, deed, record.record_time)
                self._read = batch[-1].index + 1

    def _note(self, owner: _Owner, name: str, index: int, day: str, recorded: str) -> None:
        """Lateness counts in days of Beijing time here; the rule itself asks the event's own zone."""
        local = (datetime.fromisoformat(recorded) + HERE).date()
        late = (local - date.fromisoformat(day)).days
        if late > 1:
            owner.marks["late"].append(Marked(day, index, name, late))

    def _take(self, owner: _Owner, deed: Deed, recorded: str) -> None:
        assert deed.index is not None
        if deed.kind == "correction":
            if deed.corrects is not None:
                owner.wrong.add(deed.corrects)
                owner.lines.clear()
            return
        if deed.kind == "test":
            test = deed.stated.get("test")
            if isinstance(test, Mapping) and test.get("result") == "fail":
                marked = Marked(deed.day.isoformat(), deed.index, deed.organisation)
                owner.marks["failed"].append(marked)
            return
        if deed.kind == "inspection":
            things = tuple(item.id for item in deed.about)
            marked = Marked(deed.day.isoformat(), deed.index, deed.organisation, things=things)
            owner.marks["inspection"].append(marked)
            return
        if deed.season is not None and deed.kind in _SEASON:
            last = owner.seasons.get(deed.season)
            here = deed.day.isoformat(), deed.index, deed.kind == "harvest"
            owner.seasons[deed.season] = here if last is None else max(last, here)
        if deed.kind not in _MOVING:
            return
        holder = holder_of(deed)
        if holder != deed.organisation and holder not in owner.members:
            owner.members.add(holder)
            owner.lines.clear()
        lean = _lean(deed)
        for product in _products(deed):
            owner.deeds.setdefault(product, []).append(lean)
            for by_member in (False, True):
                owner.lines.pop((product, by_member), None)

    # -- stock -----------------------------------------------------------------------------------

    def stock(
        self, organisation: str, *, until: date | None = None, by_member: bool = False
    ) -> list[Line]:
        """Lines of all inputs of an organisation, as flow.balance has them; of today from memory."""
        self.catch_up()
        with self._lock:
            owner = self._owners.get(organisation)
            if owner is None:
                return []
            found: list[Line] = []
            for product in owner.deeds:
                key = product, by_member
                if until is not None:
                    found += self._lines(owner, product, until, by_member)
                    continue
                if key not in owner.lines:
                    owner.lines[key] = self._lines(owner, product, None, by_member)
                found += owner.lines[key]
        return sorted(found, key=lambda line: (line.holder, line.item, line.unit))

    def _lines(
        self, owner: _Owner, product: str, until: date | None, by_member: bool
    ) -> list[Line]:
        holding = [one for one in owner.deeds[product] if one.event_id not in owner.wrong]
        lines = account(standing(holding), until=until, by_member=by_member, members=owner.members)
        return [line for line in lines if line.product == product]

    def imbalances(self, organisations: Collection[str]) -> list[tuple[str, Line]]:
        """Lines that do not balance today, by organisation."""
        return [
            (name, line)
            for name in sorted(organisations)
            for line in self.stock(name)
            if not line.balances
        ]

    # -- what a regulator looks for ----------------------------------------------------------------

    def marked(
        self,
        organisations: Collection[str],
        mark: Mark,
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> list[Marked]:
        """Records of one mark, newest day first. Late ones are those beyond the threshold of their day;
        none where no threshold is stated."""
        self.catch_up()
        low = since.isoformat() if since else ""
        high = until.isoformat() if until else "9999"
        with self._lock:
            found = [
                one
                for name in organisations
                if (owner := self._owners.get(name)) is not None
                for one in owner.marks[mark]
                if low <= one.day <= high
            ]
        if mark == "late":
            allowed = self._thresholds({one.day for one in found})
            found = [one for one in found if one.days > allowed[one.day]]
        return sorted(found, key=lambda one: (one.day, one.index), reverse=True)

    def _thresholds(self, days: Collection[str]) -> dict[str, Decimal]:
        """Days after which an entry is late, by the day of the deed; never where none is stated."""
        tables = self.book.tables()
        if self._told[0] is not tables:
            self._told = tables, {}
        known = self._told[1]
        for day in days:
            if day not in known:
                told = tables.threshold("latenessDays", date.fromisoformat(day))
                known[day] = told[0] if told else Decimal("Infinity")
        return known

    @property
    def threshold(self) -> Decimal | None:
        """Days after which an entry of today would be late; None: not stated."""
        found = self.book.tables().threshold("latenessDays", self.today())
        return found[0] if found else None

    def silent(self, organisations: Collection[str], days: int) -> list[Silent]:
        """Without a record for more than ``days``, with a season in which something was sown or applied
        within IN_SEASON days and nothing was harvested since; the longest silence first."""
        self.catch_up()
        today, found = self.today(), []
        oldest = (today - timedelta(days=IN_SEASON)).isoformat()
        with self._lock:
            for name in organisations:
                owner = self._owners.get(name)
                if owner is None:
                    continue
                open_ = [
                    (day, index, season)
                    for season, (day, index, harvested) in owner.seasons.items()
                    if not harvested and day >= oldest
                ]
                quiet = (today - (datetime.fromisoformat(owner.last) + HERE).date()).days
                if open_ and quiet > days:
                    _, index, season = max(open_)
                    found.append(Silent(name, owner.last, quiet, season, index))
        return sorted(found, key=lambda one: (-one.days, one.organisation))

    def count(self, organisation: str) -> tuple[int, str]:
        """How many deeds an organisation has recorded, and when the newest ("": never)."""
        self.catch_up()
        owner = self._owners.get(organisation)
        return (0, "") if owner is None else (owner.count, owner.last)

    def today(self) -> date:
        return (datetime.fromisoformat(self.clock.now()) + HERE).date()


def _products(deed: Deed) -> Iterator[str]:
    """Products whose stock a deed moves, or whose empties it brings back."""
    given = deed.stated.get("returned")
    of = given.get("of") if isinstance(given, Mapping) else None
    named = [item.id for item in (*deed.inputs, *deed.about)]
    named += [of] if isinstance(of, str) else []
    yield from dict.fromkeys(product_of(name) or name for name in named)


def _lean(deed: Deed) -> Deed:
    """What a balance reads of a deed: the event itself would fill the memory."""
    stated = {name: deed.stated[name] for name in _STATED if name in deed.stated}
    return replace(
        deed, event=_NONE, stated=MappingProxyType(stated), outputs=(), plots=(), area=None
    )


def indices_of(lines: Sequence[Line]) -> list[int]:
    """The records behind these lines, newest first."""
    found = {deed.index for line in lines for deed in line.deeds if deed.index is not None}
    return sorted(found, reverse=True)


__all__ = ["IN_SEASON", "MARKS", "Mark", "Marked", "Silent", "Watch", "indices_of"]

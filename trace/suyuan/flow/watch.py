"""Watch: what desk pages ask of many records at once, answered by the store's indexes.

Stock lines of every holder of inputs, and what a regulator looks for: overrides, failed tests, late
entries, who went silent. Nothing is remembered here. Whoever shows a record of it asks flow.books, which
knows who may see it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from suyuan.core.identifiers import product_of
from suyuan.core.rules.balance import Line
from suyuan.core.rules.moves import Totals, lines_of
from suyuan.flow.ground import HERE
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock
from suyuan.ports.watch import (
    LineKey,
    Mark,
    Marked,
    MarkQuery,
    MarkStore,
    StockQuery,
    StockStore,
)

MARKS: tuple[Mark, ...] = (
    "override", "failed", "late", "inspection", "certificate", "voided", "refused", "held",
    "measured",
)  # fmt: skip
IN_SEASON = 300
"""Days: what was sown or treated longer ago and never harvested is a season given up, not one in which
somebody went silent."""


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


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of an account, and where the next page begins (None: there are no more)."""

    lines: tuple[Line, ...]
    after: tuple[str, str, str] | None


@dataclass(slots=True)
class Watch:
    """The verbs. Each answer is what the store holds at that moment."""

    stocks: StockStore
    marks: MarkStore
    book: RuleBook
    clock: Clock
    log: LogStore

    # -- stock -----------------------------------------------------------------------------------

    def stock(
        self,
        organisation: str,
        *,
        until: date | None = None,
        holder: str | None = None,
        items: Collection[str] | None = None,
    ) -> list[Line]:
        """Lines of all inputs of an organisation, as flow.balance has them, its members' among its own;
        of one holder by itself. The lines name no deeds: those are asked for with ``behind``."""
        query = StockQuery(
            (organisation,), until.isoformat() if until else None, holder is not None, holder,
            None if items is None else frozenset(items),
        )  # fmt: skip
        return [line for _, line in self._said(self._lines(query))]

    def each(
        self,
        organisation: str,
        *,
        until: date | None = None,
        items: Collection[str] | None = None,
        after: tuple[str, str, str] | None = None,
        limit: int = 50,
    ) -> Lines:
        """A page of the lines of each holder by itself."""
        query = StockQuery(
            (organisation,),
            until.isoformat() if until else None,
            by_member=True,
            items=None if items is None else frozenset(items),
            after=after,
            limit=limit,
        )
        totals = self.stocks.totals(query)
        found = [line for _, line in self._said(lines_of(totals, inputs_alone=True))]
        keys = {(one.holder, one.item, one.unit) for one in totals.sums}
        keys |= {(one.holder, one.item, one.unit) for one in totals.counts}
        last = max(keys, default=None)
        more = self.stocks.totals(replace(query, after=last, limit=1)) if last else Totals()
        return Lines(tuple(found), last if more.sums or more.counts else None)

    def behind(
        self,
        organisation: str,
        line: Line,
        *,
        until: date | None = None,
        by_member: bool = False,
        limit: int,
    ) -> list[int]:
        """The newest records behind a line, newest day first."""
        return self.stocks.behind(
            LineKey(organisation, line.holder, line.item, line.unit, by_member),
            until=until.isoformat() if until else None,
            limit=limit,
            empties=line.packs_returned > 0,
        )

    def inputs(self, organisation: str) -> list[str]:
        """Ids of all inputs that an organisation moved, lots by themselves."""
        return self.stocks.inputs(organisation)

    def products(self, organisation: str) -> set[str]:
        """Products of all inputs that an organisation moved."""
        return {product_of(one) or one for one in self.inputs(organisation)}

    def imbalances(self, organisations: Collection[str]) -> list[tuple[str, Line]]:
        """Lines that do not balance today, by organisation."""
        found = self._lines(StockQuery(tuple(sorted(organisations))))
        return self._said([(name, line) for name, line in found if not line.balances])

    def _lines(self, query: StockQuery) -> list[tuple[str, Line]]:
        return lines_of(self.stocks.totals(query))

    def _said(self, lines: list[tuple[str, Line]]) -> list[tuple[str, Line]]:
        """The lines with the units that people say them in."""
        words = self.stocks.words(sorted({organisation for organisation, _ in lines}))
        for organisation, line in lines:
            line.words.update(words.get((organisation, line.item, line.unit), {}))
        return lines

    # -- what a regulator looks for ----------------------------------------------------------------

    def count(
        self,
        organisations: Collection[str],
        mark: Mark,
        *,
        since: date | None = None,
        until: date | None = None,
    ) -> int:
        """How many records have this mark."""
        return self.marks.count(self._marking(organisations, mark, since, until))

    def marked(
        self,
        organisations: Collection[str],
        mark: Mark,
        *,
        since: date | None = None,
        until: date | None = None,
        limit: int = 50,
        skip: int = 0,
    ) -> list[Marked]:
        """Records of one mark, newest day first. Late ones are those beyond the threshold of their day,
        by the days on which they were recorded; none where no threshold is stated."""
        query = self._marking(organisations, mark, since, until)
        return self.marks.find(query, limit=limit, skip=skip)

    def naming(
        self, organisations: Collection[str], mark: Mark, thing: str, *, limit: int
    ) -> list[Marked]:
        """The newest records of one mark that name a thing (its canonical id)."""
        return self.marks.find(MarkQuery(organisations, mark, naming=thing), limit=limit)

    def _marking(
        self,
        organisations: Collection[str],
        mark: Mark,
        since: date | None,
        until: date | None,
    ) -> MarkQuery:
        if mark == "late":
            # What was done long ago and entered now is what such a list is for.
            begin = self.log.recorded_since(_midnight(since)) if since else 0
            end = self.log.recorded_since(_midnight(until + timedelta(days=1))) if until else None
            recorded = begin, end
            return MarkQuery(organisations, mark, beyond=self._lateness(), recorded=recorded)
        days = (since.isoformat() if since else None, until.isoformat() if until else None)
        return MarkQuery(organisations, mark, days)

    def _lateness(self) -> tuple[tuple[str, str, int], ...]:
        """How late is too late, by the day of the deed; no span where it is not stated."""
        return tuple(
            (first.isoformat(), last.isoformat(), int(days // 1))
            for first, last, days in self.book.tables().spans("latenessDays")
        )

    @property
    def threshold(self) -> Decimal | None:
        """Days after which an entry of today would be late; None: not stated."""
        found = self.book.tables().threshold("latenessDays", self.today())
        return found[0] if found else None

    def silent(self, organisations: Collection[str], days: int) -> list[Silent]:
        """Without a record for more than ``days``, with a season in which something was sown or applied
        within IN_SEASON days and nothing was harvested since; the longest silence first."""
        today, found = self.today(), []
        quiet: dict[str, tuple[str, int]] = {}
        for name, one in self.marks.books(list(organisations)).items():
            since = (today - (datetime.fromisoformat(one.last) + HERE).date()).days
            if since > days:
                quiet[name] = one.last, since
        oldest = (today - timedelta(days=IN_SEASON)).isoformat()
        for going in self.marks.going(list(quiet), oldest):
            last, since = quiet[going.organisation]
            found.append(Silent(going.organisation, last, since, going.season, going.index))
        return sorted(found, key=lambda one: (-one.days, one.organisation))

    def recorded(self, organisations: Collection[str]) -> dict[str, tuple[int, str]]:
        """How many deeds each has recorded, and when the newest; nothing of those without any."""
        found = self.marks.books(list(organisations))
        return {name: (one.count, one.last) for name, one in found.items()}

    def today(self) -> date:
        return (datetime.fromisoformat(self.clock.now()) + HERE).date()


def _midnight(day: date) -> str:
    """The moment a day begins here, as recordTime has it."""
    return f"{datetime.combine(day, time(tzinfo=UTC)) - HERE:%Y-%m-%dT%H:%M:%S.000Z}"


__all__ = ["IN_SEASON", "MARKS", "Lines", "Mark", "Marked", "Silent", "Watch"]

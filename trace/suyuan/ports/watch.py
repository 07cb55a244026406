"""What follows from the deeds of many organisations: stock, marks, seasons that go on.

Kept beside the books (ports.books) and like them: written with the record, in its transaction, and gone
with what an erasure deletes. Nothing here is remembered from one question to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from suyuan.core.rules.moves import Totals
from suyuan.core.rules.spoken import Word

Mark = Literal[
    "override", "failed", "late", "inspection", "certificate", "voided", "refused", "held", "measured"
]  # fmt: skip
"""``held``: put on hold or recalled, or let go again. ``measured``: a deed of the kinds that loggers
write temperatures of; whether there are any, its record says."""


@dataclass(frozen=True, slots=True)
class StockQuery:
    """Which lines of whose accounts, as they stood at the end of a day (``2026-09-17``; None: now)."""

    organisations: tuple[str, ...]
    until: str | None = None
    by_member: bool = False
    """Each holder by itself; else an organisation and its members are one, and hold together."""
    holder: str | None = None
    """Of this one alone; by member."""
    items: frozenset[str] | None = None
    after: tuple[str, str, str] | None = None
    """(holder, item, unit) of the last line of the page before; by member, of one organisation."""
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class LineKey:
    """One line of an account. ``holder`` is the organisation itself, or somebody by an id."""

    organisation: str
    holder: str
    item: str
    unit: str
    by_member: bool = False


LineName = tuple[str, str, str]
"""Organisation, item and base unit of a line."""


class StockStore(Protocol):
    """Amounts in base units, exactly."""

    def totals(self, query: StockQuery) -> Totals:
        """Sums, counts and empties of the lines, in core.rules.moves' terms. With a limit: those of at
        most so many lines, by holder, item and unit."""
        ...

    def behind(
        self, key: LineKey, *, until: str | None = None, limit: int, empties: bool = False
    ) -> list[int]:
        """The newest records behind a line, newest day first. ``empties``: with those by which empties
        of it came back."""
        ...

    def words(self, organisations: Sequence[str]) -> dict[LineName, Counter[Word]]:
        """In which units the moves of each line were said, and how often: by organisation, item and
        unit."""
        ...

    def inputs(self, organisation: str) -> list[str]:
        """Ids of all that was bought, counted, put on or in."""
        ...


@dataclass(frozen=True, slots=True)
class Marked:
    """A record that a regulator looks for. ``days`` late, where that is what it is marked for."""

    day: str
    index: int
    organisation: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class MarkQuery:
    """Of these organisations, from day to day, both included."""

    organisations: Collection[str]
    mark: Mark
    days: tuple[str | None, str | None] = (None, None)
    beyond: tuple[tuple[str, str, int], ...] | None = None
    """(from, to, days) spans of deeds' days and how late is too late in them; None: does not matter."""
    recorded: tuple[int, int | None] | None = None
    """Index of the record, from (included) and to (not included); the newest record comes first then."""
    naming: str | None = None
    """Canonical id of a thing that the deed names."""


@dataclass(frozen=True, slots=True)
class Books:
    """How many deeds an organisation recorded, and the recordTime of the newest ("": never)."""

    count: int = 0
    last: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """A season in which something was done and not reaped since: the last day, and its record."""

    organisation: str
    season: str
    day: str
    index: int


class MarkStore(Protocol):
    """What a regulator looks for."""

    def count(self, query: MarkQuery) -> int: ...

    def find(self, query: MarkQuery, *, limit: int, skip: int = 0) -> list[Marked]:
        """Newest day first, then by index, by that alone where records are bounded;
        behind the first ``skip``."""
        ...

    def books(self, organisations: Sequence[str]) -> dict[str, Books]:
        """Of those that recorded anything."""
        ...

    def going(self, organisations: Sequence[str], since: str) -> list[Going]:
        """Of each organisation the season whose last deed is no harvest and not before ``since``: the
        one that something was done in last."""
        ...

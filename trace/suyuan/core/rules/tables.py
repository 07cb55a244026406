"""Dated tables: bans, limits, quotas, certificates, thresholds, county codes.

A table is a document (its form is checked by ``rules.check``). Each row says from when to when it is in
force, both days included, who says so, and in which edition. A record is judged by the rows in force on
the day of the deed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from suyuan.core.rules.finding import Basis
from suyuan.core.story_values import Names, day_of, names_of, number_of

NOT_NAMED = Names("未写明出处", "source not stated")


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: when it is in force, who says so, and the members of its table."""

    values: Mapping[str, Any] = field(hash=False)
    since: date | None
    until: date | None
    basis: Basis
    _texts: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What was read of the values: every deed asks for the same."""

    def on(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """The text, or those of a list, in the form in which names are compared."""
        if name not in self._texts:
            value = self.values.get(name)
            named = [value] if isinstance(value, str) else value or ()
            self._texts[name] = tuple(plain(one) for one in named if isinstance(one, str))
        return self._texts[name]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables of a node, by their name; one that is not there has no rows."""

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def on(self, table: str, day: date) -> Iterator[Row]:
        """Rows in force on a day, as they stand."""
        return (row for row in self.rows.get(table, ()) if row.on(day))

    def threshold(self, name: str, day: date) -> tuple[Decimal, Basis] | None:
        """A figure of the node's own; None where it is not stated."""
        for row in self.on("thresholds", day):
            value = decimal_of(row.values.get("value"))
            if row.values.get("name") == name and value is not None:
                return value, row.basis
        return None

    def spans(self, name: str) -> Iterator[tuple[date, date, Decimal]]:
        """(first day, last day, figure) of all days for which the figure is stated."""
        rows = [row for row in self.rows.get("thresholds", ()) if row.values.get("name") == name]
        starts = {date.min} | {row.since for row in rows if row.since is not None}
        starts |= {row.until + _DAY for row in rows if row.until not in (None, date.max)}
        firsts = sorted(starts)
        lasts = [first - _DAY for first in firsts[1:]] + [date.max]
        for first, last in zip(firsts, lasts, strict=True):
            found = self.threshold(name, first)
            if found is not None:
                yield first, last, found[0]


def tables_of(documents: Iterable[Mapping[str, Any]]) -> Tables:
    """Tables from their documents; of two of the same table the later one counts, whole."""
    found: dict[str, tuple[Row, ...]] = {}
    for document in documents:
        edition = document.get("edition")
        found[str(document.get("table"))] = tuple(
            _row(row, edition if isinstance(edition, str) else None)
            for row in document.get("rows") or ()
            if isinstance(row, Mapping)
        )
    return Tables(MappingProxyType(found))


def _row(row: Mapping[str, Any], edition: str | None) -> Row:
    since = day_of(row.get("from"))
    given = row.get("edition")
    basis = Basis(
        names_of(row.get("source")) or NOT_NAMED,
        given if isinstance(given, str) else edition,
        since,
    )
    return Row(MappingProxyType(dict(row)), since, day_of(row.get("to")), basis)


def same_county(tables: Tables, one: str, other: str) -> bool:
    """Whether two codes (GB/T 2260) are of one county: equal, or codes of it at different times."""
    if one == other:
        return True
    places = {
        code: {row.values.get("place") for row in tables.rows.get("counties", ())
               if row.values.get("code") == code}
        for code in (one, other)
    }  # fmt: skip
    return not places[one].isdisjoint(places[other] - {None})


def county_on(tables: Tables, code: str, day: date) -> tuple[str, Names | None] | None:
    """The code and name in force on a day of the county that a code ever stood for; None if unknown."""
    for row in tables.rows.get("counties", ()):
        if row.values.get("code") == code:
            for newer in tables.on("counties", day):
                if newer.values.get("place") == row.values.get("place"):
                    return str(newer.values.get("code")), names_of(newer.values.get("name"))
    return None


def plain(name: str) -> str:
    """A name as it is compared: width, case and spaces play no part."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def decimal_of(value: object) -> Decimal | None:
    """A JSON number, exactly as it is written; None for anything else."""
    number = number_of(value)
    return None if number is None else Decimal(str(number))


__all__ = [
    "NOT_NAMED",
    "Row",
    "Tables",
    "county_on",
    "decimal_of",
    "plain",
    "same_county",
    "tables_of",
]

"""The books out again: every list, and the production record book, as whoever asks may see them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, get_args

from suyuan.core.errors import NotFound
from suyuan.core.farm.fill import Ground
from suyuan.core.sheets.lists import (
    Table,
    Told,
    balance_table,
    deeds_table,
    inputs_table,
    lots_table,
    plots_table,
    products_table,
    seasons_table,
)
from suyuan.core.sheets.record_book import Season, of_year, record_book
from suyuan.core.sheets.told import Names
from suyuan.core.story_values import names_of
from suyuan.core.visibility import Viewer
from suyuan.flow.balance import Balances
from suyuan.flow.books import Books
from suyuan.flow.master import MasterData
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.books import DeedQuery

List = Literal["records", "plots", "products", "seasons", "lots", "inputs", "balance"]
LISTS: tuple[List, ...] = get_args(List)

_AT_ONCE = 200
_MADE = frozenset({"harvest", "processing", "packing"})
_MOVED = frozenset(
    {
        "purchase",
        "sale_of_input",
        "returning",
        "applying",
        "feeding",
        "immunising",
        "sowing",
        "stocking",
    }
)


@dataclass(slots=True)
class Exporting:
    """The verb. Needs no key and writes nothing."""

    books: Books
    masters: MasterData
    balances: Balances
    rulebook: RuleBook

    def lines(self, viewer: Viewer, query: DeedQuery) -> Iterator[Told]:
        """All deeds that fit, newest first, read page by page."""
        query = replace(query, limit=_AT_ONCE)
        while True:
            page = self.books.find(viewer, query)
            for line in page.lines:
                yield Told(line.deed, line.declared, line.instead)
            if page.after is None:
                return
            query = replace(query, after=page.after)

    def table(
        self,
        viewer: Viewer,
        name: str,
        query: DeedQuery,
        people: Mapping[str, str] | None = None,
        *,
        places: bool = True,
    ) -> Table:
        """One list; of deeds those that fit. NotFound for a list that there is not. ``people``: URI →
        name of the members whom the reader may know; ``places``: whether he may know where plots lie
        (who may read an organisation's plots over the API may)."""
        names = self.names(query.organisation, people)
        # Whoever may not read these books is told before the first byte is sent.
        self.books.find(viewer, replace(query, limit=1))
        match name:
            case "records":
                return deeds_table(self.lines(viewer, query), names)
            case "lots":
                return lots_table(self.lines(viewer, _of(query, _MADE)), names)
            case "inputs":
                return inputs_table(self.lines(viewer, _of(query, _MOVED)), names)
            case "plots":
                found = self._masters(viewer, query, _is_plot)
                return plots_table(found, names, places=places)
            case "seasons":
                found = self._masters(viewer, query, _is_season)
                return seasons_table(found, names, self._crop)
            case "balance":
                return self.balance(viewer, query, names.of)
            case "products":
                return products_table(self._masters(viewer, query, _is_product))
            case _:
                raise NotFound(
                    "there is no list {name}; there are {known}",
                    name=name[:80],
                    known=", ".join(LISTS),
                )

    def _crop(self, template: str) -> str | None:
        try:
            versions = self.rulebook.history(template)
        except NotFound:
            return None
        called = names_of(next((one.document.get("name") for one in versions), None))
        return called.zh if called is not None else None

    def balance(
        self,
        viewer: Viewer,
        query: DeedQuery,
        called: Callable[[str], str],
        *,
        by_member: bool = True,
    ) -> Table:
        """What there should be of each input on the last day that is asked for, of each holder."""
        self.books.find(viewer, replace(query, limit=1))
        until = query.days[1]
        lines = self.balances.of(
            viewer, query.organisation, by_member=by_member,
            until=date.fromisoformat(until) if until is not None else None,
        )  # fmt: skip
        return balance_table(lines, called)

    def record_book(
        self,
        viewer: Viewer,
        query: DeedQuery,
        organisation: str,
        *,
        year: int | None = None,
        people: Mapping[str, str] | None = None,
    ) -> list[Season]:
        """The record book of all seasons that fit; NotFound where there is none."""
        names = self.names(query.organisation, people)
        lines = [one.deed for one in self.lines(viewer, query) if _holds(one)]
        bought = DeedQuery(query.organisation, frozenset({"purchase"}))
        purchases = [one.deed for one in self.lines(viewer, bought) if _holds(one)]
        found = record_book(of_year(lines, year), purchases, names, organisation)
        if not found:
            raise NotFound("no season is on record that fits this")
        return found

    def names(self, organisation: str, people: Mapping[str, str] | None = None) -> Names:
        ground: Ground = self.books.grounds.of(organisation, lambda: people or {})
        return Names(ground, people)

    def _masters(
        self, viewer: Viewer, query: DeedQuery, wanted: Callable[[Mapping[str, Any]], bool]
    ) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
        since = 0
        own = replace(viewer, organisation=query.organisation)
        while batch := self.masters.of(own, since=since, limit=_AT_ONCE):
            since = batch[-1].index + 1
            for one in batch:
                if wanted(one.master):
                    yield one.index, one.record_time, one.master


def _of(query: DeedQuery, kinds: frozenset[str]) -> DeedQuery:
    return replace(query, kinds=kinds if query.kinds is None else query.kinds & kinds)


def _holds(one: Told) -> bool:
    return not one.declared and one.deed.kind != "correction"


def _is_plot(master: Mapping[str, Any]) -> bool:
    return master.get("type") in ("Plot", "Place")


def _is_season(master: Mapping[str, Any]) -> bool:
    return master.get("type") == "suyuan:Season"


def _is_product(master: Mapping[str, Any]) -> bool:
    return master.get("type") == "Product"

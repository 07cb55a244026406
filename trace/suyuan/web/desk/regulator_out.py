"""The regulator's lists as files: all that their pages show of the area, with the same filters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound
from suyuan.core.rules.balance import Column, Line, in_stock
from suyuan.core.sheets.lists import Cell, Table, in_people_s_words
from suyuan.core.story_values import Said
from suyuan.flow.watch import Mark
from suyuan.web.api.farm_exports import table_response
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.regulator import (
    BEHIND,
    LISTS,
    Asked,
    area_of,
    asked_of,
    called,
    escaped,
    names_for,
)
from suyuan.web.desk.sheets_out import form_of
from suyuan.web.desk.told import Called, rows

router = APIRouter(tags=["pages"], include_in_schema=False)

_AT_ONCE = 200
_SUMS: Sequence[tuple[Said, Column]] = (
    (Said("Opening"), "opening"),
    (Said("Bought"), "bought"),
    (Said("Used"), "used"),
    (Said("Sold on"), "sold"),
    (Said("Given back"), "returned"),
    (Said("Destroyed"), "lost"),
)


@router.get("/desk/regulator/save/{name}")
def save(desk: DeskDep, name: str) -> Response:
    """One of the lists as .xlsx or .csv; of the regulator's own area alone."""
    area = area_of(desk)
    what, form = form_of(name)
    if what not in LISTS:
        raise NotFound("there is no list {name}", name=what[:40])
    asked, problem = asked_of(desk)
    if problem is not None:
        raise problem
    names = {one.id: called(desk, one) for one in area if asked.organisation in ("", one.id)}
    mark, title, _ = LISTS[what]
    headings: Sequence[Said]
    if mark is not None:
        if not asked.organisation:
            names = dict.fromkeys(names_for(desk, list(names), mark), "")
        headings, found = _MARKED, _marked(desk, names, mark, asked)
    elif what == "left":
        headings, found = _LEFT, _left(desk, names, asked)
    elif what == "silent":
        headings, found = _SILENT, _silent(desk, names, asked)
    else:
        headings, found = _UNEVEN, _uneven(desk, names)
    return table_response(Table(what, Said(title), headings, found), desk.words.language, form)


_MARKED = (
    Said("Record number"),
    Said("Day"),
    Said("Organisation"),
    Said("What"),
    Said("About"),
    Said("Days from deed to entry"),
    Said("Declared wrong by record"),
)


def _marked(
    desk: Desk, names: dict[str, str], mark: Mark, asked: Asked
) -> Iterator[Sequence[Cell]]:
    start = 0
    while found := desk.node.watch.marked(
        list(names), mark, since=asked.since, until=asked.until, limit=_AT_ONCE, skip=start
    ):
        start += len(found)
        days = {one.index: one.days for one in found}
        lines = desk.node.books.lines(desk.actor.viewer, [one.index for one in found])
        for row in rows(desk, lines):
            declared = ", ".join(map(str, row.declared)) or None
            yield [
                row.index, row.day, row.organisation, row.title, row.about, days[row.index],
                declared,
            ]  # fmt: skip


_LEFT = (
    Said("Record number"),
    Said("Day"),
    Said("Organisation"),
    Said("What"),
    Said("About"),
)


def _left(desk: Desk, names: dict[str, str], asked: Asked) -> Iterator[Sequence[Cell]]:
    lines = desk.node.books.lines(desk.actor.viewer, escaped(desk, list(names), asked))
    for row in rows(desk, lines):
        yield [row.index, row.day, row.organisation, row.title, row.about]


_SILENT = (
    Said("Organisation"),
    Said("Days without a record"),
    Said("Newest record"),
    Said("Open season"),
    Said("Record number"),
)


def _silent(desk: Desk, names: dict[str, str], asked: Asked) -> Iterator[Sequence[Cell]]:
    quiet = desk.node.watch.silent(list(names), asked.days)
    season = Called(desk, {one.season for one in quiet})
    for one in quiet:
        yield [names[one.organisation], one.days, one.last, season(one.season), one.index]


_UNEVEN = (
    Said("Organisation"),
    Said("Input"),
    Said("Code"),
    Said("Held by"),
    Said("Unit"),
    *(label for label, _ in _SUMS),
    Said("There should be"),
    Said("The same as people say it"),
    Said("Counted"),
    Said("Difference"),
    Said("The records behind it"),
)


def _uneven(desk: Desk, names: dict[str, str]) -> Iterator[Sequence[Cell]]:
    watch = desk.node.watch
    found = watch.imbalances(list(names))
    told = Called(desk, {one for _, line in found for one in (line.item, line.holder)})
    for name, line in found:
        amount = _amounts(line)
        behind = watch.behind(name, line, limit=BEHIND)
        yield [
            names[name], told(line.item), line.item, told(line.holder),
            in_stock(Decimal(0), line.unit).unit,
            *(amount(line.sums.get(column)) for _, column in _SUMS),
            amount(line.book), in_people_s_words(line), amount(line.counted), amount(line.difference),
            ", ".join(map(str, behind)),
        ]  # fmt: skip


def _amounts(line: Line) -> Callable[[Decimal | None], float | None]:
    def amount(value: Decimal | None) -> float | None:
        return None if value is None else in_stock(value, line.unit).amount

    return amount

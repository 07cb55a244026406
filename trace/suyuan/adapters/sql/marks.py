"""What a regulator looks for, asked of its index."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, exists, false, func, literal, or_, select

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.lookup import chunks
from suyuan.adapters.sql.tables import (
    deed_things,
    deeds,
    events,
    marks,
    objects,
    records,
    season_days,
    tallies,
    wrongs,
)
from suyuan.ports.watch import Books, Going, Marked, MarkQuery

KINDS: Mapping[str, tuple[str, ...]] = {
    "held": ("holding", "recall"),
    "measured": ("temperature", "storing", "shipping", "receiving"),
}
"""Marks that are kinds of deeds (core.farm.read), which the books' own index lists."""


class SqlMarks:
    """ports.watch.MarkStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def count(self, query: MarkQuery) -> int:
        with self._connections.read() as connection:
            names = numbers_of(connection, query.organisations)
            source = _source(query)
            wanted = _wanted(select(func.count()).select_from(source), source, query, names)
            return connection.scalar(wanted) or 0

    def find(self, query: MarkQuery, *, limit: int, skip: int = 0) -> list[Marked]:
        source = _source(query)
        late = marks.c.days if source is marks else literal(0)
        shown = select(source.c.day, source.c.idx, source.c.owner, late)
        with self._connections.read() as connection:
            names = numbers_of(connection, query.organisations)
            wanted = _wanted(shown, source, query, names)
            by_day = [source.c.day.desc()] if query.recorded is None else []
            wanted = wanted.order_by(*by_day, source.c.idx.desc())
            rows = connection.execute(wanted.limit(limit).offset(skip))
            return [Marked(day, index, names[owner], days) for day, index, owner, days in rows]

    def books(self, organisations: Sequence[str]) -> dict[str, Books]:
        found: dict[str, Books] = {}
        with self._connections.read() as connection:
            names = numbers_of(connection, organisations)
            for part in chunks(names):
                counts = select(tallies.c.owner, tallies.c.count).where(
                    tallies.c.owner.in_(part), tallies.c.what == "deed", tallies.c.name == ""
                )
                # One look at the end of each organisation's part of the index.
                newest = (
                    select(func.max(events.c.idx))
                    .where(events.c.owner == objects.c.id)
                    .correlate(objects)
                    .scalar_subquery()
                )
                last = (
                    select(objects.c.id, records.c.record_time)
                    .select_from(objects)
                    .join(records, records.c.idx == newest)
                    .where(objects.c.id.in_(part))
                )
                times: dict[int, str] = dict(tuple(row) for row in connection.execute(last))
                for owner, count in connection.execute(counts):
                    found[names[owner]] = Books(count, times.get(owner, ""))
        return found

    def going(self, organisations: Sequence[str], since: str) -> list[Going]:
        found = []
        with self._connections.read() as connection:
            for owner, name in numbers_of(connection, organisations).items():
                one = _going(connection, owner, since)
                if one is not None:
                    found.append(Going(name, *one))
        return found


def _going(connection: Connection, owner: int, since: str) -> tuple[str, str, int] | None:
    own = season_days.c
    newest = (
        select(
            own.season,
            own.day,
            own.idx,
            own.harvest,
            func.row_number()
            .over(partition_by=own.season, order_by=(own.day.desc(), own.idx.desc()))
            .label("place"),
        )
        # A harvest that was declared an error ends no season, nor does such a spray keep one going.
        .where(own.owner == owner, own.day >= since, ~exists().where(wrongs.c.idx == own.idx))
        .subquery()
    )
    wanted = (
        select(newest.c.season, newest.c.day, newest.c.idx)
        .where(newest.c.place == 1, newest.c.harvest == 0)
        .order_by(newest.c.day.desc(), newest.c.idx.desc())
        .limit(1)
    )
    row = connection.execute(wanted).first()
    return None if row is None else (row.season, row.day, row.idx)


def numbers_of(connection: Connection, names: Collection[str]) -> dict[int, str]:
    """Number → URI of those organisations that recorded anything."""
    found: dict[int, str] = {}
    for part in chunks(sorted(names)):
        wanted = select(objects.c.id, objects.c.uri).where(objects.c.uri.in_(part))
        found.update((number, uri) for number, uri in connection.execute(wanted))
    return found


def _source(query: MarkQuery) -> Table:
    return deeds if query.mark in KINDS else marks


def _wanted(
    shown: Select[Any], source: Table, query: MarkQuery, names: Collection[int]
) -> Select[Any]:
    found = shown.where(source.c.owner.in_(list(names)))
    if source is marks:
        found = found.where(marks.c.mark == query.mark)
    else:
        found = found.where(deeds.c.kind.in_(KINDS[query.mark]))
    since, until = query.days
    if since is not None:
        found = found.where(source.c.day >= since)
    if until is not None:
        found = found.where(source.c.day <= until)
    if query.recorded is not None:
        begin, end = query.recorded
        found = found.where(source.c.idx >= begin)
        if end is not None:
            found = found.where(source.c.idx < end)
    if query.beyond is not None:
        spans = [
            and_(marks.c.day >= first, marks.c.day <= last, marks.c.days > days)
            for first, last, days in query.beyond
        ]
        found = found.where(or_(false(), *spans))
    if query.naming is not None:
        found = found.where(
            exists().where(
                deed_things.c.owner == source.c.owner, deed_things.c.thing == query.naming,
                deed_things.c.day == source.c.day, deed_things.c.idx == source.c.idx,
            )
        )  # fmt: skip
    return found

"""Accounts of inputs: sums of moves, added up by the database in the order in which they lie.

An organisation's own lines are sums over whole stretches of the primary key; those of each holder, over
stretches of the index by holder. What was counted is asked for by itself: counts are few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
)

from suyuan.adapters.sql.booked import amount_of
from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.lookup import Prepared, chunks
from suyuan.adapters.sql.marks import numbers_of
from suyuan.adapters.sql.tables import moves, objects, tallies
from suyuan.core.rules.moves import Back, Count, Sum, Totals
from suyuan.ports.watch import LineKey, StockQuery

_Key = tuple[int, str, str, str]
_SEEN = text("moves.col IN ('counted', 'empties')")
"""As the index moves_seen says it."""
_COLUMNS = ("bought", "used", "sold", "returned", "lost", "counted")
_PACK = Decimal(10) ** -6


class SqlStock:
    """ports.watch.StockStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def totals(self, query: StockQuery) -> Totals:
        sums: list[Sum] = []
        counts: list[Count] = []
        backs: list[Back] = []
        with self._connections.read() as connection:
            names = numbers_of(connection, query.organisations)
            for part in chunks(names):
                asked = _Asked(connection, query, {number: names[number] for number in part})
                for level in asked.levels():
                    found = asked.totals(level)
                    sums += found.sums
                    counts += found.counts
                backs += asked.backs()
        return Totals(tuple(sums), tuple(counts), tuple(backs))

    def behind(
        self, key: LineKey, *, until: str | None = None, limit: int, empties: bool = False
    ) -> list[int]:
        ours = key.holder == key.organisation
        with self._connections.read() as connection:
            given = {
                "organisation": key.organisation, "item": key.item, "unit": key.unit,
                "until": until or "9999", "most": limit, "holder": "" if ours else key.holder,
            }  # fmt: skip
            newest = set()
            for own in (1, 0) if key.by_member else (int(ours),):
                query = _HELD_BEHIND if key.by_member or not ours else _OWN_BEHIND
                for col in _COLUMNS:
                    newest.update(query.rows(connection, **given, own=own, col=col))
            if empties:
                of = {"item": key.item, "product": key.item.partition("/10/")[0]}
                newest.update(_EMPTIES_BEHIND.rows(connection, **{**given, **of}))
        return [index for _, index in sorted(newest, reverse=True)[:limit]]

    def inputs(self, organisation: str) -> list[str]:
        with self._connections.read() as connection:
            numbers = numbers_of(connection, [organisation])
            return list(connection.scalars(_inputs(numbers, None).order_by(tallies.c.name)))


@dataclass(frozen=True, slots=True)
class _Level:
    """Whose moves are one line: all of an organisation's own, each holder's, or each buyer's."""

    of: Literal["own", "holder", "buyer"]
    where: tuple[ColumnElement[bool], ...]

    def keys(self) -> tuple[ColumnElement[Any], ...]:
        """Columns of a line's key, in the order of the index that its moves are read in."""
        owner, item, unit, holder = moves.c.owner, moves.c.item, moves.c.unit, moves.c.holder
        if self.of == "own":
            return owner, item, unit
        if self.of == "buyer":
            # No column any more: else the index by holder is read from end to end for a few buyers.
            return owner, item, unit, func.coalesce(holder, "")
        return owner, holder, item, unit

    def shown(self) -> tuple[ColumnElement[Any], ...]:
        held = literal("") if self.of == "own" else moves.c.holder
        if self.of == "buyer":
            held = self.keys()[-1]
        return moves.c.owner, held, moves.c.item, moves.c.unit


@dataclass(slots=True)
class _Asked:
    """One question to some organisations, whose names these are by number."""

    connection: Connection
    query: StockQuery
    names: Mapping[int, str]

    def levels(self) -> list[_Level]:
        """Members' stock is the organisation's; buyers who are no members have lines of their own."""
        within = _not_within()
        if not self.query.by_member:
            return [
                _Level("own", (moves.c.own == 1, within)),
                _Level("buyer", (moves.c.own == 0, within)),
            ]
        where: list[ColumnElement[bool]] = []
        if self.query.holder is not None:
            ours = self.query.holder in self.query.organisations
            where.append(moves.c.holder == ("" if ours else self.query.holder))
        if self.query.limit is not None:
            where.append(self._page(_Level("holder", tuple(where)), self.query.limit))
        return [_Level("holder", tuple(where))]

    def _page(self, level: _Level, limit: int) -> ColumnElement[bool]:
        """From the first to the last of the lines that are wanted."""
        line = tuple_(moves.c.holder, moves.c.item, moves.c.unit)
        wanted = self._sums_of(select(moves.c.holder, moves.c.item, moves.c.unit), level).distinct()
        if self.query.after is not None:
            wanted = wanted.where(line > tuple_(*self.query.after))
        wanted = wanted.order_by(moves.c.holder, moves.c.item, moves.c.unit).limit(limit)
        rows = self.connection.execute(wanted).all()
        if not rows:
            return moves.c.owner == -1
        return and_(line >= tuple_(*rows[0]), line <= tuple_(*rows[-1]))

    def totals(self, level: _Level) -> Totals:
        amounts = func.sum(moves.c.whole), func.sum(moves.c.rest), func.sum(moves.c.packs)
        wanted = self._sums_of(
            select(*level.shown(), moves.c.col, func.min(moves.c.at), func.max(moves.c.put), *amounts),
            level,
        ).group_by(*level.keys(), moves.c.col)  # fmt: skip
        counts = self._counts(level)
        before = self._before(level) if counts else {}
        sums = [
            Sum(
                self.names[owner], holder, item, unit, col, amount_of(whole, rest), first, bool(put),
                None if packs is None else Decimal(int(packs)) * _PACK,
                before.get(((owner, holder, item, unit), col), Decimal(0)),
            )
            for owner, holder, item, unit, col, first, put, whole, rest, packs
            in self.connection.execute(wanted)
        ]  # fmt: skip
        return Totals(tuple(sums), tuple(counts))

    def _sums_of(self, wanted: Select[Any], level: _Level) -> Select[Any]:
        return self._held(wanted, level).where(
            moves.c.col.not_in(("counted", "empties", "nothing"))
        )

    def _held(self, wanted: Select[Any], level: _Level) -> Select[Any]:
        """Inputs alone: what was harvested and made into something is no input."""
        inputs = _inputs(self.names, self.query.until)
        if self.query.items is not None:
            inputs = inputs.where(tallies.c.name.in_(sorted(self.query.items)))
        return wanted.where(
            *self._of(), *level.where, moves.c.item.in_(inputs)
        )  # fmt: skip

    def _of(self) -> tuple[ColumnElement[bool], ...]:
        owner = moves.c.owner
        ours = owner.in_(list(self.names)) if len(self.names) > 1 else owner == next(iter(self.names))
        return ours, moves.c.wrong == 0, moves.c.day <= (self.query.until or "9999")

    def _counts(self, level: _Level) -> list[Count]:
        shown = (moves.c.at, moves.c.day, moves.c.whole, moves.c.rest)
        wanted = self._held(select(*level.shown(), *shown), level).where(
            _SEEN, moves.c.col == "counted"
        )
        return [
            Count(self.names[owner], holder, item, unit, at, date.fromisoformat(day),
                  amount_of(whole, rest))
            for owner, holder, item, unit, at, day, whole, rest in self.connection.execute(wanted)
        ]  # fmt: skip

    def _before(self, level: _Level) -> dict[tuple[_Key, str], Decimal]:
        """What was moved in each line and column before the line was counted last."""
        keys = [key.label(f"key{place}") for place, key in enumerate(level.keys())]
        last = (
            self._held(select(*keys, func.max(moves.c.at).label("at")), level)
            .where(_SEEN, moves.c.col == "counted")
            .group_by(*level.keys())
            .subquery("last")
        )
        same = [key == last.c[f"key{place}"] for place, key in enumerate(level.keys())]
        amounts = func.sum(moves.c.whole), func.sum(moves.c.rest)
        wanted = (
            select(*level.shown(), moves.c.col, *amounts)
            .join_from(last, moves, and_(*same))
            .where(*self._of(), *level.where, moves.c.at < last.c.at)
            .where(moves.c.col.not_in(("counted", "empties", "nothing")))
            .group_by(*level.keys(), moves.c.col)
        )
        return {
            ((owner, holder, item, unit), col): amount_of(whole, rest)
            for owner, holder, item, unit, col, whole, rest in self.connection.execute(wanted)
        }

    def backs(self) -> list[Back]:
        """Empties by what was in them and who brought them."""
        wanted = (
            select(moves.c.owner, moves.c.holder, moves.c.item, func.sum(moves.c.whole))
            .where(*self._of(), _SEEN, moves.c.col == "empties")
            .group_by(moves.c.owner, moves.c.holder, moves.c.item)
        )
        return [
            Back(self.names[owner], holder, item, Decimal(int(whole)) * _PACK)
            for owner, holder, item, whole in self.connection.execute(wanted)
        ]


def _inputs(numbers: Mapping[int, str], until: str | None) -> Select[Any]:
    """Ids of what was bought, counted or put to use by then, by a record that holds."""
    use = moves.alias("use")
    used = exists().where(
        use.c.owner == tallies.c.owner, use.c.own.in_((0, 1)), use.c.item == tallies.c.name,
        use.c.wrong == 0, use.c.day <= (until or "9999"),
        or_(use.c.put == 1, use.c.col.in_(("bought", "counted"))),
    )  # fmt: skip
    return select(tallies.c.name).where(
        tallies.c.owner.in_(list(numbers)), tallies.c.what == "input", used
    )


def _not_within() -> ColumnElement[bool]:
    """What is sold to somebody whose stock the organisation keeps is moved nowhere."""
    member = exists().where(
        tallies.c.owner == moves.c.owner, tallies.c.what == literal_column("'holder'"),
        tallies.c.name == moves.c.other,
    )
    return or_(moves.c.other == literal_column("''"), ~member)


def _behind(*where: ColumnElement[bool]) -> Select[Any]:
    """(day, index) of the newest records that moved something in one column of one line: a short walk
    from the end of the column's part of the primary key."""
    owner = (
        select(objects.c.id).where(objects.c.uri == bindparam("organisation")).scalar_subquery()
    )
    return (
        select(moves.c.day, moves.c.idx)
        .where(
            moves.c.owner == owner, moves.c.day <= bindparam("until"), moves.c.wrong == literal_column("0"), *where
        )
        .order_by(moves.c.day.desc(), moves.c.idx.desc())
        .limit(bindparam("most"))
    )  # fmt: skip


_LINE = (
    moves.c.own == bindparam("own"), moves.c.item == bindparam("item"),
    moves.c.unit == bindparam("unit"), moves.c.col == bindparam("col"),
)  # fmt: skip
_OWN_BEHIND = Prepared(_behind(*_LINE, _not_within()))
_HELD_BEHIND = Prepared(_behind(*_LINE, moves.c.holder == bindparam("holder")))
_EMPTIES_BEHIND = Prepared(
    _behind(_SEEN, moves.c.col == literal_column("'empties'"),
            moves.c.item.in_((bindparam("item"), bindparam("product"))))
)  # fmt: skip


__all__ = ["SqlStock"]

"""Accounts of inputs: sums of what deeds move.

An organisation's lines are made of the sums of whole months and of the moves of the month that a day is
in; those of each holder are summed over the index by holder, a page at a time. What was counted is asked
for by itself: counts are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)

from suyuan.adapters.sql.booked import SPOKEN, amount_of
from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.lookup import Prepared, chunks
from suyuan.adapters.sql.marks import numbers_of
from suyuan.adapters.sql.tables import month_sums, moves, objects, tallies
from suyuan.core.rules.moves import Back, Count, Sum, Totals
from suyuan.core.rules.spoken import Word
from suyuan.ports.watch import LineKey, LineName, StockQuery

_Key = tuple[int, str, str, str]
_SEEN: ColumnElement[bool] = and_(
    moves.c.col.in_((literal_column("'counted'"), literal_column("'empties'"))),
    moves.c.day >= literal_column("''"),
)
"""As the index moves_seen says it, to the letter; with a bound on days, which all fit: without
statistics SQLite would else rather read all that an organisation moved."""
_COLUMNS = ("bought", "used", "sold", "returned", "lost", "counted")
_PACK = Decimal(10) ** -6
_NO_LINE = ("counted", "empties", "nothing")
_HELD = moves.c.owner, moves.c.holder, moves.c.item, moves.c.unit
_AMOUNT = func.sum(moves.c.whole), func.sum(moves.c.rest)


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
                found = asked.each() if query.by_member else asked.whole()
                sums += found.sums
                counts += found.counts
                backs += found.backs
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
            newest: set[tuple[str, int]] = set()
            for own in (1, 0) if key.by_member else (int(ours),):
                query = _HELD_BEHIND if key.by_member or not ours else _OWN_BEHIND
                for col in _COLUMNS:
                    newest.update(query.rows(connection, **given, own=own, col=col))
            if empties:
                of = {"item": key.item, "product": key.item.partition("/10/")[0]}
                newest.update(_EMPTIES_BEHIND.rows(connection, **{**given, **of}))
        return [index for _, index in sorted(newest, reverse=True)[:limit]]

    def words(self, organisations: Sequence[str]) -> dict[LineName, Counter[Word]]:
        found: dict[LineName, Counter[Word]] = {}
        with self._connections.read() as connection:
            for part in chunks(names := numbers_of(connection, organisations)):
                wanted = select(tallies.c.owner, tallies.c.name, tallies.c.count).where(
                    tallies.c.owner.in_(part), tallies.c.what == SPOKEN
                )
                for owner, name, count in connection.execute(wanted):
                    item, unit, word = name.split("\n")
                    line = found.setdefault((names[owner], item, unit), Counter())
                    line[Word.decode(word)] += count
        return found

    def inputs(self, organisation: str) -> list[str]:
        with self._connections.read() as connection:
            numbers = numbers_of(connection, [organisation])
            return list(connection.scalars(_inputs(numbers, None).order_by(tallies.c.name)))


@dataclass(slots=True)
class _Asked:
    """One question to some organisations, whose names these are by number."""

    connection: Connection
    query: StockQuery
    names: Mapping[int, str]

    @property
    def until(self) -> str:
        return self.query.until or "9999"

    def _of(self) -> tuple[ColumnElement[bool], ...]:
        owner = moves.c.owner
        ours = (
            owner.in_(list(self.names)) if len(self.names) > 1 else owner == next(iter(self.names))
        )
        return ours, moves.c.wrong == 0, _by(moves, self.query.until)

    def _inputs(self) -> Select[Any]:
        """Inputs alone are told: what was harvested and made into something is none."""
        found = _inputs(self.names, self.query.until)
        if self.query.items is not None:
            found = found.where(tallies.c.name.in_(sorted(self.query.items)))
        return found

    def counts(self, *, each: bool, where: Sequence[ColumnElement[bool]] = ()) -> list[Count]:
        held = moves.c.holder if each else literal("")
        wanted = select(
            moves.c.owner, held, moves.c.item, moves.c.unit, moves.c.at, moves.c.day, moves.c.whole,
            moves.c.rest,
        ).where(*self._of(), *where, _SEEN, moves.c.col == "counted",
                moves.c.item.in_(self._inputs()))  # fmt: skip
        return [
            Count(self.names[owner], holder, item, unit, at, date.fromisoformat(day),
                  amount_of(whole, rest))
            for owner, holder, item, unit, at, day, whole, rest in self.connection.execute(wanted)
        ]  # fmt: skip

    def backs(self) -> list[Back]:
        """Empties by what was in them and who brought them. Added up here: a GROUP BY would have SQLite
        read the whole index by holder for a few rows."""
        wanted = select(moves.c.owner, moves.c.holder, moves.c.item, moves.c.whole).where(
            *self._of(), _SEEN, moves.c.col == literal_column("'empties'")
        )
        found: dict[tuple[int, str, str], int] = {}
        for owner, holder, item, whole in self.connection.execute(wanted):
            found[owner, holder, item] = found.get((owner, holder, item), 0) + whole
        return [
            Back(self.names[owner], holder, item, whole * _PACK)
            for (owner, holder, item), whole in sorted(found.items())
        ]

    # -- an organisation and its members together ---------------------------------------------------

    def whole(self) -> Totals:
        """Members' stock is the organisation's; buyers who are no members have lines of their own."""
        counts = self.counts(each=False)
        last: dict[_Key, Count] = {}
        numbers = {name: number for number, name in self.names.items()}
        for one in sorted(counts, key=lambda count: count.at):
            last[numbers[one.organisation], one.holder, one.item, one.unit] = one
        found: dict[tuple[_Key, str], _Parts] = {}
        before: dict[tuple[_Key, str], _Parts] = {}
        for key, col, month, part, amount in self._months():
            add(found, (key, col), part, amount)
            if key in last and month < last[key].day.isoformat()[:7]:
                add(before, (key, col), part, amount)
        for key, col, part, amount in self._begun():
            add(found, (key, col), part, amount)
        sums = []
        for (key, col), parts in found.items():
            if not parts.get("n"):
                continue
            then = before.get((key, col), {})
            if key in last:
                whole, rest = self._since(key, col, last[key])
                then = {"whole": then.get("whole", 0) + whole, "rest": then.get("rest", 0) + rest}
            first = self._first(key, col) if key in last or "packs" in parts else ""
            packs = Decimal(parts["packs"]) * _PACK if "packs" in parts else None
            sums.append(
                Sum(
                    self.names[key[0]], key[1], key[2], key[3], col,  # type: ignore[arg-type]
                    amount_of(parts.get("whole"), parts.get("rest")), first, bool(parts.get("put")),
                    packs, amount_of(then.get("whole"), then.get("rest")),
                )
            )  # fmt: skip
        return Totals(tuple(sums), tuple(counts), tuple(self.backs()))

    def _months(self) -> Iterator[tuple[_Key, str, str, str, int]]:
        """Sums of whole months: of all, or of those before the one that the day is in."""
        own = month_sums.c
        wanted = select(
            own.owner, own.own, own.item, own.unit, own.col, own.other, own.month, own.part, own.amount
        ).where(own.owner.in_(list(self.names)), own.item.in_(self._inputs()),
                _not_within(month_sums))  # fmt: skip
        if self.query.until is not None:
            wanted = wanted.where(own.month < self.until[:7])
        for owner, ours, item, unit, col, other, month, part, amount in self.connection.execute(
            wanted
        ):
            yield (owner, "" if ours else other, item, unit), col, month, part, amount

    def _begun(self) -> Iterator[tuple[_Key, str, str, int]]:
        """What was moved in the month of the day, up to it."""
        if self.query.until is None:
            return
        keys = moves.c.owner, moves.c.own, moves.c.item, moves.c.unit, moves.c.col, moves.c.other
        parts = {
            "n": func.count(), "whole": func.sum(moves.c.whole), "rest": func.sum(moves.c.rest),
            "packs": func.sum(moves.c.packs), "put": func.sum(moves.c.put),
        }  # fmt: skip
        wanted = (
            select(*keys, *parts.values())
            .where(
                *self._of(), moves.c.day <= self.until, moves.c.day >= self.until[:7],
                moves.c.item.in_(self._inputs()),
                moves.c.col.not_in(_NO_LINE), _not_within(moves),
            )
            .group_by(*keys)
        )  # fmt: skip
        for owner, ours, item, unit, col, other, *amounts in self.connection.execute(wanted):
            for part, amount in zip(parts, amounts, strict=True):
                if amount is not None:
                    yield (owner, "" if ours else other, item, unit), col, part, int(amount)

    def _since(self, key: _Key, col: str, count: Count) -> tuple[int, int]:
        """What was moved in the month of a count before it was counted."""
        given = self._given(key, col) | {"since": count.day.isoformat()[:7], "at": count.at}
        # Days are of the records' own time zones, ``at`` is UTC: two days on, nothing was before it.
        given["until"] = min(self.until, (count.day + timedelta(days=2)).isoformat())
        ((whole, rest),) = _IN_MONTH.rows(self.connection, **given)
        return int(whole or 0), int(rest or 0)

    def _first(self, key: _Key, col: str) -> str:
        rows = _FIRST.rows(self.connection, **self._given(key, col))
        return str(rows[0][0]) if rows else ""

    def _given(self, key: _Key, col: str) -> dict[str, object]:
        owner, holder, item, unit = key
        return {
            "owner": owner, "own": int(not holder), "holder": holder, "item": item, "unit": unit,
            "col": col, "until": self.until,
        }  # fmt: skip

    # -- each holder by itself -----------------------------------------------------------------------

    def each(self) -> Totals:
        """Sums over the index by holder: of one, or of a page of them."""
        where: list[ColumnElement[bool]] = []
        if self.query.holder is not None:
            ours = self.query.holder in self.query.organisations
            where.append(moves.c.holder == ("" if ours else self.query.holder))
        if self.query.limit is not None:
            where.append(self._page(where, self.query.limit))
        counts = self.counts(each=True, where=where)
        before = self._before(counts)
        wanted = self._held(
            select(*_HELD, moves.c.col, func.min(moves.c.at), func.max(moves.c.put), *_AMOUNT,
                   func.sum(moves.c.packs)),
            where,
        ).group_by(*_HELD, moves.c.col)  # fmt: skip
        sums = [
            Sum(
                self.names[owner], holder, item, unit, col, amount_of(whole, rest), first, bool(put),
                None if packs is None else Decimal(int(packs)) * _PACK,
                before.get(((owner, holder, item, unit), col), Decimal(0)),
            )
            for owner, holder, item, unit, col, first, put, whole, rest, packs
            in self.connection.execute(wanted)
        ]  # fmt: skip
        return Totals(tuple(sums), tuple(counts), tuple(self.backs()))

    def _held(
        self,
        wanted: Select[Any],
        where: Sequence[ColumnElement[bool]],
        without: tuple[str, ...] = _NO_LINE,
    ) -> Select[Any]:
        return wanted.where(
            *self._of(), *where, moves.c.item.in_(self._inputs()), moves.c.col.not_in(without)
        )

    def _page(self, where: Sequence[ColumnElement[bool]], limit: int) -> ColumnElement[bool]:
        """From the first to the last of the lines that are wanted."""
        line = tuple_(*_HELD[1:])
        wanted = self._held(select(*_HELD[1:]), where, ("empties", "nothing")).distinct()
        if self.query.after is not None:
            wanted = wanted.where(line > tuple_(*self.query.after))
        rows = self.connection.execute(wanted.order_by(*_HELD[1:]).limit(limit)).all()
        if not rows:
            return moves.c.owner == -1
        return and_(line >= tuple_(*rows[0]), line <= tuple_(*rows[-1]))

    def _before(self, counts: Sequence[Count]) -> dict[tuple[_Key, str], Decimal]:
        """What was moved in each line and column before the line was counted last."""
        numbers = {name: number for number, name in self.names.items()}
        last = {
            (numbers[one.organisation], one.holder, one.item, one.unit): one.at
            for one in sorted(counts, key=lambda count: count.at)
        }
        found: dict[tuple[_Key, str], Decimal] = {}
        for key, at in last.items():
            given = self._given(key, "") | {"at": at}
            for col, whole, rest in _HELD_BEFORE.rows(self.connection, **given):
                found[key, col] = amount_of(whole, rest)
        return found


_Parts = dict[str, int]


def add(to: dict[tuple[_Key, str], _Parts], key: tuple[_Key, str], part: str, amount: int) -> None:
    parts = to.setdefault(key, {})
    parts[part] = parts.get(part, 0) + amount


def _inputs(numbers: Mapping[int, str], until: str | None) -> Select[Any]:
    """Ids of what was bought, counted or put to use by then, by a record that holds."""
    use = moves.alias("use")
    used = exists().where(
        use.c.owner == tallies.c.owner, use.c.own.in_((0, 1)), use.c.item == tallies.c.name,
        use.c.wrong == 0, _by(use, until),
        or_(use.c.put == 1, use.c.col.in_(("bought", "counted"))),
    )  # fmt: skip
    return select(tallies.c.name).where(
        tallies.c.owner.in_(list(numbers)), tallies.c.what == "input", used
    )


def _by(of: FromClause, until: str | None) -> ColumnElement[bool]:
    """Done by the end of a day. No bare column: without statistics SQLite would rather read all days of
    an organisation than look a line up."""
    return true() if until is None else func.coalesce(of.c.day, "") <= until


def _not_within(of: FromClause) -> ColumnElement[bool]:
    """What is sold to somebody whose stock the organisation keeps is moved nowhere."""
    member = exists().where(
        tallies.c.owner == of.c.owner, tallies.c.what == literal_column("'holder'"),
        tallies.c.name == of.c.other,
    )  # fmt: skip
    return or_(of.c.other == literal_column("''"), ~member)


def _behind(*where: ColumnElement[bool]) -> Select[Any]:
    """(day, index) of the newest records that moved something in one column of one line: a short walk
    from the end of the column's part of the primary key."""
    owner = select(objects.c.id).where(objects.c.uri == bindparam("organisation")).scalar_subquery()
    return (
        select(moves.c.day, moves.c.idx)
        .where(
            moves.c.owner == owner, moves.c.day <= bindparam("until"),
            moves.c.wrong == literal_column("0"), *where,
        )
        .order_by(moves.c.day.desc(), moves.c.idx.desc())
        .limit(bindparam("most"))
    )  # fmt: skip


_LINE = (
    moves.c.own == bindparam("own"), moves.c.item == bindparam("item"),
    moves.c.unit == bindparam("unit"), moves.c.col == bindparam("col"),
)  # fmt: skip
_OWN_BEHIND = Prepared(_behind(*_LINE, _not_within(moves)))
_HELD_BEHIND = Prepared(_behind(*_LINE, moves.c.holder == bindparam("holder")))
_EMPTIES_BEHIND = Prepared(
    _behind(_SEEN, moves.c.col == literal_column("'empties'"),
            moves.c.item.in_((bindparam("item"), bindparam("product"))))
)  # fmt: skip

_WHOLE_LINE = (
    moves.c.owner == bindparam("owner"), *_LINE, moves.c.wrong == literal_column("0"),
    moves.c.day <= bindparam("until"), _not_within(moves),
    or_(moves.c.own == literal_column("1"), moves.c.holder == bindparam("holder")),
)  # fmt: skip
_FIRST = Prepared(select(moves.c.at).where(*_WHOLE_LINE).order_by(moves.c.day, moves.c.at).limit(1))
_IN_MONTH = Prepared(
    select(*_AMOUNT).where(
        *_WHOLE_LINE, moves.c.day >= bindparam("since"), moves.c.at < bindparam("at")
    )
)

_HELD_BEFORE = Prepared(
    select(moves.c.col, *_AMOUNT)
    .where(
        moves.c.owner == bindparam("owner"), moves.c.holder == bindparam("holder"),
        moves.c.item == bindparam("item"), moves.c.unit == bindparam("unit"),
        moves.c.wrong == literal_column("0"), moves.c.at < bindparam("at"),
        func.coalesce(moves.c.day, literal_column("''")) <= bindparam("until"),
    )
    .group_by(moves.c.col)
)  # fmt: skip


__all__ = ["SqlStock"]

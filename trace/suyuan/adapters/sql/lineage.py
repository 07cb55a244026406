"""The lineage's lines: looked up by thing, by step, and by what is named beside the thing."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import Lookup, Prepared, Together, chunks
from suyuan.adapters.sql.marks import numbers_of
from suyuan.adapters.sql.rows import number_all
from suyuan.adapters.sql.tables import (
    deed_things,
    deeds,
    erasures,
    events,
    flows,
    objects,
    records,
    serials,
    touches,
    wrongs,
)
from suyuan.core.lineage.cycles import Arrow
from suyuan.core.lineage.flows import Flows, Way
from suyuan.core.lineage.steps import Side
from suyuan.ports.lineage import Facts, Line, Named

_LOTS = ("/10/", "/lot/")
"""Before a lot's number in its id."""
_holds = ~exists().where(wrongs.c.idx == flows.c.idx)


_way = flows.c.way == bindparam("way", type_=flows.c.way.type)
_ANY = select(
    flows.c.thing, flows.c.way, flows.c.idx, flows.c.place, flows.c.joint, flows.c.other,
    flows.c.amount, flows.c.unit, flows.c.trade,
)  # fmt: skip
_PACK = select(
    flows.c.thing, literal_column(str(int(Way.PACK_OF))), flows.c.idx, flows.c.place, null(),
    flows.c.lot, null(), null(), flows.c.trade,
).where(flows.c.lot.is_not(None), _holds)  # fmt: skip
_PACKS_BY = {
    "thing": Lookup(_PACK, flows.c.thing),
    "other": Lookup(_PACK, flows.c.lot),
    "idx": Lookup(_PACK, flows.c.idx),
}
"""Packs of lots, which stand on other lines of the packs (core.lineage.flows.with_lots)."""


@cache
def _of_ways(by: str, *ways: int) -> Lookup:
    """Lines of these ways by a column. The ways stand in the text: they are few, and each walks its
    part of the index."""
    known: ColumnElement[int] = literal_column(", ".join(str(int(way)) for way in ways))
    return Lookup(_ANY.where(flows.c.way.in_([known]), _holds), flows.c[by])


_ON: Mapping[Side, Together] = {
    "down": Together(_of_ways("thing", Way.USED, Way.PUT), _PACKS_BY["other"]),
    "up": Together(_of_ways("thing", Way.MADE), _PACKS_BY["thing"], _of_ways("other", Way.PUT)),
}
"""Where a walk goes on from things, each part by its own index."""
_ENDS = {
    name: Lookup(
        select(flows.c.thing, flows.c.joint, flows.c.other).where(_way, _holds), flows.c[name]
    )
    for name in ("thing", "joint")
}
"""The same without amounts: what a walk needs."""
_since = bindparam("since", type_=flows.c.idx.type)
_SINCE = Prepared(
    select(flows.c.thing, flows.c.way, flows.c.joint, flows.c.other).where(
        flows.c.idx >= _since,
        flows.c.way.in_([literal_column(str(int(way))) for way in (Way.USED, Way.MADE, Way.PUT)]),
    )
)
_UNDONE = Prepared(select(wrongs.c.idx).where(wrongs.c.declaration >= _since).limit(1))
_GONE = Prepared(
    select(records.c.idx)
    .where(records.c.idx >= _since, records.c.kind == literal_column("'erasure'"))
    .limit(1)
)
_NUMBERS = Lookup(select(objects.c.uri, objects.c.id), objects.c.uri)
_NAMES = Lookup(select(objects.c.id, objects.c.uri), objects.c.id)
_FACTS = Lookup(
    select(events.c.idx, events.c.owner, events.c.parties, events.c.event_time, events.c.biz_step),
    events.c.idx,
)
_ERASED = Lookup(
    select(touches.c.object, touches.c.idx).join_from(
        touches, erasures, erasures.c.record == touches.c.idx
    ),
    touches.c.object,
)
_ITSELF = Lookup(select(flows.c.thing, flows.c.idx), flows.c.thing)
_EXTENDED = Lookup(
    select(touches.c.object, touches.c.idx).where(touches.c.extends == literal_column("1")),
    touches.c.object,
)
"""Of what an event does to a lot itself there is a line, or the lot is extended (core/touches.py)."""
_PACKS = Lookup(select(serials.c.lot, func.count()).group_by(serials.c.lot), serials.c.lot)


def arrows(
    connection: Connection, things: Collection[str], seasons: Collection[str]
) -> list[Arrow]:
    """ports.log.Sequencer.arrows: the closure, level by level."""
    numbers = dict(_NUMBERS.rows(connection, {*things, *seasons}))
    found: list[tuple[int, int | None, int, bool]] = []
    """(thing, joint, other, whether the thing goes in)"""
    seen = {numbers[name] for name in things if name in numbers}
    joints = {-numbers[name] for name in seasons if name in numbers}
    waiting, steps = set(seen), set(joints)
    while waiting or steps:
        for thing, joint, _ in _ENDS["thing"].rows(connection, waiting, way=int(Way.USED)):
            found.append((thing, joint, 0, True))
            if joint not in joints:
                joints.add(joint)
                steps.add(joint)
        met = set()
        for thing, _, other in _ENDS["thing"].rows(connection, waiting, way=int(Way.PUT)):
            found.append((thing, None, other, True))
            met.add(other)
        for thing, joint, _ in _ENDS["joint"].rows(connection, steps, way=int(Way.MADE)):
            found.append((thing, joint, 0, False))
            met.add(thing)
        met.discard(0)
        waiting, steps = met - seen, set()
        seen |= waiting
    return _named(connection, found)


def arrows_since(connection: Connection, size: int) -> list[Arrow] | None:
    """ports.log.Sequencer.arrows_since."""
    if _UNDONE.rows(connection, since=size) or _GONE.rows(connection, since=size):
        return None
    return _named(
        connection,
        [
            (thing, None if way == Way.PUT else joint, other or 0, way != Way.MADE)
            for thing, way, joint, other in _SINCE.rows(connection, since=size)
        ],
    )


def _named(
    connection: Connection, found: Sequence[tuple[int, int | None, int, bool]]
) -> list[Arrow]:
    used = {number for thing, joint, other, _ in found
            for number in (thing, other, -joint if joint is not None and joint < 0 else 0)}  # fmt: skip
    names = dict(_NAMES.rows(connection, used - {0}))
    made = []
    for thing, joint, other, goes_in in found:
        if thing == 0:
            continue
        if joint is None:
            made.append(Arrow(names[thing], names[other]))
            continue
        node = f"<{names[-joint] if joint < 0 else joint}>"
        made.append(Arrow(names[thing], node) if goes_in else Arrow(node, names[thing]))
    return made


class SqlLineage:
    """ports.lineage.LineageStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def numbers(self, things: Collection[str]) -> dict[str, int]:
        with self._connections.read() as connection:
            return dict(_NUMBERS.rows(connection, things))

    def names(self, numbers: Collection[int]) -> dict[int, str]:
        with self._connections.read() as connection:
            return dict(_NAMES.rows(connection, numbers))

    def of_things(self, things: Collection[int], ways: Sequence[int]) -> list[Line]:
        return self._lines("thing", things, ways)

    def of_joints(self, joints: Collection[int], ways: Sequence[int]) -> list[Line]:
        return self._lines("joint", joints, ways)

    def of_others(self, others: Collection[int], ways: Sequence[int]) -> list[Line]:
        return self._lines("other", others, ways)

    def of_records(self, indices: Collection[int], ways: Sequence[int]) -> list[Line]:
        return self._lines("idx", indices, ways)

    def on(self, things: Collection[int], side: Side) -> list[Line]:
        with self._connections.read() as connection:
            return [Line._make(row) for row in _ON[side].rows(connection, things)]

    def _lines(self, by: str, values: Collection[int], ways: Sequence[int]) -> list[Line]:
        own = [way for way in ways if way != Way.PACK_OF]
        asked = [_of_ways(by, *own)] if own else []
        asked += [_PACKS_BY[by]] if len(own) < len(ways) else []
        with self._connections.read() as connection:
            found = [Line._make(row) for one in asked for row in one.rows(connection, values)]
        return sorted(found, key=lambda line: ways.index(line.way))

    def add(self, rows: Collection[tuple[int, Flows]]) -> None:
        lines = [(index, found.trade, line) for index, found in rows for line in found.lines]
        names = {one for _, _, line in lines for one in (line.thing, line.other) if one is not None}
        with self._connections.write("log") as connection:
            numbers = number_all(connection, names)
            insert_rows(
                connection,
                flows,
                [
                    (numbers[line.thing], int(line.way), index, line.place, None,
                     None if line.other is None else numbers[line.other], None,
                     line.amount, line.unit, int(trade))
                    for index, trade, line in lines
                ],
                there="skip",
            )  # fmt: skip

    def of_itself(self, lots: Collection[str]) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {lot: set() for lot in lots}
        with self._connections.read() as connection:
            names = {number: uri for uri, number in _NUMBERS.rows(connection, lots)}
            for lookup in (_ITSELF, _EXTENDED):
                for number, index in lookup.rows(connection, names):
                    found[names[number]].add(index)
        return found

    def facts(self, indices: Collection[int]) -> dict[int, Facts]:
        with self._connections.read() as connection:
            return {
                index: Facts(owner, _parties(parties), time, step)
                for index, owner, parties, time, step in _FACTS.rows(connection, indices)
            }

    def erased(self, things: Collection[int]) -> list[tuple[int, int]]:
        with self._connections.read() as connection:
            return [(thing, index) for thing, index in _ERASED.rows(connection, things)]

    def packs(self, lots: Collection[str]) -> dict[str, int]:
        with self._connections.read() as connection:
            return dict(_PACKS.rows(connection, lots))

    def lots(
        self,
        organisations: Collection[str],
        *,
        text: str = "",
        number: str = "",
        products: Collection[str] = (),
        after: tuple[str, str] | None = None,
        limit: int = 50,
    ) -> list[Named]:
        with self._connections.read() as connection:
            owners = list(numbers_of(connection, organisations))
            if not owners:
                return []
            rows = connection.execute(self._finding(owners, text, number, products, after, limit))
            return [Named(thing, day, count) for thing, day, count in rows]

    def _finding(
        self,
        owners: Collection[int],
        text: str,
        number: str,
        products: Collection[str],
        after: tuple[str, str] | None,
        limit: int,
    ) -> Select[Any]:
        place = func.instr if self._connections.sqlite else func.strpos
        thing, day = deed_things.c.thing, func.max(deed_things.c.day)
        found = select(thing, day, func.count()).where(
            deed_things.c.owner.in_(owners),
            or_(place(thing, "/10/") > 0, place(thing, "/lot/") > 0),
        )
        if text or products:
            asked = [place(func.lower(thing), text.lower()) > 0] if text else []
            asked += [
                thing.startswith(f"{product}{lot}") for product in sorted(products) for lot in _LOTS
            ]
            found = found.where(or_(*asked))
        if number:
            whole = [thing.endswith(f"{lot}{quote(number)}", autoescape=True) for lot in _LOTS]
            found = found.where(or_(*whole))
        found = found.group_by(thing)
        if after is not None:
            found = found.having(or_(day < after[0], and_(day == after[0], thing > after[1])))
        return found.order_by(day.desc(), thing).limit(limit)

    def named(
        self, organisations: Collection[str], things: Collection[str], days: tuple[str, str]
    ) -> list[int]:
        with self._connections.read() as connection:
            owners = list(numbers_of(connection, organisations))
            if not owners:
                return []
            found: set[int] = set()
            table = deed_things if things else deeds
            wanted = select(table.c.idx).where(
                table.c.owner.in_(owners), table.c.day >= days[0], table.c.day <= days[1]
            )
            for part in chunks(sorted(things)) if things else [[]]:
                asked = wanted.where(deed_things.c.thing.in_(part)) if things else wanted
                found.update(connection.scalars(asked))
            return sorted(found)


def _parties(text: str) -> tuple[int, ...]:
    return tuple(json.loads(text)) if text != "[]" else ()

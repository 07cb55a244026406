"""What became of codes: the index of acts on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.issued import issues_of
from suyuan.adapters.sql.lookup import Prepared, chunks
from suyuan.adapters.sql.tables import code_acts, events, objects, serials
from suyuan.core.brand.codes import ISSUES, Issue, State
from suyuan.core.brand.ranges import NONE, ranges
from suyuan.ports.codes import Found

_own = code_acts.c
_ONE = Prepared(
    select(
        serials.c.record, serials.c.position, objects.c.uri, _own.act, _own.first, _own.last,
        _own.authorisation, _own.idx,
    )
    .select_from(serials)
    .join(code_acts, _own.target == serials.c.record)
    .join(objects, objects.c.id == _own.owner)
    .where(
        serials.c.lot == bindparam("lot"),
        serials.c.serial == bindparam("serial"),
        or_(
            # Prepared once: a list of values would be another text each time.
            _own.act == "ahead",
            _own.act == "packed",
            (_own.first <= serials.c.position) & (_own.last >= serials.c.position),
        ),
    )
)  # fmt: skip
_NEWEST = Prepared(select(func.max(_own.idx)).where(_own.act == "right"))


class SqlCodes:
    """ports.codes.CodeStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def issues(
        self,
        *,
        records: Collection[int] | None = None,
        lots: Collection[str] | None = None,
        authorisations: Collection[str] | None = None,
        owner: str | None = None,
        product: str | None = None,
        limit: int | None = None,
    ) -> list[Issue]:
        wanted = (
            select(_own.target, _own.last, _own.lot, objects.c.uri, _own.authorisation, _own.act,
                   events.c.event_time)
            .join(objects, objects.c.id == _own.owner)
            .outerjoin(events, events.c.idx == _own.target)
            .where(_own.act.in_(ISSUES))
        )  # fmt: skip
        for column, values in (
            (_own.target, records), (_own.lot, lots), (_own.authorisation, authorisations),
        ):  # fmt: skip
            if values is not None:
                wanted = wanted.where(column.in_(list(values)))
        if owner is not None:
            wanted = wanted.where(objects.c.uri == owner)
        if product is not None:
            wanted = wanted.where(_own.lot.startswith(f"{product}/10/", autoescape=True))
        found: dict[int, Issue] = {}
        with self._connections.read() as connection:
            for row in connection.execute(wanted.order_by(_own.idx.desc()).limit(limit)):
                target, last, lot, uri, under, act, time = row
                whole = ((0, last),) if act == "packed" else NONE
                found[target] = Issue(target, last + 1, lot, uri, under, time or "", whole)
            for part in chunks(sorted(found)):
                acts = (
                    select(_own.target, _own.act, _own.first, _own.last)
                    .where(_own.target.in_(part), _own.act.not_in(ISSUES))
                    .order_by(_own.idx, _own.place)
                )
                by: dict[tuple[int, str], list[tuple[int, int]]] = {}
                for target, act, first, last in connection.execute(acts):
                    by.setdefault((target, act), []).append((first, last))
                for (target, act), given in by.items():
                    found[target] = found[target].after(act, ranges(given))
        return [replace(one) for one in found.values()]

    def found(self, lot: str, serial: str) -> Found | None:
        with self._connections.read() as connection:
            rows: Any = _ONE.rows(connection, lot=lot, serial=serial)
        if not rows:
            return None
        acts = {row[3] for row in rows}
        issue = next(row for row in rows if row[3] in ISSUES)
        state: State = "active" if acts & {"packed", "activate"} else "issued"
        if "return" in acts:
            state = "returned"
        if "void" in acts:
            state = "voided"
        return Found(issue[0], issue[1], issue[2], state, issue[6])

    def named(self, packs: Collection[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        with self._connections.read() as connection:
            return issues_of(connection, packs)

    def rights(
        self, *, brand: str | None = None, authorisations: Collection[str] | None = None
    ) -> list[int]:
        wanted = select(_own.idx).where(_own.act == "right")
        if brand is not None:
            wanted = wanted.where(_own.lot == brand)
        if authorisations is not None:
            wanted = wanted.where(_own.authorisation.in_(list(authorisations)))
        with self._connections.read() as connection:
            return list(connection.scalars(wanted.order_by(_own.idx)))

    def newest_right(self) -> int:
        with self._connections.read() as connection:
            rows: Any = _NEWEST.rows(connection)
        return -1 if rows[0][0] is None else int(rows[0][0])

    def places(self, record: int, wanted: Collection[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        with self._connections.read() as connection:
            for part in chunks(sorted(set(wanted))):
                query = select(serials.c.serial, serials.c.position).where(
                    serials.c.record == record, serials.c.serial.in_(part)
                )
                found.update((serial, place) for serial, place in connection.execute(query))
        return found

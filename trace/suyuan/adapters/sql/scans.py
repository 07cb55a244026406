"""Readings of codes, added up, and the cases that they raise."""

from __future__ import annotations

import builtins
import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.lookup import Prepared
from suyuan.adapters.sql.tables import scan_cases, scan_days, scans
from suyuan.ports.codes import Day, Reading, ScanCase, Seen

_SEEN = Prepared(
    select(scans.c.first_at, scans.c.last_at, scans.c.seen, scans.c.lot, scans.c.owner).where(
        scans.c.code == bindparam("code")
    )
)


class SqlScans:
    """ports.codes.ScanStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, readings: Sequence[Reading]) -> None:
        if not readings:
            return
        # In one order everywhere, so that two services never wait for each other in a circle.
        given = sorted(readings)
        whole: dict[str, Reading] = {}
        for one in given:
            was = whole.get(one.code)
            whole[one.code] = one if was is None else one._replace(
                seen=was.seen + one.seen, first_at=min(was.first_at, one.first_at),
                last_at=max(was.last_at, one.last_at),
            )  # fmt: skip
        insert: Any = sqlite.insert if self._connections.sqlite else postgresql.insert
        least, most = (
            (func.min, func.max) if self._connections.sqlite else (func.least, func.greatest)
        )
        all_ = insert(scans)
        all_ = all_.on_conflict_do_update(
            index_elements=[scans.c.code],
            set_={
                "seen": scans.c.seen + all_.excluded.seen,
                "first_at": least(scans.c.first_at, all_.excluded.first_at),
                "last_at": most(scans.c.last_at, all_.excluded.last_at),
            },
        )
        by_day = insert(scan_days)
        by_day = by_day.on_conflict_do_update(
            index_elements=[scan_days.c.code, scan_days.c.day, scan_days.c.county],
            set_={
                "seen": scan_days.c.seen + by_day.excluded.seen,
                "first_hour": least(scan_days.c.first_hour, by_day.excluded.first_hour),
                "last_hour": most(scan_days.c.last_hour, by_day.excluded.last_hour),
            },
        )
        with self._connections.write() as connection:
            connection.execute(
                all_,
                [
                    {"code": o.code, "lot": o.lot, "owner": o.owner, "first_at": o.first_at,
                     "last_at": o.last_at, "seen": o.seen}
                    for o in whole.values()
                ],
            )  # fmt: skip
            connection.execute(
                by_day,
                [
                    {"code": o.code, "day": o.day, "county": o.county, "seen": o.seen,
                     "first_hour": o.first_at[:13], "last_hour": o.last_at[:13]}
                    for o in given
                ],
            )  # fmt: skip

    def seen(self, code: str) -> Seen | None:
        with self._connections.read() as connection:
            rows: Any = _SEEN.rows(connection, code=code)
        return Seen(*rows[0]) if rows else None

    def days(self, code: str, *, limit: int = 400) -> builtins.list[Day]:
        own = scan_days.c
        wanted = select(own.day, own.county, own.seen, own.first_hour, own.last_hour).where(
            own.code == code, own.seen > 0
        )
        with self._connections.read() as connection:
            rows = connection.execute(wanted.order_by(own.day.desc(), own.county).limit(limit))
            return [Day(*row) for row in rows]

    def raise_case(self, new: ScanCase) -> bool:
        own = scan_cases
        # Read and written under one lock: two services that find the same raise one case.
        with self._connections.write("scan cases") as connection:
            row = connection.execute(select(own).where(own.c.code == new.code)).first()
            if row is None:
                connection.execute(own.insert().values(**_row(new)))
                return True
            known = _case(row)
            more = [reason for reason in new.reasons if reason not in known.reasons]
            values: dict[str, Any] = {"newest_at": max(known.newest_at, new.newest_at)}
            if more:
                values |= {
                    "reasons": json.dumps([*known.reasons, *more]), "state": "open", "closed_at": None,
                }  # fmt: skip
            if known.state == "open" or more:
                connection.execute(update(own).where(own.c.code == new.code).values(**values))
            return bool(more)

    def case(self, case_id: str) -> ScanCase | None:
        return self._one(select(scan_cases).where(scan_cases.c.id == case_id))

    def case_of(self, code: str) -> ScanCase | None:
        return self._one(select(scan_cases).where(scan_cases.c.code == code))

    def cases(
        self, owners: Collection[str], *, state: str | None = None, limit: int = 50, skip: int = 0
    ) -> builtins.list[ScanCase]:
        own = scan_cases.c
        wanted = _of(select(scan_cases), owners, state)
        # Open ones first.
        wanted = wanted.order_by(
            case((own.state == "open", 0), else_=1), own.opened_at.desc(), own.code
        )
        with self._connections.read() as connection:
            return [_case(row) for row in connection.execute(wanted.limit(limit).offset(skip))]

    def count_cases(self, owners: Collection[str], *, state: str | None = None) -> int:
        wanted = _of(select(func.count()).select_from(scan_cases), owners, state)
        with self._connections.read() as connection:
            return connection.scalar(wanted) or 0

    def close_case(self, case_id: str, *, person: str, note: str, at: str) -> bool:
        own = scan_cases
        done = (
            update(own)
            .where(own.c.id == case_id, own.c.state == "open")
            .values(state="closed", person=person, note=note, closed_at=at)
        )
        with self._connections.write() as connection:
            return connection.execute(done).rowcount == 1

    def _one(self, query: Select[Any]) -> ScanCase | None:
        with self._connections.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _case(row)


def _of(query: Select[Any], owners: Collection[str], state: str | None) -> Select[Any]:
    query = query.where(scan_cases.c.owner.in_(list(owners)))
    return query if state is None else query.where(scan_cases.c.state == state)


def _case(row: Any) -> ScanCase:
    return ScanCase(**{**row._mapping, "reasons": tuple(json.loads(row.reasons))})


def _row(one: ScanCase) -> dict[str, Any]:
    return {
        "id": one.id, "code": one.code, "lot": one.lot, "owner": one.owner,
        "reasons": json.dumps(list(one.reasons)), "opened_at": one.opened_at,
        "newest_at": one.newest_at, "state": one.state, "person": one.person, "note": one.note,
        "closed_at": one.closed_at,
    }  # fmt: skip

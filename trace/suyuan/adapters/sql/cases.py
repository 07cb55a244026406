"""Cases that strangers reported, and what is kept beside them."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from dataclasses import asdict, astuple, fields
from typing import Any

from sqlalchemy import and_, delete, exists, func, or_, select, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import case_files, cases
from suyuan.core.errors import Conflict
from suyuan.ports.cases import Case, CaseFile, CaseQuery

_SHOWN = [cases.c[field.name] for field in fields(Case)]


class SqlCases:
    """ports.cases.CaseStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, case: Case, files: Collection[CaseFile]) -> Case:
        with self._connections.write("cases") as connection:
            query = select(*_SHOWN).where(cases.c.once == case.once)
            first = connection.execute(query).first()
            if first is not None:
                return Case(*first)
            if connection.scalar(select(cases.c.number).where(cases.c.number == case.number)):
                raise Conflict("the number {number} is taken", number=case.number)
            insert_rows(connection, cases, [astuple(case)])
            insert_rows(connection, case_files, [astuple(one) for one in files])
        return case

    def get(self, number: str) -> Case | None:
        with self._connections.read() as connection:
            row = connection.execute(select(*_SHOWN).where(cases.c.number == number)).first()
        return None if row is None else Case(*row)

    def put(self, case: Case) -> None:
        values = {**asdict(case), "version": case.version + 1}
        wanted = (cases.c.number == case.number) & (cases.c.version == case.version)
        with self._connections.write() as connection:
            if not connection.execute(update(cases).where(wanted).values(**values)).rowcount:
                raise Conflict("somebody else changed this case just now; look again")

    def list(self, query: CaseQuery) -> builtins.list[Case]:
        wanted = select(*_SHOWN).where(_meant(query))
        wanted = wanted.order_by(cases.c.at.desc(), cases.c.number)
        with self._connections.read() as connection:
            rows = connection.execute(wanted.offset(query.skip).limit(query.limit))
            return [Case(*row) for row in rows]

    def count(self, query: CaseQuery) -> int:
        with self._connections.read() as connection:
            found = connection.scalar(select(func.count()).select_from(cases).where(_meant(query)))
        return int(found or 0)

    def file(self, number: str, name: str) -> CaseFile | None:
        wanted = (case_files.c.case == number) & (case_files.c.name == name)
        with self._connections.read() as connection:
            row = connection.execute(select(case_files).where(wanted)).first()
        return None if row is None else CaseFile(*row)

    def files(self, number: str) -> builtins.list[str]:
        wanted = select(case_files.c.name).where(case_files.c.case == number)
        with self._connections.read() as connection:
            return list(connection.scalars(wanted.order_by(case_files.c.name)))

    def erase(self, number: str) -> None:
        with self._connections.write() as connection:
            connection.execute(delete(case_files).where(case_files.c.case == number))
            connection.execute(
                update(cases)
                .where(cases.c.number == number)
                .values(words=b"", answer="", version=cases.c.version + 1)
            )

    def closed_before(self, time: str, limit: int = 100) -> builtins.list[str]:
        kept = or_(cases.c.words != b"", exists().where(case_files.c.case == cases.c.number))
        wanted = and_(cases.c.state == "closed", cases.c.closed_at < time, kept)
        with self._connections.read() as connection:
            query = select(cases.c.number).where(wanted).order_by(cases.c.closed_at).limit(limit)
            return list(connection.scalars(query))


def _meant(query: CaseQuery) -> Any:
    parts: list[Any] = [cases.c.number != ""]
    if query.organisations is not None:
        parts.append(cases.c.organisation.in_(list(query.organisations)))
    if query.states:
        parts.append(cases.c.state.in_(list(query.states)))
    if query.subject:
        parts.append(cases.c.subject == query.subject)
    if query.overdue:
        parts.append(
            or_(
                and_(cases.c.state == "received", cases.c.receive_by < query.overdue),
                and_(cases.c.state.in_(["received", "looking"]), cases.c.answer_by < query.overdue),
            )
        )
    return and_(*parts)

"""Uploaded tables, and the plans by which they were read."""

from __future__ import annotations

import builtins

from sqlalchemy import delete, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import import_plans, imports
from suyuan.ports.imports import Import


class SqlImports:
    """ports.imports.ImportStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, new: Import) -> None:
        with self._connections.write() as connection:
            connection.execute(
                imports.insert().values(
                    id=new.id,
                    organisation=new.organisation,
                    name=new.name,
                    created_at=new.created_at,
                    body=new.body,
                    plans=new.plans,
                    job=new.job,
                    places=new.places,
                    outcome=new.outcome,
                )
            )

    def get(self, import_id: str) -> Import | None:
        with self._connections.read() as connection:
            row = connection.execute(select(imports).where(imports.c.id == import_id)).first()
        return None if row is None else Import(**row._mapping)

    def change(self, changed: Import) -> None:
        with self._connections.write() as connection:
            connection.execute(
                update(imports)
                .where(imports.c.id == changed.id)
                .values(
                    name=changed.name,
                    body=changed.body,
                    plans=changed.plans,
                    job=changed.job,
                    places=changed.places,
                    outcome=changed.outcome,
                )
            )

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[Import]:
        shown = [column for column in imports.c if column.name != "body"]
        query = (
            select(*shown)
            .where(imports.c.organisation == organisation)
            .order_by(imports.c.created_at.desc(), imports.c.id.desc())
            .limit(limit)
        )
        with self._connections.read() as connection:
            return [Import(body=b"", **row._mapping) for row in connection.execute(query)]

    def delete(self, import_id: str) -> bool:
        with self._connections.write() as connection:
            gone = connection.execute(delete(imports).where(imports.c.id == import_id))
            return gone.rowcount == 1

    def collect(self, before: str) -> int:
        with self._connections.write() as connection:
            gone = connection.execute(delete(imports).where(imports.c.created_at < before))
            return gone.rowcount

    def plan(self, organisation: str, headings: bytes) -> str | None:
        query = select(import_plans.c.plan).where(
            import_plans.c.organisation == organisation, import_plans.c.headings == headings
        )
        with self._connections.read() as connection:
            return connection.scalar(query)

    def remember(self, organisation: str, headings: bytes, plan: str, at: str) -> None:
        here = (
            import_plans.c.organisation == organisation,
            import_plans.c.headings == headings,
        )
        with self._connections.write("import plans") as connection:
            connection.execute(delete(import_plans).where(*here))
            connection.execute(
                import_plans.insert().values(
                    organisation=organisation, headings=headings, plan=plan, used_at=at
                )
            )

"""Reports of recall drills."""

from __future__ import annotations

import builtins

from sqlalchemy import select

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import drills
from suyuan.ports.drills import Drill


class SqlDrills:
    """ports.drills.DrillStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, drill: Drill) -> None:
        row = (drill.id, drill.organisation, drill.person, drill.at, drill.report)
        with self._connections.write() as connection:
            insert_rows(connection, drills, [row])

    def get(self, drill_id: str) -> Drill | None:
        with self._connections.read() as connection:
            row = connection.execute(select(drills).where(drills.c.id == drill_id)).first()
        return None if row is None else Drill(*row)

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[Drill]:
        wanted = select(drills).where(drills.c.organisation == organisation)
        with self._connections.read() as connection:
            rows = connection.execute(wanted.order_by(drills.c.at.desc(), drills.c.id).limit(limit))
            return [Drill(*row) for row in rows]

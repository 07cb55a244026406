"""Named queries."""

from __future__ import annotations

import builtins

from sqlalchemy import delete, select

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import queries
from suyuan.ports.queries import NamedQuery


class SqlQueries:
    """ports.queries.QueryStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, query: NamedQuery) -> None:
        row = (query.organisation, query.name, query.query, query.created_at)
        with self._connections.write("queries") as connection:
            insert_rows(connection, queries, [row])

    def get(self, organisation: str, name: str) -> NamedQuery | None:
        wanted = select(queries).where(
            queries.c.organisation == organisation, queries.c.name == name
        )
        with self._connections.read() as connection:
            row = connection.execute(wanted).first()
        return None if row is None else NamedQuery(*row)

    def list(
        self, organisation: str, *, after: str = "", limit: int = 100
    ) -> builtins.list[NamedQuery]:
        wanted = (
            select(queries)
            .where(queries.c.organisation == organisation, queries.c.name > after)
            .order_by(queries.c.name)
            .limit(limit)
        )
        with self._connections.read() as connection:
            return [NamedQuery(*row) for row in connection.execute(wanted)]

    def delete(self, organisation: str, name: str) -> bool:
        with self._connections.write("queries") as connection:
            gone = connection.execute(
                delete(queries).where(
                    queries.c.organisation == organisation, queries.c.name == name
                )
            )
            return gone.rowcount == 1

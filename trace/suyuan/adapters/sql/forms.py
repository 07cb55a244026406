"""Forms that were sent, and what they were answered."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import forms


class SqlForms:
    """ports.forms.FormStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def begin(self, key: bytes, at: float, *, stale: float, forget: float) -> bytes | None:
        # Who waits for another's answer looks often, and must not wait for whoever writes.
        with self._connections.read() as connection:
            row = connection.execute(select(forms).where(forms.c.key == key)).first()
            if row is not None and at - forget < row.at and (row.answer or row.at > at - stale):
                return bytes(row.answer)
        # One after the other over all processes: a row that is not there yet cannot be locked.
        with self._connections.write("forms") as connection:
            connection.execute(delete(forms).where(forms.c.at <= at - forget))
            row = connection.execute(select(forms).where(forms.c.key == key)).first()
            if row is None:
                connection.execute(insert(forms).values(key=key, at=at, answer=b""))
                return None
            if row.answer or row.at > at - stale:
                return bytes(row.answer)
            connection.execute(update(forms).where(forms.c.key == key).values(at=at))
            return None

    def end(self, key: bytes, answer: bytes) -> None:
        with self._connections.write() as connection:
            connection.execute(update(forms).where(forms.c.key == key).values(answer=answer))

    def drop(self, key: bytes) -> None:
        with self._connections.write() as connection:
            connection.execute(delete(forms).where(forms.c.key == key, forms.c.answer == b""))


__all__ = ["SqlForms"]

"""Laboratories, and the links by which they sign."""

from __future__ import annotations

import builtins
from dataclasses import astuple, fields

from sqlalchemy import delete, select, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.tables import laboratories, sign_requests
from suyuan.ports.signing import Laboratory, SigningRequest, Standing

_SHOWN = [sign_requests.c[field.name] for field in fields(SigningRequest)]


class SqlSigning:
    """ports.signing.SigningStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put_laboratory(self, laboratory: Laboratory) -> None:
        with self._connections.write("laboratories") as connection:
            connection.execute(
                delete(laboratories).where(laboratories.c.organisation == laboratory.organisation)
            )
            insert_rows(connection, laboratories, [astuple(laboratory)])

    def laboratories(self) -> builtins.list[Laboratory]:
        with self._connections.read() as connection:
            rows = connection.execute(select(laboratories).order_by(laboratories.c.organisation))
            return [Laboratory(*row) for row in rows]

    def add(self, request: SigningRequest) -> None:
        with self._connections.write() as connection:
            insert_rows(connection, sign_requests, [astuple(request)])

    def get(self, request_id: str) -> SigningRequest | None:
        return self._one(select(*_SHOWN).where(sign_requests.c.id == request_id))

    def by_token(self, token: bytes) -> SigningRequest | None:
        return self._one(select(*_SHOWN).where(sign_requests.c.token == token))

    def move(
        self, request_id: str, before: Standing, after: Standing, *, at: str = "", answer: str = ""
    ) -> bool:
        changed: dict[str, str] = {"state": after}
        if at:
            changed |= {"answered_at": at, "answer": answer}
        wanted = (sign_requests.c.id == request_id) & (sign_requests.c.state == before)
        with self._connections.write() as connection:
            done = connection.execute(update(sign_requests).where(wanted).values(**changed))
            return bool(done.rowcount)

    def renew(self, request_id: str, token: bytes, until: str) -> bool:
        wanted = (sign_requests.c.id == request_id) & (sign_requests.c.state == "open")
        with self._connections.write() as connection:
            done = connection.execute(
                update(sign_requests).where(wanted).values(token=token, until=until)
            )
            return bool(done.rowcount)

    def list(
        self, *, organisation: str = "", laboratory: str = "", subject: str = "", limit: int = 100
    ) -> builtins.list[SigningRequest]:
        query = select(*_SHOWN)
        for name, value in (
            ("organisation", organisation),
            ("laboratory", laboratory),
            ("subject", subject),
        ):
            if value:
                query = query.where(sign_requests.c[name] == value)
        query = query.order_by(sign_requests.c.created_at.desc(), sign_requests.c.id).limit(limit)
        with self._connections.read() as connection:
            return [SigningRequest(*row) for row in connection.execute(query)]

    def _one(self, query: object) -> SigningRequest | None:
        with self._connections.read() as connection:
            row = connection.execute(query).first()  # type: ignore[call-overload]
        return None if row is None else SigningRequest(*row)

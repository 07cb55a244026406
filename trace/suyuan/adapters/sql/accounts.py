"""Organisations, bearer tokens, and keys in our keeping."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, delete, select, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import Prepared
from suyuan.adapters.sql.tables import kept_keys, organisations, tokens
from suyuan.core.errors import Conflict, NotFound
from suyuan.ports.accounts import KeptKey, Organisation, Token

_ORGANISATION = Prepared(select(organisations).where(organisations.c.id == bindparam("id")))
"""Asked for each record that a regulator looks at."""


class SqlAccounts:
    """ports.accounts.AccountStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add_organisation(self, organisation: Organisation) -> None:
        new = organisation
        row = (new.id, new.name_zh, new.name_en, new.county, new.created_at)
        with self._connections.write("accounts") as connection:
            found = connection.execute(
                select(organisations).where(organisations.c.id == new.id)
            ).first()
            if found is None:
                insert_rows(connection, organisations, [row])
            elif tuple(found)[:-1] != row[:-1]:
                raise Conflict("organisation {id} is described otherwise already", id=new.id)

    def organisation(self, organisation_id: str) -> Organisation | None:
        with self._connections.read() as connection:
            rows = _ORGANISATION.rows(connection, id=organisation_id)
        return Organisation(*rows[0]) if rows else None

    def organisations(self) -> list[Organisation]:
        with self._connections.read() as connection:
            rows = connection.execute(select(organisations).order_by(organisations.c.id))
            return [Organisation(*row) for row in rows]

    def add_token(self, token: Token) -> None:
        row = (
            token.id, token.digest, token.organisation, token.role, token.label,
            token.created_at, token.revoked_at,
        )  # fmt: skip
        self._add_for(token.organisation, tokens, row)

    def token(self, digest: bytes) -> Token | None:
        with self._connections.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.digest == digest)).first()
        return None if row is None else Token(*row)

    def tokens(self, organisation: str | None = None) -> list[Token]:
        query = _of(tokens, organisation).order_by(tokens.c.created_at, tokens.c.id)
        with self._connections.read() as connection:
            return [Token(*row) for row in connection.execute(query)]

    def revoke_token(self, token_id: str, at: str) -> bool:
        revoked = (
            update(tokens)
            .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        with self._connections.write() as connection:
            return connection.execute(revoked).rowcount == 1

    def add_key(self, key: KeptKey) -> None:
        row = (key.kid, key.organisation, key.role, key.sealed, key.created_at)
        self._add_for(key.organisation, kept_keys, row)

    def keys(self, organisation: str | None = None) -> list[KeptKey]:
        query = _of(kept_keys, organisation).order_by(kept_keys.c.created_at, kept_keys.c.kid)
        with self._connections.read() as connection:
            return [KeptKey(*row) for row in connection.execute(query)]

    def key(self, kid: str) -> KeptKey | None:
        with self._connections.read() as connection:
            row = connection.execute(select(kept_keys).where(kept_keys.c.kid == kid)).first()
        return None if row is None else KeptKey(*row)

    def delete_key(self, kid: str) -> bool:
        with self._connections.write() as connection:
            return connection.execute(delete(kept_keys).where(kept_keys.c.kid == kid)).rowcount == 1

    def _add_for(self, organisation: str, table: Table, row: tuple[Any, ...]) -> None:
        with self._connections.write() as connection:
            if not _exists(connection, organisation):
                raise NotFound("there is no organisation {id}", id=organisation)
            insert_rows(connection, table, [row])


def _exists(connection: Connection, organisation: str) -> bool:
    query = select(organisations.c.id).where(organisations.c.id == organisation)
    return connection.scalar(query) is not None


def _of(table: Table, organisation: str | None) -> Select[Any]:
    query = select(table)
    return query if organisation is None else query.where(table.c.organisation == organisation)

"""Certificates' drafts, numbers and prints; links of markets."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import certificate_prints, certificates, check_in_links
from suyuan.core.certificate import number_of
from suyuan.ports.certificates import Kept, Link, Print, State

_COLUMNS = [certificates.c[field.name] for field in fields(Kept)]
_OF_A_LINK = [check_in_links.c[field.name] for field in fields(Link)]


class SqlCertificates:
    """ports.certificates.CertificateStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, one: Kept) -> None:
        with self._connections.write() as connection:
            connection.execute(
                certificates.insert().values(**{**asdict(one), "number": one.number or None})
            )

    def get(self, code: str) -> Kept | None:
        with self._connections.read() as connection:
            row = connection.execute(select(*_COLUMNS).where(certificates.c.code == code)).first()
        return None if row is None else _kept(row)

    def list(
        self,
        organisations: Sequence[str],
        states: Sequence[State] = (),
        *,
        lot: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> builtins.list[tuple[int, Kept]]:
        wanted = _of(select(certificates.c.seq, *_COLUMNS), organisations, states)
        if lot:
            wanted = wanted.where(certificates.c.lot == lot)
        if before is not None:
            wanted = wanted.where(certificates.c.seq < before)
        with self._connections.read() as connection:
            rows = connection.execute(wanted.order_by(certificates.c.seq.desc()).limit(limit))
            return [(row[0], _kept(row[1:])) for row in rows]

    def count(self, organisations: Sequence[str], states: Sequence[State]) -> int:
        counted = _of(select(func.count()).select_from(certificates), organisations, states)
        with self._connections.read() as connection:
            return connection.scalar(counted) or 0

    def save(self, one: Kept) -> bool:
        table = certificates.c
        saved = (
            update(certificates)
            .where(table.code == one.code, table.state == "draft", table.version == one.version)
            .values(values=one.values, changed_at=one.changed_at, version=one.version + 1)
        )
        with self._connections.write() as connection:
            return connection.execute(saved).rowcount == 1

    def number(self, code: str, year: int) -> str | None:
        table = certificates.c
        # Two at once would be given the same one, and one of them be refused.
        with self._connections.write("certificate numbers") as connection:
            row = connection.execute(
                select(table.organisation, table.number, table.state).where(table.code == code)
            ).first()
            if row is None or row.state != "draft":
                return None
            if row.number is not None:
                return str(row.number)
            newest = connection.scalar(
                select(func.max(table.number)).where(
                    table.organisation == row.organisation,
                    table.number >= f"{year:04d}-",
                    table.number < f"{year + 1:04d}-",
                )
            )
            given = number_of(year, int(newest.partition("-")[2]) + 1 if newest else 1)
            connection.execute(update(certificates).where(table.code == code).values(number=given))
            return given

    def issued(self, code: str, record: int, at: str) -> None:
        self._turn(code, state="issued", record=record, changed_at=at, values="")

    def voided(self, code: str, record: int, at: str) -> None:
        self._turn(code, state="voided", voided=record, changed_at=at)

    def _turn(self, code: str, **values: Any) -> None:
        with self._connections.write() as connection:
            connection.execute(
                update(certificates).where(certificates.c.code == code).values(**values)
            )

    def discard(self, code: str, at: str) -> bool:
        draft = (certificates.c.code == code, certificates.c.state == "draft")
        with self._connections.write("certificate numbers") as connection:
            gone = connection.execute(
                delete(certificates).where(*draft, certificates.c.number.is_(None))
            )
            if gone.rowcount:
                return True
            kept = connection.execute(
                update(certificates).where(*draft).values(state="unused", changed_at=at, values="")
            )
            return kept.rowcount == 1

    def numbers(self, organisation: str) -> builtins.list[str]:
        table = certificates.c
        wanted = select(table.number).where(
            table.organisation == organisation, table.number.is_not(None)
        )
        with self._connections.read() as connection:
            return [str(one) for one in connection.scalars(wanted.order_by(table.number))]

    def print(self, code: str, at: str, person: str, way: str) -> int:
        with self._connections.write("certificate prints") as connection:
            return count_print(connection, code, at, person, way)

    def prints(self, code: str) -> builtins.list[Print]:
        table = certificate_prints.c
        wanted = select(table.copy, table.at, table.person, table.way).where(table.code == code)
        with self._connections.read() as connection:
            return [Print(*row) for row in connection.execute(wanted.order_by(table.copy))]


class SqlLinks:
    """ports.certificates.LinkStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, link: Link) -> None:
        with self._connections.write() as connection:
            connection.execute(check_in_links.insert().values(**asdict(link)))

    def get(self, link_id: str) -> Link | None:
        return self._one(check_in_links.c.id == link_id)

    def find(self, digest: bytes) -> Link | None:
        return self._one(check_in_links.c.digest == digest)

    def _one(self, which: Any) -> Link | None:
        with self._connections.read() as connection:
            row = connection.execute(select(*_OF_A_LINK).where(which)).first()
        return None if row is None else Link(*row)

    def list(self, organisation: str) -> builtins.list[Link]:
        table = check_in_links.c
        wanted = select(*_OF_A_LINK).where(table.organisation == organisation)
        with self._connections.read() as connection:
            rows = connection.execute(wanted.order_by(table.created_at.desc(), table.id))
            return [Link(*row) for row in rows]

    def revoke(self, link_id: str, at: str) -> bool:
        table = check_in_links.c
        gone = (
            update(check_in_links)
            .where(table.id == link_id, table.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        with self._connections.write() as connection:
            return connection.execute(gone).rowcount == 1

    def use(self, link_id: str, at: str) -> None:
        table = check_in_links.c
        with self._connections.write() as connection:
            connection.execute(
                update(check_in_links)
                .where(table.id == link_id)
                .values(used=table.used + 1, used_at=at)
            )


def count_print(connection: Connection, code: str, at: str, person: str, way: str) -> int:
    """ports.certificates.CertificateStore.print, in a transaction that holds "certificate prints"."""
    table = certificate_prints.c
    newest = connection.scalar(select(func.max(table.copy)).where(table.code == code))
    copy = (newest or 0) + 1
    connection.execute(
        certificate_prints.insert().values(code=code, copy=copy, at=at, person=person, way=way)
    )
    return copy


def _of(wanted: Select[Any], organisations: Sequence[str], states: Sequence[State]) -> Select[Any]:
    wanted = wanted.where(certificates.c.organisation.in_(organisations))
    return wanted.where(certificates.c.state.in_(states)) if states else wanted


def _kept(row: Any) -> Kept:
    one = Kept(*row)
    return one if one.number is not None else replace(one, number="")

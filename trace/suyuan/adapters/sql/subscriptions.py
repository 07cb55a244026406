"""Standing queries: a row each, claimed by one worker at a time."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import subscriptions as table
from suyuan.ports.subscriptions import Progress, Subscription

_MEMBERS = tuple(Subscription.__dataclass_fields__)
_TOLD = [table.c[name] for name in _MEMBERS]


class SqlSubscriptions:
    """ports.subscriptions.SubscriptionStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, subscription: Subscription) -> None:
        values = {name: getattr(subscription, name) for name in _MEMBERS}
        values["stream"] = int(subscription.stream)
        with self._connections.write() as connection:
            connection.execute(table.insert().values(**values, holder=None, until=0.0))

    def get(self, subscription_id: str) -> Subscription | None:
        with self._connections.read() as connection:
            row = connection.execute(select(*_TOLD).where(table.c.id == subscription_id)).first()
        return None if row is None else _told(row)

    def list(
        self, organisation: str | None, query: str | None, *, after: str = "", limit: int = 100
    ) -> builtins.list[Subscription]:
        wanted = select(*_TOLD).where(table.c.id > after)
        if organisation is not None:
            wanted = wanted.where(table.c.organisation == organisation)
        if query is not None:
            wanted = wanted.where(table.c.query == query)
        with self._connections.read() as connection:
            return [
                _told(row) for row in connection.execute(wanted.order_by(table.c.id).limit(limit))
            ]

    def delete(self, subscription_id: str) -> bool:
        with self._connections.write() as connection:
            gone = connection.execute(delete(table).where(table.c.id == subscription_id))
            return gone.rowcount == 1

    def claim(
        self,
        holder: str,
        now: float,
        size: int,
        seconds: float,
        *,
        failing: bool,
        without: Collection[str] = (),
    ) -> Subscription | None:
        due = and_(
            table.c.due <= now, table.c.until <= now,
            or_(table.c.stream == 0, table.c.cursor < size),
            table.c.failures > 0 if failing else table.c.failures == 0,
            table.c.organisation.not_in(sorted(without)),
        )  # fmt: skip
        first = (
            select(table.c.id)
            .where(due)
            .order_by(table.c.due, table.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with self._connections.read() as connection:
            if connection.scalar(select(table.c.id).where(due).limit(1)) is None:
                return None  # without a write, as nearly always
        with self._connections.write() as connection:
            found = connection.scalar(first)
            if found is None:
                return None
            taken = (
                update(table)
                .where(table.c.id == found)
                .values(holder=holder, until=now + seconds)
                .returning(*_TOLD)
            )
            return _told(connection.execute(taken).one())

    def sending(self, subscription_id: str, holder: str, pending: int, until: float) -> bool:
        return self._update(subscription_id, holder, {"pending": pending, "until": until})

    def delivered(self, subscription_id: str, holder: str, progress: Progress) -> bool:
        values: dict[str, Any] = {
            "cursor": progress.cursor,
            "due": progress.due,
            "batch": progress.batch,
            "number": progress.number,
            "pending": None,
            "failures": 0,
            "problem": None,
        }
        told = {
            "notified_at": progress.at,
            "run_at": progress.run_at,
            "skipped": progress.skipped,
        }
        values |= {name: value for name, value in told.items() if value is not None}
        return self._end(subscription_id, holder, values)

    def failed(self, subscription_id: str, holder: str, problem: str, due: float) -> bool:
        values = {"failures": table.c.failures + 1, "problem": problem, "due": due}
        return self._end(subscription_id, holder, values)

    def amend(
        self, subscription_id: str, due: float, secret: bytes | None, *, replaces: bool
    ) -> bool:
        values: dict[str, Any] = {"due": due, **({"secret": secret} if replaces else {})}
        return self._update(subscription_id, None, values)

    def _end(self, subscription_id: str, holder: str, values: dict[str, Any]) -> bool:
        return self._update(subscription_id, holder, {**values, "holder": None, "until": 0.0})

    def _update(self, subscription_id: str, holder: str | None, values: dict[str, Any]) -> bool:
        wanted = update(table).where(table.c.id == subscription_id).values(**values)
        if holder is not None:
            wanted = wanted.where(table.c.holder == holder)
        with self._connections.write() as connection:
            return connection.execute(wanted).rowcount == 1


def _told(row: Row[Any]) -> Subscription:
    values = dict(zip(_MEMBERS, row, strict=True))
    values["stream"] = bool(values["stream"])
    return Subscription(**values)

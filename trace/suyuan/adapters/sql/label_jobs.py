"""Jobs of labels: a queue with leases, one job at a time for each printer; stock and printers."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update

from suyuan.adapters.sql.certificates import count_print
from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import label_jobs, label_supplies, records, serials
from suyuan.ports.printing import LabelJob, LabelState, Supply

_SHOWN = [label_jobs.c[field.name] for field in fields(LabelJob)]


class SqlLabelJobs:
    """ports.printing.LabelJobStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, job: LabelJob, known: int | None = None) -> bool:
        there = select(func.count()).where(label_jobs.c.record == job.record)
        with self._connections.write("label jobs") as connection:
            if known is not None and connection.scalar(there) != known:
                return False
            connection.execute(label_jobs.insert().values(**asdict(job), until=0.0))
            return True

    def add_print(self, job: LabelJob, name: Callable[[int], str]) -> LabelJob:
        with self._connections.write("certificate prints") as connection:
            there = connection.execute(select(*_SHOWN).where(label_jobs.c.id == job.id)).first()
            if there is not None:
                return LabelJob(*there)
            at, person = job.created_at, job.person
            copy = count_print(connection, job.certificate or "", at, person, "label")
            made = replace(job, id=job.id or name(copy - 1), copy=copy, again=int(copy > 1))
            connection.execute(label_jobs.insert().values(**asdict(made), until=0.0))
            return made

    def get(self, job_id: str) -> LabelJob | None:
        found = self._read(select(*_SHOWN).where(label_jobs.c.id == job_id))
        return found[0] if found else None

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[LabelJob]:
        query = select(*_SHOWN).where(label_jobs.c.organisation == organisation)
        return self._read(query.order_by(label_jobs.c.seq.desc()).limit(limit))

    def of_record(self, record: int) -> builtins.list[LabelJob]:
        return self._read(
            select(*_SHOWN).where(label_jobs.c.record == record).order_by(label_jobs.c.seq)
        )

    def issues(self, organisation: str, *, limit: int = 100) -> builtins.list[tuple[int, str, int]]:
        query = (
            select(serials.c.record, serials.c.lot, serials.c.count)
            .join(records, records.c.idx == serials.c.record)
            .where(serials.c.position == 0, records.c.owner == organisation)
            .order_by(serials.c.record.desc())
            .limit(limit)
        )
        with self._connections.read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query)]

    def claim(self, holder: str, seconds: float) -> LabelJob | None:
        table, other = label_jobs, label_jobs.alias()
        # One at a time over all processes: two jobs of one printer must not be taken at once.
        with self._connections.write("label jobs") as connection:
            now = self._connections.now(connection)
            busy = exists().where(
                other.c.wire == table.c.wire, other.c.id != table.c.id,
                other.c.holder.is_not(None), other.c.until > now,
            )  # fmt: skip
            seq = connection.scalar(
                select(table.c.seq)
                .where(table.c.state.in_(["queued", "running"]), table.c.until <= now, ~busy)
                .order_by(table.c.seq)
                .limit(1)
            )
            if seq is None:
                return None
            taken = (
                update(table)
                .where(table.c.seq == seq)
                .values(state="running", holder=holder, until=now + seconds)
                .returning(*_SHOWN)
            )
            return LabelJob(**connection.execute(taken).one()._mapping)

    def send(self, job_id: str, holder: str, sent: int, seconds: float) -> bool:
        return self._held(job_id, holder, seconds, running=True, sent=sent)

    def confirm(self, job_id: str, holder: str, printed: int, seconds: float) -> bool:
        # Also of one that was paused meanwhile: what is printed is printed.
        self._held(job_id, holder, seconds, printed=printed, sent=printed, trouble="")
        return self._held(job_id, holder, seconds, running=True)

    def note(self, job_id: str, holder: str, trouble: str, seconds: float) -> bool:
        return self._held(job_id, holder, seconds, running=True, trouble=trouble)

    def leave(
        self, job_id: str, holder: str, state: LabelState, trouble: str, *, pause: float = 0.0
    ) -> None:
        with self._connections.write() as connection:
            mine = (label_jobs.c.id == job_id, label_jobs.c.holder == holder)
            until = self._connections.now(connection) + pause
            connection.execute(
                update(label_jobs)
                .where(*mine, label_jobs.c.state == "running")
                .values(state=state, trouble=trouble)
            )
            connection.execute(update(label_jobs).where(*mine).values(holder=None, until=until))

    def finish(self, job_id: str, holder: str, at: str) -> None:
        done = (
            update(label_jobs)
            .where(label_jobs.c.id == job_id, label_jobs.c.holder == holder)
            .values(state="done", finished_at=at, holder=None, until=0.0, trouble="")
        )
        with self._connections.write() as connection:
            connection.execute(done)

    def turn(
        self, job_id: str, before: Sequence[LabelState], state: LabelState, at: str | None = None
    ) -> bool:
        table = label_jobs
        with self._connections.write() as connection:
            wanted = update(table).where(table.c.id == job_id, table.c.state.in_(before))
            if state in ("queued", "doubt"):
                # Whoever still sees its last part through would confirm what somebody else settles.
                now = self._connections.now(connection)
                wanted = wanted.where(or_(table.c.holder.is_(None), table.c.until <= now))
                wanted = wanted.values(until=0.0, holder=None)
            if state == "queued":
                wanted = wanted.values(trouble="")
            turned = connection.execute(wanted.values(state=state, finished_at=at))
            return turned.rowcount == 1

    def settle(self, job_id: str, good: int, doubts: str) -> bool:
        table = label_jobs
        settled = (
            update(table)
            .where(table.c.id == job_id, table.c.state == "doubt")
            .where(table.c.printed <= good, table.c.sent >= good)
            .values(state="queued", printed=good, sent=good, doubts=doubts, trouble="", until=0.0)
        )
        with self._connections.write() as connection:
            return connection.execute(settled).rowcount == 1

    def _held(
        self, job_id: str, holder: str, seconds: float, *, running: bool = False, **values: Any
    ) -> bool:
        with self._connections.write() as connection:
            until = self._connections.now(connection) + seconds
            mine = update(label_jobs).where(
                label_jobs.c.id == job_id, label_jobs.c.holder == holder
            )
            if running:
                mine = mine.where(label_jobs.c.state == "running")
            return connection.execute(mine.values(until=until, **values)).rowcount == 1

    def _read(self, query: Any) -> builtins.list[LabelJob]:
        with self._connections.read() as connection:
            return [LabelJob(**row._mapping) for row in connection.execute(query)]


class SqlSupplies:
    """ports.printing.SupplyStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, kind: Supply, organisation: str, supply_id: str, document: str) -> None:
        with self._connections.write("label supplies") as connection:
            connection.execute(delete(label_supplies).where(*_key(kind, organisation, supply_id)))
            connection.execute(
                label_supplies.insert().values(
                    kind=kind, organisation=organisation, id=supply_id, document=document
                )
            )

    def get(self, kind: Supply, organisation: str, supply_id: str) -> str | None:
        query = select(label_supplies.c.document).where(*_key(kind, organisation, supply_id))
        with self._connections.read() as connection:
            return connection.scalar(query)

    def list(self, kind: Supply, organisation: str) -> builtins.list[tuple[str, str]]:
        query = (
            select(label_supplies.c.id, label_supplies.c.document)
            .where(label_supplies.c.kind == kind, label_supplies.c.organisation == organisation)
            .order_by(label_supplies.c.id)
        )
        with self._connections.read() as connection:
            return [(row[0], row[1]) for row in connection.execute(query)]

    def delete(self, kind: Supply, organisation: str, supply_id: str) -> bool:
        with self._connections.write() as connection:
            gone = connection.execute(
                delete(label_supplies).where(*_key(kind, organisation, supply_id))
            )
            return gone.rowcount == 1


def _key(kind: Supply, organisation: str, supply_id: str) -> tuple[Any, ...]:
    return (
        label_supplies.c.kind == kind,
        label_supplies.c.organisation == organisation,
        label_supplies.c.id == supply_id,
    )

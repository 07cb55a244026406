"""Captures accepted and not yet done: a queue with leases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import jobs
from suyuan.ports.accounts import Job

_OPEN = jobs.c.state.in_(["queued", "running"])


class SqlJobs:
    """ports.accounts.JobStore. Sequencer.finish_job ends a job well; here it may only fail."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def add(self, job: Job) -> None:
        with self._connections.write() as connection:
            connection.execute(
                jobs.insert().values(
                    id=job.id,
                    organisation=job.organisation,
                    role=job.role,
                    state=job.state,
                    request=job.request,
                    total=job.total,
                    done=job.checked,
                    indices=json.dumps(job.indices),
                    errors=job.errors,
                    created_at=job.created_at,
                    finished_at=job.finished_at,
                    until=0.0,
                    behaviour=job.behaviour,
                )
            )

    def get(self, job_id: str) -> Job | None:
        found = self._read(select(jobs).where(jobs.c.id == job_id))
        return found[0] if found else None

    def list(
        self, organisation: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[Job]:
        query = select(jobs).where(jobs.c.organisation == organisation)
        if before is not None:
            last = select(jobs.c.seq).where(jobs.c.id == before).scalar_subquery()
            query = query.where(jobs.c.seq < last)
        return self._read(query.order_by(jobs.c.seq.desc()).limit(limit))

    def claim(self, holder: str, seconds: float) -> Job | None:
        # Skipping locked rows: two who claim at once on PostgreSQL get two jobs.
        oldest = select(jobs.c.seq).order_by(jobs.c.seq).limit(1).with_for_update(skip_locked=True)
        with self._connections.write() as connection:
            now = self._connections.now(connection)
            seq = connection.scalar(
                oldest.where(_OPEN, or_(jobs.c.state == "queued", jobs.c.until <= now))
            )
            if seq is None:
                return None
            taken = (
                update(jobs)
                .where(jobs.c.seq == seq)
                .values(state="running", holder=holder, until=now + seconds)
                .returning(*jobs.c)
            )
            return _job(connection.execute(taken).one())

    def progress(self, job_id: str, holder: str, checked: int, seconds: float) -> bool:
        with self._connections.write() as connection:
            renewed = (
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.holder == holder, jobs.c.state == "running")
                .values(done=checked, until=self._connections.now(connection) + seconds)
            )
            return connection.execute(renewed).rowcount == 1

    def fail(self, job_id: str, errors: bytes, at: str) -> None:
        failed = (
            update(jobs)
            .where(jobs.c.id == job_id, _OPEN)
            .values(state="failed", errors=errors, request=b"", finished_at=at, holder=None)
        )
        with self._connections.write() as connection:
            connection.execute(failed)

    def _read(self, query: Select[Any]) -> Sequence[Job]:
        with self._connections.read() as connection:
            return [_job(row) for row in connection.execute(query)]


def _job(row: Any) -> Job:
    return Job(
        id=row.id,
        organisation=row.organisation,
        role=row.role,
        state=row.state,
        request=row.request,
        total=row.total,
        checked=row.done,
        indices=tuple(json.loads(row.indices)),
        errors=row.errors,
        created_at=row.created_at,
        finished_at=row.finished_at,
        behaviour=row.behaviour,
    )

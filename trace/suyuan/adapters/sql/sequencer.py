"""One append: its questions and its guards.

A block is one transaction under the log's lock: what is true when it asks is true when it commits.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, delete, func, literal_column, select, update

from suyuan.adapters.sql import objects
from suyuan.adapters.sql.connections import insert_rows
from suyuan.adapters.sql.lineage import arrows, arrows_since
from suyuan.adapters.sql.lookup import Lookup, Prepared, starts
from suyuan.adapters.sql.rows import look_up, refer, write_records
from suyuan.adapters.sql.tables import (
    content_digest_start,
    draft_attachments,
    drafts,
    events,
    jobs,
    records,
    remembered,
    same_as_start,
    serials,
    state,
)
from suyuan.adapters.sql.translate import translated
from suyuan.core.errors import Conflict, Fatal
from suyuan.core.lineage.cycles import Arrow
from suyuan.ports.log import Closing, NewRecord, NewSerial, Remembered, Tail, Tip

_SAME_CONTENTS = Lookup(
    select(records.c.content_digest, records.c.idx, records.c.kid), content_digest_start
)
_SAME_EVENTS = Lookup(
    select(events.c.same_as, func.min(events.c.idx)).group_by(events.c.same_as), same_as_start
)
_EVENT_IDS = Lookup(
    select(events.c.event_id, func.min(events.c.idx)).group_by(events.c.event_id),
    events.c.event_id,
)
_TAIL = Prepared(
    select(records.c.idx, records.c.record_time)
    .order_by(records.c.idx.desc())
    .limit(literal_column("1"))
)


def tail(connection: Connection) -> Tail:
    """Where the log ends."""
    for index, record_time in _TAIL.rows(connection):
        return Tail(index + 1, record_time)
    return Tail(0, "")


def closing(connection: Connection) -> Closing | None:
    """Whether the log was closed."""
    found = connection.scalar(select(state.c.value).where(state.c.name == "closed"))
    return None if found is None else Closing(**json.loads(found))


class SqlSequencer:
    """ports.log.Sequencer over one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tail: Tail | None = None
        self._broken = False
        self._numbers: dict[str, int | None] = {}
        """Of the objects asked for so far; None: there is no such object yet."""

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        try:
            with translated():
                yield self._connection
        except BaseException:
            self._broken = True
            raise

    def close(self) -> None:
        """Fatal after any error in the block, so that one which was swallowed commits no half."""
        if self._broken:
            raise Fatal("an append went on after an error in it; nothing of it was stored")

    def tail(self) -> Tail:
        if self._tail is None:
            with self._asking() as connection:
                self._tail = tail(connection)
        return self._tail

    def closing(self) -> Closing | None:
        with self._asking() as connection:
            return closing(connection)

    def tips(self, objects_: Collection[str]) -> dict[str, Tip]:
        with self._asking() as connection:
            return objects.tips(connection, self._there(connection, objects_))

    def extenders(self, objects_: Collection[str]) -> dict[str, frozenset[str]]:
        with self._asking() as connection:
            return objects.extended_by(connection, self._there(connection, objects_))

    def parties(self, objects_: Collection[str]) -> dict[str, frozenset[str]]:
        with self._asking() as connection:
            return objects.named_for(connection, self._there(connection, objects_))

    def _there(self, connection: Connection, objects_: Collection[str]) -> list[str]:
        """Those that are there at all: most that an append names are new, and are looked for once."""
        known = self._numbers
        look_up(connection, objects_, known)
        return [uri for uri in objects_ if known[uri] is not None]

    def same_contents(self, digests: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
        wanted = set(digests)
        with self._asking() as connection:
            rows = _SAME_CONTENTS.rows(connection, starts(digests))
            return {digest: (index, kid) for digest, index, kid in rows if digest in wanted}

    def same_events(self, same_as: Collection[bytes]) -> dict[bytes, int]:
        wanted = set(same_as)
        with self._asking() as connection:
            rows = _SAME_EVENTS.rows(connection, starts(same_as))
            return {digest: index for digest, index in rows if digest in wanted}

    def event_ids(self, event_ids: Collection[str]) -> dict[str, int]:
        with self._asking() as connection:
            return dict(tuple(row) for row in _EVENT_IDS.rows(connection, event_ids))

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        with self._asking() as connection:
            return arrows(connection, things, seasons)

    def arrows_since(self, size: int) -> list[Arrow] | None:
        if self.tail().size == size:
            return []
        with self._asking() as connection:
            return arrows_since(connection, size)

    def remembered(self, owner: str, key: str) -> Remembered | None:
        query = select(remembered.c.request_digest, remembered.c.indices).where(
            remembered.c.owner == owner, remembered.c.key == key
        )
        with self._asking() as connection:
            row = connection.execute(query).first()
        return row and Remembered(row.request_digest, tuple(json.loads(row.indices)))

    def remember(self, owner: str, key: str, answer: Remembered) -> None:
        row = (owner, key, answer.request_digest, json.dumps(answer.indices))
        with self._asking() as connection:
            insert_rows(connection, remembered, [row])

    def insert(self, new: Sequence[NewRecord]) -> None:
        at = self.tail()
        with self._asking() as connection:
            for record in new:
                if record.index != at.size:
                    raise Fatal(
                        "record {index} does not continue a log of {size}",
                        index=record.index,
                        size=at.size,
                    )
                if record.record_time < at.record_time:
                    raise Fatal(
                        "record {index} is of {time}, before the log's {last}",
                        index=record.index,
                        time=record.record_time,
                        last=at.record_time,
                    )
                at = Tail(record.index + 1, record.record_time)
            write_records(connection, new, self._numbers)
        self._tail = at

    def add_serials(self, new: Sequence[NewSerial]) -> None:
        rows = [(s.lot, s.serial, s.salt, s.position, s.record, s.count) for s in new]
        with self._asking() as connection:
            insert_rows(connection, serials, sorted(rows))

    def carry(self, pairs: Sequence[tuple[bytes, int]]) -> None:
        with self._asking() as connection:
            refer(connection, sorted(pairs))

    def finish_job(
        self,
        job: str,
        indices: Sequence[int | None],
        at: str | None = None,
        *,
        errors: bytes = b"[]",
    ) -> None:
        done = (
            update(jobs)
            .where(jobs.c.id == job, jobs.c.state.in_(["queued", "running"]))
            .values(
                state="done",
                done=jobs.c.total,
                indices=json.dumps(list(indices)),
                errors=errors,
                request=b"",
                finished_at=self.tail().record_time if at is None else at,
                holder=None,
            )
        )
        with self._asking() as connection:
            if connection.execute(done).rowcount != 1:
                raise Conflict("job {job} is not open any more", job=job)

    def file_drafts(self, filed: Sequence[tuple[str, int, int]]) -> None:
        with self._asking() as connection:
            for name, version, index in filed:
                done = (
                    update(drafts)
                    .where(
                        drafts.c.id == name, drafts.c.version == version, drafts.c.filed.is_(None)
                    )
                    .values(filed=index, values=b"{}")
                )
                if connection.execute(done).rowcount != 1:
                    raise Conflict("draft {id} was changed or filed by somebody else", id=name)
                connection.execute(
                    delete(draft_attachments).where(draft_attachments.c.draft == name)
                )

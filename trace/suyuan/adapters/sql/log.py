"""The log: appending under its lock, and all that is asked of what was committed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    BigInteger,
    ScalarSelect,
    Select,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
)

from suyuan.adapters.sql import objects
from suyuan.adapters.sql.columns import as_bytes
from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.issued import lots_of
from suyuan.adapters.sql.lineage import arrows
from suyuan.adapters.sql.lookup import Lookup, Prepared, starts
from suyuan.adapters.sql.objects import indices_in
from suyuan.adapters.sql.search import searching
from suyuan.adapters.sql.sequencer import SqlSequencer, closing, tail
from suyuan.adapters.sql.subtrees import missing
from suyuan.adapters.sql.tables import (
    contents,
    edges,
    erasures,
    event_hash_start,
    events,
    hash_digits,
    known,
    leaf_hash_start,
    records,
    serials,
    state,
    touches,
    wrongs,
)
from suyuan.adapters.sql.tables import objects as objects_table
from suyuan.core.lineage.cycles import Arrow
from suyuan.ports.log import (
    Closing,
    EventQuery,
    EventSearch,
    KnownTo,
    NewSerial,
    Sequencer,
    StoredRecord,
    Tail,
    Tip,
)

_STORED = select(
    records.c.idx,
    records.c.kind,
    contents.c.content,
    records.c.content_digest,
    contents.c.disclosures,
    records.c.link,
    records.c.entry,
    records.c.leaf_hash,
    records.c.kid,
    records.c.owner,
    records.c.record_time,
).outerjoin_from(records, contents, contents.c.idx == records.c.idx)
_SCAN = Prepared(
    _STORED.where(
        records.c.idx >= bindparam("low", type_=records.c.idx.type),
        records.c.idx < bindparam("high", type_=records.c.idx.type),
    ).order_by(records.c.idx)
)


class _Reachable(Lookup):
    """Records and all that links lead to from them."""

    def __init__(self) -> None:
        super().__init__(select(records.c.idx), records.c.idx)

    def _with(self, values: list[Any]) -> Select[Any]:
        start = super()._with(values).cte(recursive=True)
        before = select(edges.c.after_idx).join(start, edges.c.idx == start.c.idx)
        # Both databases walk on only as far as rows are asked for.
        reached = select(start.union(before).c.idx).limit(bindparam("most", type_=BigInteger))
        return reached.offset(literal_column("0"))  # else it is one more parameter, on SQLite


_REACHABLE = _Reachable()
_ALL = 2**62
"""A LIMIT that is none, for both databases."""
_RECORDS = Lookup(_STORED, records.c.idx)
# Literal: SQLite takes a partial index only where it can see the value.
_KEYS = Prepared(
    _STORED.where(
        records.c.kind == literal_column("'key'"),
        records.c.idx >= bindparam("since", type_=records.c.idx.type),
    ).order_by(records.c.idx)
)
_MASTERS = Prepared(
    _STORED.where(
        records.c.kind == literal_column("'master'"),
        records.c.idx >= bindparam("since", type_=records.c.idx.type),
    )
    .order_by(records.c.idx)
    .limit(bindparam("most", type_=BigInteger))
)
_LEAF_HASHES = Lookup(select(records.c.leaf_hash, records.c.idx), leaf_hash_start)
_ERASURES = Lookup(select(erasures.c.record, erasures.c.erasure), erasures.c.record)
_WRONGS = Lookup(select(wrongs.c.idx, wrongs.c.declaration), wrongs.c.idx)
_WITHIN = {"low": bindparam("low", type_=records.c.idx.type),
           "high": bindparam("high", type_=records.c.idx.type)}  # fmt: skip
_DECLARED = Prepared(
    select(wrongs.c.idx).where(
        wrongs.c.declaration >= _WITHIN["low"], wrongs.c.declaration < _WITHIN["high"]
    )
)
_EVENTS_ERASED = Prepared(
    select(erasures.c.record)
    .join(records, records.c.idx == erasures.c.record)
    .where(
        erasures.c.erasure >= _WITHIN["low"],
        erasures.c.erasure < _WITHIN["high"],
        records.c.kind == literal_column("'event'"),
    )
    .limit(1)
)


class SqlLog:
    """ports.log.LogStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextmanager
    def sequencing(self) -> Iterator[Sequencer]:
        with self._connections.write("log") as connection:
            sequencer = SqlSequencer(connection)
            yield sequencer
            sequencer.close()

    def tail(self) -> Tail:
        with self._connections.read() as connection:
            return tail(connection)

    def closing(self) -> Closing | None:
        with self._connections.read() as connection:
            return closing(connection)

    def close(self, new: Closing) -> None:
        with self._connections.write("log") as connection:
            before = closing(connection)
            connection.execute(delete(state).where(state.c.name == "closed"))
            told = {"at": before.at if before else new.at, "successor": new.successor}
            insert_rows(connection, state, [("closed", json.dumps(told))])

    def records(self, indices: Collection[int]) -> dict[int, StoredRecord]:
        with self._connections.read() as connection:
            rows = _RECORDS.rows(connection, indices_in(indices))
            return {row[0]: _stored(row) for row in rows}

    def scan(self, start: int, stop: int, *, batch: int = 1000) -> Iterator[StoredRecord]:
        start, stop = max(start, 0), min(stop, self.tail().size)
        for low in range(start, stop, batch):
            high = min(low + batch, stop)
            with self._connections.read() as connection:
                rows = _SCAN.rows(connection, low=low, high=high)
            for index, row in zip(range(low, high), rows, strict=False):
                if row[0] != index:
                    raise missing(index)
                yield _stored(row)
            if len(rows) < high - low:
                raise missing(low + len(rows))

    def by_leaf_hash(self, leaf_hashes: Collection[bytes]) -> dict[bytes, int]:
        wanted = set(leaf_hashes)
        with self._connections.read() as connection:
            rows = _LEAF_HASHES.rows(connection, starts(leaf_hashes))
            return {leaf_hash: index for leaf_hash, index in rows if leaf_hash in wanted}

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        with self._connections.read() as connection:
            return arrows(connection, things, seasons)

    def tips_at(self, wanted: Collection[str], size: int) -> dict[str, Tip]:
        with self._connections.read() as connection:
            return objects.tips(connection, wanted, size)

    def reachable(self, indices: Collection[int], *, limit: int | None = None) -> set[int]:
        most = _ALL if limit is None else limit + 1
        found: set[int] = set()
        with self._connections.read() as connection:
            for row in _REACHABLE.rows(connection, indices_in(indices), most=most):
                found.add(row[0])
                if len(found) == most:
                    break
        return found

    def touched(
        self, wanted: Collection[str], *, size: int, extends_only: bool = False
    ) -> dict[str, list[int]]:
        with self._connections.read() as connection:
            return objects.touched(connection, wanted, size, extends_only=extends_only)

    def touches_of(
        self, indices: Collection[int]
    ) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
        with self._connections.read() as connection:
            return objects.touches_of(connection, indices)

    def numbers_of(self, start: int, stop: int) -> list[tuple[list[int], list[int]]]:
        with self._connections.read() as connection:
            return objects.numbers_of(connection, start, stop)

    def erasures_of(self, indices: Collection[int]) -> dict[int, int]:
        with self._connections.read() as connection:
            rows = _ERASURES.rows(connection, indices_in(indices))
            return dict(tuple(row) for row in rows)

    def declarations_of(self, indices: Collection[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        with self._connections.read() as connection:
            for index, declaration in sorted(
                map(tuple, _WRONGS.rows(connection, indices_in(indices)))
            ):
                found.setdefault(index, []).append(declaration)
        return found

    def declared_in(self, start: int, stop: int) -> set[int] | None:
        with self._connections.read() as connection:
            if _EVENTS_ERASED.rows(connection, low=start, high=stop):
                return None
            return {index for (index,) in _DECLARED.rows(connection, low=start, high=stop)}

    def key_records(self, since: int = 0) -> list[StoredRecord]:
        with self._connections.read() as connection:
            return [_stored(row) for row in _KEYS.rows(connection, since=since)]

    def master_records(self, since: int = 0, *, limit: int = 1000) -> list[StoredRecord]:
        with self._connections.read() as connection:
            return [_stored(row) for row in _MASTERS.rows(connection, since=since, most=limit)]

    def find_events(self, query: EventQuery) -> list[int]:
        wanted = select(events.c.idx).where(events.c.idx > query.after_index)
        if query.event_id is not None:
            wanted = wanted.where(events.c.event_id == query.event_id)
        if query.event_hash is not None:
            wanted = wanted.where(
                event_hash_start == hash_digits(query.event_hash),
                events.c.event_hash == query.event_hash,
            )
        if query.biz_step is not None:
            wanted = wanted.where(events.c.biz_step == query.biz_step)
        if query.owner is not None:
            wanted = wanted.where(events.c.owner == _number_of(query.owner))
        if query.touching is not None:
            of_it = select(touches.c.idx).where(touches.c.object == _number_of(query.touching))
            wanted = wanted.where(events.c.idx.in_(of_it))
        with self._connections.read() as connection:
            return list(connection.scalars(wanted.order_by(events.c.idx).limit(query.limit)))

    def known(
        self,
        resource: str,
        audience: KnownTo,
        *,
        after: str = "",
        limit: int = 100,
        only: str | None = None,
    ) -> list[str]:
        wanted = select(known.c.value).where(known.c.resource == resource, known.c.value > after)
        if only is not None:
            wanted = wanted.where(known.c.value == only)
        if not audience.everything:
            shown = [known.c.trade == 0, known.c.owner.in_(_numbers_of(audience.owners))]
            if audience.party is not None:
                shown.append(known.c.party.in_(_numbers_of({audience.party})))
            wanted = wanted.where(or_(*shown))
        with self._connections.read() as connection:
            return list(connection.scalars(wanted.distinct().order_by(known.c.value).limit(limit)))

    def objects(self, *, after: str = "", limit: int = 100) -> list[str]:
        wanted = select(objects_table.c.uri).where(objects_table.c.uri > after)
        with self._connections.read() as connection:
            return list(connection.scalars(wanted.order_by(objects_table.c.uri).limit(limit)))

    def search(self, search: EventSearch) -> list[tuple[str, int]]:
        with self._connections.read() as connection:
            return [(time, index) for time, index in connection.execute(searching(search))]

    def recorded_since(self, time: str) -> int:
        # recordTime never falls with the index, and has no index of its own.
        low, high = 0, self.tail().size
        with self._connections.read() as connection:
            while low < high:
                middle = (low + high) // 2
                (row,) = _RECORD_TIME.rows(connection, index=middle)
                if row[0] < time:
                    low = middle + 1
                else:
                    high = middle
        return low

    def serial(self, lot: str, serial: str) -> NewSerial | None:
        found = self._serials(
            select(serials).where(serials.c.lot == lot, serials.c.serial == serial)
        )
        return found[0] if found else None

    def lots_of(self, packs: Collection[str]) -> dict[str, tuple[str, ...]]:
        with self._connections.read() as connection:
            return lots_of(connection, packs)

    def serials_of(self, record: int) -> list[NewSerial]:
        return self._serials(
            select(serials).where(serials.c.record == record).order_by(serials.c.position)
        )

    def _serials(self, query: Select[Any]) -> list[NewSerial]:
        with self._connections.read() as connection:
            return [NewSerial(*row) for row in connection.execute(query)]


_RECORD_TIME = Prepared(
    select(records.c.record_time).where(
        records.c.idx == bindparam("index", type_=records.c.idx.type)
    )
)


def _numbers_of(uris: Collection[str]) -> Select[Any]:
    return select(objects_table.c.id).where(objects_table.c.uri.in_(sorted(uris)))


def _number_of(uri: str) -> ScalarSelect[int]:
    return select(objects_table.c.id).where(objects_table.c.uri == uri).scalar_subquery()


def _stored(row: Any) -> StoredRecord:
    index, kind, content, digest, disclosures, link, entry, leaf_hash, kid, owner, time = row
    lines = _octets(disclosures)
    return StoredRecord(
        index,
        kind,
        None if content is None else _octets(content),
        _octets(digest),
        tuple(lines.decode(errors="replace").split("\n")) if lines else (),
        _octets(link),
        _octets(entry),
        _octets(leaf_hash),
        kid,
        owner,
        time,
    )


def _octets(value: Any) -> bytes:
    return value if type(value) is bytes else as_bytes(value) or b""

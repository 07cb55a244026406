"""The stores in memory, for tests of the verbs: the same contract, held by tests/store.

Brute force where the databases have indexes. ``fail_next`` makes the next call of a kind raise
Unavailable, with its change applied or not: what a lost connection leaves behind.
"""

from __future__ import annotations

import bisect
import builtins
import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.errors import Conflict, Fatal, NotFound, Unavailable
from suyuan.core.farm.index import DeedIndex
from suyuan.core.lineage.cycles import Arrow, arrows_of
from suyuan.core.merkle import root_from_leaf_hashes
from suyuan.core.universe import pack_of
from suyuan.ports.accounts import (
    AccountStore,
    Attachment,
    AttachmentStore,
    Job,
    JobStore,
    KeptKey,
    Organisation,
    Token,
)
from suyuan.ports.anchors import (
    MINED,
    AnchorRow,
    AnchorState,
    AnchorStore,
    AnchorTx,
    Lease,
    PolicyRow,
)
from suyuan.ports.books import DeedQuery, DeedStore, Draft, DraftStore
from suyuan.ports.imports import Import, ImportStore
from suyuan.ports.log import (
    Closing,
    EventQuery,
    EventSearch,
    KnownTo,
    LogStore,
    NewRecord,
    NewSerial,
    Remembered,
    Sequencer,
    StoredRecord,
    Tail,
    Tip,
)
from suyuan.ports.people import AttemptStore, PeopleStore, Person, Session, SessionStore, pause
from suyuan.ports.queries import NamedQuery, QueryStore
from suyuan.ports.subscriptions import Progress, Subscription, SubscriptionStore
from suyuan.ports.tree import Damage, FullTile, Scrubbed, SignedHead, TreeStore

T = TypeVar("T")
Touches = dict[int, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass
class _State:
    records: list[NewRecord] = field(default_factory=list)
    size: int = 0
    """Readers look no further: it grows when all else of a block is there."""
    erased: dict[int, int] = field(default_factory=dict)
    contents: dict[bytes, int] = field(default_factory=dict)
    extends: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    rests: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    serials: dict[tuple[str, str], NewSerial] = field(default_factory=dict)
    remembered: dict[tuple[str, str], Remembered] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    leases: dict[str, tuple[str, float]] = field(default_factory=dict)
    heads: list[SignedHead] = field(default_factory=list)
    tiles: dict[tuple[int, int], FullTile] = field(default_factory=dict)
    damage: Damage | None = None
    closing: Closing | None = None
    scrubbed: Scrubbed = field(default_factory=Scrubbed)
    anchors: dict[int, AnchorRow] = field(default_factory=dict)
    policies: list[PolicyRow] = field(default_factory=list)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    keys: dict[str, KeptKey] = field(default_factory=dict)
    attachments: dict[bytes, Attachment] = field(default_factory=dict)
    cosignatures: dict[tuple[int, str], str] = field(default_factory=dict)
    queries: dict[tuple[str, str], NamedQuery] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    sessions: dict[bytes, Session] = field(default_factory=dict)
    attempts: dict[bytes, tuple[int, float, float]] = field(default_factory=dict)
    carried: defaultdict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    deeds: dict[int, tuple[str, DeedIndex]] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    import_plans: dict[tuple[str, bytes], str] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)


class MemoryDatabase:
    """As adapters.sql.Database; ``state`` may be looked into, and tampered with."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.state = _State()
        self.clock = clock
        self.numbers: dict[str, int] = {}
        """Of objects (LogStore.numbers_of)."""
        self._writing = threading.Lock()
        self._writer: int | None = None
        self._failing: dict[str, bool] = {}
        self.log: LogStore = MemoryLog(self)
        self.tree: TreeStore = MemoryTree(self)
        self.anchors: AnchorStore = MemoryAnchors(self)
        self.accounts: AccountStore = MemoryAccounts(self)
        self.people: PeopleStore = MemoryPeople(self)
        self.sessions: SessionStore = MemorySessions(self)
        self.attempts: AttemptStore = MemoryAttempts(self)
        self.jobs: JobStore = MemoryJobs(self)
        self.attachments: AttachmentStore = MemoryAttachments(self)
        self.queries: QueryStore = MemoryQueries(self)
        self.deeds: DeedStore = MemoryDeeds(self)
        self.drafts: DraftStore = MemoryDrafts(self)
        self.subscriptions: SubscriptionStore = MemorySubscriptions(self)
        self.imports: ImportStore = MemoryImports(self)

    def close(self) -> None:
        pass

    def fail_next(self, kind: str, *, applied: bool) -> None:
        """The next "append", or call of a writing method of this name, raises Unavailable."""
        self._failing[kind] = applied

    @contextmanager
    def write(self, kind: str) -> Iterator[_State]:
        me = threading.get_ident()
        if self._writer == me:
            raise Fatal("a write inside a write would wait for itself for ever")
        with self._writing:
            self._writer = me
            try:
                applied = self._failing.pop(kind, None)
                if applied is False:
                    raise Unavailable("the database does not answer: {reason}", reason=kind)
                yield self.state
                if applied:
                    raise Unavailable("the database does not answer: {reason}", reason=kind)
            finally:
                self._writer = None


class MemorySequencer:
    """Collects what a block appends; ``commit`` cannot fail."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._new: list[NewRecord] = []
        self._serials: dict[tuple[str, str], NewSerial] = {}
        self._remembered: dict[tuple[str, str], Remembered] = {}
        self._carried: list[tuple[bytes, int]] = []
        self._finished: dict[str, tuple[tuple[int | None, ...], str | None, bytes]] = {}
        self._filed: dict[str, int] = {}
        self.broken = False

    def _all(self) -> Iterator[NewRecord]:
        yield from self._state.records
        yield from self._new

    def _refuse(self, error: Exception) -> Exception:
        self.broken = True
        return error

    def tail(self) -> Tail:
        last = (self._new or self._state.records)[-1:]
        return Tail(last[0].index + 1, last[0].record_time) if last else Tail(0, "")

    def closing(self) -> Closing | None:
        return self._state.closing

    def tips(self, objects: Collection[str]) -> dict[str, Tip]:
        found = _tips(self._state, objects, len(self._state.records))
        wanted = set(objects)
        for record in self._new:
            for uri in wanted.intersection(record.extends):
                found[uri] = Tip(record.index, record.leaf_hash)
        return found

    def extenders(self, objects: Collection[str]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for uri in objects:
            owners = {self._state.records[i].owner for i in self._state.extends.get(uri, ())}
            owners.update(record.owner for record in self._new if uri in record.extends)
            if owners:
                found[uri] = owners
        return {uri: frozenset(owners) for uri, owners in found.items()}

    def parties(self, objects: Collection[str]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for uri in objects:
            touching = [self._state.records[i] for i in self._state.rests.get(uri, ())]
            touching += [r for r in self._new if uri in r.extends or uri in r.rests_on]
            named = {party for record in touching if record.event for party in record.event.parties}
            if named:
                found[uri] = named
        return {uri: frozenset(parties) for uri, parties in found.items()}

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        return _walked(self._all(), self._state.erased, things, seasons)

    def arrows_since(self, size: int) -> list[Arrow] | None:
        since = [r for r in self._all() if r.index >= size]
        if any(r.kind == "erasure" or (r.event and r.event.flows.declares_error) for r in since):
            return None
        return [a for r in since if r.event for a in arrows_of(r.event.flows.lines, str(r.index))]

    def same_contents(self, digests: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
        wanted = set(digests)
        return {
            r.content_digest: (r.index, r.kid) for r in self._all() if r.content_digest in wanted
        }

    def same_events(self, same_as: Collection[bytes]) -> dict[bytes, int]:
        return _first(self._all(), lambda record: record.event and record.event.same_as, same_as)

    def event_ids(self, event_ids: Collection[str]) -> dict[str, int]:
        return _first(self._all(), lambda record: record.event and record.event.event_id, event_ids)

    def remembered(self, owner: str, key: str) -> Remembered | None:
        return self._remembered.get((owner, key)) or self._state.remembered.get((owner, key))

    def remember(self, owner: str, key: str, answer: Remembered) -> None:
        if self.remembered(owner, key):
            raise self._refuse(Conflict("this contradicts what is stored already: {r}", r=key))
        self._remembered[owner, key] = answer

    def insert(self, records: Sequence[NewRecord]) -> None:
        for record in records:
            tail = self.tail()
            if record.index != tail.size:
                raise self._refuse(Fatal("record {i} does not continue the log", i=record.index))
            if record.record_time < tail.record_time:
                raise self._refuse(Fatal("record {i} is before the log's last", i=record.index))
            if record.content_digest in self._state.contents or any(
                record.content_digest == other.content_digest for other in self._new
            ):
                raise self._refuse(Conflict("content of record {i} is there", i=record.index))
            if record.erases is not None:
                self._check_erasure(record.erases, record.index)
            self._new.append(record)

    def _check_erasure(self, erased: int, index: int) -> None:
        if not 0 <= erased < index:
            raise self._refuse(Conflict("there is no record {record} to erase", record=erased))
        stored = self._state.records
        target = stored[erased] if erased < len(stored) else self._new[erased - len(stored)]
        if target.kind == "key":
            raise self._refuse(Conflict("record {record} is a key", record=erased))

    def add_serials(self, serials: Sequence[NewSerial]) -> None:
        for new in serials:
            place = new.lot, new.serial
            if place in self._state.serials or place in self._serials:
                raise self._refuse(Conflict("lot {lot} has serial {s}", lot=new.lot, s=new.serial))
            self._serials[place] = new

    def carry(self, pairs: Sequence[tuple[bytes, int]]) -> None:
        self._carried += pairs

    def finish_job(
        self,
        job: str,
        indices: Sequence[int | None],
        at: str | None = None,
        *,
        errors: bytes = b"[]",
    ) -> None:
        found = self._state.jobs.get(job)
        if found is None or found.state not in ("queued", "running") or job in self._finished:
            raise self._refuse(Conflict("job {job} is not open any more", job=job))
        self._finished[job] = tuple(indices), at, errors

    def file_drafts(self, filed: Sequence[tuple[str, int, int]]) -> None:
        for name, version, index in filed:
            draft = self._state.drafts.get(name)
            if (
                draft is None
                or draft.version != version
                or draft.filed is not None
                or name in self._filed
            ):
                raise self._refuse(Conflict("draft {id} was changed or filed", id=name))
            self._filed[name] = index

    def commit(self) -> None:
        state = self._state
        for record in self._new:
            state.records.append(record)
            state.contents[record.content_digest] = record.index
            for uri in set(record.extends):
                state.extends[uri].append(record.index)
            for uri in {*record.extends, *record.rests_on}:
                state.rests[uri].append(record.index)
            for digest in record.attachments:
                state.carried[digest].add(record.index)
            if record.event is not None and record.event.deed is not None:
                state.deeds[record.index] = record.owner, record.event.deed
            if record.erases is not None:
                _erase(state, record.erases, record.index)
        for digest, index in self._carried:
            state.carried[digest].add(index)
        for name, index in self._filed.items():
            draft = state.drafts[name]
            state.drafts[name] = replace(draft, filed=index, values=b"{}", attachments=())
        state.size = len(state.records)
        state.serials.update(self._serials)
        state.remembered.update(self._remembered)
        for job, (indices, at, errors) in self._finished.items():
            state.jobs[job] = replace(
                state.jobs[job],
                state="done",
                checked=state.jobs[job].total,
                indices=indices,
                errors=errors,
                request=b"",
                finished_at=self._last_time() if at is None else at,
            )

    def _last_time(self) -> str:
        return self._state.records[-1].record_time if self._state.records else ""


def _walked(
    records: Iterable[NewRecord],
    erased: Collection[int],
    things: Collection[str],
    seasons: Collection[str],
) -> list[Arrow]:
    holding = [r for r in records if r.event and r.index not in erased]
    wrong = {(r.event.event_id, r.owner, r.index) for r in holding
             if r.event and r.event.flows.declares_error}  # fmt: skip
    drawn = [
        arrow
        for r in holding
        if r.event
        and not any((r.event.event_id, r.owner) == one[:2] and r.index < one[2] for one in wrong)
        for arrow in arrows_of(r.event.flows.lines, str(r.index))
    ]
    seen = {*things, *(f"<{season}>" for season in seasons)}
    found: set[Arrow] = set()
    while True:
        met = {arrow for arrow in drawn if arrow.tail in seen}
        if met <= found:
            return sorted(found)
        found |= met
        seen |= {arrow.head for arrow in met}


class MemoryLog:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @property
    def _records(self) -> list[NewRecord]:
        return self._database.state.records

    @property
    def _size(self) -> int:
        return self._database.state.size

    @contextmanager
    def sequencing(self) -> Iterator[Sequencer]:
        with self._database.write("append") as state:
            sequencer = MemorySequencer(state)
            yield sequencer
            if sequencer.broken:
                raise Fatal("an append went on after an error in it; nothing of it was stored")
            sequencer.commit()

    def tail(self) -> Tail:
        size = self._size
        return Tail(size, self._records[size - 1].record_time) if size else Tail(0, "")

    def closing(self) -> Closing | None:
        return self._database.state.closing

    def close(self, closing: Closing) -> None:
        with self._database.write("close") as state:
            at = state.closing.at if state.closing else closing.at
            state.closing = replace(closing, at=at)

    def records(self, indices: Collection[int]) -> dict[int, StoredRecord]:
        size = self._size
        return {i: self._stored(i) for i in indices if 0 <= i < size}

    def scan(self, start: int, stop: int, *, batch: int = 1000) -> Iterator[StoredRecord]:
        for index in range(max(start, 0), min(stop, self._size)):
            yield self._stored(index)

    def _stored(self, index: int) -> StoredRecord:
        r = self._records[index]
        return StoredRecord(
            r.index,
            r.kind,
            None if index in self._database.state.erased else r.content,
            r.content_digest,
            r.disclosures,
            r.link,
            r.entry,
            r.leaf_hash,
            r.kid,
            r.owner,
            r.record_time,
        )

    def by_leaf_hash(self, leaf_hashes: Collection[bytes]) -> dict[bytes, int]:
        wanted = set(leaf_hashes)
        return {r.leaf_hash: r.index for r in self._records[: self._size] if r.leaf_hash in wanted}

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        state = self._database.state
        return _walked(self._records[: self._size], state.erased, things, seasons)

    def tips_at(self, objects: Collection[str], size: int) -> dict[str, Tip]:
        return _tips(self._database.state, objects, min(size, self._size))

    def reachable(self, indices: Collection[int], *, limit: int | None = None) -> set[int]:
        found: set[int] = set()
        waiting = [index for index in indices if 0 <= index < self._size]
        while waiting and (limit is None or len(found) <= limit):
            index = waiting.pop()
            if index not in found:
                found.add(index)
                waiting.extend(self._records[index].after)
        return found

    def known(
        self,
        resource: str,
        audience: KnownTo,
        *,
        after: str = "",
        limit: int = 100,
        only: str | None = None,
    ) -> list[str]:
        found = {
            value
            for record in self._records[: self._size]
            if (event := record.event) is not None
            and record.index not in self._database.state.erased
            and (
                not event.trade
                or audience.everything
                or record.owner in audience.owners
                or audience.party in event.parties
            )
            for name, value in event.known
            if name == resource and value > after and only in (None, value)
        }
        return sorted(found)[:limit]

    def objects(self, *, after: str = "", limit: int = 100) -> list[str]:
        records = self._records[: self._size]
        found = {
            uri
            for r in records
            for uri in (*r.extends, *r.rests_on, r.owner, *(r.event.parties if r.event else ()))
        }
        return sorted(uri for uri in found if uri > after)[:limit]

    def touched(
        self, objects: Collection[str], *, size: int, extends_only: bool = False
    ) -> dict[str, list[int]]:
        state, size = self._database.state, min(size, self._size)
        touching = state.extends if extends_only else state.rests
        found = {uri: [i for i in touching.get(uri, ()) if i < size] for uri in objects}
        return {uri: indices for uri, indices in found.items() if indices}

    def touches_of(self, indices: Collection[int]) -> Touches:
        found: Touches = {}
        for index in indices:
            there = self._records[index : index + 1] if 0 <= index < self._size else []
            extends = {uri for record in there for uri in record.extends}
            rests = extends.union(uri for record in there for uri in record.rests_on)
            found[index] = tuple(sorted(extends)), tuple(sorted(rests))
        return found

    def numbers_of(self, start: int, stop: int) -> list[tuple[list[int], list[int]]]:
        numbers = self._database.numbers
        return [
            (
                [numbers.setdefault(uri, len(numbers)) for uri in extends],
                [numbers.setdefault(uri, len(numbers)) for uri in rests_on],
            )
            for extends, rests_on in self.touches_of(range(start, stop)).values()
        ]

    def erasures_of(self, indices: Collection[int]) -> dict[int, int]:
        erased = self._database.state.erased
        return {index: erased[index] for index in indices if index in erased}

    def declarations_of(self, indices: Collection[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for declaration in range(self._size):
            for index in self._declared(declaration):
                if index in set(indices):
                    found.setdefault(index, []).append(declaration)
        return found

    def declared_in(self, start: int, stop: int) -> set[int] | None:
        erased = self._database.state.erased
        if any(
            start <= erasure < stop and self._records[index].kind == "event"
            for index, erasure in erased.items()
        ):
            return None
        span = range(max(start, 0), min(stop, self._size))
        return {index for declaration in span for index in self._declared(declaration)}

    def _declared(self, index: int) -> list[int]:
        new, erased = self._records[index], self._database.state.erased
        event = new.event
        if event is None or not event.flows.declares_error or index in erased:
            return []
        return [
            one.index
            for one in self._records[:index]
            if one.event is not None
            and event.event_id is not None
            and (one.event.event_id, one.owner) == (event.event_id, new.owner)
            and one.index not in erased
        ]

    def key_records(self, since: int = 0) -> list[StoredRecord]:
        return [
            self._stored(r.index)
            for r in self._records[max(since, 0) : self._size]
            if r.kind == "key"
        ]

    def master_records(self, since: int = 0, *, limit: int = 1000) -> list[StoredRecord]:
        found = [r for r in self._records[max(since, 0) : self._size] if r.kind == "master"]
        return [self._stored(r.index) for r in found[:limit]]

    def find_events(self, query: EventQuery) -> list[int]:
        found = [
            r.index
            for r in self._records[: self._size]
            if r.index > query.after_index and _fits(r, query)
        ]
        return found[: query.limit]

    def search(self, search: EventSearch) -> list[tuple[str, int]]:
        low, high = search.indices
        since, until = search.event_time
        found = [
            (event.event_time, r.index)
            for r in self._records[: self._size]
            if (event := r.event) is not None
            and low <= r.index < high
            and search.biz_step in (None, event.biz_step)
            and (search.event_types is None or event.event_type in search.event_types)
            and (search.event_ids is None or event.event_id in search.event_ids)
            and (search.owners is None or r.owner in search.owners)
            and (
                search.place is None
                or not {(n, search.place) for n in ("readPoints", "bizLocations")}.isdisjoint(
                    event.known
                )
            )
            and (since is None or event.event_time >= since)
            and (until is None or event.event_time < until)
            and all(one.intersection((*r.extends, *r.rests_on)) for one in search.touching)
        ]

        def place(row: tuple[str, int]) -> tuple[str, int]:
            return row if search.by_time else ("", row[1])

        found.sort(key=place, reverse=search.descending)
        if search.after is not None:
            last = place(search.after)
            found = [
                row
                for row in found
                if (place(row) < last if search.descending else place(row) > last)
            ]
        return found[: search.limit]

    def recorded_since(self, time: str) -> int:
        times = [r.record_time for r in self._records[: self._size]]
        return sum(one < time for one in times)

    def serial(self, lot: str, serial: str) -> NewSerial | None:
        return self._database.state.serials.get((lot, serial))

    def lots_of(self, packs: Collection[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        for lot, serial in self._database.state.serials:
            if (pack := pack_of(lot, serial)) in packs and pack is not None:
                found.setdefault(pack, set()).add(lot)
        return {pack: tuple(sorted(lots)) for pack, lots in found.items()}

    def serials_of(self, record: int) -> list[NewSerial]:
        issued = [s for s in self._database.state.serials.values() if s.record == record]
        return sorted(issued, key=lambda serial: serial.position)


class MemoryTree:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def latest(self) -> SignedHead | None:
        heads = self._database.state.heads
        return heads[-1] if heads else None

    def at(self, size: int) -> SignedHead | None:
        return next((head for head in self._database.state.heads if head.size == size), None)

    def covering(self, size: int) -> SignedHead | None:
        return next((head for head in self._database.state.heads if head.size >= size), None)

    def heads(self, since: int = 0) -> Iterator[SignedHead]:
        heads = tuple(self._database.state.heads)
        newest = max((head.size for head in heads if head.size <= since), default=0)
        yield from (head for head in heads if head.size >= newest)

    def cosign(self, size: int, witness: str, line: str, at: str) -> None:
        with self._database.write("cosign") as state:
            if self.at(size) is None:
                raise Conflict("this contradicts what is stored already: {r}", r=size)
            state.cosignatures.setdefault((size, witness), line)

    def cosignatures(self, size: int) -> tuple[str, ...]:
        found = self._database.state.cosignatures
        return tuple(found[key] for key in sorted(found) if key[0] == size)

    def cosigned_since(self, size: int, most: int = 20) -> tuple[int, ...]:
        found = {at for at, _ in self._database.state.cosignatures if at >= size}
        return tuple(sorted(found, reverse=True)[:most])

    def publish(self, old_size: int, head: SignedHead, tiles: Sequence[FullTile]) -> bool:
        with self._database.write("publish") as state:
            latest = self.latest()
            if (latest.size if latest else 0) != old_size:
                return False
            if not old_size < head.size <= len(state.records):
                raise Fatal("a checkpoint of {size} cannot be", size=head.size)
            needed = {
                (level, number)
                for level in range(6)
                for number in range(old_size >> 8 * (level + 1), head.size >> 8 * (level + 1))
            }
            if {(tile.level, tile.number) for tile in tiles} != needed:
                raise Fatal("a checkpoint of {size} needs its tiles", size=head.size)
            if any(len(tile.nodes) != 511 * 32 for tile in tiles):
                raise Fatal("a full tile has 511 hashes")
            state.heads.append(head)
            state.tiles.update({(tile.level, tile.number): tile for tile in tiles})
            return True

    def nodes(self, wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        found = {}
        for level, number in wanted:
            full = 0 <= level <= 48 and number >= 0
            leaves = self.leaf_hashes(number << level, (number + 1) << level) if full else []
            if not full or len(leaves) < 1 << level:
                raise NotFound("the log does not fill {level}/{n}", level=level, n=number)
            found[level, number] = root_from_leaf_hashes(leaves)
        return found

    def tiles(self, level: int, start: int, stop: int) -> Iterator[FullTile]:
        tiles = self._database.state.tiles
        yield from (tiles[place] for place in sorted(tiles) if _within(place, level, start, stop))

    def _records(self, start: int, stop: int) -> list[NewRecord]:
        state = self._database.state
        return state.records[max(start, 0) : max(min(stop, state.size), 0)]

    def leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        return [record.leaf_hash for record in self._records(start, stop)]

    def entries(self, start: int, stop: int) -> list[bytes]:
        return [record.entry for record in self._records(start, stop)]

    def damage(self) -> Damage | None:
        return self._database.state.damage

    def report_damage(self, damage: Damage | None) -> None:
        with self._database.write("report_damage") as state:
            state.damage = damage

    def scrubbed(self) -> Scrubbed:
        return self._database.state.scrubbed

    def set_scrubbed(self, scrubbed: Scrubbed) -> None:
        with self._database.write("set_scrubbed") as state:
            state.scrubbed = scrubbed


class MemoryAnchors:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def intend(self, row: AnchorRow) -> AnchorRow:
        with self._database.write("intend") as state:
            if row.size <= row.old_size:
                raise Conflict("this contradicts what is stored already: {r}", r=row.size)
            number = len(state.anchors) + 1
            state.anchors[number] = replace(row, id=number)
            return state.anchors[number]

    def add_tx(self, anchor: int, tx: AnchorTx) -> None:
        with self._database.write("add_tx") as state:
            row = self._row(anchor)
            if all(other.tx_hash != tx.tx_hash for other in row.txs):
                state.anchors[anchor] = replace(row, txs=(*row.txs, tx))

    def mark_sent(self, anchor: int, tx_hash: str, at: str) -> None:
        with self._database.write("mark_sent") as state:
            row = self._row(anchor)
            if all(tx.tx_hash != tx_hash for tx in row.txs):
                raise NotFound("anchor {anchor} has no transaction {tx}", anchor=anchor, tx=tx_hash)
            state.anchors[anchor] = replace(
                row,
                txs=tuple(
                    replace(tx, sent_at=at) if tx.tx_hash == tx_hash else tx for tx in row.txs
                ),
            )

    def update(self, row: AnchorRow) -> None:
        with self._database.write("update") as state:
            kept = self._row(row.id)
            state.anchors[row.id] = replace(
                row,
                policy_version=kept.policy_version,
                old_size=kept.old_size,
                size=kept.size,
                root=kept.root,
                proof=kept.proof,
                created_at=kept.created_at,
                txs=kept.txs,
            )

    def _row(self, anchor: int) -> AnchorRow:
        if anchor not in self._database.state.anchors:
            raise NotFound("there is no anchor {anchor}", anchor=anchor)
        return self._database.state.anchors[anchor]

    def open(self, policy_version: int) -> list[AnchorRow]:
        return self._of(policy_version, ("pending", "mined", "safe"))

    def latest(self, policy_version: int, states: tuple[AnchorState, ...]) -> AnchorRow | None:
        return next(reversed(self._of(policy_version, states)), None)

    def at(self, policy_version: int, size: int) -> AnchorRow | None:
        mined = self._of(policy_version, MINED)
        return next((row for row in mined if row.size == size), None)

    def covering(self, policy_version: int, size: int) -> AnchorRow | None:
        mined = self._of(policy_version, MINED)
        return next((row for row in mined if row.size >= size), None)

    def _of(self, policy_version: int, states: tuple[AnchorState, ...]) -> list[AnchorRow]:
        rows = [
            row
            for row in self._database.state.anchors.values()
            if row.policy_version == policy_version and row.state in states
        ]
        return sorted(rows, key=lambda row: (row.size, row.id))

    def policy(self) -> PolicyRow | None:
        policies = self._database.state.policies
        return policies[-1] if policies else None

    def policies(self) -> list[PolicyRow]:
        return list(self._database.state.policies)

    def add_policy(self, policy: bytes, since: str, *, same_contract: bool = False) -> PolicyRow:
        with self._database.write("add_policy") as state:
            version = len(state.policies) + 1
            state.policies.append(PolicyRow(version, policy, since))
            for anchor, row in list(state.anchors.items()) if same_contract else ():
                if row.policy_version == version - 1:
                    state.anchors[anchor] = replace(row, policy_version=version)
            return state.policies[-1]

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        with self._database.write("lease") as state:
            now = self._database.clock()
            has, until = state.leases.get(name, (holder, 0.0))
            if has != holder and until > now:
                return False
            state.leases[name] = holder, now + seconds
            return True

    def release(self, name: str, holder: str) -> None:
        with self._database.write("release") as state:
            if state.leases.get(name, ("", 0.0))[0] == holder:
                del state.leases[name]

    def leases(self) -> list[Lease]:
        now, held = self._database.clock(), self._database.state.leases
        return [
            Lease(name, holder, until - now)
            for name, (holder, until) in sorted(held.items())
            if until > now
        ]


class MemoryQueries:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, query: NamedQuery) -> None:
        with self._database.write("add_query") as state:
            if (query.organisation, query.name) in state.queries:
                raise Conflict("this contradicts what is stored already: {r}", r=query.name)
            state.queries[query.organisation, query.name] = query

    def get(self, organisation: str, name: str) -> NamedQuery | None:
        return self._database.state.queries.get((organisation, name))

    def list(self, organisation: str, *, after: str = "", limit: int = 100) -> list[NamedQuery]:
        found = [
            query
            for query in self._database.state.queries.values()
            if query.organisation == organisation and query.name > after
        ]
        return sorted(found, key=lambda query: query.name)[:limit]

    def delete(self, organisation: str, name: str) -> bool:
        with self._database.write("delete_query") as state:
            return state.queries.pop((organisation, name), None) is not None


class MemoryDeeds:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def find(self, query: DeedQuery) -> list[tuple[str, int]]:
        since, until = query.days
        found = [
            (deed.day, index)
            for index, (owner, deed) in self._database.state.deeds.items()
            if owner == query.organisation
            and (query.kinds is None or deed.kind in query.kinds)
            and set(query.things) <= set(deed.things)
            and all(not some.isdisjoint(deed.things) for some in query.any_of)
            and (since is None or deed.day >= since)
            and (until is None or deed.day <= until)
            and query.text.strip().casefold() in deed.text
            and (query.after is None or (deed.day, index) < query.after)
        ]
        return sorted(found, reverse=True)[: query.limit]

    def named(self, organisation: str, things: Collection[str]) -> set[str]:
        every = self._database.state.deeds.values()
        own = {one for owner, deed in every if owner == organisation for one in deed.things}
        return own.intersection(things)

    def of_kinds(self, indices: Collection[int], kinds: Collection[str]) -> set[int]:
        known = self._database.state.deeds
        return {one for one in indices if one in known and known[one][1].kind in kinds}

    def things(self, indices: Collection[int]) -> dict[int, frozenset[str]]:
        known = self._database.state.deeds
        return {one: frozenset(known[one][1].things) for one in indices if one in known}

    def replace(self, rows: Sequence[tuple[int, str, DeedIndex]]) -> None:
        with self._database.write("replace_deeds") as state:
            for index, owner, deed in rows:
                state.deeds.pop(index, None)
                if index not in state.erased:
                    state.deeds[index] = owner, deed


class MemoryDrafts:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def save(self, draft: Draft) -> bool:
        with self._database.write("save_draft") as state:
            known = state.drafts.get(draft.id)
            if draft.version == 1:
                if known is not None:
                    return False
            elif (
                known is None
                or known.version != draft.version - 1
                or known.organisation != draft.organisation
                or known.filed is not None
            ):
                return False
            created = known.created_at if known is not None else draft.created_at
            state.drafts[draft.id] = replace(draft, created_at=created)
            return True

    def add(self, drafts: Sequence[Draft]) -> int:
        with self._database.write("add_drafts") as state:
            fresh = {one.id: one for one in drafts if one.id not in state.drafts}
            state.drafts.update(fresh)
            return len(fresh)

    def known(self, draft_ids: Collection[str]) -> set[str]:
        return set(draft_ids) & self._database.state.drafts.keys()

    def get(self, draft_id: str) -> Draft | None:
        return self._database.state.drafts.get(draft_id)

    def list(
        self, organisation: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> builtins.list[Draft]:
        found = [
            draft
            for draft in self._database.state.drafts.values()
            if draft.organisation == organisation
            and draft.filed is None
            and (after is None or (draft.changed_at, draft.id) < after)
        ]
        return sorted(found, key=lambda d: (d.changed_at, d.id), reverse=True)[:limit]

    def delete(self, draft_ids: Collection[str]) -> int:
        with self._database.write("delete_draft") as state:
            gone = [
                n for n in set(draft_ids) if n in state.drafts and state.drafts[n].filed is None
            ]
            for name in gone:
                del state.drafts[name]
            return len(gone)


class MemoryAccounts:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add_organisation(self, organisation: Organisation) -> None:
        with self._database.write("add_organisation") as state:
            there = state.organisations.setdefault(organisation.id, organisation)
            if replace(there, created_at=organisation.created_at) != organisation:
                raise Conflict("organisation {id} is described otherwise", id=organisation.id)

    def organisation(self, organisation_id: str) -> Organisation | None:
        return self._database.state.organisations.get(organisation_id)

    def organisations(self) -> list[Organisation]:
        return sorted(self._database.state.organisations.values(), key=lambda found: found.id)

    def add_token(self, token: Token) -> None:
        with self._database.write("add_token") as state:
            self._require(token.organisation)
            if token.id in state.tokens or self.token(token.digest):
                raise Conflict("this contradicts what is stored already: {r}", r=token.id)
            state.tokens[token.id] = token

    def token(self, digest: bytes) -> Token | None:
        tokens = self._database.state.tokens.values()
        return next((token for token in tokens if token.digest == digest), None)

    def tokens(self, organisation: str | None = None) -> list[Token]:
        found = [
            token
            for token in self._database.state.tokens.values()
            if organisation in (None, token.organisation)
        ]
        return sorted(found, key=lambda token: (token.created_at, token.id))

    def revoke_token(self, token_id: str, at: str) -> bool:
        with self._database.write("revoke_token") as state:
            token = state.tokens.get(token_id)
            if token is None or token.revoked_at is not None:
                return False
            state.tokens[token_id] = replace(token, revoked_at=at)
            return True

    def add_key(self, key: KeptKey) -> None:
        with self._database.write("add_key") as state:
            self._require(key.organisation)
            if key.kid in state.keys:
                raise Conflict("this contradicts what is stored already: {r}", r=key.kid)
            state.keys[key.kid] = key

    def keys(self, organisation: str | None = None) -> list[KeptKey]:
        found = [
            key
            for key in self._database.state.keys.values()
            if organisation in (None, key.organisation)
        ]
        return sorted(found, key=lambda key: (key.created_at, key.kid))

    def key(self, kid: str) -> KeptKey | None:
        return self._database.state.keys.get(kid)

    def delete_key(self, kid: str) -> bool:
        with self._database.write("delete_key") as state:
            return state.keys.pop(kid, None) is not None

    def _require(self, organisation: str) -> None:
        if organisation not in self._database.state.organisations:
            raise NotFound("there is no organisation {id}", id=organisation)


class MemoryImports:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, new: Import) -> None:
        with self._database.write("add_import") as state:
            state.imports[new.id] = new

    def get(self, import_id: str) -> Import | None:
        return self._database.state.imports.get(import_id)

    def change(self, changed: Import) -> None:
        with self._database.write("change_import") as state:
            there = state.imports.get(changed.id)
            if there is not None:
                state.imports[changed.id] = replace(
                    changed, organisation=there.organisation, created_at=there.created_at
                )

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[Import]:
        found = [
            replace(one, body=b"")
            for one in self._database.state.imports.values()
            if one.organisation == organisation
        ]
        return sorted(found, key=lambda one: (one.created_at, one.id), reverse=True)[:limit]

    def delete(self, import_id: str) -> bool:
        with self._database.write("delete_import") as state:
            return state.imports.pop(import_id, None) is not None

    def collect(self, before: str) -> int:
        with self._database.write("collect_imports") as state:
            old = [one.id for one in state.imports.values() if one.created_at < before]
            for name in old:
                del state.imports[name]
            return len(old)

    def plan(self, organisation: str, headings: bytes) -> str | None:
        return self._database.state.import_plans.get((organisation, headings))

    def remember(self, organisation: str, headings: bytes, plan: str, at: str) -> None:
        with self._database.write("remember_plan") as state:
            state.import_plans[organisation, headings] = plan


class MemoryPeople:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, *people: Person) -> None:
        with self._database.write("add_person") as state:
            before = dict(state.people)
            try:
                for person in people:
                    if person.id in state.people:
                        raise Conflict("this contradicts what is stored already: {r}", r=person.id)
                    self._require(person)
                    state.people[person.id] = person
            except (Conflict, NotFound):
                state.people.clear()
                state.people.update(before)
                raise

    def put(self, person: Person) -> None:
        with self._database.write("put_person") as state:
            there = state.people.get(person.id)
            if there is None:
                raise NotFound("no person {id}", id=person.id)
            if there.version != person.version:
                raise Conflict("somebody changed this person in the same moment; look again")
            self._require(person)
            state.people[person.id] = replace(
                person, version=person.version + 1, created_at=there.created_at
            )

    def _require(self, person: Person) -> None:
        state = self._database.state
        for organisation in person.organisations:
            if organisation not in state.organisations:
                raise NotFound("there is no organisation {id}", id=organisation)
        others = (one for one in state.people.values() if one.id != person.id)
        if any(one.names & person.names for one in others):
            raise Conflict(
                "this phone number or log-in name belongs to somebody else already",
                path="/account",
            )

    def get(self, person_id: str) -> Person | None:
        return self._database.state.people.get(person_id)

    def find(self, name: bytes) -> Person | None:
        people = self._database.state.people.values()
        return next((person for person in people if name in person.names), None)

    def of(self, organisation: str | None) -> list[Person]:
        people = sorted(self._database.state.people.values(), key=lambda person: person.id)
        return [p for p in people if organisation is None or organisation in p.organisations]

    def details(self, organisation: str) -> list[tuple[str, bytes]]:
        return [(one.id, one.details) for one in self.of(organisation)]

    def delete(self, person_id: str) -> bool:
        with self._database.write("delete_person") as state:
            for session in [s for s in state.sessions.values() if s.person == person_id]:
                del state.sessions[session.digest]
            return state.people.pop(person_id, None) is not None


class MemorySessions:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, session: Session) -> None:
        with self._database.write("add_session") as state:
            state.sessions[session.digest] = session

    def get(self, digest: bytes) -> Session | None:
        return self._database.state.sessions.get(digest)

    def put(self, session: Session) -> None:
        with self._database.write("put_session") as state:
            if session.digest in state.sessions:
                state.sessions[session.digest] = session

    def saw(self, digests: Mapping[bytes, float]) -> None:
        with self._database.write("saw_sessions") as state:
            for digest, at in digests.items():
                known = state.sessions.get(digest)
                if known is not None and known.seen < at:
                    state.sessions[digest] = replace(known, seen=at)

    def of(self, person: str) -> list[Session]:
        found = [one for one in self._database.state.sessions.values() if one.person == person]
        return sorted(found, key=lambda one: (-one.seen, one.digest))

    def end(self, digest: bytes) -> bool:
        with self._database.write("end_session") as state:
            return state.sessions.pop(digest, None) is not None

    def end_all(self, person: str, but: bytes | None = None) -> int:
        return sum(self.end(one.digest) for one in self.of(person) if one.digest != but)

    def sweep(self, now: float, idle: float) -> int:
        sessions = list(self._database.state.sessions.values())
        past = [one for one in sessions if one.until <= now or one.seen <= now - idle]
        return sum(self.end(one.digest) for one in past)


class MemoryAttempts:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def begin(self, key: bytes, now: float, *, free: int, longest: float, forget: float) -> float:
        with self._database.write("begin_attempt") as state:
            count, last, until = state.attempts.get(key, (0, now, 0.0))
            if last <= now - forget:
                count, until = 0, 0.0
            if until > now:
                return until - now
            state.attempts[key] = count + 1, now, now + pause(count + 1, free, longest)
            return 0.0

    def forgive(self, key: bytes, count: int | None = None) -> None:
        with self._database.write("forgive_attempt") as state:
            had, last, _ = state.attempts.get(key, (0, 0.0, 0.0))
            if count is None or had <= count:
                state.attempts.pop(key, None)
            else:
                state.attempts[key] = had - count, last, 0.0


class MemorySubscriptions:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, subscription: Subscription) -> None:
        with self._database.write("add") as state:
            if subscription.id in state.subscriptions:
                raise Conflict("this contradicts what is stored already: {r}", r=subscription.id)
            state.subscriptions[subscription.id] = subscription

    def get(self, subscription_id: str) -> Subscription | None:
        return self._database.state.subscriptions.get(subscription_id)

    def list(
        self, organisation: str | None, query: str | None, *, after: str = "", limit: int = 100
    ) -> builtins.list[Subscription]:
        found = [
            one
            for one in self._database.state.subscriptions.values()
            if one.id > after
            and organisation in (None, one.organisation)
            and query in (None, one.query)
        ]
        return sorted(found, key=lambda one: one.id)[:limit]

    def delete(self, subscription_id: str) -> bool:
        with self._database.write("delete") as state:
            return state.subscriptions.pop(subscription_id, None) is not None

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
        with self._database.write("claim") as state:
            due = [
                one
                for one in state.subscriptions.values()
                if one.due <= now
                and state.leases.get(f"subscription {one.id}", ("", 0.0))[1] <= now
                and (not one.stream or one.cursor < size)
                and (one.failures > 0) is failing
                and one.organisation not in without
            ]
            if not due:
                return None
            first = min(due, key=lambda one: (one.due, one.id))
            state.leases[f"subscription {first.id}"] = holder, now + seconds
            return first

    def sending(self, subscription_id: str, holder: str, pending: int, until: float) -> bool:
        if not self._update(subscription_id, holder, pending=pending):
            return False
        with self._database.write("sending") as state:
            state.leases[f"subscription {subscription_id}"] = holder, until
        return True

    def delivered(self, subscription_id: str, holder: str, progress: Progress) -> bool:
        told = {
            "notified_at": progress.at,
            "run_at": progress.run_at,
            "skipped": progress.skipped,
        }
        return self._end(
            subscription_id,
            holder,
            cursor=progress.cursor,
            due=progress.due,
            batch=progress.batch,
            number=progress.number,
            pending=None,
            failures=0,
            problem=None,
            **{name: value for name, value in told.items() if value is not None},
        )

    def failed(self, subscription_id: str, holder: str, problem: str, due: float) -> bool:
        one = self.get(subscription_id)
        failures = one.failures + 1 if one is not None else 0
        return self._end(subscription_id, holder, problem=problem, due=due, failures=failures)

    def amend(
        self, subscription_id: str, due: float, secret: bytes | None, *, replaces: bool
    ) -> bool:
        more = {"secret": secret} if replaces else {}
        return self._update(subscription_id, None, due=due, **more)

    def _end(self, subscription_id: str, holder: str, **values: Any) -> bool:
        if not self._update(subscription_id, holder, **values):
            return False
        with self._database.write("end") as state:
            del state.leases[f"subscription {subscription_id}"]
        return True

    def _update(self, subscription_id: str, holder: str | None, **values: Any) -> bool:
        with self._database.write("update") as state:
            held = state.leases.get(f"subscription {subscription_id}", ("", 0.0))[0]
            one = state.subscriptions.get(subscription_id)
            if one is None or holder not in (None, held):
                return False
            state.subscriptions[subscription_id] = replace(one, **values)
            return True


class MemoryJobs:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def add(self, job: Job) -> None:
        with self._database.write("add") as state:
            if job.id in state.jobs:
                raise Conflict("this contradicts what is stored already: {r}", r=job.id)
            state.jobs[job.id] = job

    def get(self, job_id: str) -> Job | None:
        return self._database.state.jobs.get(job_id)

    def list(
        self, organisation: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[Job]:
        jobs = list(reversed(self._database.state.jobs.values()))
        if before is not None:
            ids = [job.id for job in jobs]
            jobs = jobs[ids.index(before) + 1 :] if before in ids else []
        return [job for job in jobs if job.organisation == organisation][:limit]

    def claim(self, holder: str, seconds: float) -> Job | None:
        with self._database.write("claim") as state:
            now = self._database.clock()
            for job in state.jobs.values():
                until = state.leases.get(f"job {job.id}", ("", 0.0))[1]
                if job.state == "queued" or (job.state == "running" and until <= now):
                    state.leases[f"job {job.id}"] = holder, now + seconds
                    state.jobs[job.id] = replace(job, state="running")
                    return state.jobs[job.id]
            return None

    def progress(self, job_id: str, holder: str, checked: int, seconds: float) -> bool:
        with self._database.write("progress") as state:
            job = state.jobs.get(job_id)
            has = state.leases.get(f"job {job_id}", ("", 0.0))[0]
            if job is None or job.state != "running" or has != holder:
                return False
            state.leases[f"job {job_id}"] = holder, self._database.clock() + seconds
            state.jobs[job_id] = replace(job, checked=checked)
            return True

    def fail(self, job_id: str, errors: bytes, at: str) -> None:
        with self._database.write("fail") as state:
            job = state.jobs.get(job_id)
            if job is not None and job.state in ("queued", "running"):
                state.jobs[job_id] = replace(
                    job, state="failed", errors=errors, request=b"", finished_at=at
                )


class MemoryAttachments:
    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def put(self, attachment: Attachment) -> None:
        with self._database.write("put") as state:
            first = state.attachments.setdefault(attachment.digest, attachment)
            if attachment.name == DOCUMENT:
                first = state.attachments[attachment.digest] = replace(first, name=DOCUMENT)
            if first.created_at < attachment.created_at:
                state.attachments[attachment.digest] = replace(
                    first, created_at=attachment.created_at
                )

    def get(self, digest: bytes) -> Attachment | None:
        return self._database.state.attachments.get(digest)

    def rehash(self, digest: bytes) -> int | None:
        found = self.get(digest)
        if found is None or hashlib.sha256(found.body).digest() != digest:
            return None
        return len(found.body)

    def missing(self, digests: Collection[bytes], since: str = "") -> set[bytes]:
        state = self._database.state
        return set(digests).difference(
            digest
            for digest, attachment in state.attachments.items()
            if _carried(state, digest) or attachment.created_at >= since
        )

    def collect(self, before: str) -> int:
        with self._database.write("collect") as state:
            gone = [
                digest
                for digest, attachment in state.attachments.items()
                if attachment.created_at < before and not _carried(state, digest)
            ]
            for digest in gone:
                del state.attachments[digest]
            return len(gone)

    def records_of(self, digest: bytes) -> list[int]:
        return sorted(self._database.state.carried.get(digest, ()))


def _carried(state: _State, digest: bytes) -> bool:
    return bool(state.carried.get(digest)) or any(
        digest in draft.attachments for draft in state.drafts.values()
    )


def _tips(state: _State, objects: Collection[str], size: int) -> dict[str, Tip]:
    found: dict[str, Tip] = {}
    for uri in objects:
        extending = state.extends.get(uri, [])
        before = bisect.bisect_left(extending, size)
        if before:
            index = extending[before - 1]
            found[uri] = Tip(index, state.records[index].leaf_hash)
    return found


def _first(
    records: Iterator[NewRecord], key: Callable[[NewRecord], Any], wanted: Collection[T]
) -> dict[T, int]:
    found: dict[T, int] = {}
    for record in records:
        value = key(record)
        if value is not None and value in wanted:
            found.setdefault(value, record.index)
    return found


def _erase(state: _State, erased: int, index: int) -> None:
    state.erased.setdefault(erased, index)
    state.deeds.pop(erased, None)
    record = state.records[erased]
    for digest, carriers in state.carried.items():
        if erased in carriers:
            carriers.discard(erased)
            found = state.attachments.get(digest)
            if not carriers or (found is not None and found.name == DOCUMENT):
                state.attachments.pop(digest, None)
    state.records[erased] = replace(record, content=b"", disclosures=(), event=None, attachments=())


def _fits(record: NewRecord, query: EventQuery) -> bool:
    event = record.event
    return (
        event is not None
        and all(
            wanted is None or wanted == has
            for wanted, has in (
                (query.event_id, event.event_id),
                (query.event_hash, event.event_hash),
                (query.biz_step, event.biz_step),
                (query.owner, record.owner),
            )
        )
        and (query.touching is None or query.touching in {*record.extends, *record.rests_on})
    )


def _within(place: tuple[int, int], level: int, start: int, stop: int) -> bool:
    return place[0] == level and start <= place[1] < stop

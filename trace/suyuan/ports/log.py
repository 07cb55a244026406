"""The log's storage, as capture, sealing and proving need it.

Durability: what a ``with sequencing()`` block inserted is on disk when the block has ended without
an error; otherwise nothing of it is (errors.Unavailable may hide a commit that did happen: asking
again is answered from what is there). Concurrency: one block at a time per log, over all processes
and threads (a database lock), in the order of asking within a process; readers never wait for it
and see whole blocks only. Within a block, write through its Sequencer alone: any other write from
the same thread would wait for itself and raises errors.Fatal.

Answers that are dicts leave out what there is nothing to say of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from suyuan.core.brand.codes import CodeAct
from suyuan.core.farm.index import DeedIndex
from suyuan.core.lineage.cycles import Arrow
from suyuan.core.lineage.flows import NO_FLOWS, Flows


@dataclass(frozen=True, slots=True)
class EventIndex:
    """What is searched beside an event's content; deleted when the record is erased.

    ``same_as`` recognises the same event from the same organisation (digest of owner and event as
    received).
    """

    event_id: str | None
    event_hash: str
    event_type: str
    biz_step: str
    event_time: str
    """RFC 3339 UTC, milliseconds, ``Z``."""
    same_as: bytes
    parties: tuple[str, ...] = ()
    """Organisations named in its destinationList."""
    known: tuple[tuple[str, str], ...] = ()
    """(discovery resource, value) of each word and place that it names."""
    trade: bool = False
    """Not for everybody to know of (core.visibility)."""
    deed: DeedIndex | None = None
    """Its line in the organisation's books."""
    flows: Flows = NO_FLOWS
    """What it says went into what (ports.lineage)."""
    codes: tuple[CodeAct, ...] = ()
    """What it says of codes (ports.codes)."""


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record, complete, as it is inserted. ``rests_on`` leaves out the kid unless extended."""

    index: int
    kind: str
    content: bytes
    content_digest: bytes
    disclosures: tuple[str, ...]
    link: bytes
    after: tuple[int, ...]
    """Indices of the records whose leaf hashes are in the link."""
    entry: bytes
    leaf_hash: bytes
    kid: str
    owner: str
    """Organisation URI of the signer's key."""
    record_time: str
    extends: tuple[str, ...]
    rests_on: tuple[str, ...]
    event: EventIndex | None = None
    erases: int | None = None
    """Index of the record whose content this erasure deletes, in the same transaction."""
    attachments: tuple[bytes, ...] = ()
    """Digests of the attachments that it carries. Erasing deletes those no other record carries."""


@dataclass(slots=True, unsafe_hash=True)
class StoredRecord:
    """A record as stored. ``content`` is None once erased; bytes are exactly what was committed.

    Not frozen: making a million of them would take seconds more. Nobody changes one.
    """

    index: int
    kind: str
    content: bytes | None
    content_digest: bytes
    disclosures: tuple[str, ...]
    link: bytes
    entry: bytes
    leaf_hash: bytes
    kid: str
    owner: str
    record_time: str


@dataclass(frozen=True, slots=True)
class Tip:
    """The last record that extended an object."""

    index: int
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the log ends: number of records, and the last one's recordTime ("" when empty)."""

    size: int
    record_time: str


@dataclass(frozen=True, slots=True)
class Closing:
    """When a log was closed for good, and where its keeper went on: a logId, or "" for nowhere."""

    at: str
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """The answer first given under an Idempotency-Key."""

    request_digest: bytes
    indices: tuple[int, ...]


class Sequencer(Protocol):
    """One append, inside its transaction.

    Reads see everything appended before, this block's own records included; nothing else moves.
    """

    def tail(self) -> Tail: ...

    def closing(self) -> Closing | None:
        """Whether the log was closed."""
        ...

    def tips(self, objects: Collection[str]) -> dict[str, Tip]:
        """Tips of those of ``objects`` that have one."""
        ...

    def extenders(self, objects: Collection[str]) -> dict[str, frozenset[str]]:
        """Organisations whose records extended each object so far."""
        ...

    def parties(self, objects: Collection[str]) -> dict[str, frozenset[str]]:
        """Organisations named in a destinationList of an event that touched each object."""
        ...

    def same_contents(self, digests: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
        """Index and kid of contents already in the log, by content digest."""
        ...

    def same_events(self, same_as: Collection[bytes]) -> dict[bytes, int]:
        """Index of the first record of each event that is already there (EventIndex.same_as)."""
        ...

    def event_ids(self, event_ids: Collection[str]) -> dict[str, int]:
        """Index of the first record with each eventID."""
        ...

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        """All arrows of the lineage that are met from these things and steps of seasons, walking on to
        what they went into. Records declared wrong draw none."""
        ...

    def arrows_since(self, size: int) -> list[Arrow] | None:
        """The arrows of records from this index on; None where one of these was erased or declared
        wrong, or erased or declared wrong another."""
        ...

    def remembered(self, owner: str, key: str) -> Remembered | None: ...

    def remember(self, owner: str, key: str, answer: Remembered) -> None: ...

    def insert(self, records: Sequence[NewRecord]) -> None:
        """Append. Erasures delete here.

        Fatal unless indices continue the tail without a gap and recordTimes do not fall; Conflict
        for a content digest that is there already, and for erasing a key record.
        """
        ...

    def add_serials(self, serials: Sequence[NewSerial]) -> None:
        """Keep the serials that an event in this append issues. Conflict if a lot has one twice."""
        ...

    def carry(self, pairs: Sequence[tuple[bytes, int]]) -> None:
        """(digest, record): an attachment that came later says what an earlier record says, and is
        seen and erased with that one too. The record's content is untouched."""
        ...

    def finish_job(
        self,
        job: str,
        indices: Sequence[int | None],
        at: str | None = None,
        *,
        errors: bytes = b"[]",
    ) -> None:
        """Mark a capture job done, in the same transaction as its records, and drop its request.

        ``indices``: one for each of its events, None for one that was left out; ``errors`` tells
        why (Job.errors). ``at`` is its finishing time, by default the newest recordTime. Conflict
        when it is not open any more: somebody else finished it, and this append must not be.
        """
        ...

    def file_drafts(self, filed: Sequence[tuple[str, int, int]]) -> None:
        """(id, version, index): mark drafts filed, in the same transaction as their records, and drop
        what they hold. Conflict, so that nothing is filed, if one is not there in that version or
        filed already."""
        ...


@dataclass(frozen=True, slots=True)
class NewSerial:
    """A pack's serial as issued: private until its own label is scanned (formats.md §2)."""

    lot: str
    """Object id of the lot, canonical Digital Link."""
    serial: str
    salt: str
    position: int
    record: int
    """Index of the record that carries the root."""
    count: int


@dataclass(frozen=True, slots=True)
class KnownTo:
    """Whose trade may be known of beside what is public."""

    everything: bool = False
    owners: frozenset[str] = frozenset()
    """Signers whose trade it may know of."""
    party: str | None = None
    """The organisation that it is: trade in which it is named."""


class LogStore(Protocol):
    """Reading and appending. All reads are of committed state."""

    def sequencing(self) -> AbstractContextManager[Sequencer]: ...

    def tail(self) -> Tail: ...

    def closing(self) -> Closing | None:
        """When it was closed, if it was."""
        ...

    def close(self, closing: Closing) -> None:
        """Close it for good. An append that began before is whole; none that begins after adds what
        ``closing`` keeps out. Again, it names another successor; the time stays."""
        ...

    def records(self, indices: Collection[int]) -> dict[int, StoredRecord]: ...

    def scan(self, start: int, stop: int, *, batch: int = 1000) -> Iterator[StoredRecord]:
        """Records start ≤ index < stop in order, streamed; memory stays bounded by ``batch``.

        No transaction stays open between batches. Damaged when a record is missing in between.
        """
        ...

    def by_leaf_hash(self, leaf_hashes: Collection[bytes]) -> dict[bytes, int]: ...

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        """As Sequencer.arrows, of what is committed; of records that come meanwhile perhaps some."""
        ...

    def tips_at(self, objects: Collection[str], size: int) -> dict[str, Tip]:
        """Tips as they were when the log had ``size`` records."""
        ...

    def reachable(self, indices: Collection[int], *, limit: int | None = None) -> set[int]:
        """These records and all that can be reached from them through links, in one query.

        With ``limit`` the walk ends as soon as it has found more: the answer is then limit + 1 of
        them, no matter which, and says only that there are too many.
        """
        ...

    def touched(
        self, objects: Collection[str], *, size: int, extends_only: bool = False
    ) -> dict[str, list[int]]:
        """Indices, ascending, of the records that rest on each object (or only that extend it)."""
        ...

    def touches_of(
        self, indices: Collection[int]
    ) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
        """(extends, rests_on) of each record, sorted, without the kid unless extended.

        Survives erasure. Both are empty for a record that touched nothing.
        """
        ...

    def numbers_of(self, start: int, stop: int) -> list[tuple[list[int], list[int]]]:
        """The same of the records from ``start`` to before ``stop``, in order, with the store's own
        number of each object in place of its name: for who reads all records."""
        ...

    def erasures_of(self, indices: Collection[int]) -> dict[int, int]:
        """Index of the erasure record of each record that was erased."""
        ...

    def declarations_of(self, indices: Collection[int]) -> dict[int, list[int]]:
        """Records, ascending, that declare each of these an error: of the same organisation, with its
        eventID, whatever objects they name (docs/decisions/0004)."""
        ...

    def declared_in(self, start: int, stop: int) -> set[int] | None:
        """Records that some of start ≤ index < stop declare an error. None where an event was erased
        there: what it declared, if anything, nobody can tell any more."""
        ...

    def key_records(self, since: int = 0) -> list[StoredRecord]:
        """Key records with index ≥ since, in order."""
        ...

    def master_records(self, since: int = 0, *, limit: int = 1000) -> list[StoredRecord]:
        """Records of master data with index ≥ since, in order."""
        ...

    def find_events(self, query: EventQuery) -> list[int]:
        """Indices of events that match, in index order."""
        ...

    def known(
        self,
        resource: str,
        audience: KnownTo,
        *,
        after: str = "",
        limit: int = 100,
        only: str | None = None,
    ) -> list[str]:
        """What events name (EventIndex.known), in order, behind ``after``; of trade only what the
        audience may know of. With ``only`` that one value, if it is there."""
        ...

    def objects(self, *, after: str = "", limit: int = 100) -> list[str]:
        """Ids of all objects that records touch, in order, behind ``after``."""
        ...

    def search(self, search: EventSearch) -> list[tuple[str, int]]:
        """(event time, index) of events that fit, in order."""
        ...

    def recorded_since(self, time: str) -> int:
        """The first index whose recordTime is not before ``time``; the log's size if there is none."""
        ...

    def serial(self, lot: str, serial: str) -> NewSerial | None: ...

    def lots_of(self, packs: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The lots for which the serials of these packs (object ids, by GTIN and serial) were issued;
        of those alone for which any was."""
        ...

    def serials_of(self, record: int) -> list[NewSerial]:
        """All serials that a record issued, by position."""
        ...


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A few indexed filters; None means any."""

    event_id: str | None = None
    event_hash: str | None = None
    biz_step: str | None = None
    owner: str | None = None
    touching: str | None = None
    """Object id."""
    after_index: int = -1
    limit: int = 100


@dataclass(frozen=True, slots=True)
class EventSearch:
    """What an index can say of events, to find those that a query may match; None means any."""

    touching: tuple[frozenset[str], ...] = ()
    """Of each set, at least one object is touched."""
    biz_step: str | None = None
    event_types: frozenset[str] | None = None
    event_ids: frozenset[str] | None = None
    owners: frozenset[str] | None = None
    """Organisations, one of which signed it."""
    place: str | None = None
    """A place that it names as its readPoint or bizLocation (EventIndex.known)."""
    event_time: tuple[str | None, str | None] = (None, None)
    """From (included) to (left out), as is ``indices``."""
    indices: tuple[int, int] = (0, (1 << 63) - 1)
    by_time: bool = True
    """In the order of (event time, index); else of the index."""
    descending: bool = False
    after: tuple[str, int] | None = None
    """(event time, index) of the last one before those wanted."""
    limit: int = 100

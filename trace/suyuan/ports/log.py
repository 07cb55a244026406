"""The log's storage, as capture, sealing and proving need it.

Durability: what a ``with sequencing()`` block inserted is on disk when the block has ended without an
error; otherwise nothing of it is. Concurrency: one block at a time per log, over all processes and
threads (a database lock); readers never wait for it and see whole blocks only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EventIndex:
    """What is searched beside an event's content; deleted when the record is erased.

    ``same_as`` recognises the same event from the same organisation (digest of owner and event as
    received). ``gathers`` lists child object ids now inside (ADD) or taken out of (DELETE) ``parent``.
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


@dataclass(frozen=True, slots=True)
class NewRecord:
    """One record, complete, as it is inserted. ``rests_on`` leaves out the kid unless it is extended."""

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


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as stored. ``content`` is None once erased; bytes are exactly what was committed."""

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
class Remembered:
    """The answer first given under an Idempotency-Key."""

    request_digest: bytes
    indices: tuple[int, ...]


class Sequencer(Protocol):
    """One append, inside its transaction. Reads see everything appended before, and nothing else moves."""

    def tail(self) -> Tail: ...

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

    def remembered(self, owner: str, key: str) -> Remembered | None: ...

    def remember(self, owner: str, key: str, answer: Remembered) -> None: ...

    def insert(self, records: Sequence[NewRecord]) -> None:
        """Append; indices must continue the tail without a gap. Erasures delete here."""
        ...

    def add_serials(self, serials: Sequence[NewSerial]) -> None:
        """Keep the serials that an event in this append issues."""
        ...

    def finish_job(self, job: str, indices: Sequence[int]) -> None:
        """Mark a capture job done, in the same transaction as its records."""
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


class LogStore(Protocol):
    """Reading and appending. All reads are of committed state."""

    def sequencing(self) -> AbstractContextManager[Sequencer]: ...

    def tail(self) -> Tail: ...

    def records(self, indices: Collection[int]) -> dict[int, StoredRecord]: ...

    def scan(self, start: int, stop: int, *, batch: int = 1000) -> Iterator[StoredRecord]:
        """Records start ≤ index < stop in order, streamed; memory stays bounded by ``batch``."""
        ...

    def by_leaf_hash(self, leaf_hashes: Collection[bytes]) -> dict[bytes, int]: ...

    def tips_at(self, objects: Collection[str], size: int) -> dict[str, Tip]:
        """Tips as they were when the log had ``size`` records."""
        ...

    def reachable(self, indices: Collection[int]) -> set[int]:
        """These records and all that can be reached from them through links, in one query."""
        ...

    def touched(
        self, objects: Collection[str], *, size: int, extends_only: bool = False
    ) -> dict[str, list[int]]:
        """Indices, ascending, of the records that rest on (or only those that extend) each object."""
        ...

    def touches_of(
        self, indices: Collection[int]
    ) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
        """(extends, rests_on) of each record, sorted, without the kid unless extended; survives erasure."""
        ...

    def erasures_of(self, indices: Collection[int]) -> dict[int, int]:
        """Index of the erasure record of each record that was erased."""
        ...

    def key_records(self, since: int = 0) -> list[StoredRecord]:
        """Key records with index ≥ since, in order."""
        ...

    def find_events(self, query: EventQuery) -> list[int]:
        """Indices of events that match, in index order."""
        ...

    def serial(self, lot: str, serial: str) -> NewSerial | None: ...

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

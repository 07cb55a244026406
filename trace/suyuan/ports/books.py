"""The books of an organisation: the list of its deeds, and drafts that are not filed yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from suyuan.core.farm.index import DeedIndex


@dataclass(frozen=True, slots=True)
class DeedQuery:
    """Which deeds; None means any. Newest first: by day, then by index."""

    organisation: str
    kinds: frozenset[str] | None = None
    things: tuple[str, ...] = ()
    """Canonical ids, each of which a deed names: season, plot, lot, product, party."""
    days: tuple[str | None, str | None] = (None, None)
    """From and to, both included: ``2026-09-17``."""
    text: str = ""
    """Found anywhere in its words; small and capital letters are the same."""
    after: tuple[str, int] | None = None
    """(day, index) of the last one before those wanted."""
    limit: int = 50
    any_of: tuple[frozenset[str], ...] = ()
    """Canonical ids, of each of these sets one at least: what a name may mean."""


class DeedStore(Protocol):
    """Derived from the events at append and at erasure, in the same transaction (ports.log)."""

    def find(self, query: DeedQuery) -> list[tuple[str, int]]:
        """(day, index) of deeds that fit, in order."""
        ...

    def named(self, organisation: str, things: Collection[str]) -> set[str]:
        """Those of these canonical ids that some deed of the organisation names."""
        ...

    def of_kinds(self, indices: Collection[int], kinds: Collection[str]) -> set[int]:
        """Those of these records that are deeds of these kinds."""
        ...

    def things(self, indices: Collection[int]) -> dict[int, frozenset[str]]:
        """What each of these deeds names (DeedIndex.things)."""
        ...

    def replace(self, rows: Sequence[tuple[int, str, DeedIndex]]) -> None:
        """(index, owner, deed) anew in one transaction; what was erased since stays out."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """A form that is being filled in. ``values`` is JSON as a person gave it, complete or not.

    Once filed it keeps the index of its record and nothing else.
    """

    id: str
    """A UUID; the event's eventID is made of it."""
    organisation: str
    form: str
    values: bytes
    attachments: tuple[bytes, ...]
    """Digests of photos that go with it, in order; kept as long as the draft is (AttachmentStore)."""
    created_at: str
    changed_at: str
    version: int
    """Counts the changes: who saves or files one that somebody else changed meanwhile is told."""
    filed: int | None = None


class DraftStore(Protocol):
    """Each call is one transaction. Filing is Sequencer.file_drafts: in that of the append."""

    def save(self, draft: Draft) -> bool:
        """Insert as version 1, or replace version − 1; False if that is not what is there, or filed."""
        ...

    def add(self, drafts: Sequence[Draft]) -> int:
        """Insert all as version 1 but those whose id is there; how many were new."""
        ...

    def known(self, draft_ids: Collection[str]) -> set[str]:
        """Those of these ids that are there, filed or not."""
        ...

    def get(self, draft_id: str) -> Draft | None: ...

    def list(
        self, organisation: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Draft]:
        """Those not filed, changed last first; behind (changed_at, id)."""
        ...

    def delete(self, draft_ids: Collection[str]) -> int:
        """Delete those that are not filed; how many they were."""
        ...

"""What became of codes, and how often they were read.

Acts on codes are an index of the log, written with the record (ports.log). Scans are observations of
strangers and stand beside the log (docs/decisions/0024): losing the last second of them loses no record.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from suyuan.core.brand.codes import Issue, State


class Found(NamedTuple):
    """A pack's code as it was issued."""

    record: int
    place: int
    owner: str
    """Who issued it."""
    state: State
    authorisation: str
    """Under which it was issued; "" for none."""


class CodeStore(Protocol):
    """Reads of committed state."""

    def issues(
        self,
        *,
        records: Collection[int] | None = None,
        lots: Collection[str] | None = None,
        authorisations: Collection[str] | None = None,
        owner: str | None = None,
        product: str | None = None,
        limit: int | None = None,
    ) -> list[Issue]:
        """Issues of codes with all that became of them, the newest first; all without a limit: a
        ledger that leaves any out would give their codes out again."""
        ...

    def found(self, lot: str, serial: str) -> Found | None:
        """One code, by the lot and serial that its label says; None where no such serial was issued."""
        ...

    def named(self, packs: Collection[str]) -> dict[str, tuple[tuple[int, int], ...]]:
        """(record, place) of each issue that gave a pack, by its object id, its code; without those
        that none gave any."""
        ...

    def rights(
        self, *, brand: str | None = None, authorisations: Collection[str] | None = None
    ) -> list[int]:
        """Records of steps of rights, in order: all, of a brand, or of these."""
        ...

    def newest_right(self) -> int:
        """The newest of them; -1 where there is none."""
        ...

    def places(self, record: int, serials: Collection[str]) -> dict[str, int]:
        """Where each of these serials stands in an issue."""
        ...


class Seen(NamedTuple):
    """How often a code was read, as far as that was written down."""

    first_at: str
    """RFC 3339 UTC, whole minutes: no closer, for nobody needs it."""
    last_at: str
    seen: int
    lot: str = ""
    owner: str = ""


class Reading(NamedTuple):
    """Readings of a code to be added: of one day, from one county."""

    code: str
    lot: str
    owner: str
    day: str
    county: str
    seen: int
    """May be negative: a reading whose county is told later moves there."""
    first_at: str
    last_at: str


class Day(NamedTuple):
    """Readings of one code on one day from one county."""

    day: str
    county: str
    seen: int
    first_hour: str
    last_hour: str


@dataclass(frozen=True, slots=True)
class ScanCase:
    """An alarm about one code: one, however often it is read."""

    id: str
    code: str
    lot: str
    owner: str
    reasons: tuple[str, ...]
    """``early``, ``late``, ``voided``, ``far``, ``often``."""
    opened_at: str
    newest_at: str
    state: str
    """``open`` or ``closed``."""
    person: str = ""
    """Who closed it."""
    note: str = ""
    closed_at: str | None = None


class ScanStore(Protocol):
    """Counts and cases. Two services may write the same code: counts add up."""

    def add(self, readings: Sequence[Reading]) -> None: ...

    def seen(self, code: str) -> Seen | None: ...

    def days(self, code: str, *, limit: int = 400) -> list[Day]:
        """The newest first."""
        ...

    def raise_case(self, case: ScanCase) -> bool:
        """Open a case, or add its reasons to the one that there is; True where that says anything new.

        One that was closed opens again for a reason that it did not have.
        """
        ...

    def case(self, case_id: str) -> ScanCase | None: ...

    def case_of(self, code: str) -> ScanCase | None: ...

    def cases(
        self, owners: Collection[str], *, state: str | None = None, limit: int = 50, skip: int = 0
    ) -> list[ScanCase]:
        """Of codes that these issued, the newest first."""
        ...

    def count_cases(self, owners: Collection[str], *, state: str | None = None) -> int: ...

    def close_case(self, case_id: str, *, person: str, note: str, at: str) -> bool:
        """False where it is closed already."""
        ...

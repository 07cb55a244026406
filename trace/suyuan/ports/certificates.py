"""Certificates as an organisation keeps them: drafts, numbers, prints; and links of markets.

What a certificate says, and whether it holds, is in the log; here is what leads to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["draft", "issued", "voided", "unused"]
"""``unused``: a draft that had a number when it was thrown away; the number is never given again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One certificate's row."""

    code: str
    organisation: str
    lot: str
    state: State
    values: str
    """JSON of what was typed; empty once the event says it all."""
    number: str
    """Empty before the first attempt to issue it."""
    record: int | None
    voided: int | None
    created_at: str
    changed_at: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Print:
    """One time that it was printed: 1 is the first, all others are reprints."""

    copy: int
    at: str
    person: str
    way: str


class CertificateStore(Protocol):
    """Each call is one transaction."""

    def add(self, one: Kept) -> None: ...

    def get(self, code: str) -> Kept | None: ...

    def list(
        self,
        organisations: Sequence[str],
        states: Sequence[State] = (),
        *,
        lot: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[tuple[int, Kept]]:
        """(place, row), the newest first, those before a place."""
        ...

    def count(self, organisations: Sequence[str], states: Sequence[State]) -> int: ...

    def save(self, one: Kept) -> bool:
        """Change a draft of this version, and make it the next one; False where it is no more."""
        ...

    def number(self, code: str, year: int) -> str | None:
        """The number of a draft, given now if it has none: the next of its organisation and year. None
        where there is no such draft."""
        ...

    def issued(self, code: str, record: int, at: str) -> None: ...

    def voided(self, code: str, record: int, at: str) -> None: ...

    def discard(self, code: str, at: str) -> bool:
        """Throw a draft away; one that has a number stays as unused. False where it is no draft."""
        ...

    def numbers(self, organisation: str) -> Sequence[str]:
        """All that were ever given."""
        ...

    def print(self, code: str, at: str, person: str, way: str) -> int:
        """Count one print; which one it is, from 1."""
        ...

    def prints(self, code: str) -> Sequence[Print]: ...


@dataclass(frozen=True, slots=True)
class Link:
    """A market's link. Of its token only the digest is kept."""

    id: str
    digest: bytes
    organisation: str
    """That gave it, and signs what is said with it."""
    market: str
    """Whom it was given to, in the organisation's words."""
    person: str
    created_at: str
    until: str
    revoked_at: str | None = None
    used: int = 0
    used_at: str = ""


class LinkStore(Protocol):
    """Each call is one transaction."""

    def add(self, link: Link) -> None: ...

    def get(self, link_id: str) -> Link | None: ...

    def find(self, digest: bytes) -> Link | None: ...

    def list(self, organisation: str) -> Sequence[Link]:
        """The newest first."""
        ...

    def revoke(self, link_id: str, at: str) -> bool: ...

    def use(self, link_id: str, at: str) -> None: ...

"""Persons who log in, their sessions, and how often somebody tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from suyuan.core.roles import PersonRole


@dataclass(frozen=True, slots=True)
class Person:
    """A human being in the books of one organisation or several.

    ``details``: name, phone and the like; ``secrets``: what he or she logs in with. Both are JSON,
    encrypted under the node's secret (adapters/keys.py), the person's id authenticated.
    """

    id: str
    details: bytes
    secrets: bytes
    names: frozenset[bytes]
    """Keyed digests of what leads to the person at log-in: a phone number or name, a card."""
    roles: frozenset[tuple[str, PersonRole]]
    """(organisation, role) pairs."""
    created_at: str
    disabled_at: str | None = None
    version: int = 1

    def roles_in(self, organisation: str) -> frozenset[PersonRole]:
        return frozenset(role for where, role in self.roles if where == organisation)

    @property
    def organisations(self) -> tuple[str, ...]:
        return tuple(sorted({where for where, _ in self.roles}))


class PeopleStore(Protocol):
    """A person is written whole; each write is durable when it returns."""

    def add(self, *people: Person) -> None:
        """Insert all or none; Conflict if an id or one of the names is taken, NotFound without an
        organisation."""
        ...

    def put(self, person: Person) -> None:
        """Write ``person`` over its version, and count that up; Conflict if somebody wrote since
        ``person.version`` was read, or if a name is another's; NotFound if there is none."""
        ...

    def get(self, person_id: str) -> Person | None: ...

    def find(self, name: bytes) -> Person | None:
        """The person with this digest among the names."""
        ...

    def of(self, organisation: str | None) -> list[Person]:
        """Everybody with a role there, by id; None: everybody."""
        ...

    def details(self, organisation: str) -> list[tuple[str, bytes]]:
        """Ids and sealed details of everybody with a role there, by id."""
        ...

    def delete(self, person_id: str) -> bool:
        """Person, names, roles and sessions at once; False if there is none."""
        ...


Means = Literal["password", "card", "code"]
"""With what somebody came in: a password, a card with its PIN, a one-time code."""

Stage = Literal["second", "renew", "full"]
"""How far a log-in is: the second factor is due; a password of one's own is due; in."""


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in on one device. Times are Unix seconds; only the SHA-256 of its id is kept."""

    digest: bytes
    person: str
    organisation: str
    stage: Stage
    means: Means
    created: float
    seen: float
    until: float
    """It ends then, whatever happens."""
    device: str
    """Browser and system in a few words, for the person to recognise it by."""


class SessionStore(Protocol):
    def add(self, session: Session) -> None: ...

    def get(self, digest: bytes) -> Session | None: ...

    def put(self, session: Session) -> None:
        """Write over the one with this digest; nothing if that one was ended meanwhile."""
        ...

    def saw(self, digests: Mapping[bytes, float]) -> None:
        """Note when these were seen, if it is later than is noted; nothing of those that ended."""
        ...

    def of(self, person: str) -> list[Session]:
        """The one seen last first."""
        ...

    def end(self, digest: bytes) -> bool:
        """False if there is none."""
        ...

    def end_all(self, person: str, but: bytes | None = None) -> int:
        """All of a person but one; how many they were."""
        ...

    def sweep(self, now: float, idle: float) -> int:
        """Forget those past ``until``, or not seen for ``idle`` seconds."""
        ...


class AttemptStore(Protocol):
    """Counts tries under a key, so that each of a series has to wait longer than the last.

    An attempt is counted before it is made: of several at the same moment, no more pass than one
    after the other would.
    """

    def begin(self, key: bytes, now: float, *, free: int, longest: float, forget: float) -> float:
        """Count one, and return 0; or return the seconds to wait, and count nothing.

        The first ``free`` pass at once, after that the pause doubles from one second up to
        ``longest``; ``forget`` seconds after the last one all is forgotten.
        """
        ...

    def forgive(self, key: bytes, count: int | None = None) -> None:
        """Take ``count`` back, or all: the attempt was right."""
        ...


def pause(count: int, free: int, longest: float) -> float:
    """Seconds to wait after so many tries: none for the first, then 1, 2, 4 …"""
    return 0.0 if count < free else float(min(longest, 2.0 ** min(count - free, 60)))

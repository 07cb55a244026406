"""Standing queries: who is told of new events, how far each has been told, and when to try again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook of one organisation on one of its named queries.

    ``terms``: JSON of what was asked for (``stream`` or ``schedule``, ``reportIfEmpty``, forms, the
    role and county it was asked with). ``secret``: the signatureToken, encrypted (adapters/keys.py).
    """

    id: str
    organisation: str
    query: str
    dest: str
    terms: bytes
    secret: bytes | None
    token: str
    """Id of the bearer token that asked; revoked, it ends the deliveries."""
    stream: bool
    created_at: str
    cursor: int
    """Index of the first record that was not looked at yet: all before it were delivered."""
    due: float
    """Unix time before which nothing is tried."""
    notified_at: str | None = None
    """The last time that a delivery was taken."""
    failures: int = 0
    """Tries that failed since then."""
    problem: str | None = None
    """Why the last one failed, in English."""


class Outgoing(Protocol):
    """Sending to others: only to hosts that an administrator named."""

    def allowed(self, url: str) -> None:
        """Raises Refused unless this may be sent to."""
        ...

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """Send, and return the status of the answer; redirects are not followed.

        Raises Refused where it may not be sent to, Unavailable where nobody answers in time.
        """
        ...


class SubscriptionStore(Protocol):
    def add(self, subscription: Subscription) -> None:
        """Insert; Conflict if its id is there."""
        ...

    def get(self, subscription_id: str) -> Subscription | None: ...

    def list(
        self, organisation: str | None, query: str | None, *, after: str = "", limit: int = 100
    ) -> list[Subscription]:
        """By id, those behind ``after``; None: of all organisations, or all queries."""
        ...

    def delete(self, subscription_id: str) -> bool:
        """False if there is none."""
        ...

    def claim(self, holder: str, now: float, size: int, seconds: float) -> Subscription | None:
        """Take one that is due for so many seconds: a schedule whose time has come, or a stream that
        was not told of all ``size`` records. Those that failed least come first."""
        ...

    def delivered(
        self, subscription_id: str, holder: str, *, cursor: int, due: float, at: str | None
    ) -> bool:
        """Go on from ``cursor``, not before ``due``; ``at`` if something was sent. False when it is
        no longer ours."""
        ...

    def failed(self, subscription_id: str, holder: str, problem: str, due: float) -> bool:
        """Note a try that failed, and when the next one is. False when it is no longer ours."""
        ...

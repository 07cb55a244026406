"""Standing queries: who is told of new events, how far each has been told, and when to try again."""

from __future__ import annotations

from collections.abc import Collection
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
    """Index of the first record that was not looked at yet: all before it were delivered, or are
    among ``skipped``."""
    due: float
    """Unix time before which nothing is tried."""
    batch: int
    """Events in one delivery at most; fewer where the receiver said that it was too large."""
    number: int = 0
    """Of the delivery that is next, or that is under way."""
    pending: int | None = None
    """Where the records of the delivery under way end: sent again, it is the same one."""
    skipped: str = "[]"
    """JSON array of events that the receiver would not take even alone, each with ``index``,
    ``eventID``, and ``at``, when it was passed over."""
    run_at: str | None = None
    """The last time that the query was run to its end."""
    notified_at: str | None = None
    """The last time that a delivery was taken."""
    failures: int = 0
    """Tries that failed since then."""
    problem: str | None = None
    """Why the last one failed, in English."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said."""

    status: int
    retry_after: str | None = None
    """As it was sent (RFC 9110 §10.2.3): seconds, or a date."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a turn came to. ``at`` is set when a delivery was taken, ``run_at`` when the query was run
    to its end; without either the receiver wanted it otherwise (a smaller one)."""

    cursor: int
    due: float
    batch: int
    number: int
    at: str | None = None
    run_at: str | None = None
    skipped: str | None = None
    """The new list, where it grew."""


class Outgoing(Protocol):
    """Sending to others: only to hosts that an administrator named."""

    def allowed(self, url: str) -> None:
        """Raises Refused unless this may be sent to."""
        ...

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send, within one deadline for all of it; redirects are not followed.

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
        """Take one that is due for so many seconds: a schedule whose time has come, or a stream that
        was not told of all ``size`` records; of those that failed last, or of the others; of no
        organisation in ``without``. Who waits longest comes first."""
        ...

    def sending(self, subscription_id: str, holder: str, pending: int, until: float) -> bool:
        """Note how far the delivery reaches that is sent now, and hold it until then. False when it
        is no longer ours."""
        ...

    def delivered(self, subscription_id: str, holder: str, progress: Progress) -> bool:
        """Go on from there. False when it is no longer ours."""
        ...

    def failed(self, subscription_id: str, holder: str, problem: str, due: float) -> bool:
        """Note a try that failed, and when the next one is. False when it is no longer ours."""
        ...

    def amend(
        self, subscription_id: str, due: float, secret: bytes | None, *, replaces: bool
    ) -> bool:
        """Try again at ``due``, with another ``secret`` if it ``replaces`` the one there was. False
        if there is none."""
        ...

"""Deliveries to webhooks: in order, at least once, and nobody waits for anybody else.

What was delivered is what lies before a subscription's cursor, which moves on only when the receiver
has answered 2xx. Before anything is sent it is noted how far the delivery reaches: after a crash, or an
answer that was lost, the same events go out again under the same number, by which a receiver knows
them. Who does not answer is tried again, ever more rarely, in turns that are kept apart from those who
do (see ``next_turn``).
"""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from suyuan.core.epcis.schedule import parse_schedule
from suyuan.core.errors import Refused, SuyuanError, Unavailable
from suyuan.core.kept import keep
from suyuan.core.visibility import Viewer
from suyuan.flow.query import FoundEvent
from suyuan.flow.subscribe import AT_ONCE, News, Sealed, Subscriptions, next_due
from suyuan.ports.subscriptions import Answer, Progress, Subscription

FOR_QUERY = 60.0
"""Seconds in which a query is answered; then another may take the turn."""
MARGIN = 5.0
"""Seconds beyond the deadline of a delivery, to note what came of it."""
LONGEST_WAIT = 3600.0
MOST_ALONE = 5
"""Tries of an event that a receiver finds too large even alone."""
MOST_SKIPPED = 100
"""Such events that are passed over; after that the subscription waits."""

TURNS = ((False, 12, 3), (True, 4, 1))
"""Whether for those that failed last; how many at once; how many of them of one organisation."""


class Writer(Protocol):
    """How deliveries are written: the body and headers, in the form that was subscribed to."""

    def events(
        self, events: Sequence[FoundEvent], one: Subscription, delivery: str
    ) -> tuple[bytes, dict[str, str]]: ...

    def problem(self, error: SuyuanError, one: Subscription) -> tuple[bytes, dict[str, str]]: ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A subscription that is ours for a while."""

    subscription: Subscription
    holder: str

    @property
    def failing(self) -> bool:
        return self.subscription.failures > 0


class _Failed(Exception):
    """The receiver said no: why, and what it said."""

    def __init__(self, reason: Unavailable, answer: Answer) -> None:
        super().__init__(reason)
        self.reason, self.answer = reason, answer


@dataclass(slots=True)
class Deliveries:
    """Deliver what is due."""

    subscriptions: Subscriptions
    open: Sealed
    holder: str
    timeout: float
    """Seconds that one delivery takes at most."""

    def next_turn(self, running: Iterable[Turn] = ()) -> Turn | None:
        """Take a subscription that is due, beside those that are ``running``; None if none may.

        Those that failed last have fewer places, of their own; and no organisation has them all. So
        neither many dead receivers nor many subscriptions keep others from being told.
        """
        now, under_way = self.now(), list(running)
        for failing, most, most_each in TURNS:
            count = Counter(
                turn.subscription.organisation for turn in under_way if turn.failing is failing
            )
            if count.total() >= most:
                continue
            holder = f"{self.holder}:{secrets.token_hex(4)}"
            found = self.subscriptions.store.claim(
                holder,
                now,
                self.subscriptions.log.tail().size,
                FOR_QUERY,
                failing=failing,
                without=[name for name, here in count.items() if here >= most_each],
            )
            if found is not None:
                return Turn(found, holder)
        return None

    def run(self, turn: Turn, writer: Writer) -> None:
        """Deliver what it is due. What the receiver does is noted with the subscription, not raised."""
        try:
            self._deliver(turn, writer)
        except _Failed as failed:
            self._later(turn, failed.reason, self._asked_to_wait(failed.answer))
        except SuyuanError as problem:
            self._later(turn, problem, 0.0)

    def _later(self, turn: Turn, why: SuyuanError, least: float) -> None:
        one = turn.subscription
        due = self.now() + max(_pause(one.failures), least)
        self.subscriptions.store.failed(one.id, turn.holder, keep(why), due)

    def _deliver(self, turn: Turn, writer: Writer) -> None:
        one = turn.subscription
        terms = json.loads(one.terms)
        viewer = Viewer(one.organisation, terms["role"], terms["county"])
        try:
            news = self.subscriptions.news(
                viewer,
                one.query,
                one.token,
                one.cursor,
                since=terms.get("since"),
                until=one.pending,
                most=one.batch,
            )
        except Refused as problem:
            if not one.failures:  # once; its owner reads the rest with the subscription
                self._tell(one, *writer.problem(problem, one))
            raise
        empty = not one.stream and terms.get("reportIfEmpty", False) and not news.more
        if not news.events and not empty:
            self._done(turn, terms, news, one.batch, one.number, at=None)
            return
        if not self.subscriptions.store.sending(
            one.id, turn.holder, news.cursor, self.now() + self.timeout + MARGIN
        ):
            return
        answer = self._send(one, *writer.events(news.events, one, f"{one.id}-{one.number}"))
        if answer.status == 413 and news.events:
            self._too_large(turn, terms, news, answer)
            return
        if not 200 <= answer.status < 300:
            said = Unavailable("the receiver answered {status}", status=answer.status)
            raise _Failed(said, answer)
        whole = len(news.events) == one.batch
        batch = min(AT_ONCE, one.batch + 1 + one.batch // 8) if whole else one.batch
        at = self.subscriptions.clock.now()
        self._done(turn, terms, news, batch, one.number + 1, at=at)

    def _done(
        self,
        turn: Turn,
        terms: dict[str, Any],
        news: News,
        batch: int,
        number: int,
        *,
        at: str | None,
        skipped: str | None = None,
    ) -> None:
        due = self.now()
        if not turn.subscription.stream and not news.more:
            due = next_due(parse_schedule(terms["schedule"]), due)
        run_at = self.subscriptions.clock.now()
        progress = Progress(news.cursor, due, batch, number, at, run_at, skipped)
        self.subscriptions.store.delivered(turn.subscription.id, turn.holder, progress)

    def _too_large(self, turn: Turn, terms: dict[str, Any], news: News, answer: Answer) -> None:
        """Half as many next; one that is too large even alone is passed over after some tries."""
        one, count = turn.subscription, len(news.events)
        if count > 1:
            smaller = Progress(one.cursor, self.now(), count // 2, one.number + 1)
            self.subscriptions.store.delivered(one.id, turn.holder, smaller)
            return
        skipped, (event,) = json.loads(one.skipped), news.events
        why: Unavailable | None = None
        if one.failures + 1 < MOST_ALONE:
            why = Unavailable(
                "record {index} is too large for the receiver, even alone (413)", index=event.index
            )
        elif len(skipped) >= MOST_SKIPPED:
            why = Unavailable(
                "record {index} is too large for the receiver, as were {count} before it; it waits",
                index=event.index,
                count=len(skipped),
            )
        if why is not None:
            raise _Failed(why, answer)
        at = self.subscriptions.clock.now()
        skipped.append({"index": event.index, "eventID": event.event_id, "at": at})
        kept = json.dumps(skipped, ensure_ascii=False)
        self._done(turn, terms, news, one.batch, one.number + 1, at=None, skipped=kept)

    def _send(self, one: Subscription, body: bytes, headers: dict[str, str]) -> Answer:
        if one.secret is not None:
            headers = {**headers, "GS1-Signature": signature(self.open(one.id, one.secret), body)}
        return self.subscriptions.outgoing.post(one.dest, body, headers)

    def _tell(self, one: Subscription, body: bytes, headers: dict[str, str]) -> None:
        with contextlib.suppress(SuyuanError):  # the trouble is noted with the subscription anyway
            self._send(one, body, headers)

    def _asked_to_wait(self, answer: Answer) -> float:
        """Seconds of a Retry-After (RFC 9110 §10.2.3), an hour at most."""
        text = answer.retry_after
        if text is None:
            return 0.0
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), LONGEST_WAIT)
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
        return min(max(aware.timestamp() - self.now(), 0.0), LONGEST_WAIT)

    def now(self) -> float:
        """Unix time."""
        return datetime.fromisoformat(self.subscriptions.clock.now()).timestamp()


def signature(secret: bytes, body: bytes) -> str:
    """``GS1-Signature``: HMAC-SHA-256 (RFC 2104) of the body's bytes under the signatureToken."""
    return f"sha256={hmac.digest(secret, body, 'sha256').hex()}"


def _pause(failures: int) -> float:
    """Seconds until the next try: doubled each time, and not all at the same moment."""
    longest = min(5.0 * 2.0 ** min(failures, 20), LONGEST_WAIT)
    return longest * (0.5 + secrets.randbelow(1000) / 2000)

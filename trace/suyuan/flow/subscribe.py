"""Standing queries (EPCIS 2.0 §8.2.5): new events go to who subscribed, in order, at least once.

What was delivered is what lies before a subscription's cursor, which moves on only when the receiver
has answered 2xx. A crash in between, or an answer that was lost, delivers the same events again; a
receiver knows them by their eventID. Who does not answer is tried again, ever more rarely, and holds
up nobody else.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from suyuan.core.epcis.query import SimpleEventQuery
from suyuan.core.epcis.schedule import Schedule, parse_schedule
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused, SuyuanError, Unavailable
from suyuan.core.timestamps import to_utc_millis
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.asking import Asking
from suyuan.flow.query import Events, FoundEvent
from suyuan.ports.accounts import AccountStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock
from suyuan.ports.queries import NamedQuery, QueryStore
from suyuan.ports.subscriptions import Outgoing, Subscription, SubscriptionStore

AT_ONCE = 500
"""Events in one delivery."""
LEASE = 120.0
LONGEST_WAIT = 3600.0
MOST = 100
"""Subscriptions of one organisation."""

_MEMBERS = frozenset(
    {"dest", "signatureToken", "stream", "schedule", "reportIfEmpty", "initialRecordTime"}
)

Write = Callable[[Sequence[FoundEvent], Subscription], tuple[bytes, dict[str, str]]]
"""A delivery's body and headers, in the form that was subscribed to."""
Sealed = Callable[[str, bytes], bytes]
"""(subscription, secret) → the other form of it: encrypts, or decrypts."""


@dataclass(frozen=True, slots=True)
class News:
    """Some of what is new, and where to go on."""

    events: tuple[FoundEvent, ...]
    cursor: int
    more: bool
    """There may be more at once."""


@dataclass(slots=True)
class Subscriptions:
    """Subscribe, and deliver what is due."""

    store: SubscriptionStore
    queries: QueryStore
    accounts: AccountStore
    log: LogStore
    events: Events
    outgoing: Outgoing
    clock: Clock
    holder: str
    close: Sealed
    open: Sealed
    asking: Asking

    def subscribe(
        self, caller: Caller, query: str, document: dict[str, Any], forms: Mapping[str, str]
    ) -> Subscription:
        """Keep a subscription on a named query of the caller's own.

        ``forms`` are kept for ``Write``. Raises Malformed or Refused with the member's pointer,
        NotFound without the query, Forbidden for a host that is not allowed.
        """
        self._query(caller, query)
        for name in document:
            if name not in _MEMBERS:
                raise Malformed(
                    "{name} is not a member here; there are {allowed}",
                    path=f"/{name}",
                    name=name,
                    allowed=", ".join(sorted(_MEMBERS)),
                )
        dest, token = document.get("dest"), document.get("signatureToken")
        if not isinstance(dest, str) or len(dest) > 2000:
            raise Malformed("dest is the address that events are sent to", path="/dest")
        if token is not None and (not isinstance(token, str) or not 1 <= len(token) <= 500):
            raise Malformed("a signatureToken has 1 to 500 characters", path="/signatureToken")
        self.outgoing.allowed(dest)
        first, schedule = self.start(caller, query, document)
        if len(self.store.list(caller.organisation, None, limit=MOST)) == MOST:
            raise Refused("there are {most} subscriptions already; delete some", most=MOST)
        since = document.get("initialRecordTime")
        now, name = self._now(), secrets.token_hex(16)
        terms: dict[str, Any] = {
            **{k: document[k] for k in ("stream", "schedule", "reportIfEmpty") if k in document},
            "initialRecordTime": to_utc_millis(since) if since else self.clock.now(),
            "forms": forms,
            "role": caller.role,
            "county": caller.county,
        }
        made = Subscription(
            id=name,
            organisation=caller.organisation,
            query=query,
            dest=dest,
            terms=json.dumps(terms, ensure_ascii=False).encode(),
            secret=None if token is None else self.close(name, token.encode()),
            token=caller.token,
            stream=schedule is None,
            created_at=self.clock.now(),
            cursor=first,
            due=now if schedule is None else _next(schedule, now, "/schedule"),
        )
        self.store.add(made)
        return made

    def get(self, caller: Caller, query: str, subscription_id: str) -> Subscription:
        """One of the caller's own (NotFound else)."""
        found = self.store.get(subscription_id)
        if found is None or (found.organisation, found.query) != (caller.organisation, query):
            raise NotFound("no subscription {id}", id=subscription_id[:100])
        return found

    def list(
        self, caller: Caller, query: str, *, after: str = "", limit: int = 100
    ) -> list[Subscription]:
        """Those of the caller on one of its queries, by id; NotFound without the query."""
        self._named(caller.organisation, query)
        return self.store.list(caller.organisation, query, after=after, limit=limit)

    def delete(self, caller: Caller, query: str, subscription_id: str) -> None:
        """End it; a delivery that is under way may still arrive."""
        self.store.delete(self.get(caller, query, subscription_id).id)

    def delete_all(self, caller: Caller, query: str) -> None:
        """End all subscriptions on a query, which is about to go."""
        while found := self.store.list(caller.organisation, query):
            for one in found:
                self.store.delete(one.id)

    def run_one(self, write: Write) -> Subscription | None:
        """Deliver what one subscription is due; None when none is.

        Raises nothing for what the receiver does: that is noted with the subscription.
        """
        claimed = self.store.claim(self.holder, self._now(), self.log.tail().size, LEASE)
        if claimed is None:
            return None
        try:
            self._deliver(claimed, write)
        except SuyuanError as problem:
            due = self._now() + _pause(claimed.failures)
            self.store.failed(claimed.id, self.holder, str(problem), due)
        return claimed

    def _deliver(self, one: Subscription, write: Write) -> None:
        terms = json.loads(one.terms)
        viewer = Viewer(one.organisation, terms["role"], terms["county"])
        news = self.news(viewer, one.query, one.token, one.cursor)
        at = None
        if news.events or (terms.get("reportIfEmpty") and not news.more):
            self._send(one, *write(news.events, one))
            at = self.clock.now()
        due = self._now()
        if not one.stream and not news.more:
            due = _next(parse_schedule(terms["schedule"]), due, "")
        self.store.delivered(one.id, self.holder, cursor=news.cursor, due=due, at=at)

    def news(self, viewer: Viewer, query: str, token: str, cursor: int) -> News:
        """What a named query of the viewer's organisation finds from record ``cursor`` on, in order.

        Forbidden when the token was revoked, NotFound when the query is gone.
        """
        assert viewer.organisation is not None
        self._still_known(viewer.organisation, token)
        wanted = replace(
            self.asking.kept(viewer, self._named(viewer.organisation, query)),
            order_by="recordTime",
            ascending=True,
        )
        until = self.log.tail().size
        page = self.events.page(viewer, wanted, size=AT_ONCE, after=("", cursor - 1))
        reached = page.after[1] + 1 if page.after is not None else until
        if page.events:
            reached = max(reached, page.events[-1].index + 1)
        return News(page.events, reached, page.after is not None)

    def start(
        self, caller: Caller, query: str, document: Mapping[str, Any]
    ) -> tuple[int, Schedule | None]:
        """From which record on to tell of a query, and when (None: of each event at once).

        ``document``: ``stream`` or ``schedule``, ``reportIfEmpty``, ``initialRecordTime``; Malformed
        names the member that is wrong.
        """
        found = self._query(caller, query)
        if found.count_limit is not None or found.max_count is not None:
            raise Refused("a query with a limit of its own cannot be subscribed to", path="/query")
        schedule = _timing(document)
        since = document.get("initialRecordTime")
        if since is None:
            return self.log.tail().size, schedule
        if not isinstance(since, str):
            raise Malformed("a time is written as a text", path="/initialRecordTime")
        try:
            return self.log.recorded_since(to_utc_millis(since)), schedule
        except Malformed as problem:
            raise problem.at("/initialRecordTime") from None

    def _send(self, one: Subscription, body: bytes, headers: dict[str, str]) -> None:
        if one.secret is not None:
            headers = {**headers, "GS1-Signature": signature(self.open(one.id, one.secret), body)}
        status = self.outgoing.post(one.dest, body, headers)
        if not 200 <= status < 300:
            raise Unavailable("the receiver answered {status}", status=status)

    def _still_known(self, organisation: str, token_id: str) -> None:
        tokens = {token.id: token for token in self.accounts.tokens(organisation)}
        token = tokens.get(token_id)
        if token is None or token.revoked_at is not None:
            raise Forbidden("the token that subscribed was revoked")

    def _query(self, caller: Caller, name: str) -> SimpleEventQuery:
        return self.asking.kept(caller.viewer, self._named(caller.organisation, name))

    def _named(self, organisation: str, name: str) -> NamedQuery:
        found = self.queries.get(organisation, name)
        if found is None:
            raise NotFound("no query {name}", name=name[:100])
        return found

    def _now(self) -> float:
        return datetime.fromisoformat(self.clock.now()).timestamp()


def signature(secret: bytes, body: bytes) -> str:
    """``GS1-Signature``: HMAC-SHA-256 (RFC 2104) of the body's bytes under the signatureToken."""
    return f"sha256={hmac.digest(secret, body, 'sha256').hex()}"


def _timing(document: Mapping[str, Any]) -> Schedule | None:
    """The schedule; None for a stream. One of both has to be said."""
    if "reportIfEmpty" in document and not isinstance(document["reportIfEmpty"], bool):
        raise Malformed("say true or false", path="/reportIfEmpty")
    if ("schedule" in document) == ("stream" in document):
        raise Malformed(
            'say either "stream": true, for each event at once, or a "schedule"', path="/stream"
        )
    if "schedule" in document:
        return parse_schedule(document["schedule"], "/schedule")
    if document["stream"] is not True:
        raise Malformed("a stream is asked for with true", path="/stream")
    return None


def _next(schedule: Schedule, now: float, path: str) -> float:
    found = schedule.after(datetime.fromtimestamp(now, UTC))
    if found is None:
        raise Malformed("there is no such day", path=path)
    return found.timestamp()


def _pause(failures: int) -> float:
    """Seconds until the next try: doubled each time, and not all at the same moment."""
    longest = min(5.0 * 2.0 ** min(failures, 20), LONGEST_WAIT)
    return longest * (0.5 + secrets.randbelow(1000) / 2000)

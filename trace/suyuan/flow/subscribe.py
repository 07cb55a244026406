"""Standing queries (EPCIS 2.0 §8.2.5): who is to be told of new events, and what is new for them.

Sending is flow/deliver.py's, or of whoever holds a connection open.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from suyuan.core.epcis.query import SimpleEventQuery
from suyuan.core.epcis.schedule import Schedule, parse_schedule
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused
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
MOST = 100
"""Subscriptions of one organisation."""

_MEMBERS = frozenset(
    {"dest", "signatureToken", "stream", "schedule", "reportIfEmpty", "initialRecordTime"}
)

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
    """Subscribe, and find what is new."""

    store: SubscriptionStore
    queries: QueryStore
    accounts: AccountStore
    log: LogStore
    events: Events
    outgoing: Outgoing
    clock: Clock
    close: Sealed
    asking: Asking

    def subscribe(
        self, caller: Caller, query: str, document: dict[str, Any], forms: Mapping[str, str]
    ) -> Subscription:
        """Keep a subscription on a named query of the caller's own.

        ``forms`` are kept for ``Write``. Raises Malformed or Refused with the member's pointer,
        NotFound without the query, Forbidden for a host that is not allowed.
        """
        self._query(caller, query)
        _known(document, _MEMBERS)
        dest = document.get("dest")
        if not isinstance(dest, str) or len(dest) > 2000:
            raise Malformed("dest is the address that events are sent to", path="/dest")
        secret = _secret(document)
        self.outgoing.allowed(dest)
        first, schedule = self.start(caller, query, document)
        if len(self.store.list(caller.organisation, None, limit=MOST)) == MOST:
            raise Refused("there are {most} subscriptions already; delete some", most=MOST)
        since = document.get("initialRecordTime")
        now, name = self._now(), secrets.token_hex(16)
        terms: dict[str, Any] = {
            **{k: document[k] for k in ("stream", "schedule", "reportIfEmpty") if k in document},
            "initialRecordTime": to_utc_millis(since) if since is not None else self.clock.now(),
            "forms": forms,
            "role": caller.role,
            "county": caller.county,
        }
        if since is not None:
            # It may lie ahead. (What began "now" is told by the cursor alone: clocks may disagree.)
            terms["since"] = terms["initialRecordTime"]
        made = Subscription(
            id=name,
            organisation=caller.organisation,
            query=query,
            dest=dest,
            terms=json.dumps(terms, ensure_ascii=False).encode(),
            secret=None if secret is None else self.close(name, secret),
            token=caller.token,
            stream=schedule is None,
            created_at=self.clock.now(),
            cursor=first,
            due=now if schedule is None else next_due(schedule, now, "/schedule"),
            batch=AT_ONCE,
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

    def amend(
        self, caller: Caller, query: str, subscription_id: str, document: dict[str, Any]
    ) -> Subscription:
        """Sign with another ``signatureToken`` from now on (null: no more), and try at once again
        what failed. Malformed names the member that is wrong."""
        found = self.get(caller, query, subscription_id)
        _known(document, frozenset({"signatureToken"}))
        secret = _secret(document)
        self.store.amend(
            found.id,
            self._now() if found.failures else found.due,
            None if secret is None else self.close(found.id, secret),
            replaces="signatureToken" in document,
        )
        return self.get(caller, query, subscription_id)

    def check(self, viewer: Viewer, query: str, token: str) -> None:
        """Forbidden when the token was revoked, NotFound when the query is gone."""
        assert viewer.organisation is not None
        tokens = {one.id: one for one in self.accounts.tokens(viewer.organisation)}
        if token not in tokens or tokens[token].revoked_at is not None:
            raise Forbidden("the token that subscribed was revoked")
        self._named(viewer.organisation, query)

    def news(
        self,
        viewer: Viewer,
        query: str,
        token: str,
        cursor: int,
        *,
        since: str | None = None,
        until: int | None = None,
        most: int | None = None,
    ) -> News:
        """What a named query of the viewer's organisation finds from record ``cursor`` on, in order.

        Not what was recorded before ``since`` (a time that may lie ahead), nor from record ``until``
        on. Raises as ``check`` does, and TooLarge or Refused for a query that cannot be answered.
        """
        self.check(viewer, query, token)
        assert viewer.organisation is not None
        kept = self.asking.kept(viewer, self._named(viewer.organisation, query))
        low, high = kept.record_time
        times = [time for time in (low, since) if time is not None]
        wanted = replace(
            kept,
            order_by="recordTime",
            ascending=True,
            record_time=(max(times, default=None), high),
        )
        size = self.log.tail().size
        page = self.events.page(viewer, wanted, size=most or AT_ONCE, after=("", cursor - 1))
        reached = page.after[1] + 1 if page.after is not None else size
        if page.events:
            reached = max(reached, page.events[-1].index + 1)
        if until is None or reached <= until:
            return News(page.events, reached, more=page.after is not None)
        within = tuple(one for one in page.events if one.index < until)
        return News(within, until, more=False)

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

    def _query(self, caller: Caller, name: str) -> SimpleEventQuery:
        return self.asking.kept(caller.viewer, self._named(caller.organisation, name))

    def _named(self, organisation: str, name: str) -> NamedQuery:
        found = self.queries.get(organisation, name)
        if found is None:
            raise NotFound("no query {name}", name=name[:100])
        return found

    def _now(self) -> float:
        return datetime.fromisoformat(self.clock.now()).timestamp()


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


def _known(document: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for name in document:
        if name not in allowed:
            raise Malformed(
                "{name} is not a member here; there are {allowed}",
                path=f"/{name}",
                name=name,
                allowed=", ".join(sorted(allowed)),
            )


def _secret(document: Mapping[str, Any]) -> bytes | None:
    token = document.get("signatureToken")
    if token is None:
        return None
    if not isinstance(token, str) or not 1 <= len(token) <= 500:
        raise Malformed("a signatureToken has 1 to 500 characters", path="/signatureToken")
    return token.encode()


def next_due(schedule: Schedule, now: float, path: str = "") -> float:
    """The Unix time of the next run; Malformed where there is none (31 February)."""
    found = schedule.after(datetime.fromtimestamp(now, UTC))
    if found is None:
        raise Malformed("there is no such day", path=path)
    return found.timestamp()

"""EPCIS queries: events that match and that the one who asks may see, page by page.

The store's index brings candidates in order; the query itself decides on each. What stays hidden is
passed over without a trace of its place or number.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from suyuan.core import private
from suyuan.core.entry import parse_entry
from suyuan.core.epcis.event_hash import event_hash
from suyuan.core.epcis.query import SimpleEventQuery
from suyuan.core.errors import TooLarge
from suyuan.core.touches import cbv_word
from suyuan.core.visibility import Viewer
from suyuan.flow.prove import Prover, RecordView
from suyuan.ports.log import EventQuery, EventSearch, KnownTo, LogStore

CANDIDATES = 200
"""Looked for together."""
TOGETHER = 50
"""Read together."""
MOST_LOOKED_AT = 20_000
"""Candidates for one page; then it ends early and says where to go on."""
MOST_FOR_PUBLIC = 2_000
"""The same for who brings no token: each candidate is read and hashed, about half a millisecond."""
MOST_SORTED = 10_000
"""Events that are sorted by a field without an index."""

FEW, MANY = 8, 1_000
"""Business steps that are looked for one by one; steps in use, beyond which nobody can list them."""

Place = tuple[str, int]
"""(event time, index): where a page ended."""


@dataclass(frozen=True, slots=True)
class FoundEvent:
    """One event as the one who asks sees it, disclosed fields back in their places."""

    index: int
    record_time: str
    event_id: str
    """Its own id, or the CBV event hash of what was committed where it has none."""
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, and where the next page begins (None: there are no more)."""

    events: tuple[FoundEvent, ...]
    after: Place | None


@dataclass(slots=True)
class Events:
    """Everything that is asked of events."""

    log: LogStore
    prover: Prover

    def page(
        self, viewer: Viewer, query: SimpleEventQuery, *, size: int, after: Place | None = None
    ) -> EventPage:
        """The next ``size`` events; fewer where very many had to be looked at.

        TooLarge where maxEventCount is passed, or more would have to be sorted than we sort.
        """
        if query.max_count is not None and after is None:
            self._count(viewer, query, query.max_count)
        if query.order_by not in (None, "eventTime", "recordTime"):
            return self._sorted(viewer, query, size, after)
        return self._walk(viewer, query, size, after)

    def _walk(
        self, viewer: Viewer, query: SimpleEventQuery, size: int, after: Place | None
    ) -> EventPage:
        found: list[FoundEvent] = []
        most = MOST_LOOKED_AT if viewer.organisation is not None else MOST_FOR_PUBLIC
        looked_at = 0
        candidates = self._candidates(query, after)
        while batch := list(islice(candidates, min(TOGETHER, size + 1, most - looked_at))):
            views = self.prover.records(viewer, [index for _, index in batch])
            for place, view in zip(batch, views, strict=True):
                event = self._seen(query, view)
                if event is not None:
                    if len(found) == size:
                        return EventPage(tuple(found), after)
                    found.append(event)
                after = place
            looked_at += len(batch)
            if looked_at == most:
                return EventPage(tuple(found), after)
        return EventPage(tuple(found), None)

    def _sorted(
        self, viewer: Viewer, query: SimpleEventQuery, size: int, after: Place | None
    ) -> EventPage:
        """By a field of an extension: all at once, those without the field last."""
        plain = replace(query, order_by="recordTime", ascending=True)
        page = self._walk(viewer, plain, MOST_SORTED, None)
        if page.after is not None:
            raise TooLarge("the query finds more than {most} events to sort", most=MOST_SORTED)
        keyed = [(query.key_of(found.event, found.record_time), found) for found in page.events]
        having = [(key, found) for (has, key), found in keyed if has]
        having.sort(key=lambda item: item[0], reverse=not query.ascending)
        ordered = [found for _, found in having]
        ordered += [found for (has, _), found in keyed if not has]
        first = after[1] if after is not None else 0
        rest = len(ordered) - first > size
        return EventPage(tuple(ordered[first : first + size]), ("", first + size) if rest else None)

    def _count(self, viewer: Viewer, query: SimpleEventQuery, most: int) -> None:
        page = self._walk(viewer, replace(query, max_count=None), most + 1, None)
        if len(page.events) > most or page.after is not None:
            raise TooLarge("the query finds more than {most} events", most=most)

    def one(self, viewer: Viewer, event_id: str) -> list[FoundEvent]:
        """All events with this eventID, or with this CBV event hash."""
        found = self.log.search(EventSearch(event_ids=frozenset({event_id}), limit=1000))
        indices = [index for _, index in found]
        if not indices:
            indices = self.log.find_events(EventQuery(event_hash=event_id, limit=1000))
        seen = (self._seen(SimpleEventQuery(), v) for v in self.prover.records(viewer, indices))
        return [event for event in seen if event is not None]

    def _seen(self, query: SimpleEventQuery, view: RecordView) -> FoundEvent | None:
        if view.content is None:
            return None
        committed = view.content["event"]
        event = private.reveal(committed, view.disclosures)
        time = parse_entry(view.entry).record_time
        if not query.matches(event, time):
            return None
        return FoundEvent(
            view.index, time, committed.get("eventID") or event_hash(committed), event
        )

    def _candidates(self, query: SimpleEventQuery, after: Place | None) -> Iterator[Place]:
        low, high = query.record_time
        base = EventSearch(
            touching=query.touching,
            event_types=query.event_types,
            event_ids=query.event_ids,
            event_time=query.event_time,
            indices=(
                self.log.recorded_since(low) if low is not None else 0,
                self.log.recorded_since(high) if high is not None else (1 << 63) - 1,
            ),
            by_time=query.order_by != "recordTime",
            descending=query.order_by is not None and not query.ascending,
            after=after,
            limit=CANDIDATES,
        )
        if query.biz_steps is None:
            return self._all(base)
        steps = {stored_step(step) for step in query.biz_steps}
        if len(steps) > FEW:  # each costs a question; of most there is no event
            there = self.log.known("bizSteps", KnownTo(everything=True), limit=MANY)
            steps = steps.intersection(there) if len(there) < MANY else steps
        written = sorted({way for step in steps for way in ways_to_write(step)})
        return heapq.merge(
            *(self._all(replace(base, biz_step=step)) for step in written),
            key=lambda place: place if base.by_time else ("", place[1]),
            reverse=base.descending,
        )

    def _all(self, search: EventSearch) -> Iterator[Place]:
        while found := self.log.search(search):
            yield from found
            if len(found) < search.limit:
                return
            search = replace(search, after=found[-1])


def stored_step(text: str) -> str:
    """A bizStep as the discovery resources have it: a bare word where it is one of the CBV."""
    return cbv_word(text, "bizstep", "BizStep") or ""


def ways_to_write(step: str) -> tuple[str, ...]:
    """All that an event, whose index has its bizStep as it was sent, may have for this one."""
    if ":" in step:
        return (step,)
    return step, f"cbv:BizStep-{step}", f"https://ref.gs1.org/cbv/BizStep-{step}"

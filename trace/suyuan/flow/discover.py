"""What there is to ask for: the words, places and things that events name, as one may know of them.

Source: EPCIS 2.0 §12.4. Nothing is told of events that the one who asks does not get.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.epcis.known import epcs_in
from suyuan.core.epcis.words import BIZ_STEPS, DISPOSITIONS
from suyuan.core.visibility import Viewer, covers
from suyuan.flow.prove import Prover
from suyuan.ports.accounts import AccountStore
from suyuan.ports.log import KnownTo, LogStore

EVENT_TYPES = (
    "AggregationEvent",
    "AssociationEvent",
    "ObjectEvent",
    "TransactionEvent",
    "TransformationEvent",
)
_STANDARD = {
    "eventTypes": frozenset(EVENT_TYPES),
    "bizSteps": BIZ_STEPS,
    "dispositions": DISPOSITIONS,
}
"""Supported whether or not an event has them yet."""

MOST_LOOKED_AT = 2_000
"""Objects for one page; then it ends early and says where to go on."""
_RECORDS_EACH = 20
"""Records of one object that are looked into."""


@dataclass(frozen=True, slots=True)
class Values:
    """Some values in order, and the one behind which the next page begins (None: no more)."""

    values: tuple[str, ...]
    after: str | None


@dataclass(slots=True)
class Discovery:
    """Everything that is asked of the discovery resources."""

    log: LogStore
    prover: Prover
    accounts: AccountStore

    def page(self, viewer: Viewer, resource: str, *, size: int, after: str = "") -> Values:
        """The next ``size`` values of ``eventTypes``, ``bizSteps``, ``epcs`` and so on."""
        if resource == "epcs":
            return self._epcs(viewer, size, after)
        found = {value for value in _STANDARD.get(resource, ()) if value > after}
        if resource != "eventTypes":
            found.update(
                self.log.known(resource, self._audience(viewer), after=after, limit=size + 1)
            )
        ordered = sorted(found)
        return Values(tuple(ordered[:size]), ordered[size - 1] if len(ordered) > size else None)

    def _audience(self, viewer: Viewer) -> KnownTo:
        if viewer.is_administrator:
            return KnownTo(everything=True)
        owners = {viewer.organisation} if viewer.organisation is not None else set()
        if viewer.role == "regulator":
            owners.update(
                o.id for o in self.accounts.organisations() if covers(viewer.county, o.county)
            )
        return KnownTo(owners=frozenset(owners), party=viewer.organisation)

    def _epcs(self, viewer: Viewer, size: int, after: str) -> Values:
        found: list[str] = []
        looked_at = 0
        while batch := self.log.objects(after=after, limit=200):
            for name in batch:
                if looked_at == MOST_LOOKED_AT:
                    return Values(tuple(found), after)
                looked_at += 1
                if (text := self._epc(viewer, name)) is not None:
                    if len(found) == size:
                        return Values(tuple(found), after)
                    found.append(text)
                after = name
        return Values(tuple(found), None)

    def _epc(self, viewer: Viewer, name: str) -> str | None:
        """The object as an event names it that this viewer gets; None if there is no such event."""
        if "#" in name or ":" not in name or _is_class(name):
            return None
        size = self.log.tail().size
        for index in reversed(self.log.touched([name], size=size).get(name, [])[-_RECORDS_EACH:]):
            content = self.prover.record(viewer, index, prove=False).content
            if content is not None and "event" in content:
                text = epcs_in(content["event"]).get(name)
                if text is not None:
                    return text
        return None


def _is_class(name: str) -> bool:
    """A lot: many things, not one."""
    return "/10/" in name and "/01/" in name and "/21/" not in name

"""Balance: what an organisation and its members bought, used, have and gave back, at any date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from suyuan.core import private
from suyuan.core.content import decode_content
from suyuan.core.errors import Malformed, TooLarge
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.read import read_deed
from suyuan.core.identifiers import identify, object_id, product_of
from suyuan.core.rules.balance import Line, account
from suyuan.core.rules.case import standing
from suyuan.core.visibility import Viewer
from suyuan.flow.prove import Prover
from suyuan.ports.log import EventQuery, LogStore

_AT_ONCE = 1_000
_ALL = 1 << 62
MOST = 200_000
"""Events of an organisation that are added up in one answer."""


@dataclass(slots=True)
class Balances:
    """The verb. Needs no key and writes nothing."""

    log: LogStore
    prover: Prover

    def of(
        self,
        viewer: Viewer,
        organisation: str,
        *,
        until: date | None = None,
        item: str | None = None,
        member: str | None = None,
        by_member: bool = False,
    ) -> list[Line]:
        """Lines of the organisation's account: of one input (a lot, or a product with all its lots), of
        one member, or all. A member's is by member. TooLarge above ``MOST`` events."""
        found = account(
            standing(self._deeds(viewer, organisation, item)),
            until=until,
            by_member=by_member or member is not None,
        )
        wanted = _wanted(item)
        return [
            line
            for line in found
            if (wanted is None or wanted in (line.item, product_of(line.item)))
            and (member is None or line.holder == member)
        ]

    def _deeds(self, viewer: Viewer, organisation: str, item: str | None) -> Iterator[Deed]:
        read = 0
        for indices in self._indices(organisation, item):
            read += len(indices)
            if read > MOST:
                raise TooLarge("this rests on more than {most} records", most=MOST)
            for index, stored in sorted(self.log.records(indices).items()):
                if stored.kind != "event" or stored.content is None:
                    continue
                if stored.owner != organisation:
                    continue
                value = decode_content(stored.content).value
                visible, disclosures = self.prover.shown(viewer, stored, value)
                if visible:
                    event = private.reveal(dict(value), list(disclosures))
                    yield read_deed(event, stored.owner, index=index, recorded=stored.record_time)

    def _indices(self, organisation: str, item: str | None) -> Iterator[list[int]]:
        """Of one lot, what touches it; else all events of the organisation, in portions."""
        lot = object_id(item) if item is not None else None
        if lot is not None:
            touching = self.log.touched([lot], size=_ALL).get(lot, [])
            # Who declares an error need not name what the record was about.
            declared = self.log.declarations_of(touching).values()
            indices = sorted({*touching, *(one for each in declared for one in each)})
            for start in range(0, len(indices), _AT_ONCE):
                yield indices[start : start + _AT_ONCE]
            return
        query = EventQuery(owner=organisation, limit=_AT_ONCE)
        while indices := self.log.find_events(query):
            yield indices
            query = EventQuery(owner=organisation, limit=_AT_ONCE, after_index=indices[-1])


def _wanted(item: str | None) -> str | None:
    if item is None:
        return None
    try:
        return identify(item).uri
    except Malformed as problem:
        raise problem.at("/item") from None


__all__ = ["MOST", "Balances"]

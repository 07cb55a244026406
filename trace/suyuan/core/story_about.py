"""The story of what is no lot and no pack: a place, an organisation, a logistic unit, an asset …

What its master data says that a page may repeat, and a timeline of what was recorded of it, there, or
by it. Positions, outlines and plots are never read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.core.gs1.rules import Element
from suyuan.core.identifiers import product_of
from suyuan.core.story import Product, Story
from suyuan.core.story_deeds import LATE, Deed, deeds
from suyuan.core.story_names import Directory, Known, Place, Thing, Who
from suyuan.core.story_values import Names, local_day, names_of, text_of
from suyuan.core.touches import EventObjects

PLACES = frozenset({"414"})
"""Keys of places: what happened there is part of their story."""
PARTIES = frozenset({"417"})
"""Keys of organisations: what they recorded is part of their story."""
_ZONE = "+08:00"


@dataclass(frozen=True, slots=True)
class About:
    """What a code names, and what its newest public master data says of it."""

    path: tuple[Element, ...]
    """Primary key and qualifiers, without percent-encoding."""
    names: Names | None
    village: Names | None
    county: Names | None
    brand: Names | None
    credit_code: str | None
    """统一社会信用代码 of an organisation (GB 32100)."""
    within: Place | None
    """The place that it lies in."""
    holds: tuple[Thing, ...]
    """Products and lots that are in it, by the last public word on each pack."""
    described_by: Who | None
    """Who recorded its master data; None where there is none."""
    described: date | None
    index: int | None
    """The record that the master data stands in."""
    more: bool
    """Whether more may be recorded than was looked at."""

    @property
    def key(self) -> str:
        """The primary key's application identifier."""
        return self.path[0][0]

    @property
    def has_name(self) -> bool:
        """Whether a thing of this kind should have a name: a carton or a crate has its number."""
        return self.names is not None or self.key in PLACES | PARTIES


def about(
    path: tuple[Element, ...],
    uri: str,
    records: Sequence[Known],
    *,
    holds: Iterable[str] = (),
    more: bool = False,
) -> About:
    """What is said of the thing with this canonical id; ``records`` with the newest master data.

    ``holds``: what is in it, as ``contents`` tells.
    """
    directory = Directory(records)
    master: Mapping[str, Any] = directory.master(uri)
    said = next((r for r in records if r.master is master), None) if master else None
    inside = text_of(master.get("suyuan:within"))
    return About(
        path,
        names_of(master.get("name")),
        names_of(master.get("suyuan:village")),
        names_of(master.get("suyuan:county")),
        names_of(master.get("suyuan:brand")),
        text_of(master.get("suyuan:creditCode")),
        directory.place(inside) if inside else None,
        tuple(_things(holds, directory)),
        directory.who(said.owner, said.role) if said else None,
        local_day(said.record_time, _ZONE) if said else None,
        said.index if said else None,
        more,
    )


def _things(uris: Iterable[str], directory: Directory) -> Iterable[Thing]:
    """Each product and lot once, however many packs of it there are."""
    found: dict[tuple[str, str | None], Thing] = {}
    for uri in uris:
        thing = directory.thing(uri)
        if thing is not None:
            found.setdefault((product_of(thing.id) or thing.id, thing.lot), thing)
    return found.values()


def contents(events: Iterable[EventObjects], subject: str) -> tuple[str, ...]:
    """What is in a carton or a crate, by its events in their order (EPCIS 2.0 §7.4.3, §7.4.6).

    As it was written there: a pack with its lot, where the event names that.
    """
    inside: dict[str, str] = {}
    for said in events:
        if said.parent is None or said.parent.object != subject:
            continue
        things = {
            thing.uri: thing.lot or thing.uri for thing in (*said.children, *said.child_quantities)
        }
        if said.action == "ADD":
            inside |= things
        elif said.action == "DELETE":
            inside = {uri: lot for uri, lot in inside.items() if things and uri not in things}
    return tuple(inside.values())


def chronicle(records: Sequence[Known], subject: str) -> Story:
    """What was recorded of, at or by ``subject``; events that are not shown are left out.

    A recall or a test is of what it is about, never of the place where it was written down, so there
    are none here beside their lines.
    """
    told = [r for r in records if r.kind == "event" and not r.hidden]
    done = [_elsewhere(deed, subject) for deed in deeds(told, Directory(records), {subject})]
    return Story(
        product=Product("", None, None, None, None),
        lot="",
        serial=None,
        issuer=None,
        packed=None,
        best_before=None,
        recalls=(),
        withdrawn=None,
        parts=(),
        origins=(),
        tests=(),
        failing=(),
        deeds=tuple(done),
        records=len(told),
        hidden=0,
        erased=sum(r.erased_at is not None for r in told),
        private=sum(deed.private for deed in done),
        late=sum(len(d.indices) for d in done if d.state == "shown" and d.late > LATE),
        newest=max((r.index for r in records), default=-1),
        newest_time=max((r.record_time for r in records), default=""),
    )


def _elsewhere(deed: Deed, subject: str) -> Deed:
    """Without the place that the page is about, unless something was applied there."""
    return deed._replace(
        spots=tuple(spot for spot in deed.spots if spot.place.id != subject or spot.dose)
    )

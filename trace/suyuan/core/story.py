"""From records to what a public page says: product, who and where, tests, timeline, recalls.

Pure: the records of a code go in as the public may see them, a Story comes out; which words and which
colours it gets is the page's business. The records are those of the code's bundle (formats.md §7),
and of these the ones that extend something the code is about or was made from.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias
from urllib.parse import unquote

from suyuan.core.identifiers import product_of
from suyuan.core.story_certificates import Certified, certified
from suyuan.core.story_deeds import LATE, Deed, corrections, deeds
from suyuan.core.story_names import Directory, Known, Place, Thing, Who
from suyuan.core.story_reading import Reading
from suyuan.core.story_tests import Test, failing, tests
from suyuan.core.story_values import (
    Names,
    Quantity,
    Said,
    day_of,
    names_of,
    number_of,
    quantity_of,
)

__all__ = ["Deed", "Known", "Product", "Recall", "Story", "Test", "tell"]

_WITHDRAWN = frozenset(
    {
        "damaged",
        "destroyed",
        "disposed",
        "expired",
        "needs_replacement",
        "non_conformant",
        "non_sellable_other",
        "stolen",
    }
)
"""Dispositions after which a lot or pack should not be on sale (CBV 2.0 §7.2)."""


@dataclass(frozen=True, slots=True)
class Product:
    """What the master data of the product says."""

    gtin: str
    names: Names | None
    brand: Names | None
    grade: Names | None
    net: Quantity | None
    picture: str | None = None
    """SHA-256 of its picture, 64 hex digits."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Somebody called back the lot or pack, or something it was made from (``about``)."""

    index: int
    day: date
    who: Who
    reason: Names | None
    advice: Names | None
    about: Thing | None
    upstream: bool
    """Not the lot or pack itself: something that it was made from, or travelled in."""
    lifted: date | None
    """The day on which the same organisation took it back."""


@dataclass(frozen=True, slots=True)
class Part:
    """An organisation, and what it recorded here."""

    who: Who
    did: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that a page says of one lot or pack."""

    product: Product
    lot: str
    serial: str | None
    issuer: Who | None
    """Who gave out the code: who issued the serials, else whose product it is, else who began."""
    packed: date | None
    best_before: date | None
    recalls: tuple[Recall, ...]
    withdrawn: Deed | None
    """The record by which the lot or pack itself was taken off the shelf."""
    parts: tuple[Part, ...]
    origins: tuple[tuple[Names | None, tuple[Place, ...]], ...]
    """Where it grew: by village."""
    tests: tuple[Test, ...]
    failing: tuple[Test, ...]
    deeds: tuple[Deed, ...]
    records: int
    """How many records the timeline is made of."""
    hidden: int
    erased: int
    private: int
    late: int
    """Records that were entered more than ``LATE`` days after the deed."""
    newest: int
    """Index of the newest record."""
    newest_time: str
    certificates: tuple[Certified, ...] = ()
    holds: tuple[Recall, ...] = ()
    """Somebody keeps it back, or something it was made from; ``lifted`` where that has ended."""


def tell(
    records: Sequence[Known],
    members: Collection[str],
    *,
    subject: str,
    lot: str,
    serial: str | None,
) -> Story:
    """The story of ``subject``, a lot or a pack of it; ``records`` by index, ``members`` its U."""
    directory = Directory(records)
    inside = frozenset(members)
    told = [r for r in records if r.kind == "event" and not inside.isdisjoint(r.extends)]
    own = frozenset({subject, lot})
    done = deeds(told, directory, own)
    found = tests(told, directory, own)
    product = product_of(lot) or ""
    events = [(r, r.event) for r in told if r.event is not None]
    packed = _packed(events, own)
    life = number_of(directory.master(product).get("suyuan:shelfLifeDays"))
    return Story(
        product=_product(directory, product),
        lot=unquote(lot.rsplit("/10/", 1)[-1]),
        serial=serial,
        issuer=_issuer(records, events, directory, own, product),
        packed=packed,
        best_before=_best_before(events, own, packed, life),
        recalls=_called_back(events, inside, directory, own, "recalls", "unrecalls"),
        holds=_called_back(events, inside, directory, own, "holds", "releases"),
        certificates=certified(events, directory, own),
        withdrawn=_withdrawn(events, done, own),
        parts=_parts(done),
        origins=_origins(events, directory),
        tests=found,
        failing=failing(found),
        deeds=done,
        records=len(told),
        hidden=sum(r.hidden for r in records),
        erased=sum(r.erased_at is not None for r in records),
        private=sum(d.private for d in done),
        late=sum(len(d.indices) for d in done if d.state == "shown" and d.late > LATE),
        newest=max((r.index for r in records), default=-1),
        newest_time=max((r.record_time for r in records), default=""),
    )


_Events: TypeAlias = "Sequence[tuple[Known, Reading]]"


def _product(directory: Directory, product: str) -> Product:
    master = directory.master(product)
    return Product(
        product.rsplit("/", 1)[-1],
        names_of(master.get("name")),
        names_of(master.get("suyuan:brand")),
        names_of(master.get("suyuan:grade")),
        quantity_of(master.get("suyuan:netWeight")),
        _picture(master.get("suyuan:picture")),
    )


def _picture(value: object) -> str | None:
    digest = value.get("digest") if isinstance(value, Mapping) else None
    found = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
    return found[1] if found else None


_DIGEST = re.compile(r"sha-256:([0-9a-f]{64})")


def _issuer(
    records: Sequence[Known],
    events: _Events,
    directory: Directory,
    own: frozenset[str],
    product: str,
) -> Who | None:
    of_it = [(r, event) for r, event in events if not own.isdisjoint(r.extends)]
    serialised = [r for r, event in of_it if event.issues_serials]
    owners = [r for r in records if f"{product}#master" in r.extends]
    said = next(iter([*serialised[-1:], *owners[-1:], *(r for r, _ in of_it[:1])]), None)
    return directory.who(said.owner, said.role) if said else None


def _packed(events: _Events, own: frozenset[str]) -> date | None:
    """The first day of packing, as on the label; no other day stands in for it."""
    days = [
        event.when.day
        for r, event in events
        if event.step == "packing" and not own.isdisjoint(r.extends)
    ]
    return min(days, default=None)


def _best_before(
    events: _Events, own: frozenset[str], packed: date | None, life: float | None
) -> date | None:
    """As recorded with the lot (CBV 2.0 ILMD), else the shelf life counted from packing."""
    for r, event in reversed(events):
        if event.best_before is not None and not own.isdisjoint(r.extends):
            found: date = event.best_before
            return found
    if packed is None or life is None or not 0 < life < 36500:
        return None
    try:
        return packed + timedelta(days=life)
    except OverflowError:
        return None


def _called_back(
    events: _Events,
    members: frozenset[str],
    directory: Directory,
    own: frozenset[str],
    begins: str,
    ends: str,
) -> tuple[Recall, ...]:
    """Newest first. A recall or a hold ends only by the word of who made it."""
    wrong = corrections(r for r, _ in events)
    found: list[Recall] = []
    for record, event in events:
        if not getattr(event, begins):
            continue
        hit = members.intersection(record.extends)
        things = (directory.thing(name) for name in sorted(hit))
        declared = wrong.get(record.index)
        found.append(
            Recall(
                record.index,
                event.when.day,
                directory.who(record.owner, record.role),
                event.reason,
                event.advice,
                None if hit & own else next((thing for thing in things if thing), None),
                hit.isdisjoint(own),
                day_of(declared.record_time) if declared else _lifted(record, hit, events, ends),
            )
        )
    return tuple(reversed(found))


def _lifted(recall: Known, hit: frozenset[str], events: _Events, ends: str) -> date | None:
    for record, event in events:
        if (
            record.index > recall.index
            and record.owner == recall.owner
            and getattr(event, ends)
            and not hit.isdisjoint(record.extends)
        ):
            return event.when.day
    return None


def _withdrawn(events: _Events, done: Sequence[Deed], own: frozenset[str]) -> Deed | None:
    """The last word on the pack or the whole lot, if it is that it should not be on sale."""
    last: int | None = None
    for record, event in events:
        if event.holds:
            continue  # that is a face of its own
        if event.disposition and not event.of_a_part and not own.isdisjoint(record.extends):
            last = record.index if event.disposition in _WITHDRAWN else None
    return next((deed for deed in done if last is not None and last in deed.indices), None)


def _parts(done: Sequence[Deed]) -> tuple[Part, ...]:
    """Who did what, in the order in which they came into it."""
    found: dict[Who, list[Said]] = {}
    for deed in reversed(done):
        if deed.title is not None:
            did = found.setdefault(deed.who, [])
            if deed.title not in did:
                did.append(deed.title)
    return tuple(Part(who, tuple(did)) for who, did in found.items())


def _origins(
    events: _Events, directory: Directory
) -> tuple[tuple[Names | None, tuple[Place, ...]], ...]:
    """The places of seasons that were harvested: of their field work and of the harvests."""
    seasons = {event.season for _, event in events if event.harvest}
    found: dict[str, Place] = {}
    for _, event in events:
        if event.season in seasons and event.read_point is not None:
            place = directory.place(event.read_point)
            if place is not None and place.names is not None:
                found.setdefault(place.id, place)
    villages: dict[Names | None, list[Place]] = {}
    for place in found.values():
        villages.setdefault(place.village, []).append(place)
    return tuple((village, tuple(places)) for village, places in villages.items())

"""What one event says of the way of things: used, made, packed, unpacked, sent, sold, called back.

Read from the event as signed: quantities and things are never private fields (formats.md §2). An amount
that is not said is None, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import Identifier, identify
from suyuan.core.story_steps import ENDS_A_HOLD, disposition_of, is_lasting, step_of
from suyuan.core.story_values import number_of, text_of
from suyuan.core.touches import EventObjects, event_objects
from suyuan.core.visibility import record_class


class Way(IntEnum):
    """What happens to the thing. The numbers are stored: they never change their meaning."""

    USED = 1
    """It went into a transformation (the joint)."""
    MADE = 2
    """It came out of one, or was begun by an ObjectEvent ADD."""
    PUT = 3
    """It was put into another thing, ``other``: a carton, a pallet, a crate."""
    TAKEN = 4
    """It was taken out again."""
    EMPTIED = 5
    """Everything was taken out of it."""
    PACK_OF = 6
    """It is a pack of the lot ``other``, by AI 10 beside AI 21."""
    SENT = 7
    """To the organisation ``other``; None where nobody is named."""
    GOT = 8
    """By who recorded it; from ``other``."""
    BACK = 9
    """It came back to who recorded it; from ``other``."""
    SOLD = 10
    GONE = 11
    """Destroyed, disposed of, decommissioned."""
    HELD = 12
    RELEASED = 13
    RECALLED = 14
    UNRECALLED = 15
    DEPARTED = 16
    """On its way to the organisation ``other``: a part of what shipping tells as a whole."""
    LOADED = 17
    """Loaded for the organisation ``other``: likewise."""


JOINING = frozenset({Way.USED, Way.MADE})
HANDED = (Way.SENT, Way.SOLD, Way.DEPARTED, Way.LOADED)
"""Ways in which a thing goes to somebody else."""
STATES = frozenset({Way.HELD, Way.RELEASED, Way.RECALLED, Way.UNRECALLED})


class Flow(NamedTuple):
    """One line of it. ``thing`` is an object id, or a class that nobody can follow (``whole`` False)."""

    thing: str
    way: Way
    place: int
    """In the event's list, so that two lines of one thing stay two."""
    amount: str | None = None
    """Exact decimal, in ``unit``; None: not said."""
    unit: str | None = None
    """UN/CEFACT code; H87 where pieces are counted (EPCIS 2.0 §7.3.3.3)."""
    other: str | None = None
    season: str | None = None
    """Of USED and MADE: the transformationID, which joins several events to one step."""
    whole: bool = True


class Flows(NamedTuple):
    """All that one event says of it."""

    lines: tuple[Flow, ...] = ()
    trade: bool = False
    """Whether the record is trade, which not everybody may know of (core.visibility)."""
    declares_error: bool = False
    """Whether it says that the event with its eventID is wrong: then it has no lines itself."""


_NESTING = frozenset({"AggregationEvent", "AssociationEvent"})
_GONE = frozenset({"destroyed", "disposed"})
_HANDING = {
    "shipping": Way.SENT,
    "retail_selling": Way.SOLD,
    "consigning": Way.SENT,
    "dispensing": Way.SENT,
    "departing": Way.DEPARTED,
    "transporting": Way.DEPARTED,
    "loading": Way.LOADED,
}
"""CBV 2.0 §7.1.3: shipping and consigning are overall processes, of which loading and departing are
parts; who records the parts records no whole. All but the first two are so only where the event
names somebody else as its destination: a lorry is loaded, and goods are carried, within one farm too."""
_ALWAYS = frozenset({"shipping", "retail_selling"})
_BY_STEP = {
    "destroying": Way.GONE,
    "decommissioning": Way.GONE,
}
NO_FLOWS = Flows()


def hands_over(event: Mapping[str, Any], owner: str | None = None) -> Way | None:
    """The way in which an event says that its things go to somebody else than ``owner``, who recorded
    it; None where it does not say so."""
    step = step_of(event)
    way = _HANDING.get(step)
    if way is None or event.get("type") == "TransformationEvent" or "errorDeclaration" in event:
        return None
    if step in _ALWAYS:
        return way
    to = _party(event, "destinationList", "destination")
    return way if to is not None and to != owner else None


def flows_of(
    event: Mapping[str, Any], objects: EventObjects | None = None, *, owner: str | None = None
) -> Flows:
    """The lines of an event that was validated; Malformed as ``event_objects``. ``owner``: the
    organisation that recorded it, to which it does not hand over."""
    if "errorDeclaration" in event:
        return Flows((), trade=False, declares_error=True)
    read = event_objects(event) if objects is None else objects
    if read.type == "TransformationEvent":
        lines = [*_transformed(event, read), *_packs_of(read)]
    elif read.type in _NESTING:
        lines = [*_nested(event, read, owner), *_packs_of(read)]
    else:
        lines = [*_moved(event, read, owner), *_packs_of(read)]
    if not lines:
        return NO_FLOWS
    return Flows(tuple(lines), record_class("event", event) == "trade")


def _transformed(event: Mapping[str, Any], read: EventObjects) -> Iterator[Flow]:
    season = read.transformation.object if read.transformation else None
    for way, epcs, quantities, member in (
        (Way.USED, read.input_epcs, read.input_quantities, "inputQuantityList"),
        (Way.MADE, read.output_epcs, read.output_quantities, "outputQuantityList"),
    ):
        yield from _lines(way, epcs, quantities, event.get(member), season=season)


def _nested(event: Mapping[str, Any], read: EventObjects, owner: str | None) -> Iterator[Flow]:
    parent = read.parent.object if read.parent else None
    if parent is None:
        return
    if (handed := hands_over(event, owner)) is not None:
        # What lies in it goes with it.
        to = _party(event, "destinationList", "destination")
        yield Flow(parent, handed, 0, "1", "H87", to)
    if read.action == "DELETE" and not (read.children or read.child_quantities):
        yield Flow(parent, Way.EMPTIED, 0)
        return
    way = Way.TAKEN if read.action == "DELETE" else Way.PUT
    given = event.get("childQuantityList")
    for line in _lines(way, read.children, read.child_quantities, given, parent):
        if line.whole:
            yield line


def _moved(event: Mapping[str, Any], read: EventObjects, owner: str | None) -> Iterator[Flow]:
    step, disposition = step_of(event), disposition_of(event)
    way, other = hands_over(event, owner) or _BY_STEP.get(step), None
    if disposition == "recalled" or is_lasting(event, "set", "recalled"):
        way = Way.RECALLED
    elif is_lasting(event, "unset", "recalled"):
        way = Way.UNRECALLED
    elif step == "holding":
        way = Way.RELEASED if disposition in ENDS_A_HOLD else Way.HELD
    elif disposition in _GONE or (read.action == "DELETE" and read.type == "ObjectEvent"):
        way = Way.GONE
    elif read.action == "ADD" and read.type == "ObjectEvent":
        way = Way.MADE
    elif step == "receiving":
        way = Way.BACK if disposition == "returned" else Way.GOT
    if way is None:
        return
    epcs = read.epcs
    if way in HANDED:
        other = _party(event, "destinationList", "destination")
        epcs = (*epcs, *((read.parent,) if read.parent else ()))
    elif way in (Way.GOT, Way.BACK):
        other = _party(event, "sourceList", "source")
    for line in _lines(way, epcs, read.quantities, event.get("quantityList"), other):
        if line.whole:
            yield line


def _lines(
    way: Way,
    epcs: Sequence[Identifier],
    quantities: Sequence[Identifier],
    given: object,
    other: str | None = None,
    season: str | None = None,
) -> Iterator[Flow]:
    place = 0
    items = given if isinstance(given, list) else []
    for name, item in zip(quantities, items, strict=True):
        amount, unit = amount_of(item)
        whole = name.object is not None
        yield Flow(name.object or name.uri, way, place, amount, unit, other, season, whole)
        place += 1
    for epc in epcs:
        if epc.object is not None:
            # A lot's own id in a list of EPCs names it without saying how much of it.
            amount, unit = (None, None) if epc.object == epc.lot else ("1", "H87")
            yield Flow(epc.object, way, place, amount, unit, other, season)
        place += 1


def amount_of(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Amount and unit of a quantityElement, the amount as an exact decimal."""
    number = number_of(item.get("quantity"))
    if number is None:
        return None, None
    # 20.0 and 20 are one number, and one in the content that is stored.
    return format(Decimal(repr(number)).normalize(), "f"), text_of(item.get("uom")) or "H87"


def _packs_of(read: EventObjects) -> Iterator[Flow]:
    parent = (read.parent,) if read.parent else ()
    named = (*read.epcs, *read.input_epcs, *read.output_epcs, *read.children, *parent)
    for place, epc in enumerate(named):
        if epc.lot is not None and epc.object is not None and epc.lot != epc.object:
            yield Flow(epc.object, Way.PACK_OF, place, other=epc.lot)


def with_lots(lines: Sequence[Flow]) -> list[tuple[Flow, str | None]]:
    """Each line with the lot that its thing is a pack of: as an index keeps them, in which a line of its
    own for that (PACK_OF) stands only where the event says nothing else of the pack."""
    packs = {line.thing: line.other for line in lines if line.way is Way.PACK_OF}
    if not packs:
        return [(line, None) for line in lines]
    waiting = dict(packs)
    found = [(line, waiting.pop(line.thing, None)) for line in lines if line.way is not Way.PACK_OF]
    for line in lines:
        if line.way is Way.PACK_OF:
            if line.thing in waiting:
                found.append((line, waiting.pop(line.thing)))
            elif line.other != packs[line.thing]:
                found.append((line, line.other))
    return found


def _party(event: Mapping[str, Any], member: str, key: str) -> str | None:
    """The organisation; a mere location only where none is named."""
    items = event.get(member)
    found = [
        one
        for one in (items if isinstance(items, list) else [])
        if isinstance(one, dict) and isinstance(one.get(key), str)
    ]
    found.sort(key=lambda one: str(one.get("type")).endswith("location"))
    try:
        return identify(found[0][key]).uri if found else None
    except Malformed:
        return None


__all__ = ["HANDED", "JOINING", "NO_FLOWS", "STATES", "Flow", "Flows", "Way", "amount_of", "flows_of",
           "hands_over", "with_lots"]  # fmt: skip

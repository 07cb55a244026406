"""What a record touches: the objects it extends and those it rests on (formats.md §3).

Read from the content as signed; disclosures play no part. Only the members that §3 names are
looked at, and those must have their EPCIS shape; the rest of EPCIS is for the validator.
Every Malformed raised here carries the JSON pointer inside the value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import Identifier, identify, is_uri
from suyuan.core.keys import parse_key

_HANDOVER_STEPS = frozenset({"shipping", "receiving", "retail_selling"})
_HANDOVER_DISPOSITIONS = frozenset({None, "active", "in_progress", "in_transit", "retail_sold"})


@dataclass(frozen=True, slots=True)
class Touches:
    """Object ids (and kids, holdings, ``#master`` ids), sorted by code point, without doubles."""

    extends: tuple[str, ...]
    rests_on: tuple[str, ...]

    @classmethod
    def of(cls, extends: Iterable[str], rests_on: Iterable[str]) -> Touches:
        """Sorts, and lets the record rest on all that it extends."""
        extended = set(extends)
        return cls(tuple(sorted(extended)), tuple(sorted(extended.union(rests_on))))


class EventObjects(NamedTuple):
    """All that an event names, list by list, as formats.md §3 and §7 use it."""

    type: str
    action: str | None
    epcs: tuple[Identifier, ...]
    """Of epcList."""
    input_epcs: tuple[Identifier, ...]
    output_epcs: tuple[Identifier, ...]
    children: tuple[Identifier, ...]
    """Of childEPCs; empty in a DELETE means all children."""
    quantities: tuple[Identifier, ...]
    """Of quantityList, like the following three: lots, classes, other URIs."""
    input_quantities: tuple[Identifier, ...]
    output_quantities: tuple[Identifier, ...]
    child_quantities: tuple[Identifier, ...]
    parent: Identifier | None
    transformation: Identifier | None
    read_point: Identifier | None
    biz_location: Identifier | None
    changes_hands: bool
    """Part of a lot changing hands: extends the holding, not the lot."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Object ids that the event uses up."""
        return tuple(_objects(self.input_epcs, self.input_quantities))

    @property
    def makes(self) -> tuple[str, ...]:
        """Object ids that begin here: outputs, and what an ObjectEvent ADD names."""
        made = [*_objects(self.output_epcs, self.output_quantities)]
        if self.type == "ObjectEvent" and self.action == "ADD":
            made += _objects(self.epcs, self.quantities)
        return tuple(made)

    @property
    def named_lots(self) -> tuple[str, ...]:
        """The lots that its EPCs name by AI 10 beside AI 21."""
        parent = (self.parent,) if self.parent else ()
        return tuple(
            epc.lot
            for epcs in (self.epcs, self.input_epcs, self.output_epcs, self.children, parent)
            for epc in epcs
            if epc.lot is not None and epc.lot != epc.object
        )

    @property
    def places(self) -> tuple[str, ...]:
        """Canonical ids of readPoint and bizLocation."""
        return tuple(place.uri for place in (self.read_point, self.biz_location) if place)


def event_objects(event: Mapping[str, Any]) -> EventObjects:
    """Reads an event's identifiers; Malformed for a wrong shape or a text that is not a URI."""
    kind = _text(event, "type")
    if kind is None:
        raise Malformed("an event has a type, for example ObjectEvent", path="/type")
    step = cbv_word(_text(event, "bizStep"), "bizstep", "BizStep")
    disposition = cbv_word(_text(event, "disposition"), "disp", "Disp")
    return EventObjects(
        type=kind,
        action=_text(event, "action"),
        epcs=_epcs(event, "epcList"),
        input_epcs=_epcs(event, "inputEPCList"),
        output_epcs=_epcs(event, "outputEPCList"),
        children=_epcs(event, "childEPCs"),
        quantities=_classes(event, "quantityList"),
        input_quantities=_classes(event, "inputQuantityList"),
        output_quantities=_classes(event, "outputQuantityList"),
        child_quantities=_classes(event, "childQuantityList"),
        parent=_uri(event, "parentID"),
        transformation=_uri(event, "transformationID"),
        read_point=_place(event, "readPoint"),
        biz_location=_place(event, "bizLocation"),
        changes_hands=kind in ("ObjectEvent", "TransactionEvent")
        and "sensorElementList" not in event
        and step in _HANDOVER_STEPS
        and disposition in _HANDOVER_DISPOSITIONS,
    )


def touches(
    kind: str,
    value: Mapping[str, Any],
    *,
    kid: str,
    owner: str,
    erased: Touches | None = None,
) -> Touches:
    """What the content ``{"kind": kind, kind: value}`` touches, signed by ``kid`` of ``owner``.

    ``erased`` is what the erased record touched, for an erasure. Malformed for a misshapen value.
    """
    if kind == "event":
        return event_touches(event_objects(value), kid=kid, owner=owner)
    if kind == "master":
        place = _uri(value, "id")
        if place is None:
            raise Malformed("master data has an id, a URI", path="/id")
        return Touches.of([master_id(place.uri)], [kid])
    if kind == "key":
        return Touches.of([parse_key(dict(value)).kid], [kid])
    if kind == "erasure" and erased is not None:
        return Touches.of(erased.extends, [kid])
    raise Malformed(
        "no telling what a record of kind {kind} touches without the record it is about", kind=kind
    )


def event_touches(event: EventObjects, *, kid: str, owner: str) -> Touches:
    """As ``touches``, for an event already read."""
    extends: set[str | None] = set()
    rests: set[str | None] = set()
    lots: set[str | None] = set()
    # An EPC's lot is rested on: it is the EPC itself, or what AI 10 beside AI 21 names.
    for _, thing, lot in event.epcs + event.output_epcs + event.children + _one(event.parent):
        extends.add(thing)
        rests.add(lot)
        lots.add(lot)
    for _, thing, lot in event.input_epcs:
        rests.add(thing)
        rests.add(lot)
        lots.add(lot)
    for _, thing, lot in event.output_quantities + _one(event.transformation):
        extends.add(thing)
        lots.add(lot)
    for _, thing, lot in event.input_quantities + event.child_quantities:
        rests.add(thing)
        lots.add(lot)
    for _, thing, lot in event.quantities:
        extends.add(
            holding(lot, owner)
            if lot is not None and thing == lot and event.changes_hands
            else thing
        )
        rests.add(thing)
        lots.add(lot)
    rests |= extends
    rests.update([holding(lot, owner) for lot in lots if lot is not None])
    if not rests - {None}:
        here = [*_objects(_one(event.read_point), _one(event.biz_location))]
        extends.update(here[:1])
    rests.add(kid)
    return Touches.of(_named(extends), _named(rests))


def is_lot(object_id: str) -> bool:
    """Whether an object id is a lot's (``…/01/<GTIN>/10/<lot>``); a holding of one is not."""
    return "#" not in object_id and is_uri(object_id) and identify(object_id).lot == object_id


def holding(lot: str, owner: str) -> str:
    """Object id of what one organisation holds of a lot."""
    return f"{lot}#{owner}"


def master_id(uri: str) -> str:
    """Object id of the master data of a product, place or organisation with this canonical id."""
    return f"{uri}#master"


def cbv_word(text: str | None, urn: str, web: str) -> str | None:
    """``shipping`` for any way to write that CBV word; other texts as they are.

    ``urn`` and ``web`` name the vocabulary: ``bizstep`` and ``BizStep``, ``disp`` and ``Disp``.
    """
    if text is not None and ":" in text:
        for prefix in (
            f"cbv:{web}-",
            f"https://ref.gs1.org/cbv/{web}-",
            f"urn:epcglobal:cbv:{urn}:",
        ):
            if text.startswith(prefix):
                return text[len(prefix) :]
    return text


def _objects(*lists: Iterable[Identifier]) -> Iterator[str]:
    return (item.object for items in lists for item in items if item.object is not None)


def _one(item: Identifier | None) -> tuple[Identifier, ...]:
    return (item,) if item else ()


def _named(things: set[str | None]) -> set[str]:
    return {thing for thing in things if thing is not None}


def _text(holder: Mapping[str, Any], name: str) -> str | None:
    text = holder.get(name)
    if isinstance(text, str) or (text is None and name not in holder):
        return text
    raise Malformed("{name} is a text", path=f"/{name}", name=name)


def _identified(text: object) -> Identifier:
    if not isinstance(text, str):
        raise Malformed("this is a URI, written as a text")
    return identify(text)


def _uri(holder: Mapping[str, Any], name: str) -> Identifier | None:
    if name not in holder:
        return None
    try:
        return _identified(holder[name])
    except Malformed as problem:
        raise problem.at(f"/{name}") from None


def _place(event: Mapping[str, Any], name: str) -> Identifier | None:
    if name not in event:
        return None
    place = event[name]
    if not isinstance(place, dict):
        raise Malformed("{name} is an object with an id", path=f"/{name}", name=name)
    if "id" not in place:
        return None  # it may be a private field (formats.md §2), and disclosures play no part
    try:
        return _identified(place["id"])
    except Malformed as problem:
        raise problem.at(f"/{name}/id") from None


def _list(event: Mapping[str, Any], name: str) -> list[Any]:
    items = event[name]
    if isinstance(items, list):
        return items
    raise Malformed("{name} is an array", path=f"/{name}", name=name)


def _epcs(event: Mapping[str, Any], name: str) -> tuple[Identifier, ...]:
    if name not in event:
        return ()
    texts, found = _list(event, name), []
    try:
        for text in texts:
            found.append(_identified(text))
    except Malformed as problem:
        raise problem.at(f"/{name}/{len(found)}") from None
    return tuple(found)


def _classes(event: Mapping[str, Any], name: str) -> tuple[Identifier, ...]:
    if name not in event:
        return ()
    items, found = _list(event, name), []
    try:
        for item in items:
            known = _uri(item, "epcClass") if isinstance(item, dict) else None
            if known is None:
                raise Malformed("{name} holds objects with an epcClass", name=name)
            found.append(known)
    except Malformed as problem:
        raise problem.at(f"/{name}/{len(found)}") from None
    return tuple(found)

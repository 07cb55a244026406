"""What a lot comes from: the events behind it, back to its harvests and no further.

Seeds, feed and fertiliser are no part of the food: what a harvest used up is not followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from suyuan.core.story_steps import is_harvest, step_of
from suyuan.core.story_values import Said
from suyuan.core.touches import EventObjects, event_objects, is_lot

_BEGINNINGS = frozenset({"commissioning", "creating_class_instance", "harvesting"})
_NESTING = frozenset({"AggregationEvent", "AssociationEvent"})

Master = Callable[[str], Mapping[str, Any] | None]
"""Newest master data of a canonical id, as the viewer may see it."""


class Shown(NamedTuple):
    """One event record as its viewer sees it; ``event`` is None where it is hidden or erased."""

    index: int  # type: ignore[assignment]
    owner: str
    """Organisation of the signer's key."""
    extends: tuple[str, ...]
    event: Mapping[str, Any] | None
    """With the disclosed fields in their places."""
    erased: bool = False


class Missing(NamedTuple):
    """Something that an export would need: of what, which member, and the sentence that says so."""

    of: str
    member: str
    said: Said


@dataclass(frozen=True, slots=True)
class Deed:
    """One event that can be read."""

    index: int
    owner: str
    event: Mapping[str, Any]
    objects: EventObjects

    @property
    def uses(self) -> tuple[str, ...]:
        """What goes into what it makes: inputs, and the lots that its packs name."""
        return tuple(dict.fromkeys((*self.objects.inputs, *self.objects.named_lots)))

    @property
    def harvests(self) -> bool:
        """Whether food begins here: a season's fruits, or a lot made out of nothing."""
        if is_harvest(self.event):
            return True
        return step_of(self.event) in _BEGINNINGS and not self.uses


@dataclass(frozen=True, slots=True)
class Lineage:
    """A subject and all that it was made from."""

    subject: str
    names: frozenset[str]
    """Object ids: the subject, and what went into it."""
    deeds: tuple[Deed, ...]
    """All that can be read and is not declared an error, in the log's order, of whatever they are."""
    makers: Mapping[str, tuple[Deed, ...]]
    """Of each name, the events that made it."""
    missing: tuple[Missing, ...]
    """Records on these names that cannot be read, and lots of which nobody says how they began."""

    @property
    def harvests(self) -> tuple[Deed, ...]:
        """The harvests of it all, in the log's order."""
        found = {deed.index: deed for made in self.makers.values() for deed in made}
        return tuple(found[index] for index in sorted(found) if found[index].harvests)


def lineage(subject: str, records: Iterable[Shown]) -> Lineage:
    """Walk back from a subject (an object id) through the events that the viewer may read."""
    known = sorted(records)
    deeds = tuple(_deeds(known))
    makers: dict[str, list[Deed]] = {}
    seasons: dict[str, list[Deed]] = {}
    contents: dict[str, list[str]] = {}
    lots: dict[str, str] = {}
    for deed in deeds:
        objects = deed.objects
        for epcs in (objects.epcs, objects.input_epcs, objects.output_epcs, objects.children):
            lots.update((epc.object, epc.lot) for epc in epcs if epc.object and epc.lot)
        for name in objects.makes:
            makers.setdefault(name, []).append(deed)
        if objects.transformation is not None:
            seasons.setdefault(objects.transformation.uri, []).append(deed)
        if objects.type in _NESTING and objects.action != "DELETE" and objects.parent is not None:
            inside = [child.lot or child.object for child in objects.children]
            inside += [item.object for item in objects.child_quantities]
            contents.setdefault(objects.parent.uri, []).extend(filter(None, inside))
    names: set[str] = set()
    wanted = [subject]
    while wanted:
        name = wanted.pop()
        if name in names:
            continue
        names.add(name)
        wanted += contents.get(name, ())
        wanted += [lots[name]] if name in lots else []
        for deed in makers.get(name, ()):
            if deed.harvests:
                continue
            wanted += deed.uses
            if deed.objects.transformation is not None:
                for other in seasons[deed.objects.transformation.uri]:
                    wanted += other.objects.inputs
    return Lineage(
        subject,
        frozenset(names),
        deeds,
        {name: tuple(made) for name, made in makers.items() if name in names},
        (*_unread(known, names), *_unmade(names, makers)),
    )


def becomes(subject: str, deeds: Sequence[Deed]) -> set[str]:
    """The subject, all that was made from it, and all that these were put into."""
    found = {subject}
    grown = 0
    while grown < len(found):
        grown = len(found)
        for deed in deeds:
            objects = deed.objects
            children = (child.object for child in objects.children)
            if not found.isdisjoint((*deed.uses, *children)):
                parent = (objects.parent.object,) if objects.parent else ()
                lots = (epc.lot for epc in objects.output_epcs)
                found.update(name for name in (*objects.makes, *lots, *parent) if name is not None)
    return found


def _deeds(records: Sequence[Shown]) -> Iterator[Deed]:
    """What holds: neither an error's declaration nor what it declares wrong (EPCIS 2.0 §7.4.1.2). Only
    who recorded an event can declare it an error."""
    wrong = {
        (record.event["eventID"], record.owner): record.index
        for record in records
        if record.event and "errorDeclaration" in record.event and "eventID" in record.event
    }
    for record in records:
        event = record.event
        if event is None or "errorDeclaration" in event:
            continue
        event_id = event.get("eventID")
        if event_id is not None and record.index < wrong.get((event_id, record.owner), -1):
            continue
        yield Deed(record.index, record.owner, event, event_objects(event))


def _unread(records: Sequence[Shown], names: set[str]) -> Iterator[Missing]:
    for index, _, extends, event, erased in records:
        if event is not None:
            continue
        for name in sorted({name.partition("#")[0] for name in extends} & names):
            yield Missing(
                name,
                "event",
                Said("{of}: record {index} was erased", of=name, index=index)
                if erased
                else Said("{of}: record {index} is not shown to you", of=name, index=index),
            )


def _unmade(names: set[str], makers: Mapping[str, Sequence[Deed]]) -> Iterator[Missing]:
    for name in sorted(names - makers.keys()):
        if is_lot(name):
            yield Missing(
                name,
                "harvest",
                Said("{of}: no record that you may see says how this lot began", of=name),
            )

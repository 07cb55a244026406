"""What was done, record by record, in words: the timeline of a public page.

Shown are things, places, doses and intervals. Never shown, although records may hold them: buyers,
prices, persons, and how much was made, kept or sold (competitors read pages too).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from suyuan.core.identifiers import product_of
from suyuan.core.story_names import Directory, Known, Place, Thing, Who
from suyuan.core.story_steps import disposition_of, is_harvest, step_of, title_of
from suyuan.core.story_values import (
    Moment,
    Names,
    Quantity,
    Said,
    Unit,
    day_of,
    local_day,
    moment_of,
    names_of,
    number_of,
    objects_of,
    quantity_of,
    text_of,
)

LATE = 7
"""Days after the deed from which a record counts as entered late."""

_MOST_THINGS = 12

State = Literal["shown", "hidden", "erased"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where something was done, and how much was used there."""

    place: Place
    dose: Said | None = None


@dataclass(frozen=True, slots=True)
class Interval:
    """Days between an application and the harvest of its season, and how many the label asks for.

    ``days`` is None while nothing was harvested.
    """

    least: int
    days: int | None

    @property
    def kept(self) -> bool | None:
        return None if self.days is None else self.days >= self.least


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the timeline; several records of one day, doer and purpose are one deed."""

    indices: tuple[int, ...]
    state: State
    title: Said | None
    when: Moment | None
    recorded: date
    who: Who
    used: tuple[Thing, ...] = ()
    """What went into it. Here as below, what the page is about is left out."""
    about: tuple[Thing, ...] = ()
    """What it was done to."""
    made: tuple[Thing, ...] = ()
    """What came out of it."""
    spots: tuple[Spot, ...] = ()
    lines: tuple[Said, ...] = ()
    intervals: tuple[Interval, ...] = ()
    late: int = 0
    """Days between the deed and its record; negative for a deed dated after it."""
    after_harvest: bool = False
    """An application that was entered only when the harvest already had been."""
    private: int = 0
    """Private fields: there, provable, not shown."""
    attachments: tuple[str, ...] = ()
    """Hex digests."""
    suspect: bool = False
    corrected: date | None = None
    """The day on which it was declared an error."""
    erased: date | None = None

    @property
    def day(self) -> date:
        """The day of the deed; of a record that is not shown, the day it was made."""
        return self.when.day if self.when else self.recorded


@dataclass(frozen=True, slots=True)
class Harvest:
    """The first harvest of a season."""

    day: date
    index: int


def harvests(records: Iterable[Known]) -> dict[str, Harvest]:
    """First harvest by transformationID."""
    found: dict[str, Harvest] = {}
    for record in records:
        event = record.value
        if event is None or not is_harvest(event):
            continue
        season, day = str(event["transformationID"]), moment_of(event).day
        if season not in found or day < found[season].day:
            found[season] = Harvest(day, record.index)
    return found


def corrections(records: Iterable[Known]) -> dict[int, Known]:
    """Index of each event that was later declared an error by who had recorded it → the declaration.

    A declaration is a copy of the event, with its eventID and an errorDeclaration (EPCIS 2.0 §7.4.1.3).
    """
    first: dict[tuple[str, str], int] = {}
    found: dict[int, Known] = {}
    for record in records:
        event = record.value
        event_id = event.get("eventID") if event is not None else None
        if event is None or not isinstance(event_id, str):
            continue
        key = event_id, record.owner
        if "errorDeclaration" in event and key in first:
            found[first[key]] = record
        else:
            first.setdefault(key, record.index)
    return found


def deeds(records: Sequence[Known], directory: Directory, own: Collection[str]) -> tuple[Deed, ...]:
    """The timeline, newest first. ``own``: the objects that the page itself is about."""
    reaped = harvests(records)
    wrong = corrections(records)
    made = [_deed(r, directory, own, reaped, wrong) for r in records if r.kind != "erasure"]
    return tuple(_grouped(sorted(made, key=_when, reverse=True)))


def _when(deed: Deed) -> tuple[str, int]:
    return (deed.when.utc if deed.when else f"{deed.recorded}T24", deed.indices[0])


def _deed(
    record: Known,
    directory: Directory,
    own: Collection[str],
    reaped: Mapping[str, Harvest],
    wrong: Mapping[int, Known],
) -> Deed:
    who = directory.who(record.owner, record.role)
    event = record.value
    if event is None:
        return Deed(
            (record.index,),
            "hidden" if record.erased_at is None else "erased",
            None,
            None,
            local_day(record.record_time, "+08:00"),
            who,
            erased=day_of(record.erased_at),
        )
    when = moment_of(event)
    recorded = local_day(record.record_time, when.zone)
    harvest = reaped.get(str(event.get("transformationID")))
    applied = step_of(event) == "applying"
    declared = wrong.get(record.index)
    sd = event.get("suyuan:sd")
    return Deed(
        (record.index,),
        "shown",
        title_of(event),
        when,
        recorded,
        who,
        used=_things(event, directory, own, "inputQuantityList", "inputEPCList"),
        about=_things(event, directory, own, "quantityList", "epcList"),
        made=_things(event, directory, own, "outputQuantityList", "outputEPCList"),
        spots=_spots(event, directory, applied=applied),
        lines=tuple(_lines(event)),
        intervals=_interval(event, when.day, harvest) if applied else (),
        late=(recorded - when.day).days,
        after_harvest=applied and harvest is not None and record.index > harvest.index,
        private=len(sd) if isinstance(sd, list) else 0,
        attachments=_attachments(event),
        suspect=record.suspect,
        corrected=local_day(declared.record_time, when.zone) if declared else None,
    )


def _things(
    event: Mapping[str, Any], directory: Directory, own: Collection[str], *lists: str
) -> tuple[Thing, ...]:
    """Each product and lot once: the packs of a carton are one thing, not twenty-four."""
    found: dict[tuple[Names | None, str | None, str], Thing] = {}
    products = {product_of(name) for name in own}
    for text in (text for name in lists for text in _listed(event, name)):
        if len(found) == _MOST_THINGS:
            break
        thing = directory.thing(text)
        if thing is None or thing.id in own:
            continue
        if thing.lot is None and product_of(thing.id) in products:
            continue  # other packs of the same product: this page is not about them
        unnamed = thing.id if thing.names is None and thing.lot is None else ""
        found.setdefault((thing.names, thing.lot, unnamed), thing)
    return tuple(found.values())


def _listed(event: Mapping[str, Any], name: str) -> Iterator[str]:
    items = event.get(name)
    for item in items if isinstance(items, list) else ():
        text = item.get("epcClass") if isinstance(item, Mapping) else item
        if isinstance(text, str):
            yield text


def _spots(event: Mapping[str, Any], directory: Directory, *, applied: bool) -> tuple[Spot, ...]:
    place = directory.place(event.get("readPoint")) or directory.place(event.get("bizLocation"))
    if place is None:
        return ()
    return (Spot(place, _dose(event) if applied else None),)


def _dose(event: Mapping[str, Any]) -> Said | None:
    """What was applied on how much land: what a reader may want to judge."""
    used = next(objects_of(event.get("inputQuantityList")), {})
    amount = quantity_of(used, amount="quantity")
    area = quantity_of(event.get("suyuan:area"), unit="unit")
    if amount is None:
        return Said("{area}", area=area) if area else None
    if area is None or area.amount <= 0:
        return Said("{amount}", amount=amount)
    each = Quantity(float(f"{amount.amount / area.amount:.3g}"), amount.unit)
    return Said(
        "{amount} on {area}, {each} per {unit}",
        amount=amount,
        area=area,
        each=each,
        unit=Unit(area.unit),
    )


def _interval(event: Mapping[str, Any], day: date, harvest: Harvest | None) -> tuple[Interval, ...]:
    asked = event.get("suyuan:preHarvestInterval")
    least = number_of(asked.get("days")) if isinstance(asked, Mapping) else None
    if least is None:
        return ()
    return (Interval(int(least), (harvest.day - day).days if harvest else None),)


def _lines(event: Mapping[str, Any]) -> Iterator[Said]:
    if purpose := names_of(event.get("suyuan:purpose")):
        yield Said("{text}", text=purpose)
    if dilution := text_of(event.get("suyuan:dilution")):
        yield Said("Diluted {ratio}", ratio=dilution)
    for name in ("suyuan:drying", "suyuan:roasting"):
        yield from _heat(event.get(name))
    if seen := names_of(event.get("suyuan:observation")):
        yield Said("{text}", text=seen)
    returned = event.get("suyuan:returned")
    if isinstance(returned, Mapping) and (what := names_of(returned.get("what"))):
        yield Said("{text}", text=what)
    if disposition_of(event) == "recalled":
        for name in ("suyuan:reason", "suyuan:advice"):
            if text := names_of(event.get(name)):
                yield Said("{text}", text=text)
    given = event.get("certificationInfo")
    for uri in given if isinstance(given, list) else [given]:
        if text := text_of(uri):
            yield Said("Certificate: {uri}", uri=text)
    declared = event.get("errorDeclaration")
    if isinstance(declared, Mapping):
        yield Said("This declares an earlier record an error; both stay")


def _heat(value: object) -> Iterator[Said]:
    if not isinstance(value, Mapping):
        return
    celsius = number_of(value.get("celsius"))
    for name, unit in (("hours", "HUR"), ("minutes", "MIN")):
        time = number_of(value.get(name))
        if celsius is not None and time is not None:
            yield Said(
                "{heat} for {time}", heat=Quantity(celsius, "CEL"), time=Quantity(time, unit)
            )


def _attachments(event: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        digest.removeprefix("sha-256:")
        for item in objects_of(event.get("suyuan:attachments"))
        if (digest := text_of(item.get("digest")))
    )


def _grouped(newest_first: Iterable[Deed]) -> Iterator[Deed]:
    """Neighbours that say the same of several places, and runs of what is not shown, become one."""
    last: Deed | None = None
    for deed in newest_first:
        if last is not None and _alike(last, deed):
            last = _joined(last, deed)
        else:
            if last is not None:
                yield last
            last = deed
    if last is not None:
        yield last


def _alike(one: Deed, other: Deed) -> bool:
    if one.state != "shown" or other.state != "shown":
        return one.state == other.state and one.erased == other.erased
    return (
        (one.title, one.day, one.who, one.used, one.about, one.lines)
        == (other.title, other.day, other.who, other.used, other.about, other.lines)
        and one.late == other.late
        and one.after_harvest == other.after_harvest
        and not (one.made or other.made or one.attachments or other.attachments)
        and not (one.corrected or other.corrected or one.suspect or other.suspect)
        and bool(one.spots and other.spots)
    )


def _joined(one: Deed, other: Deed) -> Deed:
    return replace(
        one,
        indices=one.indices + other.indices,
        spots=other.spots + one.spots,
        intervals=tuple(dict.fromkeys(other.intervals + one.intervals)),
        private=one.private + other.private,
    )

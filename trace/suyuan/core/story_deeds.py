"""The timeline: what was done, by whom, where, in the order of the days, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from suyuan.core.identifiers import product_of
from suyuan.core.story_names import Directory, Known, Place, Thing, Who
from suyuan.core.story_reading import Reading
from suyuan.core.story_values import Moment, Names, Said, local_day

LATE = 7
"""Days after the deed from which a record counts as entered late."""

_MOST_THINGS = 12
_HERE = "+08:00"
"""Time zone of days where the event that could name one is not shown."""

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


class Deed(NamedTuple):
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
    recall: bool = False
    suspect: bool = False
    corrected: date | None = None
    """The day on which it was declared an error."""
    erased: date | None = None

    @property
    def matters(self) -> bool:
        """Whether it must not be folded away: it says that something was not as it should be."""
        return (
            self.recall
            or self.after_harvest
            or self.suspect
            or self.corrected is not None
            or self.late < 0
            or any(interval.kept is False for interval in self.intervals)
        )

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
        event = record.event
        if event is not None and event.harvest and event.season is not None:
            known = found.get(event.season)
            if known is None or event.when.day < known.day:
                found[event.season] = Harvest(event.when.day, record.index)
    return found


def corrections(records: Iterable[Known]) -> dict[int, Known]:
    """Index of each event that was later declared an error by who had recorded it → the declaration.

    A declaration is a copy of the event, with its eventID and an errorDeclaration (EPCIS 2.0 §7.4.1.3).
    """
    first: dict[tuple[str, str], int] = {}
    found: dict[int, Known] = {}
    for record in records:
        if record.event is None or record.event.event_id is None:
            continue
        key = record.event.event_id, record.owner
        if record.event.declares_error and key in first:
            found[first[key]] = record
        else:
            first.setdefault(key, record.index)
    return found


def deeds(records: Sequence[Known], directory: Directory, own: Collection[str]) -> tuple[Deed, ...]:
    """The timeline. ``own``: the objects that the page itself is about."""
    reaped = harvests(records)
    wrong = corrections(records)
    products = frozenset(product_of(name) for name in own)
    made = []
    for record in records:
        event = record.event
        if event is None:
            made.append(_unshown(record, directory))
            continue
        declared = wrong.get(record.index)
        made.append(_shown(record, event, directory, own, products, reaped, declared))
    made.sort(key=_when, reverse=True)
    return tuple(_grouped(made))


def _when(deed: Deed) -> tuple[str, int]:
    return (deed.when.utc if deed.when else f"{deed.recorded}T24", deed.indices[0])


def _unshown(record: Known, directory: Directory) -> Deed:
    return Deed(
        (record.index,),
        "hidden" if record.erased_at is None else "erased",
        None,
        None,
        local_day(record.record_time, _HERE),
        directory.who(record.owner, record.role),
        erased=local_day(record.erased_at, _HERE) if record.erased_at else None,
    )


def _shown(
    record: Known,
    event: Reading,
    directory: Directory,
    own: Collection[str],
    products: Collection[str | None],
    reaped: Mapping[str, Harvest],
    declared: Known | None,
) -> Deed:
    when = event.when
    recorded = local_day(record.record_time, when.zone)
    harvest = reaped.get(event.season) if event.season else None
    place = directory.place(event.place) if event.place else None

    def things(texts: tuple[str, ...]) -> tuple[Thing, ...]:
        return _things(texts, directory, own, products) if texts else ()

    return Deed(
        (record.index,),
        "shown",
        event.title,
        when,
        recorded,
        directory.who(record.owner, record.role),
        used=things(event.used),
        about=things(event.about),
        made=things(event.made),
        spots=(Spot(place, event.dose),) if place else (),
        lines=event.lines,
        intervals=_interval(event, harvest),
        late=(recorded - when.day).days,
        after_harvest=event.step == "applying" and harvest is not None
        and record.index > harvest.index,
        private=event.private,
        attachments=event.attachments,
        recall=event.recalls,
        suspect=record.suspect,
        corrected=local_day(declared.record_time, when.zone) if declared else None,
    )  # fmt: skip


def _things(
    texts: tuple[str, ...],
    directory: Directory,
    own: Collection[str],
    products: Collection[str | None],
) -> tuple[Thing, ...]:
    """Each product and lot once: the packs of a carton are one thing, not twenty-four."""
    found: dict[tuple[Names | None, str | None, str], Thing] = {}
    for text in texts:
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


def _interval(event: Reading, harvest: Harvest | None) -> tuple[Interval, ...]:
    if event.least_days is None:
        return ()
    return (Interval(event.least_days, (harvest.day - event.when.day).days if harvest else None),)


def _grouped(newest_first: Iterable[Deed]) -> Iterator[Deed]:
    """Neighbours that say the same of several places, and runs of what is not shown, become one."""
    run: list[Deed] = []
    for deed in newest_first:
        if run and not _alike(run[0], deed):
            yield _joined(run)
            run = []
        run.append(deed)
    if run:
        yield _joined(run)


def _alike(one: Deed, other: Deed) -> bool:
    if one.state != "shown" or other.state != "shown":
        return one.state == other.state and one.erased == other.erased
    return (
        one.title == other.title
        and one.day == other.day
        and bool(one.spots and other.spots)
        and one.who == other.who
        and one.used == other.used
        and one.about == other.about
        and one.lines == other.lines
        and one.late == other.late
        and one.after_harvest == other.after_harvest
        and not (one.made or other.made or one.attachments or other.attachments)
        and not (one.corrected or other.corrected or one.suspect or other.suspect)
    )


def _joined(run: Sequence[Deed]) -> Deed:
    """A run, newest first, as one deed; its places in the order in which they were gone to."""
    if len(run) == 1:
        return run[0]
    forward = run[::-1]
    return run[0]._replace(
        indices=tuple(index for deed in run for index in deed.indices),
        spots=tuple(spot for deed in forward for spot in deed.spots),
        intervals=tuple(dict.fromkeys(i for deed in forward for i in deed.intervals)),
        private=sum(deed.private for deed in run),
    )

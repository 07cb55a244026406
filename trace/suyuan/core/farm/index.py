"""What a list of deeds is searched by: day, kind, the things it names, its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.farm.deed import Deed, Kind
from suyuan.core.farm.read import read_deed
from suyuan.core.identifiers import product_of

MOST_THINGS = 40
LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class DeedIndex:
    """One deed in the list of its organisation; deleted when the record is erased."""

    kind: Kind
    day: str
    """``2026-09-17``, of the event's own time zone."""
    things: tuple[str, ...]
    """Season, plots and other places, parties, lots and their products, who did it by their id."""
    text: str
    """Everything said in words, and every amount as it was said, small letters."""


def index_deed(event: Mapping[str, Any], owner: str) -> DeedIndex:
    """The index of an event as its organisation knows it, private fields in place."""
    deed = read_deed(event, owner)
    things = dict.fromkeys(_things(deed))
    words = " ".join(dict.fromkeys(_words({**deed.stated, "said": event.get("suyuan:said")})))
    return DeedIndex(
        deed.kind,
        deed.day.isoformat(),
        tuple(things)[:MOST_THINGS],
        words.casefold()[:LONGEST_TEXT],
    )


def _things(deed: Deed) -> Iterator[str]:
    """Single packs are left out: the object's own page lists what was done with it."""
    if deed.season is not None:
        yield deed.season
    yield from deed.plots
    person = deed.stated.get("person")
    member = person.get("id") if isinstance(person, Mapping) else None
    for name in (deed.place, deed.source, deed.destination, member):
        if isinstance(name, str):
            yield name
    for item in (*deed.inputs, *deed.outputs, *deed.about):
        product = product_of(item.id)
        if "/21/" not in item.id:
            yield item.id
            if product is not None:
                yield product


def _words(value: Any) -> Iterator[str]:
    """All texts within a value, but for web addresses; the same in whatever order members stand."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, Mapping):
            waiting = [*(one[name] for name in sorted(one)), *waiting]
        elif isinstance(one, list):
            waiting = [*one, *waiting]
        elif isinstance(one, str) and "://" not in one:
            yield one

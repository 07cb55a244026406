"""What a list of deeds is searched by: day, kind, the things it names, its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.epcis.known import canonical
from suyuan.core.farm.deed import Kind
from suyuan.core.farm.read import kind_of, when_of
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


def index_deed(event: Mapping[str, Any]) -> DeedIndex:
    """The index of an event as its organisation knows it, private fields in place.

    Made for each event that is captured: it reads what it needs, and makes no deed.
    """
    words = dict.fromkeys(_words(event))
    return DeedIndex(
        kind_of(event)[0],
        when_of(event)[0].isoformat(),
        tuple(dict.fromkeys(map(canonical, _things(event))))[:MOST_THINGS],
        " ".join(words).casefold()[:LONGEST_TEXT],
    )


_PLACES = ("readPoint", "bizLocation")
_PARTIES = (("sourceList", "source"), ("destinationList", "destination"))
_AMOUNTS = ("inputQuantityList", "outputQuantityList", "quantityList", "childQuantityList")
_SINGLE = ("epcList", "inputEPCList", "outputEPCList", "childEPCs")
_NO_WORDS = frozenset({"suyuan:sd", "suyuan:serials", "suyuan:attachments", "suyuan:form"})


def _things(event: Mapping[str, Any]) -> Iterator[str]:
    """Single packs are left out: the object's own page lists what was done with it."""
    person = event.get("suyuan:person")
    named = [event.get("transformationID"), event.get("parentID")]
    named += [place.get("id") for name in _PLACES if type(place := event.get(name)) is dict]
    named += [person.get("id")] if type(person) is dict else []
    named += _listed(event, "suyuan:plots")
    named += [one.get(key) for name, key in _PARTIES for one in _listed(event, name)
              if type(one) is dict]  # fmt: skip
    named += [one for name in _SINGLE for one in _listed(event, name)[:MOST_THINGS]]
    named += [one.get("epcClass") for name in _AMOUNTS for one in _listed(event, name)
              if type(one) is dict]  # fmt: skip
    for text in named:
        if type(text) is str and "/21/" not in text and ":sgtin:" not in text:
            yield text
            product = product_of(text)
            if product is not None:
                yield product


def _listed(event: Mapping[str, Any], name: str) -> list[Any]:
    items = event.get(name)
    return items if type(items) is list else []


def _words(event: Mapping[str, Any]) -> Iterator[str]:
    """All texts of our own members, but for web addresses; the same in whatever order they stand."""
    members = sorted(name for name in event if name.startswith("suyuan:"))
    waiting = [event[name] for name in members if name not in _NO_WORDS]
    waiting.reverse()
    while waiting:
        one = waiting.pop()
        if type(one) is str:
            if "://" not in one:
                yield one
        elif type(one) is dict:
            waiting += [one[name] for name in sorted(one, reverse=True)]
        elif type(one) is list:
            waiting += reversed(one)

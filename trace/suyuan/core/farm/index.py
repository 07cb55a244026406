"""What a list of deeds is searched by: day, kind, things named, words; and what of them is added up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.core.epcis.known import canonical
from suyuan.core.farm.deed import Kind
from suyuan.core.farm.read import kind_of, read_deed, season_of, when_of
from suyuan.core.identifiers import product_of
from suyuan.core.rules.moves import MOVING, Move, moves_of
from suyuan.core.story_steps import COMPLIANCE

MOST_THINGS = 40
Mark = Literal["override", "failed", "inspection", "certificate", "voided", "refused"]
"""What a regulator looks for."""
IN_SEASON = frozenset({"sowing", "stocking", "applying", "feeding", "immunising", "harvest"})
"""Kinds of deeds by which a season is told to go on, or to have ended."""
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
    time: str = ""
    """eventTime in UTC, as it sorts."""
    mark: Mark | None = None
    season: str = ""
    """Of a deed that is part of one: what was sown, put on, reaped."""
    corrects: str = ""
    """eventID of the record that it declares an error."""
    moves: tuple[Move, ...] = ()


def index_deed(event: Mapping[str, Any]) -> DeedIndex:
    """The index of an event as its organisation knows it, private fields in place.

    Made for each event that is captured: it reads what it needs, and makes no deed.
    """
    words = dict.fromkeys(_words(event))
    known = kind_of(event), when_of(event)
    kind, (day, time) = known[0][0], known[1]
    event_id = event.get("eventID")
    return DeedIndex(
        kind,
        day.isoformat(),
        tuple(dict.fromkeys(map(canonical, _things(event))))[:MOST_THINGS],
        " ".join(words).casefold()[:LONGEST_TEXT],
        time,
        _mark(kind, event),
        (season_of(event) or "") if kind in IN_SEASON else "",
        event_id if kind == "correction" and type(event_id) is str else "",
        moves_of(read_deed(event, "", known=known)) if kind in MOVING else (),
    )


def _mark(kind: Kind, event: Mapping[str, Any]) -> Mark | None:
    if kind == "test":
        test = event.get("suyuan:test")
        return "failed" if type(test) is dict and test.get("result") == "fail" else None
    if kind == "certificate":
        given = event.get("suyuan:certificate")
        if type(given) is not dict or given.get("type") != COMPLIANCE:
            return None
        return "voided" if given.get("status") == "void" else "certificate"
    if kind == "check_in":
        given = event.get("suyuan:checkIn")
        return "refused" if type(given) is dict and given.get("verdict") == "refused" else None
    return kind if kind in ("override", "inspection") else None


_PLACES = ("readPoint", "bizLocation")
_PARTIES = (("sourceList", "source"), ("destinationList", "destination"))
_AMOUNTS = ("inputQuantityList", "outputQuantityList", "quantityList", "childQuantityList")
_SINGLE = ("epcList", "inputEPCList", "outputEPCList", "childEPCs")
_NO_WORDS = frozenset({"suyuan:sd", "suyuan:serials", "suyuan:attachments", "suyuan:form"})


def _things(event: Mapping[str, Any]) -> Iterator[str]:
    """Single packs are left out: the object's own page lists what was done with it. Places never are:
    by them a record stands for others of its season (flow/walks.py)."""
    person = event.get("suyuan:person")
    named = [event.get("transformationID"), event.get("parentID")]
    places = [place.get("id") for name in _PLACES if type(place := event.get(name)) is dict]
    named += places
    named += [person.get("id")] if type(person) is dict else []
    named += (plots := _listed(event, "suyuan:plots"))
    named += [one.get(key) for name, key in _PARTIES for one in _listed(event, name)
              if type(one) is dict]  # fmt: skip
    named += [one for name in _SINGLE for one in _listed(event, name)[:MOST_THINGS]]
    named += [one.get("epcClass") for name in _AMOUNTS for one in _listed(event, name)
              if type(one) is dict]  # fmt: skip
    for text in named:
        if type(text) is str and (
            ("/21/" not in text and ":sgtin:" not in text) or text in places or text in plots
        ):
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

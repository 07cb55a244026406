"""What becomes of codes: issued, activated at packing, given back unused, voided (decision 0023).

    "suyuan:codes": {"act": "activate", "of": "sha-256:<leaf hash of the issuing record>",
                     "ranges": [[0, 499], [732, 732]]}

Places are those of the tree of the issue, from 0, both ends included: no serial is listed anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, get_args

from suyuan.core.brand.authorisation import is_authorising, parse_authorisation
from suyuan.core.brand.ranges import NONE, Ranges, both, holds, ranges, size, told, union, without
from suyuan.core.encoding import digest_text, parse_digest
from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.write import CONTEXT
from suyuan.core.identifiers import object_id
from suyuan.core.lineage.flows import HANDED, Flows, Way
from suyuan.core.serials import parse_issued
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import objects_of
from suyuan.core.touches import EventObjects, is_lot

Act = Literal["activate", "return", "void"]
ACTS: tuple[Act, ...] = get_args(Act)
State = Literal["issued", "active", "returned", "voided"]
"""issued: given out ahead of packing, and not on a pack yet as far as is recorded."""

STEPS: Mapping[Act, str] = {
    "activate": "packing",
    "return": "returning_codes",
    "void": "voiding_codes",
}
"""An activation is CBV's own packing; the others are steps of our vocabulary."""
AHEAD = "issuing_codes"
"""The step of an issue ahead of packing; one in the step of packing is active at once."""
PLANNED = "suyuan:plannedPacking"
"""Of an issue ahead of packing: the day for which that is planned, as its labels tell it."""


class CodeAct(NamedTuple):
    """One line of the index: an issue, or a range that an act is about."""

    act: str
    """``ahead``, ``packed`` (both of them issues), one of ACTS, or ``right``: a step of the right to a
    brand."""
    of: bytes | None
    """Leaf hash of the issuing record; None of an issue itself."""
    first: int
    last: int
    lot: str = ""
    """Of an issue: the lot's object id; "" where the event names none. Of a right: the brand."""
    authorisation: str = ""
    """Of an issue: under which authorisation, "" for none. Of a right: itself."""


ISSUES = ("ahead", "packed")


def code_acts_of(event: Mapping[str, Any]) -> tuple[CodeAct, ...]:
    """The lines of an event that was validated. What an event declares wrong stays issued: only a
    record that voids it takes a code out of the world."""
    if "errorDeclaration" in event:
        return ()
    if is_authorising(event):
        return _right(event)
    found: list[CodeAct] = []
    if "suyuan:serials" in event:
        try:
            issued = parse_issued(event["suyuan:serials"])
        except Malformed:
            return ()
        given = event.get("suyuan:authorisation")
        named = given.get("id") if isinstance(given, Mapping) else None
        lot = next(
            (object_id(str(one.get("epcClass"))) for one in objects_of(event.get("quantityList"))),
            None,
        )
        act = "ahead" if step_of(event) == AHEAD else "packed"
        under = named if isinstance(named, str) else ""
        found.append(CodeAct(act, None, 0, issued.count - 1, lot or "", under))
    if "suyuan:codes" in event:
        try:
            act, of, parts = parse_acts(event["suyuan:codes"])
        except Malformed:
            return tuple(found)
        found += [CodeAct(act, of, first, last) for first, last in parts]
    return tuple(found)


def _right(event: Mapping[str, Any]) -> tuple[CodeAct, ...]:
    try:
        _, terms = parse_authorisation(event.get("suyuan:authorisation"))
    except Malformed:
        return ()
    names = event.get("epcList")
    name = names[0] if isinstance(names, list) and names else None
    return (CodeAct("right", None, 0, 0, terms.brand, name),) if isinstance(name, str) else ()


def parse_acts(value: Any, path: str = "") -> tuple[Act, bytes, Ranges]:
    """The closed ``suyuan:codes`` object (core/epcis/own_fields.py); Malformed for another shape."""
    try:
        act = next(one for one in ACTS if one == value["act"])
        given = [(int(first), int(last)) for first, last in value["ranges"]]
        of = parse_digest(value["of"])
    except (KeyError, StopIteration, TypeError, ValueError):
        raise Malformed("this says nothing of codes", path=path) from None
    found = ranges(given)
    if list(found) != given:
        raise Malformed(
            "ranges are sorted, apart from each other, and not empty", path=f"{path}/ranges"
        )
    return act, of, found


@dataclass(frozen=True, slots=True)
class Issue:
    """The codes of one issue, and how they stand."""

    record: int
    count: int
    lot: str
    owner: str
    authorisation: str = ""
    time: str = ""
    """eventTime of the issue, UTC."""
    activated: Ranges = NONE
    returned: Ranges = NONE
    voided: Ranges = NONE

    @property
    def every(self) -> Ranges:
        return ((0, self.count - 1),)

    @property
    def gone(self) -> Ranges:
        return union(self.returned, self.voided)

    @property
    def active(self) -> Ranges:
        return without(self.activated, self.gone)

    @property
    def waiting(self) -> Ranges:
        """Issued ahead, not on a pack yet."""
        return without(self.every, union(self.activated, self.gone))

    def state(self, place: int) -> State:
        if holds(self.voided, place):
            return "voided"
        if holds(self.returned, place):
            return "returned"
        return "active" if holds(self.activated, place) else "issued"

    def after(self, act: str, parts: Ranges) -> Issue:
        """The issue with an act taken in."""
        match act:
            case "activate":
                return replace(self, activated=union(self.activated, parts))
            case "return":
                return replace(self, returned=union(self.returned, parts))
            case "void":
                return replace(self, voided=union(self.voided, parts))
        return self

    def check(self, act: Act, parts: Ranges) -> None:
        """Refused, in words, unless these codes may become that."""
        if outside := without(parts, self.every):
            raise Refused(
                "codes {ranges} were not issued: this issue has {count}",
                path="/ranges", ranges=told(outside), count=self.count,
            )  # fmt: skip
        if not parts:
            raise Refused("no code is named", path="/ranges")
        if wrong := both(parts, self.voided):
            raise Refused("codes {ranges} are voided already", path="/ranges", ranges=told(wrong))
        if wrong := both(parts, self.returned):
            raise Refused(
                "codes {ranges} were given back already", path="/ranges", ranges=told(wrong)
            )
        if act == "activate" and (wrong := both(parts, self.activated)):
            raise Refused("codes {ranges} are active already", path="/ranges", ranges=told(wrong))
        if act == "return" and (wrong := both(parts, self.activated)):
            raise Refused(
                "codes {ranges} are on packs: what is packed is not given back; void them",
                path="/ranges", ranges=told(wrong),
            )  # fmt: skip


class Sums(NamedTuple):
    """Counts of codes over several issues."""

    issued: int = 0
    waiting: int = 0
    active: int = 0
    returned: int = 0
    voided: int = 0

    @property
    def used(self) -> int:
        """What counts against the ceiling."""
        return self.issued - self.returned - self.voided


def sums(issues: Iterable[Issue]) -> Sums:
    found = Sums()
    for one in issues:
        found = Sums(
            found.issued + one.count,
            found.waiting + size(one.waiting),
            found.active + size(one.active),
            found.returned + size(one.returned),
            found.voided + size(one.voided),
        )
    return found


def act_event(
    act: Act,
    of: bytes,
    parts: Ranges,
    *,
    lot: str,
    time: str,
    base: str,
    event_id: str,
    reason: str = "",
    person: str = "",
    zone: str = "+08:00",
) -> dict[str, Any]:
    """The event of an act on codes of a lot; ``time`` is RFC 3339."""
    step = STEPS[act]
    event: dict[str, Any] = {
        "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": time,
        "eventTimeZoneOffset": zone,
        "action": "OBSERVE",
        "bizStep": step if step == "packing" else f"{base}voc/{step}",
        "quantityList": [{"epcClass": lot}],
        "suyuan:codes": {"act": act, "of": digest_text(of), "ranges": [list(one) for one in parts]},
    }
    if reason:
        event["suyuan:reason"] = reason
    if person:
        event["suyuan:person"] = {"name": person}
    return event


class Packs(NamedTuple):
    """Single packs in one event, by object id, of which it matters how their codes stand."""

    begun: tuple[str, ...] = ()
    """Made, commissioned, packed or put into something: from here on they go about."""
    left: tuple[str, ...] = ()
    """Sent off or sold: packs, and what is no lot and may hold some."""


NO_PACKS = Packs()
_BEGINNING = frozenset({"commissioning", "packing", "encoding"})
_BEGUN = frozenset({Way.MADE, Way.PUT})
_LEFT = frozenset(HANDED)


def packs_of(event: Mapping[str, Any], flows: Flows, objects: EventObjects) -> Packs:
    """Of an event that was validated; NO_PACKS itself where there are none: most events cost nothing."""
    if flows.declares_error:
        return NO_PACKS
    begun = [one.thing for one in flows.lines if one.way in _BEGUN and _PACK in one.thing]
    left = [one.thing for one in flows.lines if one.way in _LEFT and not is_lot(one.thing)]
    if objects.epcs and step_of(event) in _BEGINNING:
        begun += [one.object for one in objects.epcs if one.object and _PACK in one.object]
    if not begun and not left:
        return NO_PACKS
    return Packs(tuple(dict.fromkeys(begun)), tuple(dict.fromkeys(left)))


_PACK = "/21/"


def counted(event: Mapping[str, Any], act: Act) -> int:
    """How many codes an event gives back or voids."""
    lines: Sequence[CodeAct] = code_acts_of(event) if "suyuan:codes" in event else ()
    return sum(line.last - line.first + 1 for line in lines if line.act == act)


__all__ = ["ACTS", "AHEAD", "ISSUES", "NO_PACKS", "Act", "CodeAct", "Issue", "Packs", "State", "Sums",
           "act_event", "code_acts_of", "counted", "packs_of", "parse_acts", "sums"]  # fmt: skip

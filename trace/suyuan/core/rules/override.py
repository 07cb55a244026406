"""Overrides: a named person lets a block not hold, with a reason, and this is a record of its own.

    {"bizStep": "…/voc/overriding", "epcList" or "quantityList": what it is about,
     "suyuan:override": {"rule": "1/interval", "of": id, "events": [eventIDs], "reason": "…"},
     "suyuan:person": {"name": "…"}}

It covers the findings of its rule about that object which rest on these events and on no other: a later
spray needs an override of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from suyuan.core.errors import Refused
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.write import CONTEXT
from suyuan.core.rules.case import standing
from suyuan.core.rules.finding import Finding, Override
from suyuan.core.story_values import text_of
from suyuan.core.touches import is_lot

STEP = "overriding"
MOST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Overriding:
    """What somebody says when something is blocked: let it pass, on my word, because."""

    rule: str
    """The name of the finding: ``1/interval``."""
    person: str
    reason: str
    of: str | None = None
    """The object, where the rule blocks several."""
    event: str | None = None
    """An eventID, where only what rests on that event is meant."""
    where: str = ""
    """Where it stood in the input."""


def meant(one: Overriding, found: Finding) -> bool:
    """Whether a finding is what somebody lets pass."""
    named = one.rule == found.name and one.of in (None, found.of)
    return named and (one.event is None or one.event in found.refs)


def override_event(
    found: Finding, *, person: str, reason: str, base: str, event_id: str, when: str, zone: str
) -> dict[str, Any]:
    """The event of an override of a finding that blocks; Refused without a name and a reason.

    ``when`` is RFC 3339, ``base`` the node's own URIs.
    """
    if found.verdict != "block":
        raise Refused("only what blocks is overridden", path="/rule")
    if not person.strip():
        raise Refused("an override names the person who answers for it", path="/person")
    if not 4 <= len(reason.strip()) <= MOST_REASON:
        raise Refused("an override says why, in a sentence", path="/reason")
    about: dict[str, Any] = (
        {"quantityList": [{"epcClass": found.of}]} if is_lot(found.of) else {"epcList": [found.of]}
    )
    return {
        "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": when,
        "eventTimeZoneOffset": zone,
        "action": "OBSERVE",
        "bizStep": f"{base}voc/{STEP}",
        **about,
        "suyuan:override": {
            "rule": found.name,
            "of": found.of,
            "events": list(found.refs),
            "reason": reason.strip(),
        },
        "suyuan:person": {"name": person.strip()},
    }


def with_overrides(findings: Iterable[Finding], deeds: Iterable[Deed]) -> tuple[Finding, ...]:
    """The findings, each block with the override that covers it, if one stands among the deeds."""
    known = list(_overrides(deeds))
    return tuple(_covered(one, known) if one.verdict == "block" else one for one in findings)


def _overrides(deeds: Iterable[Deed]) -> Iterator[tuple[Deed, Mapping[str, Any]]]:
    for deed in standing(deeds):
        given = deed.stated.get("override")
        if deed.kind == "override" and isinstance(given, Mapping) and text_of(given.get("reason")):
            yield deed, given


def _covered(found: Finding, known: Sequence[tuple[Deed, Mapping[str, Any]]]) -> Finding:
    for deed, given in known:
        events = given.get("events")
        if (
            given.get("rule") == found.name
            and given.get("of") == found.of
            and isinstance(events, list)
            and set(found.refs) <= set(map(str, events))
        ):
            person = deed.stated.get("person")
            name = text_of(person.get("name")) if isinstance(person, Mapping) else None
            reason = text_of(given.get("reason")) or ""
            return replace(found, override=Override(deed.index, name, reason))
    return found


__all__ = ["STEP", "Overriding", "meant", "override_event", "with_overrides"]

"""What one event says that a public page may repeat, read once, before anything is given a name.

Never read, although events may hold them: buyers, prices, persons, and how much was made, kept or sold
(competitors read pages too). The one amount is what was applied to the land.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.core.attest import CLAIMS
from suyuan.core.brand.codes import code_acts_of
from suyuan.core.certificate import Issued, read_issued, voids
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.farm.forms import FORMS
from suyuan.core.story_steps import (
    ENDS_A_HOLD,
    disposition_of,
    is_harvest,
    is_lasting,
    step_of,
    title_of,
)
from suyuan.core.story_values import (
    Moment,
    Names,
    Quantity,
    Said,
    Unit,
    day_of,
    moment_of,
    names_of,
    number_of,
    objects_of,
    quantity_of,
    text_of,
)

_MOST_TESTS = 50


@dataclass(frozen=True, slots=True)
class Reading:
    """One event in the words of the timeline; things and places still are URIs as they stand in it."""

    when: Moment
    title: Said
    step: str
    disposition: str
    season: str | None
    """Its transformationID."""
    harvest: bool
    used: tuple[str, ...]
    about: tuple[str, ...]
    made: tuple[str, ...]
    read_point: str | None
    place: str | None
    """readPoint, else bizLocation."""
    lines: tuple[Said, ...]
    dose: Said | None
    """Of an application: how much on how much land."""
    least_days: int | None
    """Of an application: days that have to pass before the harvest."""
    tests: tuple[Mapping[str, Any], ...]
    reason: Names | None
    advice: Names | None
    recalls: bool
    """Whether it calls back what it is about."""
    unrecalls: bool
    """Whether it takes that back (persistentDisposition, EPCIS 2.0 §7.4.2)."""
    of_a_part: bool
    """Whether it speaks of an amount of a lot, as the disposal of one broken bag does."""
    issues_serials: bool
    best_before: date | None
    private: int
    """Private fields."""
    attachments: tuple[str, ...]
    """Hex digests; without the document that the event was read from."""
    event_id: str | None
    declares_error: bool
    holds: bool = False
    """Whether it keeps back what it is about."""
    releases: bool = False
    """Whether it lets that go again."""
    certificate: Issued | None = None
    """A certificate of compliance that it issues."""
    voids: str | None = None
    """eventID of the certificate that it takes back."""


def read_event(event: Mapping[str, Any]) -> Reading:
    """Read an event as stored, private fields replaced; Malformed only where it has no time."""
    step, disposition = step_of(event), disposition_of(event)
    declares_error = "errorDeclaration" in event
    read_point = _place(event, "readPoint")
    applied = step == "applying"
    unrecalls = _lasting(event, "unset")
    recalls = not declares_error and (disposition == "recalled" or _lasting(event, "set"))
    sd, event_id = event.get("suyuan:sd"), event.get("eventID")
    holding = step == "holding" and not (declares_error or recalls or unrecalls)
    reason, advice = names_of(event.get("suyuan:reason")), names_of(event.get("suyuan:advice"))
    return Reading(
        when=moment_of(event),
        title=title_of(event),
        step=step,
        disposition=disposition,
        season=text_of(event.get("transformationID")),
        harvest=is_harvest(event),
        used=_listed(event, "inputQuantityList", "inputEPCList"),
        about=_listed(event, "quantityList", "epcList"),
        made=_listed(event, "outputQuantityList", "outputEPCList"),
        read_point=read_point,
        place=read_point or _place(event, "bizLocation"),
        lines=tuple(_lines(event, (reason, advice) if recalls or step == "holding" else ())),
        dose=_dose(event) if applied else None,
        least_days=_least_days(event) if applied else None,
        tests=tuple(objects_of(event.get("suyuan:test")))[:_MOST_TESTS],
        reason=reason,
        advice=advice,
        recalls=recalls,
        unrecalls=unrecalls,
        of_a_part=any("quantity" in item for item in objects_of(event.get("quantityList"))),
        issues_serials="suyuan:serials" in event,
        best_before=_best_before(event),
        private=len(sd) if isinstance(sd, list) else 0,
        attachments=_attachments(event),
        event_id=event_id if isinstance(event_id, str) else None,
        declares_error=declares_error,
        holds=holding and disposition not in ENDS_A_HOLD,
        releases=holding and disposition in ENDS_A_HOLD,
        certificate=read_issued(event),
        voids=voids(event),
    )


def _place(event: Mapping[str, Any], name: str) -> str | None:
    place = event.get(name)
    found = place.get("id") if isinstance(place, dict) else None
    return found if isinstance(found, str) else None


def _listed(event: Mapping[str, Any], *lists: str) -> tuple[str, ...]:
    found = []
    for name in lists:
        items = event.get(name)
        for item in items if isinstance(items, list) else ():
            text = item.get("epcClass") if isinstance(item, dict) else item
            if isinstance(text, str):
                found.append(text)
    return tuple(found)


def _dose(event: Mapping[str, Any]) -> Said | None:
    """What was applied on how much land: what a reader may want to judge."""
    used = next(objects_of(event.get("inputQuantityList")), {})
    amount = quantity_of(used, amount="quantity")
    area = quantity_of(event.get("suyuan:area"), unit="unit")
    if amount is None:
        return Said("{area}", area=area) if area else None
    if area is None or area.amount <= 0:
        return Said("{amount}", amount=amount)
    return Said(
        "{amount} on {area}, {each} per {unit}",
        amount=amount,
        area=area,
        each=Quantity(float(f"{amount.amount / area.amount:.3g}"), amount.unit),
        unit=Unit(area.unit),
    )


def _least_days(event: Mapping[str, Any]) -> int | None:
    """Pre-harvest interval of the label. Not stated is not zero."""
    asked = event.get("suyuan:preHarvestInterval")
    days = number_of(asked.get("days")) if isinstance(asked, dict) else None
    return int(days) if days is not None else None


def _lines(event: Mapping[str, Any], recall: tuple[Names | None, ...]) -> Iterator[Said]:
    if purpose := names_of(event.get("suyuan:purpose")):
        yield Said("{text}", text=purpose)
    if dilution := text_of(event.get("suyuan:dilution")):
        yield Said("Diluted {ratio}", ratio=dilution)
    work = FORMS["field_work"].field("work")
    if work is not None and (done := work.choices.get(str(event.get("suyuan:work")))):
        yield done
    for name in ("suyuan:drying", "suyuan:roasting", "suyuan:heat"):
        yield from _heat(event.get(name))
    if seen := names_of(event.get("suyuan:observation")):
        yield Said("{text}", text=seen)
    returned = event.get("suyuan:returned")
    if isinstance(returned, dict) and (what := names_of(returned.get("what"))):
        yield Said("{text}", text=what)
    for text in recall:
        if text is not None:
            yield Said("{text}", text=text)
    for test in objects_of(event.get("suyuan:test")):
        if item := names_of(test.get("item")):
            yield Said("{text}", text=item)
    yield from _certified(event.get("suyuan:certificate"))
    checked = event.get("suyuan:checkIn")
    if isinstance(checked, dict) and (market := text_of(checked.get("market"))):
        yield Said("{text}", text=market)
    given = event.get("certificationInfo")
    for uri in given if isinstance(given, list) else [given]:
        if certificate := text_of(uri):
            yield Said("Certificate: {uri}", uri=certificate)
    if "suyuan:codes" in event:
        count = sum(one.last - one.first + 1 for one in code_acts_of(event))
        yield Said("{count} codes of the lot; each one's own page says so", count=count)
        if why := names_of(event.get("suyuan:reason")):
            yield Said("{text}", text=why)
    if "errorDeclaration" in event:
        yield Said("This declares an earlier record an error; both stay")


def _certified(value: object) -> Iterator[Said]:
    """Kind, number, extent and end of a certificate that labels can claim."""
    if not isinstance(value, dict) or value.get("type") not in CLAIMS:
        return
    if number := text_of(value.get("number")):
        yield Said("{kind}, number {number}", kind=CLAIMS[value["type"]], number=number)
    if scope := text_of(value.get("scope")):
        yield Said("It covers: {scope}", scope=scope)
    if (volume := quantity_of(value.get("volume"))) is not None:
        yield Said("Amount it covers: {volume}", volume=volume)
    if until := day_of(value.get("until")):
        yield Said("Valid until {day}", day=until)


def _heat(value: object) -> Iterator[Said]:
    if not isinstance(value, dict):
        return
    celsius = number_of(value.get("celsius"))
    for name, unit in (("hours", "HUR"), ("minutes", "MIN")):
        time = number_of(value.get(name))
        if celsius is not None and time is not None:
            yield Said(
                "{heat} for {time}", heat=Quantity(celsius, "CEL"), time=Quantity(time, unit)
            )


def _lasting(event: Mapping[str, Any], change: str) -> bool:
    return is_lasting(event, change, "recalled")


def _best_before(event: Mapping[str, Any]) -> date | None:
    """Of the lot, as CBV 2.0 §9.2 writes it."""
    ilmd = event.get("ilmd")
    if not isinstance(ilmd, dict):
        return None
    return day_of(ilmd.get("cbvmda:bestBeforeDate")) or day_of(
        ilmd.get("cbvmda:itemExpirationDate")
    )


def _attachments(event: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        digest.removeprefix("sha-256:")
        for item in objects_of(event.get("suyuan:attachments"))
        if (digest := text_of(item.get("digest"))) and item.get("name") != DOCUMENT
    )

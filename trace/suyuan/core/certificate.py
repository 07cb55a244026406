"""承诺达标合格证: what one says, the events by which it is issued and voided, and how they are read.

A certificate is an ObjectEvent about one lot (step accepting, certificationInfo: the address where it
can be checked). Texts and ticks come from the dated table ``certificates`` and stand in the event as
they were on its day (MARA Order 2025 No. 4). The contact's number is a private field; what everybody
sees of it is masked, unless it is said to be the organisation's own line (docs/decisions/0021).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, get_args

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import as_json
from suyuan.core.farm.write import CONTEXT, HERE
from suyuan.core.serials import ALPHABET
from suyuan.core.story_steps import COMPLIANCE
from suyuan.core.story_values import (
    Names,
    Quantity,
    day_of,
    names_of,
    objects_of,
    quantity_of,
    text_of,
)
from suyuan.core.touches import is_lot

VOIDING = "voiding"
Side = Literal["producer", "purchaser"]
SIDES: tuple[Side, ...] = get_args(Side)
LONGEST: Mapping[str, int] = {
    "product": 80, "quantity": 40, "origin": 120, "subject": 80, "contact": 40,
}  # fmt: skip
"""Characters of what is typed: all of it has room on paper."""
CODE = re.compile(f"[{ALPHABET}]{{12}}")
"""By which a certificate is looked up: 60 random bits, so that nobody lists other people's."""
_NUMBER = re.compile(r"\d{4}-\d{6}")


@dataclass(frozen=True, slots=True)
class Text:
    """What is promised, by the row of the table that is in force on a day."""

    producer: str
    purchaser: str
    ticks: tuple[str, ...]
    source: Names
    edition: str | None
    keep_months: int
    note: Names | None = None
    producer_en: str = ""
    purchaser_en: str = ""
    ticks_en: tuple[str, ...] = ()
    """For who reads no Chinese; what is promised is the Chinese text."""

    def of(self, side: Side) -> str:
        return self.producer if side == "producer" else self.purchaser

    def gloss(self, side: Side) -> str:
        return self.producer_en if side == "producer" else self.purchaser_en

    def tick_names(self) -> tuple[Names, ...]:
        """Each tick in both languages."""
        glosses = (*self.ticks_en, *("" for _ in self.ticks))
        return tuple(
            Names(one, gloss or one) for one, gloss in zip(self.ticks, glosses, strict=False)
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, before it is an event. ``contact`` is whole; ``shown``: for everybody to see."""

    code: str
    number: str
    lot: str
    product: str
    quantity: Amount
    origin: str
    issued: date
    subject: str
    contact: str
    shown: bool
    ticked: tuple[str, ...]
    side: Side


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate as its event says it."""

    code: str
    number: str
    lot: str
    product: str
    quantity: Quantity | None
    said: str
    """The quantity as it was typed."""
    origin: str
    issued: date | None
    subject: str
    contact: str
    """As everybody may see it."""
    ticks: tuple[tuple[Names, bool], ...]
    text: Names
    side: str
    source: Names | None
    edition: str


def number_of(year: int, running: int) -> str:
    """``2026-000017``: running within the organisation and the year, so that a gap is seen."""
    return f"{year}-{running:06d}"


def event_id(base: str, code: str) -> str:
    """By which the event of a certificate is found again."""
    return f"{base}certificate/{code}"


def address(public_url: str, code: str) -> str:
    """Where everybody can check it."""
    return f"{public_url.rstrip('/')}/c/{code}"


def code_of(text: str) -> str | None:
    """The code in what was typed or scanned: alone, or at the end of an address; None for others."""
    last = text.strip().rstrip("/").rsplit("/", 1)[-1].partition("?")[0].upper().replace("-", "")
    plain = last.replace("O", "0").replace("I", "1").replace("L", "1")
    return plain if CODE.fullmatch(plain) else None


def masked(contact: str) -> str:
    """A number without its middle: enough to compare it with the paper, too little to call it."""
    digits = [place for place, one in enumerate(contact) if one.isdigit()]
    if len(digits) < 5:
        return "*" * len(contact)
    ends = 3 if len(digits) >= 11 else 2
    hidden = set(digits[ends : -min(4, len(digits) - ends - 2) or None])
    return "".join("*" if place in hidden else one for place, one in enumerate(contact))


def issue_event(
    one: Certificate, text: Text, *, base: str, public_url: str, when: str, person: str
) -> dict[str, Any]:
    """The event of issuing; ``when``: RFC 3339. Who answers for it and the contact are private."""
    quantity: dict[str, Any] = {"value": as_json(one.quantity.value), "uom": one.quantity.unit}
    quantity |= {"said": one.quantity.said} if one.quantity.said else {}
    event = {
        **_head(event_id(base, one.code), "accepting", one.lot, when, base),
        "certificationInfo": [address(public_url, one.code)],
        "suyuan:certificate": {
            "type": COMPLIANCE,
            "number": one.number,
            "product": one.product,
            "quantity": quantity,
            "origin": one.origin,
            "issued": one.issued.isoformat(),
            "by": one.subject,
            "contact": one.contact if one.shown else masked(one.contact),
            "ticks": [
                {"text": tick.zh, "en": tick.en, "ticked": tick.zh in one.ticked}
                for tick in text.tick_names()
            ],
            "side": one.side,
            "text": text.of(one.side),
            **({"textEn": gloss} if (gloss := text.gloss(one.side)) else {}),
            "source": text.source._asdict(),
            **({"edition": text.edition} if text.edition else {}),
        },
        "suyuan:person": {"name": person},
    }
    if not one.shown:
        event["suyuan:phone"] = one.contact
    return event


def void_event(
    issued: Issued, *, base: str, when: str, person: str, reason: str, unlike: str = ""
) -> dict[str, Any]:
    """The event by which a certificate is taken back; one certificate has one.

    ``unlike``: what nobody can guess, where somebody else took its eventID; else "".
    """
    name = event_id(base, issued.code)
    own = f"{name}/void/{unlike}" if unlike else f"{name}/void"
    return {
        **_head(own, f"{base}voc/{VOIDING}", issued.lot, when, base),
        "suyuan:certificate": {
            "type": COMPLIANCE,
            "number": issued.number,
            "status": "void",
            "of": name,
        },
        "suyuan:reason": reason,
        "suyuan:person": {"name": person},
    }


def _head(name: str, step: str, lot: str, when: str, base: str) -> dict[str, Any]:
    about = {"quantityList": [{"epcClass": lot}]} if is_lot(lot) else {"epcList": [lot]}
    return {
        "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
        "type": "ObjectEvent",
        "eventID": name,
        "eventTime": when,
        "eventTimeZoneOffset": HERE,
        "action": "OBSERVE",
        "bizStep": step,
        **about,
    }


def is_issuing(event: Mapping[str, Any]) -> bool:
    """Whether an event issues a certificate of this kind."""
    given = event.get("suyuan:certificate")
    return (
        isinstance(given, Mapping)
        and given.get("type") == COMPLIANCE
        and given.get("status") != "void"
    )


def read_issued(event: Mapping[str, Any]) -> Issued | None:
    """What an event says of a certificate of this kind; None for any other event."""
    given, name = event.get("suyuan:certificate"), event.get("eventID")
    if not is_issuing(event) or not isinstance(given, Mapping):
        return None
    if "errorDeclaration" in event or not isinstance(name, str):
        return None
    lots = [one.get("epcClass") for one in objects_of(event.get("quantityList") or [])]
    epcs = event.get("epcList")
    lots += epcs if isinstance(epcs, list) else []
    amount = given.get("quantity")
    amount = amount if isinstance(amount, Mapping) else {}
    quantity = quantity_of(dict(amount))
    said = text_of(amount.get("said"))
    return Issued(
        name.rsplit("/", 1)[-1],
        _text(given, "number"),
        next((one for one in lots if isinstance(one, str)), ""),
        _text(given, "product"),
        quantity,
        said or (f"{quantity.amount:g} {quantity.unit}" if quantity else ""),
        _text(given, "origin"),
        day_of(given.get("issued")),
        _text(given, "by"),
        _text(given, "contact"),
        tuple(
            (Names(text, text_of(one.get("en")) or text), one.get("ticked") is True)
            for one in objects_of(given.get("ticks") or [])
            if (text := text_of(one.get("text")))
        ),
        Names(_text(given, "text"), _text(given, "textEn") or _text(given, "text")),
        _text(given, "side"),
        names_of(given.get("source")),
        _text(given, "edition"),
    )


def _text(given: Mapping[str, Any], name: str) -> str:
    return text_of(given.get(name)) or ""


def voids(event: Mapping[str, Any]) -> str | None:
    """eventID of the certificate that an event takes back; None for any other event."""
    given = event.get("suyuan:certificate")
    if not isinstance(given, Mapping) or given.get("status") != "void":
        return None
    return text_of(given.get("of"))


def total(quantities: Iterable[Amount], unit: str) -> Decimal | None:
    """Their sum, all in one base unit; None where one is of another."""
    found = [in_base_unit(one.value, one.unit) for one in quantities]
    if any(base != unit for _, base in found):
        return None
    return sum((value for value, _ in found), Decimal(0))


def gaps(numbers: Sequence[str]) -> list[str]:
    """Numbers that are missing in what an organisation issued, begun or threw away, year by year."""
    years: dict[int, set[int]] = {}
    for one in numbers:
        if _NUMBER.fullmatch(one):
            years.setdefault(int(one[:4]), set()).add(int(one[5:]))
    return [
        number_of(year, running)
        for year, known in sorted(years.items())
        for running in range(1, max(known) + 1)
        if running not in known
    ]


__all__ = [
    "CODE",
    "LONGEST",
    "SIDES",
    "VOIDING",
    "Certificate",
    "Issued",
    "Side",
    "Text",
    "address",
    "code_of",
    "event_id",
    "gaps",
    "is_issuing",
    "issue_event",
    "masked",
    "number_of",
    "read_issued",
    "total",
    "void_event",
    "voids",
]

"""What a label claims (green food, organic, geographical indication, origin), against certificates.

A claim stands in the product's master data, ``suyuan:claims``. It holds where a certifier's own key
signed a certificate of that kind about the lot, or about what it was made from, valid on the day, whose
volume is not used up yet. Nothing that is not stated is filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from suyuan.core.attest import CLAIMS
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.story_values import Said, day_of, number_of, text_of

Verdict = Literal["pass", "warn", "block", "unknown"]
NEAR = Decimal("0.9")
"""Of the volume covered: beyond it the labels are warned of."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was signed; ``third`` unless the signer's word is no third party's."""

    number: str
    kind: str
    owner: str
    index: int
    since: date | None
    until: date | None
    volume: Decimal | None
    """Kilograms; None: not stated, or in no unit of mass."""
    third: bool
    void: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, and what there is to it."""

    kind: str
    verdict: Verdict
    text: Said
    certificate: Certificate | None = None


def claims_of(master: Mapping[str, Any]) -> tuple[str, ...]:
    """Kinds that a product's master data claims."""
    given = master.get("suyuan:claims")
    listed = given if isinstance(given, list) else [given]
    return tuple(dict.fromkeys(one for one in listed if isinstance(one, str) and one in CLAIMS))


def certificate_of(
    stated: object, *, index: int, owner: str, day: date, third: bool
) -> Certificate | None:
    """Of the member ``suyuan:certificate`` of an event of that day; None where it is of another kind."""
    if not isinstance(stated, Mapping) or stated.get("type") not in CLAIMS:
        return None
    return Certificate(
        text_of(stated.get("number")) or "",
        str(stated["type"]),
        owner,
        index,
        day_of(stated.get("from")) or day,
        day_of(stated.get("until")),
        _kilograms(stated.get("volume")),
        third,
        stated.get("status") == "void",
    )


def _kilograms(value: object) -> Decimal | None:
    if not isinstance(value, Mapping):
        return None
    number, unit = number_of(value.get("value")), value.get("uom")
    if number is None or not isinstance(unit, str):
        return None
    amount, base = in_base_unit(Decimal(repr(number)), unit)
    return amount if base == "KGM" else None


def weighed(
    kinds: Iterable[str],
    certificates: Sequence[Certificate],
    day: date,
    wanted: Decimal | None,
    used: Mapping[tuple[str, str], Decimal | None],
) -> list[Claim]:
    """Each claim against the certificates. ``wanted``: kilograms of the labels to come; ``used``: of
    those issued before, by (certifier, number). None is not known, which is told, never zero."""
    found = []
    for kind in kinds:
        held = [one for one in certificates if one.kind == kind]
        valid = [one for one in held if one.third and not one.void and _in_force(one, day)]
        if valid:
            weights = [_volume(one, wanted, used.get((one.owner, one.number))) for one in valid]
            found.append(min(weights, key=lambda one: _ORDER.index(one.verdict)))
        elif not held:
            text = Said("{kind}: no certificate of it covers this lot", kind=CLAIMS[kind])
            found.append(Claim(kind, "block", text))
        else:
            found.append(Claim(kind, "block", _why_not(held[-1], day), held[-1]))
    return found


_ORDER: tuple[Verdict, ...] = ("pass", "warn", "unknown", "block")


def _in_force(one: Certificate, day: date) -> bool:
    return (one.since is None or one.since <= day) and one.until is not None and day <= one.until


def _why_not(one: Certificate, day: date) -> Said:
    about = {"kind": CLAIMS[one.kind], "number": one.number}
    if not one.third:
        return Said("{kind}: {number} was not signed by a certifier with a key of its own", **about)
    if one.void:
        return Said("{kind}: {number} was withdrawn", **about)
    if one.until is None:
        return Said("{kind}: {number} does not say until when it is valid", **about)
    if one.since is not None and day < one.since:
        return Said("{kind}: {number} is valid from {day} on", day=one.since, **about)
    return Said("{kind}: {number} was valid until {day}", day=one.until, **about)


def _volume(one: Certificate, wanted: Decimal | None, used: Decimal | None) -> Claim:
    about = {"kind": CLAIMS[one.kind], "number": one.number}
    if one.volume is None or wanted is None or used is None:
        text = Said("{kind}: {number}, how much of it is used up cannot be told", **about)
        return Claim(one.kind, "unknown", text, one)
    after = used + wanted
    said = {**about, "used": _shown(after), "volume": _shown(one.volume)}
    if after > one.volume:
        text = Said(
            "{kind}: {number} covers {volume} kg; with these labels it would be {used} kg. Its "
            "certifier can certify more; nobody else sets that aside",
            **said,
        )
        return Claim(one.kind, "block", text, one)
    text = Said("{kind}: {number}, {used} of {volume} kg used", **said)
    return Claim(one.kind, "warn" if after > one.volume * NEAR else "pass", text, one)


def _shown(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.001')):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

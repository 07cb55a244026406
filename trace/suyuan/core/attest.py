"""What a laboratory or certifier is asked to sign, and whether what came back is just that.

The answer is built by one function wherever it is signed (browser, command line, another program), and
checked by building it again from its own values: whatever is beside, changed or missing shows.
Docs: docs/decisions/0025-signing-by-link.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.core import jcs
from suyuan.core.errors import Forbidden, Malformed, Many, Refused, SuyuanError
from suyuan.core.farm.fill import Ground, Values, fill
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.write import as_given, values_of, write_event
from suyuan.core.serials import ALPHABET
from suyuan.core.story_values import Said

MOST_ITEMS = 50
VERSION = "signing-request/v1"
CLAIMS: Mapping[str, Said] = {
    "origin": Said("Certificate of origin"),
    "green": Said("Green food"),
    "organic": Said("Organic product"),
    "gi": Said("Geographical indication"),
}
"""Kinds of certificates that a label can claim (domain.md)."""

COMMON = ("day", "report")
OF_AN_ITEM = ("value", "unit", "limit", "edition", "method", "result")
_FIXED = {
    "test": {"subject", "sample", "item", "laboratory"},
    "certificate": {"subject", "type", "by"},
}
"""What the request says, and the answer repeats."""
OF_A_CERTIFICATE = ("day", "number", "from", "until", "scope", "volume", "address")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as its signer sees it."""

    id: str
    purpose: Literal["test", "certificate"]
    subject: str
    items: tuple[str, ...]
    """What is to be tested; of a certificate its kind, one of CLAIMS."""
    laboratory: str
    """The laboratory's name, as it stands in the answer."""
    base: str


def form_of(asked: Asked) -> Form:
    """The form that the answer fills."""
    return FORMS[asked.purpose]


def fields_of(asked: Asked) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    """What is asked once, and what is asked of each item."""
    form = form_of(asked)
    if asked.purpose == "certificate":
        return tuple(one for name in OF_A_CERTIFICATE if (one := form.field(name))), ()
    return (
        tuple(one for name in COMMON if (one := form.field(name))),
        tuple(one for name in OF_AN_ITEM if (one := form.field(name))),
    )


def event_id(asked: Asked, number: int) -> str:
    """Of the answer to the item of this number: it follows from the request (RFC 9562 §5.8), so that an
    item is answered once."""
    digest = hashlib.sha256(f"suyuan/answer/v1\n{asked.id}\n{number}\n".encode()).digest()
    octets = bytearray(digest[:16])
    octets[6] = 0x80 | octets[6] & 0x0F
    octets[8] = 0x80 | octets[8] & 0x3F
    text = octets.hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    return f"urn:uuid:{'-'.join(parts)}"


def answers(
    asked: Asked,
    given: Mapping[str, Any],
    ground: Ground,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """The events that answer a request. ``given``: common fields by name, of the items ``items``, a list
    in their order. Many with every mistake: ``/day``, ``/items/0/value``."""
    common, each = fields_of(asked)
    rows = given.get("items", []) if each else [{}]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Malformed(
            "items is a list of objects, one for each that was asked for", path="/items"
        )
    if each and len(rows) != len(asked.items):
        raise Refused(
            "{count} items were asked for, in this order: {items}", path="/items",
            count=len(asked.items), items="、".join(asked.items),
        )  # fmt: skip
    allowed = {one.name for one in common} | ({"items"} if each else set())
    problems: list[SuyuanError] = [
        Malformed("{form} has no field {name}", path=f"/{name}", form=asked.purpose, name=name)
        for name in given
        if name not in allowed
    ]
    filled = []
    shared = {one.name: given[one.name] for one in common if one.name in given}
    if asked.purpose == "certificate" and not given.get("until"):
        problems.append(Refused("this is missing", path="/until"))
    for number, row in enumerate(rows):
        strange = [name for name in row if name not in OF_AN_ITEM]
        problems += [
            Malformed("{form} has no field {name}", path=f"/items/{number}/{name}",
                      form=asked.purpose, name=name)
            for name in strange
        ]  # fmt: skip
        try:
            filled.append(fill(form_of(asked), _whole(asked, number, shared, row), ground))
        except Many as several:
            for problem in several.errors:
                of_item = each and problem.path.strip("/").split("/")[0] in OF_AN_ITEM
                at = f"/items/{number}{problem.path}" if of_item else problem.path
                problem.path = at
                if not any(str(problem) == str(known) for known in problems):
                    problems.append(problem)
    if problems:
        raise Many(problems)
    return [
        write_event(
            form_of(asked), values, base=asked.base, event_id=event_id(asked, number),
            attachments=attachments,
        ).event
        for number, values in enumerate(filled)
    ]  # fmt: skip


def _whole(
    asked: Asked, number: int, shared: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, Any]:
    if asked.purpose == "certificate":
        fixed = {"subject": [asked.subject], "type": asked.items[0], "by": asked.laboratory}
    else:
        fixed = {
            "subject": [asked.subject],
            "sample": "product",
            "item": asked.items[number],
            "laboratory": asked.laboratory,
        }
    known = {name: value for name, value in row.items() if name in OF_AN_ITEM}
    return {**known, **shared, **fixed}


def check_answers(asked: Asked, events: Sequence[Mapping[str, Any]], ground: Ground) -> None:
    """Refused, with the place, unless these events answer the request, all of it and nothing else.

    Each is read back and filled in anew: what the form would not take from who types it (a result that
    is missing, a day to come, an amount that is not the one that is said) is not taken signed either.
    """
    wanted = 1 if asked.purpose == "certificate" else len(asked.items)
    if len(events) != wanted:
        raise Refused("{count} answers are due, and {found} came", count=wanted, found=len(events))
    form = form_of(asked)
    for number, event in enumerate(events):
        where = f"/{number}/content/event"
        values = values_of(form, event)
        if values.get("subject") != (asked.subject,):
            raise Forbidden("this is about something else than was asked", path=where)
        if asked.purpose == "test" and values.get("item") != asked.items[number]:
            raise Forbidden(
                "{item} was asked for here", path=f"{where}/suyuan:test/item",
                item=asked.items[number],
            )  # fmt: skip
        if asked.purpose == "certificate" and values.get("type") != asked.items[0]:
            raise Forbidden(
                "{item} was asked for here", path=f"{where}/suyuan:certificate/type",
                item=asked.items[0],
            )  # fmt: skip
        said = values.get("laboratory" if asked.purpose == "test" else "by")
        if said != asked.laboratory:
            raise Forbidden("the answer names another laboratory", path=where)
        common, each = fields_of(asked)
        allowed = {one.name for one in (*common, *each)} | _FIXED[asked.purpose]
        attached = event.get("suyuan:attachments", [])
        if not isinstance(attached, list) or not all(isinstance(one, Mapping) for one in attached):
            raise Malformed("a list of objects belongs here", path=f"{where}/suyuan:attachments")
        typed = _typed_again(asked, values, ground, where)
        again = write_event(
            form, typed, base=asked.base, event_id=event_id(asked, number), attachments=attached
        ).event
        if not values.keys() <= allowed or jcs.dumps(again) != jcs.dumps(dict(event)):
            raise Forbidden(
                "this is not what was asked for: something is beside it, changed or missing",
                path=where,
            )


def _typed_again(asked: Asked, values: Values, ground: Ground, where: str) -> Values:
    """The same values as the form takes them; Many with every mistake, at its member of the event."""
    form = form_of(asked)
    problems: list[SuyuanError] = []
    typed: Values = {}
    try:
        typed = fill(form, as_given(values), ground)
    except Many as several:
        problems = list(several.errors)
    if asked.purpose == "certificate" and "until" not in values:
        problems.append(Refused("this is missing", path="/until"))
    for problem in problems:
        head, _, rest = problem.path.lstrip("/").partition("/")
        problem.path = f"{where}/{_member(form, head)}{'/' + rest if rest else ''}"
    if problems:
        raise Many(problems)
    return typed


def _member(form: Form, name: str) -> str:
    """Where the value of a field stands in the event."""
    one = form.field(name)
    if one is None or not one.at.startswith("voc:"):
        return {"subject": "quantityList", "address": "certificationInfo"}.get(name, "eventTime")
    return f"suyuan:{one.at.removeprefix('voc:')}"


def possession(origin: str, kid: str, request: str) -> bytes:
    """What a key signs to show that who brings it holds it; no record's signature looks like it."""
    return f"suyuan/bring-key/v1\n{origin}\n{kid}\n{request}\n".encode()


def fingerprint(kid: str) -> str:
    """Of a key, as two people compare it over the telephone: 80 bits as 16 letters and digits in fours,
    none of which sounds or looks like another (Crockford's base 32)."""
    number = int.from_bytes(hashlib.sha256(kid.encode()).digest()[:10], "big")
    letters = "".join(ALPHABET[(number >> (5 * place)) & 31] for place in range(15, -1, -1))
    return " ".join(letters[start : start + 4] for start in range(0, 16, 4))

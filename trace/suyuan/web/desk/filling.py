"""A form of core/farm as a page's fields, and what was typed into them as values for ``fill``.

Names of inputs are paths of errors (``items/0/amount``), so a summary of errors leads to its field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from starlette.datastructures import FormData, UploadFile

from suyuan.core.encoding import digest_text, parse_digest
from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.units import UNITS, spelt
from suyuan.core.identifiers import product_of
from suyuan.ports.accounts import Attachment
from suyuan.web.desk.choices import Choices, is_named
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.telling import label_of, people, split_amount

MOST_PHOTO = 20 * 1024 * 1024
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
_ROWS = 3
MOST_ROWS = 200
CALLED = {"destination": "receiver", "buyer": "buyer_name", "source": "sender"}
"""Field of a party → field of its name."""
_OFTEN = frozenset(
    {"day", "area", "items", "inputs", "outputs", "purpose", "member", "work", "method", "subject",
     "item", "value", "result", "number", "type", "observation", "interval", "withdrawal"}
)  # fmt: skip
"""Fields that stand open on a page; the others wait under «More» until they are wanted."""
_OFTEN_IN = {
    "test": frozenset({"unit", "limit", "laboratory", "report"}),
    "stocking": frozenset({"origin"}),
}
_SELDOM_IN = {"test": frozenset({"method"})}
_OF_CROPS = frozenset({"area", "share"})
"""Fields that mean nothing in a pen."""
_PEN_WORK = frozenset({"cleaning", "disinfecting"})
_SLAUGHTER = frozenset({"killing", "cutting"})
_OF_PLANTS = frozenset(
    {"hulling", "drying", "roasting", "washing", "peeling", "withering", "fixing", "rolling",
     "fermenting", "milling"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Where:
    """Of what season a form is filled in, as far as that is known."""

    animal: bool | None = None
    """None: the form stands for itself."""
    required: frozenset[str] = frozenset()
    steps: tuple[str, ...] = ()
    """Processing that the template knows."""


@dataclass(slots=True)
class Row:
    """One thing with its amount."""

    item: str = ""
    lot: str = ""
    number: str = ""
    unit: str = ""


@dataclass(slots=True)
class Shown:
    """A field as it is drawn."""

    name: str
    type: str
    label: str
    hint: str
    required: bool
    value: str = ""
    unit: str = ""
    units: list[tuple[str, str]] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    has_lot: bool = False
    listed: str = "things"
    """Which list of names it offers."""
    many: bool = False
    decimal: bool = False


def shown(
    desk: Desk,
    form: Form,
    given: Mapping[str, Any],
    choices: Choices,
    where: Where,
    *,
    new_lot: str,
) -> tuple[list[Shown], list[Shown]]:
    """The fields that stand open, and those under «More»; season and plots are the page's own."""
    often: list[Shown] = []
    more: list[Shown] = []
    for one in form.fields:
        if one.type in ("season", "plots") or (where.animal and one.name in _OF_CROPS):
            continue
        made = _one(desk, one, given.get(one.name), choices, where)
        if made.has_lot and made.rows and not made.rows[0].item and not made.rows[0].lot:
            made.rows[0].lot = new_lot
        if one.name == "member" and desk.actor.scope("record") == "own":
            continue
        here = one.required or one.name in where.required or one.name in _OFTEN
        here = here or (one.name == "quarantine" and bool(where.animal))
        here = (here or one.name in _OFTEN_IN.get(form.name, ())) and (
            one.name not in _SELDOM_IN.get(form.name, ())
        )
        (often if here or one.name in form.any_of else more).append(made)
    return often, more


def _one(desk: Desk, one: Field, raw: Any, choices: Choices, where: Where) -> Shown:
    words = desk.words
    made = Shown(
        one.name, one.type, label_of(one, words, animal=bool(where.animal)),
        words.said(one.help) if one.help else "", one.required or one.name in where.required,
    )  # fmt: skip
    made.units = [(unit, _unit(unit, desk)) for unit in one.units]
    match one.type:
        case "items":
            made.has_lot, made.many = one.at == "outputs", True
            if one.at == "outputs" and choices.made:
                made.listed = "made"
            rows = raw if isinstance(raw, list) else []
            for row in rows:
                if isinstance(row, Mapping):
                    made.rows.append(_row(one, row, choices, where))
            # An empty amount stays one to be filled in: nobody wants to look for it.
            unit = _usual_unit(one, where)
            made.rows += [Row(unit=unit) for _ in range(max(1, _ROWS - len(made.rows)))]
        case "area" | "amount":
            number, unit = split_amount(str(raw or ""))
            made.value, made.unit = number, unit or (one.units[0] if one.units else "")
            made.decimal = True
        case "choice":
            kept = {*_offered(one, where), str(raw or "")}
            order = sorted(one.choices, key=lambda k: (where.steps.index(k) if k in where.steps
                                                       else len(where.steps)))  # fmt: skip
            made.choices = [("", words("choose")),
                            *((k, words.said(one.choices[k])) for k in order if k in kept)]  # fmt: skip
            made.value = str(raw or "")
        case "party" if one.name == "member":
            made.choices = [("", words("nobody in the register")),
                            *sorted(people(desk).items(), key=lambda pair: pair[1])]  # fmt: skip
            made.value, made.type = str(raw or ""), "choice"
        case "things":
            texts = raw if isinstance(raw, list) else str(raw or "").splitlines()
            made.rows = [Row(choices.label_of(str(text))) for text in texts]
            made.rows += [Row() for _ in range(max(1, _ROWS - len(made.rows)))] if one.many else []
            made.rows = made.rows or [Row()]
            made.many = one.many
        case "texts" | "uris":
            texts = raw if isinstance(raw, list) else str(raw or "").splitlines()
            made.value = "\n".join(choices.label_of(str(text)) for text in texts)
            made.many = one.many
        case "party":
            made.value = choices.party_label(str(raw)) if raw else ""
            made.listed = "parties"
        case "place":
            made.value = choices.label_of(str(raw)) if raw else ""
        case _:
            made.value = str(raw if raw is not None else "")
            made.decimal = one.type in ("number", "count", "money")
    return made


def _offered(one: Field, where: Where) -> frozenset[str]:
    """Choices that make sense: nobody slaughters tea."""
    found = frozenset(one.choices)
    if where.animal is None or one.name not in ("work", "step"):
        return found
    if one.name == "work":
        return (_PEN_WORK | {"other"}) if where.animal else found - _PEN_WORK
    return found - (_OF_PLANTS if where.animal else _SLAUGHTER)


def _usual_unit(one: Field, where: Where) -> str:
    if where.animal and one.at in ("inputs", "about") and "头" in one.units and "公斤" in one.units:
        return "头"
    return one.units[0] if one.units else ""


def _row(one: Field, row: Mapping[str, Any], choices: Choices, where: Where) -> Row:
    item, lot = str(row.get("item") or ""), ""
    product = product_of(item) or item.rpartition("/lot/")[0]
    if one.at == "outputs" and product:
        lot, item = unquote(item.rsplit("/", 1)[-1]), product
    elif one.at == "outputs" and "/" in item and not is_named(item):
        item, _, lot = item.rpartition("/")
    number, unit = split_amount(str(row.get("amount") or ""))
    usual = _usual_unit(one, where)
    return Row(choices.label_of(item) if item else "", lot, number, unit or usual)


def _unit(unit: str, desk: Desk) -> str:
    known = UNITS.get(unit)
    return known.en if known and desk.words.language == "en" else unit


def given_in(form: Form, data: FormData, choices: Choices, at: str = "") -> dict[str, Any]:
    """What was typed, as values of the form; what is empty is left out."""
    found: dict[str, Any] = {}

    def text(name: str) -> str:
        value = data.get(at + name, "")
        return value.strip() if isinstance(value, str) else ""

    for one in form.fields:
        name = one.name
        if one.type == "plots":
            value: Any = [v for v in data.getlist(at + name) if isinstance(v, str) and v]
        elif one.type == "items":
            value = _items(one, text, choices)
        elif one.type in ("area", "amount"):
            value = _amount(text(name), text(f"{name}/unit"))
        elif one.type in ("things", "texts", "uris"):
            several = (text(f"{name}/{place}") for place in range(MOST_ROWS))
            lines = [line.strip() for part in (text(name), *several)
                     for line in part.splitlines() if line.strip()]  # fmt: skip
            value = [choices.id_of(line) for line in lines] if one.type == "things" else lines
        elif one.type == "party" and name != "member":
            value = choices.party_of(text(name))
        elif one.type in ("party", "place"):
            value = choices.id_of(text(name))
        else:
            value = text(name)
        if value:
            found[name] = value
    return _with_names(form, found, choices)


def _with_names(form: Form, found: dict[str, Any], choices: Choices) -> dict[str, Any]:
    """Whoever stands in a party's field by name alone is called so in the record."""
    for party, called in CALLED.items():
        known = choices.called.get(str(found.get(party, "")))
        if known and form.field(called) is not None:
            found.setdefault(called, known)
    return found


def _amount(number: str, unit: str) -> str:
    return (
        f"{number} {unit}".strip()
        if number and (re.fullmatch(r"[\d.,，．０-９\s]+", number) or spelt(number) is not None)
        else number
    )


def _items(one: Field, text: Any, choices: Choices) -> list[dict[str, str]]:
    rows = []
    for place in range(MOST_ROWS):
        item, number = text(f"{one.name}/{place}/item"), text(f"{one.name}/{place}/amount")
        lot = text(f"{one.name}/{place}/lot")
        if not item and not number:
            if place >= _ROWS:
                break
            continue
        uri = choices.id_of(item)
        if lot and item and one.at == "outputs" and not product_of(uri):
            gtin = re.fullmatch(r"https://id\.gs1\.org/01/(\d{14})", uri)
            uri = f"{gtin[1]}/{lot}" if gtin else f"{uri}/lot/{quote(lot, safe='')}" if (
                "://" in uri) else f"{uri}/{lot}"  # fmt: skip
        rows.append({"item": uri, "amount": _amount(number, text(f"{one.name}/{place}/unit"))})
    return rows


def take_photos(desk: Desk) -> list[str]:
    """Keep the photos that came with the form; digests of these and of those sent before."""
    kept = []
    for value in desk.form.getlist("photo"):
        if isinstance(value, str) and value:
            parse_digest(value)
            kept.append(value)
    for sent in desk.form.getlist("photos"):
        if not isinstance(sent, UploadFile) or not sent.filename:
            continue
        body = sent.file.read(MOST_PHOTO + 1)
        if not body:
            continue
        if len(body) > MOST_PHOTO:
            raise Refused("{name} is larger than 20 MB", path="/photos", name=sent.filename[:80])
        kind = (sent.content_type or "").split(";")[0].strip().lower()
        if kind not in _PHOTOS:
            raise Malformed("{name} is no photo", path="/photos", name=sent.filename[:80])
        digest = hashlib.sha256(body).digest()
        desk.node.database.attachments.put(
            Attachment(digest, kind, sent.filename[:200], desk.actor.organisation, body,
                       desk.node.clock.now())
        )  # fmt: skip
        kept.append(digest_text(digest))
    return list(dict.fromkeys(kept))


def photo_members(desk: Desk, digests: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """As an event names them (formats.md §1)."""
    found = []
    for text in digests:
        kept = desk.node.database.attachments.get(parse_digest(text))
        if kept is None or kept.organisation != desk.actor.organisation:
            raise Refused("a photo is not here any more; choose it again", path="/photos")
        found.append(
            {
                "digest": text,
                "mediaType": kept.media_type,
                "size": len(kept.body),
                "name": kept.name,
            }
        )
    return tuple(found)

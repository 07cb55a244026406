"""A form of core/farm as a page's fields, and what was typed into them as values for ``fill``.

Names of inputs are paths of errors (``items/0/amount``), so a summary of errors leads to its field.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile

from suyuan.core.encoding import digest_text, parse_digest
from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.units import UNITS
from suyuan.core.identifiers import product_of
from suyuan.ports.accounts import Attachment
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.telling import Naming, label_of, people, split_amount

MOST_PHOTO = 20 * 1024 * 1024
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/heif"})
_ROWS = 3
_KINDS: Mapping[str, frozenset[str]] = {
    "spraying": frozenset({"pesticide"}),
    "fertilising": frozenset({"fertiliser"}),
    "sowing": frozenset({"seed"}),
    "treating": frozenset({"veterinary"}),
    "immunising": frozenset({"vaccine"}),
    "feeding": frozenset({"feed"}),
}
"""Form → kinds of inputs that it uses (``suyuan:label.kind``)."""
_MADE = frozenset({"harvest", "processing", "packing"})
_OUTSIDE = frozenset({"purchase", "sale_of_input", "returning"})
_OFTEN = frozenset(
    {"day", "area", "items", "inputs", "outputs", "purpose", "member", "work", "method", "subject",
     "item", "value", "result", "number", "type", "observation", "interval"}
)  # fmt: skip
"""Fields that stand open on a page; the others wait under «More» until they are wanted."""
_MOST_CHOICES = 300


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
    many: bool = False
    decimal: bool = False


class Choices:
    """What can be chosen by name: label → id, of products and of lots that were bought or made."""

    def __init__(self, desk: Desk, form: Form, naming: Naming) -> None:
        self.naming = naming
        self.ids: dict[str, str] = {}
        ground = desk.node.books.grounds.of(desk.actor.organisation)
        products = sorted({uri for uri in ground.things.values() if _is_product(uri)})
        masters = desk.node.judge.masters(desk.actor.viewer, products[:_MOST_CHOICES])
        naming.learn(products[:_MOST_CHOICES])
        for uri in products[:_MOST_CHOICES]:
            label = masters.get(uri, {}).get("suyuan:label")
            kind = label.get("kind") if isinstance(label, Mapping) else None
            if _fits(form, kind):
                self.ids.setdefault(naming(uri), uri)
        if form.name in _MADE or any(one.at in ("about", "inputs") for one in form.fields):
            for uri in _lots(desk, form):
                self.ids.setdefault(naming(uri), uri)

    @property
    def labels(self) -> list[str]:
        return list(self.ids)

    def id_of(self, text: str) -> str:
        return self.ids.get(text.strip(), text.strip())

    def label_of(self, uri: str) -> str:
        """The label it is offered by; the name alone could mean something else."""
        for label, known in self.ids.items():
            if known == uri:
                return label
        name = self.naming(uri) if "://" in uri else uri
        self.ids.setdefault(name, uri)
        return name


def _is_product(uri: str) -> bool:
    return bool(re.fullmatch(r"https://id\.gs1\.org/01/\d{14}", uri)) or "/product/" in uri


def _fits(form: Form, kind: Any) -> bool:
    wanted = _KINDS.get(form.name)
    if wanted is not None:
        return kind in wanted or kind is None
    if form.name in _OUTSIDE:
        return kind is not None
    return kind is None


def _lots(desk: Desk, form: Form) -> list[str]:
    """Lots of the newest hundred records that made or brought some, newest first."""
    wanted = {"purchase"} if form.name in _KINDS or form.name in _OUTSIDE else {
        "harvest", "processing", "packing", "receiving"}  # fmt: skip
    query = DeedQuery(desk.actor.organisation, frozenset(wanted), limit=100)
    found: dict[str, None] = {}
    for line in desk.node.books.find(desk.actor.viewer, query).lines:
        deed = line.deed
        if not line.declared:
            for one in deed.about if deed.kind in ("purchase", "receiving") else deed.outputs:
                if product_of(one.id) or "/lot/" in one.id:
                    found.setdefault(one.id)
    return list(found)[:_MOST_CHOICES]


def shown(
    desk: Desk,
    form: Form,
    given: Mapping[str, Any],
    choices: Choices,
    required: frozenset[str],
    *,
    new_lot: str,
) -> tuple[list[Shown], list[Shown]]:
    """The fields that stand open, and those under «More»; season and plots are the page's own."""
    often: list[Shown] = []
    more: list[Shown] = []
    for one in form.fields:
        if one.type in ("season", "plots"):
            continue
        made = _one(desk, one, given.get(one.name), choices, one.name in required)
        if made.has_lot and made.rows and not made.rows[0].item and not made.rows[0].lot:
            made.rows[0].lot = new_lot
        if one.name == "member" and desk.actor.scope("record") == "own":
            continue
        here = one.required or one.name in required or one.name in _OFTEN
        (often if here or one.name in form.any_of else more).append(made)
    return often, more


def _one(desk: Desk, one: Field, raw: Any, choices: Choices, required: bool) -> Shown:
    words = desk.words
    made = Shown(
        one.name, one.type, label_of(one, words), words.said(one.help) if one.help else "",
        one.required or required,
    )  # fmt: skip
    made.units = [(unit, _unit(unit, desk)) for unit in one.units]
    match one.type:
        case "items":
            made.has_lot, made.many = one.at == "outputs", True
            rows = raw if isinstance(raw, list) else []
            for row in rows:
                if isinstance(row, Mapping):
                    made.rows.append(_row(one, row, choices))
            # An empty amount stays one to be filled in: nobody wants to look for it.
            made.rows += [Row(unit=one.units[0] if one.units else "")
                          for _ in range(max(1, _ROWS - len(made.rows)))]  # fmt: skip
        case "area" | "amount":
            number, unit = split_amount(str(raw or ""))
            made.value, made.unit = number, unit or (one.units[0] if one.units else "")
            made.decimal = True
        case "choice":
            made.choices = [("", words("choose")), *((k, words.said(v)) for k, v in
                            one.choices.items())]  # fmt: skip
            made.value = str(raw or "")
        case "party" if one.name == "member":
            made.choices = [("", words("nobody in the register")),
                            *sorted(people(desk).items(), key=lambda pair: pair[1])]  # fmt: skip
            made.value, made.type = str(raw or ""), "choice"
        case "things" | "texts" | "uris":
            texts = raw if isinstance(raw, list) else str(raw or "").splitlines()
            made.value = "\n".join(choices.label_of(str(text)) for text in texts)
            made.many = one.many
        case "party" | "place":
            made.value = choices.label_of(str(raw)) if raw else ""
        case _:
            made.value = str(raw if raw is not None else "")
            made.decimal = one.type in ("number", "count", "money")
    return made


def _row(one: Field, row: Mapping[str, Any], choices: Choices) -> Row:
    item, lot = str(row.get("item") or ""), ""
    product = product_of(item) or item.rpartition("/lot/")[0]
    if one.at == "outputs" and product:
        lot, item = item.rsplit("/", 1)[-1], product
    number, unit = split_amount(str(row.get("amount") or ""))
    usual = one.units[0] if one.units else ""
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
            lines = [line.strip() for line in text(name).splitlines() if line.strip()]
            value = [choices.id_of(line) for line in lines] if one.type == "things" else lines
        elif one.type in ("party", "place"):
            value = choices.id_of(text(name))
        else:
            value = text(name)
        if value:
            found[name] = value
    return found


def _amount(number: str, unit: str) -> str:
    return (
        f"{number} {unit}".strip()
        if number and re.fullmatch(r"[\d.,，．０-９\s]+", number)
        else number
    )


def _items(one: Field, text: Any, choices: Choices) -> list[dict[str, str]]:
    rows = []
    for place in range(200):
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

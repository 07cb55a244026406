"""Sheets that are no records but master data: plots, and the products that are bought, grown and sold.

They are forms too, so that headings, checks and previews are the same; what they become is master data.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from suyuan.core.errors import Refused
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.fill import Ground, Values
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import AREAS, FORMS, MASS, VOLUME
from suyuan.core.farm.units import as_json, exact
from suyuan.core.input_label import INPUT_WORDS, LONGEST, NUTRIENTS, TOXICITY, ingredients_in
from suyuan.core.rules.product import PRODUCTS
from suyuan.core.story_values import Said, objects_of

_NAME = Field("name", "text", Said("What it is called"), "name", required=True)
_ENGLISH = Field("name_en", "text", Said("English name"), "name")
_CODE = Field(
    "code", "text", Said("Code"), "id", help=Said("A GTIN or GLN, or a URI; may stay empty")
)


def _count(name: str, label: Said, at: str, least: int = 0) -> Field:
    return Field(name, "count", label, at, least=Decimal(least), most=Decimal(LONGEST))


_MASTERS = (
    Form(
        "plot_list", "other", Said("List of plots"), "ObjectEvent", (),
        (
            _NAME, _ENGLISH, _CODE,
            Field("area", "area", Said("Area"), "suyuan:area", required=True, units=AREAS),
            Field("village", "text", Said("Village"), "suyuan:village"),
            Field("crop", "text", Said("Crop"), "suyuan:crop"),
            Field("member", "text", Said("Member"), "suyuan:member"),
            Field("phone", "text", Said("Phone"), ""),
            Field("id_number", "text", Said("Identity number"), ""),
            Field("where", "text", Said("Position"), ""),
            Field("latitude", "number", Said("Latitude"), "", least=Decimal(-90),
                  most=Decimal(90)),
            Field("longitude", "number", Said("Longitude"), "", least=Decimal(-180),
                  most=Decimal(180)),
            Field("datum", "text", Said("Datum"), ""),
            Field("within", "place", Said("Lies within"), "suyuan:within"),
        ),
    ),
    Form(
        "product_list", "other", Said("List of products and inputs"), "ObjectEvent", (),
        (
            _NAME, _ENGLISH, _CODE,
            Field("net", "amount", Said("Content of one pack"), "suyuan:netWeight",
                  units=(*VOLUME, *MASS)),
            Field("brand", "text", Said("Brand"), "suyuan:brand"),
            Field("grade", "text", Said("Grade"), "suyuan:grade"),
            Field("shelf_life", "count", Said("Best for so many days"), "suyuan:shelfLifeDays"),
            Field("maker", "text", Said("Maker"), "suyuan:maker"),
            Field("input_kind", "choice", Said("What it is"), "label:kind", choices=INPUT_WORDS),
            Field("registration", "text", Said("Registration number"), "label:registration"),
            Field("ingredient", "text", Said("Active ingredient"), "label:ingredients"),
            Field("toxicity", "choice", Said("How toxic"), "label:toxicity", choices=TOXICITY),
            Field("label_crop", "text", Said("Crop on the label"), "label:crops/crop"),
            _count("interval", Said("Days before harvest"), "label:crops/preHarvestDays"),
            _count("times", Said("Times a season at most"), "label:crops/mostPerSeason", 1),
            _count("gap", Said("Days between two"), "label:crops/minGapDays"),
            Field("animal", "text", Said("Animal on the label"), "label:withdrawal/animal"),
            _count("withdrawal", Said("Withdrawal period in days"), "label:withdrawal/meat"),
            _count("withdrawal_eggs", Said("Days before eggs"), "label:withdrawal/eggs"),
            _count("withdrawal_milk", Said("Days before milk"), "label:withdrawal/milk"),
            *(Field(name, "number", label, f"label:nutrients/{NUTRIENTS[name]}",
                    most=Decimal(100)) for name, label in (
                        ("n", Said("Nitrogen (N), %")), ("p2o5", Said("Phosphate (P₂O₅), %")),
                        ("k2o", Said("Potash (K₂O), %")))),
        ),
    ),
)  # fmt: skip

MASTERS: Mapping[str, Form] = MappingProxyType({form.name: form for form in _MASTERS})
KINDS: Mapping[str, Form] = MappingProxyType({**FORMS, **MASTERS})
"""Everything that a sheet can hold: the records of core.farm.forms, and master data."""


def product_of_row(form: Form, values: Values, ground: Ground) -> dict[str, Any]:
    """The product that a row says. Without a code, the id is made of the name, as the organisation's."""
    name = str(values["name"])
    made: dict[str, Any] = {"id": "", "type": "Product", "name": {"zh": name}}
    if "name_en" in values:
        made["name"]["en"] = values["name_en"]
    code = str(values.get("code", ""))
    made["id"] = coded(code, "01", 14) or ground.id_of("item", code or name)
    made |= members_of(form, values)
    label = _label_of(form, values)
    return made | ({"suyuan:label": label} if label else {})


def _label_of(form: Form, values: Values) -> dict[str, Any]:
    """What a row states of the label: one crop and one animal a row, several rows for several."""
    label: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {"crops": {}, "withdrawal": {}, "nutrients": {}}
    for one in form.fields:
        if one.name in values and one.at.startswith("label:"):
            member, _, part = one.at.removeprefix("label:").partition("/")
            value: Any = values[one.name]
            if part:
                parts[member][part] = value
            else:
                label[member] = ingredients_in(value) if member == "ingredients" else value
    crop, animal = parts["crops"], parts["withdrawal"]
    for row, first, field in ((crop, "crop", "label_crop"), (animal, "animal", "animal")):
        if row and first not in row:
            raise Refused("say of what this is", path=f"/{field}")
    if crop:
        label["crops"] = [crop]
    if animal:
        label["withdrawal"] = [
            {"animal": animal["animal"], "product": product, "days": animal[product]}
            for product in PRODUCTS
            if product in animal
        ]
    if parts["nutrients"]:
        label["nutrients"] = {
            name: as_json(exact(part / 100, str(part))) for name, part in parts["nutrients"].items()
        }
    return label


def merged(there: Mapping[str, Any], product: Mapping[str, Any]) -> dict[str, Any]:
    """A product on record with what a row says of it: crops and animals beside those that are known."""
    before, added = there.get("suyuan:label"), product.get("suyuan:label")
    if not isinstance(before, Mapping) or not isinstance(added, Mapping):
        return {**there, **product}
    label = {**before, **added}
    for member, by in (("crops", ("crop",)), ("withdrawal", ("animal", "product"))):
        rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in (*objects_of(before.get(member)), *objects_of(added.get(member))):
            key = tuple(row.get(name) for name in by)
            rows[key] = {**rows.get(key, {}), **row}
        if rows:
            label[member] = list(rows.values())
    nutrients = {**(before.get("nutrients") or {}), **(added.get("nutrients") or {})}
    if nutrients:
        label["nutrients"] = nutrients
    return {**there, **product, "suyuan:label": label}


def coded(code: str, key: str, length: int) -> str:
    """The id that a code is by itself: a GS1 key, or a URI; empty for a number of somebody's own."""
    if code.isascii() and code.isdigit() and len(code) <= length:
        return f"https://id.gs1.org/{key}/{code.zfill(length)}"
    return code if ":" in code else ""


def members_of(form: Form, values: Values) -> dict[str, Any]:
    """The members of our own vocabulary, as they are recorded."""
    return {
        one.at: _member(one, values[one.name])
        for one in form.fields
        if one.name in values and one.at.startswith("suyuan:")
    }


def _member(one: Field, value: Any) -> Any:
    if isinstance(value, Amount):
        unit = "unit" if value.unit == "亩" else "uom"
        return {"value": as_json(value.value), unit: value.unit}
    return {"zh": value} if one.name in ("village", "brand", "grade") else value

"""Sheets that are no records but master data: plots, and the products that are bought, grown and sold.

They are forms too, so that headings, checks and previews are the same; what they become is master data.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from suyuan.core.farm.deed import Amount
from suyuan.core.farm.fill import Ground, Values
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import AREAS, FORMS, MASS, VOLUME
from suyuan.core.farm.units import as_json
from suyuan.core.story_values import Said

_NAME = Field("name", "text", Said("What it is called"), "name", required=True)
_ENGLISH = Field("name_en", "text", Said("English name"), "name")
_CODE = Field(
    "code", "text", Said("Code"), "id", help=Said("A GTIN or GLN, or a URI; may stay empty")
)

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
            Field("registration", "text", Said("Registration number"), "suyuan:registration"),
            Field("ingredient", "text", Said("Active ingredient"), "suyuan:ingredient"),
            Field("maker", "text", Said("Maker"), "suyuan:maker"),
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
    return made | members_of(form, values)


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

"""A row of a list of plots: the private master data that it is, and whose plot it says it is.

Where a plot lies and who works it is private (docs/decisions/0012): a row becomes a ``Plot``, its
member the URI of a person of the register. Names, phones and identity numbers are only looked up, never
recorded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from suyuan.core.errors import Malformed, NotFound, Refused
from suyuan.core.farm.fill import Values
from suyuan.core.farm.form import Form
from suyuan.core.master.settle import GCJ02, WGS84
from suyuan.core.people import Details, phone_of
from suyuan.core.plot_form import where_of
from suyuan.core.sheets.masters import members_of
from suyuan.core.story_values import names_of

_DATUMS = {
    **dict.fromkeys(("WGS84", "WGS-84"), WGS84),
    **dict.fromkeys(("CGCS2000", "2000国家大地坐标系", "国家2000"), "CGCS2000"),
    **dict.fromkeys((*GCJ02, "国测局坐标", "火星坐标"), "GCJ-02"),
}
_LIES = ("suyuan:outline", "suyuan:position")
_TEXTS = ("name", "suyuan:village", "suyuan:crop")


def plot_of_row(form: Form, values: Values) -> dict[str, Any]:
    """The plot without its id and its member; Refused with the field as path."""
    made: dict[str, Any] = {"type": "Plot", "name": str(values["name"])}
    if "name_en" in values:
        made["name"] = {"zh": made["name"], "en": values["name_en"]}
    told = members_of(form, values)
    told.pop("suyuan:member", None)
    village = told.get("suyuan:village")
    if village is not None:
        told["suyuan:village"] = village["zh"]
    return made | told | _lies(values)


def _lies(values: Values) -> dict[str, Any]:
    """Outline or position: corners or GeoJSON in one cell, or a latitude and a longitude."""
    place, field = str(values.get("where", "")), "where"
    if not place and ("latitude" in values or "longitude" in values):
        for name in ("latitude", "longitude"):
            if name not in values:
                raise Refused("this is missing", path=f"/{name}")
        place, field = f"{values['latitude']:f}, {values['longitude']:f}", "latitude"
    datum = str(values.get("datum", "")).strip()
    try:
        return where_of({"place": place, "datum": _DATUMS.get(datum.upper(), datum)})
    except Refused as problem:
        problem.path = "/datum" if problem.path == "/datum" else f"/{field}"
        raise


def worked_by(values: Values, people: Iterable[tuple[str, Details]]) -> str | None:
    """URI of the one person of the register whom a row means, by name, phone and identity number, as
    many of these as it gives; None where it names nobody.

    NotFound or Refused, with the field as path, where it is nobody there or not one alone.
    """
    asked = [name for name in ("member", "phone", "id_number") if name in values]
    found = list(people) if asked else []
    for name in asked:
        text = " ".join(unicodedata.normalize("NFKC", str(values[name])).split())
        found = [one for one in found if _fits(name, text, *one)]
        if not found:
            raise NotFound("this member is not in the register", path=f"/{name}")
    if len(found) > 1:
        raise Malformed(
            "{count} members are called so: give the phone or the identity number too",
            path=f"/{asked[0]}",
            count=len(found),
        )
    return found[0][0] if found else None


def _fits(field: str, text: str, uri: str, details: Details) -> bool:
    """A column headed 'member' may hold any of what the register knows a person by."""
    number, phone = text.upper(), phone_of(text)
    by_phone = phone is not None and phone == details.phone
    by_number = bool(number) and number == details.id_number
    if field == "phone":
        return by_phone
    if field == "id_number":
        return by_number
    return text in (details.name, uri) or by_phone or by_number


def on_record(known: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """What is on record of a plot with what a row says of it: the rest stays, a name in two languages
    too where the row says the same."""
    lies = any(name in row for name in _LIES)
    made = {n: value for n, value in known.items() if not (lies and n in _LIES)} | dict(row)
    for name in _TEXTS:
        said, before = row.get(name), names_of(known.get(name))
        if isinstance(said, str) and before is not None and said == before.zh:
            made[name] = known[name]
    return made


__all__ = ["on_record", "plot_of_row", "worked_by"]

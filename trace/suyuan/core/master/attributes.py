"""Attributes of master data by the names that EPCIS queries have for them (EPCIS 2.0 §8.2.7.1).

A name is a member of the record as it stands (``name``, ``suyuan:grade``), a term of the GS1 Web
Vocabulary that our JSON-LD says the same with, or an attribute of CBV 2.0 (``urn:epcglobal:cbv:mda#…``).
docs/queries.md has the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from suyuan.core.digital_link import parse_dl
from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.reading_events import VOC, full_name
from suyuan.core.master.jsonld import as_json_ld

Values: TypeAlias = tuple[Any, ...]
"""Texts, numbers and truth values; () where something is there that cannot be compared."""

MDA = "{urn:epcglobal:cbv:mda}"
_GS1 = f"{{{VOC}}}"
_MOST_VALUES = 100
_CBV = {
    "name": f"{_GS1}physicalLocationName",
    "descriptionShort": f"{_GS1}productName",
    "streetAddressOne": f"{_GS1}streetAddress",
}
"""Attributes of CBV 2.0 §9 whose meaning is that of a term of the Web Vocabulary."""


def attributes_of(master: Mapping[str, Any]) -> dict[str, Values]:
    """All attributes that are not null: ``{namespace}local``, or a bare name, → values."""
    names = Namespaces(master.get("@context"))
    found: dict[str, Values] = {}
    for name, value in master.items():
        if value is not None:
            full = full_name(names, name) if ":" in name else name
            found[full] = tuple(_scalars(value))[:_MOST_VALUES]
    if isinstance(master.get("id"), str) and isinstance(master.get("type"), str):
        for name, value in _terms(as_json_ld(master, "")):
            found.setdefault(_GS1 + name, tuple(_scalars(value)))
        for name, value in _of_the_cbv(master, found):
            found.setdefault(MDA + name, value)
    return found


def _of_the_cbv(
    master: Mapping[str, Any], found: Mapping[str, Values]
) -> Iterator[tuple[str, Values]]:
    for name, term in _CBV.items():
        if term in found:
            yield name, found[term]
    if master["type"] == "Organization" and f"{_GS1}organizationName" in found:
        yield "name", found[f"{_GS1}organizationName"]
    link = parse_dl(master["id"])
    if link is not None and link.key == "414":
        yield "site", (link.value,)
    if "{suyuan:}country" in found:
        of_product = master["type"] == "Product"
        yield "countryOfOrigin" if of_product else "countryCode", found["{suyuan:}country"]
    position = master.get("suyuan:position")
    if isinstance(position, Mapping):
        for name, member in (("latitude", "lat"), ("longitude", "lon")):
            if member in position:
                yield name, tuple(_scalars(position[member]))


def _terms(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The terms of the Web Vocabulary in our JSON-LD, those within others too."""
    for name, value in told.items():
        if name.startswith("gs1:"):
            yield name.removeprefix("gs1:"), value
            if isinstance(value, Mapping) and value.get("@type") != "gs1:QuantitativeValue":
                yield from _terms(value)


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, (str, int, float)):
        yield value
    elif isinstance(value, list):
        for item in value:
            if not isinstance(item, list):
                yield from _scalars(item)
    elif isinstance(value, Mapping):
        texts = [value[name] for name in ("zh", "en") if name in value]
        held = [value[name] for name in ("@value", "@id", "gs1:value", "value") if name in value]
        for one in texts or held[:1]:
            if not isinstance(one, list):
                yield from _scalars(one)

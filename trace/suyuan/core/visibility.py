"""Who sees what: the one table that the API, the pages and the bundles follow.

The table itself, with reasons, is docs/decisions/0005-who-sees-what.md; a test compares the two.
A record is either shown or hidden as a whole (its entry and link always stay); private fields of a
shown event are shown or left as digests one by one. What the table does not name is private.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.core.whereabouts import whereabouts

Audience = Literal["public", "partner", "regulator", "own", "administrator"]

PUBLIC_MASTER_TYPES = frozenset(
    {"Product", "Organization", "Place", "Brand", "suyuan:RuleTable", "suyuan:CropTemplate"}
)

RECORD_AUDIENCES: Mapping[str, frozenset[Audience]] = {
    "key": frozenset({"public", "partner", "regulator", "own", "administrator"}),
    "master": frozenset({"public", "partner", "regulator", "own", "administrator"}),
    "master-other": frozenset({"regulator", "own", "administrator"}),
    "erasure": frozenset({"public", "partner", "regulator", "own", "administrator"}),
    "production": frozenset({"public", "partner", "regulator", "own", "administrator"}),
    "trade": frozenset({"partner", "regulator", "own", "administrator"}),
}
"""Record class → audiences that get its content."""

_TRADE: frozenset[Audience] = frozenset({"partner", "regulator", "own", "administrator"})
_PERSONAL: frozenset[Audience] = frozenset({"regulator", "own", "administrator"})

FIELD_AUDIENCES: Mapping[str, frozenset[Audience]] = {
    "suyuan:price": _TRADE,
    "suyuan:amount": _TRADE,
    "suyuan:buyer": _TRADE,
    "suyuan:seller": _TRADE,
    "suyuan:invoice": _TRADE,
    "suyuan:person": _PERSONAL,
    "suyuan:operator": _PERSONAL,
    "suyuan:recordedBy": _PERSONAL,
    "suyuan:phone": _PERSONAL,
    "suyuan:idNumber": _PERSONAL,
    "suyuan:address": _PERSONAL,
    "suyuan:position": _PERSONAL,
}
"""Names that are always taken out into private fields at capture → who gets their disclosure."""

OTHER_FIELDS = _PERSONAL
"""Audiences of a private field that was made private by request and is not in the table."""

_TRADE_STEPS = frozenset({"shipping", "retail_selling"})
_QUANTITIES = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. ``county`` is the regulator's area: a GB/T 2260 code, or a province's or city's."""

    organisation: str | None = None
    role: str | None = None
    county: str | None = None

    @property
    def is_administrator(self) -> bool:
        return self.role == "administrator"


PUBLIC = Viewer()


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What decides about one record: its class, the signer's organisation and county, who is named."""

    record_class: str
    owner: str
    county: str
    parties: frozenset[str]


def covers(area: str | None, county: str) -> bool:
    """Whether a regulator of ``area`` is responsible for ``county`` (330000 covers 330112)."""
    if not area or not county:
        return False
    if area.endswith("0000"):
        return county.startswith(area[:2])
    return county.startswith(area[:4] if area.endswith("00") else area)


def record_class(kind: str, value: Mapping[str, Any]) -> str:
    """Class of a record in the table: what is sold or handed to somebody by quantity is trade.

    However it is said: with a lot or without one, with a temperature beside it, as an aggregation's
    content. What an event makes or observes by quantity is production.
    """
    if kind == "master":
        public = value.get("type") in PUBLIC_MASTER_TYPES and not any(whereabouts(value))
        return "master" if public else "master-other"
    if kind != "event":
        return kind
    if not any(value.get(member) for member in _QUANTITIES):
        return "production"
    step = re.split("[:/-]", str(value.get("bizStep", "")).lower())[-1]
    named = value.get("sourceList") or value.get("destinationList")
    return "trade" if step in _TRADE_STEPS or named else "production"


def parties_of(value: Mapping[str, Any]) -> frozenset[str]:
    """Organisations that an event names as source or destination."""
    named: set[str] = set()
    for member, key in (("sourceList", "source"), ("destinationList", "destination")):
        items = value.get(member)
        if isinstance(items, list):
            named.update(
                item[key]
                for item in items
                if isinstance(item, dict) and isinstance(item.get(key), str)
            )
    return frozenset(named)


def audiences(viewer: Viewer, facts: RecordFacts) -> set[Audience]:
    """All the table's columns that this viewer stands in for this record."""
    found: set[Audience] = {"public"}
    if viewer.is_administrator:
        found.add("administrator")
    if viewer.organisation is not None:
        if viewer.organisation == facts.owner:
            found.add("own")
        if viewer.organisation in facts.parties:
            found.add("partner")
    if viewer.role == "regulator" and covers(viewer.county, facts.county):
        found.add("regulator")
    return found


def sees_record(viewer: Viewer, facts: RecordFacts) -> bool:
    """Whether the content is handed to this viewer, or the record is shown as hidden."""
    return not RECORD_AUDIENCES[facts.record_class].isdisjoint(audiences(viewer, facts))


def sees_field(viewer: Viewer, facts: RecordFacts, name: str) -> bool:
    """Whether the disclosure of a private field of this name is handed to this viewer."""
    return not FIELD_AUDIENCES.get(name, OTHER_FIELDS).isdisjoint(audiences(viewer, facts))


_ALL_FIELDS = OTHER_FIELDS.intersection(*FIELD_AUDIENCES.values())


def sees_all_fields(viewer: Viewer, facts: RecordFacts) -> bool:
    """Whether every disclosure is handed to this viewer, whatever its name."""
    return not _ALL_FIELDS.isdisjoint(audiences(viewer, facts))


_OWN_ALL = "own" in _ALL_FIELDS and all("own" in seen for seen in RECORD_AUDIENCES.values())


def sees_all_of(viewer: Viewer, owner: str) -> bool:
    """Whether the viewer gets whatever this organisation recorded, with every field: by the table, who
    signed it does."""
    return _OWN_ALL and viewer.organisation == owner


_NAMED = re.compile("|".join(f'"{re.escape(name)}":' for name in FIELD_AUDIENCES).encode())


def names_private(canonical: bytes) -> bool:
    """Whether an event's JCS form may hold a member that the table makes private: a quick first look."""
    return _NAMED.search(canonical) is not None


def private_pointers(event: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Pointers of the members that the table makes private, and of those stuck within arrays.

    Fields within an array cannot be taken out (formats.md §2); capture refuses them by name.
    """
    found: list[str] = []
    stuck: list[str] = []
    stack: list[tuple[str, Any, bool]] = [("", event, False)]
    while stack:
        pointer, value, in_array = stack.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                here = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
                if name in FIELD_AUDIENCES:
                    (stuck if in_array else found).append(here)
                elif isinstance(inner, (dict, list)):
                    stack.append((here, inner, in_array))
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                if isinstance(inner, (dict, list)):
                    stack.append((f"{pointer}/{number}", inner, True))
    return sorted(found), sorted(stuck)

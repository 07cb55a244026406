"""What a form is: the fields that one kind of record asks for, and where each stands in the event.

Pages, the import of tables, the command line and the API all ask by these; words are keys of the
catalogue. ``at`` of a field is its place in the event:

    season, plots, area, place, to         where (season: transformationID, else an EPC that is observed)
    of_plots                               plots, where the form asks for a place too
    inputs, outputs, about, children, used things with amounts, list by list (used: of an ObjectEvent)
    parent, source, destination            as EPCIS names them
    purchase, certificates                 bizTransactionList, certificationInfo
    sensor                                 minimum, maximum and mean of a temperature
    step                                   the business step
    voc:<member>[/<member>]                a member of our own vocabulary
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

from suyuan.core.farm.deed import Kind
from suyuan.core.story_values import Said

FieldType = Literal[
    "day",
    "time",
    "season",
    "plots",
    "area",
    "items",
    "things",
    "amount",
    "number",
    "count",
    "money",
    "text",
    "texts",
    "choice",
    "place",
    "party",
    "uris",
]
"""``items`` are things each with an amount, ``things`` have none; ``amount`` stands alone."""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``units`` are those offered, the usual one first (words of core.farm.units)."""

    name: str
    type: FieldType
    label: Said
    at: str
    required: bool = False
    units: tuple[str, ...] = ()
    choices: Mapping[str, Said] = field(default_factory=lambda: MappingProxyType({}))
    help: Said | None = None
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    many: bool = True
    """Whether ``items`` and ``things`` may be more than one."""
    private: bool = False
    """Made a private field on request (formats.md §2): free words may name a person."""
    unless: tuple[str, str] | None = None
    """Another field and its value with which nothing is asked here, whatever a template asks for."""


@dataclass(frozen=True, slots=True)
class Form:
    """What one kind of record asks for, and the event it becomes."""

    name: str
    kind: Kind
    label: Said
    type: Literal["ObjectEvent", "TransformationEvent", "AggregationEvent"]
    steps: tuple[str, ...]
    """Business steps: of the CBV, else of our own vocabulary. More than one: a field asks which."""
    fields: tuple[Field, ...]
    action: str = "OBSERVE"
    disposition: str | None = None
    help: Said | None = None
    any_of: tuple[str, ...] = ()
    """Fields of which one at least has to be filled."""

    def field(self, name: str) -> Field | None:
        """The field of this name."""
        return next((one for one in self.fields if one.name == name), None)

    def fits(self, event: Mapping[str, Any], step: str) -> bool:
        """Whether an event that says it was entered with this form can have been."""
        return event.get("type") == self.type and step in self.steps


@dataclass(frozen=True, slots=True)
class Bound:
    """More than this in one record is taken for a slip of the pen; the reason names the ``value``."""

    most: Decimal
    unit: str
    since: date
    reason: Said


EDITION = date(2026, 11, 26)
BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "mass": Bound(Decimal(1_000_000), "KGM", EDITION, Said(
            "{value} is more than 1,000 t in one record: no cooperative moves that at once; "
            "check the number and the unit")),
        "volume": Bound(Decimal(10_000), "MTQ", EDITION, Said(
            "{value} is more than 10,000 m³ in one record; check the number and the unit")),
        "area": Bound(Decimal(66_666_667), "MTK", EDITION, Said(
            "{value} is more than 100,000 mu in one record: that is a whole county's; check the number "
            "and the unit")),
        "count": Bound(Decimal(10_000_000), "H87", EDITION, Said(
            "{value} is more than ten million pieces in one record; check the number and the unit")),
    }
)  # fmt: skip
"""By dimension. These are no rules of agronomy (quotas and ceilings are dated tables elsewhere)."""

EARLIEST = date(1950, 1, 1)
"""Orchards are older than any book kept here, but what is entered earlier than this is a slip."""

__all__ = ["BOUNDS", "EARLIEST", "EDITION", "Bound", "Field", "FieldType", "Form"]

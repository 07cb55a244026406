"""A deed: what one farm record says was done, in the terms of design/domain.md, not of EPCIS.

The books, the rules and the balances reason about deeds. ``core.farm.read`` makes them from events as
stored, ``core.farm.write`` makes the events; what a record does not say is None here, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, get_args

Kind = Literal[
    "purchase",
    "sale_of_input",
    "sowing",
    "stocking",
    "applying",
    "feeding",
    "field_work",
    "irrigating",
    "inspecting",
    "growing",
    "immunising",
    "head_count",
    "returning",
    "destroying",
    "harvest",
    "processing",
    "test",
    "certificate",
    "release",
    "check_in",
    "packing",
    "boxing",
    "storing",
    "shipping",
    "receiving",
    "temperature",
    "selling",
    "holding",
    "recall",
    "correction",
    "override",
    "inspection",
    "stock_count",
    "other",
]
"""What kind of record it is. ``sale_of_input`` is a dealer's, ``selling`` a harvest's; ``inspecting`` is
a look at the crop, ``inspection`` a regulator's act; ``processing`` has the step beside it."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Amount:
    """How much, in the unit of the event (UN/CEFACT code), and as it was said: ``30 斤``."""

    value: Decimal
    unit: str
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a record: an object id (lot, animal, season) or a class, and how much of it."""

    id: str
    amount: Amount | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """One record, read. Dates are of the event's own time zone (rule 11)."""

    index: int | None
    """Its record; None for one that is not filed yet."""
    kind: Kind
    step: str
    """The bizStep's bare word."""
    day: date
    time: str
    """eventTime in UTC, as it sorts."""
    recorded: str | None
    """recordTime of its entry, UTC; None for one that is not filed yet."""
    organisation: str
    """Who signed."""
    event: Mapping[str, Any] = field(hash=False)
    """The event as given; private fields are there only where the reader may see them."""
    season: str | None = None
    plots: tuple[str, ...] = ()
    area: Amount | None = None
    """In MTK (square metres); as it was said beside it."""
    inputs: tuple[Item, ...] = ()
    """What went in or was used up."""
    outputs: tuple[Item, ...] = ()
    """What came out or came to be."""
    about: tuple[Item, ...] = ()
    """What it speaks of without changing it."""
    source: str | None = None
    destination: str | None = None
    corrects: str | None = None
    """eventID of the record that this one declares an error."""
    stated: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Members of our own vocabulary, without their prefix: ``purpose``, ``preHarvestInterval`` …"""
    form: str | None = None
    """Name of the form it was entered with (core.farm.forms): ``spraying`` says more than its kind."""
    place: str | None = None
    """readPoint, else bizLocation: a store, a workshop, or the first of the plots."""
    event_id: str | None = None
    """eventID, where the event has one: by it a correction names the record."""


__all__ = ["KINDS", "Amount", "Deed", "Item", "Kind"]

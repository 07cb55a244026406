"""Amounts that cannot be: what is refused of one event before it is recorded.

No rule of agronomy: the rules of farming (core.rules) judge what is possible and unlikely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Refused
from suyuan.core.farm.form import BOUNDS
from suyuan.core.farm.units import dimension_of
from suyuan.core.lineage.amounts import Total, total
from suyuan.core.lineage.flows import Flow, Way, amount_of
from suyuan.core.story_steps import step_of

Ratio = Callable[[Mapping[str, Any], str], Decimal | None]
"""(event, step) → mass out / mass in, at most, by the templates that can be meant; None: none says."""

_LISTS = ("quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList")
_DIVIDING = frozenset({"splitting", "grading", "blending", "disassembling"})
"""Steps that add nothing: whatever is counted or weighed, no more comes out than went in."""
_PACKING = frozenset({"packing", "repackaging"})
"""A hundred kilograms may become four hundred packs; their mass stays."""


def impossible_amounts(event: Mapping[str, Any]) -> Iterator[Refused]:
    """Every amount of an event that cannot be, at its JSON pointer: below zero, beyond all bounds."""
    for name in _LISTS:
        items = event.get(name)
        for number, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict) and (problem := _amount(item)) is not None:
                yield problem.at(f"/{name}/{number}/quantity")


def _amount(item: Mapping[str, Any]) -> Refused | None:
    amount, unit = amount_of(item)
    if amount is None or unit is None:
        return None
    value = Decimal(amount)
    if value < 0:
        return Refused("{value} is below zero", value=amount)
    dimension = dimension_of(unit)
    bound = BOUNDS.get(dimension) if dimension is not None else None
    if bound is not None:
        based, base = in_base_unit(value, unit)
        most, own = in_base_unit(bound.most, bound.unit)
        if base == own and based > most:
            template = bound.reason.template
            return Refused(template, value=f"{amount} {unit}")
    return None


def more_than_taken(
    event: Mapping[str, Any], lines: Iterable[Flow], ratio: Ratio | None
) -> Refused | None:
    """Why a step of this event that adds nothing gives more than it takes; None where it does not, or
    where amounts are not known or do not convert. ``lines`` are the event's."""
    if event.get("type") != "TransformationEvent":
        return None
    step = step_of(event)
    # Where a transformationID joins several events, other records may say what else went in.
    if step not in _DIVIDING | _PACKING or "transformationID" in event:
        return None
    known = list(lines)
    put, got = _sum(known, Way.USED), _sum(known, Way.MADE)
    taken, unit = put.value, put.unit
    given = got.of(unit) if unit is not None else None
    if taken is None or given is None or given <= taken or unit is None:
        return None
    if step in _PACKING and unit != "KGM":
        return None
    most = (ratio(event, step) if ratio is not None else None) or Decimal(1)
    if given <= taken * max(most, Decimal(1)):
        return None
    return Refused(
        "{put} went in and {got} came out: this step can give no more than it takes",
        path="/outputQuantityList",
        put=_said(taken, unit),
        got=_said(given, unit),
    )


_WORDS = {"KGM": "kg", "MTQ": "m³", "MTK": "m²", "C62": ""}


def _said(value: Decimal, unit: str) -> str:
    return f"{value.normalize():f} {_WORDS.get(unit, unit)}".rstrip()


def _sum(lines: Iterable[Flow], way: Way) -> Total:
    return total(line for line in lines if line.way is way)


__all__ = ["Ratio", "impossible_amounts", "more_than_taken"]

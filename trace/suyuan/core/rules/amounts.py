"""Amounts that rules add up: masses, heads, areas."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.units import mu
from suyuan.core.rules.case import Case
from suyuan.core.rules.tables import decimal_of


def in_base(amount: Amount | None) -> tuple[Decimal, str] | None:
    """An amount in its dimension's base unit (KGM, MTQ, C62 …), and that unit."""
    return None if amount is None else in_base_unit(amount.value, amount.unit)


def kilograms(amount: Amount | None) -> Decimal | None:
    """A mass in kg; None where the unit is none of a mass."""
    based = in_base(amount)
    return based[0] if based is not None and based[1] == "KGM" else None


def heads(items: Iterable[Item]) -> Decimal:
    """How many animals: those that are counted, and those that are named one by one."""
    total = Decimal(0)
    for item in items:
        based = in_base(item.amount)
        if based is None:
            total += 1
        elif based[1] == "C62":
            total += based[0]
    return total


def mass(case: Case, items: Iterable[Item]) -> Decimal | None:
    """Mass of all of these in kg; packs count by the net weight of their product. None: not known."""
    total = Decimal(0)
    for item in items:
        one = kilograms(item.amount)
        if one is None:
            net = net_weight(case, item.id)
            based = in_base(item.amount) or (Decimal(1), "C62")
            if net is None or based[1] != "C62":
                return None
            one = net * based[0]
        total += one
    return total


def net_weight(case: Case, name: str) -> Decimal | None:
    """Net weight of one pack of a product in kg, by its master data."""
    net = case.master(name).get("suyuan:netWeight")
    if not isinstance(net, dict) or not isinstance(net.get("uom"), str):
        return None
    value = decimal_of(net.get("value"))
    return None if value is None else kilograms(Amount(value, net["uom"]))


def area_of_season(case: Case, season: str, deeds: Iterable[Deed]) -> Decimal | None:
    """Area of a season in mu: of its master data, else of its plots'; else the widest that was worked.

    None where nobody states one.
    """
    own = area_in_mu(case.masters.get(season, {}).get("suyuan:area"))
    if own is not None:
        return own
    known = list(deeds)
    plots = {plot for deed in known for plot in deed.plots}
    areas = [area_in_mu(case.masters.get(plot, {}).get("suyuan:area")) for plot in sorted(plots)]
    if areas and all(area is not None for area in areas):
        return sum((area for area in areas if area is not None), Decimal(0))
    worked: dict[str, Decimal] = {}
    for deed in known:
        if deed.area is not None and (found := mu(deed.area)) is not None:
            place = ",".join(sorted(deed.plots))
            worked[place] = max(found, worked.get(place, Decimal(0)))
    together = "," in "".join(worked)
    if not worked:
        return None
    return max(worked.values()) if together else sum(worked.values(), Decimal(0))


def area_in_mu(value: object) -> Decimal | None:
    """``{"value": 6.5, "unit": "亩"}`` of master data."""
    if not isinstance(value, dict):
        return None
    number, unit = decimal_of(value.get("value")), value.get("unit", value.get("uom"))
    if number is None or number <= 0 or not isinstance(unit, str):
        return None
    return mu(Amount(number, unit))


__all__ = ["area_in_mu", "area_of_season", "heads", "in_base", "kilograms", "mass", "net_weight"]

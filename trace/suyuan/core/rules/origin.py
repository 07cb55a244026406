"""Rule 10: geographical indication. The plots lie in the area; the authorisation held on that day.

A product names its indication (``suyuan:indication``: id of a Brand). The Brand's master data have
``suyuan:boundary`` (WKT) or ``suyuan:counties`` (GB/T 2260), and ``suyuan:authorisations``: who,
which products, area, volume, from, to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.amounts import kilograms, mass
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Basis, Finding, finding
from suyuan.core.rules.shapes import Point, area_of_wkt, inside, points_of
from suyuan.core.rules.tables import decimal_of, same_county
from suyuan.core.story_values import Names, Quantity, Said, day_of, objects_of

RULE = 10


@dataclass(frozen=True, slots=True)
class Grant:
    """One authorisation of a brand."""

    values: Mapping[str, Any]
    since: date | None
    until: date | None


def indication_of(case: Case, product: str) -> str | None:
    """The Brand whose area a product's plots have to lie in."""
    named = case.master(product).get("suyuan:indication")
    return named if isinstance(named, str) else None


def authorisations(case: Case, product: str, organisation: str, day: date) -> list[Grant]:
    """What the product's brand granted the organisation for it on a day."""
    brand = indication_of(case, product)
    given = case.masters.get(brand or "", {}).get("suyuan:authorisations")
    found = []
    for one in objects_of(given):
        grant = Grant(one, day_of(one.get("from")), day_of(one.get("to")))
        products = one.get("products")
        if (
            one.get("organisation") == organisation
            and (not isinstance(products, list) or product in products)
            and (grant.since is None or grant.since <= day)
            and (grant.until is None or day <= grant.until)
        ):
            found.append(grant)
    return found


def origins(case: Case) -> Iterator[Finding]:
    """Everything made of a product with an indication: its plots and the right to the name."""
    made: dict[tuple[str, str], list[Deed]] = {}
    for deed in case.deeds:
        for item in deed.outputs if deed.kind in ("processing", "packing", "harvest") else ():
            product = product_of(item.id) or item.id
            if indication_of(case, product) is not None:
                made.setdefault((product, deed.organisation), []).append(deed)
    for (product, organisation), deeds in made.items():
        yield from _authorised(case, product, organisation, deeds)
        brand = indication_of(case, product) or ""
        plots = {
            plot: deed
            for one in deeds
            for item in one.outputs
            for deed in case.behind(item.id).deeds
            for plot in deed.plots
        }
        for plot in sorted(plots):
            yield _plot(case, brand, plot, plots[plot])


def _authorised(
    case: Case, product: str, organisation: str, deeds: list[Deed]
) -> Iterator[Finding]:
    brand = indication_of(case, product) or ""
    name, basis = case.called(brand), Basis(Names("品牌授权", "authorisation by the brand's owner"))
    for deed in deeds:
        granted = authorisations(case, product, organisation, deed.day)
        if not granted:
            yield finding(
                RULE, "authorisation", "block",
                Said("{name}: {who} had no authorisation for this product on {day}",
                     name=name, who=case.called(organisation), day=deed.day),
                product, [deed], basis=basis,
            )  # fmt: skip
            return
    volume = _volume(granted[-1].values.get("volume"))
    got = mass(case, [i for d in deeds for i in d.outputs if (product_of(i.id) or i.id) == product])
    if volume is None or got is None:
        yield finding(
            RULE, "authorisation", "pass",
            Said("{name}: authorised; a volume is not stated", name=name), product, deeds, basis=basis,
        )  # fmt: skip
        return
    yield finding(
        RULE, "authorisation", "pass" if got <= volume else "block",
        Said("{name}: {got} made, {volume} authorised", name=name,
             got=Quantity(float(got), "KGM"), volume=Quantity(float(volume), "KGM")),
        product, deeds, basis=basis, made=got, authorised=volume,
    )  # fmt: skip


def plot_in_area(case: Case, brand: str, plot: str) -> bool | None:
    """Whether a plot lies in the area of a brand; None where one of the two is not stated."""
    area, place = case.masters.get(brand, {}), case.masters.get(plot, {})
    boundary = area_of_wkt(area.get("suyuan:boundary"))
    corners = list(_corners(case, place))
    if boundary is not None and corners:
        return all(inside(corner, boundary) for corner in corners)
    counties, county = area.get("suyuan:counties"), place.get("suyuan:county")
    if isinstance(counties, list) and isinstance(county, Mapping):
        return any(same_county(case.tables, str(county.get("code")), str(one)) for one in counties)
    return None


def _plot(case: Case, brand: str, plot: str, deed: Deed) -> Finding:
    name, called = case.called(brand), case.called(plot)
    within = plot_in_area(case, brand, plot)
    if within is None:
        text = Said(
            "{plot}: it is not stated whether it lies in the area of {name}", plot=called, name=name
        )
        return finding(RULE, "area", "unknown", text, plot, [deed])
    text = (
        Said("{plot} lies in the area of {name}", plot=called, name=name)
        if within
        else Said("{plot} lies outside the area of {name}", plot=called, name=name)
    )
    return finding(RULE, "area", "pass" if within else "block", text, plot, [deed])


def _corners(case: Case, place: Mapping[str, Any]) -> Iterator[Point]:
    """Of the place, and of the plots it names: where these lie stands in records of their own."""
    plots = place.get("suyuan:plots")
    for name in plots if isinstance(plots, list) else ():
        plot = case.masters.get(name) if isinstance(name, str) else name
        if isinstance(plot, Mapping):
            yield from points_of(plot.get("suyuan:outline"), plot.get("suyuan:position"))
    yield from points_of(place.get("suyuan:outline"), place.get("suyuan:position"))


def _volume(value: object) -> Decimal | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("uom"), str):
        return None
    number = decimal_of(value.get("value"))
    return None if number is None else kilograms(Amount(number, value["uom"]))


__all__ = ["Grant", "authorisations", "indication_of", "origins", "plot_in_area"]

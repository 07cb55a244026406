"""Rule 6: what was harvested, and the codes issued for it, against area × yield ceiling × ratio.

Tea of a famous hill: 500 t grow, 100,000 t are on sale. Above the ceiling warns and asks for a reason;
codes that came back unused, and ranges that were voided, do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from suyuan.core.brand.ceiling import each_of
from suyuan.core.brand.codes import counted
from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.amounts import area_in_mu, area_of_season, mass, net_weight
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.origin import authorisations
from suyuan.core.rules.tables import decimal_of
from suyuan.core.rules.template import Template
from suyuan.core.story_values import Quantity, Said

RULE = 6


def yields(case: Case) -> Iterator[Finding]:
    """Every season that was harvested, and every authorised product that codes were issued for."""
    for season, deeds in case.seasons.items():
        template = case.templates.get(season)
        harvests = [deed for deed in deeds if deed.kind == "harvest"]
        if template is not None and template.kind == "crop" and harvests:
            yield _season(case, season, deeds, harvests, template)
    yield from _codes(case)


def _season(
    case: Case, season: str, deeds: Sequence[Deed], harvests: list[Deed], template: Template
) -> Finding:
    ceiling, area = template.yield_per_mu, area_of_season(case, season, deeds)
    got = mass(case, [item for deed in harvests for item in deed.outputs])
    if ceiling is None:
        text = Said("no yield ceiling is stated for this crop")
        return finding(RULE, "yield", "unknown", text, season, harvests)
    if area is None or got is None:
        text = Said("area or harvested mass is not stated, so the yield cannot be judged")
        return finding(RULE, "yield", "unknown", text, season, harvests, basis=ceiling.basis)
    most = area * ceiling.value
    return finding(
        RULE, "yield", "pass" if got <= most else "warn",
        Said("harvested {got} from {area} mu; at most {most} is to be expected",
             got=_kg(got), area=area.quantize(Decimal("0.01")), most=_kg(most)),
        season, harvests, basis=ceiling.basis, harvested=got, most=most,
    )  # fmt: skip


def codes_issued(case: Case) -> dict[str, tuple[int, list[Deed]]]:
    """Of each product: codes issued, less those returned and voided, and the deeds behind them."""
    found: dict[str, tuple[int, list[Deed]]] = {}
    for deed in case.deeds:
        count = _count(deed.event.get("suyuan:serials"))
        count -= counted(deed.event, "return") + counted(deed.event, "void")
        if count:
            for item in deed.about[:1] or deed.outputs[:1]:
                product = product_of(item.id) or item.id
                before, deeds = found.get(product, (0, []))
                found[product] = before + count, [*deeds, deed]
    return found


def _codes(case: Case) -> Iterator[Finding]:
    for product, (count, deeds) in codes_issued(case).items():
        net = net_weight(case, product)
        granted = authorisations(case, product, deeds[-1].organisation, deeds[-1].day)
        if not granted:
            continue
        area = sum(
            (found for one in granted if (found := area_in_mu(one.values.get("area"))) is not None),
            Decimal(0),
        )
        template = _template_of(case, product)
        each = each_of(template)
        if net is None or not area or each is None:
            yield finding(
                RULE, "codes", "unknown",
                Said("{product}: {count} codes issued; area, yield ceiling, ratio or net weight is not "
                     "stated, so they cannot be judged", product=case.called(product), count=count),
                product, deeds,
            )  # fmt: skip
            continue
        coded, most = net * count, area * each
        yield finding(
            RULE, "codes", "pass" if coded <= most else "warn",
            Said("{product}: codes for {coded}; {area} mu give at most {most} ({percent} %)",
                 product=case.called(product), coded=_kg(coded), area=area.quantize(Decimal("0.01")),
                 most=_kg(most), percent=int(coded * 100 / most)),
            product, deeds, basis=template.yield_per_mu.basis
            if template is not None and template.yield_per_mu is not None else None,
            coded=coded, most=most,
        )  # fmt: skip


def _template_of(case: Case, product: str) -> Template | None:
    """The template of the seasons that the product's lots come from, where there is one only."""
    found = {
        template.id: template
        for season, template in case.templates.items()
        if season in case.seasons
    }
    return next(iter(found.values())) if len(found) == 1 else None


def _count(value: object) -> int:
    found = decimal_of(value.get("count")) if isinstance(value, Mapping) else None
    return int(found) if found is not None else 0


def _kg(value: Decimal) -> Quantity:
    return Quantity(round(float(value), 3), "KGM")


__all__ = ["codes_issued", "yields"]

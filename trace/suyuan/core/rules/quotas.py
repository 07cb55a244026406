"""Rule 4: 定额. What was used on a crop, per mu of its season (1 亩 = 666.67 m²), against the quota.

A row of the table ``quotas``: {"crop": "茶", "item": "fertiliser" | "N" | product id, "perMu": 20,
"uom": "KGM", "blockFactor": 1.5}. Over the quota warns; over the factor blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.identifiers import product_of
from suyuan.core.rules.amounts import area_of_season, in_base
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.tables import Row, decimal_of, plain
from suyuan.core.story_values import Quantity, Said, text_of

RULE = 4


def quotas(case: Case) -> Iterator[Finding]:
    """Every season of a crop that something was applied to."""
    for season, deeds in case.seasons.items():
        template = case.templates.get(season)
        applied = [deed for deed in deeds if deed.kind == "applying"]
        if template is None or template.kind != "crop" or not applied:
            continue
        called, judged = set(template.called), False
        for row in case.tables.on("quotas", max(deed.day for deed in applied)):
            if plain(str(row.values.get("crop"))) in called:
                judged = True
                yield _judged(case, season, deeds, applied, row)
        if not judged:
            yield finding(
                RULE, "quota", "unknown", Said("no quota is stated for this crop"), season, applied
            )


def _judged(
    case: Case, season: str, deeds: tuple[Deed, ...], applied: list[Deed], row: Row
) -> Finding:
    item, per_mu = str(row.values.get("item")), decimal_of(row.values.get("perMu"))
    uom = str(row.values.get("uom"))
    name = case.called(item) if "/" in item else text_of(row.values.get("item"))
    used: dict[int, tuple[Deed, Decimal]] = {}
    unclear: list[Deed] = []
    quota = in_base(Amount(per_mu, uom)) if per_mu is not None else None
    for deed in applied:
        for one in deed.inputs:
            share = _share(case, one, item)
            if share is None:
                continue
            based = in_base(one.amount)
            if based is None or quota is None or based[1] != quota[1]:
                unclear.append(deed)
            else:
                used[id(deed)] = deed, used.get(id(deed), (deed, Decimal(0)))[1] + based[0] * share
    area = area_of_season(case, season, deeds)
    if unclear or area is None or quota is None or not area:
        return finding(
            RULE, "quota", "unknown",
            Said("{item}: area or amounts are not stated, so the quota cannot be judged", item=name),
            season, unclear or applied, basis=row.basis,
        )  # fmt: skip
    total = sum((amount for _, amount in used.values()), Decimal(0))
    each, factor = total / area, decimal_of(row.values.get("blockFactor"))
    over = each > quota[0]
    blocks = over and factor is not None and each > quota[0] * factor
    said = Said(
        "{item}: {used} on {area} mu is {each} per mu (quota {quota})",
        item=name, used=_quantity(total, quota[1]), area=area.quantize(Decimal("0.01")),
        each=_quantity(each, quota[1]), quota=_quantity(quota[0], quota[1]),
    )  # fmt: skip
    return finding(
        RULE, "quota", "block" if blocks else "warn" if over else "pass", said, season,
        [deed for deed, _ in used.values()], basis=row.basis, used=total, area=area, each=each,
    )  # fmt: skip


def _share(case: Case, item: Item, wanted: str) -> Decimal | None:
    """The part of an input that counts towards a quota; None where it is none of its kind."""
    if wanted in (item.id, product_of(item.id)):
        return Decimal(1)
    label = case.label(item.id)
    if wanted in label.nutrients:
        return label.nutrients[wanted]
    return Decimal(1) if label.kind == wanted else None


def _quantity(value: Decimal, unit: str) -> Quantity:
    if unit == "MTQ":
        value, unit = value * 1000, "LTR"
    return Quantity(float(f"{value:.4g}"), unit)


__all__ = ["quotas"]

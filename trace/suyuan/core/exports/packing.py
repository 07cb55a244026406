"""Before and after food was packed first: 21 CFR asks for other records then.

Until then §1.1325 speaks of cooling, and shipping and receiving are not asked about (§1.1340(c),
§1.1345(c)); what was transformed without being packed before gets the records of its initial packing
(§1.1350(b)). Of a lot that was packed in several goes nobody can tell which part an event is about:
only what is certain is decided here.
"""

from __future__ import annotations

from suyuan.core.exports.food import Food
from suyuan.core.exports.lineage import Deed
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import moment_of


def packs_first(food: Food, deed: Deed) -> bool:
    """Whether it packs what nothing was done to yet but harvesting and cooling."""
    if step_of(deed.event) != "packing" or deed.objects.type == "AggregationEvent":
        return False
    taken = food.inputs(deed) or food.about(deed)
    return not any(part.uri in food.transformed or part.uri in food.packed for part in taken)


def is_raw(food: Food, lot: str, deed: Deed) -> bool:
    """Whether a lot is known to have been harvested, and not to have been packed before an event."""
    return (
        lot not in food.transformed
        and lot not in food.packed
        and bool(food.harvests_of(lot))
        and not any(packs_first(food, other) for other in before(food, lot, deed))
    )


def is_before_packing(food: Food, lot: str, deed: Deed) -> bool:
    """Whether an event is certain to be before a lot was packed first: somebody packs it later."""
    return is_raw(food, lot, deed) and any(
        packs_first(food, other) for other in after(food, lot, deed)
    )


def is_after_packing(food: Food, lot: str, deed: Deed) -> bool:
    """Whether an event is certain to be after a lot was packed first, or transformed."""
    if lot in food.transformed or lot in food.packed:
        return True
    return any(packs_first(food, other) for other in before(food, lot, deed)) and not any(
        packs_first(food, other) for other in after(food, lot, deed)
    )


def before(food: Food, lot: str, deed: Deed) -> list[Deed]:
    """What was done with a lot until then, in the order of event times."""
    until = _when(deed)
    return [one for one in _told(food, lot) if _when(one) < until]


def after(food: Food, lot: str, deed: Deed) -> list[Deed]:
    """What was done with a lot from then on, in the order of event times."""
    since = _when(deed)
    return [one for one in _told(food, lot) if _when(one) > since]


def _told(food: Food, lot: str) -> list[Deed]:
    return sorted(food.handled.get(lot, ()), key=_when)


def _when(deed: Deed) -> tuple[object, int]:
    return moment_of(deed.event).utc, deed.index

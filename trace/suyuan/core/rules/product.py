"""What the label of an input says, from the master data of the product (``suyuan:label``).

    {"kind": "pesticide", "registration": "PD20101234", "toxicity": "低毒",
     "ingredients": ["苦参碱"], "nutrients": {"N": 0.15},
     "crops": [{"crop": "茶树", "preHarvestDays": 7, "mostPerSeason": 2, "minGapDays": 7}],
     "withdrawal": [{"animal": "猪", "product": "meat", "days": 28}]}

What a label does not state is None, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from suyuan.core.rules.tables import decimal_of, plain
from suyuan.core.story_values import Names, names_of, objects_of

INPUT_KINDS = ("pesticide", "fertiliser", "veterinary", "vaccine", "seed", "feed", "film", "other")
"""What an input is; ``other`` needs no interval."""
PRODUCTS = ("meat", "eggs", "milk")
_OF_A_CROP = ("preHarvestDays", "mostPerSeason", "minGapDays")


@dataclass(frozen=True, slots=True)
class Use:
    """What a label says of one crop."""

    pre_harvest: int | None
    """安全间隔期: days from the last application to the harvest, at least."""
    most: int | None
    """Times that it may be applied in one season."""
    gap: int | None
    """Days between two applications, at least."""


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one product."""

    names: Names | None
    kind: str | None
    toxicity: str | None
    """As the label grades it: 剧毒, 高毒, 中等毒, 低毒, 微毒."""
    ingredients: tuple[str, ...] | None
    uses: tuple[tuple[str, Use], ...]
    withdrawal: tuple[tuple[str, str, int | None], ...]
    """Of (animal, product): 休药期 in days."""
    nutrients: Mapping[str, Decimal]
    """Of each nutrient, the part of the mass."""

    def use(self, crop: Iterable[str]) -> Use | None:
        """For a crop by its names, the closest first (its own name, then its groups)."""
        for name in crop:
            for named, use in self.uses:
                if named == name:
                    return use
        return None

    def days(self, animal: Iterable[str], product: str) -> int | None:
        """Withdrawal period of an animal's product; None where it is not stated."""
        for name in animal:
            for named, of, days in self.withdrawal:
                if named == name and of == product:
                    return days
        return None


def label_of(master: Mapping[str, Any]) -> Label:
    """The label in the master data of a product; all None where there is none."""
    given = master.get("suyuan:label")
    label: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    ingredients = label.get("ingredients")
    nutrients = label.get("nutrients")
    return Label(
        names_of(master.get("name")),
        label["kind"] if label.get("kind") in INPUT_KINDS else None,
        label["toxicity"] if isinstance(label.get("toxicity"), str) else None,
        tuple(plain(one) for one in ingredients if isinstance(one, str))
        if isinstance(ingredients, list)
        else None,
        tuple(
            (
                plain(str(row.get("crop"))),
                Use(
                    whole(row.get("preHarvestDays")),
                    whole(row.get("mostPerSeason")),
                    whole(row.get("minGapDays")),
                ),
            )
            for row in objects_of(label.get("crops"))
        ),
        tuple(
            (plain(str(row.get("animal"))), str(row.get("product")), whole(row.get("days")))
            for row in objects_of(label.get("withdrawal"))
        ),
        {
            name: part
            for name, value in (nutrients.items() if isinstance(nutrients, Mapping) else ())
            if (part := decimal_of(value)) is not None
        },
    )


def is_label(value: object) -> bool:
    """Whether a label is as it should be: what is mistyped would be silently not stated."""
    if not isinstance(value, Mapping) or value.get("kind", "other") not in INPUT_KINDS:
        return False
    ingredients, nutrients = value.get("ingredients", []), value.get("nutrients", {})
    return (
        isinstance(ingredients, list)
        and all(isinstance(one, str) and one.strip() for one in ingredients)
        and isinstance(nutrients, Mapping)
        and all((part := decimal_of(n)) is not None and 0 <= part <= 1 for n in nutrients.values())
        and all(isinstance(value.get(name, ""), str) for name in ("registration", "toxicity"))
        and _are_rows(value.get("crops", []), ("crop",), _OF_A_CROP)
        and _are_rows(value.get("withdrawal", []), ("animal", "product"), ("days",))
        and all(one["product"] in PRODUCTS for one in objects_of(value.get("withdrawal", [])))
    )


def _are_rows(value: object, texts: tuple[str, ...], numbers: tuple[str, ...]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, Mapping)
        and one.keys() <= {*texts, *numbers}
        and all(isinstance(one.get(name), str) for name in texts)
        and all(one.get(name) is None or whole(one[name]) is not None for name in numbers)
        for one in value
    )


def whole(value: object) -> int | None:
    """A number of days or times; None for anything else."""
    return value if type(value) is int and 0 <= value < 36_600 else None


__all__ = ["INPUT_KINDS", "Label", "Use", "is_label", "label_of", "whole"]

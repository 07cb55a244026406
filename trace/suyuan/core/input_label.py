"""What the label of an input says (``suyuan:label``), as a page's fields and back.

A field that stays empty is not stated; it is never taken for zero.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.units import as_json, exact, parse_number, unit_of
from suyuan.core.rules.product import PRODUCTS
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import Said, names_of, objects_of

MOST = 80
MOST_ROWS = 60
"""Crops or animals of one label."""
LONGEST = 3_650
"""Days that a label can ask for."""
INPUT_WORDS: Mapping[str, Said] = MappingProxyType(
    {
        "pesticide": Said("pesticide"),
        "fertiliser": Said("fertiliser"),
        "veterinary": Said("veterinary drug"),
        "vaccine": Said("vaccine"),
        "seed": Said("seed or seedlings"),
        "feed": Said("feed"),
        "film": Said("film"),
        "other": Said("something else"),
    }
)
TOXICITY: Mapping[str, Said] = MappingProxyType(
    {
        "微毒": Said("slightly toxic (微毒)"),
        "低毒": Said("of low toxicity (低毒)"),
        "中等毒": Said("moderately toxic (中等毒)"),
        "高毒": Said("highly toxic (高毒)"),
        "剧毒": Said("extremely toxic (剧毒)"),
    }
)
TAKEN: Mapping[str, Said] = MappingProxyType(
    {"meat": Said("Meat"), "eggs": Said("Eggs"), "milk": Said("Milk")}
)
"""What of an animal a withdrawal period is for."""
NUTRIENTS: Mapping[str, str] = MappingProxyType({"n": "N", "p2o5": "P2O5", "k2o": "K2O"})
"""Field → nutrient in the label: a part of the mass."""
_OF_A_CROP = (("days", "preHarvestDays"), ("times", "mostPerSeason"), ("gap", "minGapDays"))


def ingredients_in(text: str) -> list[str]:
    """``苦参碱、印楝素`` one by one."""
    parts = re.split(r"[、，,;；+·\n]", text)
    return [one.strip()[:MOST] for one in parts if one.strip()]


def label_in(given: Mapping[str, str], found: list[Refused]) -> dict[str, Any]:
    """Toxicity, crops, withdrawal and nutrients that a page's fields state; mistakes go to ``found``."""
    label: dict[str, Any] = {}
    toxicity = given.get("new_toxicity", "").strip()
    if toxicity and toxicity not in TOXICITY:
        found.append(Malformed("choose one of the list", path="/new_toxicity"))
    elif toxicity:
        label["toxicity"] = toxicity
    crops = _rows(given, "new_crops", ("crop",), _OF_A_CROP, found)
    withdrawal = _rows(given, "new_withdrawal", ("animal", "product"), (("days", "days"),), found)
    for number, row in withdrawal.items():
        if row["product"] not in PRODUCTS:
            at = f"/new_withdrawal/{number}/product"
            found.append(Malformed("choose one of the list", path=at))
    if crops:
        label["crops"] = list(crops.values())
    if withdrawal:
        label["withdrawal"] = list(withdrawal.values())
    nutrients = {
        nutrient: part
        for name, nutrient in NUTRIENTS.items()
        if (part := _part(given.get(f"new_{name}", ""), f"/new_{name}", found)) is not None
    }
    if nutrients:
        label["nutrients"] = nutrients
    return label


def _rows(
    given: Mapping[str, str],
    name: str,
    texts: tuple[str, ...],
    numbers: tuple[tuple[str, str], ...],
    found: list[Refused],
) -> dict[int, dict[str, Any]]:
    """The rows that say anything, by their number on the page."""
    made: dict[int, dict[str, Any]] = {}
    seen: set[tuple[str, ...]] = set()
    for number in range(MOST_ROWS):
        at = f"{name}/{number}"
        said = {n: given.get(f"{at}/{n}", "").strip() for n in (*texts, *(n for n, _ in numbers))}
        if not any(text for n, text in said.items() if n != "product"):
            continue
        if not said[texts[0]]:
            found.append(Refused("say of what this is", path=f"/{at}/{texts[0]}"))
        who = tuple(said[n] for n in texts)
        if who in seen:
            found.append(Refused("this stands here twice", path=f"/{at}/{texts[0]}"))
        seen.add(who)
        made[number] = {n: said[n][:MOST] for n in texts} | {
            member: count
            for n, member in numbers
            if (count := _whole(said[n], f"/{at}/{n}", found, int(n == "times"))) is not None
        }
    return made


def _whole(text: str, path: str, found: list[Refused], least: int) -> int | None:
    if not text:
        return None
    try:
        value = parse_number(re.sub(r"\s*(?:天|日|次|days?|times?)$", "", text))
    except Refused:
        value = Decimal(-1)
    if value != value.to_integral_value() or not least <= value <= LONGEST:
        found.append(Refused("a whole number belongs here, for example 7", path=path))
        return None
    return int(value)


def _part(text: str, path: str, found: list[Refused]) -> int | float | None:
    """``15`` per cent as 0.15."""
    if not text.strip():
        return None
    try:
        value = exact(parse_number(text.replace("%", "").replace("％", "")) / 100, text)
        if not 0 <= value <= 1:
            raise Refused("a share of the mass is between 0 and 100 per cent")
    except Refused as problem:
        found.append(problem.at(path))
        return None
    return as_json(value)


def fields_of(master: Mapping[str, Any]) -> dict[str, str]:
    """The page's fields as master data states them: what ``input_of`` and ``label_in`` read."""
    label, names = master.get("suyuan:label"), names_of(master.get("name"))
    stated: Mapping[str, Any] = label if isinstance(label, Mapping) else {}
    ingredients, net = stated.get("ingredients"), master.get("suyuan:netWeight")
    made = {
        "new_name": names.zh if names else "",
        "new_kind": stated.get("kind", ""),
        "new_registration": stated.get("registration", ""),
        "new_toxicity": str(stated.get("toxicity", "")),
        "new_ingredients": "、".join(ingredients) if isinstance(ingredients, list) else "",
    }
    if isinstance(net, Mapping) and (unit := unit_of(str(net.get("uom")))) is not None:
        made["new_net"] = f"{_plain(net.get('value'))} {unit.word}"
    for number, row in enumerate(objects_of(stated.get("crops"))):
        made[f"new_crops/{number}/crop"] = row.get("crop", "")
        for name, member in _OF_A_CROP:
            made[f"new_crops/{number}/{name}"] = _plain(row.get(member))
    for number, row in enumerate(objects_of(stated.get("withdrawal"))):
        for name in ("animal", "product", "days"):
            made[f"new_withdrawal/{number}/{name}"] = _plain(row.get(name))
    nutrients = stated.get("nutrients")
    for name, nutrient in NUTRIENTS.items():
        part = decimal_of(nutrients.get(nutrient)) if isinstance(nutrients, Mapping) else None
        made[f"new_{name}"] = "" if part is None else f"{(part * 100).normalize():f}"
    return made


def _plain(value: object) -> str:
    number = decimal_of(value)
    return f"{number.normalize():f}" if number is not None else str(value or "")


def relabelled(master: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Master data with what ``input_of`` read in place of what the page shows of it; the rest stays."""
    old, names = master.get("suyuan:label"), names_of(master.get("name"))
    before: Mapping[str, Any] = old if isinstance(old, Mapping) else {}
    asked = {"kind", "registration", "toxicity", "ingredients", "crops", "withdrawal"}
    label = {n: value for n, value in before.items() if n not in {*asked, "nutrients"}}
    nutrients = before.get("nutrients")
    others = {
        n: value
        for n, value in (nutrients.items() if isinstance(nutrients, Mapping) else ())
        if n not in NUTRIENTS.values()
    } | new["suyuan:label"].get("nutrients", {})
    label |= new["suyuan:label"] | ({"nutrients": others} if others else {})
    kept = {n: value for n, value in master.items() if n != "suyuan:netWeight"}
    name = new["name"] | ({"en": names.en} if names and names.en != names.zh else {})
    return {**kept, **new, "name": name, "suyuan:label": label}


__all__ = [
    "INPUT_WORDS", "LONGEST", "MOST", "MOST_ROWS", "NUTRIENTS", "TAKEN", "TOXICITY", "fields_of",
    "ingredients_in", "label_in", "relabelled",
]  # fmt: skip

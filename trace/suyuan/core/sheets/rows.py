"""A row of a sheet as the form that it fills in, by the sheet's plan; from a field to its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Refused
from suyuan.core.farm.fill import Ground, meant
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.units import parse_number, plain, unit_of
from suyuan.core.identifiers import is_uri
from suyuan.core.sheets.cells import day_and_time, heading_of, unguarded
from suyuan.core.sheets.guess import Tongue
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import ITEM_PARTS
from suyuan.core.sheets.plan import Plan, column_names
from suyuan.core.sheets.sheet import Row

_SEPARATORS = re.compile(r"[\n;；、]+")
_HOLE = re.compile(r"\{([^{}]+)\}")
_LOT = re.compile(r"[!-~]{1,20}")
_GTIN = re.compile(r"\d{8}|\d{12,14}")


@dataclass(slots=True)
class Reader:
    """Reads the rows of one sheet. ``token`` makes a short name of a text that says nothing of it."""

    plan: Plan
    headings: tuple[str, ...]
    ground: Ground
    tongues: Sequence[Tongue]
    token: Callable[[str], str]
    form: Form = field(init=False)
    _places: dict[str, list[int]] = field(init=False)
    _units: dict[str, str] = field(init=False)
    _choices: dict[str, dict[str, str]] = field(init=False)
    _names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        assert self.plan.kind is not None
        self.form = KINDS[self.plan.kind]
        self._places, self._units = {}, {}
        for number, target in enumerate(self.plan.columns):
            if target is not None:
                self._places.setdefault(target, []).append(number)
                unit = heading_of(self.headings[number])[1]
                if unit is not None:
                    self._units[target] = unit
        self._names = column_names(self.headings)
        self._choices = {
            one.name: _by_label(one, self.tongues) for one in self.form.fields if one.choices
        }

    def given(self, row: Row, cells: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The form as the row fills it in, for core.farm.fill. ``cells``: what ``cells`` says of it."""
        cells = self.cells(row) if cells is None else cells
        given: dict[str, Any] = {}
        for one in self.form.fields:
            made = self._field(one, cells)
            if made:
                given[one.name] = made
        self._day(given)
        for one in self.form.fields:
            if one.type == "items" and one.name in given:
                given[one.name] = self._lots(one, given, cells)
        return given

    def columns(self, path: str) -> tuple[int, ...]:
        """The columns that a mistake at a field's path came from; none where the field has no column."""
        parts = path.strip("/").split("/")
        name, last = parts[0], parts[-1]
        wanted = [name]
        if last in ("item", "amount"):
            wanted = [f"{name}.{last}", name]
        elif f"{name}.item" in self._places:
            wanted = [name, f"{name}.item"]
        for target in wanted:
            if target in self._places:
                return tuple(self._places[target])
        return ()

    def cells(self, row: Row) -> dict[str, str]:
        """The text of each target, what holds for all rows included."""
        found: dict[str, str] = {}
        for target, places in self._places.items():
            texts = [unguarded(row.cells[n]).strip() for n in places if n < len(row.cells)]
            text = "\n".join(text for text in texts if text)
            if text:
                found[target] = text
        for target, template in self.plan.fixed.items():
            if target not in found:
                filled = self._fixed(template, row)
                if filled:
                    found[target] = filled
        return found

    def _fixed(self, template: str, row: Row) -> str:
        if "{" not in template:
            return template.strip()
        cells = {
            name: row.cells[n].strip() if n < len(row.cells) else ""
            for n, name in enumerate(self._names)
        }
        return _HOLE.sub(lambda hole: cells.get(hole[1], hole[0]), template).strip()

    def _field(self, one: Field, cells: Mapping[str, str]) -> Any:
        if one.type == "items":
            return self._items(one, cells)
        text = cells.get(one.name, "")
        if not text:
            return ""
        if one.type in ("area", "amount"):
            return self._amount(text, one.name, cells.get(f"{one.name}.unit", ""))
        if one.choices:
            return self._choices[one.name].get(_bare(text), text)
        if one.type in ("plots", "things", "season", "place", "party"):
            text = self.plan.words.get(text, text)
        if one.type == "plots" and "，" in text and text not in (self.ground.plots or {}):
            text = text.replace("，", "、")
        if one.type in ("number", "count") and one.name not in self._units:
            # "12 天" in a column of days: the field says what it counts.
            found = re.fullmatch(
                r"(-?[\d.,]+)\s*(?:天|日|头|只|羽|尾|个|小时|days|hours|h)", plain(text)
            )
            text = found[1] if found else text
        return text

    def _amount(self, text: str, target: str, unit: str) -> str:
        """With its unit: of the cell, else of the unit's column, else of the heading."""
        unit = unit or self._units.get(target, "")
        unit = self.plan.words.get(unit, unit)
        try:
            parse_number(text)
        except Refused:
            for word, meant in self.plan.words.items():
                if text.endswith(word) and unit_of(meant) is not None:
                    return f"{text.removesuffix(word).strip()} {meant}"
            return text
        return f"{text} {unit}" if unit else text

    def _items(self, one: Field, cells: Mapping[str, str]) -> Any:
        parts = {part: cells.get(f"{one.name}.{part}", "") for part in ITEM_PARTS}
        whole = cells.get(one.name, "")
        if whole and not parts["item"] and not parts["amount"]:
            return whole
        item = parts["item"] or whole
        if not item and not parts["amount"] and not parts["lot"]:
            return ""
        amounts = _SEPARATORS.split(parts["amount"])
        items = _SEPARATORS.split(item)
        if len(amounts) < 2 or len(items) != len(amounts):
            items, amounts = [item], [parts["amount"]]
        return [
            {
                "item": " ".join(name.split()),
                "amount": self._amount(much.strip(), f"{one.name}.amount", parts["unit"])
                if much.strip()
                else "",
            }
            for name, much in zip(items, amounts, strict=True)
        ]

    def _day(self, given: dict[str, Any]) -> None:
        for one in self.form.fields:
            if one.type == "day" and one.name in given:
                day, clock = day_and_time(given[one.name], self.ground.today, self.plan.year)
                given[one.name] = day
                if clock and one.name == "day" and self.form.field("time") and "time" not in given:
                    given["time"] = clock

    def _lots(self, one: Field, given: Mapping[str, Any], cells: Mapping[str, str]) -> Any:
        """What was harvested is a lot: of its own number, else of its plots and its day."""
        rows = given[one.name]
        if isinstance(rows, str):
            return rows
        lot = cells.get(f"{one.name}.lot", "")
        if not lot and one.at == "outputs" and self.form.kind == "harvest" and len(rows) == 1:
            of = f"{given.get('season', '')}\n{given.get('plots', '')}\n{given.get('day', '')}"
            lot = f"{str(given.get('day', ''))[2:].replace('-', '')}-{self.token(of)}"
            return [{**row, "item": self._thing(row["item"], lot, own=False)} for row in rows]
        return [{**row, "item": self._thing(row["item"], lot)} for row in rows]

    def _thing(self, name: str, lot: str, *, own: bool = True) -> str:
        """A product by its name or number and a lot; as it was written where nobody knows it.

        ``own``: the lot stands in the table, and is not of our making.
        """
        name = self.plan.words.get(name, name)
        try:
            known = meant(name, "item", self.ground)
        except Refused:
            return name  # several are called so: which one is asked at the cell
        product = known or (canonical(name) if is_uri(name) else "")
        if not product and _GTIN.fullmatch(name):
            product = f"https://id.gs1.org/01/{name.zfill(14)}"
        if not product:
            takes = self.plan.new_names or self.ground.bare
            if not takes or not name or ("/" in name and _GTIN.match(name)):
                return f"{name}/{lot}" if own and lot and _GTIN.match(name) else name
            product = self.ground.id_of("item", name)
        if not lot or "/10/" in product or "/21/" in product:
            return product
        if "/01/" in product and _LOT.fullmatch(lot):
            return f"{product}/10/{quote(lot, safe='')}"
        return self.ground.id_of("lot", unquote(product.rsplit("/", 1)[-1]), lot)


def _by_label(one: Field, tongues: Sequence[Tongue]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value, label in one.choices.items():
        for text in (value, *(tongue(label.template) for tongue in tongues)):
            found.setdefault(_bare(text), value)
    for value, others in _CHOICES.items():
        for text in others if value in one.choices else ():
            found.setdefault(_bare(text), value)
    return found


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "direct": ("直播", "撒播", "条播"),
    "transplanting": ("移栽", "定植"),
    "base": ("基肥", "底肥"),
    "top": ("追肥",),
    "leaf": ("叶面肥", "叶面"),
    "drip": ("滴灌", "水肥一体"),
    "weeding": ("除草", "锄草"),
    "pruning": ("修剪", "整枝"),
    "ploughing": ("翻地", "耕地", "犁地"),
    "outside": ("外购", "购进", "购入", "引进", "调入"),
    "own": ("自繁", "自繁自养", "自产", "本场"),
    "pass": ("合格", "ok", "pass"),
    "fail": ("不合格",),
}
"""Words of the trade beside the labels."""


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", plain(text)).casefold()

"""Master data from a table: a row is a product, a place or an organisation.

The first row names the columns, in Chinese or in English; docs/master-data.md lists them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from math import nan
from typing import Any, TypeAlias

from suyuan.core.errors import Malformed, Many, Refused, SuyuanError
from suyuan.core.master.check import check_record
from suyuan.core.master.settle import settle
from suyuan.core.reasons import of_csv

Cell: TypeAlias = "str | int | float | None"

COLUMNS: dict[str, tuple[str, ...]] = {
    "type": ("类型", "类别"),
    "id": ("编号", "编码", "GTIN", "GLN"),
    "name_zh": ("中文名", "名称"),
    "name_en": ("英文名",),
    "brand_zh": ("品牌",),
    "brand_en": ("英文品牌",),
    "commodity_zh": ("品种大类", "农产品"),
    "commodity_en": ("英文农产品",),
    "variety_zh": ("品种",),
    "variety_en": ("英文品种",),
    "packaging_zh": ("包装形式",),
    "packaging_en": ("英文包装形式",),
    "grade_zh": ("等级",),
    "grade_en": ("英文等级",),
    "net_content": ("净含量",),
    "net_unit": ("净含量单位",),
    "shelf_life_days": ("保质期天数", "保质期（天）"),
    "village_zh": ("村",),
    "village_en": ("英文村名",),
    "area": ("面积",),
    "area_unit": ("面积单位",),
    "address": ("地址",),
    "phone": ("电话",),
    "country": ("国家",),
    "within": ("所属地点",),
    "outline": ("轮廓",),
    "latitude": ("纬度",),
    "longitude": ("经度",),
    "datum": ("坐标系",),
    "credit_code": ("统一社会信用代码",),
}
"""Name of each column, and what else it may be called."""
REQUIRED = ("type", "id")
_KNOWN = {other.casefold(): name for name, more in COLUMNS.items() for other in (name, *more)}

_TYPES = {
    **dict.fromkeys(("product", "产品", "商品"), ("Product", "01", 14)),
    **dict.fromkeys(("place", "地点", "场所"), ("Place", "414", 13)),
    **dict.fromkeys(("plot", "地块", "田块"), ("Plot", "414", 13)),
    **dict.fromkeys(("organization", "organisation", "单位", "组织"), ("Organization", "417", 13)),
}
_UNITS = {
    **dict.fromkeys(("g", "克", "GRM"), "GRM"),
    **dict.fromkeys(("kg", "千克", "公斤", "KGM"), "KGM"),
    **dict.fromkeys(("ml", "毫升", "MLT"), "MLT"),
    **dict.fromkeys(("l", "升", "LTR"), "LTR"),
    **dict.fromkeys(("个", "只", "枚", "H87"), "H87"),
}
_DATUMS = {"WGS-84": "WGS-84", "WGS84": "WGS-84", "CGCS2000": "CGCS2000", "GCJ-02": "GCJ-02",
           "GCJ02": "GCJ-02", "国测局坐标": "GCJ-02", "火星坐标": "GCJ-02"}  # fmt: skip
_AREAS = {"亩": "亩", "公顷": "HAR", "ha": "HAR", "HAR": "HAR", "平方米": "MTK", "MTK": "MTK"}


def masters_of_csv(text: str) -> list[tuple[str, dict[str, Any]]]:
    """(``row N``, object) of each row that says something; Many names everything that is wrong, by
    row and column."""
    rows = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
    try:
        return masters_of_rows(list(rows))
    except csv.Error as problem:
        raise Malformed("this is no CSV: {why}", why=of_csv(str(problem))) from None


def masters_of_rows(
    rows: Sequence[Sequence[Cell]], sheet: str = ""
) -> list[tuple[str, dict[str, Any]]]:
    """The same of cells; ``sheet`` stands before the place of each."""
    before = f"{sheet}, " if sheet else ""
    head = Head([str(cell or "").strip() for cell in rows[0]] if rows else [])
    problems: list[SuyuanError] = [problem.at(f"{before}row 1") for problem in head.problems()]
    found: list[tuple[str, dict[str, Any]]] = []
    if all(name in head.names for name in REQUIRED):
        for number, row in enumerate(rows[1:], 2):
            cells: dict[str, str] = {}
            for name, cell in zip(head.names, row, strict=False):
                if name and (text := _plain(cell)):
                    cells.setdefault(name, text)
            if cells:
                where = f"{before}row {number}"
                read = _Row(cells, head)
                found.append((where, read.master()))
                problems += [problem.at(f"{where}, ") for problem in read.problems]
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    return found


class Head:
    """The first row: which column stands where, and how it is written there."""

    def __init__(self, cells: Sequence[str]) -> None:
        self.cells = cells
        self.names = [_KNOWN.get(cell.casefold()) for cell in cells]
        self._chinese = any(not cell.isascii() for cell in cells)

    def written(self, name: str) -> str:
        """A column as it is written here; one that is not here, in the language of the others."""
        if name in self.names:
            return self.cells[self.names.index(name)]
        return COLUMNS[name][0] if self._chinese else name

    def problems(self) -> Iterator[Malformed]:
        """Columns that nobody knows, that stand here twice, and that are missing."""
        for position, (cell, name) in enumerate(zip(self.cells, self.names, strict=True)):
            if cell and name is None:
                yield Malformed(
                    "there is no column {name} here; there are {columns}",
                    name=cell,
                    columns=", ".join(self.written(one) for one in COLUMNS),
                )
            elif name is not None and name in self.names[:position]:
                yield Malformed(
                    "the columns {first} and {second} are the same",
                    first=self.written(name),
                    second=cell,
                )
        for name in REQUIRED:
            if name not in self.names:
                yield Malformed("the column {name} is missing", name=self.written(name))


_FROM = {
    "id": ("id",),
    "type": ("type",),
    "name": ("name_zh", "name_en"),
    "suyuan:brand": ("brand_zh", "brand_en"),
    "suyuan:grade": ("grade_zh", "grade_en"),
    "suyuan:commodity": ("commodity_zh", "commodity_en"),
    "suyuan:variety": ("variety_zh", "variety_en"),
    "suyuan:packaging": ("packaging_zh", "packaging_en"),
    "suyuan:netWeight": ("net_content", "net_unit"),
    "suyuan:shelfLifeDays": ("shelf_life_days",),
    "suyuan:village": ("village_zh", "village_en"),
    "suyuan:area": ("area", "area_unit"),
    "suyuan:address": ("address",),
    "suyuan:phone": ("phone",),
    "suyuan:country": ("country",),
    "suyuan:within": ("within",),
    "suyuan:outline": ("outline", "datum"),
    "suyuan:position": ("latitude", "longitude", "datum"),
    "suyuan:creditCode": ("credit_code",),
}


def _plain(cell: Cell) -> str:
    """As a person reads the cell: a number that a sheet keeps as 250.0 is 250."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


_NAMES = (
    ("name", "name"), ("suyuan:brand", "brand"), ("suyuan:grade", "grade"),
    ("suyuan:commodity", "commodity"), ("suyuan:variety", "variety"),
    ("suyuan:packaging", "packaging"), ("suyuan:village", "village"),
)  # fmt: skip
_TEXTS = (
    ("address", "suyuan:address"), ("phone", "suyuan:phone"), ("country", "suyuan:country"),
    ("within", "suyuan:within"), ("credit_code", "suyuan:creditCode"),
)  # fmt: skip


class _Row:
    """One row on its way to an object. Bad cells are put down, and reading goes on."""

    def __init__(self, cells: dict[str, str], head: Head) -> None:
        self.cells = cells
        self.head = head
        self.problems: list[Refused] = []
        self._bad: set[str] = set()

    def master(self) -> dict[str, Any]:
        """The object; whole where nothing is wrong with the row."""
        cells = self.cells
        kind, key, length = self._listed("type", _TYPES) or ("", "", 14)
        made: dict[str, Any] = {"id": self._id(key, length), "type": kind}
        for member, column in _NAMES:
            names = {tongue: cells[f"{column}_{tongue}"] for tongue in ("zh", "en")
                     if f"{column}_{tongue}" in cells}  # fmt: skip
            if names:
                made[member] = names
        if "net_content" in cells:
            unit = self._listed("net_unit", _UNITS)
            made["suyuan:netWeight"] = {"value": self._number("net_content"), "uom": unit}
        if "area" in cells:
            unit = self._listed("area_unit", _AREAS, "亩")
            made["suyuan:area"] = {
                "value": self._number("area"), ("unit" if unit == "亩" else "uom"): unit,
            }  # fmt: skip
        if "shelf_life_days" in cells:
            made["suyuan:shelfLifeDays"] = self._number("shelf_life_days", "180")
        if "outline" in cells:
            made["suyuan:outline"] = self._outline()
        if "latitude" in cells or "longitude" in cells:
            made["suyuan:position"] = {
                "lat": self._number("latitude", "30.101201"),
                "lon": self._number("longitude", "118.900101"),
                "datum": self._listed("datum", _DATUMS),
            }
        for column, member in _TEXTS:
            if column in cells:
                made[member] = cells[column]
        self._check(made)
        return made

    def _check(self, made: dict[str, Any]) -> None:
        """What is wrong with the object, but for what the cells were told of already."""
        if "type" in self._bad:
            return  # everything else depends on it
        for problem in check_record(settle(made)):
            member = problem.path.split("/")[1] if "/" in problem.path else ""
            columns = _FROM.get(member, ())
            if self._bad.isdisjoint(columns):
                here = [name for name in columns if name in self.cells] or columns
                written = ", ".join(map(self.head.written, here)) or member
                problem.path = f"column {written}"
                if "name" in problem.params:
                    problem.params["name"] = written
                self.problems.append(problem)

    def _id(self, key: str, length: int) -> str:
        text = self.cells.get("id", "")
        if text.isascii() and text.isdigit() and len(text) <= length:
            return f"https://id.gs1.org/{key}/{text.zfill(length)}"
        if ":" not in text:
            self._wrong("id", "09521234000068")
        return text

    def _listed(self, column: str, known: dict[str, Any], unless: str = "") -> Any:
        text = self.cells.get(column, unless)
        found = known.get(text, known.get(text.casefold()))
        if found is None:
            self._wrong(column, " / ".join(list(known)[:8]))
        return found

    def _number(self, column: str, example: str = "250") -> int | float:
        try:
            value = float(self.cells.get(column, "").replace(",", "").replace("，", ""))
        except ValueError:
            value = nan
        if not abs(value) < 1e15:
            self._wrong(column, example)
            return 0
        return int(value) if value.is_integer() else value

    def _outline(self) -> Any:
        try:
            outline = json.loads(self.cells["outline"])
        except (ValueError, RecursionError):
            self._wrong("outline", '{"type": "Polygon", "coordinates": …}')
            return None
        if "datum" in self.cells and isinstance(outline, dict):
            outline["datum"] = self._listed("datum", _DATUMS)
        return outline

    def _wrong(self, column: str, example: str) -> None:
        if column in self._bad:
            return
        self._bad.add(column)
        written = self.head.written(column)
        self.problems.append(
            Malformed(
                "the column {name} is not as it should be; for example {example}",
                path=f"column {written}",
                name=written,
                example=example,
            )
        )

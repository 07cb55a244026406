"""Master data from a table: a row is a product, a place or an organisation.

The first row names the columns, in Chinese or in English; docs/master-data.md lists them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from suyuan.core.errors import Malformed, Many, Refused, SuyuanError
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
    """(``row N``, object) of each row that says something; Many names every bad cell."""
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
    head = [str(cell or "").strip() for cell in rows[0]] if rows else []
    names = [_KNOWN.get(cell.casefold()) for cell in head]
    problems: list[SuyuanError] = [
        Malformed(
            "there is no column {name} here; there are {columns}",
            path=f"{before}row 1",
            name=cell,
            columns=", ".join(COLUMNS),
        )
        for cell, name in zip(head, names, strict=True)
        if cell and name is None
    ]
    problems += [
        Malformed("the column {name} is missing", path=f"{before}row 1", name=name)
        for name in REQUIRED
        if name not in names
    ]
    found: list[tuple[str, dict[str, Any]]] = []
    if not problems:
        for number, row in enumerate(rows[1:], 2):
            cells = {name: _plain(cell) for name, cell in zip(names, row, strict=False) if name}
            if any(cells.values()):
                where = f"{before}row {number}"
                try:
                    found.append((where, _object({k: v for k, v in cells.items() if v})))
                except Refused as problem:
                    problems.append(problem.at(f"{where}, "))
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    return found


def columns_of(path: str) -> str:
    """The columns that a member of the object came from: for what is found wrong later."""
    member = path.split("/")[1] if "/" in path else ""
    return ", ".join(_FROM.get(member, ())) or member


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


def _object(cells: dict[str, str]) -> dict[str, Any]:
    kind, key, length = _listed(cells, "type", _TYPES)
    made: dict[str, Any] = {"id": _id(cells, key, length), "type": kind}
    for member, column in (("name", "name"), ("suyuan:brand", "brand"), ("suyuan:grade", "grade"),
                           ("suyuan:commodity", "commodity"), ("suyuan:variety", "variety"),
                           ("suyuan:packaging", "packaging"),
                           ("suyuan:village", "village")):  # fmt: skip
        names = {tongue: cells[f"{column}_{tongue}"] for tongue in ("zh", "en")
                 if f"{column}_{tongue}" in cells}  # fmt: skip
        if names:
            made[member] = names
    if "net_content" in cells:
        unit = _listed(cells, "net_unit", _UNITS)
        made["suyuan:netWeight"] = {"value": _number(cells, "net_content"), "uom": unit}
    if "area" in cells:
        unit = _listed({"area_unit": "亩", **cells}, "area_unit", _AREAS)
        made["suyuan:area"] = {
            "value": _number(cells, "area"), ("unit" if unit == "亩" else "uom"): unit,
        }  # fmt: skip
    if "shelf_life_days" in cells:
        made["suyuan:shelfLifeDays"] = _number(cells, "shelf_life_days")
    if "outline" in cells:
        try:
            outline = json.loads(cells["outline"])
        except (ValueError, RecursionError):
            raise _wrong("outline", '{"type": "Polygon", "coordinates": …}') from None
        if "datum" in cells and isinstance(outline, dict):
            outline["datum"] = _listed(cells, "datum", _DATUMS)
        made["suyuan:outline"] = outline
    if "latitude" in cells or "longitude" in cells:
        made["suyuan:position"] = {
            "lat": _number({"latitude": "", **cells}, "latitude", "30.101201"),
            "lon": _number({"longitude": "", **cells}, "longitude", "118.900101"),
            "datum": _listed(cells, "datum", _DATUMS),
        }
    for column, member in (("address", "suyuan:address"), ("phone", "suyuan:phone"),
                            ("country", "suyuan:country"),
                           ("within", "suyuan:within"),
                           ("credit_code", "suyuan:creditCode")):  # fmt: skip
        if column in cells:
            made[member] = cells[column]
    return made


def _id(cells: dict[str, str], key: str, length: int) -> str:
    text = cells.get("id", "")
    if text.isascii() and text.isdigit() and len(text) <= length:
        return f"https://id.gs1.org/{key}/{text.zfill(length)}"
    if ":" not in text:
        raise _wrong("id", "09521234000068")
    return text


def _listed(cells: dict[str, str], column: str, known: dict[str, Any]) -> Any:
    text = cells.get(column, "")
    found = known.get(text, known.get(text.casefold()))
    if found is None:
        raise _wrong(column, " / ".join(_shown(known)))
    return found


def _shown(known: Iterable[str]) -> Iterator[str]:
    yield from list(known)[:8]


def _number(cells: dict[str, str], column: str, example: str = "250") -> int | float:
    text = cells[column].replace(",", "").replace("，", "")
    try:
        value = float(text)
    except ValueError:
        raise _wrong(column, example) from None
    if not value < 1e15:
        raise _wrong(column, example)
    return int(value) if value.is_integer() else value


def _wrong(column: str, example: str) -> Malformed:
    return Malformed(
        "the column {name} is not as it should be; for example {example}",
        path=f"column {column}",
        name=column,
        example=example,
    )

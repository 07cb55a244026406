"""What the columns of each table of rules are called, and how a cell is read and said in words.

A heading is known by its name in either language, or by the member that it fills. Words that stand in
cells for a code (a figure of the node, a kind of input, a unit) are read and said in both languages too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from suyuan.core.errors import Malformed
from suyuan.core.farm.fill import day_of_people
from suyuan.core.farm.units import plain as plain_number
from suyuan.core.rules.tables import plain
from suyuan.core.sheets.cells import unguarded
from suyuan.core.story_values import Names

Kind = Literal["text", "texts", "day", "number", "word", "unit"]
Tongue = Literal["zh", "en"]
TONGUES: tuple[Tongue, ...] = ("zh", "en")
EVERY_CROP = Names("所有作物", "all crops")
_EVERY = frozenset(map(plain, ("*", "所有作物", "全部作物", "全部", "所有", "all crops", "all")))
_BETWEEN = re.compile(r"[、;；\n]")


NOTHING = Names("", "")


@dataclass(frozen=True, slots=True)
class Column:
    """``member``: of a row; ``tongue``: which language of a member that has both."""

    name: str
    names: Names
    kind: Kind = "text"
    example: Names = NOTHING
    member: str = ""
    tongue: Tongue | None = None
    long: bool = False
    """Whether it is a sentence rather than a word."""

    @property
    def path(self) -> str:
        """The member of the row that it fills."""
        return self.member or self.name


def _same(text: str) -> Names:
    return Names(text, text)


def _both(member: str, zh: str, en: str, example: Names) -> tuple[Column, ...]:
    chinese, english = (
        Names(f"{zh}（中文）", f"{en} (Chinese)"),
        Names(f"{zh}（英文）", f"{en} (English)"),
    )
    return (
        Column(f"{member}_zh", chinese, "text", _same(example.zh), member, "zh", long=True),
        Column(f"{member}_en", english, "text", _same(example.en), member, "en", long=True),
    )


_CROPS = Column("crops", Names("作物", "Crops"), "texts", Names("蔬菜、茶叶", "蔬菜; 茶叶"))
_OF_EVERY = (
    Column("from", Names("自", "From"), "day", _same("2026-06-01")),
    Column("to", Names("至", "Until"), "day", _same("2026-12-31")),
    *_both("source", "出处", "Source", Names("农业农村部公告第536号", "MARA Announcement No. 536")),
    Column("edition", Names("出处的版本", "Edition of the source"), "text", _same("2026")),
    *_both("note", "备注", "Note", Names("附件 2", "Annex 2")),
)

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "bans": (
        Column("ingredient", Names("成分", "Ingredient"), "text", _same("克百威")),
        Column("toxicity", Names("毒性分级", "Toxicity"), "texts", Names("剧毒、高毒", "剧毒; 高毒")),
        Column("aliases", Names("别名", "Also called"), "texts", Names("呋喃丹", "carbofuran")),
        _CROPS,
    ),
    "editions": (Column("standard", Names("标准", "Standard"), "text", _same("GB 2763-2026")),),
    "limits": (
        Column("item", Names("检测项目", "What is tested for"), "text", _same("多菌灵")),
        _CROPS,
        Column("limit", Names("限量", "Limit"), "number", _same("0.1")),
        Column("unit", Names("单位", "Unit"), "text", _same("mg/kg")),
    ),
    "quotas": (
        Column("crop", Names("作物", "Crop"), "text", _same("茶")),
        Column("item", Names("投入品或养分", "Input or nutrient"), "word", Names("肥料", "fertiliser")),
        Column("perMu", Names("每亩至多", "At most per mu"), "number", _same("20")),
        Column("uom", Names("单位", "Unit"), "unit", Names("公斤", "kg")),
        Column("blockFactor", Names("超过几倍就拦下", "Blocked above so many times"), "number",
               _same("1.5")),
    ),
    "certificates": (
        Column("scope", Names("品种范围", "Kinds of produce"), "texts",
               Names("蔬菜、水果", "蔬菜; 水果")),
        Column("producerText", Names("生产者的承诺", "A producer's promise (Chinese)"), "text",
               _same("未使用禁用农药…"), long=True),
        Column("producerTextEn", Names("生产者的承诺（英文）", "A producer's promise"), "text",
               _same("No banned pesticides …"), long=True),
        Column("purchaserText", Names("收购者的承诺", "A purchaser's promise (Chinese)"), "text",
               _same("已按规定收取…"), long=True),
        Column("purchaserTextEn", Names("收购者的承诺（英文）", "A purchaser's promise"), "text",
               _same("Certificates were collected …"), long=True),
        Column("ticks", Names("勾选项", "What can be ticked (Chinese)"), "texts",
               Names("自行检测合格", "自行检测合格"), long=True),
        Column("ticksEn", Names("勾选项（英文）", "What can be ticked"), "texts",
               Names("Own test passed", "Own test passed"), long=True),
        Column("keepMonths", Names("保存月数", "Months it is kept"), "number", _same("6")),
    ),
    "thresholds": (
        Column("name", Names("界限", "Figure"), "word", Names("迟报天数", "days until it is late")),
        Column("value", Names("数值", "Value"), "number", _same("7")),
    ),
    "counties": (
        Column("code", Names("代码", "Code"), "text", _same("330112")),
        Column("place", Names("同一县的标识", "Mark of the county"), "text", _same("lin-an")),
        *_both("name", "名称", "Name", Names("临安区", "Lin'an district")),
    ),
}  # fmt: skip
COLUMNS = {name: (*own, *_OF_EVERY) for name, own in COLUMNS.items()}
"""Of each table, in the order of a sheet and of a form."""

WORDS: Mapping[str, Mapping[str, Names]] = {
    "thresholds": {
        "codesBlockFactor": Names("编码超过上限几倍就拦下", "codes blocked above, times the ceiling"),
        "latenessDays": Names("迟报天数", "days until it is late"),
        "sensorSilenceMinutes": Names("测温中断多少分钟算异常", "minutes until a sensor is silent"),
        "caseReceiveDays": Names("多少天内受理举报", "days to take up a report"),
        "caseAnswerDays": Names("多少天内答复举报", "days to answer a report"),
        "caseKeepDays": Names("举报保存天数", "days a report is kept"),
    },
    "quotas": {
        "pesticide": Names("农药", "pesticide"),
        "fertiliser": Names("肥料", "fertiliser"),
        "veterinary": Names("兽药", "veterinary drug"),
        "vaccine": Names("疫苗", "vaccine"),
        "seed": Names("种子种苗", "seed or seedlings"),
        "feed": Names("饲料", "feed"),
        "film": Names("农膜", "film"),
    },
}  # fmt: skip
"""Words that stand for a code in the column of kind ``word``."""
UNITS: Mapping[str, Names] = {
    "KGM": Names("公斤", "kg"),
    "GRM": Names("克", "g"),
    "TNE": Names("吨", "t"),
    "LTR": Names("升", "L"),
    "MLT": Names("毫升", "mL"),
    "H87": Names("个", "pieces"),
}


def column_of(table: str, heading: str) -> Column | None:
    """The column that a heading names; None for none of this table."""
    asked = plain(heading.strip().lstrip("*").rstrip("*:："))
    for one in COLUMNS[table]:
        if asked in {plain(one.name), plain(one.names.zh), plain(one.names.en)}:
            return one
        # ``source`` or 出处 alone is its Chinese text.
        bare = {plain(one.member), plain(one.names.zh.removesuffix("（中文）"))}
        if one.tongue == "zh" and asked in bare:
            return one
    return None


def read_cell(table: str, column: Column, text: str) -> Any:
    """What a cell says, as a row holds it; Malformed where it makes no sense there."""
    text = unguarded(text.strip())
    match column.kind:
        case "texts":
            parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
            if column.name == "crops" and any(plain(part) in _EVERY for part in parts):
                return ["*"]
            return parts
        case "day":
            day = day_of_people(text)
            if day is None:
                raise Malformed("{value} is no day; write it as 2026-09-17", value=text[:40])
            return day.isoformat()
        case "number":
            return _number(column, text)
        case "word":
            return _code(WORDS[table], text) or text
        case "unit":
            return _code(UNITS, text) or text
    return text


def cells_of(table: str, row: Mapping[str, Any], tongue: Tongue) -> dict[str, str]:
    """A row in words, column by column; what it does not say is left out."""
    found: dict[str, str] = {}
    for column in COLUMNS[table]:
        value = row.get(column.path)
        if column.tongue is not None:
            if isinstance(value, Mapping):
                value = value.get(column.tongue)
            elif column.tongue == "en":
                value = None
        if value not in (None, "", []):
            found[column.name] = _said(table, column, value, tongue)
    return found


def _said(table: str, column: Column, value: Any, tongue: Tongue) -> str:
    if isinstance(value, list):
        said = [_in(EVERY_CROP, tongue) if one == "*" else str(one) for one in value]
        return ("、" if tongue == "zh" else "; ").join(said)
    if column.kind == "word" and str(value) in WORDS[table]:
        return _in(WORDS[table][str(value)], tongue)
    if column.kind == "unit" and str(value) in UNITS:
        return _in(UNITS[str(value)], tongue)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


def _number(column: Column, text: str) -> int | float:
    try:
        value = Decimal(plain_number(text))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or value > 10**9:
        raise Malformed(
            "“{value}” is no number that can stand here; right is for example {example}",
            value=text[:40], example=column.example,
        )  # fmt: skip
    return int(value) if value == value.to_integral_value() else float(value)


def _code(words: Mapping[str, Names], text: str) -> str | None:
    asked = plain(text)
    return next(
        (
            code
            for code, names in words.items()
            if asked in {plain(code), plain(names.zh), plain(names.en)}
        ),
        None,
    )


def _in(names: Names, tongue: Tongue) -> str:
    return names.zh if tongue == "zh" else names.en


__all__ = ["COLUMNS", "UNITS", "WORDS", "Column", "Tongue", "cells_of", "column_of", "read_cell"]

"""What people write into cells, made plain: days, units in headings, texts that look like formulas."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from suyuan.core.farm.units import plain, unit_of
from suyuan.core.story_values import day_of

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_BRACKET = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】")
_SLASH = re.compile(r"(.+?)[/:：]\s*([^/:：\s]+)")
_TWO = re.compile(r"(\d{1,2})\s*(?:[-/.月])\s*(\d{1,2})\s*日?号?")
_WHOLE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_BARE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_CLOCK = re.compile(r"(.*?)[T\s]+(\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?")
_SERIAL = re.compile(r"\d{5}(?:\.0+)?")
_FIRST = date(1899, 12, 30)
"""Day 0 of Excel's calendar (ECMA-376 part 1, 18.17.4.1), for days since 1900-03-01."""


def guarded(text: str) -> str:
    """A text that no program takes for a formula: with an apostrophe before it where it begins so."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def unguarded(text: str) -> str:
    """The other way round: what ``guarded`` made, or a person who knows Excel."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def heading_of(text: str) -> tuple[str, str | None]:
    """A heading in one form, and the unit it states: ``面积（亩）``, ``Amount [kg]``, ``用量/毫升``.

    What stands in brackets and is no unit is a remark, and falls away.
    """
    given = unicodedata.normalize("NFKC", text)
    unit: str | None = None
    for found in _BRACKET.finditer(given):
        inner = next(part for part in found.groups() if part is not None).strip()
        stated = unit_of(inner.removeprefix("单位").lstrip(":： "))
        unit = stated.word if stated is not None else unit
    bare = _BRACKET.sub("", given)
    slashed = _SLASH.fullmatch(bare.strip())
    if unit is None and slashed is not None and unit_of(slashed[2]) is not None:
        stated = unit_of(slashed[2])
        assert stated is not None
        bare, unit = slashed[1], stated.word
    return re.sub(r"[\s_*:：#.-]+", "", bare).casefold(), unit


def day_and_time(text: str, today: date, year: int | None = None) -> tuple[str, str]:
    """A day as ``2026-09-08`` and a time of day, each empty or as it came where it is not understood.

    Without a year it is that of ``year``, else the last such day that is not still to come. Numbers of
    five digits are days as Excel counts them.
    """
    given, clock = plain(text), ""
    timed = _CLOCK.fullmatch(given)
    if timed is not None:
        given, clock = timed[1], timed[2]
    found = _WHOLE.fullmatch(given) or _BARE.fullmatch(given)
    if found is not None:
        whole = day_of(f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}")
        return (whole.isoformat() if whole else text.strip()), clock
    short = _TWO.fullmatch(given)
    if short is not None:
        for of in (year,) if year is not None else (today.year, today.year - 1):
            day = day_of(f"{of}-{int(short[1]):02d}-{int(short[2]):02d}")
            if day is not None and (year is not None or day <= today):
                return day.isoformat(), clock
    if _SERIAL.fullmatch(given):
        return (_FIRST + timedelta(days=int(given.split(".")[0]))).isoformat(), clock
    return text.strip(), clock


def text_of_value(value: object) -> str:
    """A value of a workbook's cell as the text that a person would read there."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        # 0.1 + 0.2 in a sheet shows as 0.3: Excel has fifteen digits.
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value)

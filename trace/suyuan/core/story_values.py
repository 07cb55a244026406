"""What a story is made of: names in two languages, sentences to be said in either, days and amounts.

Members of our own vocabulary may have any shape in a stored event. What is not as it should be reads
as nothing here, never as an error: a page shows what it can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from suyuan.core.errors import Malformed
from suyuan.core.said import Said as Said
from suyuan.core.timestamps import to_utc_millis

LONGEST = 300
"""Characters of a text that a page shows."""

_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Names(NamedTuple):
    """One thing's name in both languages; where only one was given, it stands for both."""

    zh: str
    en: str


class Quantity(NamedTuple):
    """An amount and its unit: a UN/CEFACT code, or what people wrote, such as 亩."""

    amount: float
    unit: str


class Unit(NamedTuple):
    """The name of a unit by itself: "per mu"."""

    code: str


class Weekday(NamedTuple):
    """A day to plan for, said with its day of the week: "Tuesday 22 September 2026"."""

    day: date


class Moment(NamedTuple):
    """When something was done, in the time zone of the event."""

    day: date
    clock: str
    """``15:20``."""
    utc: str
    zone: str
    """``+08:00``."""


def text_of(value: object) -> str | None:
    """A text with something in it, shortened to what a page shows."""
    if not isinstance(value, str) or not (text := value.strip()):
        return None
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def names_of(value: object) -> Names | None:
    """``{"zh": …, "en": …}``, one of the two, or a plain text."""
    if not isinstance(value, dict):
        text = text_of(value)
        return Names(text, text) if text else None
    zh, en = text_of(value.get("zh")), text_of(value.get("en"))
    return Names(zh or en or "", en or zh or "") if zh or en else None


def number_of(value: object) -> float | None:
    """A number; a truth value is none."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def quantity_of(value: object, *, amount: str = "value", unit: str = "uom") -> Quantity | None:
    """``{"value": 250, "uom": "GRM"}``; ``unit`` is where the unit stands."""
    if not isinstance(value, dict):
        return None
    number, what = number_of(value.get(amount)), text_of(value.get(unit))
    return Quantity(number, what) if number is not None and what else None


def day_of(value: object) -> date | None:
    """``2026-09-17``, also in front of a time."""
    if not isinstance(value, str) or not _DAY.fullmatch(value[:10]):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def objects_of(value: object) -> Iterator[Mapping[str, Any]]:
    """The objects of a list, or the one object that stands alone."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            yield item


def moment_of(event: Mapping[str, Any]) -> Moment:
    """When the event happened; Malformed without a time, which no stored event lacks."""
    given, zone = event.get("eventTime"), event.get("eventTimeZoneOffset")
    if not isinstance(given, str):
        raise Malformed("a text belongs here", path="/eventTime")
    return _moment(given, zone if isinstance(zone, str) else "")


@lru_cache(maxsize=4096)
def _moment(given: str, zone: str) -> Moment:
    utc, zone = to_utc_millis(given), zone if _OFFSET.fullmatch(zone) else "+00:00"
    local = local_time(utc, zone)
    return Moment(local.date(), f"{local:%H:%M}", utc, zone)


@lru_cache(maxsize=4096)
def local_day(utc: str, zone: str) -> date:
    """The day that a time of the log is, in a time zone."""
    return local_time(utc, zone).date()


def local_time(utc: str, zone: str) -> datetime:
    """A time of the log as the clocks of a zone show it; the time itself at the calendar's ends."""
    moment = datetime.fromisoformat(utc)
    sign, hours, minutes = zone[0], int(zone[1:3]), int(zone[4:6])
    shift = timedelta(hours=hours, minutes=minutes)
    try:
        return moment - shift if sign == "-" else moment + shift
    except OverflowError:
        return moment

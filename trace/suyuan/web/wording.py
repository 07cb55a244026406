"""What a page says, in one language: sentences, names, dates, amounts.

Everything that can be said is a key of words/zh/messages.po; ``word`` marks those that stand in tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache

from suyuan.core.errors import SuyuanError
from suyuan.core.story_names import Who
from suyuan.core.story_values import Names, Quantity, Said, Unit, Weekday
from suyuan.words import LANGUAGES, Language, locale_of, say, with_parts


def word(key: str) -> str:
    """Marks a key that is translated where it is used."""
    return key


CHIPS: Mapping[str, str] = {
    "recorder": word("self-declared"),
    "certifier": word("third party"),
    "regulator": word("government"),
    "admin": word("keeper of the log"),
}
"""Who says so, by the role of the key that signed (formats.md §4)."""

_UNITS: Mapping[str, str] = {
    "CEL": word("°C"),
    "DAY": word("days"),
    "GRM": word("g"),
    "H87": word("pieces"),
    "HAR": word("ha"),
    "HUR": word("h"),
    "KGM": word("kg"),
    "LTR": word("L"),
    "MGM": word("mg"),
    "MIN": word("min"),
    "MLT": word("mL"),
    "MTK": word("m²"),
    "MTQ": word("m³"),
    "TNE": word("t"),
    "亩": word("mu"),
    "斤": word("jin"),
}
_SMALLER: Mapping[str, str] = {"KGM": "GRM", "LTR": "MLT", "GRM": "MGM", "TNE": "KGM",
                                "MTQ": "LTR"}  # fmt: skip
"""A thousandth of each: nobody says 0.08 litres."""

_MONTHS: Mapping[int, str] = locale_of("en").months["format"]["wide"]
_WEEKDAYS: Mapping[str, Mapping[int, str]] = {
    language: locale_of(language).days["format"]["wide"] for language in LANGUAGES
}
_CLOCK = word("{day}, {time} Beijing time")
_BEIJING = timezone(timedelta(hours=8))


class Wording:
    """The words of one language. Stateless; one for each language is enough."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.tag = "zh-CN" if language == "zh" else "en"
        self.gap = "" if language == "zh" else " "
        """What stands between two sentences."""
        self._gettext: Callable[[str], str] = say(language)
        # The same sentences and amounts stand on page after page.
        self.said = lru_cache(maxsize=4096)(self._said)
        self.amount = lru_cache(maxsize=4096)(self._amount)
        self.day = lru_cache(maxsize=4096)(self._day)
        self.count = lru_cache(maxsize=4096)(self._count)

    def __call__(self, key: str, **params: object) -> str:
        """A sentence, filled."""
        template = self._gettext(key)
        if not params:
            return template
        filled = with_parts(params, self.language)
        return template.format(**{name: self.show(value) for name, value in filled.items()})

    def _said(self, sentence: Said) -> str:
        """A sentence of a story."""
        return self(sentence.template, **sentence.params)

    def _count(self, number: int, one: str, many: str) -> str:
        """``one`` for a single thing, else ``many`` with its ``{n}``."""
        return self(one) if number == 1 else self(many, n=number)

    def name(self, names: Names | None, otherwise: str = "") -> str:
        """A name in this language."""
        if names is None:
            return otherwise
        return names.zh if self.language == "zh" else names.en

    def who(self, who: Who) -> str:
        """An organisation, by its URI where nobody named it."""
        return self.name(who.names, who.id)

    def show(self, value: object) -> str:
        """Anything that can stand in a sentence."""
        if isinstance(value, str):
            return value
        if isinstance(value, Names):
            return self.name(value)
        if isinstance(value, Said):
            return self.said(value)
        if isinstance(value, SuyuanError):
            return self(value.message, **value.params)
        if isinstance(value, Quantity):
            return self.amount(value)
        if isinstance(value, Unit):
            return self._unit(value.code)
        if isinstance(value, Weekday):
            return self.weekday(value.day)
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, Decimal):
            return f"{value.normalize():f}"
        return number(value) if isinstance(value, float) else str(value)

    def _day(self, day: date) -> str:
        """``2026年9月17日``, ``17 September 2026``."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month]} {day.year}"

    def month(self, month: int) -> str:
        """``9月``, ``September``."""
        return f"{month}月" if self.language == "zh" else _MONTHS[month]

    def weekday(self, day: date) -> str:
        """``9月22日（星期二）``, ``Tuesday 22 September``; the year where it is not this one."""
        name = _WEEKDAYS[self.language][day.weekday()]
        said = self.day(day)
        if day.year == today().year:
            said = said.partition("年")[2] if self.language == "zh" else said.rpartition(" ")[0]
        return f"{said}（{name}）" if self.language == "zh" else f"{name} {said}"

    def moment(self, utc: str) -> str:
        """A time of the log or the chain, to the minute, as clocks in China show it."""
        local = datetime.fromisoformat(utc).astimezone(_BEIJING)
        return self(_CLOCK, day=local.date(), time=f"{local:%H:%M}")

    def _amount(self, quantity: Quantity) -> str:
        """``80 毫升``, ``80 mL``; units that nobody told us stay as they are."""
        value, unit = float(quantity.amount), quantity.unit
        if 0 < abs(value) < 1 and unit in _SMALLER:
            value, unit = value * 1000, _SMALLER[unit]
        return f"{number(value)} {self._unit(unit)}"

    def _unit(self, code: str) -> str:
        known = _UNITS.get(code)
        return self._gettext(known) if known else code


def number(value: float) -> str:
    """A number as people write it: no exponent, no trailing zeros."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value != int(value) else str(int(value))


@lru_cache(maxsize=2)
def wording(language: Language) -> Wording:
    """The words of a language."""
    return Wording(language)


def today() -> date:
    """The day it is for shops in China."""
    return datetime.now(UTC).astimezone(_BEIJING).date()

"""What a part of a value must satisfy beyond its length and characters, by the names in the table.

A check gets the identifier and the part's text, whose characters are right already, and raises
Malformed. Source: General Specifications §3 and §7.9-7.12.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from suyuan.core.digital_link import check_digit
from suyuan.core.errors import Malformed
from suyuan.core.gs1.codes import COUNTRIES, COUNTRIES_BY_LETTERS, CURRENCIES, MEDIA

Check: TypeAlias = Callable[[str, str], None]

_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _mod10(ai: str, text: str) -> None:
    right = check_digit(text[:-1])
    if text[-1] != right:
        raise Malformed(
            "AI ({ai}): the check digit of {text} is {wrong}, it should be {right}",
            ai=ai,
            text=text,
            wrong=text[-1],
            right=right,
        )


def _prefix(ai: str, text: str) -> None:
    if re.match("[0-9]{4}.", text) is None:
        raise Malformed(
            "AI ({ai}): {text} does not begin with a company prefix, which is at least 4 digits, "
            "and go on",
            ai=ai,
            text=text,
        )


def _month(ai: str, text: str) -> None:
    """YYMMDD; day 00 is the whole month. A leap year is one of YY divisible by 4, until 2050."""
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:6])
    _calendar(ai, text, year, month, day)


def _day(ai: str, text: str) -> None:
    _month(ai, text)
    if text.endswith("00"):
        raise Malformed("AI ({ai}): the date {text} has no day", ai=ai, text=text)


def _date(ai: str, text: str) -> None:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    _calendar(ai, text, year if year % 100 or year % 400 == 0 else 1, month, day)
    if day == 0:
        raise Malformed("AI ({ai}): the date {text} has no day", ai=ai, text=text)


def _calendar(ai: str, text: str, year: int, month: int, day: int) -> None:
    if not 1 <= month <= 12:
        raise Malformed("AI ({ai}): the date {text} has no month {month}", ai=ai, text=text,
                        month=f"{month:02}")  # fmt: skip
    last = 28 if month == 2 and year % 4 else _MONTHS[month - 1]
    if day > last:
        raise Malformed(
            "AI ({ai}): the date {text} has day {day}, and that month has {last} days",
            ai=ai,
            text=text,
            day=day,
            last=last,
        )


def _under(limit: int) -> Check:
    def check(ai: str, text: str) -> None:
        if int(text) >= limit:
            raise Malformed("AI ({ai}): {text} is no part of a time of day", ai=ai, text=text)

    return check


_hour, _minute = _under(24), _under(60)


def _clock(ai: str, text: str) -> None:
    _hour(ai, text[:2])
    _minute(ai, text[2:])


def _listed(codes: frozenset[str]) -> Check:
    def check(ai: str, text: str) -> None:
        if text not in codes:
            raise Malformed("AI ({ai}): {text} is no code that may stand there", ai=ai, text=text)

    return check


def _piece(ai: str, text: str) -> None:
    half = len(text) // 2
    if not 0 < int(text[:half]) <= int(text[half:]):
        raise Malformed(
            "AI ({ai}): {text} says piece {piece} of {total}",
            ai=ai,
            text=text,
            piece=int(text[:half]),
            total=int(text[half:]),
        )


def _nozero(ai: str, text: str) -> None:
    if text.startswith("0") and text != "0":
        raise Malformed("AI ({ai}): {text} begins with a needless 0", ai=ai, text=text)


def _nonzero(ai: str, text: str) -> None:
    if not text.strip("0"):
        raise Malformed("AI ({ai}): {text} is nothing but zeros", ai=ai, text=text)


def _notdigits(ai: str, text: str) -> None:
    if text.isdigit():
        raise Malformed("AI ({ai}): {text} is nothing but digits", ai=ai, text=text)


def _percent(ai: str, text: str) -> None:
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise Malformed("AI ({ai}): in {text} a % is not followed by two hex digits", ai=ai,
                        text=text)  # fmt: skip


def _degrees(most: int) -> Check:
    def check(ai: str, text: str) -> None:
        if int(text) > most:
            raise Malformed("AI ({ai}): {text} is beyond the globe", ai=ai, text=text)

    return check


def _birth(ai: str, text: str) -> None:
    found = re.fullmatch("([1-9][0-9]*)/([1-9][0-9]*)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise Malformed("AI ({ai}): {text} is not like 1/2, first of two", ai=ai, text=text)


def _iban(ai: str, text: str) -> None:
    if re.fullmatch("[A-Z]{2}[0-9]{2}[0-9A-Z]+", text) is None or text[:2] not in (
        COUNTRIES_BY_LETTERS | {"XK"}
    ):
        raise Malformed("AI ({ai}): {text} is no IBAN", ai=ai, text=text)
    if int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 != 1:
        raise Malformed("AI ({ai}): the check digits of IBAN {text} are wrong", ai=ai, text=text)


_SET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
_PAIR = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_PRIMES = (
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
)  # fmt: skip


def _gmn(ai: str, text: str) -> None:
    """The two check characters of a model number: mod 1021, in base 32."""
    weighted = zip(reversed(text[:-2]), _PRIMES, strict=False)
    total = sum(_SET82.index(char) * prime for char, prime in weighted) % 1021
    right = _PAIR[total >> 5] + _PAIR[total & 31]
    if text[-2:] != right:
        raise Malformed(
            "AI ({ai}): the check characters of {text} should be {right}",
            ai=ai,
            text=text,
            right=right,
        )


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CHECKS: dict[str, Check] = {
    "mod10": _mod10,
    "prefix": _prefix,
    "month": _month,
    "day": _day,
    "date": _date,
    "hour": _hour,
    "minute": _minute,
    "second": _minute,
    "clock": _clock,
    "country": _listed(COUNTRIES),
    "country999": _listed(COUNTRIES | {"999"}),
    "country2": _listed(COUNTRIES_BY_LETTERS),
    "currency": _listed(CURRENCIES),
    "media": _listed(MEDIA),
    "zero": _listed(frozenset("0")),
    "yesno": _listed(frozenset("01")),
    "winding": _listed(frozenset("019")),
    "sex": _listed(frozenset("0129")),
    "minus": _listed(frozenset("-")),
    "importer": _listed(frozenset(f"0123456789{_LETTERS}{_LETTERS.lower()}-_")),
    "piece": _piece,
    "nozero": _nozero,
    "nonzero": _nonzero,
    "notdigits": _notdigits,
    "percent": _percent,
    "latitude": _degrees(1800000000),
    "longitude": _degrees(3600000000),
    "birth": _birth,
    "iban": _iban,
    "gmn": _gmn,
}

"""Amounts as people say them, and as events hold them: ``30 斤`` is 15 KGM.

Units of measure in events are UN/CEFACT Recommendation 20 codes. The Chinese market units are those of
the State Council's order of 1959-06-25 (1 斤 = 500 g, ten 两 to the 斤) and 1 亩 = 10000/15 m².
Bottle, bag and basket measure nothing by themselves: they convert by the net content in the product's
master data, and are counted as pieces where that is not known.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Refused
from suyuan.core.farm.deed import Amount

Dimension = Literal["mass", "volume", "area", "count"]

SQUARE_METRES_OF_A_MU = Fraction(10_000, 15)

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that people use. ``factor`` × an amount in it is the amount in ``code``."""

    word: str
    en: str
    dimension: Dimension
    code: str
    factor: Decimal
    pack: bool = False
    """A bottle, a bag: how much is in it is the product's to say."""


def _units() -> Iterator[tuple[Unit, tuple[str, ...]]]:
    def measure(
        word: str, en: str, dimension: Dimension, code: str, factor: str, *others: str
    ) -> tuple[Unit, tuple[str, ...]]:
        codes = (code,) if factor == "1" else ()
        return Unit(word, en, dimension, code, Decimal(factor)), (word, en, *codes, *others)

    yield measure("公斤", "kg", "mass", "KGM", "1", "千克")
    yield measure("斤", "jin", "mass", "KGM", "0.5", "市斤")
    yield measure("两", "liang", "mass", "KGM", "0.05", "市两")
    yield measure("克", "g", "mass", "GRM", "1")
    yield measure("毫克", "mg", "mass", "MGM", "1")
    yield measure("吨", "t", "mass", "TNE", "1")
    yield measure("担", "dan", "mass", "KGM", "50", "市担")
    yield measure("磅", "lb", "mass", "LBR", "1", "pound", "pounds")
    yield measure("升", "L", "volume", "LTR", "1", "公升")
    yield measure("毫升", "mL", "volume", "MLT", "1")
    yield measure("立方米", "m3", "volume", "MTQ", "1", "方", "立方")
    yield measure("亩", "mu", "area", "亩", "1", "市亩")
    yield measure("分", "fen", "area", "亩", "0.1", "市分")
    yield measure("公顷", "ha", "area", "HAR", "1")
    yield measure("平方米", "m2", "area", "MTK", "1", "平米", "平方")
    for word, en in (
        ("个", "pieces"), ("头", "head"), ("只", "animals"), ("羽", "birds"), ("尾", "fish"),
        ("株", "plants"), ("棵", "trees"), ("枚", "eggs"), ("粒", "grains"), ("把", "bunches"),
        ("朵", "flower heads"), ("片", "sheets"), ("张", "leaves"), ("支", "tubes"),
    ):  # fmt: skip
        yield Unit(word, en, "count", "H87", Decimal(1)), (word, en)
    for word, en in (
        ("瓶", "bottles"), ("袋", "bags"), ("筐", "baskets"), ("盒", "boxes"), ("桶", "drums"),
        ("包", "packets"), ("箱", "cartons"), ("件", "packages"), ("卷", "rolls"),
    ):  # fmt: skip
        yield Unit(word, en, "count", "H87", Decimal(1), pack=True), (word, en)


_ALSO = {
    "pcs": "个", "piece": "个", "H87": "个", "EA": "个", "C62": "个", "heads": "头", "bottle": "瓶",
    "bag": "袋", "basket": "筐", "box": "盒", "drum": "桶", "packet": "包", "carton": "箱", "tree": "棵",
    "plant": "株", "liter": "升", "litre": "升", "litres": "升", "liters": "升", "tonnes": "吨",
    "tonne": "吨", "kilo": "公斤", "kilos": "公斤", "hectares": "公顷", "acre of land": "亩",
}  # fmt: skip
UNITS: Mapping[str, Unit] = {unit.word: unit for unit, _ in _units()}
"""By its Chinese word."""
_KNOWN = {name.casefold(): unit for unit, names in _units() for name in names} | {
    name.casefold(): UNITS[word] for name, word in _ALSO.items()
}
_NUMBER = r"(?:\d+(?:\.\d*)?|\.\d+)"
_NUMERALS = "零一二三四五六七八九十百"
# 两 is a unit too (十两), and a number only in front of one (两瓶).
_CHINESE = rf"(?:[两]?[{_NUMERALS}]+|两(?=\s*[^\d\s.,;+\-])|半)"
_PAIR = re.compile(rf"({_NUMBER}|{_CHINESE})\s*([^\d\s.,;+\-半{_NUMERALS}]+(?:[23](?=\s|$))?)")
_SPELT = re.compile(r"(?:(?P<hundreds>[一二三四五六七八九两]?)百)?(?:(?P<tens>[一二三四五六七八九]?)十)?"
                    r"(?:(?P<gap>零)?(?P<ones>[一二三四五六七八九]))?")  # fmt: skip
_ALONE = re.compile(rf"-?{_NUMBER}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")


def unit_of(word: str) -> Unit | None:
    """The unit by any of its names: ``斤``, ``kg``, ``KGM``; None for an unknown one."""
    return _KNOWN.get(unicodedata.normalize("NFKC", word).strip().casefold())


def plain(text: str) -> str:
    """Full-width digits and signs as ASCII, thousands commas taken out."""
    return _THOUSANDS.sub("", unicodedata.normalize("NFKC", text)).strip()


def spelt(text: str) -> Decimal | None:
    """``十``, ``二十五``, ``两百零五``, ``半``; None for others, also for 一百五, which means 150."""
    if text in ("半", "两"):
        return Decimal("0.5") if text == "半" else Decimal(2)
    found = _SPELT.fullmatch(text)
    if not text or found is None:
        return None
    digits = {None: 0, "": 1, "两": 2} | {one: n for n, one in enumerate("零一二三四五六七八九")}
    if found["ones"] and (found["gap"] is None) == (
        found["hundreds"] is not None and found["tens"] is None
    ):
        return None
    return Decimal(
        100 * digits[found["hundreds"]] + 10 * digits[found["tens"]] + digits[found["ones"]]
    )


def parse_number(text: str) -> Decimal:
    """A number as people write it; Refused for anything else."""
    given = plain(text)
    if (number := spelt(given)) is not None:
        return number
    if _ALONE.fullmatch(given) is None or len(given) > 30:
        raise Refused("{value} is no number", value=text.strip()[:40])
    return Decimal(given)


def parse_amount(text: str, *, usual: str | None = None, content: Amount | None = None) -> Amount:
    """``30 斤``, ``1.5亩``, ``2,000 kg``, ``3斤2两``, full-width digits too, kept beside as said.

    ``usual`` is the unit of a number that stands alone, where there is only one that it can be;
    ``content`` is what one bottle or bag holds, by the master data of the product. Refused in words.
    """
    # A table says the same amounts again and again.
    read = _amount if len(text) <= _KEPT_LENGTH else _amount.__wrapped__
    return read(text, usual, content)


_KEPT_LENGTH = 40


@lru_cache(maxsize=4096)
def _amount(text: str, usual: str | None, content: Amount | None) -> Amount:
    said, given = text.strip(), plain(text)
    if not given:
        raise Refused("an amount and its unit belong here, for example 30 斤")
    if given.startswith("-"):
        raise Refused("{value} is below zero", value=said[:40])
    if _ALONE.fullmatch(given):
        if usual is None:
            raise Refused("{value} has no unit; write for example {value} 斤", value=said[:40])
        given = f"{given}{usual}"
    pairs = list(_PAIR.finditer(given))
    if not pairs or "".join(p[0] for p in pairs).replace(" ", "") != given.replace(" ", ""):
        raise Refused("{value} is no amount; write for example 30 斤 or 1.5 亩", value=said[:40])
    return _summed([_one(pair, said) for pair in pairs], said, content)


def parse_goods(text: str) -> Amount:
    """``parse_amount`` of goods that change hands: more than nothing, and no area."""
    amount = parse_amount(text)
    if amount.value <= 0 or dimension_of(amount.unit) == "area":
        raise Refused("a quantity or weight belongs here, for example 500 公斤")
    return amount


def said_in(text: str) -> tuple[Decimal, Unit] | None:
    """The one number and unit of an amount as it was said; None for several (3斤2两), or for none."""
    given = plain(text)
    pairs = list(_PAIR.finditer(given))
    if len(pairs) != 1 or pairs[0][0].replace(" ", "") != given.replace(" ", ""):
        return None
    try:
        return _one(pairs[0], text)
    except Refused:
        return None


def _one(pair: re.Match[str], said: str) -> tuple[Decimal, Unit]:
    number = None
    if pair[1][0] in f"{_NUMERALS}两半" and (number := spelt(pair[1])) is None:
        raise Refused("{value} is no amount; write for example 30 斤 or 1.5 亩", value=said[:40])
    unit = unit_of(pair[2])
    if unit is None:
        raise Refused(
            "{unit} is no unit that is known here; known are {known}",
            unit=pair[2][:20],
            known="、".join(UNITS),
        )
    if len(pair[1]) > 20:
        raise Refused("{value} has more digits than can be kept exactly", value=said[:40])
    return (Decimal(pair[1]) if number is None else number), unit


def _summed(parts: list[tuple[Decimal, Unit]], said: str, content: Amount | None) -> Amount:
    first = parts[0][1]
    if any(unit.code != first.code or unit.pack or first.pack for _, unit in parts[1:]):
        raise Refused(
            "{value} mixes units that do not belong together; write one amount", value=said[:40]
        )
    value = sum((number * unit.factor for number, unit in parts), Decimal(0))
    if first.pack and content is not None:
        return Amount(exact(value * content.value, said), content.unit, said)
    return Amount(exact(value, said), first.code, said)


def exact(value: Decimal, said: str) -> Decimal:
    """The value, if JSON keeps it exactly; Refused if it has too many digits."""
    plain_value = value.normalize()
    if plain_value and abs(plain_value) >= 2**53:
        raise Refused("{value} is more than can be recorded", value=said[:40])
    if plain_value != plain_value.to_integral_value() and (
        Decimal(repr(float(plain_value))) != plain_value
    ):
        raise Refused("{value} has more digits than can be kept exactly", value=said[:40])
    return plain_value


def as_json(value: Decimal) -> int | float:
    """A value that ``exact`` let pass, as the number that JSON holds."""
    return int(value) if value == value.to_integral_value() else float(value)


def square_metres(amount: Amount) -> Decimal | None:
    """An area (unit 亩, HAR, MTK …) in m², to the square centimetre's hundred: 1 亩 is 666.67.

    None where the unit is none of an area.
    """
    if amount.unit == "亩":
        exactly = Fraction(amount.value) * SQUARE_METRES_OF_A_MU
        return (Decimal(exactly.numerator) / Decimal(exactly.denominator)).quantize(_CENT)
    value, base = in_base_unit(amount.value, amount.unit)
    return value if base == "MTK" else None


def mu(amount: Amount) -> Decimal | None:
    """An area in 亩, exact where it was said in 亩; None where the unit is none of an area."""
    if amount.unit == "亩":
        return amount.value
    value, base = in_base_unit(amount.value, amount.unit)
    return value * 15 / 10_000 if base == "MTK" else None


def dimension_of(code: str) -> Dimension | None:
    """What a UN/CEFACT code measures; None for units that farms do not count in."""
    if code == "亩":
        return "area"
    base = in_base_unit(Decimal(1), code)[1]
    return _DIMENSIONS.get(base)


_DIMENSIONS: Mapping[str, Dimension] = {
    "KGM": "mass",
    "MTQ": "volume",
    "MTK": "area",
    "C62": "count",
}

__all__ = [
    "SQUARE_METRES_OF_A_MU",
    "UNITS",
    "Dimension",
    "Unit",
    "as_json",
    "dimension_of",
    "exact",
    "mu",
    "parse_amount",
    "parse_goods",
    "parse_number",
    "plain",
    "said_in",
    "spelt",
    "square_metres",
    "unit_of",
]

"""Stock in the words that people count it in: 3 瓶 beside 0.3 L, 3 瓶 and not 3 pieces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import UNITS, said_in
from suyuan.core.story_values import Names

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """A unit as it was said, and how much it was then, in the base unit of the line."""

    per: Decimal
    word: str

    def encode(self) -> str:
        return f"{self.per:f} {self.word}"

    @classmethod
    def decode(cls, text: str) -> Word:
        per, _, word = text.partition(" ")
        return cls(Decimal(per), word)

    @property
    def en(self) -> str:
        return UNITS[self.word].en


def word_of(amount: Amount) -> Word | None:
    """In which one unit an amount was said: ``3 瓶`` of 100 mL each; None for several (3斤2两), for
    none, and for one that says the same as the converted value (公斤, 升)."""
    found = said_in(amount.said) if amount.said else None
    if found is None:
        return None
    count, unit = found
    value, _ = in_base_unit(amount.value, amount.unit)
    measures = unit.dimension != "count" and unit.factor == 1
    if measures or count <= 0 or value <= 0:
        return None
    return Word((value / count).normalize(), unit.word)


def chosen(words: Mapping[Word, int], unit: str) -> Word | None:
    """The word of a line: the one that is said most often. None where pieces were called by several, for
    a box is no bottle, or where a bottle was not always as large."""
    if not words:
        return None
    if unit == "C62" and len(words) > 1:
        return None
    most = max(words, key=lambda one: (words[one], one))
    if sum(one.word == most.word for one in words) > 1:
        return None
    return most


def counted_in(value: Decimal, words: Mapping[Word, int], unit: str) -> tuple[Decimal, Word] | None:
    """A value of a line in its word, to the hundredth; None where it has none."""
    word = chosen(words, unit)
    if word is None:
        return None
    return (value / word.per).quantize(_CENT).normalize(), word


def in_words(value: Decimal, words: Mapping[Word, int], unit: str) -> Names | None:
    """``3 瓶``, ``3 bottles``; None where the line has no word."""
    found = counted_in(value, words, unit)
    if found is None:
        return None
    count, word = found
    return Names(f"{count:f} {word.word}", f"{count:f} {word.en}")


def add_word(words: Counter[Word], amount: Amount) -> None:
    word = word_of(amount)
    if word is not None:
        words[word] += 1


__all__ = ["Word", "add_word", "chosen", "counted_in", "in_words", "word_of"]

"""Stock in the words that people count it in."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import parse_amount
from suyuan.core.rules.spoken import Word, chosen, in_words, word_of

CONTENT = Amount(Decimal(100), "MLT")
BOTTLE, BAG = Word(Decimal(1), "瓶"), Word(Decimal(1), "袋")
FULL = Word(Decimal("0.0001"), "瓶")


@pytest.mark.parametrize(
    ("said", "content", "word"),
    [
        ("3 瓶", None, BOTTLE),
        ("３瓶", CONTENT, FULL),
        ("1,000 袋", None, BAG),
        ("半袋", None, BAG),
        ("4 bottles", CONTENT, FULL),
        ("30 斤", None, Word(Decimal("0.5"), "斤")),
        ("12 头", None, Word(Decimal(1), "头")),
        ("5 公斤", None, None),
        ("3斤2两", None, None),
    ],
)
def test_what_was_said_and_how_much_it_was(
    said: str, content: Amount | None, word: Word | None
) -> None:
    found = word_of(parse_amount(said, content=content))
    assert found == word
    assert found is None or Word.decode(found.encode()) == word


def test_nothing_said_or_nothing_there_has_no_word() -> None:
    assert word_of(Amount(Decimal(3), "KGM")) is None
    assert word_of(Amount(Decimal(0), "H87", "0 瓶")) is None


def test_a_line_is_told_in_its_word_and_a_box_is_no_bottle() -> None:
    assert in_words(Decimal(3), {BOTTLE: 2}, "C62") == ("3 瓶", "3 bottles")
    assert in_words(Decimal(3), {BOTTLE: 2, BAG: 1}, "C62") is None
    assert in_words(Decimal("0.00025"), {FULL: 1}, "MTQ") == ("2.5 瓶", "2.5 bottles")
    assert chosen({FULL: 1, Word(Decimal("0.0005"), "箱"): 3}, "MTQ") == Word(
        Decimal("0.0005"), "箱"
    )
    # Bottles of two sizes: how many there are nobody can tell from litres.
    assert chosen({FULL: 1, Word(Decimal("0.0002"), "瓶"): 3}, "MTQ") is None
    assert in_words(Decimal(3), Counter(), "KGM") is None
    assert in_words(Decimal(-20), {BOTTLE: 1}, "C62") == ("-20 瓶", "-20 bottles")
    assert in_words(Decimal(100), {BOTTLE: 1}, "C62") == ("100 瓶", "100 bottles")

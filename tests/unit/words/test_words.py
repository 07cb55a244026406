"""The reader's language, and words in it."""

from __future__ import annotations

import pytest

from suyuan.core.errors import Malformed, NotFound
from suyuan.words import Language, choose, say, text_of


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, en;q=0.3", "en"),
        ("zh;q=0, en", "en"),
        ("fr", "zh"),
        ("*", "zh"),
        ("", "zh"),
        (None, "zh"),
        (";q=,,en;q=x", "zh"),
        ("en" * 10_000, "zh"),
    ],
)
def test_language_by_accept_language(accepted: str | None, language: Language) -> None:
    assert choose(accepted) == language


@pytest.mark.parametrize(
    ("wanted", "language"), [("zh", "zh"), ("en", "en"), ("fr", "en"), ("", "en"), (None, "en")]
)
def test_what_was_asked_for_counts_more(wanted: str | None, language: Language) -> None:
    assert choose("en", wanted) == language


def test_english_is_the_key() -> None:
    assert say("en")("nothing is sealed yet") == "nothing is sealed yet"
    assert say("zh")("nothing is sealed yet") == "还没有封存"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_said_for_nothing(language: Language) -> None:
    assert say(language)("") == ""


def test_an_error_is_filled_in_the_reader_s_language() -> None:
    error = NotFound("no record {index}", index=7)
    assert text_of(error, "zh") == "没有第 7 号记录"
    assert text_of(error, "en") == "no record 7"


def test_what_nobody_translated_stays_as_it_is() -> None:
    assert text_of(Malformed("quite new: {what}", what="{x}"), "zh") == "quite new: {x}"

"""Element strings and what identifiers ask of one another, with the cases of GS1's own engine."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS, lookup
from suyuan.core.gs1.element_strings import parse_element_string
from suyuan.core.gs1.rules import Element, check_together

UNASSIGNED = "(89)"
"""The engine can be told to take identifiers that are not assigned; we take none."""


def scanned(elements: tuple[Element, ...]) -> str:
    """As a scanner sends them, with ^ for FNC1."""
    text, separated = "^", True
    for ai, value in elements:
        text += f"{'' if separated else '^'}{ai}{value}"
        separated = lookup(ai).fixed
    return text


def _cases(function: str) -> list[list[str]]:
    path = shared("vectors", "gs1-syntax-engine-vectors", "ai.json")
    found = [case["args"] for case in json.loads(path.read_text()) if case["fn"] == function]
    assert found
    return found


def test_bracketed_cases() -> None:
    for ok, text, expected in _cases("test_parseAIdata"):
        if ok == "true":
            assert scanned(parse_element_string(text)) == expected, text
        else:
            with pytest.raises(Malformed):
                parse_element_string(text)


def test_scanned_cases() -> None:
    for ok, text in _cases("test_processAIdata"):
        if ok == "true":
            assert scanned(parse_element_string(text)).rstrip("^") == text.rstrip("^").replace(
                "1231^99", "123199"
            ), text
        else:
            with pytest.raises(Malformed):
                parse_element_string(text)


def test_companion_cases() -> None:
    for ok, _, text in _cases("test_validateAIs"):
        if UNASSIGNED in text:
            continue
        if ok == "true":
            check_together(parse_element_string(text))
        else:
            with pytest.raises(Malformed):
                check_together(parse_element_string(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(01)09521234000044(255)9521234000044", "(01) and (255) do not go together"),
        ("(3103)000195(3102)000195(01)09521234000044", "(3103) and (3102) do not go together"),
        ("(10)LOT", "(10) needs one of these beside it: 01, 02, 03, 8006, 8026"),
        ("(01)09521234000044(427)ZJ", "(427) needs one of these beside it: 01+422, 02+422, 03+422"),
        ("(400)A(400)B", "(400) is said twice, as A and as B"),
        (
            "(253)9521234000044(8030)x",
            "(8030) signs one single thing, and here a key has no serial number",
        ),
    ],
)
def test_what_does_not_go_together_is_said_in_words(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        check_together(parse_element_string(text))
    assert caught.value.text == said


@pytest.mark.parametrize("mark", ["^", "\x1d", "]d2", "]C1", "]d2\x1d"])
def test_what_a_scanner_sends(mark: str) -> None:
    text = f"{mark}0109521234000044" + "10LOT-1\x1d" + "17270917" + "21A"
    assert parse_element_string(text) == (
        ("01", "09521234000044"),
        ("10", "LOT-1"),
        ("17", "270917"),
        ("21", "A"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(01)09521234000044(10", "character 19 should begin an application identifier"),
        ("42", "this is no element string"),
        ("^", "this element string is empty"),
        ("^011234", "AI (01): 1234 has 4 characters"),
        ("^10A^0500", "no application identifier begins at character 6, 0500"),
    ],
)
def test_a_refusal_says_where(text: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_element_string(text)
    assert caught.value.text.startswith(said)


_PIECES = st.sampled_from(
    [*"()^\\\x1d]0123456789AZ %", "(01)", "^01", "09521234000044", "(10)", "]d2"]
)


@given(st.text(max_size=60) | st.lists(_PIECES, max_size=14).map("".join))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        elements = parse_element_string(text)
        check_together(elements)
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    assert all(ai in IDENTIFIERS for ai, _ in elements)

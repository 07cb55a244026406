"""The table of application identifiers against GS1's dictionary and test cases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shared import shared

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS, lookup
from suyuan.core.gs1.checks import CHECKS

OURS = {
    "csum": "mod10",
    "csumalpha": "gmn",
    "gcppos1": "prefix",
    "hasnondigit": "notdigits",
    "hh": "hour",
    "hhmi": "clock",
    "hyphen": "minus",
    "iban": "iban",
    "importeridx": "importer",
    "iso3166": "country",
    "iso3166999": "country999",
    "iso3166alpha2": "country2",
    "iso4217": "currency",
    "iso5218": "sex",
    "latitude": "latitude",
    "longitude": "longitude",
    "mediatype": "media",
    "mi": "minute",
    "nonzero": "nonzero",
    "nozeroprefix": "nozero",
    "pcenc": "percent",
    "pieceoftotal": "piece",
    "posinseqslash": "birth",
    "ss": "second",
    "winding": "winding",
    "yesno": "yesno",
    "yymmd0": "month",
    "yymmdd": "day",
    "yyyymmdd": "date",
    "zero": "zero",
}
"""Our checks by the dictionary's names."""
LENIENT = {"gcppos2", "couponcode", "couponposoffer", "packagetype"}
"""Those of its names that ask a list or form which the table's head says is not checked."""


def _lines() -> Iterator[tuple[list[str], str, list[str]]]:
    text = shared("vectors", "gs1-syntax-dictionary", "gs1-syntax-dictionary.txt").read_text(
        "utf-8"
    )
    for line in text.splitlines():
        if found := re.match(r"([0-9]+)(?:-([0-9]+))?\s+([*?]*)\s+([^#]+)", line):
            first, last, flags, rest = found.groups()
            width = len(first)
            numbers = [f"{n:0{width}}" for n in range(int(first), int(last or first) + 1)]
            yield numbers, flags, rest.split()


def _component(token: str) -> tuple[str, int, int, bool, tuple[str, ...]] | None:
    found = re.fullmatch(r"(\[?)([NXYZ])(\.\.)?([0-9]+)\]?((?:,\w+)*)", token)
    if found is None:
        return None
    optional, kind, variable, most, names = found.groups()
    kept = tuple(name for name in names.split(",")[1:] if name not in LENIENT)
    if kind == "N":  # a company prefix of digits is all that this asks
        kept = tuple(name for name in kept if name != "gcppos1")
    return kind.lower(), 1 if variable else int(most), int(most), bool(optional), kept


def test_the_table_says_what_the_dictionary_says() -> None:
    seen = set()
    for numbers, flags, tokens in _lines():
        components = [found for token in tokens if (found := _component(token))]
        said = dict(t.partition("=")[::2] for t in tokens if _component(t) is None)
        for ai in numbers:
            seen.add(ai)
            mine = IDENTIFIERS[ai]
            assert [
                (part.kind, part.least, part.most, part.optional, part.checks)
                for part in mine.parts
            ] == [
                (*shape, tuple(CHECKS[OURS[name]] for name in names))
                for *shape, names in components
            ], ai
            assert mine.attribute == ("?" in flags), ai
            assert mine.fixed == ("*" in flags), ai
            assert sorted("+".join(g) for g in mine.needs) == sorted(
                filter(None, said.get("req", "").split(","))
            ), ai
            assert sorted(mine.bars) == sorted(filter(None, said.get("ex", "").split(","))), ai
            if "dlpkey" not in said:
                assert mine.orders is None
            else:
                orders = tuple(
                    tuple(filter(None, order.split(","))) for order in said["dlpkey"].split("|")
                )
                assert mine.orders == orders, ai
    assert seen == IDENTIFIERS.keys()


def test_checks_agree_with_the_dictionarys_cases() -> None:
    path = shared("vectors", "gs1-syntax-dictionary", "lint_vectors.json")
    counted = 0
    for case in json.loads(path.read_text("utf-8")):
        linter, value = case["linter"], case["value"]
        # Lengths and characters are judged before a check is asked, and a prefix has no list here.
        if linter not in OURS or linter == "gcppos1" or not _asked(linter, value):
            continue
        counted += 1
        try:
            CHECKS[OURS[linter]]("00", value)
        except Malformed:
            assert not case["ok"], case
        else:
            assert case["ok"], case
    assert counted > 1500


_WIDTH = {"hh": 2, "mi": 2, "ss": 2, "hhmi": 4, "yymmd0": 6, "yymmdd": 6, "yyyymmdd": 8}
_DIGITS = {*_WIDTH, "csum", "pieceoftotal", "nonzero", "nozeroprefix", "latitude", "longitude"}


def _asked(linter: str, value: str) -> bool:
    if not value or (linter in _WIDTH and len(value) != _WIDTH[linter]):
        return False
    if linter in _DIGITS and not (value.isascii() and value.isdigit()):
        return False
    if linter in ("latitude", "longitude"):
        return len(value) == 10
    if linter in ("hyphen", "zero"):
        return len(value) == 1
    if linter == "pieceoftotal":
        return len(value) % 2 == 0
    return not (linter == "csumalpha" and (" " in value or len(value) > 25 or len(value) < 3))


@pytest.mark.parametrize(
    ("kind", "linter"), [("n", "csetnumeric"), ("x", "cset82"), ("y", "cset39")]
)
def test_character_sets_agree_with_the_dictionarys_cases(kind: str, linter: str) -> None:
    path = shared("vectors", "gs1-syntax-dictionary", "lint_vectors.json")
    ai = {"n": "242", "x": "10", "y": "8010"}[kind]
    for case in json.loads(path.read_text("utf-8")):
        if case["linter"] != linter:
            continue
        for char in case["value"]:
            value = "1234" + char
            try:
                lookup(ai).check(value)
            except Malformed:
                assert not case["ok"], case
            else:
                assert case["ok"] or len(case["value"]) > 1, case


@pytest.mark.parametrize(
    ("ai", "value", "said"),
    [
        ("01", "09521234000045", "the check digit of 09521234000045 is 5, it should be 4"),
        ("01", "0952123400004X", "character 14 of 0952123400004X, X, is no digit"),
        ("01", "123", "123 has 3 characters; 14 is right"),
        ("10", "x" * 21, f"{'x' * 21} has 21 characters; 1-20 is right"),
        ("10", "a b", "character 2 of a b, U+0020, is none of those that GS1 allows there"),
        ("11", "261301", "the date 261301 has no month 13"),
        ("11", "260230", "the date 260230 has day 30, and that month has 28 days"),
        ("7007", "260900", "the date 260900 has no day"),
        ("7007", "2609172609", "2609172609 ends in the middle of its last part"),
        ("422", "990", "990 is no code that may stand there"),
        ("8003", "19521234000044", "1 is no code that may stand there"),
        ("8004", "952A1", "952A1 does not begin with a company prefix"),
        ("8006", "095212340000440302", "0302 says piece 3 of 2"),
        ("8008", "26091724", "24 is no part of a time of day"),
        ("8011", "012", "012 begins with a needless 0"),
    ],
)
def test_a_refusal_says_what_is_wrong(ai: str, value: str, said: str) -> None:
    with pytest.raises(Malformed) as caught:
        lookup(ai).check(value)
    assert caught.value.text.startswith(f"AI ({ai}): {said}")


def test_no_value_is_no_value() -> None:
    with pytest.raises(Malformed, match="has no value"):
        lookup("10").check("")


@pytest.mark.parametrize(
    ("ai", "value"),
    [
        ("11", "260900"),
        ("7007", "260917"),
        ("7007", "260917260930"),
        ("423", "156392"),
        ("310" + "3", "000195"),
        ("8008", "2609172359"),
        ("8003", "09521234000044"),
        ("7230", "CXABC/1"),
    ],
)
def test_values_of_a_farm(ai: str, value: str) -> None:
    lookup(ai).check(value)


def test_unknown_identifiers_are_refused() -> None:
    for ai in ("", "89", "3106", "1", "010", "٠١"):
        with pytest.raises(Malformed, match="no application identifier"):
            lookup(ai)


@given(
    st.sampled_from(sorted(IDENTIFIERS)),
    st.text(max_size=95) | st.text("0123456789AZaz/%-.", max_size=95),
)
def test_any_text_is_taken_or_refused_in_words(ai: str, value: str) -> None:
    try:
        lookup(ai).check(value)
    except Malformed as problem:
        str(problem)  # every hole of its words is filled
        return
    else:
        assert value.isascii()
        assert lookup(ai).least <= len(value) <= lookup(ai).most

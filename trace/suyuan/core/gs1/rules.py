"""What application identifiers ask of one another (General Specifications §4.13)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import lookup

Element: TypeAlias = tuple[str, str]
"""An application identifier and its value, without percent-encoding."""

_UNSERIALISED = {"253": 13, "255": 13, "8003": 14}


def check_elements(elements: Iterable[Element]) -> None:
    """Every value by itself; Malformed where one is wrong."""
    for ai, value in elements:
        lookup(ai).check(value)


def check_together(elements: Sequence[Element]) -> None:
    """Malformed where something is said twice, is missing, or does not go with something else.

    To be asked of all that one thing bears, not of one barcode out of several.
    """
    said: dict[str, str] = {}
    for ai, value in elements:
        if said.setdefault(ai, value) != value:
            raise Malformed(
                "({ai}) is said twice, as {one} and as {other}", ai=ai, one=said[ai], other=value
            )
    for ai in said:
        mine = lookup(ai)
        for other in said:
            if other != ai and any(_is(other, bar) for bar in mine.bars):
                raise Malformed("({ai}) and ({other}) do not go together", ai=ai, other=other)
        if mine.needs and not any(_there(group, said) for group in mine.needs):
            raise Malformed(
                "({ai}) needs one of these beside it: {needs}",
                ai=ai,
                needs=", ".join("+".join(group) for group in mine.needs),
            )
    if "8030" in said and any(len(said.get(ai, "")) == size for ai, size in _UNSERIALISED.items()):
        raise Malformed("(8030) signs one single thing, and here a key has no serial number")


def _there(group: tuple[str, ...], said: Iterable[str]) -> bool:
    return all(any(_is(ai, wanted) for ai in said) for wanted in group)


def _is(ai: str, pattern: str) -> bool:
    return ai == pattern if "n" not in pattern else _pattern(pattern).fullmatch(ai) is not None


@lru_cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("n", "[0-9]"))

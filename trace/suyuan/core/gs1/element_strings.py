"""Element strings: ``(01)…(10)…`` as people write them, and what a scanner sends.

Source: General Specifications §7.8. Values are checked, companions are not: a thing may bear
several barcodes (``rules.check_together``).
"""

from __future__ import annotations

import re

from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS
from suyuan.core.gs1.rules import Element, check_elements

_FNC1 = "^\x1d"
"""Separators: GS from a scanner, ``^`` where people show it."""
_SYMBOLOGY = re.compile(r"\](?:C1|e0|d2|Q3|J1)")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)((?:\\\(|[^(])*)")


def parse_element_string(text: str) -> tuple[Element, ...]:
    """The elements in order; Malformed, saying where, for any other text."""
    elements = _bracketed(text) if text.startswith("(") else _scanned(text)
    check_elements(elements)
    return elements


def _bracketed(text: str) -> tuple[Element, ...]:
    r"""``\(`` is a bracket within a value."""
    elements: list[Element] = []
    end = 0
    while end < len(text):
        found = _BRACKETED.match(text, end)
        if found is None:
            raise Malformed(
                "character {place} should begin an application identifier in brackets, as in "
                "(01)09521234000044(10)LOT-1",
                place=end + 1,
            )
        elements.append((found[1], found[2].replace("\\(", "(")))
        end = found.end()
    return tuple(elements)


def _scanned(text: str) -> tuple[Element, ...]:
    symbology = _SYMBOLOGY.match(text)
    start = symbology.end() if symbology else 0
    if symbology is None and text[:1] not in tuple(_FNC1):
        raise Malformed(
            "this is no element string: it begins with a bracket, with FNC1 (^ or the character "
            "GS) or with the mark of a GS1 barcode, such as ]d2"
        )
    start += text[start : start + 1] in tuple(_FNC1)
    if start == len(text):
        raise Malformed("this element string is empty")
    elements: list[Element] = []
    while start < len(text):
        ai = next(
            (text[start : start + n] for n in (2, 3, 4) if text[start : start + n] in IDENTIFIERS),
            None,
        )
        if ai is None:
            raise Malformed(
                "no application identifier begins at character {place}, {rest}",
                place=start + 1,
                rest=text[start : start + 4],
            )
        start += len(ai)
        end = min((at for at in (text.find(c, start) for c in _FNC1) if at >= 0), default=len(text))
        if IDENTIFIERS[ai].fixed:
            end = min(end, start + IDENTIFIERS[ai].most)
        elements.append((ai, text[start:end]))
        start = end + (text[end : end + 1] in tuple(_FNC1))
    return tuple(elements)

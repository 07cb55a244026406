"""Application identifiers: looked up by number, values checked.

Source: GS1 General Specifications §3, through the facts of ``table.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from suyuan.core.errors import Malformed
from suyuan.core.gs1.checks import CHECKS, Check
from suyuan.core.gs1.table import TABLE

_LONGEST_SHOWN = 100
_NOT_IN = {
    "n": re.compile("[^0-9]"),
    "x": re.compile(r"[^!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]"),
    "y": re.compile("[^#\\-/0-9A-Z]"),
    "z": re.compile("[^\\-0-9=A-Z_a-z]"),
}
_FIXED = re.compile("0[0-4]|1[1-9]|20|3[1-6]|41")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a value with one kind of characters and its own checks."""

    kind: str
    """``n`` digits, ``x`` character set 82, ``y`` 39, ``z`` base64url."""
    least: int
    most: int
    optional: bool
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    """One application identifier and its rules."""

    ai: str
    parts: tuple[Part, ...]
    orders: tuple[tuple[str, ...], ...] | None
    """Qualifiers in the order of a Digital Link's path, alternatives; None: no primary key."""
    attribute: bool
    """Whether it may stand in a Digital Link's query."""
    needs: tuple[tuple[str, ...], ...]
    """All of one of these must be there too; ``n`` stands for any digit. Empty: needs nothing."""
    bars: tuple[str, ...]
    """None of these may be there."""
    sequences: frozenset[tuple[str, ...]]
    """Every choice of qualifiers that may follow it in a path; empty: no primary key."""

    @property
    def fixed(self) -> bool:
        """Whether an element string needs no separator behind it (GenSpecs §7.8.5)."""
        return _FIXED.match(self.ai) is not None

    @property
    def least(self) -> int:
        """Shortest length of a value."""
        return sum(part.least for part in self.parts if not part.optional)

    @property
    def most(self) -> int:
        """Greatest length of a value."""
        return sum(part.most for part in self.parts)

    def check(self, value: str) -> None:
        """Malformed, saying what is wrong, unless this is a value that the identifier may have."""
        if not value:
            raise Malformed("AI ({ai}) has no value", ai=self.ai)
        if not self.least <= len(value) <= self.most:
            right = f"{self.least}-{self.most}" if self.least < self.most else str(self.most)
            raise Malformed(
                "AI ({ai}): {value} has {count} characters; {right} is right",
                ai=self.ai,
                value=value[:_LONGEST_SHOWN],
                count=len(value),
                right=right,
            )
        start = 0
        for part in self.parts:
            text = value[start : start + part.most]
            if not text and part.optional:
                return
            if len(text) < part.least:
                raise Malformed(
                    "AI ({ai}): {value} ends in the middle of its last part",
                    ai=self.ai,
                    value=value,
                )
            self._check_characters(part, value, start, text)
            for check in part.checks:
                check(self.ai, text)
            start += len(text)

    def _check_characters(self, part: Part, value: str, start: int, text: str) -> None:
        found = _NOT_IN[part.kind].search(text)
        if found is None:
            return
        where: dict[str, Any] = {
            "ai": self.ai,
            "char": found[0] if found[0].isprintable() and found[0] != " " else _named(found[0]),
            "place": start + found.start() + 1,
        }
        if part.kind == "n":
            raise Malformed(
                "AI ({ai}): character {place} of {value}, {char}, is no digit", value=value, **where
            )
        raise Malformed(
            "AI ({ai}): character {place} of {value}, {char}, is none of those that GS1 allows "
            "there",
            value=value,
            **where,
        )


def _named(char: str) -> str:
    """A character that cannot be seen: a blank is U+0020."""
    return f"U+{ord(char):04X}"


def lookup(ai: str) -> ApplicationIdentifier:
    """The identifier of this number; Malformed if none is assigned."""
    found = IDENTIFIERS.get(ai)
    if found is None:
        raise Malformed("({ai}) is no application identifier", ai=ai[:_LONGEST_SHOWN])
    return found


_PART = re.compile(r"([nxyz])(?:([0-9]+)-)?([0-9]+)((?:\.[a-z0-9]+)*)")


def _part(text: str) -> Part:
    found = _PART.fullmatch(text.strip("()"))
    assert found is not None, text
    kind, least, most, checks = found.groups()
    return Part(
        kind,
        int(least or most),
        int(most),
        text.startswith("("),
        tuple(CHECKS[name] for name in checks.split(".")[1:]),
    )


def _numbers(text: str) -> Iterator[str]:
    stem, colon, digits = text.partition(":")
    if not colon:
        yield text
    else:
        yield from (f"{stem}{digit}" for digit in range(int(digits[0]), int(digits[1]) + 1))


def _sequences(orders: tuple[tuple[str, ...], ...] | None) -> frozenset[tuple[str, ...]]:
    return frozenset(
        chosen
        for order in orders or ()
        for count in range(len(order) + 1)
        for chosen in combinations(order, count)
    )


def _read() -> Iterator[ApplicationIdentifier]:
    for line in TABLE.strip().splitlines():
        numbers, _, rest = line.partition(" = ")
        value, *words = rest.split()
        said = dict(word.partition(":")[::2] for word in words)
        orders = (
            tuple(tuple(order.split(",")) if order else () for order in said["key"].split("|"))
            if "key" in said
            else None
        )
        for ai in (ai for text in numbers.split() for ai in _numbers(text)):
            bars = said.get("bars", "").replace("family", ai[:-1] + "n")
            yield ApplicationIdentifier(
                ai,
                tuple(_part(text) for text in value.split("+")),
                orders,
                "path" not in said,
                tuple(
                    tuple(group.split("+")) for group in said.get("needs", "").split(",") if group
                ),
                tuple(bar for bar in bars.split(",") if bar),
                _sequences(orders),
            )


IDENTIFIERS = {found.ai: found for found in _read()}

"""What a query wants as tests of what an event holds: values of parameters read, and compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.query_values import Values
from suyuan.core.epcis.reading_events import EventReader, time_of
from suyuan.core.epcis.values import hash_value
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import canonical, is_uri

Test: TypeAlias = Callable[[Any], bool]
Predicate: TypeAlias = Callable[[EventReader], bool]

MOST_VALUES = 1000
"""Alternatives in one parameter."""


@dataclass
class Criteria:
    """Predicates gathered so far, and how their names and values are read."""

    names: Namespaces
    predicates: list[Predicate] = field(default_factory=list)

    def any_of(self, values: Values, test: Test) -> None:
        """At least one of these values has to pass."""
        self.predicates.append(lambda reader: any(map(test, values(reader))))

    def uris(self, value: Any) -> frozenset[str]:
        """Identifiers in their canonical form."""
        return frozenset(canonical(hash_value(item, self.names)) for item in texts(value))

    def compare(self, test: str, value: Any) -> Test:
        """Numbers among themselves, times among themselves, all else as text."""
        if test == "EQ":
            wanted = value if isinstance(value, list) else texts(value)
            tests = [self.compare("=", one) for one in wanted]
            return lambda found: any(one(found) for one in tests)
        compare = COMPARISONS[test]
        limit = number(value)
        if limit is not None:
            return lambda found: (n := number(found)) is not None and compare(n, limit)
        wanted_text = text(value)
        time = time_of(wanted_text)
        if time is not None:
            return lambda found: (t := time_of(found)) is not None and compare(t, time)
        if test == "=":
            wanted_text = hash_value(wanted_text, self.names)
            return lambda found: found == wanted_text
        raise Malformed("this is a number or a time, for example 12.5 or 2026-09-17T08:30:00+08:00")

    def full_name(self, name: str) -> str:
        """``{namespace}local`` of an extension's name, written with a prefix or in full."""
        _, colon, local = name.partition(":")
        if not colon or not local:
            raise Malformed(
                "{name} is no field of an extension; write it as example:field", name=name[:200]
            )
        full = self.names.key(name)
        if full != name or not is_uri(name):
            return full
        cut = max(name.rfind("#"), name.rfind("/"), name.rfind(":")) + 1
        return f"{{{name[:cut]}}}{name[cut:]}"

    def attribute_name(self, name: str) -> str:
        """The full name of an attribute; one without a prefix has no namespace."""
        return self.names.key(name) if ":" in name else name


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda found, limit: bool(found == limit),
    "GT": lambda found, limit: bool(found > limit),
    "GE": lambda found, limit: bool(found >= limit),
    "LT": lambda found, limit: bool(found < limit),
    "LE": lambda found, limit: bool(found <= limit),
}


def texts(value: Any) -> list[str]:
    """A list, or texts divided by ``|``; Malformed where it is neither or too long."""
    items = value.split("|") if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(isinstance(t, str) for t in items):
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return [str(value)]
        raise Malformed("this is a text, or a list of texts")
    if len(items) > MOST_VALUES:
        raise Malformed("at most {most} alternatives in one parameter", most=MOST_VALUES)
    return items


def text(value: Any) -> str:
    """One text that is not empty; Malformed otherwise."""
    if not isinstance(value, str) or not value:
        raise Malformed("a text belongs here")
    return value


def truth(value: Any, *, empty: bool = False) -> bool:
    """true, false, or the 1, 0 and "nothing" that EPCIS allows for EXISTS."""
    if value is None or value == "":
        if empty:
            return True
    elif value in (True, "true", "1"):
        return True
    elif value in (False, "false", "0"):
        return False
    raise Malformed("this is true or false")


def number(value: Any) -> Decimal | None:
    """A number, or a text that is one; None otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)

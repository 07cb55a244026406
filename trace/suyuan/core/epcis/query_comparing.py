"""What a query wants as tests of what an event holds: values of parameters read, and compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from suyuan.core.epcis.namespaces import Namespaces
from suyuan.core.epcis.query_values import Values
from suyuan.core.epcis.reading_events import EventReader, full_name, same_uri, time_of
from suyuan.core.epcis.values import hash_value, hash_word
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
    touching: list[frozenset[str]] = field(default_factory=list)
    """Of each set, an event that is wanted touches at least one."""

    def any_of(self, values: Values, test: Test) -> None:
        """At least one of these values has to pass."""
        self.predicates.append(lambda reader: any(map(test, values(reader))))

    def uris(self, value: Any, example: str = "https://example.org/thing/1") -> frozenset[str]:
        """Identifiers in their canonical form; Malformed for what is no URI."""
        return frozenset(self._uri(item, example) for item in texts(value))

    def _uri(self, item: str, example: str) -> str:
        if not is_uri(item.strip()):
            raise Malformed(
                "{value} is no URI; write for example {example}", value=item[:200], example=example
            )
        return same_uri(canonical(hash_value(item, self.names)))

    def words(
        self, value: Any, vocabulary: str, known: frozenset[str], example: str
    ) -> frozenset[str]:
        """Words of a standard vocabulary, bare or as URIs, and URIs of others; as full URIs.

        Malformed for a bare word, or one behind GS1's own URN, that the vocabulary does not have.
        """
        found = set()
        for item in texts(value):
            word = same_uri(hash_word(item, self.names, vocabulary))
            bare = ":" not in item or item.strip().startswith("urn:epcglobal:cbv:")
            if (word.removeprefix(vocabulary) not in known) if bare else not is_uri(item.strip()):
                raise Malformed(
                    "{value} is neither a word of the standard vocabulary nor a URI of somebody's "
                    "own; write for example {example}",
                    value=item[:200],
                    example=example,
                )
            found.add(word)
        return frozenset(found)

    def numbers(self, value: Any) -> list[Decimal]:
        """Numbers; Malformed for anything else."""
        found = [number(one) for one in (value if isinstance(value, list) else texts(value))]
        if not found or None in found:
            raise Malformed("this is a number, for example 12.5")
        return [one for one in found if one is not None]

    def compare(self, test: str, value: Any) -> Test:
        """Numbers among themselves, times among themselves, all else as text."""
        if test == "EQ":
            wanted = [value] if isinstance(value, bool) else value
            if not (isinstance(wanted, list) and 0 < len(wanted) <= MOST_VALUES):
                wanted = texts(wanted)
            tests = [self.compare("=", one) for one in wanted]
            return lambda found: any(one(found) for one in tests)
        compare = COMPARISONS[test]
        limit = number(value)
        if limit is not None:
            return lambda found: (n := number(found)) is not None and compare(n, limit)
        wanted_text = ("true" if value else "false") if isinstance(value, bool) else text(value)
        time = time_of(wanted_text)
        if time is not None:
            return lambda found: (t := time_of(found)) is not None and compare(t, time)
        if test == "=":
            wanted_text = same_uri(hash_value(wanted_text, self.names))
            return lambda found: found == wanted_text
        raise Malformed("this is a number or a time, for example 12.5 or 2026-09-17T08:30:00+08:00")

    def compare_texts(self, value: Any) -> Test:
        """As ``compare`` with EQ, for values that are as somebody wrote them."""
        matches = self.compare("EQ", value)
        return lambda found: matches(
            same_uri(hash_value(found, self.names)) if isinstance(found, (str, bool)) else found
        )

    def full_names(self, name: str) -> frozenset[str]:
        """The full names (``{namespace}local``) that an extension's field may have in an event.

        ``name`` is written with a prefix, or in full: namespace, ``#`` and local name (EPCIS 2.0
        §8.2.7.1). Malformed where nothing says what the prefix stands for.
        """
        prefix, colon, local = name.partition(":")
        if not colon or not local or local.endswith(("#", "/", ":")):
            raise Malformed(
                "{name} is no field of an extension; write it as example:field", name=name[:200]
            )
        declared = self.names.key(name) != name
        if not declared and prefix != OWN and not (is_uri(name) and _whole(prefix, local)):
            raise Malformed(
                "nothing says what the prefix {prefix} in {name} stands for: declare it in the header "
                "GS1-Extensions ({prefix}=https://ns.example.com/epcis/) or in the query's @context, "
                "or write the name in full, as https://ns.example.com/epcis/#field",
                prefix=prefix[:100],
                name=name[:200],
            )
        full = full_name(self.names, name)
        own = full_name(self.names, f"{OWN}:x")[:-1]
        if full.startswith((own, f"{{{OWN}:}}")):
            local = full.partition("}")[2]
            return frozenset({f"{own}{local}", f"{{{OWN}:}}{local}"})
        return frozenset({full})

    def attribute_name(self, name: str) -> str:
        """The full name of an attribute; one without a prefix has no namespace."""
        return full_name(self.names, name) if ":" in name else name


OWN = "suyuan"
"""Our own prefix, which needs no declaration: its names are kept as they stand (formats.md §1)."""


def _whole(prefix: str, local: str) -> bool:
    """Whether this is a namespace and a name, and not a prefix and a name."""
    return local.startswith("//") or "#" in local or (prefix == "urn" and ":" in local)


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

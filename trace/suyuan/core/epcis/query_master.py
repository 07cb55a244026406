"""HASATTR and EQATTR on fields of the standard: attributes of what the field's value names.

EPCIS 2.0 §8.2.7.1: ``HASATTR_bizLocation`` asks the master data of the place, not the event. Which
things have the attribute is found out first, once; an event is then only asked what it names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Protocol

from suyuan.core.epcis.known import canonical
from suyuan.core.epcis.query_comparing import Criteria, texts
from suyuan.core.epcis.query_values import MASTER_FIELDS
from suyuan.core.epcis.reading_events import EventReader
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import product_of


class Vocabulary(Protocol):
    """What master data says to a query, as far as the one who asks may know it."""

    def within(self, place: str) -> Collection[str]:
        """Canonical ids of all that lies within a place."""
        ...

    def having(self, names: Collection[str], test: Callable[[Any], bool] | None) -> Collection[str]:
        """Canonical ids of what has an attribute of one of these names (``core.master.attributes``),
        with a value that passes the test, if there is one."""
        ...


class Nothing:
    """A vocabulary without master data."""

    def within(self, place: str) -> Collection[str]:
        return ()

    def having(self, names: Collection[str], test: Callable[[Any], bool] | None) -> Collection[str]:
        return ()


_HAS = re.compile(r"HASATTR_([^:]+)")
_EQUALS = re.compile(rf"(?:EQATTR|EQ_ATTR)_({'|'.join(MASTER_FIELDS)})_(\S+)")


def take_attribute(criteria: Criteria, vocabulary: Vocabulary, name: str, value: Any) -> bool:
    """Add what this parameter asks of master data; False where it is no such parameter.

    Malformed for a field that names nothing with master data, and for a wrong value.
    """
    if (found := _EQUALS.fullmatch(name)) is not None:
        wanted = [_names(criteria, found[2])]
        test: Callable[[Any], bool] | None = criteria.compare_texts(value)
    elif (found := _HAS.fullmatch(name)) is not None:
        wanted, test = [_names(criteria, text) for text in texts(value)], None
    else:
        return False
    field = found[1]
    if field not in MASTER_FIELDS:
        raise Malformed(
            "{name} is no field whose values have master data; those are {known}, and fields of "
            "extensions, as example:field",
            name=field[:100],
            known=", ".join(MASTER_FIELDS),
        )
    values = MASTER_FIELDS[field]
    having = frozenset(vocabulary.having(frozenset().union(*wanted), test))
    if not having:
        criteria.touching.append(frozenset())  # a store need not look at any event

    def things(reader: EventReader) -> Iterator[str]:
        for uri in values(reader):
            thing = canonical(uri)
            yield thing
            if (product := product_of(thing)) is not None:
                yield product

    criteria.any_of(things, having.__contains__)
    return True


def _names(criteria: Criteria, name: str) -> frozenset[str]:
    """Full names of an attribute; CBV 1.1 had a colon where CBV 1.2 and later have a ``#``."""
    if ":" not in name:
        if not name:
            raise Malformed("a text belongs here")
        return frozenset({name})
    mda = "urn:epcglobal:cbv:mda"
    return criteria.full_names(re.sub(f"\\A{mda}:", f"{mda}#", name))

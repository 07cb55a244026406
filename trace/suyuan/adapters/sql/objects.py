"""Questions about objects: their tips, who extended them, which records touch them.

They are asked inside an append, where they see its own rows, and outside of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, func, literal_column, select

from suyuan.adapters.sql.lookup import Lookup, Prepared
from suyuan.adapters.sql.tables import destinations, extenders, objects, records, touches
from suyuan.ports.log import Tip

END = (1 << 63) - 1
"""Greater than every index."""

_extends = touches.c.extends == literal_column("1")
_below = touches.c.idx < bindparam("size", type_=touches.c.idx.type)

_TIPS = Lookup(
    select(objects.c.uri, records.c.idx, records.c.leaf_hash).join_from(
        objects,
        records,
        records.c.idx
        == select(func.max(touches.c.idx))
        .where(touches.c.object == objects.c.id, _extends, _below)
        .scalar_subquery(),
    ),
    objects.c.uri,
)
_organisation = objects.alias("organisation")
_EXTENDERS = Lookup(
    select(objects.c.uri, _organisation.c.uri)
    .join_from(objects, extenders, extenders.c.object == objects.c.id)
    .join(_organisation, _organisation.c.id == extenders.c.owner),
    objects.c.uri,
)
_PARTIES = Lookup(
    select(objects.c.uri, _organisation.c.uri)
    .join_from(objects, destinations, destinations.c.object == objects.c.id)
    .join(_organisation, _organisation.c.id == destinations.c.party),
    objects.c.uri,
)
_touched = (
    select(objects.c.uri, touches.c.idx)
    .join_from(objects, touches, touches.c.object == objects.c.id)
    .where(_below)
)
_TOUCHED = Lookup(_touched, objects.c.uri)
_EXTENDED = Lookup(_touched.where(_extends), objects.c.uri)
_TOUCHES_OF = Lookup(
    select(touches.c.idx, touches.c.extends, objects.c.uri).join_from(
        touches, objects, objects.c.id == touches.c.object
    ),
    touches.c.idx,
)

_NUMBERS_OF = Prepared(
    select(touches.c.idx, touches.c.extends, touches.c.object).where(
        touches.c.idx >= bindparam("start", type_=touches.c.idx.type),
        touches.c.idx < bindparam("stop", type_=touches.c.idx.type),
    )
)


def indices_in(values: Iterable[int]) -> list[int]:
    """Those that can be indices at all: what is asked for comes from outside."""
    return [value for value in values if 0 <= value < END]


def tips(connection: Connection, wanted: Collection[str], size: int = END) -> dict[str, Tip]:
    """The last record that extended each object, among the first ``size`` records."""
    return {
        uri: Tip(index, leaf_hash)
        for uri, index, leaf_hash in _TIPS.rows(connection, wanted, size=size)
    }


def extended_by(connection: Connection, wanted: Collection[str]) -> dict[str, frozenset[str]]:
    """Organisations whose records extended each object."""
    return _sets(_EXTENDERS.rows(connection, wanted))


def named_for(connection: Connection, wanted: Collection[str]) -> dict[str, frozenset[str]]:
    """Organisations in a destinationList of an event that touched each object."""
    return _sets(_PARTIES.rows(connection, wanted))


def touched(
    connection: Connection, wanted: Collection[str], size: int, *, extends_only: bool
) -> dict[str, list[int]]:
    """Ascending indices, below ``size``, of the records that touch each object."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    lookup = _EXTENDED if extends_only else _TOUCHED
    for uri, index in lookup.rows(connection, wanted, size=size):
        found[uri].append(index)
    return {uri: sorted(indices) for uri, indices in found.items()}


def touches_of(
    connection: Connection, indices: Collection[int]
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """(extends, rests_on) of each record, sorted by code points."""
    extends: dict[int, list[str]] = {index: [] for index in indices}
    rests_on: dict[int, list[str]] = {index: [] for index in indices}
    for index, extended, uri in _TOUCHES_OF.rows(connection, indices_in(indices)):
        rests_on[index].append(uri)
        if extended:
            extends[index].append(uri)
    return {
        index: (tuple(sorted(extends[index])), tuple(sorted(rests_on[index]))) for index in extends
    }


def numbers_of(connection: Connection, start: int, stop: int) -> list[tuple[list[int], list[int]]]:
    """(extends, rests_on) of each record, by the numbers of the objects."""
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in range(start, stop)]
    for index, extended, number in _NUMBERS_OF.rows(connection, start=start, stop=stop):
        extends, rests_on = found[index - start]
        rests_on.append(number)
        if extended:
            extends.append(number)
    return found


def _sets(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for uri, organisation in pairs:
        found[uri].add(organisation)
    return {uri: frozenset(organisations) for uri, organisations in found.items()}

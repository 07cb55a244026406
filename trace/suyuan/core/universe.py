"""What a bundle has to hold: the set U of formats.md §7, "What is in it".

U depends on the events in the bundle, and the bundle on the tips of U, so whoever builds one goes
back and forth:

    universe = Universe(subject)
    while wanted := universe.wanted():
        for record in ...:              # all that is reachable from the tips of `wanted`
            universe.add(record)

The verifier adds what it was given and compares ``members()`` with what the log has signed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from suyuan.core.identifiers import identify, parse_dl, product_of
from suyuan.core.touches import EventObjects, holding, is_lot, master_id

_NESTING = frozenset({"AggregationEvent", "AssociationEvent"})
_STANDS_IN_PATH = "!$&'()*+,:;=@"
_NEVER: tuple[int, str | None] = (-1, None)


@dataclass(frozen=True, slots=True)
class Seen:
    """What U needs to know of one record. Of a hidden or erased one: ``index`` and ``kid`` alone."""

    index: int
    kid: str
    owner: str = ""
    """Organisation of the signer's key."""
    extends: tuple[str, ...] = ()
    event: EventObjects | None = None
    key_owner: str | None = None
    """Owner that a key record names."""


def pack_of(lot: str, serial: str) -> str | None:
    """Object id of the pack with this serial; None unless ``lot`` is one and the serial fits AI 21."""
    product = product_of(lot)
    if product is None or not is_lot(lot):
        return None
    pack = f"{product}/21/{quote(serial, safe=_STANDS_IN_PATH)}"
    return identify(pack).object if parse_dl(pack) is not None else None


class Universe:
    """U of one subject, growing as records are added. Order of adding makes no difference."""

    def __init__(self, subject: str, serial: str | None = None) -> None:
        pack = pack_of(subject, serial) if serial is not None else None
        self._roots = {subject} if pack is None else {subject, pack}
        self._kids: set[str] = set()
        self._owners: set[str] = set()
        self._extending: dict[str, list[tuple[Seen, Sequence[str]]]] = {}
        """Object → the records that extend it, and what each of them names."""
        self._nested: dict[tuple[str, str | None], tuple[int, str | None]] = {}
        """(parent, child, None: all children) → index and action of the last event on that pair."""
        self._looked_up: set[str] = set()

    def add(self, record: Seen) -> None:
        """Take a record of the bundle, once."""
        self._kids.add(record.kid)
        if record.key_owner is not None:
            self._owners.add(identify(record.key_owner).uri)
        event = record.event
        if event is None:
            return
        named = _named_by(record)
        for extended in record.extends:
            self._extending.setdefault(extended, []).append((record, named))
        if event.type in _NESTING and event.parent is not None and event.parent.object is not None:
            children: list[str | None] = [child.object for child in event.children if child.object]
            # Where all children are classes, the event is not one about all children.
            for child in children if event.children else [None]:
                pair = event.parent.object, child
                if record.index > self._nested.get(pair, _NEVER)[0]:
                    self._nested[pair] = record.index, event.action

    @property
    def parents(self) -> frozenset[str]:
        """All that something was ever put into or taken out of, by the records added."""
        return frozenset(parent for parent, _ in self._nested)

    def wanted(self) -> frozenset[str]:
        """Members whose tips were not asked for yet; empty when U is whole.

        Parents come last: whether something still is in its carton is known only when all newer
        records of it are there.
        """
        new = self._closure(parents=False, doubt={}) - self._looked_up
        if not new:
            new = self._closure(parents=True, doubt={}) - self._looked_up
        self._looked_up |= new
        return frozenset(new)

    def members(self, doubt: Mapping[str, int] | None = None) -> frozenset[str]:
        """U, by the records added so far.

        ``doubt``: parent → index of a record that is not shown and may have taken things out of it;
        then the parent is left out, unless a later record says that they are in it.
        """
        return frozenset(self._closure(parents=True, doubt=doubt or {}))

    def _closure(self, *, parents: bool, doubt: Mapping[str, int]) -> set[str]:
        found: set[str] = set()
        told: set[int] = set()
        fresh = [*self._roots, *self._kids]
        while fresh:
            member = fresh.pop()
            if member in found:
                continue
            found.add(member)
            for record, named in self._extending.get(member, ()):
                if record.index not in told:
                    told.add(record.index)
                    fresh += named
                if parents:
                    fresh += self._parent(record, member, doubt)
        products = {product_of(member) for member in found} - {None}
        found.update(master_id(uri) for uri in products | self._owners if uri is not None)
        return found

    def _parent(self, record: Seen, child: str, doubt: Mapping[str, int]) -> Sequence[str]:
        assert record.event is not None
        named = record.event.parent
        if named is None or named.object is None or named.object == child:
            return ()
        parent = named.object
        last, action = max(
            self._nested.get((parent, child), _NEVER),
            self._nested.get((parent, None), _NEVER),
            key=lambda said: said[0],
        )
        if action == "DELETE" or doubt.get(parent, -1) > last:
            return ()
        return (parent,)


def _named_by(record: Seen) -> list[str]:
    """What an event adds to U that extends a member of it, its parent apart."""
    event = record.event
    assert event is not None
    named = [*event.inputs, *event.named_lots, *map(master_id, event.places)]
    named += [holding(lot, record.owner) for lot in event.inputs if is_lot(lot)]
    if event.transformation is not None and event.transformation.object is not None:
        named.append(event.transformation.object)
    return named

"""Queries, read for the one who asks: what they ask of master data is what that one may know of it.

Master data is indexed in memory when a query first asks for it, and from then on record by record:
some kilobytes a thing. The newest record of a thing counts; where it is erased, or hidden from the one
who asks, nothing is known of the thing.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.epcis.query import SimpleEventQuery, parse_query
from suyuan.core.identifiers import identify
from suyuan.core.master.attributes import Values, attributes_of
from suyuan.core.visibility import PUBLIC, RecordFacts, Viewer, record_class, sees_record
from suyuan.flow.prove import Prover
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.queries import NamedQuery

_AT_ONCE = 1_000
_MASTER = "#master"


@dataclass(slots=True)
class _Thing:
    index: int
    """Of its newest record."""
    master: Mapping[str, Any]
    public: bool
    parent: str | None
    """The place that it says it lies within."""
    _attributes: Mapping[str, Values] | None = None

    def attributes(self) -> Mapping[str, Values]:
        """Read when a query first asks for any: places within others are found without."""
        if self._attributes is None:
            read = attributes_of(self.master)
            self._attributes = {sys.intern(name): values for name, values in read.items()}
            self.master = {}
        return self._attributes


@dataclass(slots=True)
class Asking:
    """Reads queries. ``own``: the node's vocabulary, which the prefix ``suyuan`` stands for."""

    log: LogStore
    prover: Prover
    own: str
    _things: dict[str, _Thing] = field(default_factory=dict)
    _children: dict[str, set[str]] = field(default_factory=dict)
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def query(
        self, viewer: Viewer, parameters: Mapping[str, Any], contexts: Iterable[Any] = ()
    ) -> SimpleEventQuery:
        """The parameters of a query; errors as ``parse_query``. Later contexts win."""
        return parse_query(
            parameters, [{"suyuan": self.own}, *contexts], vocabulary=_Seen(self, viewer)
        )

    def named(
        self, viewer: Viewer, query: Mapping[str, Any], prefixes: Mapping[str, str]
    ) -> SimpleEventQuery:
        """A query in JSON, which may bring an ``@context``; the header's prefixes come behind it."""
        context = query.get("@context", [])
        contexts = context if isinstance(context, list) else [context]
        rest = {name: value for name, value in query.items() if name != "@context"}
        return self.query(viewer, rest, [*contexts, prefixes])

    def kept(self, viewer: Viewer, query: NamedQuery) -> SimpleEventQuery:
        """A named query, with the prefixes that it was kept with."""
        kept = json.loads(query.query)
        return self.named(viewer, kept["query"], kept.get("extensions", {}))

    def _catch_up(self) -> None:
        """Take in what was recorded since; the lock is held."""
        while batch := self.log.master_records(self._read, limit=_AT_ONCE):
            for stored in batch:
                name, thing = self._thing(stored)
                old = self._things.pop(name, None)
                if old is not None and old.parent is not None:
                    self._children[old.parent].discard(name)
                if thing is not None:
                    self._things[name] = thing
                    if thing.parent is not None:
                        self._children.setdefault(thing.parent, set()).add(name)
                self._read = stored.index + 1

    def _thing(self, stored: StoredRecord) -> tuple[str, _Thing | None]:
        if stored.content is None:  # erased: what the record was of, its touches still say
            extends = self.log.touches_of([stored.index])[stored.index][0]
            return extends[0].removesuffix(_MASTER), None
        master = decode_content(stored.content).value
        parent = master.get("suyuan:within")
        facts = RecordFacts(record_class("master", master), stored.owner, "", frozenset())
        return identify(str(master["id"])).uri, _Thing(
            stored.index,
            master,
            sees_record(PUBLIC, facts),
            identify(parent).uri if isinstance(parent, str) else None,
        )

    def things(self, viewer: Viewer, wanted: Callable[[_Thing], bool]) -> dict[str, _Thing]:
        """The wanted things, as far as this viewer may know of them."""
        with self._lock:
            self._catch_up()
            found = {name: thing for name, thing in self._things.items() if wanted(thing)}
        return self._known_to(viewer, found)

    def children(self, viewer: Viewer, place: str) -> dict[str, _Thing]:
        """The things that say they lie within this place, as far as this viewer may know of them."""
        with self._lock:
            self._catch_up()
            found = {name: self._things[name] for name in self._children.get(place, ())}
        return self._known_to(viewer, found)

    def _known_to(self, viewer: Viewer, things: Mapping[str, _Thing]) -> dict[str, _Thing]:
        if not things:
            return {}
        gone = self.log.erasures_of([thing.index for thing in things.values()])
        there = {name: thing for name, thing in things.items() if thing.index not in gone}
        asked = [thing.index for thing in there.values() if not thing.public]
        seen: set[int] = set()
        for start in range(0, len(asked), _AT_ONCE):
            views = self.prover.records(viewer, asked[start : start + _AT_ONCE])
            seen.update(view.index for view in views if view.content is not None)
        return {name: one for name, one in there.items() if one.public or one.index in seen}


@dataclass(frozen=True, slots=True)
class _Seen:
    """core.epcis.query_master.Vocabulary, for one viewer."""

    asking: Asking
    viewer: Viewer

    def within(self, place: str) -> Collection[str]:
        found: dict[str, None] = {}
        waiting = [identify(place).uri]
        while waiting:
            for child in self.asking.children(self.viewer, waiting.pop()):
                if child not in found:
                    found[child] = None
                    waiting.append(child)
        return list(found)

    def having(self, names: Collection[str], test: Callable[[Any], bool] | None) -> Collection[str]:
        def wanted(thing: _Thing) -> bool:
            attributes = thing.attributes()
            there = [attributes[name] for name in names if name in attributes]
            return bool(there) if test is None else any(test(v) for values in there for v in values)

        return self.asking.things(self.viewer, wanted)

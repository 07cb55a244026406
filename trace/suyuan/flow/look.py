"""Look up: what the public may know of any GS1 key, be it master data or records.

Nothing is told that core/visibility.py does not give to the public, not even that it is there: a thing
of which nothing public is recorded is not known here. Lots and packs are flow/scan.py's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import identify, parse_dl, product_of
from suyuan.core.story_about import PARTIES, PLACES
from suyuan.core.touches import event_objects, master_id
from suyuan.core.visibility import PUBLIC
from suyuan.flow.prove import Gathered, Prover
from suyuan.ports.log import EventSearch, KnownTo, LogStore

MOST_RECORDS = 100
"""Records of one thing that are told, the newest."""
AT_ONCE = 500
REACH = 20_000
MOST_REACHES = 5
"""Events at a place are looked for in the log's index, which is not in the order of places: among the
newest REACH records, the REACH before them and so on, until there are as many as are told."""
_ALL = 1 << 62
_PUBLICLY = KnownTo()
_STANDS_IN_PATH = "!$&'()*+,:;=@"


@dataclass(frozen=True, slots=True)
class Found:
    """Everything public of one thing, and the names that it takes to tell it."""

    gathered: Gathered
    more: bool
    """Whether more may be recorded than was looked at."""


@dataclass(slots=True)
class Looker:
    """The verb. Writes nothing."""

    log: LogStore
    prover: Prover

    def master(self, anchor: str) -> Mapping[str, Any] | None:
        """The newest master data, if the public may see it."""
        name = master_id(identify(anchor).uri)
        tip = self.log.tips_at([name], _ALL).get(name)
        if tip is None:
            return None
        content = self.prover.record(PUBLIC, tip.index, prove=False).content
        master: Mapping[str, Any] | None = content.get("master") if content is not None else None
        return master

    def recorded(self, anchor: str) -> bool:
        """Whether anything public is recorded: master data, a record that touches it, one that was
        made there (of places) or by it (of organisations). What was erased was recorded."""
        if self.master(anchor) is not None:
            return True
        key, names = _key(anchor), spellings(anchor)
        if key == "01":
            return bool(self.log.tips_at(names, _ALL))
        for indices in self.log.touched(names, size=_ALL).values():
            if not all(
                view.hidden for view in self.prover.records(PUBLIC, indices[-MOST_RECORDS:])
            ):
                return True
        uri = identify(anchor).uri
        return (key in PLACES and self._seen_there(uri)) or bool(self._owners(key, uri))

    def subject(self, anchor: str) -> str | None:
        """Its object id, where records extend it: then a bundle can be had of it."""
        return next(iter(self.log.tips_at(spellings(anchor), _ALL)), None)

    def found(self, anchor: str) -> Found:
        """What ``recorded`` speaks of, with the master data of all that is named, and the keys."""
        uri, key = identify(anchor).uri, _key(anchor)
        touched = self.log.touched(spellings(anchor), size=_ALL).values()
        found = {index for indices in touched for index in indices}
        more = False
        if key in PLACES:
            there, more = self._at(uri)
            found.update(there)
        if owners := self._owners(key, uri):
            found.update(self._by(owners))
        more = more or len(found) > MOST_RECORDS
        events = self.prover.collect(uri, sorted(found)[-MOST_RECORDS:])
        return Found(self.prover.collect(uri, {*events.records, *self._behind(uri, events)}), more)

    def around(self, index: int) -> Gathered:
        """One record with the master data of all that it names, and its key; NotFound beyond the end."""
        self.prover.record(PUBLIC, index, prove=False)
        alone = self.prover.collect("", [index])
        return self.prover.collect("", {index, *self._behind(None, alone)})

    def _seen_there(self, uri: str) -> bool:
        return any(
            self.log.known(resource, _PUBLICLY, only=uri, limit=1)
            for resource in ("readPoints", "bizLocations")
        )

    def _at(self, uri: str) -> tuple[list[int], bool]:
        """The newest events at a place, and whether there may be older ones that were not read."""
        if not self._seen_there(uri):
            return [], False
        found: list[int] = []
        end = self.log.tail().size
        for _ in range(MOST_REACHES):
            first = max(0, end - REACH)
            while end > first:
                search = EventSearch(
                    place=uri, by_time=False, descending=True, indices=(first, end), limit=AT_ONCE
                )
                newest = [index for _, index in self.log.search(search)]
                found += self._there(uri, newest)
                if len(found) > MOST_RECORDS:
                    return found, True
                end = newest[-1] if len(newest) == AT_ONCE else first
            if first == 0:
                return found, False
        return found, True

    def _there(self, uri: str, indices: Sequence[int]) -> Iterator[int]:
        for index, stored in self.log.records(indices).items():
            event = json.loads(stored.content)["event"] if stored.content is not None else None
            if (
                event is not None
                and uri in event_objects(event).places
                and self.prover.visible(PUBLIC, stored, event)
            ):
                yield index

    def _by(self, owners: frozenset[str]) -> list[int]:
        """The newest events that these organisations signed and the public may see."""
        search = EventSearch(owners=owners, by_time=False, descending=True, limit=AT_ONCE)
        newest = [index for _, index in self.log.search(search)]
        found = []
        for index, stored in self.log.records(newest).items():
            event = json.loads(stored.content)["event"] if stored.content is not None else None
            if event is not None and self.prover.visible(PUBLIC, stored, event):
                found.append(index)
        return found

    def _owners(self, key: str, uri: str) -> frozenset[str]:
        """An organisation in the spellings in which its keys were enrolled; keys are public."""
        if key not in PARTIES:
            return frozenset()
        ring = self.prover.appender.ring()
        owners = {state.owner for state in map(ring.state, ring.known) if state is not None}
        return frozenset(owner for owner in owners if _same(owner, uri))

    def _behind(self, uri: str | None, events: Gathered) -> set[int]:
        """The newest master data of all that these events name, and the records of their keys."""
        names = {master_id(uri)} if uri is not None else set()
        kids = set()
        for index, value in events.values.items():
            kids.add(events.records[index].kid)
            if events.records[index].kind == "event":
                names.update(map(master_id, _named(value)))
            if _is_uri(owner := events.records[index].owner):
                names.add(master_id(identify(owner).uri))
        own = self.log.tips_at([master_id(uri)], _ALL).get(master_id(uri)) if uri else None
        if uri and own is not None:
            stored = self.log.records([own.index])[own.index]
            kids.add(stored.kid)
            if _is_uri(stored.owner):
                names.add(master_id(identify(stored.owner).uri))
            if (inside := (self.master(uri) or {}).get("suyuan:within")) is not None:
                names.add(master_id(identify(str(inside)).uri))
        keys = self.log.touched(kids, size=_ALL, extends_only=True).values()
        return {tip.index for tip in self.log.tips_at(names, _ALL).values()} | {
            index for indices in keys for index in indices
        }


def spellings(anchor: str) -> list[str]:
    """Object ids that mean the thing: reserved characters may stand in one encoded or as they are."""
    found = [identify(text).object for text in (anchor, _plain(anchor))]
    return list(dict.fromkeys(name for name in found if name is not None))


def _plain(anchor: str) -> str:
    for char in _STANDS_IN_PATH:
        anchor = anchor.replace(f"%{ord(char):02X}", char)
    return anchor


def _key(anchor: str) -> str:
    found = parse_dl(anchor)
    return found.key if found is not None else unquote(anchor).split("/")[3]


def _named(event: Mapping[str, Any]) -> Iterator[str]:
    said = event_objects(event)
    yield from said.places
    for things in (
        said.epcs,
        said.input_epcs,
        said.output_epcs,
        said.children,
        said.quantities,
        said.input_quantities,
        said.output_quantities,
        said.child_quantities,
    ):
        for thing in things[:MOST_RECORDS]:
            yield product_of(thing.uri) or thing.uri


def _is_uri(text: str) -> bool:
    try:
        identify(text)
    except Malformed:
        return False
    return True


def _same(owner: str, uri: str) -> bool:
    return _is_uri(owner) and identify(owner).uri == uri

"""Replay a log from entry 0: every hash, every link, every key and signature, record by record.

Pure: the caller brings the records in order and asks for roots at the sizes that it wants to compare.
A link is recomputed from the contents seen so far. Where contents are hidden or erased, what those
records extended is not known; a link may then name them in place of an older tip, and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from suyuan.core import private
from suyuan.core.content import parse_content
from suyuan.core.encoding import parse_digest
from suyuan.core.entry import Entry, decode_link, parse_entry, record_message
from suyuan.core.errors import Damaged, Refused
from suyuan.core.keys import KeyRing, parse_key, verify
from suyuan.core.merkle import node_hash
from suyuan.core.strict_json import loads
from suyuan.core.touches import Touches, touches


@dataclass(frozen=True, slots=True)
class Replayed:
    """One record as brought to the replay. ``touched`` saves parsing where the caller knows it."""

    index: int
    entry: bytes
    link: bytes
    content: bytes | None
    disclosures: tuple[str, ...] = ()
    touched: tuple[Collection[str], Collection[str]] | None = None
    """(extends, rests_on), the kid left out."""
    erased: bool = False


@dataclass(slots=True)
class Replay:
    """State of the replay: the tree's right edge, all tips, key states, counts."""

    origin: str
    admin_kid: str
    signatures: bool = False
    """Check signatures, and derive what is touched from the contents, whatever the caller knows."""
    size: int = 0
    newest: str = ""
    hidden: int = 0
    erased: int = 0
    ring: KeyRing = field(default_factory=KeyRing)
    _edge: list[bytes | None] = field(default_factory=list)
    _leaves: bytearray = field(default_factory=bytearray)
    _tips: dict[int, int] = field(default_factory=dict)
    """hash(object id) → index; Python's keyed hash, so that nobody outside can make two collide."""
    _unknown: set[int] = field(default_factory=set)

    def feed(self, record: Replayed) -> None:
        """Take the next record; Damaged, naming it, at the first thing that does not hold."""
        index = record.index
        if index != self.size:
            raise Damaged("record {index} is missing", index=self.size, what="entry")
        try:
            entry = parse_entry(record.entry)
        except Refused:
            raise self._bad(index, "entry") from None
        if entry.record_time < self.newest:
            raise Damaged(
                "the time of record {index} lies before that of the one before it",
                index=index,
                what="time",
            )
        if hashlib.sha256(record.link).digest() != entry.after:
            raise self._bad(index, "link")
        if record.content is not None and hashlib.sha256(record.content).digest() != entry.content:
            raise self._bad(index, "content")
        touched = self._touched(record, entry)
        self._check_link(record, entry, touched)
        self._grow(hashlib.sha256(b"\x00" + record.entry).digest())
        self.newest = entry.record_time
        if record.content is None:
            self.erased += record.erased
            self.hidden += not record.erased
        if touched is None:
            self._unknown.add(index)
        else:
            for name in touched.extends:
                self._tips[hash(name)] = index

    def _bad(self, index: int, what: str) -> Damaged:
        return Damaged(
            "record {index}: its {what} is not what was committed", index=index, what=what
        )

    def _touched(self, record: Replayed, entry: Entry) -> Touches | None:
        index = record.index
        if record.content is None:
            if record.touched is None:
                return None
            return self._known(record.touched, entry.kid)
        is_key = record.content.startswith(b'{"key":')
        if not self.signatures and not is_key and record.touched is not None:
            return self._known(record.touched, entry.kid)
        try:
            parsed = parse_content(loads(record.content))
            key = parse_key(parsed.value) if is_key else None
            if record.disclosures:
                private.reveal(dict(parsed.value), record.disclosures)
        except Refused:
            raise self._bad(index, "content") from None
        state = self.ring.state(entry.kid)
        public, owner = (state.x, state.owner) if state else (None, "")
        if key is not None:
            if state is None and index == 0 and key.kid == entry.kid == self.admin_kid:
                public, owner = key.x, key.owner
            self.ring.apply(index, entry.kid, key)
        elif state is None or not state.active:
            raise Damaged(
                "record {index} is signed with a key that is not in force there",
                index=index,
                what="key",
            )
        if public is None:
            raise Damaged(
                "record {index} is signed with a key that the log does not know",
                index=index,
                what="key",
            )
        if self.signatures and not verify(
            public, record_message(self.origin, entry.kid, entry.content), entry.sig
        ):
            raise Damaged(
                "record {index}: its signature does not hold", index=index, what="signature"
            )
        if parsed.kind == "erasure":
            return self._erasure(record, parsed.value, entry.kid)
        return touches(parsed.kind, dict(parsed.value), kid=entry.kid, owner=owner)

    def _known(self, touched: tuple[Collection[str], Collection[str]], kid: str) -> Touches:
        extends, rests_on = touched
        return Touches(tuple(extends), (*rests_on, kid))

    def _erasure(self, record: Replayed, value: Mapping[str, Any], kid: str) -> Touches | None:
        """An erasure extends what the erased record extended: the caller has to know, or it is open."""
        parse_digest(value["of"])
        return None if record.touched is None else self._known(record.touched, kid)

    def _check_link(self, record: Replayed, entry: Entry, touched: Touches | None) -> None:
        index = record.index
        try:
            after = decode_link(record.link).after
        except Refused:
            raise self._bad(index, "link") from None
        if touched is None:
            return
        tips = self._tips
        found = {tips[key] for key in map(hash, touched.rests_on) if key in tips}
        leaves = self._leaves
        expected = sorted({bytes(leaves[32 * i : 32 * i + 32]) for i in found})
        if tuple(expected) == after:
            return
        if not self._unknown or not self._explained(after, expected, touched):
            raise Damaged(
                "record {index} does not rest on what it should: its link leaves out or adds "
                "a record",
                index=index,
                what="after",
            )

    def _explained(self, after: tuple[bytes, ...], expected: list[bytes], touched: Touches) -> bool:
        """Whether records of unknown content account for the difference."""
        unknown = {bytes(self._leaves[32 * i : 32 * i + 32]): i for i in self._unknown}
        extra = [leaf for leaf in after if leaf not in expected]
        if any(leaf not in unknown for leaf in extra):
            return False
        newest = max((unknown[leaf] for leaf in extra), default=-1)
        lost = [leaf for leaf in expected if leaf not in after]
        position = {
            bytes(self._leaves[32 * i : 32 * i + 32]): i
            for i in (self._tips[k] for k in map(hash, touched.rests_on) if k in self._tips)
        }
        return all(position[leaf] < newest for leaf in lost)

    def _grow(self, leaf: bytes) -> None:
        self._leaves += leaf
        level, number, edge = 0, self.size, self._edge
        value = leaf
        while number & 1:
            left = edge[level]
            assert left is not None
            value = node_hash(left, value)
            edge[level] = None
            number >>= 1
            level += 1
        if level == len(edge):
            edge.append(value)
        else:
            edge[level] = value
        self.size += 1

    def root(self) -> bytes:
        """Root of the tree over what was fed so far (RFC 9162 §2.1.1)."""
        value: bytes | None = None
        for node in self._edge:
            if node is not None:
                value = node if value is None else node_hash(node, value)
        return hashlib.sha256(b"").digest() if value is None else value

    def leaf_hash(self, index: int) -> bytes:
        """Leaf hash of a record that was fed."""
        return bytes(self._leaves[32 * index : 32 * index + 32])

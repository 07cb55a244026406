"""Replay a log from entry 0: every hash, every link, every key and signature, record by record.

Pure: the caller brings the records in order and asks for roots at the sizes that it wants to compare.
A link is recomputed from what the records before it touched. Where contents are hidden or erased, what
those records extended is not known; a link may then name them in place of an older tip, and nothing
else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from suyuan.core import private
from suyuan.core.content import Content, decode_content
from suyuan.core.encoding import b64url
from suyuan.core.entry import Entry, decode_link, parse_entry, record_message
from suyuan.core.errors import Damaged, Refused
from suyuan.core.keys import KeyRing, KeyState, verify
from suyuan.core.latest import Latest
from suyuan.core.merkle import EMPTY_ROOT, node_hash
from suyuan.core.touches import event_touches, touches

Names = tuple[Collection[str], Collection[str]]
"""(extends, rests_on) of one record, without the signer's kid unless it is extended."""

Numbers = tuple[Collection[int], Collection[int]]
"""The same by a source's own numbers of objects: one number is one object, for the whole replay."""

_START = {
    "event": b'{"event":',
    "master": b'{"kind":"master",',
    "key": b'{"key":',
    "erasure": b'{"erasure":',
}
"""How the canonical content of each kind begins."""
_SALT_TO_END = re.compile(rb'[A-Za-z0-9_-]{21}[AQgw]"\}')


class Stated(NamedTuple):
    """What a store keeps beside the entry, and works with."""

    leaf_hash: bytes
    content_digest: bytes
    kid: str
    record_time: str
    kind: str
    owner: str


@dataclass(slots=True)
class Replayed:
    """One record as brought to the replay. (Not frozen: that would cost a million of them seconds.)"""

    index: int
    entry: bytes
    link: bytes
    content: bytes | None
    disclosures: tuple[str, ...] = ()
    touched: Names | None = None
    """What its source says it touches; None where that has to be read from the content."""
    stated: Stated | None = None
    numbers: Numbers | None = None
    """What its source says it touches, for a replay that is not thorough; then in every record."""


def differs(index: int, what: str) -> Damaged:
    """That part of a record is not what its entry, its leaf or its signer committed to."""
    return Damaged("record {index}: its {what} is not what was committed", index=index, what=what)


def opened(record: Replayed) -> Entry:
    """The entry, if content, disclosures, link and all that is stated agree with it; else Damaged."""
    index, raw, content, stated = record.index, record.entry, record.content, record.stated
    if stated is not None and hashlib.sha256(b"\x00" + raw).digest() != stated[0]:
        raise differs(index, "entry")
    try:
        entry = parse_entry(raw)
    except Refused:
        raise differs(index, "entry") from None
    if stated is not None and stated[1:4] != (entry.content, entry.kid, entry.record_time):
        raise differs(index, "entry")
    if hashlib.sha256(record.link).digest() != entry.after:
        raise differs(index, "link")
    if content is not None:
        if hashlib.sha256(content).digest() != entry.content:
            raise differs(index, "content")
        if stated is not None and not content.startswith(_START.get(stated[4], b"\x00")):
            raise differs(index, "kind")
        for disclosure in record.disclosures:
            if f'"{_digest(disclosure)}"'.encode() not in content:
                raise differs(index, "disclosure")
    return entry


def _digest(disclosure: str) -> str:
    """As suyuan:sd lists it (formats.md §2)."""
    return b64url(hashlib.sha256(disclosure.encode("ascii", "replace")).digest())


def names_of(content: Content, kid: str, owner: str) -> Names | None:
    """What a content touches, the kid left out; None for an erasure, which does not say."""
    if content.event is not None:
        found = event_touches(content.event, kid=kid, owner=owner)
    elif content.kind == "erasure":
        return None
    else:
        found = touches(content.kind, content.value, kid=kid, owner=owner)
    if kid in found.extends:
        return found.extends, found.rests_on
    return found.extends, tuple(name for name in found.rests_on if name != kid)


class RightEdge:
    """A tree that grows leaf by leaf: no more of it is kept than its root needs."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[bytes | None] = []

    def push(self, leaf: bytes) -> None:
        """Take the next leaf hash."""
        level, number, nodes = 0, self.size, self._nodes
        value = leaf
        while number & 1:
            left = nodes[level]
            assert left is not None
            value = node_hash(left, value)
            nodes[level] = None
            number >>= 1
            level += 1
        if level == len(nodes):
            nodes.append(value)
        else:
            nodes[level] = value
        self.size += 1

    def copy(self) -> RightEdge:
        """Another of the same tree, to go on with independently."""
        edge = RightEdge()
        edge.size, edge._nodes = self.size, list(self._nodes)
        return edge

    def root(self) -> bytes:
        """Root of the tree over what was pushed so far (RFC 9162 §2.1.1)."""
        value: bytes | None = None
        for node in self._nodes:
            if node is not None:
                value = node if value is None else node_hash(node, value)
        return EMPTY_ROOT if value is None else value


@dataclass(slots=True)
class Replay:
    """State of the replay: the tree's right edge, all tips, key states, counts."""

    origin: str
    admin_kid: str
    thorough: bool = False
    """Read every content, and believe no source on what is touched and by whom."""
    signatures: bool = False
    """Check every signature, also of what is hidden or erased."""
    size: int = 0
    newest: str = ""
    hidden: int = 0
    erased: int = 0
    """Gone, and an administrator's erasure record says so."""
    ring: KeyRing = field(default_factory=KeyRing)
    _edge: RightEdge = field(default_factory=RightEdge)
    _leaves: bytearray = field(default_factory=bytearray)
    _tips: Latest = field(default_factory=Latest)
    """Of objects by hash(id) or number, of kids by hash. Python's hash is keyed, so that nobody
    outside can make two collide."""
    _gone: dict[bytes, int] = field(default_factory=dict)
    """Records without content that no erasure explains so far, by leaf hash."""
    _unknown: dict[bytes, int] = field(default_factory=dict)
    """Records of which nobody says what they touch, by leaf hash."""

    def feed(self, record: Replayed) -> None:
        """Take the next record; Damaged, naming it, at the first thing that does not hold."""
        index = record.index
        if index != self.size:
            raise Damaged("record {index} is missing", index=self.size, what="entry")
        entry = opened(record)
        if entry.record_time < self.newest:
            raise Damaged(
                "the time of record {index} lies before that of the one before it",
                index=index,
                what="time",
            )
        touched = self._touched(record, entry)
        if touched is None:
            self._check_shape(record)
        else:
            self._check_link(record, entry.kid, touched[1])
        # What is stated was compared when the entry was opened.
        stated = record.stated
        leaf = stated[0] if stated else hashlib.sha256(b"\x00" + record.entry).digest()
        self._leaves += leaf
        self._edge.push(leaf)
        self.size += 1
        self.newest = entry.record_time
        if record.content is None:
            self.hidden += 1
            self._gone[leaf] = index
        if touched is None:
            self._unknown[leaf] = index
        else:
            self._tips.put(touched[0], index)

    def _touched(self, record: Replayed, entry: Entry) -> Numbers | None:
        """What it touches, after its key, its signature and, where asked for, its content hold."""
        parsed = self._read(record)
        state = self._signer(record.index, entry, parsed)
        if self.signatures and not verify(
            state.x, record_message(self.origin, entry.kid, entry.content), entry.sig
        ):
            raise Damaged(
                "record {index}: its signature does not hold", index=record.index, what="signature"
            )
        if parsed is not None and parsed.erases is not None:
            self._erase(parsed.erases, state)
        if record.numbers is not None and not self.thorough:
            extends, rests_on = record.numbers
            if parsed is not None and parsed.key is not None:
                extends = [*extends, hash(parsed.key.kid)]
            return extends, rests_on
        names = self._names(record, entry, parsed, state)
        return None if names is None else (list(map(hash, names[0])), list(map(hash, names[1])))

    def _read(self, record: Replayed) -> Content | None:
        content = record.content
        if content is not None and (
            self.thorough
            or (record.touched is None and record.numbers is None)
            or content.startswith((b'{"key":', b'{"erasure":'))
        ):
            return self._parsed(record)
        return None

    def _erase(self, leaf: bytes, by: KeyState) -> None:
        if by.active and by.role == "admin" and self._gone.pop(leaf, None) is not None:
            self.hidden -= 1
            self.erased += 1

    def _names(
        self, record: Replayed, entry: Entry, parsed: Content | None, state: KeyState
    ) -> Names | None:
        if parsed is None:
            return record.touched
        names = names_of(parsed, entry.kid, state.owner)
        if record.touched is None:
            return names
        if names is None:
            return record.touched
        stated = record.stated
        if stated is not None and stated.owner != state.owner:
            raise differs(record.index, "owner")
        if names != record.touched:
            raise Damaged(
                "record {index}: what it touches is not what the index says",
                index=record.index,
                what="touches",
            )
        return names

    def _parsed(self, record: Replayed) -> Content:
        assert record.content is not None
        try:
            parsed = decode_content(record.content)
        except Refused:
            raise differs(record.index, "content") from None
        if record.disclosures and not set(map(_digest, record.disclosures)) <= set(
            parsed.value.get(private.SD, ())
        ):
            raise differs(record.index, "disclosure")
        return parsed

    def _signer(self, index: int, entry: Entry, content: Content | None) -> KeyState:
        """State of its key at this entry (formats.md §4); takes key records into the ring."""
        state = self.ring.state(entry.kid)
        key = content.key if content is not None else None
        if index == 0:
            if key is None or not (key.kid == entry.kid == self.admin_kid):
                raise Damaged(
                    "record {index} is not the key of the administrator whom the policy names",
                    index=index,
                    what="key",
                )
            state = KeyState.of(key)
        if state is None:
            raise Damaged(
                "record {index} is signed with a key that the log does not know",
                index=index,
                what="key",
            )
        if key is not None:
            self.ring.apply(index, entry.kid, key)
        elif not state.active:
            raise Damaged(
                "record {index} is signed with a key that is not in force there",
                index=index,
                what="key",
            )
        return state

    def _check_link(self, record: Replayed, kid: str, rests_on: Collection[int]) -> None:
        """Its ``after`` has to be the tips of all that it rests on, and of its key."""
        leaves = self._leaves
        found = self._tips.of([*rests_on, hash(kid)])
        hexes = sorted([leaves[32 * at : 32 * at + 32].hex() for at in found])
        expected = '","sha-256:'.join(hexes)
        start = f'{{"after":["sha-256:{expected}"],"salt":"' if hexes else '{"after":[],"salt":"'
        link = record.link
        if not (link.startswith(start.encode()) and _SALT_TO_END.fullmatch(link, len(start))):
            self._explain(record, found)

    def _check_shape(self, record: Replayed) -> tuple[bytes, ...]:
        try:
            return decode_link(record.link).after
        except Refused:
            raise differs(record.index, "link") from None

    def _explain(self, record: Replayed, found: Collection[int]) -> None:
        """Damaged, unless records of unknown content account for the difference."""
        after = set(self._check_shape(record))
        expected = {self.leaf_hash(at): at for at in found}
        extra = after - expected.keys()
        lost = [expected[leaf] for leaf in expected.keys() - after]
        if extra <= self._unknown.keys():
            newest = max((self._unknown[leaf] for leaf in extra), default=-1)
            if all(at < newest for at in lost):
                return
        if len(lost) == 1 and any(self._place(leaf) is None for leaf in extra):
            raise Damaged(
                "record {index} is not the one that record {by} rests on",
                index=lost[0],
                by=record.index,
                what="entry",
            )
        raise Damaged(
            "record {index} does not rest on what it should: its link leaves out or adds a record",
            index=record.index,
            what="after",
        )

    def _place(self, leaf: bytes) -> int | None:
        """Index of the record with this leaf hash: a search, for what is wrong already."""
        at = self._leaves.find(leaf)
        while at % 32 and at != -1:
            at = self._leaves.find(leaf, at + 1)
        return None if at == -1 else at // 32

    def root(self) -> bytes:
        """Root of the tree over what was fed so far."""
        return self._edge.root()

    def leaf_hash(self, index: int) -> bytes:
        """Leaf hash of a record that was fed."""
        return bytes(self._leaves[32 * index : 32 * index + 32])

"""Repair: put back what is damaged, from a backup or a mirror or from what is still right beside it.

Nothing is believed that does not hash: an entry is right when the signed checkpoints come out of it, a
link, a content, a disclosure and an attachment by the digest that the entry (or the content) holds. What
an erasure deleted does not come back, whatever a backup has of it. Each row is written in a transaction
of its own: a crash leaves the old one or the right one, and the next run goes on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from suyuan.core import jcs, private
from suyuan.core.content import Content, decode_content
from suyuan.core.encoding import b64url, parse_digest
from suyuan.core.entry import Entry, decode_link, parse_entry
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.errors import Damaged, Refused
from suyuan.core.farm.index import index_deed
from suyuan.core.lineage.flows import flows_of
from suyuan.core.merkle import leaf_hash
from suyuan.core.tiles import HASH_SIZE, TILE
from suyuan.core.touches import Touches, touches
from suyuan.core.visibility import parties_of
from suyuan.flow.append import event_index, same_as
from suyuan.flow.drafts import carried, described
from suyuan.flow.proven import leaf_of, proven_leaves
from suyuan.flow.rehash import check_head, read_content, tile_nodes
from suyuan.flow.scrub import Scrubber, damage_of
from suyuan.ports.accounts import Attachment
from suyuan.ports.log import NewRecord, StoredRecord
from suyuan.ports.repair import Part, RepairStore, Spare
from suyuan.ports.tree import FullTile, SignedHead

ROUNDS = 4
"""What is found only after something else was put right is put right in the next."""
_AT_ONCE = 2000
"""Damaged records whose parts are held in memory together."""
_TREE = frozenset({"entry", "tile", "checkpoint"})


class NoSpare:
    """Only what can be told from the rest of the log itself."""

    def entries(self) -> Iterator[tuple[int, bytes]]:
        return iter(())

    def heads(self) -> Iterator[SignedHead]:
        return iter(())

    def parts(
        self, wanted: Collection[int], digests: Collection[bytes]
    ) -> Iterator[Part | Attachment]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was found, and what is damaged still."""

    read: int
    """Records re-read."""
    found: tuple[Damaged, ...]
    left: tuple[Damaged, ...]
    written: int
    """Rows written."""
    erased: tuple[int, ...]
    """Records whose content the spare has, and which stay erased."""


@dataclass(slots=True)
class _Known:
    """What one look at the whole log tells."""

    held: list[bytes | None]
    """Leaf hashes of the entries as they are stored."""
    rows: list[bytes | None]
    """Leaf hashes as the rows say them."""
    owners: dict[str, str] = field(default_factory=dict)
    erased: dict[bytes, int] = field(default_factory=dict)
    """Leaf hash → index of the erasure that names it."""
    unread: list[int] = field(default_factory=list)
    """Erasures whose content is damaged: nobody knows what they deleted."""
    leaves: list[bytes | None] = field(default_factory=list)
    """As they were proven, where that was asked."""
    entries: dict[int, bytes] = field(default_factory=dict)
    """Proven ones, in place of what is stored."""


@dataclass(slots=True)
class _Right:
    """What is right so far of one damaged record."""

    raw: bytes
    entry: Entry
    row: StoredRecord | None
    link: bytes | None = None
    content: bytes | None = None
    disclosures: tuple[str, ...] | None = None
    kind: str = ""


@dataclass(slots=True)
class Repairer:
    """One repair of one log."""

    scrubber: Scrubber
    rows: RepairStore
    on_read: Callable[[int], None] = lambda _: None
    """Hears how many records more were re-read."""
    _written: int = 0
    _erased: set[int] = field(default_factory=set)
    _touched: set[int] = field(default_factory=set)
    _put_so: dict[int, tuple[object, ...]] = field(default_factory=dict)
    """What was written of each record: the same is not written twice."""

    def run(self, start: int, stop: int, spare: Spare | None) -> Repaired:
        """Find what is damaged of records ``start`` … and put it right; without a spare only found.

        Clears the damage on record where it lies in the range and nothing there is damaged any more.
        """
        stored = self.scrubber.stored
        start -= start % TILE
        found = list(stored.damages(start, stop, lambda units: self.on_read(int(units))))
        if found:
            self.scrubber.report(found[0])
        left: Sequence[Damaged] = found
        for _ in range(ROUNDS if spare is not None else 0):
            before = self._written
            if not left:
                break
            assert spare is not None
            self._round(left, spare)
            if self._written == before:
                break
            left = self._again(left, stop)
        self._clear(start, stop, left)
        return Repaired(
            stop - start, tuple(found), tuple(left), self._written, tuple(sorted(self._erased))
        )

    def _again(self, problems: Sequence[Damaged], stop: int) -> list[Damaged]:
        """Re-read all that could be touched by what was damaged."""
        blocks: set[int] = set()
        for problem in problems:
            last = max(problem.index, int(str(problem.params.get("size", 1))) - 1)
            if "tile" in problem.params:
                span = TILE << 8 * int(str(problem.params["level"]))
                last = max(last, problem.index - problem.index % span + span - 1)
            blocks |= {problem.index // TILE, last // TILE}
        blocks |= {index // TILE for index in self._touched}
        found: list[Damaged] = []
        for block in sorted(blocks):
            found += self.scrubber.stored.damages(block * TILE, min((block + 1) * TILE, stop))
        return found

    def _clear(self, start: int, stop: int, left: Sequence[Damaged]) -> None:
        tree = self.scrubber.stored.tree
        damage = tree.damage()
        if damage is None or damage.what == "history" or not start <= damage.index < stop:
            return
        if left:
            tree.report_damage(damage_of(left[0], self.scrubber.clock.now()))
        else:
            tree.report_damage(None)

    def _round(self, problems: Sequence[Damaged], spare: Spare) -> None:
        # A page that was read while rows were damaged tells nothing about the next.
        self.scrubber.stored.tree.damage()
        known = self._look()
        whats = {str(problem.params["what"]) for problem in problems}
        if whats & _TREE:
            self._prove(known, spare)
        self._settle(known, spare)
        named = {p.index for p in problems if p.params["what"] not in _TREE - {"entry"}}
        indices = sorted(named | known.entries.keys())
        digests = {
            parse_digest(str(p.params["digest"])): p.index
            for p in problems
            if p.params["what"] == "attachment"
        }
        for first in range(0, max(len(indices), 1), _AT_ONCE):
            self._records(indices[first : first + _AT_ONCE], digests, known, spare)
            digests = {}
        if whats & _TREE:
            self._tiles(known)

    def _look(self) -> _Known:
        stored = self.scrubber.stored
        latest = stored.tree.latest()
        size = max(stored.log.tail().size, latest.size if latest else 0)
        known = _Known([None] * size, [None] * size)
        for low in range(0, size, 1000):
            records = stored.log.records(range(low, min(low + 1000, size)))
            for index in sorted(records):
                record = records[index]
                known.held[index], known.rows[index] = leaf_hash(record.entry), record.leaf_hash
                content = _read(record)
                if content is not None and content.key is not None:
                    known.owners.setdefault(content.key.kid, content.key.owner)
                elif content is not None and content.erases is not None:
                    known.erased.setdefault(content.erases, index)
                elif record.kind == "erasure":
                    known.unread.append(index)
        known.unread += [index for index, leaf in enumerate(known.held) if leaf is None]
        return known

    def _settle(self, known: _Known, spare: Spare) -> None:
        """What erasures that cannot be read here deleted, by the spare's word where it hashes."""
        if not known.unread:
            return
        rows = self.scrubber.stored.log.records(known.unread)
        for part in spare.parts(known.unread, ()):
            if isinstance(part, Attachment) or part.content is None:
                continue
            row = rows.get(part.index)
            raw = known.entries.get(part.index) or (row.entry if row else b"")
            try:
                content = decode_content(part.content)
                right = hashlib.sha256(part.content).digest() == parse_entry(raw).content
            except Refused:
                continue
            if right:
                known.unread.remove(part.index)
                if content.erases is not None:
                    known.erased.setdefault(content.erases, part.index)

    def _prove(self, known: _Known, spare: Spare) -> None:
        """Which entries are right, by the signed heads; and the heads themselves, where they are not."""
        self._heads(known, spare)
        stored = self.scrubber.stored
        heads = [head for head in stored.tree.heads() if self._signed(head)]
        size = heads[-1].size if heads else 0
        entries = {
            index: entry
            for index, entry in spare.entries()
            if index < len(known.held) and (index >= size or leaf_hash(entry) != known.held[index])
        }
        tiles: dict[int, bytes] = {
            tile.number * TILE + place: tile.nodes[place * HASH_SIZE : (place + 1) * HASH_SIZE]
            for tile in stored.tree.tiles(0, 0, size // TILE)
            for place in range(TILE)
        }
        hints = {
            index: [leaf for leaf in (tiles.get(index), known.rows[index]) if leaf is not None]
            for index in range(size)
            if not known.held[index] == known.rows[index] == tiles.get(index, known.held[index])
        }
        elsewhere = {index: leaf_hash(entry) for index, entry in entries.items()}
        known.leaves = proven_leaves(known.held, elsewhere, hints, heads)
        for index, entry in entries.items():
            if index < size:
                right = known.leaves[index] == elsewhere[index]
            else:  # not sealed yet: two of its entry here, its row's hash, and the spare have to agree
                right = elsewhere[index] in (known.rows[index], known.held[index])
            if right:
                known.entries[index] = entry

    def _signed(self, head: SignedHead) -> bool:
        try:
            check_head(head, self.scrubber.stored.verifiers, self.scrubber.stored.origin)
        except Damaged:
            return False
        return True

    def _heads(self, known: _Known, spare: Spare) -> None:
        """A checkpoint whose row was changed comes back from its own note, or from the spare's."""
        stored = self.scrubber.stored
        broken = {head.size: head for head in stored.tree.heads() if not self._signed(head)}
        if not broken:
            return
        offered = [*broken.values(), *(h for h in spare.heads() if h.size in broken)]
        for head in offered:
            root = stored.root_in(head.note, head.size)
            if root is not None and head.size in broken:
                del broken[head.size]
                self.rows.put_head(replace(head, root=root))
                self._wrote(head.size - 1)

    def _records(
        self, indices: Sequence[int], digests: Mapping[bytes, int], known: _Known, spare: Spare
    ) -> None:
        log = self.scrubber.stored.log
        found = log.records(indices)
        right: dict[int, _Right] = {}
        for index in indices:
            row = found.get(index)
            raw = known.entries.get(index) or (row.entry if row else None)
            if raw is None or not self._stands(known, index, raw):
                continue
            try:
                right[index] = _sorted_out(raw, row)
            except Refused:
                continue
        wanted = {i for i, one in right.items() if self._lacks(known, one)}
        if wanted or digests:
            self._take(right, wanted, digests, known, spare)
        for index in sorted(right):
            self._put(index, right[index], known)

    def _stands(self, known: _Known, index: int, raw: bytes) -> bool:
        """Whether this entry is the one that was committed to, as far as can be known."""
        if index < len(known.leaves):
            return known.leaves[index] == leaf_of(raw)
        return index in known.entries or known.rows[index] == leaf_of(raw)

    def _lacks(self, known: _Known, one: _Right) -> bool:
        gone = leaf_hash(one.raw) in known.erased
        return one.link is None or (not gone and (one.content is None or one.disclosures is None))

    def _take(
        self,
        right: dict[int, _Right],
        wanted: Collection[int],
        digests: Mapping[bytes, int],
        known: _Known,
        spare: Spare,
    ) -> None:
        for part in spare.parts(wanted, list(digests)):
            if isinstance(part, Attachment):
                if hashlib.sha256(part.body).digest() == part.digest:
                    self._put_attachment(part, digests[part.digest])
                continue
            one = right[part.index]
            one.kind = one.kind or part.kind
            if part.link is not None and hashlib.sha256(part.link).digest() == one.entry.after:
                one.link = part.link
            if part.content is None or hashlib.sha256(part.content).digest() != one.entry.content:
                continue
            if self._is_gone(known, part.index, one):
                self._erased.add(part.index)
                continue
            if part.public:
                self._take_public(one, part)
                continue
            one.content = part.content
            if one.disclosures is None and _disclosed(part.content, part.disclosures):
                one.disclosures = part.disclosures

    def _put_attachment(self, found: Attachment, index: int) -> None:
        """A mirror has the bytes alone: what they are, the record says that carries them."""
        if not found.organisation:
            # That it is damaged was found by reading this record, whose content hashes.
            row = self.scrubber.stored.log.records([index])[index]
            content = read_content(index, row.content or b"")
            media_type, name = described(content.value, found.digest)
            found = replace(
                found,
                media_type=media_type,
                name=name,
                organisation=row.owner,
                created_at=row.record_time,
            )
        self.rows.put_attachment(found)
        self._written += 1

    def _take_public(self, one: _Right, part: Part) -> None:
        """A content as everybody is told it, where with what lies here still it is the whole of it.

        Else it stays damaged: what is private of it would be lost for good under a content that hashes.
        """
        assert part.content is not None
        listed = private.listed(decode_content(part.content).value)
        here = one.row.disclosures if one.row is not None else ()
        both = {_digest(text): text for text in (*here, *part.disclosures)}
        if not listed <= both.keys():
            return
        one.content = part.content
        if one.disclosures is None:
            found = [text for digest, text in both.items() if digest in listed]
            # A field within a field is put back after it; otherwise in the order they came.
            one.disclosures = tuple(sorted(found, key=_depth))

    def _is_gone(self, known: _Known, index: int, one: _Right) -> bool:
        """Erased by the log's own word; or perhaps, where an erasure cannot be read just now."""
        if leaf_hash(one.raw) in known.erased:
            return True
        lost = one.row is None or one.row.content is None
        return lost and one.kind != "erasure" and any(at > index for at in known.unread)

    def _put(self, index: int, one: _Right, known: _Known) -> None:
        leaf, log = leaf_hash(one.raw), self.scrubber.stored.log
        by = known.erased.get(leaf)
        if by is not None and index not in log.erasures_of([index]):
            self.rows.put_erasure(index, by)
            self._erased.add(index)
            self._wrote(index)
        if one.link is None:
            return
        try:
            content = None if one.content is None else decode_content(one.content)
            after = decode_link(one.link).after
        except Refused:
            return
        record = self._record(index, one, content, known)
        if record is None:
            return
        edges = tuple(sorted(log.by_leaf_hash(after).values()))
        so = (one.raw, one.link, one.content, one.disclosures, edges, record.owner)
        if self._put_so.get(index) == so:
            return
        whole = content is not None and one.disclosures is not None
        self.rows.put_record(
            replace(record, link=one.link, after=edges), content=whole, names=content is not None
        )
        self._put_so[index] = so
        self._wrote(index)

    def _record(
        self, index: int, one: _Right, content: Content | None, known: _Known
    ) -> NewRecord | None:
        entry, row = one.entry, one.row
        kind = content.kind if content else one.kind or (row.kind if row else "")
        owner = known.owners.get(entry.kid) or (row.owner if row else "")
        if content is not None and content.key is not None and not owner:
            owner = content.key.owner
        if not kind or not owner:
            return None
        touched = self._touched_by(index, content, entry.kid, owner)
        event = None
        if content is not None and content.kind == "event":
            value = dict(content.value)
            try:
                whole = private.reveal(value, one.disclosures or ())
            except Refused:
                whole = value
            event = event_index(
                value,
                event_hashes([value])[0],
                same_as(owner, jcs.dumps(whole)),
                tuple(sorted(parties_of(value))),
                index_deed(whole),
                flows_of(value, owner=owner),
            )
        rests = touched.rests_on
        if entry.kid not in touched.extends:
            rests = tuple(name for name in rests if name != entry.kid)
        return NewRecord(
            index=index,
            kind=kind,
            content=one.content or b"",
            content_digest=entry.content,
            disclosures=one.disclosures or (),
            link=b"",
            after=(),
            entry=one.raw,
            leaf_hash=leaf_hash(one.raw),
            kid=entry.kid,
            owner=owner,
            record_time=entry.record_time,
            extends=touched.extends,
            rests_on=rests,
            event=event,
            attachments=carried(content.kind, content.value) if content else (),
        )

    def _touched_by(self, index: int, content: Content | None, kid: str, owner: str) -> Touches:
        if content is None:
            return Touches((), ())
        erased = None
        if content.erases is not None:
            log = self.scrubber.stored.log
            of = log.by_leaf_hash([content.erases]).get(content.erases)
            erased = Touches(*log.touches_of([of])[of]) if of is not None else Touches((), ())
        return touches(content.kind, dict(content.value), kid=kid, owner=owner, erased=erased)

    def _tiles(self, known: _Known) -> None:
        """Full tiles out of proven leaves, level by level."""
        tree = self.scrubber.stored.tree
        level, below = 0, known.leaves
        while len(below) >= TILE:
            stored = {tile.number: tile.nodes for tile in tree.tiles(level, 0, len(below) // TILE)}
            above: list[bytes | None] = []
            for number in range(len(below) // TILE):
                chunk = [h for h in below[number * TILE : (number + 1) * TILE] if h is not None]
                if len(chunk) < TILE:
                    above.append(None)
                    continue
                nodes = tile_nodes(chunk)
                above.append(nodes[-HASH_SIZE:])
                if stored.get(number) != nodes:
                    self.rows.put_tile(FullTile(level, number, nodes))
                    self._wrote(((number + 1) * TILE << 8 * level) - 1)
            level, below = level + 1, above

    def _wrote(self, index: int) -> None:
        self._written += 1
        self._touched.add(index)


def _read(record: StoredRecord) -> Content | None:
    """Keys and erasures alone, where their content is what the entry says."""
    data = record.content
    if data is None or not data.startswith((b'{"key":', b'{"erasure":')):
        return None
    try:
        if hashlib.sha256(data).digest() != parse_entry(record.entry).content:
            return None
        return decode_content(data)
    except Refused:
        return None


def _sorted_out(raw: bytes, row: StoredRecord | None) -> _Right:
    """What is right of a row, by the entry."""
    entry = parse_entry(raw)
    one = _Right(raw, entry, row)
    if row is None:
        return one
    if hashlib.sha256(row.link).digest() == entry.after:
        one.link = row.link
    if row.content is not None and hashlib.sha256(row.content).digest() == entry.content:
        one.content = row.content
        if _disclosed(row.content, row.disclosures):
            one.disclosures = row.disclosures
    return one


def _disclosed(content: bytes, disclosures: Sequence[str]) -> bool:
    """Whether an event lists the digest of each."""
    try:
        listed = private.listed(decode_content(content).value)
    except Refused:
        return False
    return {_digest(text) for text in disclosures} <= listed


def _depth(disclosure: str) -> int:
    try:
        return private.parse_disclosure(disclosure).pointer.count("/")
    except Refused:
        return 0


def _digest(disclosure: str) -> str:
    return b64url(hashlib.sha256(disclosure.encode("ascii", "replace")).digest())

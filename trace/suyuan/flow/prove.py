"""Prove: records with their proofs, and bundles that can leave nothing out (formats.md §7).

What a viewer gets of each record follows core/visibility.py, here and nowhere else.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from suyuan.core import merkle, serials, tlog_proof
from suyuan.core.bundle import MAX_RECORDS, Anchor, Bundle, BundleRecord, Serial
from suyuan.core.cosignature import cosigned, with_lines
from suyuan.core.encoding import b64, digest_text
from suyuan.core.errors import Damaged, NotFound, ProofError, TooLarge, Unavailable
from suyuan.core.note import NoteSigner
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.private import parse_disclosure
from suyuan.core.replay import Names, differs, names_of
from suyuan.core.tips import Tips
from suyuan.core.touches import EventObjects
from suyuan.core.universe import Seen, Universe
from suyuan.core.visibility import (
    RecordFacts,
    Viewer,
    parties_of,
    record_class,
    sees_all_fields,
    sees_all_of,
    sees_field,
    sees_record,
)
from suyuan.flow.accounts import Accounts, Counties
from suyuan.flow.append import Appender
from suyuan.flow.rehash import (
    blame,
    check_head,
    check_names,
    check_reached,
    read_content,
    rehash,
)
from suyuan.ports.anchors import MINED, AnchorRow, AnchorStore
from suyuan.ports.log import LogStore, NewSerial, StoredRecord, Tip
from suyuan.ports.tree import SignedHead, TreeStore


@dataclass(frozen=True, slots=True)
class RecordView:
    """One record as one viewer sees it; ``content`` is None where hidden or erased."""

    index: int
    kind: str
    content: dict[str, Any] | None
    disclosures: tuple[str, ...]
    link: dict[str, Any]
    entry: str
    owner: str
    hidden: bool
    erased: bool
    proof: str | None
    checkpoint: str | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that belongs to a subject at one size of the log, as the log itself knows it."""

    subject: str
    size: int
    records: Mapping[int, StoredRecord]
    """By index, keys among them."""
    values: Mapping[int, Mapping[str, Any]]
    """The ``event``, ``master``, … object of each record that is not erased, as committed. Shared:
    nobody changes it."""
    extends: Mapping[int, tuple[str, ...]]
    """The members that each record extends."""
    members: frozenset[str]
    tips: Mapping[str, Tip]
    erased: Mapping[int, int]
    """Index of a record → index of its erasure, as far as the log has come at ``size``."""


@dataclass(frozen=True, slots=True)
class _Closure:
    """What belongs to a subject, without the records themselves; true as long as the tips are these."""

    members: frozenset[str]
    tips: Mapping[str, Tip]
    extends: Mapping[int, tuple[str, ...]]
    gone: Mapping[int, int]
    """Erased record → its erasure."""

    def gathered(
        self,
        subject: str,
        size: int,
        records: Mapping[int, StoredRecord],
        values: Mapping[int, Mapping[str, Any]],
    ) -> Gathered:
        erased = {index: by for index, by in self.gone.items() if by < size}
        return Gathered(
            subject, size, records, values, self.extends, self.members, self.tips, erased
        )


class _Kept:
    """The closures asked for last."""

    def __init__(self, most: int = 512) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._closures: dict[tuple[str, str | None], _Closure] = {}

    def get(self, key: tuple[str, str | None]) -> _Closure | None:
        return self._closures.get(key)

    def keep(self, key: tuple[str, str | None], closure: _Closure) -> None:
        if len(closure.extends) > 500:
            return  # long ones are few, and would fill the memory
        with self._guard:
            self._closures.pop(key, None)
            while len(self._closures) >= self._most:
                del self._closures[next(iter(self._closures))]
            self._closures[key] = closure


@dataclass(slots=True)
class Prover:
    """All reading with proofs. Needs the log's key, for the signed word on tips."""

    log: LogStore
    tree: TreeStore
    anchors: AnchorStore
    accounts: Accounts
    appender: Appender
    signer: NoteSigner
    origin: str
    _closures: _Kept = field(default_factory=lambda: _Kept())

    # -- who sees what ---------------------------------------------------------------------------

    def facts(
        self,
        viewer: Viewer,
        record: StoredRecord,
        value: Mapping[str, Any],
        counties: Counties | None = None,
    ) -> RecordFacts:
        """What decides about this record's visibility to this viewer. ``counties``: of the organisations
        that were asked for before, for the same question."""
        county = ""
        # Asked for each record of a long bundle, and only a regulator's sight depends on it.
        if viewer.role == "regulator":
            county = (self.accounts.counties() if counties is None else counties)[record.owner]
        return RecordFacts(
            record_class(record.kind, value),
            record.owner,
            county,
            parties_of(value)
            if record.kind == "event" and viewer.organisation is not None
            else frozenset(),
        )

    def visible(
        self,
        viewer: Viewer,
        record: StoredRecord,
        value: Mapping[str, Any],
        counties: Counties | None = None,
    ) -> bool:
        """Whether the viewer gets the content, private fields apart."""
        return sees_all_of(viewer, record.owner) or sees_record(
            viewer, self.facts(viewer, record, value, counties)
        )

    def shown(
        self,
        viewer: Viewer,
        record: StoredRecord,
        value: Mapping[str, Any],
        counties: Counties | None = None,
    ) -> tuple[bool, tuple[str, ...]]:
        """Whether the viewer gets the content, and which disclosures."""
        if sees_all_of(viewer, record.owner):
            return True, tuple(record.disclosures)
        facts = self.facts(viewer, record, value, counties)
        if not sees_record(viewer, facts):
            return False, ()
        if sees_all_fields(viewer, facts):
            return True, tuple(record.disclosures)
        seen: dict[str, bool] = {}
        shown = []
        for disclosure in record.disclosures:
            name = disclosed_name(disclosure)
            if name not in seen:
                seen[name] = sees_field(viewer, facts, name)
            if seen[name]:
                shown.append(disclosure)
        return True, tuple(shown)

    def sees(self, viewer: Viewer, index: int) -> bool:
        """Whether the viewer gets this record's content; nobody does once it is erased."""
        return self.record(viewer, index, prove=False).content is not None

    # -- single records --------------------------------------------------------------------------

    def record(self, viewer: Viewer, index: int, *, prove: bool = True) -> RecordView:
        """One record; NotFound beyond the end. Damaged if it is not what was committed."""
        if not prove:
            return self.records(viewer, [index])[0]
        stored = self._whole([index])[0]
        return self._view(viewer, stored, self.covering(index + 1))

    def records(self, viewer: Viewer, indices: Sequence[int]) -> list[RecordView]:
        """Several, in this order and without proofs; as ``record``."""
        counties = self.accounts.counties()
        return [self._view(viewer, stored, None, counties) for stored in self._whole(indices)]

    def _whole(self, indices: Sequence[int]) -> list[StoredRecord]:
        found = self.log.records(indices)
        for index in indices:
            if index not in found:
                if 0 <= index < self.log.tail().size:
                    raise Damaged("record {index} is missing", index=index, what="entry")
                raise NotFound("no record {index}", index=index)
            rehash(found[index])
        self._gone([index for index in indices if found[index].content is None])
        return [found[index] for index in indices]

    def stream(self, viewer: Viewer, start: int, stop: int | None) -> Iterator[RecordView]:
        """Records in order, without proofs: for audits, which build the tree themselves."""
        end = self.log.tail().size if stop is None else min(stop, self.log.tail().size)
        for first in range(start, end, 500):
            counties = self.accounts.counties()
            for record in list(self.log.scan(first, min(first + 500, end))):
                yield self._view(viewer, record, None, counties)

    def _view(
        self,
        viewer: Viewer,
        stored: StoredRecord,
        head: SignedHead | None,
        counties: Counties | None = None,
    ) -> RecordView:
        content: dict[str, Any] | None = None
        disclosures: tuple[str, ...] = ()
        if stored.content is not None:
            whole: dict[str, Any] = json.loads(stored.content)
            visible, disclosures = self.shown(viewer, stored, whole[stored.kind], counties)
            content = whole if visible else None
        proof = (
            self.proofs([stored.index], head, {stored.index: stored})[stored.index]
            if head
            else None
        )
        return RecordView(
            index=stored.index,
            kind=stored.kind,
            content=content,
            disclosures=disclosures,
            link=json.loads(stored.link),
            entry=stored.entry.decode(),
            owner=stored.owner,
            hidden=content is None and stored.content is not None,
            erased=stored.content is None,
            proof=proof,
            checkpoint=self._note(head) if head else None,
        )

    def _note(self, head: SignedHead) -> str:
        """The checkpoint with what witnesses say of it."""
        return with_lines(head.note, self.tree.cosignatures(head.size))

    def covering(self, size: int) -> SignedHead | None:
        """The smallest anchored checkpoint that covers ``size`` records, else the newest one."""
        policy = self.anchors.policy()
        anchored = self.anchors.covering(policy.version, size) if policy else None
        if anchored is not None:
            return self.tree.at(anchored.size)
        latest = self.tree.latest()
        return latest if latest is not None and latest.size >= size else None

    def proofs(
        self,
        indices: Collection[int],
        head: SignedHead,
        records: Mapping[int, StoredRecord] | None = None,
    ) -> dict[int, str]:
        """tlog-proof texts of records under one checkpoint, to which each was found to lead.

        From ``records``, where they were read before, else from the leaves that the tree holds.
        """
        check_head(head, self.signer.verifiers, self.origin)
        wanted = {node for i in indices for node in merkle.inclusion_nodes(i, head.size)}
        nodes = self.tree.nodes(wanted | ({(0, i) for i in indices} if records is None else set()))

        def get(level: int, number: int) -> bytes:
            return nodes[level, number]

        texts: dict[int, str] = {}
        for index in indices:
            proof = merkle.inclusion_proof(index, head.size, get)
            leaf = get(0, index) if records is None else records[index].leaf_hash
            try:
                merkle.verify_inclusion(leaf, index, head.size, proof, head.root)
            except ProofError:
                raise blame(self.log, self.tree, index, head.size) from None
            texts[index] = tlog_proof.format_proof(index, proof)
        return texts

    # -- everything of a subject -----------------------------------------------------------------

    def gather(self, subject: str, size: int, serial: str | None = None) -> Gathered:
        """The closure of formats.md §7: what U names, its tips, and all that they rest on.

        TooLarge beyond what a bundle can hold: anybody may ask, and it is all read and re-hashed.
        Every record is read and re-hashed each time; Damaged names the one that no longer holds.
        Which records these are is only looked for anew when a member of U has another tip than last
        time: links never change, so the same tips lead to the same records.
        """
        found = self._closures.get((subject, serial))
        tips = self.log.tips_at(found.members, size) if found else None
        if found is None or tips != found.tips:
            return self._closure(subject, size, serial)
        records = self.log.records(found.extends)
        read = _read_all(found.extends, records)
        values = {index: said.value for index, said in read.items()}
        if found.extends.keys() - values.keys() != found.gone.keys():
            return self._closure(subject, size, serial)  # something was erased since
        return found.gathered(subject, size, records, values)

    def collect(self, subject: str, indices: Collection[int]) -> Gathered:
        """These records alone, read and re-hashed; nothing that belongs to them is added."""
        records = self.log.records(indices)
        read = _read_all(indices, records)
        gone = self._gone(set(indices) - read.keys())
        touched = self.log.touches_of(indices)
        return Gathered(
            subject,
            self.log.tail().size,
            records,
            {index: said.value for index, said in read.items()},
            {index: touched[index][0] if index in touched else () for index in indices},
            frozenset(),
            {},
            gone,
        )

    def _closure(self, subject: str, size: int, serial: str | None) -> Gathered:
        records: dict[int, StoredRecord] = {}
        values: dict[int, Mapping[str, Any]] = {}
        touched: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        gone: dict[int, int] = {}
        tips: dict[str, Tip] = {}
        universe = Universe(subject, serial)
        while wanted := universe.wanted():
            tips.update(self.log.tips_at(wanted, size))
            unread = {tip.index for tip in tips.values()} - records.keys()
            reached = self.log.reachable(unread, limit=MAX_RECORDS) if unread else set()
            fresh = reached - records.keys()
            if not fresh:
                continue
            if len(records) + len(fresh) > MAX_RECORDS:
                raise TooLarge(
                    "more than {most} records belong to {subject}: a bundle holds no more",
                    most=MAX_RECORDS,
                    subject=subject,
                )
            found = self.log.records(fresh)
            touched.update(self.log.touches_of(fresh))
            read = _read_all(fresh, found)
            gone.update(self._gone(fresh - read.keys()))
            for index in sorted(fresh):
                said = read.get(index)
                if said is not None:
                    check_names(index, said.names, touched)
                    values[index] = said.value
                universe.add(_seen(found[index], said, touched[index][0]))
            records.update(found)
        check_reached(records, touched)
        members = universe.members()
        extends = {
            index: tuple(name for name in names[0] if name in members)
            for index, names in touched.items()
        }
        closure = _Closure(members, tips, extends, gone)
        if subject in tips:
            self._closures.keep((subject, serial), closure)
        return closure.gathered(subject, size, records, values)

    def _gone(self, indices: Collection[int]) -> dict[int, int]:
        """The erasure of each; Damaged for a content that is gone although nobody erased it."""
        erasures = self.log.erasures_of(indices) if indices else {}
        for index in sorted(indices):
            if index not in erasures:
                raise differs(index, "content")
        return erasures

    def bundle(
        self, viewer: Viewer, subject: str, *, serial: str | None = None, size: int | None = None
    ) -> bytes:
        """The bundle as a file: at the newest anchored checkpoint that leaves out no record of it.

        NotFound when nothing was recorded of the subject; Unavailable until the first checkpoint
        covers it.
        """
        head = self.head_for(subject) if size is None else self.tree.at(size)
        if head is None:
            raise NotFound("no checkpoint of size {size} was ever published", size=size)
        issued: NewSerial | None = None
        if serial is not None:
            issued = self.log.serial(subject, serial)
            if issued is None or issued.record >= head.size:
                raise NotFound("no serial {serial} was issued for this lot", serial=serial)
        gathered = self.gather(subject, head.size, serial)
        made = self._bundle(viewer, gathered, head, issued)
        return json.dumps(made.to_json(), ensure_ascii=False, separators=(",", ":")).encode()

    def head_for(self, subject: str) -> SignedHead:
        """The newest anchored checkpoint if it covers all that touches the subject, else the newest.

        Where the policy asks for witnesses, one that enough of them cosigned; Unavailable before that.
        """
        latest = self.tree.latest()
        if latest is None:
            raise Unavailable("nothing is sealed yet; try again in a minute")
        tail = self.log.tail().size
        newest = self.log.tips_at([subject], tail).get(subject)
        if newest is None:
            raise NotFound("nothing is recorded of {subject}", subject=subject)
        if newest.index >= latest.size and not self.log.tips_at([subject], latest.size):
            raise Unavailable("this was recorded a moment ago and is not sealed yet")
        row = self.anchors.policy()
        anchored = self.anchors.latest(row.version, MINED) if row else None
        best = latest
        if anchored is not None and anchored.size > newest.index:
            head = self.tree.at(anchored.size)
            if head is not None and not self._moved(subject, head.size, latest.size):
                best = head
        policy = parse_policy(row.policy) if row else None
        if row is None or policy is None or self._enough(policy, best):
            return best
        sizes = self.tree.cosigned_since(newest.index + 1)
        # Stable: of those that are anchored, and then of the others, the newest first.
        for size in sorted(sizes, key=lambda size: self.anchors.at(row.version, size) is None):
            head = self.tree.at(size)
            if (
                head is not None
                and self._enough(policy, head)
                and not self._moved(subject, size, latest.size)
            ):
                return head
        raise Unavailable(
            "the policy's witnesses have not cosigned this yet; try again in a minute"
        )

    def _enough(self, policy: Policy, head: SignedHead) -> bool:
        """Whether as many witnesses cosigned it as the policy asks for."""
        if policy.quorum == 0:
            return True
        return len(cosigned(self._note(head), policy.witnesses)) >= policy.quorum

    def _moved(self, subject: str, older: int, newer: int) -> bool:
        """Whether anything that belongs to the subject was recorded between two sizes."""
        if older == newer:
            return False
        then = self.gather(subject, older)
        return self.log.tips_at(then.members, newer) != dict(then.tips)

    def _bundle(
        self, viewer: Viewer, gathered: Gathered, head: SignedHead, issued: NewSerial | None
    ) -> Bundle:
        proofs = self.proofs(gathered.records, head, gathered.records)
        kept: dict[int, BundleRecord] = {}
        for index in sorted(gathered.records):
            stored = gathered.records[index]
            content: dict[str, Any] | None = None
            disclosures: tuple[str, ...] = ()
            if stored.content is not None:
                visible, disclosures = self.shown(viewer, stored, gathered.values[index])
                content = json.loads(stored.content) if visible else None
            kept[index] = BundleRecord(
                content=content,
                disclosures=disclosures,
                link=json.loads(stored.link),
                entry=stored.entry.decode(),
                proof=proofs[index],
            )
        is_key = {i for i, stored in gathered.records.items() if stored.kind == "key"}
        return Bundle(
            subject=gathered.subject,
            serial=self._serial(issued) if issued else None,
            checkpoint=self._note(head),
            tips=self.tips_note(gathered, head.size),
            records=tuple(kept[i] for i in sorted(kept.keys() - is_key)),
            keys=tuple(kept[i] for i in sorted(is_key)),
            anchor=self._anchor(head.size),
        )

    def tips_note(self, gathered: Gathered, size: int) -> str:
        """The log's signed word that nothing newer was held back."""
        newest = {
            name: gathered.tips[name].leaf_hash if name in gathered.tips else None
            for name in gathered.members
        }
        return self.signer.sign(Tips(self.origin, size, newest).text())

    def _serial(self, issued: NewSerial) -> Serial:
        pairs = [(s.salt, s.serial) for s in self.log.serials_of(issued.record)]
        record = self.log.records([issued.record])[issued.record]
        return Serial(
            serial=issued.serial,
            salt=issued.salt,
            index=issued.position,
            path=tuple(b64(h) for h in serials.serial_path(pairs, issued.position)),
            issued_by=digest_text(record.leaf_hash),
        )

    def _anchor(self, size: int) -> Anchor | None:
        row = self.anchors.policy()
        if row is None:
            return None
        anchor = self.anchors.at(row.version, size)
        if anchor is None:
            return None
        policy = parse_policy(row.policy)
        assert anchor.block_number is not None
        assert anchor.block_hash is not None
        assert anchor.block_time is not None
        return Anchor(
            chain_id=policy.chain_id,
            contract=policy.contract,
            log_id=policy.log_id,
            size=size,
            root=b64(anchor.root),
            tx_hash=anchor.tx_hash or _sent_last(anchor),
            block_number=anchor.block_number,
            block_hash=anchor.block_hash,
            block_time=anchor.block_time,
        )


def _sent_last(anchor: AnchorRow) -> str:
    """Where nobody has a receipt: the transaction that was sent last for it, a hint (formats.md §6)."""
    return anchor.txs[-1].tx_hash if anchor.txs else "0x" + "0" * 64


class _Said(NamedTuple):
    """A content, read: its value, what it touches, the objects it names if it is an event."""

    value: Mapping[str, Any]
    names: Names | None
    event: EventObjects | None
    key_owner: str | None


def _read_all(indices: Collection[int], records: Mapping[int, StoredRecord]) -> dict[int, _Said]:
    """What each record says, erased ones left out. Damaged where one is missing or does not hold."""
    found: dict[int, _Said] = {}
    for index in sorted(indices):
        stored = records.get(index)
        if stored is None:
            raise Damaged("record {index} is missing", index=index, what="entry")
        small = stored.content is not None and len(stored.content) <= _SMALL
        said = _read(stored) if small else _read.__wrapped__(stored)
        if said is not None:
            found[index] = said
    return found


_SMALL = 4096
"""Bytes of a content that is kept in memory once read; those of a thousand EPCs would fill it."""


@lru_cache(maxsize=4096)
def _read(stored: StoredRecord) -> _Said | None:
    """What the record says once it is re-hashed, None without content.

    The same bytes need no second hashing, and the master data and keys behind all pages are the same.
    """
    rehash(stored)
    if stored.content is None:
        return None
    content = read_content(stored.index, stored.content)
    return _Said(
        content.value,
        names_of(content, stored.kid, stored.owner),
        content.event,
        content.key.owner if content.key is not None else None,
    )


def _seen(stored: StoredRecord, said: _Said | None, extends: tuple[str, ...]) -> Seen:
    if said is None:
        return Seen(stored.index, stored.kid)
    return Seen(stored.index, stored.kid, stored.owner, extends, said.event, said.key_owner)


def disclosed_name(disclosure: str) -> str:
    """The member name that a disclosure is about."""
    return parse_disclosure(disclosure).name

"""Sequence signed drafts into the log: one transaction, all of them or none.

A crash before the commit leaves nothing; after it, the records are durable and a repeat of the same
call finds them by content, by event or by Idempotency-Key and answers the first indices.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from suyuan.core import encoding, merkle
from suyuan.core.brand.codes import NO_PACKS, Packs, code_acts_of, packs_of
from suyuan.core.certificate import is_issuing
from suyuan.core.content import decode_content
from suyuan.core.entry import Entry, Link
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.epcis.known import canonical, known_in
from suyuan.core.errors import (
    Closed,
    Conflict,
    Fatal,
    Forbidden,
    Many,
    NotFound,
    Refused,
    SuyuanError,
)
from suyuan.core.farm.index import DeedIndex, index_deed
from suyuan.core.identifiers import identify
from suyuan.core.keys import KeyRing, KeyState, parse_key
from suyuan.core.lineage.cycles import Arrow, arrows_of, pointer_of
from suyuan.core.lineage.flows import NO_FLOWS, Flows, flows_of, hands_over
from suyuan.core.lineage.refusals import Ratio, more_than_taken
from suyuan.core.timestamps import to_utc_millis
from suyuan.core.touches import (
    EventObjects,
    Touches,
    event_objects,
    event_touches,
    master_id,
    touches,
)
from suyuan.core.visibility import parties_of, record_class
from suyuan.flow import may
from suyuan.flow.circles import Below, below, circles
from suyuan.flow.drafts import Draft
from suyuan.flow.rights import rights_in
from suyuan.ports.log import (
    EventIndex,
    LogStore,
    NewRecord,
    NewSerial,
    Remembered,
    Sequencer,
    StoredRecord,
)
from suyuan.ports.outside import Clock, Randomness


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key and the digest of the request it came with."""

    owner: str
    key: str
    request_digest: bytes
    again: bool = False
    """A repeat goes the whole way again: each event is recognised by itself (flow/proceed.py)."""


_OF_CODES: Mapping[str, tuple[str, ...]] = {
    "event": ("suyuan:serials", "suyuan:codes", "suyuan:authorisation"),
    "master": ("suyuan:indication",),
}
"""Kind → members by which a record concerns the ledger of codes."""
_BULK = frozenset({"event", "master"})
"""What is turned away when too much waits; a stolen key is revoked at any time."""

Ending: TypeAlias = Callable[[Sequencer, tuple[int, ...]], None]
"""What else belongs into the transaction of an append, told the indices of its drafts."""
Beginning: TypeAlias = Callable[[Sequencer], None]


@dataclass(frozen=True, slots=True)
class Coming:
    """An event about to be appended that speaks of codes, or of packs that carry them; or master data
    that names a brand."""

    where: str
    owner: str
    event: Mapping[str, Any] = field(hash=False)
    packs: Packs = NO_PACKS
    master: bool = False


Codes: TypeAlias = Callable[[Sequence[Coming]], Iterable[SuyuanError]]
"""Of events about to be appended, under the log's lock: what is wrong with them."""


def _anybody() -> None:
    """Nothing is turned away."""


class Appender:
    """The only writer of records. Safe to share between threads."""

    def __init__(
        self,
        store: LogStore,
        clock: Clock,
        randomness: Randomness,
        admit: Callable[[], None] = _anybody,
    ) -> None:
        self._store = store
        self._admit = admit
        self._clock = clock
        self._randomness = randomness
        self._ring = KeyRing()
        self._ring_size = 0
        self._ring_lock = threading.Lock()
        self.ratio: Callable[[Mapping[str, Any], str, str], Decimal | None] | None = None
        """What templates allow a step of an organisation's event to give of what it takes; None: nothing
        states any."""
        self.codes: Codes | None = None
        """What stands against records of brands and their codes; None: nobody looks."""

    def ring(self, size: int | None = None) -> KeyRing:
        """Key states as of now (a copy that the caller may go on with)."""
        with self._ring_lock:
            for record in self._store.key_records(self._ring_size):
                _apply(self._ring, record)
                self._ring_size = record.index + 1
            return self._ring.copy()

    def admit(self) -> None:
        """Raises what keeps new events out just now."""
        self._admit()

    def append(
        self,
        drafts: Sequence[Draft],
        *,
        once: Once | None = None,
        ending: Ending | None = None,
        beginning: Beginning | None = None,
    ) -> tuple[int, ...]:
        """Append all drafts or none; returns one index a draft, the first one for a repeat.

        ``beginning`` looks at the log once nothing moves in it any more, and raises what keeps this out.
        Raises Many with every refusal (path = the draft's ``where``), Conflict for an Idempotency-Key
        that came with another request; whatever ``admit`` raises of events and master data.
        """
        if any(draft.kind in _BULK for draft in drafts):
            self._admit()
        prepared = _prepare(drafts)
        arrows = _drawn(prepared)
        under = below(self._store, [prepared[at].flows for at in arrows]) if arrows else None
        with self._store.sequencing() as seq:
            if beginning is not None:
                beginning(seq)
            batch = _Batch(self, seq, prepared, arrows, under)
            earlier = seq.remembered(once.owner, once.key) if once is not None else None
            if once is None:
                indices = batch.run()
            elif earlier is None:
                indices = batch.run()
                seq.remember(once.owner, once.key, Remembered(once.request_digest, indices))
            elif earlier.request_digest != once.request_digest:
                raise Conflict("this Idempotency-Key came with another request before")
            else:
                indices = batch.run() if once.again else earlier.indices
            if ending is not None:
                ending(seq, indices)
        return indices


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What can be computed before the lock is taken."""

    draft: Draft
    event_hash: str = ""
    parties: tuple[str, ...] = ()
    deed: DeedIndex | None = None
    objects: EventObjects | None = None
    flows: Flows = NO_FLOWS
    packs: Packs = NO_PACKS
    certifies: bool = False
    """Whether it issues a certificate of compliance, in public or in private."""
    plots: tuple[tuple[str, str], ...] = ()
    """(pointer, canonical id) of places that may be plots: where it was done, what is recorded."""


def _prepare(drafts: Sequence[Draft]) -> list[_Prepared]:
    hashes = iter(event_hashes([d.value for d in drafts if d.kind == "event"]))
    return [
        _prepared(draft, next(hashes))
        if draft.kind == "event"
        else _Prepared(draft, plots=tuple(_plots(draft, draft.value)))
        for draft in drafts
    ]


def _prepared(draft: Draft, event_hash: str) -> _Prepared:
    try:
        objects = event_objects(draft.value)
    except Refused as problem:
        raise problem.at(draft.where) from None
    whole = json.loads(draft.bare) if draft.disclosures else draft.value
    flows = flows_of(draft.value, objects)
    return _Prepared(
        draft,
        event_hash,
        tuple(sorted(parties_of(draft.value))),
        # The books are the organisation's own: with what is private to others.
        index_deed(whole),
        objects,
        flows,
        packs_of(draft.value, flows, objects),
        "errorDeclaration" not in whole and is_issuing(whole),
        tuple(_plots(draft, whole)),
    )


def _plots(draft: Draft, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Those that are private too. A declaration of an error names what the wrong record did: it may stay
    as it is."""
    where = draft.where
    if draft.kind == "master":
        yield f"{where}/id", canonical(str(value.get("id", "")))
    if draft.kind != "event" or "errorDeclaration" in value:
        return
    for name in ("readPoint", "bizLocation"):
        place = value.get(name)
        if isinstance(place, Mapping) and isinstance(place.get("id"), str):
            yield f"{where}/{name}/id", canonical(place["id"])
    named = value.get("suyuan:plots")
    for number, plot in enumerate(named if isinstance(named, list) else ()):
        if isinstance(plot, str):
            yield f"{where}/suyuan:plots/{number}", canonical(plot)


def _packs(item: _Prepared, owner: str) -> Packs:
    """Its packs as they go about: what its owner hands to itself has not left."""
    stays = item.packs.left and hands_over(item.draft.value, owner) is None
    return item.packs._replace(left=()) if stays else item.packs


def _drawn(prepared: Sequence[_Prepared]) -> dict[int, list[Arrow]]:
    """The arrows that each of these draws in the lineage, by its position."""
    drawn = {at: arrows_of(one.flows.lines, f"new {at}") for at, one in enumerate(prepared)}
    return {at: arrows for at, arrows in drawn.items() if arrows}


def same_as(owner: str, bare: bytes) -> bytes:
    """Digest by which the same event from the same organisation is recognised."""
    return hashlib.sha256(owner.encode() + b"\n" + bare).digest()


def event_index(
    value: Mapping[str, Any],
    event_hash: str,
    same: bytes,
    parties: tuple[str, ...],
    deed: DeedIndex | None = None,
    flows: Flows = NO_FLOWS,
) -> EventIndex:
    """What is searched beside an event, from what was signed of it."""
    return EventIndex(
        event_id=value.get("eventID"),
        event_hash=event_hash,
        event_type=value["type"],
        biz_step=value.get("bizStep", ""),
        event_time=to_utc_millis(value["eventTime"]),
        same_as=same,
        parties=parties,
        known=known_in(value),
        trade=record_class("event", value) == "trade",
        deed=deed,
        flows=flows,
        codes=code_acts_of(value),
    )


def _apply(ring: KeyRing, record: StoredRecord) -> None:
    if record.content is None:
        raise Fatal("key record {index} has lost its content", index=record.index)
    parsed = decode_content(record.content)
    ring.apply(record.index, record.kid, parse_key(parsed.value))


class _Batch:
    """One append inside its transaction."""

    def __init__(
        self,
        appender: Appender,
        seq: Sequencer,
        prepared: Sequence[_Prepared],
        arrows: Mapping[int, Sequence[Arrow]],
        under: Below | None,
    ) -> None:
        self._seq = seq
        self._prepared = prepared
        self._arrows = arrows
        self._below = under
        self._store = appender._store
        self._randomness = appender._randomness
        self._ratio = appender.ratio
        self._codes = appender.codes
        self._tail = seq.tail()
        self._now = max(self._tail.record_time, appender._clock.now())
        self._ring = appender.ring()
        self._problems: list[SuyuanError] = []
        self._carried: list[tuple[bytes, int]] = []

    def run(self) -> tuple[int, ...]:
        owners = [self._signer(item.draft) for item in self._prepared]
        self._raise_problems()
        answers, fresh = self._repeats(owners)
        self._raise_problems()
        if fresh:
            self._refuse_if_closed([self._prepared[position].draft for position in fresh])
            self._refuse_papers(fresh)
            self._refuse_more_than_taken(owners, fresh)
            self._refuse_circles(fresh)
            self._refuse_codes(owners, fresh)
            self._raise_problems()
            self._insert(owners, answers, fresh)
        if self._carried:
            self._seq.carry(self._carried)
        return tuple(answers)

    def _refuse_if_closed(self, drafts: Sequence[Draft]) -> None:
        """Asked under the log's lock: what is sealed and anchored last is all there ever is."""
        closing = self._seq.closing()
        if closing is not None and not all(map(_still_taken, drafts)):
            if not closing.successor:
                raise Closed("this log was closed at {at}, and takes no new records", at=closing.at)
            raise Closed(
                "this log was closed at {at}, and takes no new records; it goes on in {successor}",
                at=closing.at,
                successor=closing.successor,
            )

    def _refuse_papers(self, fresh: Sequence[int]) -> None:
        """A certificate of compliance is the register's to issue, whatever way it comes: there alone its
        number, its amount, its words and the gate are asked (docs/decisions/0035)."""
        self._problems += [
            Refused(
                "a certificate of compliance (承诺达标合格证) is issued from its lot, which gives it "
                "its number and asks the gate, the amount and the words: New certificate at the desk, "
                "POST /certificates, or suyuan certificate issue. What a supplier gave you on paper "
                "stays with you; issue your own, as the purchaser",
                path=f"{item.draft.where}/suyuan:certificate",
            )
            for item in map(self._prepared.__getitem__, fresh)
            if item.certifies and not item.draft.registered
        ]

    def _refuse_more_than_taken(
        self, owners: Sequence[KeyState | None], fresh: Sequence[int]
    ) -> None:
        for position in fresh:
            item, owner = self._prepared[position], owners[position]
            problem = more_than_taken(
                item.draft.value,
                item.flows.lines,
                self._ratio_of("" if owner is None else owner.owner),
            )
            if problem is not None:
                self._problems.append(problem.at(item.draft.where))

    def _ratio_of(self, owner: str) -> Ratio | None:
        ratio = self._ratio
        return None if ratio is None else lambda event, step: ratio(event, step, owner)

    def _refuse_codes(self, owners: Sequence[KeyState | None], fresh: Sequence[int]) -> None:
        """No code beyond what a brand allows, none voided that is sold; asked under the log's lock, so
        that two at once do not both find the last ones left (docs/decisions/0023)."""
        if self._codes is None:
            return
        found = [
            Coming(
                item.draft.where,
                owner.owner,
                item.draft.value,
                _packs(item, owner.owner),
                item.draft.kind == "master",
            )
            for position in fresh
            if (item := self._prepared[position]).draft.kind in _OF_CODES
            and (owner := owners[position]) is not None
            and (
                item.packs is not NO_PACKS
                or any(name in item.draft.value for name in _OF_CODES[item.draft.kind])
            )
        ]
        if found:
            self._problems += self._codes(found)

    def _refuse_circles(self, fresh: Sequence[int]) -> None:
        """No lot becomes its own ancestor. Asked under the log's lock, so that no two records close a
        circle together; of what is there, in whatever order it came (flow/circles.py)."""
        new = {at: self._arrows[at] for at in fresh if at in self._arrows}
        if not new or self._below is None:
            return
        for position, thing in circles(self._seq, self._below, new):
            draft = self._prepared[position].draft
            self._problems.append(
                Refused(
                    "{lot} would be made of itself: what went into it was made from it, or lies in it; "
                    "give what comes out a lot of its own",
                    path=f"{draft.where}{pointer_of(draft.value, thing)}",
                    lot=thing,
                )
            )

    def _raise_problems(self) -> None:
        if len(self._problems) == 1:
            raise self._problems[0]
        if self._problems:
            raise Many(self._problems)

    def _signer(self, draft: Draft) -> KeyState | None:
        """Owner and role of the draft's key; key records move the ring on as they are taken."""
        key = parse_key(draft.value) if draft.kind == "key" else None
        state = self._ring.state(draft.kid)
        if state is None and key is not None and not self._ring.known and key.kid == draft.kid:
            return KeyState.of(key)
        if state is None or not state.active:
            self._problems.append(
                Forbidden(
                    "the key {kid} is not enrolled or was revoked", path=draft.where, kid=draft.kid
                )
            )
            return None
        return state

    def _repeats(self, owners: Sequence[KeyState | None]) -> tuple[list[int], list[int]]:
        """Answers for what is already in the log, and the positions of what is new."""
        by_content = self._seq.same_contents([p.draft.digest for p in self._prepared])
        same: list[bytes | None] = []
        for item, owner in zip(self._prepared, owners, strict=True):
            assert owner is not None
            bare = item.draft.bare
            same.append(same_as(owner.owner, bare) if bare else None)
        self._same = same
        by_event = self._seq.same_events([s for s in same if s is not None])
        ids = {
            item.draft.value["eventID"]
            for item in self._prepared
            if item.draft.kind == "event" and "eventID" in item.draft.value
        }
        by_id = self._seq.event_ids(ids)
        answers: list[int] = []
        fresh: list[int] = []
        seen: dict[bytes, int] = {}
        new_ids: set[str] = set()
        for position, item in enumerate(self._prepared):
            draft, event_key = item.draft, same[position]
            known = by_content.get(draft.digest)
            if known is not None:
                if known[1] != draft.kid:
                    self._problems.append(
                        Conflict(
                            "this content is already in the log, signed by another key",
                            path=draft.where,
                        )
                    )
                answers.append(known[0])
                continue
            if event_key is not None and event_key in by_event:
                answers.append(by_event[event_key])
                self._carried += [(one, by_event[event_key]) for one in draft.attachments]
                continue
            key = event_key or draft.digest
            if key in seen:
                answers.append(seen[key])
                continue
            event_id = draft.value.get("eventID") if draft.kind == "event" else None
            if (
                event_id is not None
                and (event_id in by_id or event_id in new_ids)
                and "errorDeclaration" not in draft.value
            ):
                self._problems.append(
                    Conflict(
                        "another event with the eventID {event_id} is already recorded; "
                        "a correction carries an errorDeclaration",
                        path=f"{draft.where}/eventID",
                        event_id=event_id,
                    )
                )
            if event_id is not None:
                new_ids.add(event_id)
            index = self._tail.size + len(fresh)
            seen[key] = index
            answers.append(index)
            fresh.append(position)
        return answers, fresh

    def _touch(self, position: int, owner: KeyState) -> Touches:
        item = self._prepared[position]
        draft = item.draft
        if item.objects is not None:
            return event_touches(item.objects, kid=draft.kid, owner=owner.owner)
        erased: Touches | None = None
        if draft.kind == "erasure":
            _, extends, rests_on = self._erased(draft)
            erased = Touches(extends, rests_on)
        return touches(
            draft.kind, dict(draft.value), kid=draft.kid, owner=owner.owner, erased=erased
        )

    def _erased(self, draft: Draft) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
        leaf = encoding.parse_digest(draft.value["of"])
        found = self._store.by_leaf_hash([leaf]).get(leaf)
        if found is None:
            raise NotFound(
                "no record has the leaf hash {leaf}",
                path=f"{draft.where}/erasure/of",
                leaf=draft.value["of"],
            )
        extends, rests_on = self._store.touches_of([found])[found]
        return found, extends, rests_on

    def _insert(
        self, owners: Sequence[KeyState | None], answers: list[int], fresh: Sequence[int]
    ) -> None:
        touched: dict[int, Touches] = {}
        for position in fresh:
            owner = owners[position]
            assert owner is not None
            try:
                touched[position] = self._touch(position, owner)
            except Refused as problem:
                self._problems.append(problem.at(self._prepared[position].draft.where))
        self._raise_problems()
        extended = {o for t in touched.values() for o in t.extends}
        tips = {
            name: (tip.index, tip.leaf_hash)
            for name, tip in self._seq.tips(
                extended.union(*(t.rests_on for t in touched.values()))
            ).items()
        }
        places = {plot for position in touched for _, plot in self._prepared[position].plots}
        rights = rights_in(self._seq, self._store, extended, places)
        records: list[NewRecord] = []
        serials: list[NewSerial] = []
        for position, touch in touched.items():
            owner, item, index = owners[position], self._prepared[position], answers[position]
            assert owner is not None
            draft = item.draft
            if not self._allowed(item, owner, touch, rights, index):
                continue
            after = dict([tips[name] for name in touch.rests_on if name in tips])
            link = Link(tuple(sorted(after.values())), self._randomness.salt()).encode()
            entry = Entry(
                content=draft.digest,
                after=hashlib.sha256(link).digest(),
                kid=draft.kid,
                record_time=self._now,
                sig=draft.sig,
            ).encode()
            tip = index, merkle.leaf_hash(entry)
            tips.update(dict.fromkeys(touch.extends, tip))
            rights.extended(owner.owner, touch.extends, touch.rests_on, item.parties)
            records.append(
                NewRecord(
                    index=index,
                    kind=draft.kind,
                    content=draft.content,
                    content_digest=draft.digest,
                    disclosures=draft.disclosures,
                    link=link,
                    after=tuple(sorted(after)),
                    entry=entry,
                    leaf_hash=tip[1],
                    kid=draft.kid,
                    owner=owner.owner,
                    record_time=self._now,
                    extends=touch.extends,
                    rests_on=_without_kid(touch, draft.kid),
                    event=self._event(position, owner.owner) if draft.kind == "event" else None,
                    erases=self._erased(draft)[0] if draft.kind == "erasure" else None,
                    attachments=draft.attachments,
                )
            )
            count = len(draft.serials)
            serials.extend(
                NewSerial(draft.serial_lot, serial, salt, number, index, count)
                for number, (salt, serial) in enumerate(draft.serials)
            )
        self._raise_problems()
        self._seq.insert(records)
        if serials:
            self._seq.add_serials(serials)

    def _event(self, position: int, owner: str) -> EventIndex:
        item, same = self._prepared[position], self._same[position]
        assert same is not None
        value, flows = item.draft.value, item.flows
        if hands_over(value, owner) is not hands_over(value):
            # To itself: nothing changes hands.
            flows = flows_of(value, item.objects, owner=owner)
        return event_index(value, item.event_hash, same, item.parties, item.deed, flows)

    def _allowed(
        self, item: _Prepared, owner: KeyState, touch: Touches, rights: may.Rights, index: int
    ) -> bool:
        """Whether the signer may add this; a refusal is noted. Key records move the ring on."""
        draft = item.draft
        before = len(self._problems)
        state = self._ring.state(draft.kid)
        if index and (state is None or not state.active):
            self._problems.append(
                Forbidden("the key {kid} was revoked", path=draft.where, kid=draft.kid)
            )
        if draft.kind == "key":
            if not self._ring.apply(index, draft.kid, parse_key(draft.value)):
                self._problems.append(
                    Forbidden(
                        "this key record would not count: only an active administrator "
                        "enrols and revokes, a key may revoke itself, and owner and role of "
                        "a key never change",
                        path=draft.where,
                    )
                )
        elif draft.kind == "erasure":
            if owner.role != "admin":
                self._problems.append(
                    Forbidden("only an administrator's key erases", path=draft.where)
                )
        else:
            if draft.kind == "master":
                self._own_organisation(draft, owner, touch)
            # Who inspects or tests does so on others' plots, but does not record them anew; who does
            # neither is refused that below.
            free = owner.role in may.FREE_ROLES
            if free == (draft.kind == "master"):
                self._problems += may.check_plots(item.plots, owner=owner.owner, rights=rights)
            for name in touch.extends:
                try:
                    may.check(
                        name, owner=owner.owner, role=owner.role, rights=rights, where=draft.where
                    )
                except Forbidden as problem:
                    self._problems.append(problem)
        return len(self._problems) == before

    def _own_organisation(self, draft: Draft, owner: KeyState, touch: Touches) -> None:
        """Who an organisation is, itself or an administrator says (docs/decisions/0004)."""
        if owner.role == "admin" or _masters([owner.owner]).issuperset(touch.extends):
            return
        others = {state.owner for state in map(self._ring.state, self._ring.known) if state}
        if draft.value["type"] == "Organization" or not _masters(others).isdisjoint(touch.extends):
            self._problems.append(
                Forbidden(
                    "master data of {organisation} is recorded by itself or by an administrator",
                    path=draft.where,
                    organisation=draft.value["id"],
                )
            )


def _still_taken(draft: Draft) -> bool:
    """Of a closed log too: nobody loses the right to have something erased, or a key revoked."""
    revoked = draft.kind == "key" and draft.value.get("status") == "revoked"
    return revoked or draft.kind == "erasure"


def _masters(organisations: Iterable[str]) -> set[str]:
    """Object ids of the master data of these organisations."""
    return {master_id(identify(organisation).uri) for organisation in organisations}


def _without_kid(touch: Touches, kid: str) -> tuple[str, ...]:
    if kid in touch.extends:
        return touch.rests_on
    return tuple([name for name in touch.rests_on if name != kid])

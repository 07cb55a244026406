"""Whether a bundle leaves nothing out: (a) to (f) of formats.md §7.

A record of which it is not known what it touches, since its content is hidden or erased, makes the
links from there on and the newest records unknown; but never does it excuse what can be told false.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from suyuan.core.bundle import Bundle
from suyuan.core.encoding import parse_digest, unb64
from suyuan.core.errors import ProofError, Refused
from suyuan.core.identifiers import parse_dl
from suyuan.core.note import open_note
from suyuan.core.policy import Policy
from suyuan.core.record_check import Checked
from suyuan.core.serials import check_serial
from suyuan.core.tips import Tips, parse_tips
from suyuan.core.touches import Touches, event_touches, is_lot, touches
from suyuan.core.universe import Seen, Universe, pack_of


@dataclass(frozen=True, slots=True)
class Completeness:
    """``unknown`` is empty where nothing was left out; else it says why that cannot be told."""

    members: frozenset[str]
    """U, by what is shown."""
    unknown: tuple[Refused, ...]


def check_complete(
    bundle: Bundle,
    records: Sequence[Checked],
    policy: Policy,
    size: int,
    block_time: str | None,
) -> Completeness:
    """``records``: all of the bundle, keys too, by index. Refused for what is missing or false."""
    walk = Walk(records)
    walk.check_links()
    _check_times(records, block_time)
    tips = parse_tips(open_note(bundle.tips, policy.log_keys))
    if tips.origin != policy.origin or tips.size != size:
        raise ProofError("the word on the newest records is not of this checkpoint")
    _check_subject(bundle, walk, tips)
    if bundle.serial is not None:
        _check_serial(bundle, walk)
    universe = _universe(bundle, walk)
    members = universe.members(walk.doubted(universe.parents))
    _check_tips(tips, members, walk)
    if walk.hidden:
        kept_back = [record.index for record in records if record.content is None]
        why = [
            Refused(
                "contents that are not shown: {count}, the first of record {index}",
                count=len(kept_back),
                index=kept_back[0],
            )
        ]
    else:
        why = [
            Refused("the bundle does not say where {id} comes from", id=name)
            for name in _without_beginning(bundle.subject, walk, members)
        ]
    return Completeness(members, tuple(why))


class Walk:
    """All records by index, what each touches, and the last that extended each object."""

    def __init__(self, records: Sequence[Checked]) -> None:
        self.records = records
        self.by_leaf = {record.leaf: record for record in records}
        self.touched: dict[int, Touches | None] = {}
        """By index; None where it cannot be known."""
        self.last: dict[str, Checked] = {}
        """Object id → the last shown record that extends it."""
        self.hidden: list[Checked] = []
        """The records of which it is not known what they touch."""

    def check_links(self) -> None:
        """(b) and (c)."""
        for record in self.records:
            for leaf in record.link.after:
                found = self.by_leaf.get(leaf)
                if found is None or found.index >= record.index:
                    raise ProofError(
                        "record {index} rests on one that is not in the bundle", index=record.index
                    )
            touched = self.touched[record.index] = self._touches(record)
            if touched is None:
                self.hidden.append(record)
                continue
            if not self.hidden:
                due = {self.last[name].leaf for name in touched.rests_on if name in self.last}
                if record.link.after != tuple(sorted(due)):
                    raise ProofError(
                        "record {index} is not linked to the newest records of what it rests on",
                        index=record.index,
                    )
            for name in touched.extends:
                self.last[name] = record

    def _touches(self, record: Checked) -> Touches | None:
        content, kid, owner = record.content, record.entry.kid, record.signer.owner
        if content is None:
            return None
        if content.event is not None:
            return event_touches(content.event, kid=kid, owner=owner)
        erased: Touches | None = None
        if content.erases is not None:
            target = self.by_leaf.get(content.erases)
            if target is None or target.index >= record.index:
                raise ProofError(
                    "record {index} erases one that is not in the bundle", index=record.index
                )
            erased = self.touched[target.index]
            if erased is None:
                return None
        return touches(content.kind, content.value, kid=kid, owner=owner, erased=erased)

    def doubted(self, parents: frozenset[str]) -> dict[str, int]:
        """Index of the last hidden record that may have taken something out of each of ``parents``.

        It may have, if its link holds what was the newest record of the parent at that time.
        """
        doubt: dict[str, int] = {}
        newest: dict[str, set[bytes]] = {}
        for record in self.records:
            touched = self.touched[record.index]
            if touched is not None:
                newest.update({name: {record.leaf} for name in touched.extends if name in parents})
                continue
            for name, leaves in newest.items():
                if not leaves.isdisjoint(record.link.after):
                    leaves.add(record.leaf)
                    doubt[name] = record.index
        return doubt

    def first(self, *names: str) -> Checked | None:
        """The first shown record that extends one of these objects."""
        for record in self.records:
            touched = self.touched[record.index]
            if touched is not None and not set(names).isdisjoint(touched.extends):
                return record
        return None


def _universe(bundle: Bundle, walk: Walk) -> Universe:
    universe = Universe(bundle.subject, bundle.serial.serial if bundle.serial else None)
    for record in walk.records:
        touched, content = walk.touched[record.index], record.content
        universe.add(
            Seen(
                record.index,
                record.entry.kid,
                record.signer.owner,
                touched.extends if touched is not None else (),
                content.event if content is not None else None,
                content.key.owner if content is not None and content.key is not None else None,
            )
        )
    return universe


def _check_times(records: Sequence[Checked], block_time: str | None) -> None:
    """(e). A chain tells time in whole seconds, so a record of the block's own second is not later."""
    for before, record in pairwise(records):
        if record.entry.record_time < before.entry.record_time:
            raise ProofError(
                "record {index} is dated before the one in front of it", index=record.index
            )
    if records and block_time is not None and records[-1].entry.record_time[:19] > block_time[:19]:
        raise ProofError(
            "record {index} is dated after the block that anchors it", index=records[-1].index
        )


def _check_subject(bundle: Bundle, walk: Walk, tips: Tips) -> None:
    """(a), first half."""
    subject = bundle.subject
    first = walk.first(subject)
    if first is None:
        # A hidden record may be the one that is about it; then the log's word has to do.
        tip = walk.by_leaf.get(tips.newest.get(subject) or b"")
        if tip is None or walk.touched[tip.index] is not None:
            raise ProofError("no record of the bundle is about {id}", id=subject)
        return
    link = parse_dl(subject)
    if link is None or link.get("21") is None:
        return
    touched = walk.touched[first.index]
    assert touched is not None
    if not any(map(is_lot, touched.rests_on)) and not any(
        record.index < first.index for record in walk.hidden
    ):
        raise ProofError("the first record of {id} does not rest on a lot", id=subject)


def _check_serial(bundle: Bundle, walk: Walk) -> None:
    """(a), second half: what a label claims is proven, or it fails; hiding the proof is no way out."""
    serial = bundle.serial
    assert serial is not None
    if pack_of(bundle.subject, serial.serial) is None:
        raise ProofError("{serial} is no serial of a lot", serial=serial.serial)
    record = walk.by_leaf.get(parse_digest(serial.issued_by))
    touched = walk.touched[record.index] if record is not None else None
    content = record.content if record is not None else None
    if record is not None and touched is None:
        raise ProofError("the record that is said to issue the serial is not shown")
    if touched is None or bundle.subject not in touched.extends:
        raise ProofError("the record that is said to issue the serial is not one of the lot")
    if content is None or content.issued is None:
        raise ProofError("the record that is said to issue the serial issues none")
    path = [unb64(item, size=32) for item in serial.path]
    check_serial(serial.salt, serial.serial, serial.index, path, content.issued)


def _check_tips(tips: Tips, members: frozenset[str], walk: Walk) -> None:
    """(d). With hidden records: what these may add or renew is let pass, all else is exact."""
    for name in sorted(members):
        if name not in tips.newest:
            raise ProofError("the log does not say which record of {id} is the newest", id=name)
    for name, leaf in tips.newest.items():
        shown = walk.last.get(name)
        if leaf == (shown.leaf if shown is not None else None):
            fits = name in members or (bool(walk.hidden) and ":" in name)
        else:
            # Only a hidden record, newer than what is shown, can be meant. Key records are never
            # hidden, so that of a kid (which, not being a URI, has no colon) is exact.
            tip = walk.by_leaf.get(leaf) if leaf is not None else None
            fits = (
                tip is not None
                and ":" in name
                and walk.touched[tip.index] is None
                and (shown is None or tip.index > shown.index)
            )
        if not fits:
            raise ProofError("the log's newest record of {id} is not the bundle's", id=name)


def _without_beginning(subject: str, walk: Walk, members: frozenset[str]) -> list[str]:
    """(f): of the subject and all inputs, those that do not begin in the bundle."""
    wanted = {subject}
    begun: dict[str, bool] = {}
    for record in walk.records:
        touched = walk.touched[record.index]
        event = record.content.event if record.content is not None else None
        assert touched is not None
        if event is not None and not members.isdisjoint(touched.extends):
            wanted.update(event.inputs)
        for name in touched.extends:
            lot, _, holder = name.partition("#")
            if holder and holder != "master" and is_lot(lot):
                begun.setdefault(lot, True)
            else:
                begun.setdefault(name, event is not None and name in event.makes)
    return sorted(name for name in wanted if not begun.get(name, False))

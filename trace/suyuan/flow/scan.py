"""Scan: everything that the public page of a code says, gathered in one go.

What it may say follows core/visibility.py through the Prover, like the bundles; beyond that, no
private field is ever put on a page, whoever might be given it elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.encoding import unb64url
from suyuan.core.errors import Malformed
from suyuan.core.gs1.link import Link
from suyuan.core.gs1.rules import Element
from suyuan.core.identifiers import has_check_digit, identify
from suyuan.core.keys import kid_of
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.serials import ALPHABET
from suyuan.core.story import Known, Story, tell
from suyuan.core.story_about import PARTIES, PLACES, About, about, chronicle, contents
from suyuan.core.story_deeds import Deed
from suyuan.core.story_face import Standing
from suyuan.core.story_reading import Reading, read_event
from suyuan.core.story_values import Names, names_of
from suyuan.core.touches import event_objects
from suyuan.core.universe import pack_of
from suyuan.core.visibility import PUBLIC
from suyuan.flow.issue import Issuer
from suyuan.flow.look import Looker
from suyuan.flow.newest import newest_masters
from suyuan.flow.prove import Gathered, Prover
from suyuan.flow.scans import Pack
from suyuan.ports.anchors import AnchorStore, PolicyRow
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.tree import TreeStore

Miss = Literal["misread", "unknown", "invented", "unissued"]
"""Why a code leads nowhere.

misread: no such number can exist · unknown: nothing is recorded of it · invented: its serial carries a
tag that we never made · unissued: the tag is right, and yet no such serial was issued.
"""


@dataclass(frozen=True, slots=True)
class Code:
    """What a label says: values as they stand in its path, percent-encoded."""

    gtin: str
    """14 digits."""
    lot: str | None
    serial: str | None


@dataclass(frozen=True, slots=True)
class Scan:
    """One code's page."""

    subject: str
    serial: str | None
    """Where the pack has no record of its own yet, and so is proven as a serial of its lot."""
    story: Story
    standing: Standing
    fingerprint: str | None
    """Of the policy in force, None before there is one."""
    indices: tuple[int, ...]
    """Of all records that belong to the subject."""
    about: About | None = None
    """What the code names, where that is neither a lot nor a pack."""
    provable: bool = True
    """Whether there is a bundle of the subject."""
    pack: Pack | None = None
    """The single code that was read, where the page is of one."""


class _Anchored(NamedTuple):
    """An anchor: of the records from ``start`` to before ``stop`` it was the first."""

    version: int
    start: int
    stop: int
    sealed_at: str
    anchored_at: str


_ALL = 1 << 62
"""A size beyond every log's: what was recorded a moment ago counts."""
_MOST_FINAL = 64
_MOST_READINGS = 8192
_SMALL = 4096
"""Bytes of a content of which what it says is kept."""


@dataclass(slots=True)
class Scanner:
    """The verb. Needs no key and writes nothing."""

    prover: Prover
    issuer: Issuer
    looker: Looker
    log: LogStore
    tree: TreeStore
    anchors: AnchorStore
    policy: Callable[[], PolicyRow | None]
    """The policy in force, or one that was a moment ago."""
    _final: list[_Anchored] = field(default_factory=list)
    _readings: dict[bytes, Reading | Literal[True] | None] = field(default_factory=dict)

    def scan(self, code: Code, *, chain_silent: bool = False) -> Scan | Miss:
        """All that a page says of a lot or pack, or why there is none.

        Damaged, naming the record, where something stored is not what was committed.
        """
        if not has_check_digit(code.gtin):
            return "misread"
        lot = _object(f"https://id.gs1.org/01/{code.gtin}/10/{code.lot}") if code.lot else None
        if (code.lot and lot is None) or not (code.lot or code.serial):
            return "misread"
        # Turned away before anything is looked up: nobody can make us search by inventing codes.
        if (
            code.lot
            and code.serial
            and _of_our_make(code.serial)
            and not self.issuer.known_tag(code.gtin, code.lot, code.serial)
        ):
            return "invented"
        found = self._found(code, lot)
        if isinstance(found, str):
            return found
        gathered, lot, serial = found
        subject = gathered.subject
        if lot not in gathered.members:
            return "unknown"
        known = tuple(self._known(gathered))
        told = tell(known, gathered.members, subject=subject, lot=lot, serial=code.serial)
        scan = self._scan(gathered, told, serial, chain_silent=chain_silent)
        pack = pack_of(lot, code.serial) if code.serial is not None else None
        if pack is None or code.serial is None:
            return scan
        owner = told.issuer.id if told.issuer else ""
        return replace(scan, pack=Pack(pack, lot, code.serial, owner))

    def look(self, path: tuple[Element, ...], *, chain_silent: bool = False) -> Scan | None:
        """All that is publicly recorded of a place, an organisation, a logistic unit, an asset …

        None where that is nothing. Damaged as for ``scan``.
        """
        anchor = Link(CANONICAL_HOST, path).uri()
        if not self.looker.recorded(anchor):
            return None
        found = self.looker.found(anchor)
        known = tuple(self._known(found.gathered))
        uri = identify(anchor).uri
        subject = self.looker.subject(anchor)
        shown = (r.index for r in known if r.event is not None)
        events = (event_objects(found.gathered.values[index]) for index in shown)
        holds = contents(events, subject) if subject is not None else ()
        said = about(path, uri, known, holds=holds, more=found.more)
        if subject is None or said.key in PLACES | PARTIES:
            told = chronicle(known, uri)
            scan = self._scan(found.gathered, told, None, chain_silent=chain_silent)
            return replace(scan, about=said, provable=False)
        whole = self.prover.gather(subject, _ALL)
        everything = tuple(self._known(whole))
        told = tell(everything, whole.members, subject=subject, lot=subject, serial=None)
        scan = self._scan(whole, told, None, chain_silent=chain_silent)
        return replace(scan, about=said)

    def thing(self, subject: str, *, chain_silent: bool = False) -> Scan:
        """All that is publicly told of one object, by its id: a lot of any numbering."""
        whole = self.prover.gather(subject, _ALL)
        known = tuple(self._known(whole))
        told = tell(known, whole.members, subject=subject, lot=subject, serial=None)
        return self._scan(whole, told, None, chain_silent=chain_silent)

    def record(self, index: int) -> tuple[Known, Deed | None]:
        """What the public may know of one record, and of an event what it tells.

        NotFound beyond the end; Damaged as for ``scan``.
        """
        known = tuple(self._known(self.looker.around(index)))
        (own,) = (one for one in known if one.index == index)
        alone = [one for one in known if one.index == index or one.kind != "event"]
        deed = next((one for one in chronicle(alone, "").deeds if index in one.indices), None)
        return own, deed if deed is not None and deed.state == "shown" else None

    def _scan(
        self, gathered: Gathered, told: Story, serial: str | None, *, chain_silent: bool
    ) -> Scan:
        row = self.policy()
        policy, fingerprint = read_policy(row.policy) if row else (None, None)
        version = row.version if row else 0
        return Scan(
            gathered.subject,
            serial,
            told,
            self._standing(told.newest, policy, version, chain_silent=chain_silent),
            fingerprint,
            tuple(sorted(gathered.records)),
        )

    def product(self, gtin: str) -> Names | Miss:
        """The name of a product, for a code that says no more than that."""
        if not has_check_digit(gtin):
            return "misread"
        name = f"https://id.gs1.org/01/{gtin}#master"
        newest = newest_masters(self.log, self.log.tips_at([name], _ALL), _ALL).get(name)
        content = newest.content if newest is not None else None
        return (
            names_of(json.loads(content)["master"].get("name")) if content else None
        ) or "unknown"

    def _found(self, code: Code, lot: str | None) -> tuple[Gathered, str, str | None] | Miss:
        """The subject's records, its lot, and the serial that has no record of its own."""
        if code.serial is None:
            assert lot is not None
            whole = self.prover.gather(lot, _ALL)
            return (whole, lot, None) if lot in whole.tips else "unknown"
        product = f"https://id.gs1.org/01/{code.gtin}"
        pack = _object(f"{product}/21/{code.serial}")
        if pack is None:
            return "misread"
        own = self.prover.gather(pack, _ALL)
        if pack in own.tips:
            lot = lot or self._lot_of(pack, product)
            if lot is None or lot in own.members:
                return (own, lot, None) if lot else "unknown"
            # Its own records do not name the lot: who issued its code does.
            issued = self.log.serial(lot, code.serial)
            if issued is None:
                return own, lot, None
            return self.prover.gather(lot, _ALL, issued.serial), lot, issued.serial
        if lot is None or pack_of(lot, code.serial) != pack:
            return "unknown"
        issued = self.log.serial(lot, code.serial)
        if issued is not None:
            return self.prover.gather(lot, _ALL, issued.serial), lot, issued.serial
        return "unissued" if _of_our_make(code.serial) else "unknown"

    def _lot_of(self, pack: str, product: str) -> str | None:
        """The lot that a pack's first record rests on, or that its code was issued for: for labels that
        do not name it."""
        first = min(self.log.touched([pack], size=_ALL, extends_only=True)[pack])
        rests_on = self.log.touches_of([first])[first][1]
        lots = [name for name in rests_on if name.startswith(f"{product}/10/") and "#" not in name]
        if not lots:
            lots = list(self.log.lots_of([pack]).get(pack, ()))
        return lots[0] if len(lots) == 1 else None

    def _known(self, gathered: Gathered) -> Iterable[Known]:
        records, values = gathered.records, gathered.values
        keys = _keys(values[i] for i in sorted(records) if records[i].kind == "key")
        for index in sorted(records):
            stored, value = records[index], values.get(index)
            extends = gathered.extends[index]
            said = self._read(stored, value) if value is not None else None
            role, suspect = keys.get(stored.kid, ("recorder", None))
            yield Known(
                index,
                stored.kind,
                said if isinstance(said, Reading) else None,
                value if said is not None and stored.kind == "master" else None,
                stored.owner,
                role,
                stored.record_time,
                extends,
                erased_at=self._erased_at(stored, gathered) if value is None else None,
                hidden=value is not None and said is None,
                suspect=suspect is not None and index >= suspect,
            )

    def _read(
        self, stored: StoredRecord, value: Mapping[str, Any]
    ) -> Reading | Literal[True] | None:
        """What a record says to the public: None where it is not shown, True where it is no event.

        Read once, since the leaf hash commits to every byte of it.
        """
        known = self._readings.get(stored.leaf_hash, False)
        if known is not False:
            return known
        said: Reading | Literal[True] | None = None
        if self.prover.visible(PUBLIC, stored, value):
            said = read_event(value) if stored.kind == "event" else True
        if len(stored.content or b"") <= _SMALL:
            if len(self._readings) >= _MOST_READINGS:
                self._readings.clear()
            self._readings[stored.leaf_hash] = said
        return said

    def _erased_at(self, stored: StoredRecord, gathered: Gathered) -> str:
        by = gathered.erased.get(stored.index)
        if by is None:
            return stored.record_time
        erasure = gathered.records.get(by) or self.log.records([by])[by]
        return erasure.record_time

    def _standing(
        self, newest: int, policy: Policy | None, version: int, *, chain_silent: bool
    ) -> Standing:
        anchor = self._anchor(version, newest) if policy else None
        head = None if anchor else self.tree.covering(newest + 1)
        return Standing(
            anchor.sealed_at if anchor else head.signed_at if head else None,
            anchor.anchored_at if anchor else None,
            has_chain=policy is not None,
            chain_silent=chain_silent,
            test_chain=policy is not None and policy.is_test_chain,
        )

    def _anchor(self, version: int, newest: int) -> _Anchored | None:
        """The first anchor over all records up to one; what is final is asked for once."""
        for known in self._final:
            if known.version == version and known.start <= newest < known.stop:
                return known
        row = self.anchors.covering(version, newest + 1)
        if row is None or row.block_time is None:
            return None
        found = _Anchored(version, row.old_size, row.size, row.created_at, row.block_time)
        if row.state == "final" and row.old_size <= newest:
            self._final = [found, *self._final[: _MOST_FINAL - 1]]
        return found


_LABEL_SERIAL = re.compile(f"[{ALPHABET}]{{14}}")


def _of_our_make(serial: str) -> bool:
    """Whether a serial has the shape of those on our labels (formats.md §8)."""
    return _LABEL_SERIAL.fullmatch(serial) is not None


@lru_cache(maxsize=8)
def read_policy(data: bytes) -> tuple[Policy, str]:
    """A stored policy and its fingerprint: reading one checks its keys, which takes its time."""
    policy = parse_policy(data)
    return policy, policy.fingerprint()


def _object(text: str) -> str | None:
    try:
        return identify(text).object
    except Malformed:
        return None


def _keys(values: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, int | None]]:
    """Role of each key, and the index from which its records are suspect.

    Key records that do not count are never stored, so the first one of a key says what it is.
    """
    found: dict[str, tuple[str, int | None]] = {}
    for value in values:
        kid = _kid(value["jwk"]["x"])
        role, suspect = found.get(kid, (value["role"], None))
        since = value.get("suspectSince")
        found[kid] = (
            role,
            suspect if since is None else min(since, since if suspect is None else suspect),
        )
    return found


@lru_cache(maxsize=1024)
def _kid(x: str) -> str:
    return kid_of(unb64url(x))

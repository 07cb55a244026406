"""Scan: everything that the public page of a code says, gathered in one go.

What it may say follows core/visibility.py through the Prover, like the bundles; beyond that, no
private field is ever put on a page, whoever might be given it elsewhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from suyuan.core.encoding import unb64url
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import has_check_digit, identify
from suyuan.core.keys import kid_of
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.serials import ALPHABET
from suyuan.core.story import Known, Story, tell
from suyuan.core.story_face import Standing
from suyuan.core.story_names import Names
from suyuan.core.story_values import names_of
from suyuan.core.universe import pack_of
from suyuan.core.visibility import PUBLIC
from suyuan.flow.issue import Issuer
from suyuan.flow.prove import Gathered, Prover
from suyuan.ports.anchors import AnchorStore
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
    policy: Policy | None
    size: int
    """Records in the log when it was read."""
    indices: tuple[int, ...]
    """Of all records that belong to the subject."""


@dataclass(slots=True)
class Scanner:
    """The verb. Needs no key and writes nothing."""

    prover: Prover
    issuer: Issuer
    log: LogStore
    tree: TreeStore
    anchors: AnchorStore

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
        size = self.log.tail().size
        found = self._subject(code, lot, size)
        if not isinstance(found, tuple):
            return found
        subject, lot, serial = found
        gathered = self.prover.gather(subject, size, serial)
        if lot not in gathered.members:
            return "unknown"
        known = tuple(self._known(gathered))
        told = tell(known, gathered.members, subject=subject, lot=lot, serial=code.serial)
        row = self.anchors.policy()
        policy = read_policy(row.policy) if row else None
        return Scan(
            subject,
            serial,
            told,
            self._standing(
                told.newest, policy, row.version if row else 0, chain_silent=chain_silent
            ),
            policy,
            size,
            tuple(sorted(gathered.records)),
        )

    def product(self, gtin: str) -> Names | Miss:
        """The name of a product, for a code that says no more than that."""
        if not has_check_digit(gtin):
            return "misread"
        name = f"https://id.gs1.org/01/{gtin}#master"
        tip = self.log.tips_at([name], self.log.tail().size).get(name)
        content = self.log.records([tip.index])[tip.index].content if tip else None
        return (
            names_of(json.loads(content)["master"].get("name")) if content else None
        ) or "unknown"

    def _subject(
        self, code: Code, lot: str | None, size: int
    ) -> tuple[str, str, str | None] | Miss:
        """Subject, its lot, and the serial that has no record of its own."""
        if code.serial is None:
            assert lot is not None
            return (lot, lot, None) if lot in self.log.tips_at([lot], size) else "unknown"
        product = f"https://id.gs1.org/01/{code.gtin}"
        pack = _object(f"{product}/21/{code.serial}")
        if pack is None:
            return "misread"
        tip = self.log.tips_at([pack], size).get(pack)
        if tip is not None:
            lot = lot or self._lot_of(pack, product, size)
            return (pack, lot, None) if lot else "unknown"
        if lot is None or pack_of(lot, code.serial) != pack:
            return "unknown"
        issued = self.log.serial(lot, code.serial)
        if issued is not None:
            return lot, lot, issued.serial
        return "unissued" if _of_our_make(code.serial) else "unknown"

    def _lot_of(self, pack: str, product: str, size: int) -> str | None:
        """The lot that a pack's first record rests on, for labels that do not name it."""
        first = min(self.log.touched([pack], size=size, extends_only=True)[pack])
        rests_on = self.log.touches_of([first])[first][1]
        lots = [name for name in rests_on if name.startswith(f"{product}/10/") and "#" not in name]
        return lots[0] if len(lots) == 1 else None

    def _known(self, gathered: Gathered) -> Iterable[Known]:
        keys = _keys(
            gathered.values[i] for i, r in sorted(gathered.records.items()) if r.kind == "key"
        )
        for index in sorted(gathered.records):
            stored = gathered.records[index]
            extends = gathered.touches[index][0]
            value = gathered.values.get(index)
            if value is not None and not self.prover.visible(PUBLIC, stored, value):
                value = None
            role, suspect = keys.get(stored.kid, ("recorder", None))
            by = gathered.erased.get(index)
            yield Known(
                index,
                stored.kind,
                value,
                stored.owner,
                role,
                stored.record_time,
                extends,
                self._erased_at(stored, by, gathered) if stored.content is None else None,
                suspect is not None and index >= suspect,
            )

    def _erased_at(self, stored: StoredRecord, by: int | None, gathered: Gathered) -> str:
        if by is None:
            return stored.record_time
        erasure = gathered.records.get(by) or self.log.records([by])[by]
        return erasure.record_time

    def _standing(
        self, newest: int, policy: Policy | None, version: int, *, chain_silent: bool
    ) -> Standing:
        anchor = self.anchors.covering(version, newest + 1) if policy else None
        head = self.tree.covering(newest + 1)
        latest = head or self.tree.latest()
        return Standing(
            sealed=latest.size if latest else 0,
            sealed_at=head.signed_at if head else None,
            anchored_at=anchor.block_time if anchor else None,
            tx_hash=anchor.tx_hash if anchor else None,
            has_chain=policy is not None,
            chain_silent=chain_silent,
            test_chain=policy is not None and policy.is_test_chain,
        )


_LABEL_SERIAL = re.compile(f"[{ALPHABET}]{{14}}")


def _of_our_make(serial: str) -> bool:
    """Whether a serial has the shape of those on our labels (formats.md §8)."""
    return _LABEL_SERIAL.fullmatch(serial) is not None


@lru_cache(maxsize=8)
def read_policy(data: bytes) -> Policy:
    """A stored policy; reading one checks its keys, which takes longer than rendering a page."""
    return parse_policy(data)


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

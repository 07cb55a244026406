"""Certificates looked up in the log: what one says, and whether it was taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from suyuan.core import private
from suyuan.core.certificate import CODE, VOIDING, Issued, code_of, event_id, read_issued, voids
from suyuan.core.content import decode_content
from suyuan.core.story_values import Names, names_of
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.prove import Prover
from suyuan.ports.certificates import CertificateStore, Kept, State
from suyuan.ports.log import EventQuery, LogStore


@dataclass(frozen=True, slots=True)
class Looked:
    """A certificate in the log: what it says, its record, and the record that took it back."""

    issued: Issued
    index: int
    owner: str
    time: str
    """recordTime, UTC."""
    contact: str
    """As much of it as the viewer may see."""
    voided: int | None
    reason: Names | None
    voided_at: str


@dataclass(slots=True)
class Register:
    """Reads. The log is asked by the eventID, which follows from the code."""

    store: CertificateStore
    log: LogStore
    prover: Prover
    base: str

    def look(self, viewer: Viewer, typed: str) -> Looked | None:
        """A certificate by its code or address, as it stands in the log; None where there is none."""
        code = code_of(typed)
        if code is None or not CODE.fullmatch(code):
            return None
        name = event_id(self.base, code)
        for index in self.log.find_events(EventQuery(event_id=name, limit=20)):
            event, owner, time = self._event(viewer, index)
            issued = read_issued(event) if event is not None else None
            if event is not None and issued is not None:
                return self._looked(viewer, event, issued, index, owner, time)
        return None

    def _looked(
        self,
        viewer: Viewer,
        event: Mapping[str, Any],
        issued: Issued,
        index: int,
        owner: str,
        time: str,
    ) -> Looked:
        name = event_id(self.base, issued.code)
        whole = event.get("suyuan:phone")
        contact = whole if isinstance(whole, str) else issued.contact
        found = Looked(issued, index, owner, time, contact, None, None, "")
        # Of its owner's records alone: an eventID is anybody's to take, and many would hide the one.
        ends = [*self.log.find_events(EventQuery(biz_step=f"{self.base}voc/{VOIDING}", owner=owner,
                                                 touching=issued.lot, after_index=index, limit=500)),
                *self.log.find_events(EventQuery(event_id=f"{name}/void", owner=owner, limit=20)),
                *self.log.find_events(EventQuery(event_id=name, owner=owner, limit=20))]  # fmt: skip
        for other in ends:
            later, by, at = self._event(viewer, other)
            if later is None or by != owner:
                continue
            if voids(later) == name:
                return replace(
                    found, voided=other, reason=names_of(later.get("suyuan:reason")), voided_at=at
                )
            if "errorDeclaration" in later:
                why = Names("开具方声明这条记录有误", "its issuer declared the record an error")
                return replace(found, voided=other, reason=why, voided_at=at)
        return found

    def _event(self, viewer: Viewer, index: int) -> tuple[dict[str, Any] | None, str, str]:
        """(event as far as the viewer may see it, who signed it, recordTime)."""
        stored = self.log.records([index])[index]
        if stored.content is None or stored.kind != "event":
            return None, stored.owner, stored.record_time
        value = decode_content(stored.content).value
        visible, disclosures = self.prover.shown(viewer, stored, value)
        if not visible:
            return None, stored.owner, stored.record_time
        event = private.reveal(dict(value), list(disclosures))
        return event, stored.owner, stored.record_time

    def found(self, name: str, owner: str) -> int | None:
        for index in self.log.find_events(EventQuery(event_id=name, owner=owner, limit=1)):
            return index
        return None

    def valid(
        self, organisation: str, lot: str, but: Collection[str] = ()
    ) -> list[tuple[Kept, Issued]]:
        """Certificates of a lot that hold, as this organisation issued them; ``but`` those of codes."""
        found = []
        # One with a number may be in the log though the service died before it noted that here.
        states: list[State] = ["issued", "draft", "unused"]
        for _, kept in self.store.list([organisation], states, lot=lot, limit=500):
            looked = self.look(PUBLIC, kept.code) if kept.number and kept.code not in but else None
            if looked is not None and looked.voided is None:
                found.append((kept, looked.issued))
        return found


__all__ = ["Looked", "Register"]

"""Certificates 承诺达标合格证: drafted from the lot, issued and voided as records, printed, looked up.

What one says and whether it holds stands in the log alone. The store keeps drafts, the numbers that were
given and how often each was printed. A number is given at the first attempt to issue, and stays with its
draft whatever comes: a service that dies in between issues the same one again (one eventID, one record).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from suyuan.core.certificate import Issued, event_id, issue_event, void_event
from suyuan.core.errors import Blocked, Conflict, Many, NotFound, Refused, SuyuanError
from suyuan.core.identifiers import object_id
from suyuan.core.rules.finding import Finding
from suyuan.core.serials import ALPHABET
from suyuan.core.story import Story
from suyuan.core.story_face import CertificateFace, certificate_face
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Ending
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.certificate_draft import Drafting, misshapen
from suyuan.flow.certificate_look import Looked, Register
from suyuan.flow.judge import Judge
from suyuan.ports.certificates import CertificateStore, Kept, State
from suyuan.ports.log import EventQuery, LogStore, Sequencer
from suyuan.ports.outside import Clock

PRINTED = ("a4", "label")
_LONGEST, _LONGEST_NAME = 2_000, 200


@dataclass(slots=True)
class Certificates:
    """The verbs."""

    store: CertificateStore
    log: LogStore
    judge: Judge
    register: Register
    drafting: Drafting
    capture: Capture
    clock: Clock
    base: str
    public_url: str
    told: Callable[[str], Story]
    """What everybody may know of a lot (flow/scan.py)."""

    # -- drafts ------------------------------------------------------------------------------------

    def propose(self, caller: Caller, lot: str) -> dict[str, Any]:
        """Everything that is known of a lot, as the fields of a draft; nothing is kept."""
        name = self._named(lot)
        self._require_recorded(caller, name)
        return self.drafting.proposed(caller, name)

    def begin(self, caller: Caller, lot: str) -> Kept:
        """A draft with everything filled in that is known."""
        values, name = self.propose(caller, lot), self._named(lot)
        at = self.clock.now()
        code = "".join(secrets.choice(ALPHABET) for _ in range(12))
        text = json.dumps(values, ensure_ascii=False)
        made = Kept(code, caller.organisation, name, "draft", text, "", None, None, at, at)
        self.store.add(made)
        return made

    def get(self, organisation: str, code: str) -> Kept:
        """NotFound for another organisation's."""
        found = self.store.get(code)
        if found is None or found.organisation != organisation:
            raise NotFound("there is no such certificate here")
        if found.record is None and found.number:
            # The service may have died between the log and here: what the log says counts.
            known = self.register.found(event_id(self.base, code), organisation)
            if known is not None:
                self.store.issued(code, known, self.clock.now())
                return self.store.get(code) or found
        return found

    def save(self, caller: Caller, code: str, changes: Mapping[str, Any]) -> Kept:
        """Change a draft: what is typed is kept as it is, complete or not."""
        kept = self.get(caller.organisation, code)
        _require_draft(kept)
        problems = list(misshapen(changes))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        values = {**json.loads(kept.values), **changes}
        changed = replace(
            kept, values=json.dumps(values, ensure_ascii=False), changed_at=self.clock.now()
        )
        if not self.store.save(changed):
            raise Conflict("somebody else changed this meanwhile; open it again")
        return replace(changed, version=kept.version + 1)

    def discard(self, caller: Caller, code: str) -> None:
        """Throw a draft away."""
        _require_draft(self.get(caller.organisation, code))
        if not self.store.discard(code, self.clock.now()):
            raise Conflict("somebody else changed this meanwhile; open it again")

    # -- issuing -----------------------------------------------------------------------------------

    def against(self, viewer: Viewer, lot: str) -> tuple[Finding, ...]:
        """What blocks a certificate of this lot: the gate's findings, but that one is due."""
        found = self.judge.release(viewer, lot)
        return tuple(one for one in found if one.open and one.code != "certificate")

    def issue(self, caller: Caller, code: str, *, person: str, typed_by: str | None = None) -> int:
        """Sign it; its record's index. The second time answers the first.

        Many for fields that are not right; Blocked while the gate is closed for another reason than
        that a certificate is due.
        """
        kept = self.get(caller.organisation, code)
        if kept.record is not None:
            return kept.record
        _require_draft(kept)
        scope = self.drafting.scope(caller.viewer, kept.lot)
        if scope.text is None:
            raise Refused("no text of this certificate is in force today; the table says none")
        problems: list[SuyuanError] = (
            [] if person.strip() else [Refused("say who answers for it", path="/person")]
        )
        if len(person) > _LONGEST_NAME:
            problems.append(
                Refused("at most {most} characters", path="/person", most=_LONGEST_NAME)
            )
        made = self.drafting.made(caller, kept, scope.text, problems)
        if made is None or problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        if blocks := self.against(caller.viewer, kept.lot):
            raise Blocked(findings=blocks)
        number = self.store.number(code, made.issued.year)
        if number is None:
            first = self.get(caller.organisation, code).record
            if first is not None:
                return first
            raise Conflict("somebody else changed this meanwhile; open it again")
        event = issue_event(
            replace(made, number=number), scope.text, base=self.base, public_url=self.public_url,
            when=self.clock.now(), person=person.strip(),
        )  # fmt: skip
        room = self.drafting.room(caller, kept.lot, code)

        def still(seq: Sequencer, indices: tuple[int, ...]) -> None:
            # Under the log's lock: two who issue at once must not both find the last of it free.
            if room is not None:
                self.drafting.require_room(caller, kept, room, made.quantity)

        index = self._once(caller, Incoming(_typed(event, typed_by), registered=True), still)
        self.store.issued(code, index, self.clock.now())
        return index

    def void(
        self,
        caller: Caller,
        code: str,
        *,
        person: str,
        reason: str,
        typed_by: str | None = None,
    ) -> int:
        """Take an issued certificate back: a record of its own. The second time answers the first."""
        kept = self.get(caller.organisation, code)
        if kept.voided is not None:
            return kept.voided
        if kept.record is None:
            raise Refused("it was not issued, so there is nothing to void; throw the draft away")
        looked = self.register.look(caller.viewer, code)
        if looked is None:
            raise NotFound("there is no such certificate here")
        if looked.voided is not None:
            self.store.voided(code, looked.voided, self.clock.now())
            return looked.voided
        problems: list[SuyuanError] = []
        if not person.strip():
            problems.append(Refused("say who answers for it", path="/person"))
        if len(reason.strip()) < 4:
            problems.append(Refused("say why, in a sentence: it is shown to all", path="/reason"))
        for name, text, most in (("person", person, _LONGEST_NAME), ("reason", reason, _LONGEST)):
            if len(text) > most:
                problems.append(Refused("at most {most} characters", path=f"/{name}", most=most))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        index = self._void(caller, looked.issued, person.strip(), reason.strip(), typed_by)
        self.store.voided(code, index, self.clock.now())
        return index

    def _void(
        self, caller: Caller, issued: Issued, person: str, reason: str, typed_by: str | None
    ) -> int:
        """The record that takes it back. Its eventID follows from the code, which is printed: who took
        it before, out of spite, does not keep the issuer from voiding."""
        name = f"{event_id(self.base, issued.code)}/void"
        taken = self.register.found(name, caller.organisation) is None and bool(
            self.log.find_events(EventQuery(event_id=name, limit=1))
        )
        event = void_event(
            issued, base=self.base, when=self.clock.now(), person=person, reason=reason,
            unlike=secrets.token_hex(8) if taken else "",
        )  # fmt: skip
        return self._once(caller, Incoming(_typed(event, typed_by)))

    def _once(self, caller: Caller, one: Incoming, ending: Ending | None = None) -> int:
        """Record an event of this eventID once, though two ask for it at the same moment."""
        name = str(one.event["eventID"])
        try:
            (index,) = self.capture.events(caller, [one], idempotency_key=name, ending=ending)
        except Conflict:
            known = self.register.found(name, caller.organisation)
            if known is None:
                raise
            return known
        return index

    def print(self, caller: Caller, code: str, *, way: str, person: str) -> int:
        """Count a print; its number. Refused for one that does not hold, or whose lot is stopped."""
        self.require_print(caller, code, way)
        return self.store.print(code, self.clock.now(), person, way)

    def require_print(self, caller: Caller, code: str, way: str) -> None:
        """Refused or Blocked where it may not be printed now."""
        kept = self.get(caller.organisation, code)
        looked = self.register.look(PUBLIC, code)
        # Declared an error, or voided by a service that died over it: the log says so, the store not.
        if kept.state != "issued" or looked is None or looked.voided is not None:
            raise Refused("only a certificate that was issued and holds is printed")
        if stopped := [
            one for one in self.judge.release(caller.viewer, kept.lot)
            if one.open and one.code in ("hold", "test")
        ]:  # fmt: skip
            raise Blocked(findings=stopped)
        if way not in PRINTED:
            raise Refused("one of: {choices}", path="/way", choices=", ".join(PRINTED))

    def state(self, looked: Looked) -> CertificateFace:
        """How one stands for everybody, as its public page says it."""
        return certificate_face(self.told(looked.issued.lot), voided=looked.voided is not None)

    def keep_until(self, issued: date, months: int) -> date:
        """Until when it has to be kept; here it is for ever."""
        year, month = divmod(issued.year * 12 + issued.month - 1 + months, 12)
        for day in range(issued.day, 0, -1):
            try:
                return date(year, month + 1, day)
            except ValueError:
                continue
        return issued

    def listed(
        self, organisations: Sequence[str], states: Sequence[State] = (), **more: Any
    ) -> Sequence[tuple[int, Kept]]:
        return self.store.list(organisations, states, **more)

    def _named(self, lot: str) -> str:
        name = object_id(lot) if lot.strip() else None
        if name is None or "/21/" in name:
            raise NotFound("{subject} is no lot", subject=lot[:200])
        return name

    def _require_recorded(self, caller: Caller, lot: str) -> None:
        """Whether the lot is the caller's to record on, capture decides."""
        caller.require("recorder")
        if lot not in self.log.touched([lot], size=1 << 62):
            raise NotFound("nothing is recorded of {subject}", subject=lot)


def _require_draft(kept: Kept) -> None:
    if kept.state != "draft":
        raise Conflict("this certificate is no draft any more: it cannot be changed, only voided")


def _typed(event: dict[str, Any], typed_by: str | None) -> dict[str, Any]:
    return event if typed_by is None else {**event, "suyuan:recordedBy": typed_by}


__all__ = ["PRINTED", "Certificates"]

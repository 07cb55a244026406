"""The two gates of a lot: release at origin 产地准出 and check-in at a market 市场准入."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from suyuan.core.errors import Blocked, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.write import CONTEXT, HERE
from suyuan.core.identifiers import object_id
from suyuan.core.rules.finding import Finding, worst
from suyuan.core.rules.override import Overriding, meant, override_event
from suyuan.core.touches import is_lot
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.judge import Judge
from suyuan.ports.outside import Clock

State = Literal["closed", "unknown", "open"]
"""``unknown``: nothing blocks, and something that a rule needs is not stated."""
STEP = "releasing"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate as it stands now."""

    name: Literal["origin", "market"]
    findings: tuple[Finding, ...]

    @property
    def state(self) -> State:
        return state_of(self.findings)


@dataclass(frozen=True, slots=True)
class Gates:
    """Both, and what was recorded at them, the newest first."""

    lot: str
    origin: Gate
    market: Gate
    released: tuple[Deed, ...]
    checked: tuple[Deed, ...]


def state_of(findings: Sequence[Finding]) -> State:
    if any(one.open for one in findings):
        return "closed"
    return "unknown" if worst(findings) == "unknown" or _dark(findings) else "open"


def _dark(findings: Sequence[Finding]) -> bool:
    return any(one.verdict == "unknown" for one in findings)


@dataclass(slots=True)
class Gatekeeper:
    """The verbs. An act goes through capture, as the caller's own record."""

    judge: Judge
    capture: Capture
    clock: Clock
    base: str

    def of(self, viewer: Viewer, lot: str) -> Gates:
        """Both gates of a lot; NotFound where nothing is recorded of it."""
        name = _named(lot)
        case, release, market = self.judge.gates(viewer, name)
        own = [one for one in case.deeds if any(item.id == name for item in one.about)]
        return Gates(
            name,
            Gate("origin", release),
            Gate("market", market),
            tuple(reversed([one for one in own if one.kind == "release"])),
            tuple(reversed([one for one in own if one.kind == "check_in"])),
        )

    def release(
        self,
        caller: Caller,
        lot: str,
        *,
        person: str,
        overrides: Sequence[Overriding] = (),
        typed_by: str | None = None,
    ) -> tuple[int, ...]:
        """Record the release, behind the overrides that it takes; their indices, the release's last.

        Blocked while something stands against it that none of ``overrides`` names.
        """
        caller.require("recorder")
        name = _named(lot)
        problems: list[SuyuanError] = []
        if not person.strip():
            problems.append(Refused("say who answers for it", path="/person"))
        if len(person) > _LONGEST_NAME:
            problems.append(
                Refused("at most {most} characters", path="/person", most=_LONGEST_NAME)
            )
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        found = self.judge.release(caller.viewer, name)
        now, made, blocks = self.clock.now(), list[Incoming](), list[Finding]()
        needed: set[Overriding] = set()
        for one in found:
            named = next((word for word in overrides if meant(word, one)), None)
            if one.open and named is None:
                blocks.append(one)
            elif one.open and named is not None:
                needed.add(named)
                made.append(Incoming(self._override(one, named, now, typed_by), named.where))
        if blocks:
            raise Blocked(findings=blocks)
        for word in overrides:
            if word not in needed:
                raise Refused(
                    "nothing of the rule {rule} blocks this", path=word.where, rule=word.rule[:80]
                )
        made.append(Incoming(self._event(name, found, person.strip(), now, typed_by)))
        return self.capture.events(caller, made)

    def _override(
        self, found: Finding, word: Overriding, now: str, typed_by: str | None
    ) -> dict[str, Any]:
        try:
            event = override_event(
                found, person=word.person, reason=word.reason, base=self.base,
                event_id=f"urn:uuid:{uuid.uuid4()}", when=now, zone=HERE,
            )  # fmt: skip
        except Refused as problem:
            raise problem.at(word.where) from None
        return event if typed_by is None else {**event, "suyuan:recordedBy": typed_by}

    def _event(
        self, lot: str, found: Sequence[Finding], person: str, now: str, typed_by: str | None
    ) -> dict[str, Any]:
        """What each rule said then stands in the record: tables and records may change later."""
        said: dict[str, str] = {}
        for one in found:
            said.setdefault(one.name, one.verdict if one.verdict != "block" else "overridden")
        about = {"quantityList": [{"epcClass": lot}]} if is_lot(lot) else {"epcList": [lot]}
        return {
            "@context": [CONTEXT, {"suyuan": f"{self.base}voc/"}],
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{uuid.uuid4()}",
            "eventTime": now,
            "eventTimeZoneOffset": HERE,
            "action": "OBSERVE",
            "bizStep": f"{self.base}voc/{STEP}",
            **about,
            "suyuan:release": {
                "gate": "origin",
                "rules": [{"rule": rule, "verdict": verdict} for rule, verdict in said.items()],
            },
            "suyuan:person": {"name": person},
            **({} if typed_by is None else {"suyuan:recordedBy": typed_by}),
        }


def _named(lot: str) -> str:
    name = object_id(lot) if lot.strip() else None
    if name is None:
        raise NotFound("{subject} is no lot, pack or other single thing", subject=lot[:200])
    return name


__all__ = ["Gate", "Gatekeeper", "Gates", "State", "state_of"]

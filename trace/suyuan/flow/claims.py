"""What a label claims is checked when its codes are issued (core/claims.py), and can be asked before.

The record that issues the codes names the certificates it rests on, so what a certificate has covered
so far is read off those records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from suyuan.core.claims import Certificate, Claim, certificate_of, claims_of, weighed
from suyuan.core.content import decode_content
from suyuan.core.errors import Many, NotFound, Refused
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import HERE
from suyuan.core.story_values import local_day, text_of
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Appender
from suyuan.flow.judge import Judge
from suyuan.flow.recall import net_of
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock
from suyuan.ports.printing import LabelJobStore

MOST = 10_000
"""Issues that are looked through for what a certificate has covered."""
MEMBER = "suyuan:claims"


@dataclass(slots=True)
class Claims:
    """The verb."""

    judge: Judge
    appender: Appender
    log: LogStore
    issues: LabelJobStore
    clock: Clock

    def look(self, viewer: Viewer, organisation: str, lot: str, count: int = 0) -> list[Claim]:
        """What stands of each claim of the lot's product, with ``count`` more labels."""
        product = product_of(lot) or lot
        master = self.judge.masters(viewer, {product}).get(product, {})
        kinds = claims_of(master)
        if not kinds:
            return []
        certificates = self._certificates(viewer, lot)
        net = net_of(master)
        used: dict[tuple[str, str], Decimal | None] = {}
        for one in certificates:
            used.setdefault((one.owner, one.number), self._used(organisation, one, viewer))
        wanted = net * count if net is not None else None
        return weighed(kinds, certificates, local_day(self.clock.now(), HERE), wanted, used)

    def require(self, caller: Caller, lot: str, count: int) -> dict[str, Any]:
        """The member that names the certificates of the claims; {} where nothing is claimed.

        Refused, with every claim that does not hold.
        """
        found = self.look(caller.viewer, caller.organisation, lot, count)
        problems = [
            Refused("the label would claim what does not hold. {why}", path="/lot", why=one.text)
            for one in found
            if one.verdict == "block"
        ]
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        held = [
            {"claim": one.kind, "certificate": one.certificate.number, "by": one.certificate.owner}
            for one in found
            if one.certificate is not None
        ]
        return {MEMBER: held} if held else {}

    def _certificates(self, viewer: Viewer, lot: str) -> list[Certificate]:
        try:
            case = self.judge.past(viewer, lot)
        except NotFound:
            return []
        ring = self.appender.ring()
        found: list[tuple[Certificate, str | None]] = []
        withdrawn: set[tuple[str, ...]] = set()
        deeds = [one for one in case.behind(lot).deeds if one.kind == "certificate"]
        stored = self.log.records([one.index for one in deeds if one.index is not None])
        for deed in deeds:
            record = stored.get(deed.index) if deed.index is not None else None
            if record is None:
                continue
            state = ring.state(record.kid)
            third = state is not None and state.role in ("certifier", "regulator")
            if state is not None and state.suspect_since is not None:
                # Signed perhaps by who stole the key: that is nobody's word.
                third = third and record.index < state.suspect_since
            made = certificate_of(
                deed.stated.get("certificate"), index=record.index, owner=record.owner,
                day=deed.day, third=third,
            )  # fmt: skip
            if made is not None:
                found.append((made, deed.event_id))
            withdrawn |= _withdrawn(deed.stated.get("certificate"), record.owner)
        return [
            replace(one, void=True)
            if {(one.owner, name), (one.owner, one.kind, one.number)} & withdrawn
            else one
            for one, name in found
        ]

    def _used(self, organisation: str, one: Certificate, viewer: Viewer) -> Decimal | None:
        """Kilograms of all labels issued on a certificate; None where one has no net weight."""
        issued = self.issues.issues(organisation, limit=MOST + 1)
        if len(issued) > MOST:
            return None
        total = Decimal(0)
        nets: dict[str, Decimal | None] = {}
        for start in range(0, len(issued), 200):
            part = issued[start : start + 200]
            stored = self.log.records([index for index, _, _ in part])
            for index, lot, count in part:
                record = stored.get(index)
                if record is None or record.content is None:
                    continue
                held = decode_content(record.content).value.get(MEMBER, [])
                if not any(
                    isinstance(claim, dict)
                    and (claim.get("by"), claim.get("certificate")) == (one.owner, one.number)
                    for claim in held
                ):
                    continue
                product = product_of(lot) or lot
                if product not in nets:
                    masters = self.judge.masters(viewer, {product})
                    nets[product] = net_of(masters.get(product, {}))
                net = nets[product]
                if net is None:
                    return None
                total += net * count
        return total


def _withdrawn(stated: object, owner: str) -> set[tuple[str, ...]]:
    """What a certificate's record takes back, by who issued it alone: (owner, eventID), or where it
    names none, (owner, kind, number)."""
    if not isinstance(stated, Mapping) or stated.get("status") != "void":
        return set()
    if of := text_of(stated.get("of")):
        return {(owner, of)}
    return {(owner, text_of(stated.get("type")) or "", text_of(stated.get("number")) or "")}

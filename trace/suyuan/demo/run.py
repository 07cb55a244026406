"""The main job on a real season, for `make demo`: every step goes through the same verbs as the faces.

Started again it continues: parties, master data, events and serials are recognised and answered with
their first records; the sheet and the bundle are written anew from what is there.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from suyuan.adapters.keys import FileSigner, public_of, write_private
from suyuan.adapters.outside import SystemRandomness
from suyuan.bootstrap import Node
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Fatal
from suyuan.demo import season as story
from suyuan.flow.accounts import KEY_ROLE, Caller
from suyuan.flow.capture import Incoming, key_value
from suyuan.flow.drafts import check_events, event_draft
from suyuan.found import Founder, found_log
from suyuan.ports.log import EventQuery
from suyuan_labels import pdf

Say = Callable[[str, str], None]
"""Takes what is being done (a key for translation) and how it went."""


@dataclass(slots=True)
class Demo:
    """Plays the season on a node."""

    node: Node
    folder: Path
    say: Say

    def play(self) -> None:
        """Record everything that is not there yet."""
        base = self.node.settings.uri_base
        parties = story.parties(base)
        self._found(parties)
        self.say("master data", "")
        for who, master in story.masters(base):
            self.node.masters.record(self._caller(parties[who]), [("", master)])
        told = story.Season(base)
        coop = parties["coop"]
        for title, events in (
            ("inputs bought", told.purchases()),
            ("field work", told.field_work()),
            ("harvest", told.harvest()),
            ("hulling, drying, blending, roasting", told.processing()),
        ):
            self._record(title, coop, events)
        self._laboratory(parties["lab"], told.tests())
        serials = self._serials(coop)
        self._record("packs and cartons", coop, told.packing(serials))
        self._record("shipping", coop, [told.shipping(parties["market"].id)])
        self._record("receiving", parties["market"], [told.receiving()])
        self._record("recall", parties["bureau"], [told.recall()])
        self.say("outlines of the plots", "")
        for plot in story.plots(base):
            self.node.masters.record(self._caller(coop), [("", plot)])

    def _found(self, parties: dict[str, story.Party]) -> None:
        county = parties["county"]
        found_log(self.node, Founder(county.id, county.zh, county.en, story.COUNTY))
        administrator = self._caller(county)
        ring = self.node.appender.ring()
        enrolled = {(s.owner, s.role) for s in map(ring.state, ring.known) if s}
        for party in parties.values():
            self.node.accounts.add_organisation(
                party.id, name_zh=party.zh, name_en=party.en, county=story.COUNTY
            )
            role = KEY_ROLE[party.role]
            if (party.id, role) in enrolled:
                continue
            if party.held_by == "service":
                self.node.capture.enrol_kept(administrator, party.id, role, self.node.clock.now())
            else:
                public = public_of(self._lab_seed())
                self.node.capture.key(administrator, key_value(public, party.id, role))

    def _caller(self, party: story.Party) -> Caller:
        return Caller(party.id, party.role, story.COUNTY, "demo")  # type: ignore[arg-type]

    def _record(self, title: str, party: story.Party, events: Iterable[dict[str, Any]]) -> None:
        incoming = [Incoming(event, f"/{i}") for i, event in enumerate(events)]
        indices = self.node.capture.events(self._caller(party), incoming)
        self.say(title, f"{len(incoming)} → {min(indices)}…{max(indices)}")

    def _lab_seed(self) -> bytes:
        """The laboratory's own key file: beside the node, never in it."""
        path = self.folder / "laboratory" / "key"
        if not path.exists():
            write_private(path, (b64url(secrets.token_bytes(32)) + "\n").encode())
        return unb64url(path.read_text(encoding="ascii").strip(), size=32)

    def _laboratory(self, lab: story.Party, tests: Iterable[dict[str, Any]]) -> None:
        signer = FileSigner(self._lab_seed())
        documents = []
        for checked in check_events([("", event) for event in tests]):
            draft = event_draft(
                checked,
                private_at=(),
                signer=signer,
                origin=self.node.settings.origin,
                randomness=SystemRandomness(),
            )
            documents.append(
                {
                    "content": json.loads(draft.content),
                    "disclosures": [],
                    "kid": draft.kid,
                    "sig": b64url(draft.sig),
                }
            )
        indices = self.node.capture.signed(self._caller(lab), documents)
        self.say(
            "laboratory, signed with its own key", f"{len(documents)} → {indices[0]}…{indices[-1]}"
        )

    def _serials(self, coop: story.Party) -> list[str]:
        _, serials = self.node.issuer.issue(
            self._caller(coop),
            gtin=story.GTIN_PACK,
            lot=story.LOT_GOOD,
            count=story.PACKS,
            event_time="2026-10-12T07:30:00.000+08:00",
            time_zone=story.ZONE,
            key="demo-packs-1",
            extra={"readPoint": {"id": story.WORKSHOP}},
        )
        self.say("serials issued", f"{len(serials)}")
        return [s.serial for s in serials]

    def first_serial(self) -> str:
        """The pack that the demo shows."""
        found = self.node.database.log.find_events(
            EventQuery(touching=story.lot(story.GTIN_PACK, story.LOT_GOOD), limit=1000)
        )
        for index in found:
            serials = self.node.database.log.serials_of(index)
            if serials:
                return serials[0].serial
        raise Fatal("no serials were issued")

    def write_sheet(self, path: Path) -> int:
        """The A4 sheets of all packs."""
        lot = story.lot(story.GTIN_PACK, story.LOT_GOOD)
        found = self.node.database.log.find_events(EventQuery(touching=lot, limit=1000))
        labels = [
            one
            for index in found
            for one in self.node.labeller.pack_labels(
                lot, [s.serial for s in self.node.database.log.serials_of(index)], index
            )
        ]
        path.write_bytes(pdf(labels, title=story.LOT_GOOD))
        return len(labels)


__all__ = ["Demo"]

"""A market's check-in 市场准入: with a link and no account, goods are let in or refused, as a record.

The organisation that gave the link signs; whose word it is stands in the record: the market's, by the
name that the organisation knows it by, and the link's id. Of the link's secret only a digest is kept
(docs/decisions/0022).
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import unquote

from suyuan.core import jcs
from suyuan.core.cases import written
from suyuan.core.certificate import code_of
from suyuan.core.errors import (
    Conflict,
    Forbidden,
    Malformed,
    Many,
    NotFound,
    Refused,
    SuyuanError,
    TooOften,
)
from suyuan.core.farm.deed import Amount
from suyuan.core.farm.units import as_json, parse_goods
from suyuan.core.farm.write import CONTEXT, HERE
from suyuan.core.identifiers import Identifier, identify
from suyuan.core.lineage.flows import Way
from suyuan.core.timestamps import from_datetime, seconds_of
from suyuan.core.touches import is_lot
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.certificate_look import Register
from suyuan.flow.gates import Gatekeeper, Gates
from suyuan.ports.certificates import Link, LinkStore
from suyuan.ports.codes import CodeStore
from suyuan.ports.lineage import LineageStore
from suyuan.ports.outside import Clock
from suyuan.ports.people import AttemptStore

Verdict = Literal["accepted", "refused"]
VERDICTS: tuple[Verdict, ...] = ("accepted", "refused")
STEPS: dict[Verdict, str] = {"accepted": "accepting", "refused": "inspecting"}
MOST_DAYS = 366
_HOUR = 3600.0
_FREE_TRIES = 20
"""Unknown links from one address in an hour before each one waits."""
_FREE_ACTS = 300
"""Acts by one link in an hour."""
_LONGEST, _LONGEST_NAME = 1_000, 80
_MOST_FOUND = 20


@dataclass(frozen=True, slots=True)
class Given:
    """A link as it is handed over; ``token`` is told this once."""

    link: Link
    token: str


@dataclass(slots=True)
class CheckIns:
    """The verbs."""

    links: LinkStore
    attempts: AttemptStore
    accounts: Accounts
    gatekeeper: Gatekeeper
    register: Register
    lineage: LineageStore
    codes: CodeStore
    capture: Capture
    clock: Clock
    base: str
    digest: Callable[[bytes], bytes]
    """Keyed digest of an address, under which tries are counted."""

    # -- links -------------------------------------------------------------------------------------

    def give(self, caller: Caller, market: str, *, days: int, person: str) -> Given:
        """Make a link for a market; Forbidden for who does not record."""
        caller.require("recorder")
        problems: list[SuyuanError] = []
        name = " ".join(written(market, len(market)).split())
        if not name:
            problems.append(
                Refused(
                    "say which market it is for: its name stands in the records", path="/market"
                )
            )
        if len(name) > _LONGEST_NAME:
            problems.append(
                Refused("at most {most} characters", path="/market", most=_LONGEST_NAME)
            )
        if not 1 <= days <= MOST_DAYS:
            problems.append(
                Refused("write a number of days from 1 to {most}", path="/days", most=MOST_DAYS)
            )
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        token, now = secrets.token_urlsafe(24), self.clock.now()
        until = from_datetime(datetime.fromisoformat(now) + timedelta(days=days))
        link = Link(
            secrets.token_hex(6), _digest(token), caller.organisation, name, person, now, until
        )
        self.links.add(link)
        return Given(link, token)

    def revoke(self, organisation: str, link_id: str) -> None:
        """End a link at once."""
        link = self.links.get(link_id)
        if link is None or link.organisation != organisation:
            raise NotFound("there is no such link here")
        if link.revoked_at is None:
            self.links.revoke(link_id, self.clock.now())

    def enter(self, token: str, address: str) -> Link:
        """The link behind a token; NotFound for one that is unknown, ended or out of date. TooOften
        after many that led nowhere."""
        link = self.links.find(_digest(token)) if token else None
        if link is None:
            key = self.digest(b"check-in\0" + address.encode())
            waits = self.attempts.begin(
                key, self._now(), free=_FREE_TRIES, longest=300.0, forget=_HOUR
            )
            if waits > 0.0:
                raise TooOften(
                    "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
                )
            raise NotFound("this link is not known here; ask who gave it to you for another one")
        if link.revoked_at is not None:
            raise NotFound("this link was ended by who gave it; ask for another one")
        if link.until <= self.clock.now():
            raise NotFound("this link is out of date; ask who gave it to you for another one")
        return link

    # -- what came ---------------------------------------------------------------------------------

    def find(self, link: Link, typed: str) -> list[str]:
        """Lots that a code means: a label's, a certificate's, or the whole number of a lot of who gave
        the link, which lots of several products may have. Malformed or NotFound, in words."""
        text = typed.strip()
        if not text:
            raise Refused("scan a code, or type what stands below it", path="/code")
        if len(text) > 500:
            raise Malformed("this is no code that is known here", path="/code")
        if code_of(text) is not None and (looked := self.register.look(PUBLIC, text)) is not None:
            return [looked.issued.lot]
        if ":" in text:
            return [self._lot_of(text)]
        gtin, slash, number = text.partition("/")
        if slash and gtin.isdigit() and len(gtin) == 14:
            return [self._lot_of(f"https://id.gs1.org/01/{gtin}/10/{number}")]
        # By a part of one a stranger would learn what else there is.
        found = self.lineage.lots([link.organisation], number=text, limit=_MOST_FOUND)
        lots = [one.thing for one in found if unquote(one.thing.rsplit("/", 1)[-1]) == text]
        if not lots:
            raise NotFound("no lot is called {number} here", path="/code", number=text[:80])
        return lots

    def makers(self, lot: str) -> list[str]:
        """Organisations that recorded the making of a lot, by their URIs."""
        number = self.lineage.numbers([lot]).get(lot)
        lines = self.lineage.of_things([number], (Way.MADE,)) if number is not None else []
        owners = {one.owner for one in self.lineage.facts({line.index for line in lines}).values()}
        return sorted(self.lineage.names(owners).values())

    def _lot_of(self, text: str) -> str:
        scheme, colon, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        # Labels are printed in capitals, which scanners hand on.
        plain = f"{scheme.lower()}://{host.lower()}/{path}" if colon and slash else text
        try:
            read = identify(plain.partition("?")[0])
        except Malformed:
            raise Malformed("this is no code that is known here", path="/code") from None
        self._check_code(read)
        name = read.lot or read.object
        if name is None or name not in self.lineage.numbers([name]):
            raise NotFound("nothing is recorded of this code", path="/code")
        return name

    def _check_code(self, read: Identifier) -> None:
        """Refused for a pack whose code was voided or given back; NotFound for one never issued."""
        if read.lot is None or read.object is None or read.object == read.lot:
            return
        found = self.codes.found(read.lot, unquote(read.object.rsplit("/", 1)[-1]))
        if found is None and read.object not in self.lineage.numbers([read.object]):
            raise NotFound("no pack with this code is known of this lot", path="/code")
        if found is not None and found.state == "voided":
            raise Refused("this code was voided: no pack on sale should carry it", path="/code")
        if found is not None and found.state == "returned":
            raise Refused(
                "this code was given back unused: no pack on sale should carry it", path="/code"
            )

    def gates(self, link: Link, lot: str) -> Gates:
        """Both gates as who gave the link sees them: the public may not see what a season was grown
        under, and would be told that nothing is stated."""
        county = self.accounts.county_of(link.organisation)
        return self.gatekeeper.of(Viewer(link.organisation, "recorder", county), lot)

    def record(
        self,
        link: Link,
        lot: str,
        *,
        verdict: str,
        quantity: str,
        reason: str = "",
        person: str = "",
        once: str = "",
    ) -> int:
        """Let it in, or refuse it; the record's index. Many for fields that are not right.

        ``once``: of the form; the same one with the same words in it is one record.
        """
        problems: list[SuyuanError] = []
        chosen = next((one for one in VERDICTS if one == verdict), None)
        if chosen is None:
            problems.append(Refused("accepted or refused?", path="/verdict"))
        if chosen == "refused" and len(reason.strip()) < 2:
            problems.append(Refused("say why it is refused", path="/reason"))
        for name, text, most in (("reason", reason, _LONGEST), ("person", person, _LONGEST_NAME)):
            if len(text) > most:
                problems.append(Refused("at most {most} characters", path=f"/{name}", most=most))
        amount = _amount(quantity, problems)
        if problems or chosen is None or amount is None:
            raise problems[0] if len(problems) == 1 else Many(problems)
        event_id = f"urn:uuid:{uuid.uuid4()}"
        if once:
            form = jcs.dumps([link.id, lot, chosen, quantity, reason, person, once[:80]])
            made = uuid.UUID(bytes=self.digest(b"check-in form\0" + form)[:16], version=4)
            event_id = f"urn:uuid:{made}"
            if (known := self.register.found(event_id, link.organisation)) is not None:
                return known
        if chosen == "accepted" and self.gates(link, lot).market.state == "closed":
            # A block is set aside by a named person with a reason, here as at the other gate.
            if len(reason.strip()) < 2:
                problems.append(
                    Refused(
                        "say why it is let in in spite of what stands against it", path="/reason"
                    )
                )
            if not person.strip():
                problems.append(Refused("say who answers for it", path="/person"))
            if problems:
                raise problems[0] if len(problems) == 1 else Many(problems)
        key = self.digest(b"check-in act\0" + link.id.encode())
        waits = self.attempts.begin(key, self._now(), free=_FREE_ACTS, longest=60.0, forget=_HOUR)
        if waits > 0.0:
            raise TooOften(
                "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
            )
        county = self.accounts.county_of(link.organisation)
        caller = Caller(link.organisation, "recorder", county, f"link {link.id}")
        event = self._event(link, lot, chosen, amount, reason.strip(), person.strip())
        event["eventID"] = event_id
        hidden = tuple(f"/{name}" for name in ("suyuan:quantity", "suyuan:reason") if name in event)
        try:
            (index,) = self.capture.events(caller, [Incoming(event, private=hidden)])
        except Forbidden:
            raise Forbidden(
                "who gave this link has no record of having had these goods, and cannot sign for them; "
                "ask the sender for a link of its own"
            ) from None
        except Conflict:
            # Sent twice at the same moment.
            if (known := self.register.found(event_id, link.organisation)) is None:
                raise
            return known
        self.links.use(link.id, self.clock.now())
        return index

    def _event(
        self, link: Link, lot: str, verdict: Verdict, amount: Amount, reason: str, person: str
    ) -> dict[str, Any]:
        about = {"quantityList": [{"epcClass": lot}]} if is_lot(lot) else {"epcList": [lot]}
        quantity = {"value": as_json(amount.value), "uom": amount.unit}
        return {
            "@context": [CONTEXT, {"suyuan": f"{self.base}voc/"}],
            "type": "ObjectEvent",
            "eventTime": self.clock.now(),
            "eventTimeZoneOffset": HERE,
            "action": "OBSERVE",
            "bizStep": STEPS[verdict],
            **about,
            "suyuan:checkIn": {
                "verdict": verdict,
                "market": link.market,
                "link": link.id,
                "gate": self.gates(link, lot).market.state,
            },
            # How much a market takes is no business of competitors; free words may name somebody.
            "suyuan:quantity": {**quantity, "said": amount.said} if amount.said else quantity,
            **({"suyuan:reason": reason} if reason else {}),
            **({"suyuan:person": {"name": person}} if person else {}),
        }

    def _now(self) -> float:
        return seconds_of(self.clock.now())


def _amount(given: str, problems: list[SuyuanError]) -> Amount | None:
    try:
        return parse_goods(given)
    except Refused as problem:
        problems.append(problem.at("/quantity"))
        return None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


__all__ = ["VERDICTS", "CheckIns", "Given", "Verdict"]

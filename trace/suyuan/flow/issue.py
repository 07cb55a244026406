"""Issue serials for the packs of a lot: the log gets a count and a root, the labels get the serials.

The serials themselves are kept private until a label is scanned (formats.md §2, §8).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from suyuan.core.brand.codes import AHEAD, PLANNED
from suyuan.core.encoding import b64
from suyuan.core.errors import Conflict, Malformed, Refused
from suyuan.core.farm.fill import day_of_people
from suyuan.core.identifiers import has_check_digit
from suyuan.core.serials import ALPHABET, make_serial, serials_root, tag_ok
from suyuan.core.story_values import moment_of
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.codes import Account, Codes
from suyuan.ports.log import EventQuery, LogStore, NewSerial, Sequencer
from suyuan.ports.outside import Randomness

MAX_SERIALS = 100_000
_LOT = re.compile(r"(?!\.{1,2}\Z)[0-9A-Z.-]{1,20}")
"""Lots that fit a label (formats.md §8); ``.`` and ``..`` mean other things in an address."""


def _no_claims(caller: Caller, lot: str, count: int) -> dict[str, Any]:
    return {}


@dataclass(slots=True)
class Issuer:
    """Verbs on serials. ``label_keys``: the newest first; at most two are valid at a time.

    ``retired_keys``: of them only serials count that are known to have been issued.
    """

    capture: Capture
    log: LogStore
    randomness: Randomness
    label_keys: Sequence[bytes]
    uri_base: str
    codes: Codes
    retired_keys: Sequence[bytes] = ()
    claims: Callable[[Caller, str, int], dict[str, Any]] = _no_claims
    """Checks what the label claims: members that name the certificates, or Refused (flow/claims.py)."""

    def issue(
        self,
        caller: Caller,
        *,
        gtin: str,
        lot: str,
        count: int,
        event_time: str,
        time_zone: str,
        key: str,
        extra: dict[str, Any] | None = None,
        ahead: bool = False,
        reason: str = "",
        planned: str = "",
    ) -> tuple[int, list[NewSerial]]:
        """Record that ``count`` packs of the lot got serials; the same ``key`` again gives the same.

        Returns the record's index and the serials in issue order. ``ahead``: labels come before packing;
        these codes are active once their packing is recorded (flow/codes.py); ``planned``: the day for
        which it is planned, as the labels tell it. A product of a brand needs its authorisation, and
        above its ceiling ``reason``.
        """
        if not 1 <= count <= MAX_SERIALS:
            raise Refused("between 1 and {most} serials at a time", path="/count", most=MAX_SERIALS)
        lot_id = f"https://id.gs1.org/01/{gtin}/10/{lot}"
        if not _LOT.fullmatch(lot) or len(gtin) != 14 or not has_check_digit(gtin):
            raise Refused(
                "{lot} is no lot: a GTIN of 14 digits and up to 20 of 0-9 A-Z . -",
                path="/lot",
                lot=lot_id,
            )
        event_id = self._event_id(caller, key)
        known = self.log.find_events(EventQuery(event_id=event_id, limit=1))
        if known:
            serials = self.log.serials_of(known[0])
            if len(serials) != count or serials[0].lot != lot_id:
                raise Conflict(
                    "{count} serials of {lot} were issued under this key before",
                    count=len(serials),
                    lot=serials[0].lot if serials else "",
                )
            return known[0], serials
        day = _planned(planned, ahead, self.codes.brands.today)
        account = self._account(caller, lot_id, event_time, time_zone, count, reason)
        seen = self.log.tail().size
        held = self.claims(caller, lot_id, count)

        def still(seq: Sequencer, indices: tuple[int, ...]) -> None:
            # Under the log's lock: two at once must not both find a certificate's last kilograms.
            if held and indices[0] != seen and self.claims(caller, lot_id, count) != held:
                raise Conflict("somebody else changed this meanwhile; open it again")

        pairs = self._fresh(gtin, lot, count)
        event: dict[str, Any] = {
            "@context": [
                "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                {"suyuan": f"{self.uri_base}voc/"},
            ],
            "type": "ObjectEvent",
            "eventID": event_id,
            "eventTime": event_time,
            "eventTimeZoneOffset": time_zone,
            "action": "OBSERVE",
            "bizStep": f"{self.uri_base}voc/{AHEAD}" if ahead else "packing",
            "disposition": "in_progress",
            "quantityList": [{"epcClass": lot_id}],
            "suyuan:serials": {"count": count, "root": b64(serials_root(pairs))},
            **(extra or {}),
            **held,
        }
        if account is not None:
            event["suyuan:authorisation"] = {"id": account.authorisation.id}
        if day is not None:
            event[PLANNED] = day.isoformat()
        if reason.strip():
            event["suyuan:reason"] = reason.strip()
        incoming = Incoming(event, serials=tuple(pairs), serial_lot=lot_id)
        (index,) = self.capture.events(caller, [incoming], ending=still)
        return index, self.log.serials_of(index)

    def _account(
        self, caller: Caller, lot: str, time: str, zone: str, count: int, reason: str
    ) -> Account | None:
        """The ledger that these codes go on; Refused, in words, where it does not take them."""
        if len(reason) > 2_000:
            raise Refused("at most {most} characters", path="/reason", most=2_000)
        try:
            day = moment_of({"eventTime": time, "eventTimeZoneOffset": zone}).day
        except Malformed:
            return None  # said by who looks at the whole event
        account = self.codes.under(
            caller.organisation, lot.partition("/10/")[0], day, lot=lot, count=count
        )
        if account is not None:
            self.codes.require(account, count, reason)
        return account

    def known_tag(self, gtin: str, lot: str, serial: str) -> bool:
        """Whether a serial's tag is one that we could have made: turns invented codes away.

        One made with a retired key may be a thief's: it counts where it was issued.
        """
        if tag_ok(self.label_keys, gtin, lot, serial):
            return True
        if not tag_ok(self.retired_keys, gtin, lot, serial):
            return False
        return self.log.serial(f"https://id.gs1.org/01/{gtin}/10/{lot}", serial) is not None

    def _event_id(self, caller: Caller, key: str) -> str:
        digest = hashlib.sha256(f"{caller.organisation}\n{key}".encode()).hexdigest()
        return f"{self.uri_base}issue/{digest[:32]}"

    def _fresh(self, gtin: str, lot: str, count: int) -> list[tuple[str, str]]:
        made: dict[str, str] = {}
        while len(made) < count:
            ten = "".join(secrets.choice(ALPHABET) for _ in range(10))
            made[make_serial(self.label_keys[0], gtin, lot, ten)] = self.randomness.salt()
        return [(salt, serial) for serial, salt in made.items()]


def _planned(text: str, ahead: bool, today: date) -> date | None:
    """The day for which packing is planned; Refused for what is none, or is over."""
    if not text.strip():
        return None
    if not ahead:
        raise Refused("only what is packed later has a planned day", path="/planned")
    day = day_of_people(text)
    if day is None:
        raise Refused(
            "{value} is no day; write it as 2026-09-17", path="/planned", value=text.strip()[:40]
        )
    if day < today:
        raise Refused("the planned day of packing is over already", path="/planned")
    return day

"""Laboratories and certifiers sign by a link: registered once, asked by name, with a key of their own.

The service never holds their key. It appends what they signed where that is an answer to what was asked,
and nothing else (core/attest.py, docs/decisions/0025).
"""

from __future__ import annotations

import hashlib
import json
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from suyuan.core import keys
from suyuan.core.attest import (
    CLAIMS,
    MOST_ITEMS,
    VERSION,
    Asked,
    answers,
    check_answers,
    possession,
)
from suyuan.core.encoding import unb64url
from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused, TooOften, Unauthenticated
from suyuan.core.farm.fill import Ground
from suyuan.core.identifiers import object_id, product_of
from suyuan.core.keys import KeyState
from suyuan.core.sealed import CONTACT
from suyuan.core.story_values import local_day, names_of
from suyuan.core.timestamps import from_datetime
from suyuan.core.touches import master_id
from suyuan.core.visibility import PUBLIC
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.capture import Capture, key_value
from suyuan.flow.judge import Judge
from suyuan.flow.master import MasterData
from suyuan.ports.outside import Chance, Clock, Vault
from suyuan.ports.people import AttemptStore
from suyuan.ports.signing import Laboratory, SigningRequest, SigningStore

DAYS = 14
MOST_DAYS = 90
LONGEST = 500
MOST_REPORTS = 30
"""Files by one link before each further one waits."""
_HERE = "+08:00"


@dataclass(frozen=True, slots=True)
class Known:
    """A laboratory as who may ask it sees it."""

    organisation: str
    zh: str
    en: str
    county: str
    number: str
    contact: str
    keys: tuple[KeyState, ...]
    """Its active keys as a certifier."""


@dataclass(slots=True)
class Signing:
    """The verbs. Links are shown once; of their tokens the SHA-256 is kept."""

    store: SigningStore
    attempts: AttemptStore
    accounts: Accounts
    capture: Capture
    judge: Judge
    masters: MasterData
    vault: Vault
    chance: Chance
    clock: Clock
    origin: str
    base: str

    # -- laboratories ------------------------------------------------------------------------------

    def laboratories(self) -> list[Known]:
        """All that are registered, by name."""
        ring = self.capture.appender.ring()
        states = [state for kid in ring.known if (state := ring.state(kid)) is not None]
        found = []
        for one in self.store.laboratories():
            known = self.accounts.store.organisation(one.organisation)
            if known is not None:
                contact = self.vault.open(CONTACT, one.organisation, one.contact).decode()
                own = tuple(
                    state for state in states
                    if state.owner == one.organisation and state.role == "certifier"
                    and state.active
                )  # fmt: skip
                found.append(
                    Known(one.organisation, known.name_zh, known.name_en, known.county,
                          one.number, contact, own)
                )  # fmt: skip
        return sorted(found, key=lambda one: one.zh)

    def registered(self, caller: Caller) -> list[Known]:
        """The same, for one caller: whom to call there is known to the administrator, who compares keys
        on the telephone, and to the laboratory itself; "" for everybody else."""
        return [
            one
            if caller.role == "administrator" or caller.organisation == one.organisation
            else replace(one, contact="")
            for one in self.laboratories()
        ]

    def laboratory(self, organisation: str) -> Known:
        """One of them; NotFound for who is none."""
        for one in self.laboratories():
            if one.organisation == organisation:
                return one
        raise NotFound("there is no laboratory {id}; the administrator registers it",
                       path="/laboratory", id=organisation[:200])  # fmt: skip

    def register(
        self,
        caller: Caller,
        *,
        organisation: str = "",
        zh: str,
        en: str = "",
        county: str,
        number: str = "",
        contact: str,
    ) -> Known:
        """The administrator's word that this is a laboratory or certifier; the same again writes over.

        Without an ``organisation`` it gets a URI of the node's own; one that is known keeps its names.
        """
        caller.require("administrator")
        if not contact.strip():
            raise Refused("say whom to call there", path="/contact")
        for name, text in (("contact", contact), ("number", number), ("zh", zh), ("en", en)):
            if len(text) > LONGEST:
                raise Refused("at most {most} characters", path=f"/{name}", most=LONGEST)
        uri = organisation.strip() or f"{self.base}org/{uuid.uuid4()}"
        added = self.accounts.store.organisation(uri)
        if added is None:
            added = self.accounts.add_organisation(
                uri, name_zh=zh.strip(), name_en=en.strip(), county=county.strip()
            )
        sealed = self.vault.close(CONTACT, added.id, contact.strip().encode())
        self.store.put_laboratory(Laboratory(added.id, number.strip(), sealed, self.clock.now()))
        return self.laboratory(added.id)

    # -- links -------------------------------------------------------------------------------------

    def ask_key(self, caller: Caller, laboratory: str, *, person: str = "") -> tuple[str, str]:
        """A link by which a laboratory brings its key; (token, id of the request)."""
        caller.require("administrator")
        return self._link(caller, self.laboratory(laboratory), "key", "", {}, person, DAYS)

    def ask(
        self,
        caller: Caller,
        laboratory: str,
        purpose: str,
        subject: str,
        items: Sequence[str],
        *,
        sample: str = "",
        person: str = "",
        days: int = DAYS,
    ) -> tuple[str, str]:
        """A link by which a laboratory answers with results, or a certifier with a certificate.

        ``items``: what is to be tested; of a certificate the one kind, of CLAIMS. Refused, at its
        field, for what cannot be asked.
        """
        caller.require("recorder")
        known = self.laboratory(laboratory)
        if not known.keys:
            raise Refused(
                "{name} has no key in the log yet; the administrator gives it a link to bring one",
                path="/laboratory", name=known.zh,
            )  # fmt: skip
        thing = object_id(subject)
        if thing is None:
            raise Refused("name a lot or a season, by its identifier", path="/subject")
        wanted = [text for text in dict.fromkeys(one.strip() for one in items) if text]
        if purpose == "certificate":
            if len(wanted) != 1 or wanted[0] not in CLAIMS:
                raise Refused("one of: {choices}", path="/items", choices=", ".join(CLAIMS))
        elif purpose != "test":
            raise Refused("one of: {choices}", path="/purpose", choices="test, certificate")
        if not wanted:
            raise Refused("say what is to be tested", path="/items")
        if len(wanted) > MOST_ITEMS or any(len(one) > 100 for one in wanted):
            raise Refused(
                "at most {most} items of 100 characters each", path="/items", most=MOST_ITEMS
            )
        if len(sample) > LONGEST:
            raise Refused("at most {most} characters", path="/sample", most=LONGEST)
        if not 1 <= days <= MOST_DAYS:
            raise Refused("write a number of days from 1 to {most}", path="/days", most=MOST_DAYS)
        extenders = self.capture.log.tips_at([thing], self.capture.log.tail().size)
        if thing not in extenders:
            raise NotFound("nothing is recorded of {subject}", path="/subject", subject=thing)
        told = {"items": wanted, "sample": sample.strip(), "product": self._product(thing)}
        return self._link(caller, known, purpose, thing, told, person, days)

    def renew(self, caller: Caller, request_id: str) -> str:
        """Another link in place of one that was lost; the one before is void. For who asked, too."""
        found = self._own(caller, request_id)
        token = self._token()
        until = from_datetime(datetime.fromisoformat(self.clock.now()) + timedelta(days=DAYS))
        if not self.store.renew(found.id, _digest(token), until):
            raise Conflict("this request is not open any more")
        return token

    def revoke(self, caller: Caller, request_id: str) -> None:
        """The link leads nowhere from now on: for who asked, as a recorder, or the administrator."""
        found = self._own(caller, request_id)
        if not self.store.move(found.id, "open", "revoked"):
            raise Conflict("this request is not open any more")

    def one(self, caller: Caller, request_id: str) -> SigningRequest:
        """A request that the caller made, or that is addressed to it; NotFound for others."""
        found = self.store.get(request_id)
        if found is None or not (
            caller.organisation in (found.organisation, found.laboratory)
            or caller.role == "administrator"
        ):
            raise NotFound("there is no request {id}", id=request_id[:80])
        return found

    def _own(self, caller: Caller, request_id: str) -> SigningRequest:
        """A request that the caller may change: who is merely asked, or merely reads, may not."""
        caller.require("recorder", "administrator")
        found = self.one(caller, request_id)
        if caller.role != "administrator" and caller.organisation != found.organisation:
            raise Forbidden("who asked takes a request back, not who is asked")
        return found

    def asked_by(self, caller: Caller, subject: str = "") -> list[SigningRequest]:
        """Requests of the caller's organisation."""
        return self.store.list(organisation=caller.organisation, subject=subject)

    def asked_of(self, caller: Caller) -> list[SigningRequest]:
        """Requests that are addressed to the caller's organisation."""
        return self.store.list(laboratory=caller.organisation)

    # -- behind a link -----------------------------------------------------------------------------

    def opened(self, token: str, address: str) -> SigningRequest:
        """The request behind a link; Unauthenticated where there is none, TooOften for who guesses."""
        digest = self.vault.digest(b"sign\0" + address.encode())
        waits = self.attempts.begin(
            digest, datetime.fromisoformat(self.clock.now()).timestamp(), free=30, longest=300.0,
            forget=3600.0,
        )  # fmt: skip
        if waits > 0:
            raise TooOften(
                "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
            )
        found = self.store.by_token(_digest(token))
        if found is None:
            raise Unauthenticated(
                "this link is not known here, or another one was given in its place"
            )
        self.attempts.forgive(digest, 1)
        return found

    def require_open(self, request: SigningRequest) -> None:
        """Conflict, in words, for a link that was answered, taken back, or is out of date."""
        if request.state in ("answered", "brought"):
            raise Conflict("this was answered already, on {day}", day=_day(request.answered_at))
        if request.state == "revoked":
            raise Conflict("who asked has taken this link back")
        if request.until < self.clock.now():
            raise Conflict("this link was good until {day}; ask for another one",
                           day=_day(request.until))  # fmt: skip

    def admit_report(self, request: SigningRequest) -> None:
        """TooOften for a link by which file after file comes: what no answer names is kept for days."""
        digest = self.vault.digest(b"sign-report\0" + request.id.encode())
        waits = self.attempts.begin(
            digest, datetime.fromisoformat(self.clock.now()).timestamp(), free=MOST_REPORTS,
            longest=3600.0, forget=86_400.0,
        )  # fmt: skip
        if waits > 0:
            raise TooOften(
                "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
            )

    def told(self, request: SigningRequest) -> dict[str, Any]:
        """A request as its signer needs it, also away from the service."""
        known = self.laboratory(request.laboratory)
        asker = self.accounts.store.organisation(request.organisation)
        return {
            "suyuan": VERSION,
            "id": request.id,
            "purpose": request.purpose,
            "subject": request.subject,
            "asked": json.loads(request.asked),
            "organisation": {
                "id": request.organisation,
                "zh": asker.name_zh if asker else request.organisation,
                "en": asker.name_en if asker else request.organisation,
            },
            "laboratory": {"id": known.organisation, "zh": known.zh, "en": known.en},
            "keys": [state.kid for state in known.keys],
            "origin": self.origin,
            "base": self.base,
            "until": request.until,
            "state": request.state,
        }

    def events(
        self,
        request: SigningRequest,
        given: Mapping[str, Any],
        attachments: Sequence[Mapping[str, Any]] = (),
    ) -> list[dict[str, Any]]:
        """The events to be signed; Many with every mistake, by its field."""
        self.require_open(request)
        today = local_day(self.clock.now(), _HERE)
        return answers(
            asked_in(self.told(request)), given, ground_of(today, self.base), attachments
        )

    def answer(self, request: SigningRequest, documents: Any) -> tuple[int, ...]:
        """Append what was signed, where it is the answer to this request, by one of its keys.

        The same documents again are the same records: who was cut off sends them once more.
        """
        if request.state != "answered":
            self.require_open(request)
        if request.purpose == "key":
            raise Refused("this link is for bringing a key")
        listed = documents if isinstance(documents, list) else [documents]
        ring = self.capture.appender.ring()
        events = []
        for number, document in enumerate(listed):
            content = document.get("content") if isinstance(document, dict) else None
            event = content.get("event") if isinstance(content, dict) else None
            if not isinstance(content, dict) or content.get("kind") != "event" or not isinstance(
                event, dict
            ):  # fmt: skip
                raise Refused("signed events belong here", path=f"/{number}/content")
            if document.get("disclosures"):
                raise Refused("an answer has no private fields", path=f"/{number}/disclosures")
            kid = document.get("kid")
            state = ring.state(kid) if isinstance(kid, str) else None
            if (
                state is None
                or state.owner != request.laboratory
                or state.role != "certifier"
                or not state.active
            ):
                raise Forbidden(
                    "this key is not in the log as the laboratory's own, or was revoked",
                    path=f"/{number}/kid",
                )
            events.append(event)
        today = local_day(self.clock.now(), _HERE)
        check_answers(asked_in(self.told(request)), events, ground_of(today, self.base))
        county = self.accounts.county_of(request.laboratory)
        caller = Caller(request.laboratory, "certifier", county, f"link {request.id}")
        indices = self.capture.signed(caller, listed)
        # A crash before this leaves the link open, and the same answer again finds its records.
        self.store.move(
            request.id, "open", "answered", at=self.clock.now(), answer=json.dumps(list(indices))
        )
        return indices

    # -- keys --------------------------------------------------------------------------------------

    def bring_key(self, request: SigningRequest, x: str, sig: str) -> str:
        """Take the public half of a key whose holder proves to hold it; its kid. It counts for nothing
        before the administrator has compared its fingerprint (``confirm``)."""
        self.require_open(request)
        if request.purpose != "key":
            raise Refused("this link is for answering a request")
        public = unb64url(x, size=32)
        keys.check_public_key(public)
        kid = keys.kid_of(public)
        if not keys.verify(public, possession(self.origin, kid, request.id), unb64url(sig)):
            raise Forbidden("the signature does not fit this key and link", path="/sig")
        if self.capture.appender.ring().state(kid) is not None:
            raise Conflict("this key is in the log already; one key has one purpose", path="/x")
        brought = json.dumps({"kid": kid, "x": x})
        if not self.store.move(request.id, "open", "brought", at=self.clock.now(), answer=brought):
            raise Conflict("this request is not open any more")
        return kid

    def confirm(self, caller: Caller, request_id: str, kid: str) -> int:
        """The administrator's word that this key is the laboratory's: a key record; its index.

        ``kid`` is what the administrator compared: of another key nothing is said.
        """
        caller.require("administrator")
        request = self.one(caller, request_id)
        if request.state != "brought":
            raise Conflict("no key waits here")
        brought = json.loads(request.answer)
        if brought["kid"] != kid:
            raise Conflict("another key waits here; compare its fingerprint")
        value = key_value(unb64url(brought["x"], size=32), request.laboratory, "certifier")
        index = self.capture.key(caller, value)
        self._name(caller, request.laboratory)
        self.store.move(request.id, "brought", "answered", at=self.clock.now(),
                        answer=json.dumps({**brought, "index": index}))  # fmt: skip
        return index

    def refuse_key(self, caller: Caller, request_id: str) -> None:
        """The key that was brought is not the laboratory's."""
        caller.require("administrator")
        if not self.store.move(self.one(caller, request_id).id, "brought", "revoked"):
            raise Conflict("no key waits here")

    # -- within ------------------------------------------------------------------------------------

    def _link(
        self,
        caller: Caller,
        known: Known,
        purpose: str,
        subject: str,
        asked: Mapping[str, Any],
        person: str,
        days: int,
    ) -> tuple[str, str]:
        token, now = self._token(), self.clock.now()
        until = from_datetime(datetime.fromisoformat(now) + timedelta(days=days))
        request = SigningRequest(
            str(uuid.uuid4()), _digest(token), caller.organisation, known.organisation,
            purpose, subject, json.dumps(dict(asked), ensure_ascii=False), person, now, until,  # type: ignore[arg-type]
        )  # fmt: skip
        self.store.add(request)
        return token, request.id

    def _name(self, caller: Caller, laboratory: str) -> None:
        """Names come proven, in bundles and on pages: master data of it, where there is none yet."""
        size = self.capture.log.tail().size
        if not self.capture.log.tips_at([master_id(laboratory)], size):
            known = self.laboratory(laboratory)
            said = {"zh": known.zh, "en": known.en}
            named = {"id": laboratory, "type": "Organization", "name": said}
            self.masters.record(caller, [("", named)])

    def _product(self, thing: str) -> dict[str, str] | None:
        """What people call the product of a lot, or a season."""
        name = product_of(thing) or thing
        found = names_of(self.judge.masters(PUBLIC, {name}).get(name, {}).get("name"))
        return {"zh": found.zh, "en": found.en} if found else None

    def _token(self) -> str:
        return urlsafe_b64encode(self.chance.octets(32)).decode().rstrip("=")


def asked_in(told: Mapping[str, Any]) -> Asked:
    """Of a request as it was told; Refused for what is none to be answered so."""
    if told.get("suyuan") != VERSION or told.get("purpose") not in ("test", "certificate"):
        raise Refused("this is no request for a test or a certificate")
    return Asked(
        told["id"], told["purpose"], told["subject"], tuple(told["asked"]["items"]),
        told["laboratory"]["zh"], told["base"],
    )  # fmt: skip


def ground_of(today: date, base: str) -> Ground:
    """What is known of the farm where a laboratory fills its answer: nothing but the day."""
    return Ground(today, base)


def _day(time: str) -> str:
    """The day in China: at the end of one, UTC's is another."""
    return local_day(time, _HERE).isoformat()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

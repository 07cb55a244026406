"""Brands and who may use them: applied for, granted, suspended, withdrawn, each step a record.

Everything is read from the log when it is asked for: what was recorded a moment ago counts at once.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from suyuan.core import private
from suyuan.core.brand.authorisation import (
    STEP,
    Authorisation,
    State,
    Step,
    Terms,
    check_step,
    is_authorising,
    parse_authorisation,
    step_event,
)
from suyuan.core.content import decode_content
from suyuan.core.errors import (
    Conflict,
    Forbidden,
    Malformed,
    Many,
    NotFound,
    Refused,
    SuyuanError,
)
from suyuan.core.rules.case import HERE
from suyuan.core.story_values import Names, local_day, names_of, text_of
from suyuan.core.touches import master_id
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.newest import newest_masters
from suyuan.flow.prove import Prover
from suyuan.ports.codes import CodeStore
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.outside import Clock, Randomness

_ALL = 1 << 62
_AT_ONCE = 1_000
_BRAND = b'"type":"Brand"'
LONGEST, LONGEST_NAME = 2_000, 200


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand as its newest master data has it."""

    id: str
    names: Names
    owner: str
    """The organisation that grants."""
    master: Mapping[str, Any] = field(hash=False)


@dataclass(slots=True)
class Brands:
    """The verbs on brands and authorisations. Reading needs no key."""

    store: CodeStore
    log: LogStore
    capture: Capture
    prover: Prover
    accounts: Accounts
    randomness: Randomness
    clock: Clock
    base: str
    _ids: dict[str, None] = field(default_factory=dict)
    _read: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # -- brands ------------------------------------------------------------------------------------

    def all(self) -> list[Brand]:
        """Every brand that there is, by name."""
        with self._lock:
            while batch := self.log.master_records(self._read, limit=_AT_ONCE):
                for stored in batch:
                    self._read = stored.index + 1
                    if stored.content is not None and _BRAND in stored.content:
                        self._ids[str(decode_content(stored.content).value["id"])] = None
            ids = list(self._ids)
        return sorted(self.brands(ids).values(), key=lambda one: one.names)

    def brands(self, ids: Collection[str]) -> dict[str, Brand]:
        """Those of these that are brands."""
        names = {master_id(one): one for one in ids}
        newest = newest_masters(self.log, self.log.tips_at(set(names), _ALL), _ALL)
        found: dict[str, Brand] = {}
        for name, record in newest.items():
            if record.content is None or record.kind != "master":
                continue
            master = decode_content(record.content).value
            if master.get("type") == "Brand":
                brand = names[name]
                short = brand.rstrip("/").rsplit("/", 1)[-1]
                owner = master.get("owner")
                found[brand] = Brand(
                    brand, names_of(master.get("name")) or Names(short, short),
                    owner if isinstance(owner, str) else record.owner, master,
                )  # fmt: skip
        return found

    def brand(self, brand_id: str) -> Brand:
        """NotFound where nobody recorded such a brand."""
        found = self.brands([brand_id]).get(brand_id)
        if found is None:
            raise NotFound("there is no brand {id}", path="/brand", id=brand_id[:200])
        return found

    # -- authorisations ----------------------------------------------------------------------------

    def authorisations(
        self, viewer: Viewer = PUBLIC, *, brand: str | None = None, organisation: str | None = None,
        organisations: Collection[str] | None = None,
    ) -> list[Authorisation]:  # fmt: skip
        """All, or those of a brand or an applicant; the newest applications first."""
        indices = self.store.rights(brand=brand)
        found = self._fold(viewer, indices)
        return [
            one
            for one in sorted(found.values(), key=lambda a: -a.applied.index)
            if brand in (None, one.terms.brand)
            and organisation in (None, one.terms.organisation)
            and (organisations is None or one.terms.organisation in organisations)
        ]

    def some(self, ids: Collection[str], viewer: Viewer = PUBLIC) -> dict[str, Authorisation]:
        """Those of these that were applied for."""
        return self._fold(viewer, self.store.rights(authorisations=ids))

    def one(self, authorisation: str, viewer: Viewer = PUBLIC) -> Authorisation:
        """NotFound where nobody applied for it."""
        found = self.some([authorisation], viewer).get(authorisation)
        if found is None:
            raise NotFound("there is no authorisation {id}", id=authorisation[:200])
        return found

    def valid(self, organisation: str, brand: str, product: str, day: date) -> list[Authorisation]:
        """What is granted and in its period on a day."""
        return [
            one
            for one in self.authorisations(brand=brand, organisation=organisation)
            if one.terms.product == product and one.standing(day) == "granted"
        ]

    def as_granted(self, brand: str) -> list[dict[str, Any]]:
        """The times for which a brand was granted, as rule 10 reads them from its master data."""
        return [
            {
                **terms.as_json("granted"),
                "products": [terms.product],
                "from": first.isoformat(),
                "to": last.isoformat(),
            }
            for one in self.authorisations(brand=brand)
            for first, last, terms in one.spans()
        ]

    def newest(self) -> int:
        """How far authorisations have come: what was judged before this changed is judged anew."""
        return self.store.newest_right()

    @property
    def step(self) -> str:
        return f"{self.base}voc/{STEP}"

    @property
    def today(self) -> date:
        return local_day(self.clock.now(), HERE)

    def _fold(self, viewer: Viewer, indices: Iterable[int]) -> dict[str, Authorisation]:
        steps: dict[str, list[Step]] = {}
        for _, stored in sorted(self.log.records(list(indices)).items()):
            read = self._step(viewer, stored)
            if read is not None:
                steps.setdefault(read[0], []).append(read[1])
        return {name: Authorisation(name, tuple(of)) for name, of in steps.items()}

    def _step(self, viewer: Viewer, stored: StoredRecord) -> tuple[str, Step] | None:
        if stored.kind != "event" or stored.content is None:
            return None
        value = decode_content(stored.content).value
        if not is_authorising(value):
            return None
        try:
            state, terms = parse_authorisation(value.get("suyuan:authorisation"))
        except Malformed:
            return None
        _, disclosures = self.prover.shown(viewer, stored, value)
        person = private.reveal(dict(value), list(disclosures)).get("suyuan:person")
        name = person.get("name") if isinstance(person, Mapping) else None
        return str(value["epcList"][0]), Step(
            stored.index, state, terms, stored.owner, stored.record_time,
            text_of(value.get("suyuan:reason")) or "", name if isinstance(name, str) else "",
        )  # fmt: skip

    # -- steps -------------------------------------------------------------------------------------

    def apply(
        self, caller: Caller, terms: Terms, *, person: str, typed_by: str | None = None
    ) -> str:
        """Apply; the authorisation's URI."""
        caller.require("recorder", "regulator", "administrator")
        name = f"{self.base}authorisation/{uuid.uuid4()}"
        self.turn(caller, name, "applied", terms=terms, person=person, typed_by=typed_by)
        return name

    def turn(
        self,
        caller: Caller,
        authorisation: str,
        state: State,
        *,
        person: str,
        reason: str = "",
        terms: Terms | None = None,
        typed_by: str | None = None,
    ) -> int:
        """Record a step; its index. Suspending and withdrawing say why."""
        caller.require("recorder", "regulator", "administrator")
        problems: list[SuyuanError] = []
        if not person.strip():
            problems.append(Refused("say who answers for it", path="/person"))
        if state in ("suspended", "withdrawn") and not reason.strip():
            problems.append(Refused("say why: it is shown to all", path="/reason"))
        for name, text, most in (("person", person, LONGEST_NAME), ("reason", reason, LONGEST)):
            if len(text) > most:
                problems.append(Refused("at most {most} characters", path=f"/{name}", most=most))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        terms = terms or self.one(authorisation).terms
        event = step_event(
            authorisation, state, terms, owner=self.brand(terms.brand).owner, time=self.clock.now(),
            base=self.base, event_id=f"urn:uuid:{uuid.uuid4()}", reason=reason.strip(),
            person=person.strip(),
        )  # fmt: skip
        if typed_by is not None:
            event["suyuan:recordedBy"] = typed_by
        return self.capture.events(caller, [Incoming(event)])[0]

    def check(
        self, signer: str, event: Mapping[str, Any], before: Sequence[tuple[str, Step]] = ()
    ) -> tuple[str, Step]:
        """Raise unless this event may be the next step of its authorisation, whatever way it comes in;
        what it would be, else. ``before``: steps that come with it, not recorded yet."""
        state, terms = parse_authorisation(event.get("suyuan:authorisation"))
        if event.get("bizStep") != self.step:
            raise Malformed(
                "this is not as it should be; right is for example {example}",
                path="/bizStep", example=self.step,
            )  # fmt: skip
        names = event.get("epcList")
        if not isinstance(names, list) or len(names) != 1 or event.get("quantityList"):
            raise Malformed("an authorisation's event names it alone, in epcList", path="/epcList")
        name = str(names[0])
        known = self.some([name]).get(name)
        steps = [*(known.steps if known else ()), *(s for n, s in before if n == name)]
        owner = self.brand(terms.brand).owner
        try:
            check_step(steps, state, terms, signer=signer, owner=owner)
        except (Conflict, Forbidden) as problem:
            raise problem.at("/suyuan:authorisation") from None
        now = self.clock.now()
        return name, Step(_ALL, state, terms, signer, now, "")


__all__ = ["Brand", "Brands"]

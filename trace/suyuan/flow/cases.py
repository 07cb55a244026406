"""Reports from the public: taken without an account, kept erasable, answered within their time.

What strangers write is no record: it is nobody's signed word, and must be erasable. What it leads to, a
hold or a recall, is a record (docs/decisions/0026).
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from suyuan.core.cases import (
    CODE,
    KINDS,
    LONGEST,
    LONGEST_CONTACT,
    NEVER,
    OUTCOMES,
    STATE_WORDS,
    STATES,
    Outcome,
    State,
    due,
    may_move,
    number_of,
    number_typed,
    written,
)
from suyuan.core.content import decode_content
from suyuan.core.errors import (
    Conflict,
    Many,
    NotFound,
    Refused,
    SuyuanError,
    TooOften,
    Unavailable,
)
from suyuan.core.identifiers import product_of
from suyuan.core.people import code_typed, letters_of
from suyuan.core.sealed import PHOTO, WORDS
from suyuan.core.story_values import local_day
from suyuan.core.timestamps import from_datetime
from suyuan.core.visibility import PUBLIC, covers
from suyuan.flow.accounts import Accounts
from suyuan.flow.issue import Issuer
from suyuan.flow.newest import newest_masters
from suyuan.flow.prove import Prover
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.cases import Case, CaseFile, CaseQuery, CaseStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Chance, Clock, Vault
from suyuan.ports.people import AttemptStore

MOST_PHOTO = 8 * 1024 * 1024
"""Bytes of a photo that is taken: what phones make, and far from what would hurt."""
MOST_BUNDLE = 16 * 1024 * 1024
_HERE = "+08:00"
_DAY = 86_400.0
OPEN: tuple[State, ...] = ("received", "looking")


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks at cases: an organisation, or an authority over its area (``area``)."""

    organisation: str
    county: str
    area: bool
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """A case with its words, for who may see them."""

    case: Case
    text: str
    contact: str
    files: tuple[str, ...]
    overdue: str
    """"received" or "answer": which time limit is past; "": none."""


@dataclass(slots=True)
class Cases:
    """The verbs."""

    store: CaseStore
    attempts: AttemptStore
    log: LogStore
    prover: Prover
    issuer: Issuer
    accounts: Accounts
    book: RuleBook
    vault: Vault
    chance: Chance
    clock: Clock

    # -- from the public ---------------------------------------------------------------------------

    def form(self) -> str:
        """What a form carries so that sending it twice makes one case."""
        return self.chance.octets(16).hex()

    def admit(self, address: str, subject: str) -> None:
        """TooOften for an address that reported much today, or a thing that a flood is about. The
        address is kept as a keyed digest, for a day."""
        now = self._now()
        for key, free, longest in (
            (b"report\0" + address.encode(), 5, 3600.0),
            (b"reported\0" + subject.encode(), 100, 60.0),
        ):
            waits = self.attempts.begin(
                self.vault.digest(key), now, free=free, longest=longest, forget=_DAY
            )
            if waits > 0:
                raise TooOften(
                    "too many reports from here today; wait {seconds} seconds, then send it again",
                    seconds=int(waits) + 1,
                )

    def forgive(self, address: str, subject: str) -> None:
        """A form that was not filled in right is no report: neither of who sent it, nor of the thing,
        about which others could not report any more."""
        for key in (b"report\0" + address.encode(), b"reported\0" + subject.encode()):
            self.attempts.forgive(self.vault.digest(key), 1)

    def report(
        self,
        *,
        subject: str,
        serial: str = "",
        kind: str,
        text: str,
        contact: str = "",
        photo: bytes = b"",
        once: str = "",
    ) -> tuple[Case, str]:
        """Open a case; it, and the word that the reporter looks it up with. ``photo`` was made anew
        already (adapters/picture.py). Many with every mistake at its field."""
        problems: list[SuyuanError] = []
        if kind not in KINDS:
            problems.append(Refused("choose what it is about", path="/kind"))
        said = {}
        for name, given, most in (("text", text, LONGEST), ("contact", contact, LONGEST_CONTACT)):
            try:
                said[name] = written(given, most)
            except Refused as problem:
                problems.append(problem.at(f"/{name}"))
        if "text" in said and not said["text"]:
            problems.append(Refused("say what is wrong", path="/text"))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        organisation = self.answers_for(subject)
        if organisation is None:
            raise NotFound(
                "nothing is recorded of {subject}", path="/subject", subject=subject[:200]
            )
        seed = bytes.fromhex(once) if len(once) == 32 and _is_hex(once) else self.chance.octets(16)
        now = self.clock.now()
        limits = self.book.tables()
        today = local_day(now, _HERE)
        receive, answer = (
            due(now, int(found[0])) if (found := limits.threshold(name, today)) else NEVER
            for name in ("caseReceiveDays", "caseAnswerDays")
        )
        # Both follow from the form: the same form sent again is answered with the same two.
        code = letters_of(self._of(seed, b"code"))[:CODE]
        number = number_of(today.isoformat(), self._of(seed, b"number"))
        files = []
        if photo:
            sealed = self.vault.close(PHOTO, number, photo)
            files.append(CaseFile(number, "photo", "image/jpeg", sealed))
        bundle = self._bundle(subject, serial)
        if bundle:
            files.append(CaseFile(number, "bundle", "application/gzip", bundle))
        words = self.vault.close(WORDS, number, json.dumps(said, ensure_ascii=False).encode())
        case = Case(
            number, self._code(number, code), self._of(seed, b"once"), organisation,
            self.accounts.county_of(organisation), subject, serial, kind, words, "received", "",
            now, receive, answer,
        )  # fmt: skip
        kept = self.store.add(case, files)
        return kept, code

    def look_up(self, number: str, code: str, address: str) -> Case:
        """The case for who reported it; NotFound, with the same words whichever of the two is wrong."""
        now = self._now()
        place = self.vault.digest(b"look-up\0" + address.encode())
        waits = self.attempts.begin(place, now, free=10, longest=900.0, forget=_DAY)
        if waits > 0:
            raise TooOften(
                "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
            )
        known = number_typed(number)
        case = self.store.get(known)
        given = self._code(known, code_typed(code))
        if case is None or not hmac.compare_digest(case.code, given):
            raise NotFound("there is no report with this number and word", path="/number")
        self.attempts.forgive(place, 1)
        return case

    def answers_for(self, subject: str) -> str | None:
        """Who answers for a thing: the owner of its product, else who first recorded anything of it."""
        size = self.log.tail().size
        product = product_of(subject)
        tips = self.log.tips_at([f"{product}#master"], size) if product else {}
        touched = self.log.touched([subject], size=size, extends_only=True).get(subject, [])
        if not touched:
            return None
        for stored in newest_masters(self.log, tips, size).values():
            owner = None
            if stored.content is not None:
                owner = decode_content(stored.content).value.get("owner")
            named = owner if isinstance(owner, str) else stored.owner
            if self.accounts.store.organisation(named) is not None:
                return named
        first = min(touched)
        return self.log.records([first])[first].owner

    # -- for who answers ---------------------------------------------------------------------------

    def scope(self, looker: Looker) -> Collection[str]:
        """The organisations whose cases somebody sees."""
        if not looker.area:
            return (looker.organisation,)
        return [
            one.id
            for one in self.accounts.store.organisations()
            if covers(looker.county, one.county)
        ]

    def list(
        self, looker: Looker, *, states: Collection[State] = (), overdue: bool = False,
        limit: int = 50, skip: int = 0,
    ) -> tuple[int, list[Told]]:  # fmt: skip
        """How many there are, and some of them, the newest first; without their words."""
        query = CaseQuery(
            self.scope(looker), states, self.clock.now() if overdue else "", "", limit, skip
        )
        found = self.store.list(query)
        return self.store.count(query), [Told(one, "", "", (), self.overdue(one)) for one in found]

    def count_overdue(self, organisations: Collection[str]) -> int:
        return self.store.count(CaseQuery(organisations, (), self.clock.now()))

    def waiting(self, organisations: Collection[str]) -> int:
        """How many wait for an answer."""
        return self.store.count(CaseQuery(organisations, OPEN))

    def get(self, looker: Looker, number: str) -> Told:
        """One case with its words; NotFound for who may not see it."""
        case = self._seen(looker, number)
        said = {"text": "", "contact": ""}
        if case.words:
            said = json.loads(self.vault.open(WORDS, case.number, case.words))
        files = tuple(self.store.files(case.number))
        return Told(case, said["text"], said["contact"], files, self.overdue(case))

    def file(self, looker: Looker, number: str, name: str) -> CaseFile:
        """The photo as JPEG, or the bundle as it was at the time of the report; NotFound else."""
        case = self._seen(looker, number)
        found = self.store.file(case.number, name)
        if found is None:
            raise NotFound("nothing of this kind is kept with the case")
        if name == "photo":
            return replace(found, body=self.vault.open(PHOTO, case.number, found.body))
        return replace(found, body=gzip.decompress(found.body), media_type="application/json")

    def move(
        self,
        looker: Looker,
        number: str,
        state: str,
        *,
        answer: str = "",
        outcome: str = "",
        records: Collection[int] = (),
    ) -> Case:
        """Take a case one step on. An answer is shown to who reported it; nothing is closed without one.

        ``records``: holds or recalls recorded elsewhere, as ends of the case. Refused, at its field, for
        a step that leads nowhere and for any other record; then nothing is changed.
        """
        case = self._seen(looker, number)
        ends = sorted({*json.loads(case.records), *self._ends(looker, case, records)})
        if state not in STATES or not may_move(case.state, state):
            raise Refused(
                "a case that is {before} cannot be {after}", path="/state",
                before=STATE_WORDS[case.state],
                after=STATE_WORDS[state] if state in STATES else state[:20],
            )  # fmt: skip
        try:
            said = written(answer, LONGEST)
        except Refused as problem:
            raise problem.at("/answer") from None
        if state in ("answered", "closed") and not (said or case.answer):
            raise Refused("say what was found: who reported it reads this", path="/answer")
        if state == "closed":
            if outcome not in OUTCOMES:
                raise Refused("choose how it ended", path="/outcome")
            if outcome == "recall" and not ends:
                raise Refused(
                    "no hold or recall was started from this case; start it here first",
                    path="/outcome",
                )
        now = self.clock.now()
        moved = replace(
            case,
            state=state,
            records=json.dumps(ends),
            answer=said or case.answer,
            outcome=cast(Outcome, outcome) if state == "closed" else "",
            received_at=case.received_at or now,
            answered_at=case.answered_at or (now if said else ""),
            closed_at=now if state == "closed" else "",
            history=self._noted(case, looker, state),
        )
        self.store.put(moved)
        return replace(moved, version=case.version + 1)

    def _ends(self, looker: Looker, case: Case, indices: Collection[int]) -> Collection[int]:
        """The same; Refused, at its place, for what is no hold or recall of the looker's or of the
        case's organisation, and for one of something that what was reported does not come from."""
        if not indices:
            return ()
        stored = self.log.records(list(indices))
        size, serial = self.log.tail().size, case.serial or None
        near = self.prover.gather(case.subject, size, serial).extends
        for place, index in enumerate(indices):
            record = stored.get(index)
            event = (
                decode_content(record.content).value
                if record is not None and record.kind == "event" and record.content is not None
                else {}
            )
            held = event.get("disposition") in ("recalled", "non_sellable_other")
            if record is None or record.owner not in (looker.organisation, case.organisation) or not (
                held and event.get("bizStep") == "holding"
            ):  # fmt: skip
                raise Refused(
                    "record {index} is no hold or recall of yours",
                    path=f"/records/{place}",
                    index=index,
                )
            if index not in near:
                raise Refused(
                    "record {index} is about something else than what was reported",
                    path=f"/records/{place}",
                    index=index,
                )
        return indices

    def concerned(self, looker: Looker, number: str, roots: Collection[str]) -> None:
        """Refused unless what was reported is one of these things or comes from one of them: a hold or
        recall of anything else is no end of this case, whatever a form was changed to."""
        case = self._seen(looker, number)
        size, serial = self.log.tail().size, case.serial or None
        if not self.prover.gather(case.subject, size, serial).members & set(roots):
            raise Refused(
                "report {number} is about something else, which comes from none of these; start from"
                " what was reported, or from what it was made from",
                path="/things",
                number=case.number,
            )

    def ended_in(self, looker: Looker, number: str, indices: Collection[int]) -> None:
        """A hold or recall that was started from a case is one of its ends."""
        case = self._seen(looker, number)
        records = sorted({*json.loads(case.records), *indices})
        state: State = "looking" if case.state == "received" else case.state
        self.store.put(replace(
            case, records=json.dumps(records), state=state,
            received_at=case.received_at or self.clock.now(),
            history=self._noted(case, looker, "acted"),
        ))  # fmt: skip

    def erase(self, looker: Looker, number: str) -> None:
        """Words, photo and bundle are deleted; number, dates and state stay."""
        case = self._seen(looker, number)
        if case.state != "closed":
            raise Conflict("close the case first: its words are needed to answer it")
        self.store.erase(case.number)

    def collect(self) -> int:
        """Delete what strangers wrote in cases that were closed long ago; how many."""
        now = self.clock.now()
        days = self.book.tables().threshold("caseKeepDays", local_day(now, _HERE))
        if days is None:
            return 0
        before = from_datetime(datetime.fromisoformat(now) - timedelta(days=int(days[0])))
        numbers = self.store.closed_before(before)
        for number in numbers:
            self.store.erase(number)
        return len(numbers)

    def overdue(self, case: Case) -> str:
        now = self.clock.now()
        if case.state in OPEN and case.answer_by < now:
            return "answer"
        return "received" if case.state == "received" and case.receive_by < now else ""

    # -- within ------------------------------------------------------------------------------------

    def _seen(self, looker: Looker, number: str) -> Case:
        try:
            case = self.store.get(number_typed(number))
        except Refused:
            case = None
        if case is None or not (
            case.organisation == looker.organisation
            or (looker.area and covers(looker.county, case.county))
        ):
            raise NotFound("there is no case {number}", number=number[:40])
        return case

    def _noted(self, case: Case, looker: Looker, what: str) -> str:
        history: list[dict[str, Any]] = json.loads(case.history)
        history.append({"at": self.clock.now(), "who": looker.organisation, "what": what})
        return json.dumps(history)

    def _bundle(self, subject: str, serial: str) -> bytes:
        """Everybody's bundle as it is now; b"" where nothing of it is sealed yet, or it is too large."""
        try:
            made = self.prover.bundle(PUBLIC, subject, serial=serial or None)
        except (Unavailable, NotFound, Conflict):
            return b""
        return gzip.compress(made, 6, mtime=0) if len(made) <= MOST_BUNDLE else b""

    def _of(self, seed: bytes, what: bytes) -> bytes:
        key = self.vault.digest(b"case\0" + what + b"\0" + seed)
        return b"".join(hashlib.sha256(key + bytes([n])).digest() for n in range(2))

    def _code(self, number: str, code: str) -> bytes:
        return self.vault.digest(b"case-code\0" + number.encode() + b"\0" + code.encode())

    def _now(self) -> float:
        return datetime.fromisoformat(self.clock.now()).timestamp()


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdef" for char in text)


__all__ = ["MOST_PHOTO", "Cases", "Looker", "Told"]

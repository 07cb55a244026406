"""Readings of codes: counted in memory, added to the store each second, looked at for what does not fit.

A page never waits for a write. What was counted since the last look is lost with a process that is
killed; nothing of it was ever acknowledged to anybody (docs/decisions/0024).
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import structlog

from suyuan.core.brand.authorisation import Standing
from suyuan.core.brand.codes import State
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused, SuyuanError
from suyuan.core.lineage.flows import Way
from suyuan.core.rules.case import HERE
from suyuan.core.scans import PROVINCES, Scoring, assess, on
from suyuan.core.scans import Reading as Read
from suyuan.core.story_values import Names, local_day, names_of
from suyuan.flow.brands import LONGEST, LONGEST_NAME
from suyuan.flow.codes import Codes
from suyuan.flow.rulebook import RuleBook
from suyuan.ports.codes import CodeStore, Day, Reading, ScanCase, ScanStore, Seen
from suyuan.ports.outside import Clock

FLUSH_SECONDS = 1.0
_MOST_KNOWN = 20_000
_MOST_TOKENS = 100_000
_MOST_RIGHTS = 1_000
_RENAMED = 10.0
"""Seconds after which a brand's name is read again."""
_FRESH = 2.0
"""Seconds for which a count that was read is shown again: another service may have counted too."""

_log = structlog.get_logger()


class Pack(NamedTuple):
    """A code that is read."""

    code: str
    """Object id of the pack: GTIN and serial."""
    lot: str
    serial: str
    owner: str
    """Who issued it, or began the pack."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of a code itself."""

    state: State | None
    """None: not issued by a record of ours, so nothing is known of it."""
    seen: int
    first: date | None
    """The day on which it was first read."""
    odd: tuple[str, ...]
    """Why a case about it is open (core.scans.REASONS), in that order; () where none is."""
    right: Standing | None = None
    """How the right to its brand stands; None for a code that was issued under none."""
    brand: Names | None = None
    since: date | None = None
    """Of the last step of the right."""
    reason: str = ""
    token: str = ""
    """To tell a county with, once; "" where the reading was not counted."""


class _Right(NamedTuple):
    """A right as it stood when ``newest`` was the newest step of any."""

    newest: int
    at: float
    right: Standing | None = None
    brand: Names | None = None
    since: date | None = None
    reason: str = ""


@dataclass(slots=True)
class _Known:
    stored: Seen | None
    at: float
    fresh: int = 0
    """Counted here, not in the store yet."""
    first: str = ""
    odd: tuple[str, ...] = ()
    lot: str = ""
    owner: str = ""


@dataclass(slots=True)
class _Sum:
    lot: str
    owner: str
    seen: int
    first_at: str
    last_at: str


@dataclass(slots=True)
class Scans:
    """Safe to share between threads."""

    store: ScanStore
    issued: CodeStore
    codes: Codes
    book: RuleBook
    clock: Clock
    digest: Callable[[bytes], bytes]
    scoring: Sequence[Scoring]
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _sums: dict[tuple[str, str, str], _Sum] = field(default_factory=dict)
    _rights: dict[str, _Right] = field(default_factory=dict)
    _used: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _flushing: threading.Lock = field(default_factory=threading.Lock)

    def told(self, pack: Pack, *, counted: bool) -> Told:
        """What the page of a code says of it; ``counted``: this is a person reading it."""
        found = self.issued.found(pack.lot, pack.serial)
        owner = found.owner if found else pack.owner
        now = self.clock.now()
        known = self._look(pack.code)
        with self._lock:
            if counted:
                self._add(pack.code, "", pack.lot, owner, 1, now)
                known.fresh += 1
                known.first = known.first or now
                known.lot, known.owner = pack.lot, owner
            stored = known.stored
            first = min(filter(None, (stored.first_at if stored else "", known.first)), default="")
            seen = known.fresh + (stored.seen if stored else 0)
        told = Told(
            found.state if found else None, seen, local_day(_moment(first), HERE) if first else None,
            known.odd, token=self._token(pack.code, now) if counted else "",
        )  # fmt: skip
        return (
            self._with_right(told, found.authorisation) if found and found.authorisation else told
        )

    def _with_right(self, told: Told, authorisation: str) -> Told:
        """The right to its brand as it stands now: read again once any right has changed."""
        brands = self.codes.brands
        newest, now = brands.newest(), time.monotonic()
        known = self._rights.get(authorisation)
        if known is None or known.newest != newest or now - known.at > _RENAMED:
            known = self._rights[authorisation] = self._right(authorisation, newest, now)
            while len(self._rights) > _MOST_RIGHTS:
                self._rights.pop(next(iter(self._rights)), None)
        return replace(
            told, right=known.right, brand=known.brand, since=known.since, reason=known.reason
        )

    def _right(self, authorisation: str, newest: int, now: float) -> _Right:
        brands = self.codes.brands
        one = brands.some([authorisation]).get(authorisation)
        if one is None:
            return _Right(newest, now)
        found, last = brands.brands([one.terms.brand]).get(one.terms.brand), one.steps[-1]
        names = found.names if found else None
        return _Right(newest, now, one.state, names, local_day(last.time, HERE), last.reason)

    def place(self, code: str, token: str, county: str) -> None:
        """A reader tells from which county: his reading moves there. Once for each reading."""
        if county not in PROVINCES and county not in self.counties():
            raise Refused("choose a county or province from the list", path="/county")
        now = self.clock.now()
        nonce, day = self._nonce(code, token, now)
        with self._lock:
            if nonce in self._used:
                raise Refused("this reading's county was told already", path="/token")
            self._used[nonce] = None
            while len(self._used) > _MOST_TOKENS:
                self._used.popitem(last=False)
        found = self.store.seen(code)
        with self._lock:
            known = self._known.get(code)
            if found is None and known is None:
                raise NotFound("this code was not read")
            lot = found.lot if found else known.lot if known else ""
            owner = found.owner if found else known.owner if known else ""
            # The reading itself is counted already: it moves from nowhere to there, on its own day.
            self._add(code, "", lot, owner, -1, now, day)
            self._add(code, county, lot, owner, 1, now, day)

    def counties(self) -> dict[str, Names]:
        """Counties that can be told, by code in force today."""
        today = local_day(self.clock.now(), HERE)
        return {
            str(row.values.get("code")): names_of(row.values.get("name")) or Names("", "")
            for row in self.book.tables().on("counties", today)
        }

    def name_of(self, county: str) -> Names:
        """A county's or province's name; its code where nobody knows more."""
        return self.counties().get(county) or PROVINCES.get(county) or Names(county, county)

    # -- the store ---------------------------------------------------------------------------------

    def flush(self) -> None:
        """Add what was counted to the store, and look at the codes that were read."""
        with self._flushing:
            with self._lock:
                sums, self._sums = self._sums, {}
            if not sums:
                return
            readings = [
                Reading(code, one.lot, one.owner, day, county, one.seen, one.first_at, one.last_at)
                for (code, day, county), one in sums.items()
            ]
            try:
                self.store.add(readings)
            except SuyuanError:
                with self._lock:
                    for one in readings:
                        self._put(one)
                raise
            with self._lock:
                for one in readings:
                    known = self._known.get(one.code)
                    if known is not None:
                        known.fresh -= one.seen
                        known.at = 0.0
            for code in dict.fromkeys(one.code for one in readings):
                self._assess(code, readings)

    def _assess(self, code: str, readings: Iterable[Reading]) -> None:
        scoring = on(self.scoring, local_day(self.clock.now(), HERE))
        if scoring is None:
            return
        own = next((one for one in readings if one.code == code and one.owner), None)
        if own is None:
            return
        serial = code.rpartition("/21/")[2]
        found = self.issued.found(own.lot, serial)
        sold, gone = self._left(code)
        why = assess(
            [Read(*one) for one in self.store.days(code)], scoring,
            state=found.state if found else None, sold_at=sold, gone_at=gone,
        )  # fmt: skip
        if why:
            now = self.clock.now()
            case = ScanCase(
                uuid.uuid4().hex[:12], code, own.lot, own.owner, why, now, now, "open"
            )  # fmt: skip
            if self.store.raise_case(case):
                _log.warning("a code is read where or when it should not be", reasons=list(why))
            with self._lock:
                if (known := self._known.get(code)) is not None:
                    known.at = 0.0

    def _left(self, code: str) -> tuple[str | None, str | None]:
        """When the pack was sold, and when it was destroyed, as far as is recorded of it itself."""
        lineage = self.codes.lineage
        numbers = lineage.numbers([code])
        if code not in numbers:
            return None, None
        lines = lineage.of_things([numbers[code]], [int(Way.SOLD), int(Way.GONE)])
        facts = lineage.facts([line.index for line in lines])

        def first(way: Way) -> str | None:
            return min((facts[one.index].time for one in lines if one.way == way), default=None)

        return first(Way.SOLD), first(Way.GONE)

    # -- cases -------------------------------------------------------------------------------------

    def case(
        self, case_id: str, owners: Collection[str]
    ) -> tuple[ScanCase, list[Day], Seen | None]:
        """A case with its readings; NotFound where it is none of these organisations'."""
        found = self.store.case(case_id)
        if found is None or found.owner not in owners:
            raise NotFound("there is no case {id}", id=case_id[:40])
        return found, self.store.days(found.code), self.store.seen(found.code)

    def close(self, case_id: str, owners: Collection[str], *, person: str, note: str) -> None:
        """Somebody looked into it; Refused without saying what was found."""
        found, _, _ = self.case(case_id, owners)
        if not person.strip():
            raise Refused("say who answers for it", path="/person")
        if len(note.strip()) < 4:
            raise Refused("say what you found, in a sentence", path="/note")
        for name, text, most in (("note", note, LONGEST), ("person", person, LONGEST_NAME)):
            if len(text) > most:
                raise Refused("at most {most} characters", path=f"/{name}", most=most)
        if not self.store.close_case(
            found.id, person=person.strip(), note=note.strip(), at=self.clock.now()
        ):
            raise Refused("this case is closed already", path="/note")
        with self._lock:
            if (known := self._known.get(found.code)) is not None:
                known.at = 0.0

    # -- within ------------------------------------------------------------------------------------

    def _look(self, code: str) -> _Known:
        now = time.monotonic()
        with self._lock:
            known = self._known.get(code)
            if known is not None and now - known.at < _FRESH:
                self._known.move_to_end(code)
                return known
        stored = self.store.seen(code)
        case = self.store.case_of(code) if stored is not None else None
        odd = case.reasons if case is not None and case.state == "open" else ()
        with self._lock:
            known = self._known.get(code)
            if known is None:
                known = self._known[code] = _Known(stored, now)
            known.stored, known.at, known.odd = stored, now, odd
            for name in list(self._known)[: max(0, len(self._known) - _MOST_KNOWN)]:
                if not self._known[name].fresh:
                    del self._known[name]
        return known

    def _add(
        self, code: str, county: str, lot: str, owner: str, seen: int, now: str, day: str = ""
    ) -> None:
        day, minute = day or _today(now).isoformat(), now[:16] + "Z"
        self._put(Reading(code, lot, owner, day, county, seen, minute, minute))

    def _put(self, one: Reading) -> None:
        key = one.code, one.day, one.county
        known = self._sums.get(key)
        if known is None:
            self._sums[key] = _Sum(one.lot, one.owner, one.seen, one.first_at, one.last_at)
        else:
            known.seen += one.seen
            known.first_at = min(known.first_at, one.first_at)
            known.last_at = max(known.last_at, one.last_at)

    def _token(self, code: str, now: str) -> str:
        nonce = secrets.token_bytes(9)
        return b64url(nonce + self._mark(nonce, code, _today(now).isoformat()))

    def _nonce(self, code: str, token: str, now: str) -> tuple[bytes, str]:
        """Of a token that we made for this code today or yesterday, and on which day; Forbidden
        otherwise."""
        try:
            given = unb64url(token)
        except Malformed:
            given = b""
        nonce, mark = given[:9], given[9:]
        today = _today(now)
        days = (today.isoformat(), date.fromordinal(max(1, today.toordinal() - 1)).isoformat())
        right = [hmac.compare_digest(mark, self._mark(nonce, code, day)) for day in days]
        if True not in right:
            raise Forbidden("this page is too old to tell a county with; scan the code again")
        return nonce, days[right.index(True)]

    def _mark(self, nonce: bytes, code: str, day: str) -> bytes:
        return self.digest(b"scan\0" + nonce + day.encode() + code.encode())[:12]


def _today(now: str) -> date:
    return local_day(now, HERE)


def _moment(minute: str) -> str:
    """``2026-11-26T13:05Z`` as the log writes times."""
    return minute if len(minute) == 24 else f"{minute[:16]}:00.000Z"


__all__ = ["FLUSH_SECONDS", "Pack", "Scans", "Told"]

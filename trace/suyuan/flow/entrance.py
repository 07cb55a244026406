"""Logging in: passwords, cards, one-time codes, the second factor, sessions, and how often one may try.

Whoever is refused is told the same, and after the same time, whether the name is known here or not.
"""

from __future__ import annotations

import hashlib
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from suyuan.core.errors import Conflict, Malformed, Refused, TooOften, Unauthenticated
from suyuan.core.people import (
    LEAST,
    LONGEST,
    PIN_DIGITS,
    account_of,
    code_shown,
    code_typed,
    is_weak_pin,
    normal,
)
from suyuan.core.timestamps import seconds_of
from suyuan.core.totp import step_of
from suyuan.flow.actors import Actor
from suyuan.flow.credentials import (
    Secrets,
    account_digest,
    card_digest,
    close_secrets,
    code_digest,
    letters,
    names_of,
    open_details,
    open_secrets,
)
from suyuan.flow.people import People
from suyuan.ports.people import AttemptStore, Means, Person, Session, Stage

HOUR, DAY = 3600.0, 86_400.0

IDLE_LONGEST = 14 * DAY
RECOVERY_CODES = 8
_SEEN_EVERY = 60.0
"""Seconds: a session notes no more often than this that it was used."""
NOTED_EVERY = 5.0
"""Seconds until it is written down: of a crash, so much is forgotten."""


def lifetimes(roles: frozenset[str]) -> tuple[float, float]:
    """Seconds that a session may stand unused, and in all: the more the role may do, the shorter."""
    if "administrator" in roles:
        return HOUR, 12 * HOUR
    if roles <= {"member"}:
        return IDLE_LONGEST, 30 * DAY
    return 12 * HOUR, 7 * DAY


@dataclass(frozen=True, slots=True)
class Started:
    """A log-in that got so far. ``token`` is the session's id: in the cookie, and nowhere else."""

    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class Entered:
    """A session in force, and who it is."""

    session: Session
    person: Person
    secrets: Secrets
    actor: Actor


@dataclass(slots=True)
class Entrance:
    """Verbs of logging in and out."""

    people: People
    attempts: AttemptStore
    _seen: dict[bytes, float] = field(default_factory=dict)
    """When sessions were seen, as far as it is not written down yet."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    # -- coming in -------------------------------------------------------------------------------

    def log_in(self, account: str, password: str, *, address: str, device: str) -> Started:
        """With name and password. Unauthenticated, or TooOften, whoever it is."""
        name = account_digest(self.people.vault, account_of(account)[:LONGEST])

        def checked() -> tuple[Person, Secrets] | None:
            person, secrets = self._find(name)
            known = secrets.password if secrets else None
            fits = self.people.passwords.check(known, normal(password)[:LONGEST])
            return (person, secrets) if fits and person and secrets else None

        person, secrets = self._tried(
            name, address, checked, Unauthenticated("the name or the password is not right")
        )
        return self._start(person, secrets, "password", device)

    def card(self, token: str, pin: str, *, address: str, device: str) -> Started:
        """With a card and its PIN."""
        name = card_digest(self.people.vault, token[:LONGEST])

        def checked() -> tuple[Person, Secrets] | None:
            person, secrets = self._find(name)
            known = secrets.pin if secrets else None
            fits = self.people.passwords.check(known, normal(pin).strip()[:LONGEST])
            members = person is not None and {role for _, role in person.roles} == {"member"}
            return (person, secrets) if fits and members and person and secrets else None

        # Six digits are few: the pause grows to a day, and only a right PIN ends it sooner.
        person, secrets = self._tried(
            name,
            address,
            checked,
            Unauthenticated("the PIN is not right, or this card was replaced by another one"),
            longest=DAY,
            forget=30 * DAY,
        )
        return self._start(person, secrets, "card", device)

    def code(self, account: str, code: str, *, address: str, device: str) -> Started:
        """With name and a one-time code, handed over or of one's own recovery codes. Each is used up;
        the password is void, and the next page asks for a new one."""
        name = account_digest(self.people.vault, account_of(account)[:LONGEST])
        typed = code_typed(code)[:LONGEST]

        def checked() -> tuple[Person, Secrets] | None:
            person, secrets = self._find(name)
            # As long as a password takes: nothing is learnt from the clock.
            self.people.passwords.check(None, typed)
            if person is None or secrets is None:
                return None
            given = code_digest(self.people.vault, person.id, typed)
            if secrets.code == given and secrets.code_until > self._now():
                used = replace(secrets, code=None)
            elif given in secrets.recovery:
                used = replace(secrets, recovery=_without(secrets.recovery, given))
            else:
                return None
            return self._write(person, replace(used, password=None))

        person, secrets = self._tried(
            name,
            address,
            checked,
            Unauthenticated(
                "the name or the code is not right, or the code was used or is too old"
            ),
        )
        self.people.sessions.end_all(person.id)
        return self._start(person, secrets, "code", device)

    def second(self, token: str, code: str, *, address: str) -> Started:
        """The second factor of a log-in under way: an app's code, or a recovery code."""
        session, person, secrets = self._under_way(token, "second")
        typed = code_typed(code)[:LONGEST]

        def checked() -> tuple[Person, Secrets] | None:
            assert secrets.totp is not None
            step = step_of(typed, secrets.totp, self._now(), after=secrets.totp_step)
            given = code_digest(self.people.vault, person.id, typed)
            if step is not None:
                return self._write(person, replace(secrets, totp_step=step))
            if given in secrets.recovery:
                kept = _without(secrets.recovery, given)
                return self._write(person, replace(secrets, recovery=kept))
            return None

        key = self.people.vault.digest(b"second\0" + person.id.encode())
        person, secrets = self._tried(
            key,
            address,
            checked,
            Unauthenticated(
                "the code is not right; it changes every 30 seconds, and each is taken once"
            ),
        )
        return self._rotate(session, _stage(secrets, session.means, second_done=True))

    def renew(self, token: str, password: str) -> tuple[Started, tuple[str, ...]]:
        """A password (or PIN) of one's own, after a one-time code (or on a new card); with it the
        recovery codes, where there are none yet."""
        session, person, secrets = self._under_way(token, "renew")
        codes: tuple[str, ...] = ()
        if session.means == "card":
            self._check_pin(password)
            hashed = self.people.passwords.hash(normal(password).strip())
            secrets = replace(secrets, pin=hashed, pin_own=True)
        else:
            secrets = self._with_password(person, secrets, password)
            if not secrets.recovery:
                codes, secrets = self._with_recovery(person, secrets)
        self._write(person, secrets)
        return self._rotate(session, "full"), codes

    # -- being in --------------------------------------------------------------------------------

    def entered(self, token: str) -> Entered | None:
        """The session behind a cookie, at whatever stage; None if there is none in force."""
        digest = _digest(token)
        session = self.people.sessions.get(digest)
        if session is None:
            return None
        person = self.people.store.get(session.person)
        now = self._now()
        if person is None or person.disabled_at is not None:
            return None
        idle, longest = lifetimes(frozenset(role for _, role in person.roles))
        session = self._with_seen(session, now, idle)
        if now >= min(session.until, session.created + longest, session.seen + idle):
            self.people.sessions.end(digest)
            return None
        organisation = session.organisation
        if organisation not in person.organisations:
            organisation = person.organisations[0]
        return Entered(
            session,
            person,
            open_secrets(self.people.vault, person),
            self.actor(person, organisation),
        )

    def actor(self, person: Person, organisation: str) -> Actor:
        """The person, acting for an organisation."""
        known = self.people.accounts.organisation(organisation)
        return Actor(
            person.id,
            self.people.uri(person.id),
            open_details(self.people.vault, person).name,
            organisation,
            known.county if known else "",
            person.roles_in(organisation),
        )

    def switch(self, entered: Entered, organisation: str) -> None:
        """Act for another organisation from now on."""
        if organisation not in entered.person.organisations:
            raise Refused("you have no role there")
        self.people.sessions.put(replace(entered.session, organisation=organisation))

    def log_out(self, token: str) -> None:
        self.people.sessions.end(_digest(token))

    def log_out_everywhere(self, entered: Entered) -> int:
        """End every other session; how many they were."""
        return self.people.sessions.end_all(entered.person.id, entered.session.digest)

    # -- one's own account -----------------------------------------------------------------------

    def change_password(self, entered: Entered, old: str, new: str) -> None:
        """Every other session ends."""
        person, secrets = self._again(entered, old)
        self._write(person, self._with_password(person, secrets, new))
        self.people.sessions.end_all(person.id, entered.session.digest)

    def change_pin(self, entered: Entered, old: str, new: str) -> None:
        """Every other session ends."""
        person, secrets = self._again(entered, old)
        self._check_pin(new)
        hashed = self.people.passwords.hash(normal(new).strip())
        self._write(person, replace(secrets, pin=hashed, pin_own=True))
        self.people.sessions.end_all(person.id, entered.session.digest)

    def new_recovery(self, entered: Entered, password: str) -> tuple[str, ...]:
        """Recovery codes; those of before are void."""
        person, secrets = self._again(entered, password)
        codes, secrets = self._with_recovery(person, secrets)
        self._write(person, secrets)
        return codes

    def begin_totp(self, entered: Entered) -> bytes:
        """The secret of a second factor to come; the same until it is confirmed."""
        if entered.secrets.pending is not None:
            return entered.secrets.pending
        pending = self.people.chance.octets(20)
        self._write(entered.person, replace(entered.secrets, pending=pending))
        return pending

    def confirm_totp(self, entered: Entered, code: str) -> None:
        """In force from now on: the app and this clock agree."""
        secrets = entered.secrets
        if secrets.pending is None:
            raise Refused("there is no second factor to confirm; begin again")
        step = step_of(code_typed(code), secrets.pending, self._now())
        if step is None:
            raise Malformed(
                "the code is not right; it changes every 30 seconds, and each is taken once",
                path="/code",
            )
        confirmed = replace(secrets, totp=secrets.pending, totp_step=step, pending=None)
        self._write(entered.person, confirmed)
        self.people.sessions.end_all(entered.person.id, entered.session.digest)

    def end_totp(self, entered: Entered, password: str) -> None:
        """No second factor any more."""
        person, secrets = self._again(entered, password)
        self._write(person, replace(secrets, totp=None, totp_step=-1, pending=None))

    # -- within ----------------------------------------------------------------------------------

    def _now(self) -> float:
        return seconds_of(self.people.clock.now())

    def _find(self, name: bytes) -> tuple[Person | None, Secrets | None]:
        person = self.people.store.find(name)
        if person is None or person.disabled_at is not None:
            return None, None
        return person, open_secrets(self.people.vault, person)

    def _tried(
        self,
        name: bytes,
        address: str,
        check: Callable[[], tuple[Person, Secrets] | None],
        wrong: Refused,
        *,
        longest: float = 900.0,
        forget: float = DAY,
    ) -> tuple[Person, Secrets]:
        """Run a check, where this name and this address may try again; Unauthenticated if it fails."""
        vault, now = self.people.vault, self._now()
        key, place = vault.digest(b"try\0" + name), vault.digest(b"from\0" + address.encode())
        waits = self.attempts.begin(place, now, free=30, longest=300.0, forget=HOUR)
        if waits == 0.0:
            waits = self.attempts.begin(key, now, free=5, longest=longest, forget=forget)
        if waits > 0.0:
            raise TooOften(
                "too many tries; wait {seconds} seconds, then try again", seconds=int(waits) + 1
            )
        found = check()
        if found is None:
            raise wrong
        self.attempts.forgive(key)
        self.attempts.forgive(place, 1)
        return found

    def _again(self, entered: Entered, password: str) -> tuple[Person, Secrets]:
        """Who is in proves once more who it is: a phone left on a table must not be enough."""
        person, secrets = entered.person, entered.secrets
        known = secrets.pin if entered.session.means == "card" else secrets.password
        key = self.people.vault.digest(b"again\0" + person.id.encode())

        def checked() -> tuple[Person, Secrets] | None:
            fits = self.people.passwords.check(known, normal(password)[:LONGEST])
            return (person, secrets) if fits else None

        return self._tried(
            key, person.id, checked, Malformed("this is not your password", path="/old")
        )

    def _with_seen(self, session: Session, now: float, idle: float) -> Session:
        """The session as it was seen last; that it is seen now is kept for ``note``, now and then."""
        with self._lock:
            seen = max(session.seen, self._seen.get(session.digest, 0.0))
            if _SEEN_EVERY <= now - seen < idle:
                seen = self._seen[session.digest] = now
        return session if seen == session.seen else replace(session, seen=seen)

    def note(self) -> int:
        """Write down which sessions were seen since the last time: for a worker, as no page should wait
        for a turn to write, and for the disk. How many they were."""
        with self._lock:
            seen = dict(self._seen)
        if seen:
            self.people.sessions.saw(seen)
            with self._lock:
                for digest, at in seen.items():
                    if self._seen.get(digest) == at:
                        del self._seen[digest]
        return len(seen)

    def _start(self, person: Person, secrets: Secrets, means: Means, device: str) -> Started:
        now = self._now()
        self.people.sessions.sweep(now, IDLE_LONGEST)
        _, longest = lifetimes(frozenset(role for _, role in person.roles))
        token = self._token()
        session = Session(
            _digest(token), person.id, person.organisations[0], _stage(secrets, means), means,
            now, now, now + longest, device[:80],
        )  # fmt: skip
        if session.stage != "full":
            session = replace(session, until=now + 900.0)
        self.people.sessions.add(session)
        return Started(token, session)

    def _rotate(self, session: Session, stage: Stage) -> Started:
        """The same log-in under another id: who knew the old one has nothing."""
        person = self.people.store.get(session.person)
        roles = frozenset(role for _, role in person.roles) if person else frozenset()
        token, now = self._token(), self._now()
        longest = lifetimes(roles)[1] if stage == "full" else 900.0
        moved = replace(
            session, digest=_digest(token), stage=stage, created=now, seen=now, until=now + longest
        )
        self.people.sessions.end(session.digest)
        self.people.sessions.add(moved)
        return Started(token, moved)

    def _under_way(self, token: str, stage: Stage) -> tuple[Session, Person, Secrets]:
        entered = self.entered(token)
        if entered is None or entered.session.stage != stage:
            raise Unauthenticated("this log-in took too long; begin again")
        return entered.session, entered.person, entered.secrets

    def _with_password(self, person: Person, secrets: Secrets, password: str) -> Secrets:
        chosen = normal(password)
        if len(chosen) < LEAST:
            raise Malformed("a password has at least {least} characters", path="/new", least=LEAST)
        if len(chosen) > LONGEST:
            raise Malformed("a password has at most {most} characters", path="/new", most=LONGEST)
        details = open_details(self.people.vault, person)
        known = [details.name, details.phone, details.village, secrets.account, "suyuan", "溯源"]
        if self.people.passwords.is_common(chosen, known):
            raise Malformed(
                "this password is guessed at once; take a longer one, or a few words that do not"
                " belong together",
                path="/new",
            )
        hashed = self.people.passwords.hash(chosen)
        return replace(secrets, password=hashed, code=None)

    def _check_pin(self, pin: str) -> None:
        chosen = normal(pin).strip()
        if len(chosen) != PIN_DIGITS or not chosen.isascii() or not chosen.isdigit():
            raise Malformed("a PIN has {count} digits", path="/new", count=PIN_DIGITS)
        if is_weak_pin(chosen):
            raise Malformed("this PIN is guessed at once; mix the digits more", path="/new")

    def _with_recovery(self, person: Person, secrets: Secrets) -> tuple[tuple[str, ...], Secrets]:
        codes = tuple(letters(self.people.chance, 10) for _ in range(RECOVERY_CODES))
        digests = tuple(code_digest(self.people.vault, person.id, code) for code in codes)
        return tuple(map(code_shown, codes)), replace(secrets, recovery=digests)

    def _write(self, person: Person, secrets: Secrets) -> tuple[Person, Secrets]:
        """Conflict where the same code was used in the same moment: it is taken once."""
        vault = self.people.vault
        written = replace(
            person,
            secrets=close_secrets(vault, person.id, secrets),
            names=names_of(vault, secrets),
        )
        try:
            self.people.store.put(written)
        except Conflict:
            raise Conflict("this was done in another window just now; look again") from None
        return replace(written, version=person.version + 1), secrets

    def _token(self) -> str:
        return urlsafe_b64encode(self.people.chance.octets(32)).decode().rstrip("=")


def _stage(secrets: Secrets, means: Means, *, second_done: bool = False) -> Stage:
    if means == "card":
        # What you have and what you know: two factors already.
        return "full" if secrets.pin_own else "renew"
    if secrets.totp is not None and not second_done:
        return "second"
    return "renew" if secrets.password is None else "full"


def _without(codes: tuple[bytes, ...], used: bytes) -> tuple[bytes, ...]:
    return tuple(code for code in codes if code != used)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

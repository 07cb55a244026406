"""The register of persons: who is in it, what each may do, and who is given a log-in.

Every verb asks first whether its actor may (core/roles.py), and for the object it is asked about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused
from suyuan.core.people import (
    CODE_LENGTH,
    PIN_DIGITS,
    Details,
    check_account,
    code_shown,
    is_weak_pin,
    people_alike,
)
from suyuan.core.roles import PersonRole, Power
from suyuan.core.timestamps import seconds_of
from suyuan.flow.actors import Actor
from suyuan.flow.credentials import (
    Secrets,
    card_digest,
    close_details,
    close_secrets,
    code_digest,
    letters,
    names_of,
    open_details,
    open_secrets,
    unsealed,
)
from suyuan.ports.accounts import AccountStore
from suyuan.ports.outside import Chance, Clock, Passwords, Vault
from suyuan.ports.people import PeopleStore, Person, SessionStore

_MEMBER: tuple[PersonRole, ...] = ("member",)

CODE_DAYS = 7
"""How long a one-time code may be used that was handed over."""


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the register shows one."""

    person: Person
    details: Details
    uri: str
    account: str
    """What is typed to log in; empty without a log-in by password."""
    has_card: bool
    waits: bool
    """A code was handed over and not used yet."""
    has_second: bool
    may_manage: bool
    """Whether who looks may give, reset and take away the log-in."""

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def disabled(self) -> bool:
        return self.person.disabled_at is not None


@dataclass(frozen=True, slots=True)
class Card:
    """What is printed for a member: the link's secret, and the first PIN to be told apart from it."""

    token: str
    pin: str


@dataclass(slots=True)
class People:
    """Verbs on persons."""

    store: PeopleStore
    sessions: SessionStore
    accounts: AccountStore
    vault: Vault
    passwords: Passwords
    chance: Chance
    clock: Clock
    uri_base: str

    def uri(self, person_id: str) -> str:
        """What stands for a person in records: opaque, and nothing once he or she is erased."""
        return f"{self.uri_base}person/{person_id}"

    def id_of(self, uri: str) -> str | None:
        """The other way round; None for a URI of something else."""
        start = f"{self.uri_base}person/"
        return uri.removeprefix(start) if uri.startswith(start) else None

    # -- looking ---------------------------------------------------------------------------------

    def list(self, actor: Actor, organisation: str | None = None) -> list[Known]:
        """Everybody of an organisation (the actor's own unless told), by name."""
        reach = actor.require("members")
        where = organisation or actor.organisation
        if reach != "all" and where != actor.organisation:
            raise Forbidden("this belongs to another organisation")
        found = [self._known(actor, person) for person in self.store.of(where)]
        return sorted(found, key=lambda one: (one.details.name, one.id))

    def get(self, actor: Actor, person_id: str) -> Known:
        """One person; NotFound where there is none, or none whom the actor may see."""
        person = self.store.get(person_id)
        seen = person is not None and (
            person.id == actor.person
            or any(actor.reaches("members", organisation=o) for o in person.organisations)
        )
        if person is None or not seen:
            raise NotFound("no person {id}", id=person_id[:40])
        return self._known(actor, person)

    def names(self, organisation: str) -> Mapping[str, str]:
        """URI → name of everybody of an organisation: for pages whose reader may see them. Persons of
        one name are told apart by village or the last digits of the phone."""
        known = self._details_of(organisation)
        labels = people_alike(known).labels()
        return {uri: labels.get(uri, one.name) for uri, one in known.items()}

    def _details_of(self, organisation: str) -> dict[str, Details]:
        return {
            self.uri(name): unsealed(self.vault, name, details)
            for name, details in self.store.details(organisation)
        }

    def names_for(self, actor: Actor, organisation: str) -> Mapping[str, str]:
        """Names of everybody of an organisation for who may know them, as ``name_of`` says each: without
        the village or digits of a phone that tell two apart. Nobody's for anybody else."""
        if not self._may_know(actor, organisation):
            return {}
        return {uri: one.name for uri, one in self._details_of(organisation).items()}

    def _may_know(self, actor: Actor, organisation: str) -> bool:
        found = self.accounts.organisation(organisation)
        county = found.county if found is not None else ""
        return any(
            actor.reaches(power, organisation=organisation, county=county)
            for power in ("members", "inspect")
        )

    def name_of(self, actor: Actor, uri: str) -> str | None:
        """Whom a record or a plot names by an id, for who may know: the organisation's own clerk, the
        administrator, and the authority that inspects the area. None for anybody else."""
        person_id = self.id_of(uri)
        person = self.store.get(person_id) if person_id else None
        if person is None or not any(self._may_know(actor, one) for one in person.organisations):
            return None
        return open_details(self.vault, person).name

    def known_by(self, organisation: str) -> Sequence[tuple[str, Details]]:
        """URI and details of everybody of an organisation: for its own tables, which name them."""
        return [
            (self.uri(person.id), open_details(self.vault, person))
            for person in self.store.of(organisation)
        ]

    # -- writing ---------------------------------------------------------------------------------

    def add(
        self,
        actor: Actor,
        details: Details,
        roles: Collection[PersonRole] = _MEMBER,
        organisation: str | None = None,
    ) -> Known:
        """Enter somebody into the register; without a log-in yet."""
        return self.add_all(actor, [details], roles, organisation)[0]

    def add_with_login(
        self,
        actor: Actor,
        details: Details,
        roles: Collection[PersonRole],
        organisation: str,
        account: str,
    ) -> tuple[Known, str]:
        """Enter somebody with a log-in name, and the one-time code for it: both, or neither where the
        name is taken or is none."""
        account = check_account(account)
        held = frozenset((organisation, self._role(role)) for role in roles)
        for power in ("members", "log-ins"):
            self._may_change(actor, held, power)
        if not held:
            raise Malformed("a person has at least one role", path="/roles")
        person = self._new(details, held)
        code, secrets = self._with_code(person.id, Secrets(account=account))
        person = replace(
            person,
            secrets=close_secrets(self.vault, person.id, secrets),
            names=names_of(self.vault, secrets),
        )
        self.store.add(person)
        return self._known(actor, person), code

    def add_all(
        self,
        actor: Actor,
        several: Iterable[Details],
        roles: Collection[PersonRole] = _MEMBER,
        organisation: str | None = None,
    ) -> Sequence[Known]:
        """Enter several, all or none."""
        where = organisation or actor.organisation
        held = frozenset((where, self._role(role)) for role in roles)
        self._may_change(actor, held, "members")
        if not held:
            raise Malformed("a person has at least one role", path="/roles")
        made = [self._new(details, held) for details in several]
        self.store.add(*made)
        return [self._known(actor, person) for person in made]

    def _new(self, details: Details, held: frozenset[tuple[str, PersonRole]]) -> Person:
        person_id = self._letters(20).lower()
        return Person(
            person_id,
            close_details(self.vault, person_id, details),
            close_secrets(self.vault, person_id, Secrets()),
            frozenset(),
            held,
            self.clock.now(),
        )

    def edit(self, actor: Actor, person_id: str, details: Details) -> None:
        """Write other details; with what the person logs in stays."""
        known = self.get(actor, person_id)
        actor.require("members")
        self.store.put(replace(known.person, details=close_details(self.vault, person_id, details)))

    def set_roles(
        self, actor: Actor, person_id: str, organisation: str, roles: Collection[PersonRole]
    ) -> None:
        """The person's roles in an organisation, none for not there any more. Sessions end."""
        person = self.get(actor, person_id).person
        new = frozenset((organisation, self._role(role)) for role in roles)
        others = frozenset(one for one in person.roles if one[0] != organisation)
        self._may_change(actor, person.roles | new, "log-ins")
        if not others | new:
            raise Refused("a person has at least one role; disable or erase who has left")
        secrets = open_secrets(self.vault, person)
        if secrets.card is not None and {role for _, role in others | new} != {"member"}:
            raise Refused("a card is for members alone: take it away before giving another role")
        self._keep_one_administrator(person, others | new)
        self.store.put(replace(person, roles=others | new))
        self.sessions.end_all(person_id)

    def give_login(self, actor: Actor, person_id: str, account: str) -> str:
        """A log-in name and a one-time code, to be handed over in person; what was before is void."""
        account = check_account(account)
        person = self._manageable(actor, person_id)
        code, secrets = self._with_code(person_id, Secrets(account=account))
        self._write(person, secrets)
        self.sessions.end_all(person_id)
        return code

    def reset(self, actor: Actor, person_id: str) -> str:
        """A new one-time code under the same name; password, PIN and second factor are void at once."""
        person = self._manageable(actor, person_id)
        account = open_secrets(self.vault, person).account
        if not account:
            raise Refused("this person has no log-in yet; give one first")
        code, secrets = self._with_code(person_id, Secrets(account=account))
        self._write(person, secrets)
        self.sessions.end_all(person_id)
        return code

    def give_card(self, actor: Actor, person_id: str) -> Card:
        """A card and a first PIN, for a member alone; an earlier card is void."""
        person = self._manageable(actor, person_id)
        if {role for _, role in person.roles} != {"member"}:
            raise Refused("a card is for members alone; others log in with a password")
        token = self._letters(30)
        pin = self._pin()
        secrets = replace(
            open_secrets(self.vault, person),
            card=card_digest(self.vault, token),
            pin=self.passwords.hash(pin),
            pin_own=False,
        )
        self._write(person, secrets)
        self.sessions.end_all(person_id)
        return Card(token, pin)

    def take_card(self, actor: Actor, person_id: str) -> None:
        """Void the card: it was lost, or is not wanted any more."""
        person = self._manageable(actor, person_id)
        self._write(person, replace(open_secrets(self.vault, person), card=None, pin=None))
        self.sessions.end_all(person_id)

    def disable(self, actor: Actor, person_id: str) -> None:
        """No log-in from now on, and every session ends; what the person recorded stays."""
        person = self._manageable(actor, person_id)
        if person.id == actor.person:
            raise Refused("nobody locks himself out; ask another administrator")
        self._keep_one_administrator(person, frozenset())
        if person.disabled_at is None:
            self.store.put(replace(person, disabled_at=self.clock.now()))
        self.sessions.end_all(person_id)

    def enable(self, actor: Actor, person_id: str) -> None:
        """Let somebody in again, with the password that was."""
        person = self._manageable(actor, person_id)
        if person.disabled_at is not None:
            self.store.put(replace(person, disabled_at=None))

    def erase(self, actor: Actor, person_id: str) -> None:
        """Delete name, phone, everything: the URI in records then stands for nobody any more."""
        person = self._manageable(actor, person_id)
        if person.id == actor.person:
            raise Refused("nobody locks himself out; ask another administrator")
        self._keep_one_administrator(person, frozenset())
        self.store.delete(person_id)

    # -- within ----------------------------------------------------------------------------------

    def _known(self, actor: Actor, person: Person) -> Known:
        secrets = open_secrets(self.vault, person)
        return Known(
            person,
            open_details(self.vault, person),
            self.uri(person.id),
            secrets.account,
            secrets.card is not None,
            secrets.code is not None or (secrets.card is not None and not secrets.pin_own),
            secrets.totp is not None,
            actor.may_manage(person.roles),
        )

    def _role(self, role: PersonRole) -> PersonRole:
        if role not in get_args(PersonRole):
            raise Malformed(
                "a role is one of {roles}", path="/roles", roles=", ".join(get_args(PersonRole))
            )
        return role

    def _may_change(
        self, actor: Actor, roles: frozenset[tuple[str, PersonRole]], power: Power
    ) -> None:
        actor.require(power)
        if not actor.may_manage(roles):
            raise Forbidden(
                "only an administrator may do this for somebody with more than a member's role"
            )

    def _manageable(self, actor: Actor, person_id: str) -> Person:
        person = self.get(actor, person_id).person
        self._may_change(actor, person.roles, "log-ins")
        return person

    def _keep_one_administrator(
        self, person: Person, roles: frozenset[tuple[str, PersonRole]]
    ) -> None:
        def administers(held: Collection[tuple[str, PersonRole]]) -> bool:
            return any(role == "administrator" for _, role in held)

        if not administers(person.roles) or administers(roles) or person.disabled_at is not None:
            return
        others = (p for p in self.store.of(None) if p.id != person.id and p.disabled_at is None)
        if not any(administers(other.roles) for other in others):
            raise Refused("this is the last administrator; name another one first")

    def _with_code(self, person_id: str, secrets: Secrets) -> tuple[str, Secrets]:
        code = self._letters(CODE_LENGTH)
        until = seconds_of(self.clock.now()) + CODE_DAYS * 86_400
        digest = code_digest(self.vault, person_id, code)
        return code_shown(code), replace(secrets, code=digest, code_until=until)

    def _write(self, person: Person, secrets: Secrets) -> None:
        self.store.put(
            replace(
                person,
                secrets=close_secrets(self.vault, person.id, secrets),
                names=names_of(self.vault, secrets),
            )
        )

    def _letters(self, count: int) -> str:
        return letters(self.chance, count)

    def _pin(self) -> str:
        while True:
            number = int.from_bytes(self.chance.octets(8), "big") % 10**PIN_DIGITS
            pin = str(number).zfill(PIN_DIGITS)
            if not is_weak_pin(pin):
                return pin

"""Organisations, tokens and keys: who is known, and with what they act."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.core.errors import Forbidden, NotFound, Refused, Unauthenticated
from suyuan.core.identifiers import object_id
from suyuan.core.visibility import Viewer
from suyuan.ports.accounts import AccountStore, Organisation, Role, Token
from suyuan.ports.outside import Clock, Keys

KEY_ROLE: dict[str, str] = {
    "administrator": "admin",
    "recorder": "recorder",
    "certifier": "certifier",
    "regulator": "regulator",
}
"""Role of a token → role of the keys it may sign with (formats.md §4)."""

PREFIX = "sy_"


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated organisation and the role of its token."""

    organisation: str
    role: Role
    county: str
    token: str

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.organisation, self.role, self.county)

    @property
    def key_role(self) -> str:
        return KEY_ROLE[self.role]

    def require(self, *roles: Role) -> None:
        """Raise Forbidden unless the caller has one of these roles."""
        if self.role not in roles:
            raise Forbidden("this needs the role {roles}", roles=" / ".join(roles))


@dataclass(slots=True)
class Accounts:
    """Verbs on organisations and tokens. Creating and revoking is the administrator's."""

    store: AccountStore
    keys: Keys
    clock: Clock

    def authenticate(self, text: str) -> Caller:
        """The caller behind a bearer token; Unauthenticated if unknown or revoked."""
        token = self.store.token(hashlib.sha256(text.encode()).digest())
        if token is None or token.revoked_at is not None:
            raise Unauthenticated("this token is unknown or was revoked; ask your administrator")
        organisation = self.store.organisation(token.organisation)
        county = organisation.county if organisation else ""
        return Caller(token.organisation, token.role, county, token.id)

    def add_organisation(
        self, organisation_id: str, *, name_zh: str, name_en: str, county: str
    ) -> Organisation:
        """Register an organisation; the same again changes nothing."""
        if object_id(organisation_id) is None:
            raise Refused(
                "an organisation's id is a URI of its own, such as "
                "https://id.gs1.org/417/9521234000013",
                path="/id",
            )
        if "#" in organisation_id:
            raise Refused("an organisation's id has no #", path="/id")
        if len(county) != 6 or not county.isascii() or not county.isdigit():
            raise Refused("a county is six digits of GB/T 2260, such as 330112", path="/county")
        if not name_zh and not name_en:
            raise Refused("an organisation has a name", path="/name")
        known = self.store.organisation(organisation_id)
        organisation = Organisation(
            organisation_id, name_zh or name_en, name_en or name_zh, county, self.clock.now()
        )
        if known is not None and (known.name_zh, known.name_en, known.county) == (
            organisation.name_zh,
            organisation.name_en,
            organisation.county,
        ):
            return known
        self.store.add_organisation(organisation)
        return organisation

    def add_token(self, organisation: str, role: Role, label: str) -> tuple[str, Token]:
        """Make a token; its text is given once and only its digest kept."""
        if self.store.organisation(organisation) is None:
            raise NotFound("no organisation {id}", path="/organisation", id=organisation)
        text = PREFIX + secrets.token_urlsafe(32)
        token = Token(
            id=secrets.token_hex(6),
            digest=hashlib.sha256(text.encode()).digest(),
            organisation=organisation,
            role=role,
            label=label,
            created_at=self.clock.now(),
        )
        self.store.add_token(token)
        return text, token

    def revoke_token(self, token_id: str) -> None:
        """Revoke at once; NotFound if there is no such token in force."""
        if not self.store.revoke_token(token_id, self.clock.now()):
            raise NotFound("no token {id} in force", id=token_id)

    def county_of(self, organisation: str) -> str:
        """County of an organisation, "" when it is not registered here."""
        known = self.store.organisation(organisation)
        return known.county if known else ""

    def counties(self) -> Counties:
        """For one question about many records."""
        return Counties(self)

    def kept_kids(self, organisation: str, role: str) -> Sequence[str]:
        """Keys of this organisation and role that the service holds, newest first."""
        kept = [key for key in self.store.keys(organisation) if key.role == role]
        return [key.kid for key in sorted(kept, key=lambda key: key.created_at, reverse=True)]


class Counties(dict[str, str]):
    """County by organisation, each asked for once."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    def __missing__(self, organisation: str) -> str:
        found = self[organisation] = self._accounts.county_of(organisation)
        return found

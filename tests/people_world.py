"""A register of persons in memory, with a clock to be set and passwords that cost nothing."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from memory_store import MemoryDatabase

from suyuan.adapters.keys import Seal
from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.core.timestamps import from_datetime
from suyuan.flow.actors import Actor
from suyuan.flow.entrance import Entrance
from suyuan.flow.people import Known, People
from suyuan.ports.accounts import Organisation

NOW = "2026-09-10T08:00:00.000Z"
COOP, MILL, CENTRE = (f"https://node.example/org/{name}" for name in ("coop", "mill", "centre"))
GOOD = "correct horse battery"


@dataclass
class SetClock:
    at: float = 1_789_000_000.0

    def now(self) -> str:
        return from_datetime(datetime.fromtimestamp(self.at, UTC))


@dataclass
class QuickPasswords:
    """As slow ones, without the time; ``checked`` counts how often one was asked for."""

    checked: int = 0

    def hash(self, password: str) -> str:
        return f"hash of {password}"

    def check(self, known: str | None, password: str) -> bool:
        self.checked += 1
        return known == f"hash of {password}"

    def is_common(self, password: str, near: Collection[str]) -> bool:
        return password in {"password1", *near}


class SystemChance:
    def octets(self, count: int) -> bytes:
        return secrets.token_bytes(count)


@dataclass
class Register:
    """The verbs, and who may use them."""

    database: MemoryDatabase = field(default_factory=MemoryDatabase)
    clock: SetClock = field(default_factory=SetClock)
    passwords: QuickPasswords = field(default_factory=QuickPasswords)

    def __post_init__(self) -> None:
        for uri, county in ((COOP, "330112"), (MILL, "330112"), (CENTRE, "330100")):
            self.database.accounts.add_organisation(Organisation(uri, "甲", "A", county, NOW))
        self.people = People(
            self.database.people,
            self.database.sessions,
            self.database.accounts,
            Seal(b"s" * 32),
            self.passwords,
            SystemChance(),
            self.clock,
            "https://node.example/",
        )
        self.entrance = Entrance(self.people, self.database.attempts)
        self.admin = self.actor(CENTRE, "administrator")
        self.clerk = self.actor(COOP, "clerk")

    def actor(self, organisation: str, *roles: PersonRole, person: str = "me") -> Actor:
        known = self.database.accounts.organisation(organisation)
        assert known is not None
        return Actor(
            person, self.people.uri(person), "我", organisation, known.county, frozenset(roles)
        )

    def add(
        self, name: str = "张三", *roles: PersonRole, where: str = COOP, phone: str = ""
    ) -> Known:
        return self.people.add(self.admin, Details(name, phone), roles or ("member",), where)

    def with_password(self, account: str = "13900000001", *roles: PersonRole) -> Known:
        """Somebody who has logged in before."""
        known = self.add("张三", *roles)
        code = self.people.give_login(self.admin, known.id, account)
        started = self.entrance.code(account, code, address="1.1.1.1", device="")
        self.entrance.renew(started.token, GOOD)
        return self.people.get(self.admin, known.id)

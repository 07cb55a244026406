"""What a person logs in with, as it lies encrypted beside the details."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, fields
from typing import Any

from suyuan.core.people import Details, letters_of
from suyuan.ports.outside import Chance, Vault
from suyuan.ports.people import Person

DETAILS = "person-details"
SECRETS = "person-secrets"


@dataclass(frozen=True, slots=True)
class Secrets:
    """``password`` and ``pin`` are argon2id hashes; codes and the card are keyed digests."""

    account: str = ""
    """What is typed to log in: a phone number or a name; empty: no log-in by password."""
    password: str | None = None
    code: bytes | None = None
    """Of the one-time code that was handed over."""
    code_until: float = 0.0
    recovery: tuple[bytes, ...] = ()
    totp: bytes | None = None
    totp_step: int = -1
    """Of the last code taken."""
    pending: bytes | None = None
    """A second factor that was shown, but not confirmed yet."""
    card: bytes | None = None
    pin: str | None = None
    pin_own: bool = False
    """Whether the person chose the PIN, or the clerk still knows it."""


def open_details(vault: Vault, person: Person) -> Details:
    """Unavailable where the node's secret is not the one it was written under."""
    return unsealed(vault, person.id, person.details)


def unsealed(vault: Vault, person_id: str, details: bytes) -> Details:
    """The same of details alone."""
    return Details(**json.loads(vault.open(DETAILS, person_id, details)))


def close_details(vault: Vault, person_id: str, details: Details) -> bytes:
    return vault.close(DETAILS, person_id, json.dumps(asdict(details)).encode())


def open_secrets(vault: Vault, person: Person) -> Secrets:
    """Unavailable where the node's secret is not the one it was written under."""
    given: dict[str, Any] = json.loads(vault.open(SECRETS, person.id, person.secrets))
    for name in ("code", "totp", "pending", "card"):
        if given.get(name) is not None:
            given[name] = b64decode(given[name])
    given["recovery"] = tuple(b64decode(text) for text in given.get("recovery", ()))
    return Secrets(**given)


def close_secrets(vault: Vault, person_id: str, secrets: Secrets) -> bytes:
    written: dict[str, Any] = {}
    for each in fields(secrets):
        value = getattr(secrets, each.name)
        if isinstance(value, bytes):
            value = b64encode(value).decode()
        elif isinstance(value, tuple):
            value = [b64encode(one).decode() for one in value]
        written[each.name] = value
    return vault.close(SECRETS, person_id, json.dumps(written).encode())


def account_digest(vault: Vault, account: str) -> bytes:
    """Finds the person of a log-in name, and tells a thief of the database none."""
    return vault.digest(b"account\0" + account.encode())


def card_digest(vault: Vault, card: str) -> bytes:
    return vault.digest(b"card\0" + card.encode())


def code_digest(vault: Vault, person_id: str, code: str) -> bytes:
    return vault.digest(b"code\0" + person_id.encode() + b"\0" + code.encode())


def names_of(vault: Vault, secrets: Secrets) -> frozenset[bytes]:
    """All that leads to the person at log-in."""
    found = {account_digest(vault, secrets.account)} if secrets.account else set()
    return frozenset(found | ({secrets.card} if secrets.card is not None else set()))


def letters(chance: Chance, count: int) -> str:
    """So many random letters and digits, near five bits each."""
    found = ""
    while len(found) < count:
        found += letters_of(chance.octets(2 * count))
    return found[:count]

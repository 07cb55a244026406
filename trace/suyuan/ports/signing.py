"""Laboratories and certifiers, and the links by which they sign (docs/decisions/0025)."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Literal, Protocol

Purpose = Literal["key", "test", "certificate"]
"""What a link is for: to bring a key, to answer with results, to answer with a certificate."""
Standing = Literal["open", "brought", "answered", "revoked"]
"""``brought``: a key that waits for the administrator's word."""


@dataclass(frozen=True, slots=True)
class Laboratory:
    """Who may be asked. ``number``: of its accreditation; ``contact`` is encrypted at rest."""

    organisation: str
    number: str
    contact: bytes
    added_at: str


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """One link and what it asks for. Of its token only the SHA-256 is kept."""

    id: str
    token: bytes
    organisation: str
    """Who asks."""
    laboratory: str
    """Who is asked: an organisation."""
    purpose: Purpose
    subject: str
    """The lot or season; "" where a key is asked for."""
    asked: str
    """JSON: names, items, words about the sample."""
    person: str
    """URI of who asked."""
    created_at: str
    until: str
    state: Standing = "open"
    answered_at: str = ""
    answer: str = ""
    """JSON: indices of the records, or the key that was brought."""


class SigningStore(Protocol):
    """Each call is one transaction."""

    def put_laboratory(self, laboratory: Laboratory) -> None:
        """Write over the one of this organisation."""
        ...

    def laboratories(self) -> builtins.list[Laboratory]: ...

    def add(self, request: SigningRequest) -> None: ...

    def get(self, request_id: str) -> SigningRequest | None: ...

    def by_token(self, token: bytes) -> SigningRequest | None: ...

    def move(
        self, request_id: str, before: Standing, after: Standing, *, at: str = "", answer: str = ""
    ) -> bool:
        """From one state to another; False if it is in none of ``before`` any more."""
        ...

    def renew(self, request_id: str, token: bytes, until: str) -> bool:
        """Another token in place of the one before; False unless it is open."""
        ...

    def list(
        self, *, organisation: str = "", laboratory: str = "", subject: str = "", limit: int = 100
    ) -> builtins.list[SigningRequest]:
        """The newest first; what is "" is not asked about."""
        ...

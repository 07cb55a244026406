"""Named queries: what an organisation asks again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """``query``: the parameters of a SimpleEventQuery as a JSON object. Names are each one's own."""

    organisation: str
    name: str
    query: bytes
    created_at: str


class QueryStore(Protocol):
    def add(self, query: NamedQuery) -> None:
        """Insert; Conflict if the organisation has one of that name."""
        ...

    def get(self, organisation: str, name: str) -> NamedQuery | None: ...

    def list(self, organisation: str, *, after: str = "", limit: int = 100) -> list[NamedQuery]:
        """By name, those behind ``after``."""
        ...

    def delete(self, organisation: str, name: str) -> bool:
        """False if there is none."""
        ...

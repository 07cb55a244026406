"""Audits of the node's own log asked for at the desk: how far they are, and their reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

State = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Audit:
    """One of them. ``report`` is JSON as ``suyuan audit --json`` writes it; errors as jobs keep them."""

    id: str
    organisation: str
    asked_by: str
    """URI of the person."""
    asked_at: str
    state: State = "running"
    done: int = 0
    total: int = 0
    seen_at: str = ""
    """When it last said how far it was: one that has been silent was interrupted."""
    report: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None


class AuditStore(Protocol):
    """Each call is whole or not at all; processes on one data folder share it."""

    def put(self, audit: Audit) -> None: ...

    def get(self, audit_id: str) -> Audit | None: ...

    def list(self, organisation: str, *, limit: int = 50) -> list[Audit]:
        """The newest first."""
        ...

"""Reports of recall drills: beside the log, never in it (docs/decisions/0018)."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill. ``report`` is JSON: what was asked, what was found, how long each part took."""

    id: str
    organisation: str
    person: str
    at: str
    report: str


class DrillStore(Protocol):
    """Each call is one transaction."""

    def put(self, drill: Drill) -> None: ...

    def get(self, drill_id: str) -> Drill | None: ...

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[Drill]:
        """The newest first."""
        ...

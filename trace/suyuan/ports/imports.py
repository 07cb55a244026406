"""Tables that were uploaded and wait to be filed, and how such tables were read before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Import:
    """One uploaded file. ``plans`` is a JSON object: sheet → the user's choices for it."""

    id: str
    organisation: str
    name: str
    created_at: str
    body: bytes
    """The file, sealed under the node's secret; empty once its rows are filed."""
    plans: str = "{}"
    job: str | None = None
    """The capture job that files its rows."""
    places: str = "[]"
    """JSON list of [sheet, row] of each event of the job, in order."""
    outcome: str = "{}"
    """JSON object: what became of it, by number."""


class ImportStore(Protocol):
    """Each call is one transaction."""

    def add(self, new: Import) -> None:
        """Insert."""
        ...

    def get(self, import_id: str) -> Import | None: ...

    def change(self, changed: Import) -> None:
        """Replace all but who it belongs to and when it came."""
        ...

    def list(self, organisation: str, *, limit: int = 50) -> Sequence[Import]:
        """The newest first, without their bodies."""
        ...

    def delete(self, import_id: str) -> bool: ...

    def collect(self, before: str) -> int:
        """Delete those that came before this time; how many they were."""
        ...

    def plan(self, organisation: str, headings: bytes) -> str | None:
        """How an organisation had a table of these headings read the last time: JSON."""
        ...

    def remember(self, organisation: str, headings: bytes, plan: str, at: str) -> None:
        """Keep that; the last one stands."""
        ...

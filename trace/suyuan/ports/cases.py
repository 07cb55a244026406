"""Cases: what strangers report, beside the log and erasable (docs/decisions/0026)."""

from __future__ import annotations

import builtins
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from suyuan.core.cases import Outcome, State


@dataclass(frozen=True, slots=True)
class Case:
    """One report. ``words`` is JSON (text, contact), encrypted under the node's secret; b"": erased.

    ``code`` is the keyed digest of the word that the reporter looks it up with; ``once`` of the form
    that it came with, so that a second tap makes no second case.
    """

    number: str
    code: bytes
    once: bytes
    organisation: str
    """Who answers."""
    county: str
    subject: str
    serial: str
    kind: str
    words: bytes
    state: State
    outcome: Outcome
    at: str
    receive_by: str
    answer_by: str
    received_at: str = ""
    answered_at: str = ""
    closed_at: str = ""
    answer: str = ""
    records: str = "[]"
    """JSON: indices of holds and recalls that it ended in."""
    history: str = "[]"
    """JSON: who did what, when."""
    version: int = 1


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The photo (encrypted) or the bundle (compressed) of a case."""

    case: str
    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What is not said is not asked about. ``overdue``: past a time limit at this time."""

    organisations: Collection[str] | None = None
    states: Collection[State] = ()
    overdue: str = ""
    subject: str = ""
    limit: int = 50
    skip: int = 0


class CaseStore(Protocol):
    """Each call is one transaction."""

    def add(self, case: Case, files: Collection[CaseFile]) -> Case:
        """Keep it; of two with one ``once`` the first, which is answered. Conflict for a number that
        is taken."""
        ...

    def get(self, number: str) -> Case | None: ...

    def put(self, case: Case) -> None:
        """Write over its version, and count that up; Conflict if somebody wrote meanwhile."""
        ...

    def list(self, query: CaseQuery) -> builtins.list[Case]:
        """The newest first."""
        ...

    def count(self, query: CaseQuery) -> int: ...

    def file(self, number: str, name: str) -> CaseFile | None: ...

    def files(self, number: str) -> builtins.list[str]:
        """Names of what is kept beside a case."""
        ...

    def erase(self, number: str) -> None:
        """Words and files go, the rest stays."""
        ...

    def closed_before(self, time: str, limit: int = 100) -> builtins.list[str]:
        """Numbers of cases closed before a time whose words or files are still there."""
        ...

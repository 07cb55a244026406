"""Jobs of labels, the stock and printers of an organisation, and the wire to a printer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Way = Literal["printer", "file", "browser"]
LabelState = Literal["queued", "running", "paused", "doubt", "done", "cancelled"]
Supply = Literal["stock", "printer"]


@dataclass(frozen=True, slots=True)
class LabelJob:
    """Labels ``first`` to ``first + count - 1`` (in the order of issue) of a lot, each once.

    Of them ``printed`` are known to be there. ``sent`` is how far the printer was given them: where it
    is more, nobody knows of those between (docs/decisions/0019-a-label-in-doubt.md).
    """

    id: str
    organisation: str
    person: str
    """URI of who asked for it; opaque."""
    lot: str
    record: int | None
    """That issued the serials; None: the lot's own label, ``count`` times."""
    first: int
    count: int
    way: Way
    stock: str
    """JSON of what was chosen, as it was then; so is the printer."""
    printer: str
    wire: str
    """The printer itself, whichever entry and spelling it was chosen by; it has one job at a time."""
    state: LabelState
    printed: int
    sent: int
    again: int
    """Labels of it that were printed before: reprints."""
    trouble: str
    """core/kept.py; empty where nothing is in the way."""
    doubts: str
    """JSON list of [first in doubt, last, last good one] as somebody told them."""
    created_at: str
    finished_at: str | None = None
    certificate: str | None = None
    """Code of the certificate that is printed in place of a label of the lot."""
    copy: int | None = None
    """Which print of the certificate it is, from 1."""


class LabelJobStore(Protocol):
    """Each call is one transaction. Of one printer at most one job runs."""

    def add(self, job: LabelJob, known: int | None = None) -> bool:
        """Keep it. ``known``: how many jobs of its record there were when it was decided on; where there
        are others by now it is not kept, and the answer is False. Conflict: one of its id is there."""
        ...

    def add_print(self, job: LabelJob, name: Callable[[int], str]) -> LabelJob:
        """Count one more print of the job's certificate, and keep the job with that number as its
        ``copy``: both or none. Where one of its id is there, nothing is counted and that one is the
        answer. A job without an id gets the ``name`` of the number of prints before it."""
        ...

    def get(self, job_id: str) -> LabelJob | None: ...

    def list(self, organisation: str, *, limit: int = 50) -> Sequence[LabelJob]:
        """The newest first."""
        ...

    def of_record(self, record: int) -> Sequence[LabelJob]:
        """All jobs that printed serials of a record."""
        ...

    def issues(self, organisation: str, *, limit: int = 100) -> Sequence[tuple[int, str, int]]:
        """(record, lot, how many serials) of what the organisation issued, the newest first."""
        ...

    def claim(self, holder: str, seconds: float) -> LabelJob | None:
        """Take the oldest job that is due, or was abandoned, and whose printer is free."""
        ...

    def send(self, job_id: str, holder: str, sent: int, seconds: float) -> bool:
        """Note before sending how far it will go; False when the job is not to go on."""
        ...

    def confirm(self, job_id: str, holder: str, printed: int, seconds: float) -> bool:
        """So many are printed; False when the job is not to go on."""
        ...

    def note(self, job_id: str, holder: str, trouble: str, seconds: float) -> bool:
        """What is in the way just now; False when the job is not to go on."""
        ...

    def leave(
        self, job_id: str, holder: str, state: LabelState, trouble: str, *, pause: float = 0.0
    ) -> None:
        """Let go of a job: where it still runs it takes ``state``, and is not due for ``pause``."""
        ...

    def finish(self, job_id: str, holder: str, at: str) -> None: ...

    def turn(
        self, job_id: str, before: Sequence[LabelState], state: LabelState, at: str | None = None
    ) -> bool:
        """Somebody's wish; False when the job is in another state by now, or its printer still has the
        last part of it and the job would be queued."""
        ...

    def settle(self, job_id: str, good: int, doubts: str) -> bool:
        """A doubt is over: ``good`` labels are there, and the rest is due. False if there is none."""
        ...


class SupplyStore(Protocol):
    """Stock and printers: a JSON document each."""

    def put(self, kind: Supply, organisation: str, supply_id: str, document: str) -> None:
        """Insert or replace."""
        ...

    def get(self, kind: Supply, organisation: str, supply_id: str) -> str | None: ...

    def list(self, kind: Supply, organisation: str) -> Sequence[tuple[str, str]]:
        """(id, document), by id."""
        ...

    def delete(self, kind: Supply, organisation: str, supply_id: str) -> bool: ...


class Line(Protocol):
    """A connection to a printer. Each call raises Unavailable when it is gone."""

    def send(self, data: bytes) -> None:
        """Returns when the printer has taken all of it into its own memory or the network's."""
        ...

    def ask(self, question: bytes, seconds: float) -> bytes:
        """What has come back by then; empty where nothing has."""
        ...

    def close(self) -> None: ...


class Wire(Protocol):
    def allowed(self, address: str) -> str:
        """One text for all spellings of it; Refused unless an administrator named this printer."""
        ...

    def open(self, address: str) -> Line:
        """Refused, or Unavailable where nobody answers."""
        ...

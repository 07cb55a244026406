"""Certificates of compliance on a public page: those of the lot itself, the newest first."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from suyuan.core.certificate import Issued
from suyuan.core.story_names import Directory, Known, Who
from suyuan.core.story_reading import Reading
from suyuan.core.story_values import Names


@dataclass(frozen=True, slots=True)
class Certified:
    """One of them, and the day and reason for which it was taken back."""

    index: int
    issued: Issued
    who: Who
    voided: date | None = None
    reason: Names | None = None


def certified(
    events: Sequence[tuple[Known, Reading]], directory: Directory, own: Collection[str]
) -> tuple[Certified, ...]:
    """A certificate covers its own lot alone; only who issued it can take it back."""
    return tuple(reversed(list(_certified(events, directory, own))))


def _certified(
    events: Sequence[tuple[Known, Reading]], directory: Directory, own: Collection[str]
) -> Iterator[Certified]:
    for record, event in events:
        if event.certificate is None or set(own).isdisjoint(record.extends):
            continue
        who = directory.who(record.owner, record.role)
        ends = [
            (other, later)
            for other, later in events
            if other.owner == record.owner
            and event.event_id is not None
            and (
                later.voids == event.event_id
                or (later.declares_error and later.event_id == event.event_id)
            )
        ]
        if ends:
            _, end = ends[0]
            yield Certified(record.index, event.certificate, who, end.when.day, end.reason)
        else:
            yield Certified(record.index, event.certificate, who)


__all__ = ["Certified", "certified"]

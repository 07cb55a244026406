"""Attachments that were sent and that no record ever named: kept for a while, then deleted.

Bytes come before the event that names them. Who never sends that event, or is refused, leaves bytes
behind that nobody can see, personal ones perhaps.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from suyuan.core.timestamps import from_datetime
from suyuan.ports.accounts import AttachmentStore
from suyuan.ports.outside import Clock

NAMED_WITHIN = timedelta(days=7)
"""So long after they were sent (last) an event may name them."""
APPENDED_WITHIN = timedelta(days=1)
"""So long after an event was found to name what is there its append may take, and still finds it."""


def still_kept_since(now: str) -> str:
    """The earliest time of sending from which an attachment may be named now."""
    return _before(now, NAMED_WITHIN)


def collect(store: AttachmentStore, clock: Clock) -> int:
    """Delete what was not named in time; how many they were."""
    return store.collect(_before(clock.now(), NAMED_WITHIN + APPENDED_WITHIN))


def _before(now: str, span: timedelta) -> str:
    return from_datetime(datetime.fromisoformat(now) - span)

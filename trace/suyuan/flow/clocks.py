"""Our clock against the chain's (A15): who seals with a wrong clock writes times that nobody believes.

What a block says of time is weighed with care. One that lies ahead of us was made by somebody who
thinks it later than we do. One that lies behind says nothing by itself, since an idle chain makes no
blocks; but one that was made after we last looked cannot be older than that look.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.errors import Fatal
from suyuan.core.timestamps import seconds_between

TOLERANCE = 300.0
"""Seconds that two clocks may lie apart before sealing stops."""


@dataclass(slots=True)
class ChainClock:
    """What the chain's newest block said of time, at the last look. ``check`` is for whoever seals."""

    tolerance: float = TOLERANCE
    _number: int = -1
    _looked: str = ""
    _ahead: str = ""
    """Time of the newest block."""
    _behind: tuple[str, str] | None = None
    """Our time before a block was made, and the time in that block."""

    def look(self, number: int, block_time: str, now: str) -> None:
        """Note the newest block's number and time (RFC 3339), and what our clock says."""
        if self._looked and number > self._number:
            late = seconds_between(block_time, self._looked) > self.tolerance
            self._behind = (self._looked, block_time) if late else None
        self._number, self._looked, self._ahead = number, now, block_time

    def check(self, now: str) -> None:
        """Fatal while the two lie too far apart. A clock that was set right meanwhile is believed."""
        if self._ahead and seconds_between(now, self._ahead) > self.tolerance:
            self._refuse(now, self._ahead)
        if self._behind is not None and now >= self._behind[0]:
            self._refuse(*self._behind)

    def _refuse(self, now: str, block_time: str) -> None:
        raise Fatal(
            "the clock says {now}, the chain {block}: sealing stops until one of them is right",
            now=now,
            block=block_time,
        )

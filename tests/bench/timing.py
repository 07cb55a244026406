"""Time as one core spends it.

A shared machine takes the core away now and then; what the scheduler says of that wait is left out,
so that a figure is what the work takes, waiting for disks included. On a machine that does nothing
else it is the time on the wall, and where the two part the table says so.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


def pin(core: int = 0) -> None:
    """Keep this process, and those it starts, on one of the cores that it may use."""
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {allowed[core % len(allowed)]})


class Stopwatch:
    """``with Stopwatch() as watch: …``; for work in the thread that holds it."""

    own = 0.0
    """Seconds, without those in which others had the core."""
    wall = 0.0

    def __enter__(self) -> Stopwatch:
        self._waited = _waited()
        self._began = time.perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.wall = time.perf_counter() - self._began
        self.own = max(self.wall - (_waited() - self._waited), 1e-9)


def _waited() -> float:
    """Seconds that this thread was ready to run and did not (Documentation/scheduler/sched-stats)."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9


@dataclass(frozen=True, slots=True)
class Timed:
    """Several runs of the same work."""

    own: tuple[float, ...]
    wall: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Median of the runs."""
        return statistics.median(self.own)

    @property
    def crowd(self) -> float:
        """Time on the wall for each second of work: 1.0 on a machine that does nothing else."""
        return sum(self.wall) / sum(self.own)

    def rates(self, count: int) -> list[float]:
        """Things a second, in each run."""
        return [count / seconds for seconds in self.own]


def timed(work: Callable[[], object], runs: int) -> Timed:
    """Do the work several times."""
    watches = []
    for _ in range(runs):
        with Stopwatch() as watch:
            work()
        watches.append(watch)
    return Timed(tuple(w.own for w in watches), tuple(w.wall for w in watches))


def peak_memory(pid: int | str = "self") -> int:
    """Most bytes of memory that a process ever held (VmHWM)."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024

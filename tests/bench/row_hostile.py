"""What a document of 20 million bytes can cost that was made to cost much."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench.context import Context, child
from bench.figures import Figure, Goal
from bench.hostile import KINDS

_SIZE = 20_000_000


def measure(context: Context) -> Iterator[Figure]:
    """Seconds and memory of the costliest, each in a process of its own."""
    size = _SIZE // 100 if context.quick else _SIZE
    told = {kind: child(sys.executable, "bench.hostile", kind, str(size)) for kind in KINDS}
    details = {"documents": told}
    slowest = max(told, key=lambda kind: float(told[kind]["seconds"]))
    largest = max(told, key=lambda kind: float(told[kind]["most"]))
    yield Figure(
        f"hostile documents of {size / 1e6:g} MB, the slowest",
        "s",
        [told[slowest]["seconds"]],
        Goal(at_most=2),
        note=slowest,
        details=details,
    )
    yield Figure(
        f"hostile documents of {size / 1e6:g} MB, most memory of the process",
        "MB",
        [told[largest]["most"] / 1e6],
        Goal(at_most=200),
        note=f"{largest}; {told[largest]['before'] / 1e6:.0f} MB before it is read",
    )

"""Verifying the bundle of a 60-record lot, in process and without a chain."""

from __future__ import annotations

from collections.abc import Iterator

from bench import lots, world
from bench.context import Context
from bench.figures import Figure, Goal
from bench.timing import Stopwatch
from nodes import made_up_policy

from suyuan.core.policy import parse_policy
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import PUBLIC


def measure(context: Context) -> Iterator[Figure]:
    """Milliseconds a bundle, each of another lot."""
    count = 2 if context.quick else 30
    with context.scratch() as folder:
        made = world.found(folder / "node")
        wanted = lots.record(made, count)
        policy = parse_policy(made_up_policy(made.node))
        watches = []
        for lot in wanted:
            data = made.node.prover.bundle(PUBLIC, lot)
            with Stopwatch() as watch:
                report = verify_bundle(data, policy)
            assert report.verdict == "logged", report
            assert report.complete == "yes", report
            watches.append(watch)
        made.close()
    yield Figure(
        f"verifying a bundle of {lots.RECORDS} records",
        "ms",
        [watch.own * 1_000 for watch in watches],
        Goal(at_most=50),
        crowd=sum(w.wall for w in watches) / sum(w.own for w in watches),
        details={"bundleBytes": len(data)},
    )

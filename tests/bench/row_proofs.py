"""Inclusion proofs from the store, one at a time, at random places of a long log and of a short one."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import long_log, world
from bench.context import Context
from bench.figures import Figure, Goal, Reference
from bench.timing import Timed, timed

from suyuan.bootstrap import open_node

SHORT = 10_000


def measure(context: Context) -> Iterator[Figure]:
    """Proofs a second: nodes read from the database, folded, written as text."""
    count = 50 if context.quick else 2_000
    length = min(SHORT, context.long // 2)
    with context.logs() as folder:
        long = long_log.long_log(folder, context.long, chain=not context.quick)
        short = long_log.long_log(folder, length, chain=False)
        ours, theirs = _prove(long, count), _prove(short, count)
        kept = folder / f"pymerkle-{long.name}.db"
        reference = context.references.ask("proofs", long / "suyuan.db", kept, str(count // 10))
    yield Figure(
        f"inclusion proof from the store at {context.long:,}",
        "proofs/s",
        ours.rates(count),
        Goal(at_least=2_000),
        (
            context.references.of("pymerkle, SQLite", median(reference) if reference else None),
            Reference(f"our own at {length:,}", median(theirs.rates(count))),
        ),
        ours.crowd,
    )
    yield Figure(
        f"inclusion proof at {context.long:,} for each at {length:,}",
        "",
        [one / other for one, other in zip(ours.rates(count), theirs.rates(count), strict=True)],
        Goal(at_least=0.5),
    )


def _prove(folder: Path, count: int) -> Timed:
    draw = random.Random(1)
    node = open_node(world.settings(folder))
    head = node.database.tree.latest()
    assert head is not None

    def prove() -> None:
        for _ in range(count):
            node.prover.proofs([draw.randrange(head.size)], head)

    prove()
    measured = timed(prove, 5)
    node.close()
    return measured

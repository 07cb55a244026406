"""The public page of a 60-record lot, another lot each time, read over eight connections."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

from bench import long_log, lots, world
from bench.context import Context, child
from bench.figures import Figure, Goal
from bench.service import serving

from suyuan_devnet.devnet import Devnet

CONNECTIONS = 8


def measure(context: Context) -> Iterator[Figure]:
    """Requests a second and their 99th percentile, on the wall: the server has a core of its own."""
    count, requests = (3, 24) if context.quick else (60, 1_200)
    with context.scratch() as folder:
        pages = [page_of(lot) for lot in _record(folder / "node", count, chain=not context.quick)]
        with serving(folder / "node") as service:

            def read(many: int) -> dict[str, list[float]]:
                told: dict[str, list[float]] = child(
                    sys.executable,
                    "bench.readers",
                    service.url,
                    str(CONNECTIONS),
                    str(many),
                    *pages,
                )
                assert not told["troubles"], told["troubles"]
                return told

            read(2 * count)
            before, runs = service.seconds(), []
            for _ in range(context.runs(5)):
                runs.append(read(requests))
            spent = (service.seconds() - before) / (len(runs) * requests)
    yield Figure(
        f"public page of a lot of {lots.RECORDS} records, {count} lots",
        "requests/s",
        [requests / run["wall"] for run in runs],  # type: ignore[operator]
        Goal(at_least=150),
        note=f"{spent * 1_000:.1f} ms of the server's core for each",
        details={"pageBytes": runs[0]["sizes"]},
    )
    yield Figure(
        f"99th percentile at {CONNECTIONS} connections",
        "ms",
        [quantiles(run["latencies"], n=100)[98] * 1_000 for run in runs],
        Goal(at_most=100),
    )


def page_of(lot: str) -> str:
    """Path of a lot's page, from its object id."""
    return f"/p{urlsplit(lot).path}"


def _record(folder: Path, count: int, *, chain: bool) -> list[str]:
    made = world.found(folder)
    wanted = lots.record(made, count)
    if chain:
        with Devnet(folder / "chain") as devnet:
            long_log.anchor(made.node, devnet.rpc_url)
    made.close()
    return wanted

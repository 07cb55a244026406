"""A service over a long log that is killed while it records: how soon it records again; and how fast,
sealing and re-reading its past meanwhile."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench import long_log, mix, world
from bench.context import Context, child
from bench.figures import Figure, Goal
from bench.service import Service, serving

from suyuan.adapters.sql import open_database
from suyuan.bootstrap import open_node

_FIRST = 50_000
"""Season that is recorded here first: none of the long log's."""


def measure(context: Context) -> Iterator[Figure]:
    """From the start of the process to the first event acknowledged over HTTP."""
    found: list[float] = []
    with context.logs() as logs, context.scratch() as scratch:
        folder = scratch / "node"
        shutil.copytree(long_log.long_log(logs, context.long, chain=not context.quick), folder)
        node = open_node(world.settings(folder))
        token = node.accounts.add_token(mix.COOPERATIVE, "recorder", "bench")[0]
        node.close()
        # First, for who is killed holds the lease on re-reading for ten minutes more.
        seconds = 1 if context.quick else 60
        with serving(folder, scrub_rate=0) as service:
            order = _order(service, token, 500, seconds, _FIRST + 1_000)
            alone = child(sys.executable, "bench.load", json.dumps(order))
        with serving(folder) as service:
            before = _reading(folder)
            order = _order(service, token, 500, seconds, _FIRST + 500_000)
            told = child(sys.executable, "bench.load", json.dumps(order))
            read = _scrubbed(folder) - before
            status = json.loads(service.get("/readyz", "*/*"))
        for number in range(context.runs(5)):
            _killed(folder, token, _FIRST + 100 * number)
            found.append(_recovered(folder, token, _FIRST + 100 * number + 99))
    yield Figure(
        f"recording again after a kill, {context.long:,} entries",
        "s",
        found,
        Goal(at_most=5),
        note="from the start of the process to the first event acknowledged over HTTP",
    )
    what = f"recorded through the service over {context.long:,} entries"
    yield Figure(
        f"{what}, past not re-read",
        "events/s",
        [_rate(alone)],
        note="POST /capture, documents of 500",
    )
    yield Figure(
        f"{what}, past re-read meanwhile",
        "events/s",
        [_rate(told)],
        note=f"the same, scrub_rate as on a new node: {read:,} records re-read; "
        f"{status['sealed']:,} of {status['records']:,} sealed",
    )


def _rate(told: dict[str, Any]) -> float:
    return float(sum(count for _, _, count in told["recorded"]) / told["seconds"])


def _reading(folder: Path) -> int:
    """Wait until the past is being re-read; how far that is."""
    start = _scrubbed(folder)
    deadline = time.monotonic() + 60
    while (now := _scrubbed(folder)) == start:
        if time.monotonic() > deadline:
            raise TimeoutError("nobody re-reads the past")
        time.sleep(0.1)
    return now


def _scrubbed(folder: Path) -> int:
    """Records re-read: of this round, and all of one that has ended."""
    with open_database(world.settings(folder).database) as database:
        at, size = database.tree.scrubbed(), database.log.tail().size
    return at.index or (size if at.ended_at else 0)


def _order(
    service: Service, token: str, size: int, seconds: float, season: int, rate: int = 0
) -> dict[str, Any]:
    return {
        "url": service.url, "token": token, "rate": rate, "seconds": seconds, "size": size,
        "season": season, "rpc": "", "contract": "", "log": "",
    }  # fmt: skip


def _killed(folder: Path, token: str, season: int) -> None:
    """Have it record, and kill it while it does."""
    with serving(folder) as service:
        order = _order(service, token, 100, 30, season)

        def load() -> None:
            with suppress(RuntimeError):  # it is killed meanwhile
                child(sys.executable, "bench.load", json.dumps(order))

        thread = threading.Thread(target=load)
        before = _records(service)
        thread.start()
        while _records(service) < before + 200:
            time.sleep(0.02)
        service.kill()
        thread.join()


def _records(service: Service) -> int:
    found: int = json.loads(service.get("/readyz", "*/*"))["records"]
    return found


def _recovered(folder: Path, token: str, season: int) -> float:
    event = json.dumps({"@context": mix.CONTEXT, **mix.season(season)[0]}).encode()
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    began = time.perf_counter()
    with serving(folder) as service:
        request = urllib.request.Request(f"{service.url}/events", event, head)
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 201
        return time.perf_counter() - began

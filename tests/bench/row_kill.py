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
        for number in range(context.runs(5)):
            _killed(folder, token, _FIRST + 100 * number)
            found.append(_recovered(folder, token, _FIRST + 100 * number + 99))
        with serving(folder) as service:
            seconds = 1 if context.quick else 60
            order = _order(service, token, 500, seconds, _FIRST + 1_000)
            told = child(sys.executable, "bench.load", json.dumps(order))
            status = json.loads(service.get("/readyz", "*/*"))
    events = sum(count for _, _, count in told["recorded"])
    yield Figure(
        f"recording again after a kill, {context.long:,} entries",
        "s",
        found,
        Goal(at_most=5),
        note="from the start of the process to the first event acknowledged over HTTP",
    )
    yield Figure(
        f"recorded through the service over {context.long:,} entries, past re-read meanwhile",
        "events/s",
        [events / told["seconds"]],
        note=f"POST /capture, documents of 500; {status['sealed']:,} of {status['records']:,} sealed",
    )


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

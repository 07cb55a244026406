"""A service under fire: `suyuan serve` in a process that waits in a chosen gap to be killed.

Started once, it loads the program and then forks for each order on its standard input (one JSON object
a line), so that a restart costs no import. The child serves, and takes orders itself while it lives:

    {"arm": gap, "passes": n}   say so and wait when this gap is passed for the n-th time more
    {"go": true}                go on from where it waits
    {"clock": seconds}          how far its clock is ahead

Writes to its database fail now and then in both ways: not applied, and applied but reported as failed.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Any

import uvicorn
from fire.worker import ANCHORING, SEALING, say
from nodes import settings

import suyuan.adapters.chain  # noqa: F401  (loaded before the first fork)
from suyuan.adapters.outside import SystemClock
from suyuan.bootstrap import Node, open_node
from suyuan.core.errors import Unavailable
from suyuan.core.timestamps import from_datetime
from suyuan.flow.anchor import Anchorer
from suyuan.ports.log import LogStore, Sequencer
from suyuan.web.app import create_app

LEASE = 2.0
"""Seconds: a process that was killed holds its lease for so long, not for the usual minute."""


class Gaps:
    """Where the process may be told to wait."""

    def __init__(self) -> None:
        self._armed, self._left = "", 0
        self._lock, self._go = threading.Lock(), threading.Event()

    def arm(self, gap: str, passes: int) -> None:
        with self._lock:
            self._armed, self._left = gap, passes
        self._go.clear()

    def go(self) -> None:
        with self._lock:
            self._armed = ""
        self._go.set()

    def at(self, gap: str) -> None:
        with self._lock:
            if gap != self._armed:
                return
            self._left -= 1
            if self._left >= 0:
                return
            self._armed = ""
        say("gap", json.dumps(gap))
        self._go.wait(30)


class Faults:
    """Failures of the database in pairs, by chance."""

    def __init__(self, seed: int, chance: float) -> None:
        self._draw, self._chance = random.Random(seed), chance

    def maybe(self, how: str) -> None:
        if self._draw.random() < self._chance:
            say("fault", json.dumps(how))
            raise Unavailable("the database does not answer: {reason}", reason=how)

    def around(self, write: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(write)
        def failing(*args: Any, **named: Any) -> Any:
            self.maybe("not applied")
            done = write(*args, **named)
            self.maybe("applied and reported as failed")
            return done

        return failing


class FailingStore:
    """Another store whose writes of these names fail by chance."""

    def __init__(self, inner: Any, faults: Faults, *names: str) -> None:
        self._inner, self._faults, self._names = inner, faults, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._faults.around(found) if name in self._names else found


class FailingLog:
    """A LogStore whose appends pass the two gaps of an append, and fail by chance."""

    def __init__(self, inner: LogStore, gaps: Gaps, faults: Faults) -> None:
        self._inner, self._gaps, self._faults = inner, gaps, faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def sequencing(self) -> Iterator[Sequencer]:
        self._faults.maybe("not applied")
        with self._inner.sequencing() as sequencer:
            yield sequencer
            self._gaps.at("append, before the commit")
        self._gaps.at("append, committed and not answered")
        self._faults.maybe("applied and reported as failed")


def wire(node: Node, gaps: Gaps, faults: Faults) -> None:
    """Put gaps and faults between the verbs and their stores."""
    log: Any = FailingLog(node.database.log, gaps, faults)
    node.appender._store = log
    tree: Any = FailingStore(node.database.tree, faults, "publish")
    node.sealer.tree = tree
    node.sealer.gap = lambda name: gaps.at(SEALING[name])
    ordinary = Node.anchorer

    def anchorer(self: Node) -> Anchorer:
        made = ordinary(self)
        writes = ("intend", "add_tx", "mark_sent", "update")
        store: Any = FailingStore(made.store, faults, *writes)
        made.store = store
        made.gap = lambda name: gaps.at(ANCHORING[name])
        made.lease_seconds = LEASE
        return made

    Node.anchorer = anchorer  # type: ignore[method-assign]


def obey(gaps: Gaps, ahead: list[float]) -> None:
    """Take orders until there is nobody who gives them."""
    for line in sys.stdin:
        match json.loads(line):
            case {"arm": gap, "passes": passes}:
                gaps.arm(gap, passes)
            case {"go": True}:
                gaps.go()
            case {"clock": seconds}:
                ahead[0] = seconds
    os._exit(4)


def serve(order: dict[str, Any]) -> None:
    """The child, until it is killed or told to stop (SIGTERM)."""
    say("pid", os.getpid())
    ahead = [float(order["clock"])]

    def now(self: SystemClock) -> str:
        return from_datetime(datetime.now(UTC) + timedelta(seconds=ahead[0]))

    SystemClock.now = now  # type: ignore[method-assign]
    gaps = Gaps()
    threading.Thread(target=obey, args=(gaps, ahead), daemon=True).start()
    node = open_node(settings(Path(order["folder"]), **order["settings"]))
    wire(node, gaps, Faults(order["seed"], order["faults"]))
    app = create_app(node, workers=True)
    uvicorn.run(
        app, port=order["port"], log_level="error", timeout_graceful_shutdown=5, lifespan="on"
    )


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        order = json.loads(line)
        if "folder" not in order:  # for a child that has died meanwhile
            continue
        child = os.fork()
        if child == 0:
            try:
                serve(order)
            except BaseException as problem:
                say("crash", repr(problem))
                os._exit(5)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say("end", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()

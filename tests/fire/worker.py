"""A service under fire: writers, sealing and anchoring in a process that kills itself in a chosen gap.

Started once, it loads the program and then forks for each order on its standard input (one JSON object
a line), so that a restart costs no import; what is forked has never opened a database. The child tells
on standard output, unbuffered, what it has acknowledged and published, and in which gap it dies.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fire.story import COOP, told
from nodes import settings

import suyuan.adapters.chain  # noqa: F401  (loaded before the first fork)
from suyuan.bootstrap import Node, open_node
from suyuan.core.errors import SuyuanError, Unavailable
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.ports.log import LogStore, Sequencer

PASSES = {
    "append, before the commit": 20,
    "append, committed and not answered": 20,
    "checkpoint, signed and not inserted": 3,
    "checkpoint, inserted": 3,
    "intent, not signed": 2,
    "send, signed and not sent": 2,
    "send, sent and not marked": 2,
    "receipt, seen and not written": 2,
    "anywhere": 0,
}
"""Each gap, and how often at most it is passed before the process dies in it. ``anywhere`` is none: at
a moment of chance."""


def say(*words: object) -> None:
    """One line, whole, to whoever reads; not lost when the process dies right after."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


class Death:
    """Kills this process when its gap has been passed often enough."""

    def __init__(self, gap: str, passes: int) -> None:
        self._gap, self._left = gap, passes
        self._lock = threading.Lock()

    def at(self, gap: str) -> None:
        if gap != self._gap:
            return
        with self._lock:
            if self._left == 0:
                say("dies", json.dumps(gap))
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1


class KillingLog:
    """A LogStore whose appends pass the two gaps of an append."""

    def __init__(self, inner: LogStore, death: Death) -> None:
        self._inner, self._death = inner, death

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def sequencing(self) -> Iterator[Sequencer]:
        with self._inner.sequencing() as sequencer:
            yield sequencer
            self._death.at("append, before the commit")
        self._death.at("append, committed and not answered")


SEALING = {
    "checkpoint": "checkpoint, signed and not inserted",
    "published": "checkpoint, inserted",
}
ANCHORING = {
    "intent": "intent, not signed",
    "signed": "send, signed and not sent",
    "send": "send, sent and not marked",
    "receipt": "receipt, seen and not written",
}


def write(node: Node, name: str, start: int, stop: threading.Event) -> None:
    """Record events one after the other, and tell each once it was acknowledged."""
    caller = Caller(COOP, "recorder", "990101", "fire")
    number = start
    while not stop.is_set():
        sent = told(name, number)
        try:
            (index,) = node.capture.events(caller, [Incoming(sent)])
        except Unavailable:  # a database that is busy: the same again, as a client would
            continue
        say("ack", name, number, index)
        number += 1
        time.sleep(0.002)


def repeat(what: str, step: Callable[[], object], pause: float, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            step()
        except SuyuanError as problem:
            say("trouble", what, type(problem).__name__, problem)
            if not isinstance(problem, Unavailable):
                os._exit(3)
        stop.wait(pause)


def serve(order: dict[str, Any]) -> None:
    """The child: until it dies, or for ``seconds`` and then in order."""
    node = open_node(
        settings(
            Path(order["folder"]),
            database_url=order["database"],
            rpc_urls=[order["rpc"]],
            confirmations=1,
            resubmit_after=1.0,
        )
    )
    chance = random.Random(order["seed"])
    gap = order["gap"]
    death = Death(gap, chance.randrange(PASSES[gap] + 1) if gap else -1)
    log: Any = KillingLog(node.database.log, death)
    node.appender._store = log
    if gap == "anywhere":
        threading.Timer(chance.uniform(0.05, 1.0), death.at, [gap]).start()
    node.sealer.gap = lambda name: death.at(SEALING[name])
    anchorer = node.anchorer()
    anchorer.gap = lambda name: death.at(ANCHORING[name])
    # A process that died without giving the lease up holds it for a while.
    anchorer.lease_seconds = order["lease"]
    stop = threading.Event()

    def seal() -> None:
        head = node.sealer.seal()
        if head:
            say("sealed", head.size, head.root.hex())

    def anchor() -> None:
        say(anchorer.step().state)
        policy = node.database.anchors.policy()
        assert policy is not None
        found = node.database.anchors.latest(policy.version, ("mined", "final"))
        if found:
            say("anchored", found.size)

    threads = [
        threading.Thread(target=write, args=(node, name, start, stop), daemon=True)
        for name, start in order["writers"].items()
    ]
    loops = [
        threading.Thread(target=repeat, args=args, daemon=True)
        for args in (("seal", seal, 0.02, stop), ("anchor", anchor, 0.02, stop))
    ]
    for thread in threads + loops:
        thread.start()
    time.sleep(order["seconds"])
    stop.set()
    for thread in threads + loops:
        thread.join(30)
    if order["settle"]:
        _settle(seal, anchor, node)
    if order["release"]:
        anchorer.release()
    node.close()


def _settle(seal: Callable[[], None], anchor: Callable[[], None], node: Node) -> None:
    """Seal and anchor what is left, until there is nothing to wait for."""
    seal()
    policy, head = node.database.anchors.policy(), node.database.tree.latest()
    assert policy is not None
    assert head is not None
    deadline = time.monotonic() + 30
    while node.database.anchors.open(policy.version) or not node.database.anchors.at(
        policy.version, head.size
    ):
        if time.monotonic() > deadline:
            raise TimeoutError("the last checkpoint is not anchored")
        anchor()
        time.sleep(0.02)


def main() -> None:
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                serve(json.loads(line))
            except BaseException as problem:
                say("crash", repr(problem))
                os._exit(5)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say("end", os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()

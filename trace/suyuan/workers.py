"""The threads that keep a service going: they run jobs, seal, anchor, deliver, print and clean up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from suyuan.bootstrap import Node
from suyuan.core.errors import Fatal, SuyuanError
from suyuan.flow.anchor import ChainReset
from suyuan.flow.attachments import collect
from suyuan.flow.deliver import Turn, Writer
from suyuan.flow.entrance import NOTED_EVERY
from suyuan.flow.scans import FLUSH_SECONDS
from suyuan.flow.scrub import HELD
from suyuan.flow.scrub import LEASE as SCRUB_LEASE
from suyuan.flow.standings import AT_ONCE
from suyuan.ports.printing import LabelJob

_log = structlog.get_logger()
_PRINTERS_AT_ONCE = 16


@dataclass(slots=True)
class Workers:
    """Threads that run jobs, seal, anchor and clean up until ``stop``, each through its own troubles.

    ``troubles`` tells the faces what is wrong now: worker name → the error that it met last.
    """

    node: Node
    on_reset: Callable[[Node, ChainReset], None] | None = None
    """What to do when the chain was started over; it raises where that is not for it to mend."""
    writer: Writer | None = None
    """How a delivery to a subscriber is written; without it nothing is delivered."""
    troubles: dict[str, SuyuanError] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _delivering: dict[Turn, threading.Thread] = field(default_factory=dict)
    _printing: dict[str, threading.Thread] = field(default_factory=dict)

    def start(self) -> None:
        settings = self.node.settings
        loops: list[tuple[str, float, Callable[[], object]]] = [
            ("jobs", 0.5, self.node.jobs.run_one),
            ("seal", min(1.0, settings.seal_seconds), self._seal),
            ("attachments", 3600.0, self._collect),
            ("rules", AT_ONCE, self.node.standings.work),
            ("scans", FLUSH_SECONDS, self.node.scans.flush),
            ("sessions", NOTED_EVERY, self.node.entrance.note),
        ]
        if self.node.cosigning.asked:
            loops.append(("witness", settings.poll_seconds, self.node.cosigning.step))
        if self.writer is not None and settings.outgoing_hosts:
            loops.append(("deliver", 0.25, self._deliver))
        if settings.printer_hosts:
            self.node.printing.stopping = self._stop.is_set
            loops.append(("labels", 0.5, self._print))
        if settings.scrub_rate:
            loops.append(("scrub", 1.0, self._scrub))
        if settings.rpc_urls:
            loops.append(("anchor", settings.poll_seconds, self.anchor))
        for name, pause, work in loops:
            thread = threading.Thread(
                target=self._run, args=(name, pause, work), name=f"suyuan-{name}", daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self, timeout: float = 15.0) -> None:
        """Let each worker end what it is doing, and wait for it."""
        self._stop.set()
        self.node.jobs.arrived.set()
        for thread in (
            *self._threads,
            *list(self._delivering.values()),
            *list(self._printing.values()),
        ):
            thread.join(timeout)
        # What was counted since the last look goes with the service that stops in peace.
        self.node.scans.flush()
        self.node.entrance.note()
        for lease in ("anchoring", SCRUB_LEASE):
            self.node.database.anchors.release(lease, self.node.holder)

    def _seal(self) -> None:
        self.node.sealer.due(self.node.settings.seal_seconds)

    def _scrub(self) -> None:
        rate = self.node.settings.scrub_rate
        for problem in self.node.scrubber.step(lambda units: self._rest(units / rate)):
            _log.error("stored data is damaged", record=problem.index, problem=str(problem))

    def _rest(self, seconds: float) -> None:
        """In parts, so that the right to scrub does not run out meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop.wait(min(left, HELD / 4)):
            self.node.scrubber.lease(HELD)

    def _collect(self) -> None:
        self.node.importing.collect()
        self.node.cases.collect()
        count = collect(self.node.database.attachments, self.node.clock)
        if count:
            _log.info("attachments that no record names are deleted", count=count)

    def _deliver(self) -> Turn | None:
        """Give a turn that is due a thread of its own, so that who answers slowly holds up nobody."""
        turn = self.node.deliveries.next_turn(list(self._delivering))
        if turn is not None:
            thread = threading.Thread(
                target=self._run_turn, args=(turn,), name="suyuan-delivery", daemon=True
            )
            self._delivering[turn] = thread
            thread.start()
        return turn

    def _print(self) -> LabelJob | None:
        """Give a job of labels a thread of its own: one printer without paper holds up no other."""
        if len(self._printing) >= _PRINTERS_AT_ONCE:
            return None
        job = self.node.printing.claim()
        if job is not None:
            thread = threading.Thread(
                target=self._run_labels, args=(job,), name="suyuan-labels", daemon=True
            )
            self._printing[job.id] = thread
            thread.start()
        return job

    def _run_labels(self, job: LabelJob) -> None:
        try:
            self.node.printing.run(job)
            self.troubles.pop("label-job", None)
        except SuyuanError as problem:  # its lease runs out, and it is taken up or falls into doubt
            self._trouble("label-job", problem)
        except Exception as problem:
            self._trouble("label-job", _crash("label-job", problem))
            _log.exception("worker", worker="label-job")
        finally:
            del self._printing[job.id]

    def _run_turn(self, turn: Turn) -> None:
        assert self.writer is not None
        try:
            self.node.deliveries.run(turn, self.writer)
            self.troubles.pop("deliver-turn", None)
        except SuyuanError as problem:  # its turn runs out, and it is tried again
            self._trouble("deliver-turn", problem)
        except Exception as problem:
            self._trouble("deliver-turn", _crash("deliver-turn", problem))
            _log.exception("worker", worker="deliver-turn")
        finally:
            del self._delivering[turn]

    def anchor(self) -> None:
        """One look at the chain: its clock, and the next step of anchoring."""
        try:
            chain = self.node.chain()
            self.node.sealer.chain_clock.look(*chain.newest(), self.node.clock.now())
            self.node.anchorer().step()
        except ChainReset as reset:
            if self.on_reset is None:
                raise
            self.on_reset(self.node, reset)

    def _run(self, name: str, pause: float, work: Callable[[], object]) -> None:
        while not self._stop.is_set():
            if self.look(name, work) and name in ("jobs", "deliver", "labels"):
                continue
            if name == "jobs":  # of this process; of another one's it hears at its next look
                self.node.jobs.arrived.wait(pause)
                self.node.jobs.arrived.clear()
            else:
                self._stop.wait(pause)

    def look(self, name: str, work: Callable[[], object]) -> bool:
        """One turn of a worker, its trouble noted; whether it found something to do."""
        try:
            found = work() is not None
            self.troubles.pop(name, None)
        except SuyuanError as problem:
            self._trouble(name, problem)
        except Exception as problem:  # a worker that dies in silence would be worse
            self._trouble(name, _crash(name, problem))
            _log.exception("worker", worker=name)
        else:
            return found
        return False

    def _trouble(self, name: str, problem: SuyuanError) -> None:
        if str(self.troubles.get(name)) != str(problem):
            _log.error("worker in trouble", worker=name, problem=str(problem))
        self.troubles[name] = problem


def _crash(name: str, problem: Exception) -> SuyuanError:
    return Fatal("{kind} in the {name} worker", kind=type(problem).__name__, name=name)

"""Capture jobs: accepted with 202 means that the document is durable; it then goes in whole or not,
or, where that was asked for, all of it that can.

A worker that is at it renews its lease and says how far it is; one that dies leaves a lease that runs
out, and the next one starts the job anew. Nothing can go in twice: the job is marked done in the
transaction that appends its records.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from suyuan.core.epcis.reading import MOST_EVENTS, read_events
from suyuan.core.errors import (
    Forbidden,
    Malformed,
    Many,
    NotFound,
    Refused,
    SuyuanError,
    TooLarge,
    Unavailable,
)
from suyuan.core.kept import as_json, from_json
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.leaving import Leaving, sentences
from suyuan.flow.named import with_document
from suyuan.flow.proceed import Captured, capture_what_can
from suyuan.ports.accounts import Behaviour, Job, JobStore
from suyuan.ports.log import Sequencer
from suyuan.ports.outside import Clock


@dataclass(slots=True)
class Jobs:
    """Submit, look up and run capture jobs."""

    store: JobStore
    capture: Capture
    clock: Clock
    holder: str
    leaving: Leaving
    """The gate for what these events send off."""
    most_events: int = 20_000
    lease_seconds: float = 120.0
    renew_seconds: float = 1.0
    """How often a running job's lease is renewed, and how far it is told."""
    arrived: threading.Event = field(default_factory=threading.Event)
    """Set when a job is submitted here: a worker of this process need not wait for its next look."""

    def submit(
        self,
        caller: Caller,
        document: bytes,
        *,
        private: tuple[str, ...] = (),
        key: str = "",
        behaviour: Behaviour = "rollback",
        each: Sequence[tuple[str, ...]] = (),
    ) -> Job:
        """Take an EPCISDocument, JSON or XML (or one event, or a list of them in JSON).

        Raises Malformed, or TooLarge for too many events, before anything is kept;
        Unavailable when too much waits for the chain. The document is kept with the job as it came.
        ``each``: what is made private of each event, beside ``private`` of all.
        """
        events = incoming_of(document, private, most=self.most_events)
        asked = {
            "private": list(private),
            "key": key,
            "token": caller.token,
            "county": caller.county,
            "each": {number: at for number, at in enumerate(each) if at},
        }
        job = Job(
            id=secrets.token_hex(12),
            organisation=caller.organisation,
            role=caller.role,
            state="queued",
            request=json.dumps(asked).encode() + b"\n" + document,
            total=len(events),
            checked=0,
            indices=(),
            errors=b"[]",
            created_at=self.clock.now(),
            behaviour=behaviour,
        )
        self.capture.appender.admit()
        self.store.add(job)
        self.arrived.set()
        return job

    def get(self, caller: Caller, job_id: str) -> Job:
        """A job of the caller's own organisation (an administrator sees all)."""
        job = self.store.get(job_id)
        if job is None:
            raise NotFound("no capture job {id}", id=job_id)
        if job.organisation != caller.organisation and caller.role != "administrator":
            raise Forbidden("this capture job belongs to another organisation")
        return job

    def run_one(self) -> Job | None:
        """Run the oldest waiting job to its end; None when there is none.

        Unavailable leaves the job as it is: it is taken up again when its lease has run out.
        """
        job = self.store.claim(self.holder, self.lease_seconds)
        if job is None:
            return None
        first_line, _, document = job.request.partition(b"\n")
        asked = json.loads(first_line)
        caller = Caller(job.organisation, job.role, asked["county"], asked["token"])
        try:
            with self._held(job) as checked:
                # As many as it was taken with, whatever the limit is now.
                incoming = _hiding(
                    incoming_of(document, tuple(asked["private"]), most=job.total),
                    asked.get("each", {}),
                )
                stopped = {
                    place: list(sentences(blocked))
                    for place, blocked in self.leaving.stopped(caller, incoming).items()
                }
                if job.behaviour == "proceed":
                    capture_what_can(
                        self.capture,
                        caller,
                        incoming,
                        stopped=stopped,
                        idempotency_key=asked["key"] or None,
                        ending=partial(self._end_with, job.id),
                        on_checked=checked,
                    )
                elif stopped:
                    raise Many([one for place in sorted(stopped) for one in stopped[place]])
                else:
                    self.capture.events(
                        caller,
                        with_document(self.capture, caller, document, incoming),
                        idempotency_key=asked["key"] or None,
                        ending=lambda seq, indices: seq.finish_job(
                            job.id, indices, self.clock.now()
                        ),
                        on_checked=checked,
                    )
        except Unavailable:
            raise
        except Refused as problem:
            inner = problem.errors if isinstance(problem, Many) else (problem,)
            self.store.fail(job.id, errors_to_json(inner), self.clock.now())
        return self.store.get(job.id)

    def _end_with(self, job: str, seq: Sequencer, captured: Captured) -> None:
        errors = errors_to_json(captured.problems)
        seq.finish_job(job, captured.indices, self.clock.now(), errors=errors)

    @contextmanager
    def _held(self, job: Job) -> Iterator[Callable[[int], None]]:
        """Keep the job ours however long it takes; call what is yielded with the events checked."""
        ended, checked = threading.Event(), 0

        def note(count: int) -> None:
            nonlocal checked
            checked = count

        def renew() -> None:
            ours = True
            while ours and not ended.wait(self.renew_seconds):
                # A database that does not answer now may answer before the lease runs out.
                with suppress(Unavailable):
                    ours = self.store.progress(job.id, self.holder, checked, self.lease_seconds)

        thread = threading.Thread(target=renew, name="suyuan-lease", daemon=True)
        thread.start()
        try:
            yield note
        finally:
            ended.set()
            thread.join()


def _hiding(incoming: list[Incoming], each: Mapping[str, Sequence[str]]) -> list[Incoming]:
    return [
        replace(one, private=(*one.private, *each[str(number)])) if str(number) in each else one
        for number, one in enumerate(incoming)
    ]


def incoming_of(
    document: bytes, private: tuple[str, ...] = (), *, most: int = MOST_EVENTS
) -> list[Incoming]:
    """The events of a document, JSON or XML, with their JSON pointers (in its translation).

    TooLarge where they are more than ``most``.
    """
    found = read_events(document, ordered=True, most=most)
    return [
        Incoming(event, found.pointer(place), private) for place, event in enumerate(found.events)
    ]


def errors_to_json(problems: Sequence[SuyuanError]) -> bytes:
    """Errors as kept with a job: templates and parameters, so that they can be told in any language."""
    return json.dumps(
        [
            {
                "kind": type(e).__name__,
                "message": e.message,
                "path": e.path,
                "params": {k: as_json(v) for k, v in e.params.items()},
            }
            for e in problems[:1000]
        ],
        ensure_ascii=False,
    ).encode()


_KINDS: dict[str, type[Refused]] = {"Malformed": Malformed, "TooLarge": TooLarge}
"""Of which faces say the rule."""


def errors_from_json(kept: bytes) -> list[SuyuanError]:
    """The other way round."""
    found: list[SuyuanError] = []
    items: list[dict[str, Any]] = json.loads(kept)
    for item in items:
        error = _KINDS.get(item["kind"], Refused)(item["message"], path=item["path"])
        error.params = {name: from_json(value) for name, value in item["params"].items()}
        found.append(error)
    return found

"""Audits asked for at the desk: run behind the page, tell how far they are, and stay to be read."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from suyuan.core.errors import Conflict, NotFound, Refused, SuyuanError
from suyuan.core.policy import Policy
from suyuan.flow.actors import Actor
from suyuan.flow.audit import AuditReport, Source, audit
from suyuan.flow.audit_chain import Heads
from suyuan.ports.audits import Audit, AuditStore
from suyuan.ports.outside import Clock

SILENT = timedelta(seconds=60)
"""After which one that said nothing is taken for interrupted: its process has ended."""


@dataclass(slots=True)
class Audits:
    """Verbs of who may inspect. One at a time: each reads the whole log."""

    store: AuditStore
    source: Callable[[], Source]
    policy: Callable[[], Policy | None]
    chain: Callable[[Policy], Heads | None]
    clock: Clock
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, actor: Actor) -> Audit:
        """Start one; Conflict while another of the organisation runs, Refused without a policy."""
        actor.require("inspect")
        policy = self.policy()
        if policy is None:
            raise Refused("no contract is set up for this log yet; an audit needs its policy")
        with self._lock:
            if any(one.state == "running" for one in self.list(actor)):
                raise Conflict("an audit is running already; wait for its report")
            now = self.clock.now()
            name = f"{now[:10]}T{now[11:19]}".replace("-", "").replace(":", "")
            made = Audit(f"{name}-{secrets.token_hex(6)}", actor.organisation, actor.uri, now,
                         seen_at=now)  # fmt: skip
            self.store.put(made)
            thread = threading.Thread(
                target=self._run, args=(made, policy), name="suyuan-audit", daemon=True
            )
            self._threads[made.id] = thread
            thread.start()
        return made

    def list(self, actor: Actor) -> list[Audit]:
        """Those of the actor's organisation, the newest first."""
        actor.require("inspect")
        return [self._now(one) for one in self.store.list(actor.organisation)]

    def get(self, actor: Actor, audit_id: str) -> Audit:
        """One; NotFound where there is none of the actor's organisation."""
        actor.require("inspect")
        found = self.store.get(audit_id)
        if found is None or found.organisation != actor.organisation:
            raise NotFound("no audit {id}", id=audit_id[:40])
        return self._now(found)

    def wait(self, audit_id: str, timeout: float = 60.0) -> None:
        """Until one of this process has ended."""
        thread = self._threads.get(audit_id)
        if thread is not None:
            thread.join(timeout)

    def _now(self, one: Audit) -> Audit:
        if one.state == "running" and one.id not in self._threads:
            silent = datetime.fromisoformat(self.clock.now()) - datetime.fromisoformat(one.seen_at)
            if silent > SILENT:
                return replace(one, state="failed")
        return one

    def _run(self, asked: Audit, policy: Policy) -> None:
        current = asked

        def note(done: int, total: int) -> None:
            nonlocal current
            current = replace(current, done=done, total=total, seen_at=self.clock.now())
            self.store.put(current)

        try:
            report = audit(self.source(), policy, chain=self.chain(policy), signatures=True,
                           on_progress=note)  # fmt: skip
            ended = replace(current, state="done", report=told(report))
        except SuyuanError as problem:
            ended = replace(current, state="failed", problem=said(problem))
        except Exception:
            self.store.put(replace(current, state="failed"))
            raise
        else:
            self.store.put(replace(ended, seen_at=self.clock.now()))
        finally:
            self._threads.pop(asked.id, None)


def told(report: AuditReport) -> dict[str, Any]:
    """A report as JSON."""
    difference = report.difference
    return {
        "ok": report.ok,
        "size": report.size,
        "root": report.root,
        "newest": report.newest,
        "unsealed": report.unsealed,
        "hidden": report.hidden,
        "erased": report.erased,
        "checkpoints": report.checkpoints,
        "signatures": report.signatures,
        "chain": report.chain,
        "chainSizes": list(report.chain_sizes),
        "difference": None
        if difference is None
        else {
            "index": difference.index,
            "what": difference.what,
            **said(difference.problem),
        },
    }


def said(problem: SuyuanError) -> Mapping[str, Any]:
    """An error as its template and what fills it, for pages in either language."""
    params = {
        name: value if isinstance(value, (int, str)) else str(value)
        for name, value in problem.params.items()
    }
    return {"message": problem.message, "params": params, "text": problem.text}


__all__ = ["SILENT", "Audits", "said", "told"]

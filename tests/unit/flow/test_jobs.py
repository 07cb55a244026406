"""Capture jobs: each ends, whatever came before it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from nodes import World, document, event

from suyuan.adapters.sql.connections import Connections
from suyuan.core.errors import Many, Refused, Unavailable
from suyuan.flow import capture
from suyuan.flow.drafts import CheckedEvent, check_events
from suyuan.ports.accounts import JobStore


def submit(world: World, count: int = 1, /, **head: str) -> str:
    events = [event(eventID=f"urn:x:{n}") for n in range(count)]
    body = json.dumps(document(events)).encode()
    answer = world.client.post("/capture", content=body, headers=world.head("coop", **head))
    assert answer.status_code == 202
    return str(answer.headers["location"])


def test_a_job_with_an_idempotency_key_that_was_answered_ends_with_that_answer(
    world: World,
) -> None:
    places = [submit(world, **{"Idempotency-Key": "once"}) for _ in range(2)]
    before = world.node.database.log.tail().size
    while world.node.jobs.run_one() is not None:
        pass
    first, second = (world.client.get(p, headers=world.head("coop")).json() for p in places)
    assert first["success"]
    assert not second["running"]
    assert second["success"]
    assert second["indices"] == first["indices"]
    assert world.node.database.log.tail().size == before + 1


def test_a_job_that_two_workers_run_goes_in_once(world: World) -> None:
    place = submit(world)
    jobs = world.node.jobs
    claimed = jobs.store.claim("worker that is slow", 0.0)
    assert claimed is not None
    assert jobs.run_one() is not None
    size = world.node.database.log.tail().size
    told = world.client.get(place, headers=world.head("coop")).json()
    assert told["success"]
    assert jobs.run_one() is None
    assert world.node.database.log.tail().size == size


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.01)


class Flaky:
    """A job store that does not answer the first time that a lease is renewed."""

    def __init__(self, inner: JobStore) -> None:
        self._inner, self.renewals = inner, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def renewed_since(self, count: int) -> bool:
        """Whether a renewal that began later than these has ended."""
        return self.renewals > count + 1

    def progress(self, *told: Any) -> bool:
        self.renewals += 1
        if self.renewals == 1:
            raise Unavailable("the database does not answer")
        return self._inner.progress(*told)


def test_a_job_that_outlives_its_lease_stays_its_workers_and_says_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = submit(world, 250)
    jobs = world.node.jobs
    store = Flaky(jobs.store)
    jobs.store, jobs.lease_seconds, jobs.renew_seconds = store, 60.0, 0.02
    seen: list[tuple[int, int]] = []
    now = time.time()
    monkeypatch.setattr(Connections, "now", lambda *_: now)
    check = check_events

    def ask() -> dict[str, Any]:
        told: dict[str, Any] = world.client.get(place, headers=world.head("coop")).json()
        return told

    def longer_than_a_lease() -> None:
        nonlocal now
        for _ in range(2):
            now += 40.0
            until(partial(store.renewed_since, store.renewals))

    def slowly(events: Sequence[tuple[str, Any]]) -> list[CheckedEvent]:
        """Before each part: what was checked is told, and a lease's length goes by."""
        so_far = 100 * len(seen)
        until(lambda: ask()["checked"] == so_far)
        seen.append((ask()["checked"], ask()["recorded"]))
        if so_far:
            longer_than_a_lease()
        assert jobs.store.claim("another worker", 60.0) is None
        return check(events)

    monkeypatch.setattr("suyuan.flow.capture.check_events", slowly)
    ended = jobs.run_one()
    assert ended is not None
    assert (ended.state, ended.checked) == ("done", 250)
    assert seen == [(0, 0), (100, 0), (200, 0)]
    assert store.renewals > 2
    told = ask()
    assert (told["total"], told["checked"], told["recorded"]) == (250, 250, 250)


def test_every_problem_is_named_however_many_parts_are_checked(world: World) -> None:
    """In parts or in one go: the same refusals, by the same places."""
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    for wrong in ([7], [7, 8, 130, 249]):
        items = [
            capture.Incoming(event(**({"action": "X"} if n in wrong else {})), f"/{n}")
            for n in range(250)
        ]
        heard: list[int] = []
        problems = []
        for on_checked in (None, heard.append):
            with pytest.raises(Refused) as refused:
                world.node.capture.events(caller, items, on_checked=on_checked)
            one = refused.value
            problems.append(
                [str(e) + e.path for e in (one.errors if isinstance(one, Many) else [one])]
            )
        assert len(problems[0]) == len(wrong)
        assert problems[0] == problems[1]
        assert heard == [100, 200, 250]

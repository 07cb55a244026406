"""Attachments that nobody names: a week to name them in, a day more, and then they are gone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from nodes import World, event

from suyuan.core.encoding import parse_digest
from suyuan.core.timestamps import from_datetime
from suyuan.flow.attachments import collect
from suyuan.ports.outside import Clock
from suyuan.workers import Workers


@dataclass
class Later:
    """A clock that is so much later."""

    clock: Clock
    by: timedelta

    def now(self) -> str:
        return from_datetime(datetime.fromisoformat(self.clock.now()) + self.by)


def send(world: World, body: bytes) -> dict[str, object]:
    answer = world.client.post("/attachments", content=body, headers=world.head("coop"))
    member: dict[str, object] = answer.json()
    return member


def name(world: World, member: dict[str, object]) -> int:
    sent = event(**{"suyuan:attachments": [member]})
    return world.client.post("/events", json=sent, headers=world.head("coop")).status_code


def there(world: World, member: dict[str, object]) -> bool:
    return world.node.database.attachments.get(parse_digest(str(member["digest"]))) is not None


def test_what_is_not_named_in_time_is_deleted_and_never_named_before_it_is(world: World) -> None:
    store, capture = world.node.database.attachments, world.node.capture
    named, forgotten = send(world, b"named"), send(world, b"forgotten")
    assert name(world, named) == 201
    clock, minute = world.node.clock, timedelta(minutes=1)
    week, a_day_more = timedelta(days=7), timedelta(days=8)
    assert collect(store, Later(clock, a_day_more - minute)) == 0
    # Refused a day before it is deleted: no append that was let in can lose it.
    capture.clock = Later(clock, week + minute)
    assert name(world, forgotten) == 404
    assert there(world, forgotten)
    capture.clock = Later(clock, week - minute)
    assert collect(store, Later(clock, a_day_more + minute)) == 1
    assert (there(world, named), there(world, forgotten)) == (True, False)
    assert name(world, forgotten) == 404
    assert name(world, send(world, b"forgotten")) == 201


def test_a_worker_of_the_service_does_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten = send(world, b"forgotten")
    monkeypatch.setattr(world.node, "clock", Later(world.node.clock, timedelta(days=9)))
    workers = Workers(world.node)
    workers.start()
    deadline = time.monotonic() + 60
    while there(world, forgotten) and time.monotonic() < deadline:
        time.sleep(0.02)
    workers.stop()
    assert not there(world, forgotten)
    assert not workers.troubles

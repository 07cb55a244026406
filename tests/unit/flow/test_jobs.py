"""Capture jobs: each ends, whatever came before it."""

from __future__ import annotations

import json

from nodes import World, document, event


def submit(world: World, **head: str) -> str:
    body = json.dumps(document([event()])).encode()
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

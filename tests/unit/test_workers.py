"""The threads of a service: their troubles are told, jobs are run at once, damage is named."""

from __future__ import annotations

import json
import threading
import time

from nodes import BASE, World, document, event
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from suyuan.workers import Workers


def test_a_worker_that_fails_is_told_of_without_what_it_held(world: World) -> None:
    workers = Workers(world.node)

    def work() -> object:
        workers._stop.set()
        raise RuntimeError("postgresql://user:password@host")

    workers._run("seal", 0.0, work)
    assert str(workers.troubles["seal"]) == "RuntimeError in the seal worker"


def test_the_scrub_names_each_damaged_record_in_the_log(world: World) -> None:
    """Without a trouble of its own: the damage is on record, and stops the sealing."""
    node = world.node
    for number in (1, 2):
        world.client.post(
            "/events", json=event(eventID=f"{BASE}e/{number}"), headers=world.head("coop")
        )
    node.sealer.seal()
    size = node.database.log.tail().size
    node.settings.scrub_rate = 1e9
    workers = Workers(node)
    workers._scrub()
    assert node.database.tree.scrubbed().ended_at
    with create_engine(node.settings.database).begin() as connection:
        connection.execute(
            text("UPDATE contents SET content = 'x' WHERE idx >= :i"), {"i": size - 2}
        )
    with capture_logs() as logs:
        workers._scrub()
    assert [(line["record"], line["log_level"]) for line in logs] == [
        (size - 2, "error"), (size - 1, "error"),
    ]  # fmt: skip
    answer = world.client.get("/readyz")
    assert (answer.status_code, answer.json()["damage"]) == (503, f"record {size - 2}: content")
    told = world.client.get("/metrics", headers=world.head("admin")).text
    assert "suyuan_scrub_round_damages 2.0" in told
    assert "suyuan_scrub_round_ended_timestamp_seconds" in told


def test_a_job_submitted_here_is_run_before_the_next_look(world: World) -> None:
    """With an hour between two looks, at the start and after each job."""
    workers = Workers(world.node)
    jobs = world.node.jobs
    thread = threading.Thread(target=workers._run, args=("jobs", 3600.0, jobs.run_one), daemon=True)
    thread.start()
    try:
        for number in range(2):
            body = json.dumps(document([event(eventID=f"urn:x:{number}")])).encode()
            answer = world.client.post("/capture", content=body, headers=world.head("coop"))
            place = answer.headers["location"]
            deadline = time.monotonic() + 30
            while world.client.get(place, headers=world.head("coop")).json()["running"]:
                assert time.monotonic() < deadline, "it waits for the next look"
                time.sleep(0.01)
    finally:
        workers.stop()
    thread.join(30)
    assert not thread.is_alive()

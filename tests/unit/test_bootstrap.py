"""What a node says of its troubles."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog
from nodes import BASE, World, document, event
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from suyuan.bootstrap import Workers


def test_a_trace_in_the_logs_holds_no_values(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    token = world.tokens["admin"]

    def fails(secret: str) -> None:
        raise RuntimeError("as it happens")

    try:
        fails(token)
    except RuntimeError:
        structlog.get_logger().exception("unexpected", path="/events")
    told = capsys.readouterr()
    assert "RuntimeError: as it happens" in told.err
    assert "/events" in told.err
    assert token not in told.err
    assert told.out == ""


def test_two_who_found_a_log_at_once_found_one(tmp_path: Path) -> None:
    """Each in a process of its own, from nothing: both have the same keys, and entry 0 is one."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nodes import BASE, settings\n"
        "from suyuan.bootstrap import create_node\n"
        "from suyuan.found import Founder, found_log\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "node = create_node(settings(Path(sys.argv[1])))\n"
        "found_log(node, Founder(f'{BASE}org/admin', '县中心', 'County centre', '990101'))\n"
        "kid = node.database.log.records([0])[0].kid\n"
        "node.capture.keys.signer(kid).sign(b'mine')\n"
        "print(kid, node.sealer.signer.vkey, node.database.log.tail().size)\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "node")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": ""},
        )
        for _ in range(2)
    ]
    for each in both:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in both:
        assert each.stdin is not None
        each.stdin.write("\n")
        each.stdin.flush()
    told = [each.communicate(timeout=60) for each in both]
    assert [each.returncode for each in both] == [0, 0], told
    assert told[0][0] == told[1][0]
    assert told[0][0].endswith(" 1\n")


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

"""What a node says of its troubles."""

from __future__ import annotations

import pytest
import structlog
from nodes import World

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


def test_a_worker_that_fails_is_told_of_without_what_it_held(world: World) -> None:
    workers = Workers(world.node)

    def work() -> object:
        workers._stop.set()
        raise RuntimeError("postgresql://user:password@host")

    workers._run("seal", 0.0, work)
    assert str(workers.troubles["seal"]) == "RuntimeError in the seal worker"

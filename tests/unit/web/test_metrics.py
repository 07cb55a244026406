"""Metrics: what Prometheus is told, by whom it may be asked, and what no label gives away."""

from __future__ import annotations

import inspect
import re
from datetime import datetime

import pytest
from nodes import World, event, made_up_policy
from prometheus_client.parser import text_string_to_metric_families

from suyuan.core.errors import Fatal
from suyuan.workers import Workers


def told(world: World) -> dict[str, float]:
    """Samples without labels, or with them behind the name."""
    answer = world.client.get("/metrics", headers=world.head("admin"))
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_the_log_holds(world: World) -> None:
    before = told(world)
    assert (before["suyuan_sealed_records"], before["suyuan_damaged"]) == (0, 0)
    world.client.post("/events", json=event(), headers=world.head("coop"))
    world.node.sealer.seal()
    after = told(world)
    assert after["suyuan_records"] == before["suyuan_records"] + 1 == after["suyuan_sealed_records"]
    assert after["suyuan_worker_in_trouble[('worker', 'seal')]"] == 0
    assert "suyuan_anchors_left" not in after  # no chain: nobody knows


def test_requests_are_counted_by_route_and_not_by_address(world: World) -> None:
    for number in (1, 2, 3):
        world.client.get(f"/events/{number}")
    world.client.get("/p/01/09521234000068/10/SECRET-LOT/21/SECRET")
    found = told(world)
    route = "[('route', '/events/{event_id:path}'), ('status', '200')]"
    assert found[f"suyuan_requests_total{route}"] == 3
    text = world.client.get("/metrics", headers=world.head("admin")).text
    assert "SECRET" not in text
    assert re.search(r"suyuan_request_seconds_count\{route=\"/events/", text)


def test_administrators_alone(world: World) -> None:
    for who, status in ((None, 401), ("coop", 403), ("bureau", 403), ("admin", 200)):
        head = world.head(who) if who else {}
        assert world.client.get("/metrics", headers=head).status_code == status


def test_every_worker_in_trouble_is_told(world: World) -> None:
    """Each that `Workers` runs, and those that it gives threads of their own."""
    source = inspect.getsource(Workers)
    names = set(re.findall(r'\("([a-z]+)", .+, self\.', source))
    names |= set(re.findall(r'self\._trouble\("([a-z-]+)"', source))
    assert {"jobs", "seal", "anchor", "witness", "rules", "labels", "label-job"} <= names
    troubles = world.client.app.state.workers.troubles  # type: ignore[attr-defined]
    assert not any(value for name, value in told(world).items() if "in_trouble" in name)
    for name in names:
        troubles[name] = Fatal("the disk is full")
        found = [key for key, value in told(world).items() if "in_trouble" in key and value]
        assert len(found) == 1, name
        del troubles[name]


def test_since_when_records_wait(world: World) -> None:
    anchors = world.node.database.anchors
    anchors.add_policy(made_up_policy(world.node), world.node.clock.now())
    found = told(world)
    first = world.node.database.log.records([0])[0].record_time
    since = datetime.fromisoformat(first).timestamp()
    assert found["suyuan_waiting_since_timestamp_seconds"] == pytest.approx(since)

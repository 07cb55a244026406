"""With the chain down the log goes on, up to a bound; then whoever sends is told to come back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nodes import World, document, event, made_up_policy, world  # noqa: F401

from suyuan.core.errors import Unavailable
from suyuan.flow.backlog import Backlog
from suyuan.ports.anchors import AnchorRow


def test_past_the_bound_intake_answers_503(world: World) -> None:  # noqa: F811
    node = world.node
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    node.sealer.seal()
    size = node.database.log.tail().size
    node.backlog.bound = size + 1
    events = [event(quantityList=[{"epcClass": f"https://id.gs1.org/01/09521234000068/10/B{n}",
        "quantity": 1, "uom": "KGM"}]) for n in range(3)]  # fmt: skip
    send = world.client.post
    assert send("/events", json=events[0], headers=world.head("coop")).status_code == 201
    for path, body in (("/events", events[1]), ("/capture", document(events[1:]))):
        refused = send(path, json=body, headers=world.head("coop", **{"Accept-Language": "zh"}))
        assert refused.status_code == 503, refused.text
        assert int(refused.headers["Retry-After"]) > 0
        assert "等待上链" in refused.json()["detail"]
    assert node.database.log.tail().size == size + 1
    assert node.jobs.run_one() is None
    # A stolen key is revoked at any time, and what is anchored makes room again.
    assert node.capture.enrol_kept(admin(world), world.org("coop"), "recorder", node.clock.now())
    head = node.sealer.seal()
    assert head is not None
    row = node.database.anchors.intend(
        AnchorRow(0, 1, 0, head.size, head.root, (), "pending", node.clock.now(), ())
    )
    with pytest.raises(Unavailable):
        node.backlog.check()
    node.database.anchors.update(replace(row, state="mined"))
    assert node.backlog.waiting() == 0
    assert send("/events", json=events[1], headers=world.head("coop")).status_code == 201


def test_no_contract_or_no_bound_turns_nobody_away(world: World) -> None:  # noqa: F811
    database = world.node.database
    Backlog(database.log, database.anchors, 1).check()
    database.anchors.add_policy(made_up_policy(world.node), world.node.clock.now())
    Backlog(database.log, database.anchors, 0).check()
    with pytest.raises(Unavailable):
        Backlog(database.log, database.anchors, 1).check()


def admin(world: World):  # type: ignore[no-untyped-def]  # noqa: F811
    return world.node.accounts.authenticate(world.tokens["admin"])

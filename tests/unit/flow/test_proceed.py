"""Greedy capture: what can be recorded is, once, and all else is told by its place."""

from __future__ import annotations

from typing import Any

import pytest
from nodes import World, event

from suyuan.core.errors import Conflict, Forbidden, Many
from suyuan.flow.capture import Incoming
from suyuan.flow.proceed import Captured, capture_what_can


def crate(number: int, **more: Any) -> dict[str, Any]:
    return event(quantityList=None, epcList=[f"https://node.example/crate/{number}"], **more)


def go(world: World, *events: Any, who: str = "coop", key: str | None = None) -> Captured:
    caller = world.node.accounts.authenticate(world.tokens[who])
    incoming = [Incoming(one, f"/{place}") for place, one in enumerate(events)]
    return capture_what_can(world.node.capture, caller, incoming, idempotency_key=key)


def size(world: World) -> int:
    return world.node.database.log.tail().size


def test_what_is_invalid_is_left_out_and_told(world: World) -> None:
    before = size(world)
    found = go(world, crate(1), crate(2, action="TAKE"), crate(3), "no event", crate(4, type="X"))
    assert found.indices == (before, None, before + 1, None, None)
    assert [problem.path.split("/")[1] for problem in found.problems] == ["1", "3", "4"]
    assert size(world) == before + 2


def test_what_may_not_be_recorded_is_left_out_with_all_that_rests_on_the_right(
    world: World,
) -> None:
    go(world, crate(1), who="other")
    before = size(world)
    found = go(world, crate(2), crate(1, action="OBSERVE"), crate(3))
    assert found.indices == (before, None, before + 1)
    assert [(type(p), p.path) for p in found.problems] == [(Forbidden, "/1")]


def test_an_event_id_that_is_taken(world: World) -> None:
    taken = crate(1, eventID="https://node.example/e/1")
    go(world, taken)
    found = go(world, crate(9, eventID="https://node.example/e/1"), crate(2))
    assert found.indices == (None, size(world) - 1)
    assert [p.path for p in found.problems] == ["/0/eventID"]


def test_again_nothing_is_doubled_and_what_was_mended_goes_in(world: World) -> None:
    first = go(world, crate(1), crate(2, action="TAKE"))
    again = go(world, crate(1), crate(2))
    assert again.indices == (first.indices[0], size(world) - 1)
    assert not again.problems


def test_nothing_at_all_is_refused(world: World) -> None:
    before = size(world)
    with pytest.raises(Many) as caught:
        go(world, crate(1, action="TAKE"), crate(2, action="TAKE"))
    assert [p.path for p in caught.value.errors] == ["/0/action", "/1/action"]
    assert size(world) == before


def test_a_missing_attachment_is_its_events_fault_alone(world: World) -> None:
    photo = {"digest": f"sha-256:{'0' * 64}", "mediaType": "image/png", "size": 1, "name": "a"}
    found = go(world, crate(1, **{"suyuan:attachments": [photo]}), crate(2))
    assert [index is None for index in found.indices] == [True, False]
    assert [p.path for p in found.problems] == ["/0/suyuan:attachments/0/digest"]


def test_an_idempotency_key_stands_for_these_events_and_this_way(world: World) -> None:
    events = crate(1), crate(2, action="TAKE")
    first = go(world, *events, key="k")
    second = go(world, *events, key="k")
    assert second.indices == first.indices
    assert [p.path for p in second.problems] == ["/1/action"]
    with pytest.raises(Conflict):
        go(world, crate(1), key="k")
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    with pytest.raises(Conflict):
        world.node.capture.events(caller, [Incoming(events[0], "/0")], idempotency_key="k")


def test_many_events_are_looked_at_in_parts(world: World) -> None:
    seen: list[int] = []
    caller = world.node.accounts.authenticate(world.tokens["coop"])
    incoming = [
        Incoming(crate(n, **({"action": "TAKE"} if n == 150 else {})), f"/{n}") for n in range(230)
    ]
    found = capture_what_can(world.node.capture, caller, incoming, on_checked=seen.append)
    assert seen == [100, 200, 230]
    assert [n for n, index in enumerate(found.indices) if index is None] == [150]

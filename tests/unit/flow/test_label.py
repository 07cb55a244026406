"""Which day of packing a label tells, and that it tells none that nobody said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from brand_world import PRODUCT, caller, issue
from nodes import LOT, World, event

from suyuan.core.errors import NotFound, Refused
from suyuan.flow.capture import Incoming


@pytest.fixture
def world(world: World) -> World:
    product = {
        "id": PRODUCT, "type": "Product", "name": {"zh": "山核桃仁", "en": "Hickory kernels"},
        "suyuan:shelfLifeDays": 10,
    }  # fmt: skip
    world.node.masters.record(caller(world, "coop"), [("", product)])
    begun = event(eventTime="2026-09-17T08:00:00.000+08:00")
    world.node.capture.events(caller(world, "coop"), [Incoming(begun)])
    return world


def dates(world: World, record: int) -> tuple[date | None, date | None]:
    serials = [one.serial for one in world.node.database.log.serials_of(record)]
    (label,) = world.node.labeller.pack_labels(LOT, serials[:1], record)
    return label.packed, label.best_before


def test_at_packing_it_is_the_day_of_this_issue_by_its_own_clock(world: World) -> None:
    first = issue(world, 1, "a", event_time="2026-10-11T23:30:00.000Z", time_zone="+08:00")
    second = issue(world, 1, "b", event_time="2026-10-20T08:00:00.000+08:00")
    assert dates(world, first) == (date(2026, 10, 12), date(2026, 10, 22))
    assert dates(world, second)[0] == date(2026, 10, 20)
    assert world.node.labeller.lot_label(LOT).packed == date(2026, 10, 12)


def test_ahead_of_packing_none_is_told_or_the_planned_one(world: World) -> None:
    assert world.node.labeller.lot_label(LOT).packed is None  # begun is not packed
    issue(world, 1, "others", event_time="2026-10-11T08:00:00.000+08:00")
    bare = issue(world, 2, "a", ahead=True)
    assert dates(world, bare) == (None, None)
    day = world.node.brands.today + timedelta(days=3)
    planned = issue(world, 2, "b", ahead=True, planned=f"{day:%Y/%m/%d}")
    assert dates(world, planned) == (day, day + timedelta(days=10))
    # Once packs are filled, their day is known.
    world.node.codes.act(
        caller(world, "coop"), "activate", planned, ((0, 0),), time="2026-10-13T08:00:00.000+08:00"
    )
    assert dates(world, planned)[0] == date(2026, 10, 13)
    assert dates(world, bare) == (None, None)


def test_a_planned_day_is_one_to_come(world: World) -> None:
    for planned, ahead, why in (
        ("2026-10-13", False, "packed later"),
        ("next week", True, "no day"),
        (f"{world.node.brands.today - timedelta(days=1)}", True, "over already"),
    ):
        with pytest.raises(Refused, match=why) as refused:
            issue(world, 1, "x", ahead=ahead, planned=planned)
        assert refused.value.path == "/planned"


def test_an_erased_issue_tells_no_day(world: World) -> None:
    made = issue(world, 1)
    world.node.capture.erase(caller(world, "admin"), made, "as asked")
    with pytest.raises(NotFound, match="erased"):
        dates(world, made)


def test_a_packing_that_was_declared_an_error_is_no_day_of_packing(world: World) -> None:
    wrong = event(eventTime="2026-09-01T08:00:00.000+08:00", bizStep="packing",
                  eventID="urn:uuid:00000000-0000-4000-9000-00000000aaaa")  # fmt: skip
    right = event(eventTime="2026-09-21T08:00:00.000+08:00", bizStep="packing")
    declared = {
        **wrong,
        "errorDeclaration": {
            "declarationTime": "2026-09-22T08:00:00.000+08:00",
            "reason": "incorrect_data",
        },
    }
    for one in (wrong, right):
        world.node.capture.events(caller(world, "coop"), [Incoming(one)])
    assert world.node.labeller.lot_label(LOT).packed == date(2026, 9, 1)
    world.node.capture.events(caller(world, "coop"), [Incoming(declared)])
    assert world.node.labeller.lot_label(LOT).packed == date(2026, 9, 21)

"""How far a season is: read once, and anew when something is recorded of it."""

from __future__ import annotations

from collections.abc import Iterator

import farm_season as farm
import pytest
from nodes import World, make_world

from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry

COOP = Caller("https://node.example/org/coop", "recorder", "990101", "test")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(tmp_path_factory.mktemp("progress") / "node")
    farm.begin(made)
    yield made
    made.node.close()


def done(world: World) -> frozenset[str]:
    return world.node.progress.done(COOP.viewer, COOP.organisation, farm.SEASON)


def look_round(world: World) -> int:
    day = world.node.watch.today().isoformat()
    given = {"day": day, "season": farm.SEASON, "plots": [farm.PLOT], "observation": "长势正常"}
    return world.node.books.record(COOP, [Entry("inspecting", given)])[0]


def test_what_was_recorded_counts_until_it_is_declared_an_error(world: World) -> None:
    assert done(world) == frozenset()
    index = look_round(world)
    assert done(world) == {"inspecting"}
    world.node.books.correct(COOP, index, None)
    assert done(world) == frozenset()


def test_a_declaration_that_names_other_things_counts_too_and_anothers_does_not(
    world: World,
) -> None:
    log = world.node.database.log
    index = look_round(world)
    assert done(world) == {"inspecting"}
    event = world.node.books.one(COOP.viewer, index).deed.event
    farm.record(world, farm.declared(event, "b"), who="other")
    assert done(world) == {"inspecting"}
    farm.record(world, farm.declared(event))
    newest = log.tail().size - 1
    assert farm.SEASON not in log.touches_of([newest])[newest][1]
    assert done(world) == frozenset()


def test_nothing_is_read_again_while_the_season_stays_as_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_round(world)
    first = done(world)

    def never(*_: object) -> None:
        raise AssertionError("the records were read again")

    monkeypatch.setattr(type(world.node.books), "find", never)
    farm.record(world, farm.bought(number=77))
    assert done(world) == first

"""What stands of many seasons: held, judged on the spot, or left to the worker; never out of date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from farm_season import SEASON, begin, bought, picked, record, sprayed
from nodes import BASE, World

from suyuan.core.errors import TooLarge
from suyuan.core.visibility import Viewer
from suyuan.flow import standings as standing
from suyuan.flow import walks
from suyuan.flow.standings import Standings, Stood
from suyuan.web.desk.telling import worth_saying

COOP = Viewer(f"{BASE}org/coop", "recorder", "990101")
OTHER = f"{BASE}season/other"


def blocks(stood: Stood) -> set[str]:
    return {one.name for one in stood.findings or () if one.verdict == "block"}


def test_what_nobody_judged_yet_waits_for_the_worker_and_is_told_so(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    standings = world.node.standings
    first = standings.of(COOP, [SEASON, OTHER])
    assert (first.judged, first.waiting) == ({}, (SEASON, OTHER))
    assert standings.work() == 0
    second = standings.of(COOP, [SEASON, OTHER])
    assert second.waiting == ()
    assert blocks(second.judged[SEASON]) == set()
    assert second.judged[OTHER] == Stood(())
    # A record of it: it waits again, and the worker needs nobody to ask.
    record(world, picked())
    assert standings.of(COOP, [SEASON, OTHER]).waiting == (SEASON,)
    standings.work()
    assert "1/interval" in blocks(standings.of(COOP, [SEASON]).judged[SEASON])


def test_a_few_are_judged_while_somebody_waits(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    looked = world.node.standings.of(COOP, [SEASON, OTHER], lambda left: left[:1])
    assert looked.waiting == (OTHER,)
    assert "1/interval" in blocks(looked.judged[SEASON])


def test_who_sees_less_is_not_answered_what_another_sees(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    standings = world.node.standings
    standings.of(COOP, [SEASON], lambda left: left)
    assert standings.of(Viewer(), [SEASON]).waiting == (SEASON,)


def test_one_with_too_many_records_is_told_as_such(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    monkeypatch.setattr(walks, "MOST", 1)
    assert world.node.standings.of(COOP, [SEASON], lambda left: left).judged == {
        SEASON: Stood(None)
    }
    with pytest.raises(TooLarge):
        world.node.standings.one(COOP, SEASON)


def test_of_one_season_it_is_said_what_is_to_be_heeded(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    standings, judge = world.node.standings, world.node.judge
    day = date(2026, 4, 2)
    said = worth_saying(standings.one(COOP, SEASON), day)
    assert said == worth_saying(judge.standing(COOP, SEASON), day)
    assert "1/interval" in {one.name for one in said}
    record(world, sprayed("2026-04-02", number=9))
    said = worth_saying(standings.one(COOP, SEASON), day)
    assert said == worth_saying(judge.standing(COOP, SEASON), day)
    assert standings.one(COOP, OTHER) == ()


@dataclass
class Ticking:
    """A clock that goes on by a step whenever it is asked."""

    step: float
    at: float = 0.0

    def __call__(self) -> float:
        self.at += self.step
        return self.at


def test_the_worker_takes_turns_and_forgets_what_nobody_looks_at(world: World) -> None:
    begin(world)
    clock = Ticking(standing.AT_ONCE)
    standings = Standings(world.node.judge, world.node.standings.held, clock)
    standings.of(COOP, [SEASON, OTHER])
    assert standings.work() == 2
    clock.step = standing.AT_ONCE * 0.6
    assert standings.work() == 1
    clock.at += standing.REMEMBERED
    assert standings.work() == 0
    assert standings.of(COOP, [SEASON, OTHER]).waiting == (OTHER,)

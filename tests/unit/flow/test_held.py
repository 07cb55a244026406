"""What the rules said is held until something that it rests on changes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from farm_season import PLOT, SEASON, begin, bought, made, picked, record, sprayed
from nodes import BASE, World

from suyuan.adapters.outside import SystemClock
from suyuan.flow import held as holding
from suyuan.flow.held import Held
from suyuan.flow.rulebook import RuleBook


def held(world: World, most: int = 10) -> Held[str]:
    node = world.node
    return Held(node.database.log, node.rulebook, node.clock, most)


def test_it_ends_with_a_record_that_touches_what_it_rests_on(world: World) -> None:
    begin(world)
    one = held(world)
    one.put("season", one.mark(), {SEASON}, "in order")
    one.put("other", one.mark(), {f"{BASE}season/other"}, "in order too")
    record(world, bought())
    assert one.get("season") == "in order"
    record(world, sprayed())
    assert one.get("season") is None
    assert one.all(["season", "other"]) == {"other": "in order too"}


def test_an_erasure_touches_what_was_erased(world: World) -> None:
    begin(world)
    (index,) = record(world, sprayed())
    one = held(world)
    one.put("season", one.mark(), {SEASON}, "in order")
    world.node.capture.erase(
        world.node.accounts.authenticate(world.tokens["admin"]), index, "wrong"
    )
    assert one.get("season") is None


def test_what_was_recorded_while_it_was_made_ends_it_too(world: World) -> None:
    begin(world)
    one = held(world)
    begun = one.mark()
    record(world, sprayed())
    assert one.mark().size > begun.size
    one.put("season", begun, {SEASON}, "in order")
    one.put("plot", begun, {f"{PLOT}0"}, "in order")
    assert one.all(["season", "plot"]) == {"plot": "in order"}


def test_a_change_of_the_rule_book_and_midnight_end_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    one = held(world)
    one.put("a", one.mark(), (), "x")
    record(world, sprayed())
    assert one.get("a") == "x"
    monkeypatch.setattr(RuleBook, "newest", lambda _: 1_000)
    record(world, sprayed("2026-04-02", number=12))
    assert one.get("a") is None
    one.put("a", one.mark(), (), "x")
    assert one.get("a") == "x"
    later = datetime.fromisoformat(world.node.clock.now()) + timedelta(days=1)
    monkeypatch.setattr(SystemClock, "now", lambda _: later.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    assert one.get("a") is None


def test_what_was_judged_by_the_rules_of_before_is_not_held(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another question came across the change first."""
    begin(world)
    one = held(world)
    begun = one.mark()
    monkeypatch.setattr(RuleBook, "newest", lambda _: 1_000)
    record(world, sprayed())
    assert one.get("a") is None
    one.put("a", begun, (), "by the old table")
    assert one.get("a") is None


def test_it_is_bounded_and_after_many_records_nothing_is_believed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    one = held(world, most=2)
    for key in ("a", "b"):
        one.put(key, one.mark(), (), key)
    assert one.get("a") == "a"
    one.put("c", one.mark(), (), "c")
    assert one.all(["a", "b", "c"]) == {"a": "a", "c": "c"}
    monkeypatch.setattr(holding, "MOST_BEHIND", 2)
    record(world, bought(), picked(), made())
    assert one.all(["a", "c"]) == {}

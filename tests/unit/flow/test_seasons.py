"""Seasons: opened on own plots under a template's newest version, followed, and closed once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, World, make_world

from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused
from suyuan.flow.actors import Actor
from suyuan.flow.seasons import Season, Seasons

TEA = f"{BASE}template/tea"
PIG = f"{BASE}template/shaziling-pig"
DAY = date(2026, 3, 1)
CLERK = Actor("p1", f"{BASE}person/p1", "", f"{BASE}org/coop", "990101", frozenset({"clerk"}))
MEMBER = replace(CLERK, person="p2", uri=f"{BASE}person/p2", roles=frozenset({"member"}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = make_world(Path(tmp_path_factory.mktemp("seasons")) / "node")
    for number, worked_by in ((1, MEMBER.uri), (2, None)):
        plot: dict[str, Any] = {
            "id": f"{BASE}plot/p{number}", "type": "Plot", "name": {"zh": f"{number}号地"},
            "suyuan:area": {"value": number * 5, "unit": "亩"},
        }  # fmt: skip
        if worked_by is not None:
            plot["suyuan:member"] = worked_by
        world.node.plots.record(CLERK, plot)
    yield world
    world.node.close()


@pytest.fixture
def seasons(made: World) -> Seasons:
    return made.node.seasons


def opened(seasons: Seasons, *plots: int, **given: Any) -> Season:
    asked: dict[str, Any] = {"name": "2026 春茶", "template": TEA, "day": DAY, **given}
    return seasons.open(CLERK, plots=[f"{BASE}plot/p{n}" for n in plots], **asked)


def test_a_season_keeps_plots_area_day_and_the_version_it_was_opened_under(
    made: World, seasons: Seasons
) -> None:
    one = opened(seasons, 1, 2)
    assert one.plots == (f"{BASE}plot/p1", f"{BASE}plot/p2")
    assert (one.begun, one.closed, one.is_animal) == (DAY, None, False)
    assert one.master["suyuan:area"] == {"value": 15, "unit": "亩"}
    assert one.master["suyuan:recordedBy"] == CLERK.uri
    assert one.template is not None
    assert one.template.digest == made.node.rulebook.history(TEA)[-1].digest
    assert seasons.template_of(one.id) == {"id": TEA, "digest": one.template.digest}
    assert seasons.template_of(f"{BASE}season/none") is None
    assert one.crop is not None
    assert one.stages()
    assert {stage.names for stage in one.stages(4)} <= {stage.names for stage in one.stages()}
    assert all(4 in stage.months for stage in one.stages(4))
    assert "purpose" in one.fields("spraying")
    assert one.fields("nothing") == frozenset()


def test_what_is_wrong_is_told_at_its_field(seasons: Seasons) -> None:
    before = len(seasons.seen_by(CLERK))
    for given, plots, path in (
        ({}, (), "/plots"),
        ({}, (9,), "/plots"),
        ({"name": " "}, (1,), "/name"),
        ({"name": "x" * 81}, (1,), "/name"),
        ({"template": f"{BASE}template/none"}, (1,), "/template"),
    ):
        with pytest.raises((Refused, NotFound)) as caught:
            opened(seasons, *plots, **given)
        assert caught.value.path == path
    assert len(seasons.seen_by(CLERK)) == before


def test_a_member_sees_the_seasons_that_an_own_plot_is_in_and_no_other_plot(
    seasons: Seasons,
) -> None:
    mine, both, other_s = opened(seasons, 1), opened(seasons, 1, 2), opened(seasons, 2)
    seen = {one.id: one for one in seasons.seen_by(MEMBER)}
    assert mine.id in seen
    assert other_s.id not in seen
    assert (seen[both.id].plots, seen[both.id].is_shared) == ((f"{BASE}plot/p1",), True)
    assert seasons.get(CLERK, both.id).plots == both.plots
    assert f"{BASE}plot/p2" not in seasons.open_on(MEMBER)
    with pytest.raises(NotFound):
        seasons.get(MEMBER, other_s.id)
    with pytest.raises(Forbidden):
        seasons.close(MEMBER, both.id, DAY)
    assert seasons.close(MEMBER, mine.id, DAY).closed == DAY
    other = replace(CLERK, organisation=f"{BASE}org/other")
    assert seasons.seen_by(other) == []
    regulator = replace(CLERK, roles=frozenset({"laboratory"}))
    with pytest.raises(Forbidden):
        seasons.seen_by(regulator)


def test_a_season_is_closed_once_and_not_before_it_begins(seasons: Seasons) -> None:
    one = opened(seasons, 2)
    assert one.id in {open_.id for open_ in seasons.open_on(CLERK)[f"{BASE}plot/p2"]}
    with pytest.raises(Refused) as caught:
        seasons.close(CLERK, one.id, date(2026, 2, 28))
    assert caught.value.path == "/day"
    closed = seasons.close(CLERK, one.id, date(2026, 10, 1))
    assert (closed.closed, closed.begun, closed.plots) == (date(2026, 10, 1), DAY, one.plots)
    assert one.id not in {o.id for o in seasons.open_on(CLERK).get(f"{BASE}plot/p2", ())}
    assert seasons.template_of(one.id) == closed.master["suyuan:template"]
    with pytest.raises(Conflict):
        seasons.close(CLERK, one.id, date(2026, 10, 2))
    assert closed.index > one.index


def test_animals_and_templates_that_are_not_known(made: World, seasons: Seasons) -> None:
    herd = opened(seasons, 1, template=PIG, name="沙子岭猪")
    assert herd.is_animal
    made.node.masters.record(
        CLERK.caller,
        [("", {"id": f"{BASE}season/bare", "type": "suyuan:Season", "name": {"zh": "旧季"},
               "suyuan:template": {"id": f"{BASE}template/gone", "digest": "sha-256:0"}})],
    )  # fmt: skip
    bare = seasons.get(CLERK, f"{BASE}season/bare")
    assert (bare.template, bare.crop, bare.begun, bare.stages()) == (None, None, None, ())

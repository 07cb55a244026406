"""A list of plots becomes private plots of members, each its own."""

from __future__ import annotations

from nodes import BASE, World

from suyuan.adapters.sheets import read_sheets
from suyuan.core.people import Details
from suyuan.flow.accounts import Caller
from suyuan.flow.actors import Actor
from suyuan.flow.importing import Preview

NUMBER = "110101199003074610"


def _actor(world: World, who: str = "coop") -> Actor:
    caller = world.node.accounts.authenticate(world.tokens[who])
    return Actor("p", "https://trace.test/person/p", "周", caller.organisation, caller.county,
                 frozenset({"clerk"}))  # fmt: skip


def _look(world: World, text: str, who: str = "coop") -> Preview:
    caller = world.node.accounts.authenticate(world.tokens[who])
    return world.node.importing.look(caller, read_sheets("地块清单.csv", text.encode()), every=True)


def _file(world: World, text: str, who: str = "coop") -> Preview:
    seen = _look(world, text, who)
    assert not seen.problems, [(one.cell, str(one.problem)) for one in seen.problems]
    caller: Caller = world.node.accounts.authenticate(world.tokens[who])
    world.node.importing.record(caller, seen)
    return seen


def _members(world: World) -> dict[str, str]:
    people = (
        Details("张三", "13900000001", "桥头村"),
        Details("张三", "13900000002", "桥头村"),
        Details("李四", "", "桥头村", NUMBER),
    )
    made = world.node.people.add_all(_actor(world), people)
    return {one.details.phone or one.details.name: one.uri for one in made}


def test_rows_are_private_plots_of_the_members_they_name(world: World) -> None:
    uris = _members(world)
    seen = _file(
        world,
        "地块名称,面积（亩）,村,作物,户主,电话,身份证号,坐标,坐标系\n"
        f'屋后,2.5,桥头村,白菜,张三,139 0000 0001,,"30.101201, 118.900101",WGS84\n'
        "屋后,3,桥头村,白菜,13900000002,,,,\n"
        f"河边,1.2,桥头村,,李四,,{NUMBER},,\n"
        "公田,10,桥头村,,,,,,\n",
    )
    assert seen.new == 4
    held = world.node.plots.seen_by(_actor(world))
    assert [(one.names and one.names.zh, one.member) for one in held] == [
        ("屋后", uris["13900000001"]), ("屋后", uris["13900000002"]), ("河边", uris["李四"]),
        ("公田", None),
    ]  # fmt: skip
    first = held[0].master
    assert first["type"] == "Plot"
    assert first["suyuan:area"] == {"value": 2.5, "unit": "亩"}
    assert first["suyuan:crop"] == "白菜"
    assert first["suyuan:position"] == {"lat": 30.101201, "lon": 118.900101, "datum": "WGS-84"}
    said = str([one.master for one in held])
    assert not any(text in said for text in ("张三", "李四", "13900000001", NUMBER))
    assert len({one.id for one in held}) == 4
    assert not any("%" in one.id for one in held)


def test_the_same_list_again_adds_nothing_and_another_column_changes_the_same_plots(
    world: World,
) -> None:
    uris = _members(world)
    text = "地块名称,面积,户主\n河边,1.2 亩,李四\n公田,10 亩,\n"
    _file(world, text)
    again = _look(world, text)
    assert (again.new, again.there) == (0, 2)
    _file(world, '地块名称,面积,坐标,坐标系\n河边,1.2 亩,"30.101201, 118.900101",GCJ-02\n')
    (river, common) = sorted(world.node.plots.seen_by(_actor(world)), key=lambda one: -one.index)
    assert (river.member, river.master["suyuan:position"]["given"]["datum"]) == (
        uris["李四"], "GCJ-02",
    )  # fmt: skip
    assert (
        _look(world, '地块名称,面积,坐标,坐标系\n河边,1.2 亩,"30.101201, 118.900101",GCJ-02\n').new
        == 0
    )
    _file(world, "地块名称,面积,户主\n公田,10 亩,李四\n")
    assert world.node.plots.get(_actor(world), common.id).member == uris["李四"]


def test_a_member_who_is_nobody_or_several_is_told_at_his_cell(world: World) -> None:
    _members(world)
    seen = _look(
        world,
        "地块名称,面积（亩）,户主,电话,纬度,经度,坐标系\n"
        "甲,1,王五,,,,\n"
        "乙,1,张三,,,,\n"
        "丙,1,李四,13900000001,,,\n"
        "丁,1,,,30.1,,WGS-84\n"
        "戊,1,,,30.1,118.9,\n"
        "己,1,,,95,118.9,WGS-84\n",
    )
    assert [(one.cell, one.problem.message) for one in seen.problems] == [
        ("C2", "this member is not in the register"),
        ("C3", "{count} members are called so: give the phone or the identity number too"),
        ("D4", "this member is not in the register"),
        ("F5", "this is missing"),
        ("G6", "say in which datum it was measured"),
        ("E7", "{value} is above {most}"),
    ]


def test_members_and_plots_of_others_are_nobody_here(world: World) -> None:
    _members(world)
    text = "地块名称,面积\n河边,1.2 亩\n"
    _file(world, text)
    (mine,) = world.node.plots.seen_by(_actor(world))
    seen = _look(world, "地块名称,面积,户主\n河边,2 亩,李四\n", "other")
    assert [(one.cell, one.problem.message) for one in seen.problems] == [
        ("C2", "this member is not in the register")
    ]
    _file(world, text, "other")
    (theirs,) = world.node.plots.seen_by(_actor(world, "other"))
    assert theirs.id != mine.id
    seen = _look(world, f"地块名称,面积,编号\n河边,2 亩,{mine.id}\n", "other")
    assert [(one.cell, one.problem.message) for one in seen.problems] == [
        ("C2", "this belongs to another organisation")
    ]


def test_a_name_of_two_plots_means_neither_until_the_member_is_said(world: World) -> None:
    _members(world)
    _file(world, "地块名称,面积,电话\n屋后,2 亩,13900000001\n屋后,3 亩,13900000002\n")
    seen = _look(world, "地块名称,面积\n屋后,2 亩\n")
    assert [(one.cell, one.problem.message) for one in seen.problems] == [
        ("A2", "{count} plots are called so: give the member or the code")
    ]


def test_numbers_and_names_of_plots_are_each_organisations_own(world: World) -> None:
    text = "地块名称,面积,编号\n河边,1.2 亩,1\n屋后,2 亩,2\n"
    for who in ("coop", "other"):
        _file(world, text, who)
        assert (_look(world, text, who).new, _look(world, text, who).there) == (0, 2)
    mine, theirs = (
        {one.id for one in world.node.plots.seen_by(_actor(world, who))}
        for who in ("coop", "other")
    )
    assert (len(mine), len(theirs), mine & theirs) == (2, 2, set())


def test_ids_that_were_made_of_a_name_or_a_number_stay(world: World) -> None:
    """Of plots that an organisation has by them; another that says the same gets its own."""
    old = [f"{BASE}plot/%E6%B2%B3%E8%BE%B9", "https://id.gs1.org/414/0000000000017"]
    for uri, name in zip(old, ("河边", "屋后"), strict=True):
        world.node.plots.record(
            _actor(world), {"id": uri, "name": name, "suyuan:area": {"value": 1, "unit": "亩"}}
        )
    text = "地块名称,面积,编号\n河边,1.5 亩,\n屋后,2 亩,17\n"
    for who in ("coop", "other"):
        _file(world, text, who)
    assert {one.id for one in world.node.plots.seen_by(_actor(world))} == set(old)
    assert not {one.id for one in world.node.plots.seen_by(_actor(world, "other"))} & set(old)

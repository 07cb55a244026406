"""From a plot, from days, from several things: what a recall starts from, and who may end what."""

from __future__ import annotations

from typing import Any

import pytest
from lineage_world import (
    CARTON,
    FERTILISER,
    SEASON,
    boxed,
    caller,
    kg,
    lot,
    made,
    record,
    sent,
    told,
)
from nodes import BASE, World

from suyuan.core.errors import Many, NotFound, Refused
from suyuan.core.lineage.act import Act
from suyuan.core.story_values import Said
from suyuan.core.visibility import Viewer
from suyuan.flow import recall_scope
from suyuan.flow.recall import Scope
from suyuan.flow.recall_files import customers

COOP = f"{BASE}org/coop"
US = Viewer(COOP, "recorder", "990101")
PLOT = "https://id.gs1.org/414/9521234000112/254/P1"
OTHER = "https://id.gs1.org/414/9521234000112/254/P2"


def roots(world: World, **scope: object) -> set[str]:
    return set(world.node.recalling.roots(US, COOP, Scope(**scope)))  # type: ignore[arg-type]


def act(world: World, what: Act, *things: str, who: str = "coop") -> tuple[int, ...]:
    return world.node.recalling.act(
        caller(world, who), what, things, person="王会计", reason="residue"
    )


def test_a_plot_gives_the_lots_harvested_there(world: World) -> None:
    here = {"transformationID": SEASON, "suyuan:plots": [PLOT]}
    record(world, made(2, "applying", [kg(FERTILISER, 1)], [], **here))
    record(world, made(10, "commissioning", [], [kg("H1", 5)], **here))
    there = {**here, "suyuan:plots": [OTHER]}
    record(world, made(11, "commissioning", [], [kg("H2", 5)], **there))
    record(world, made(12, "commissioning", [], [kg("H3", 5)], transformationID=SEASON))
    assert roots(world, plot=PLOT) == {lot("H1"), lot("H3")}, "H3 may be of any of its plots"
    assert roots(world, plot=PLOT, since="2026-09-11") == {lot("H3")}
    assert roots(world, plot=OTHER) == {lot("H2")}
    with pytest.raises(NotFound, match="no lot was made there"):
        roots(world, plot=PLOT, until="2026-09-01")


def test_days_give_the_lots_made_in_them(world: World) -> None:
    told(world)
    assert roots(world, since="2026-09-11", until="2026-09-12") == {lot("A"), lot("B"), lot("R")}
    assert roots(world, things=(lot("M"),), since="2026-09-12", until="2026-09-12") == {
        lot("M"), lot("R"),
    }  # fmt: skip


def test_what_is_no_scope_is_refused_at_its_field(world: World) -> None:
    told(world)
    with pytest.raises(Refused) as refused:
        roots(world)
    assert refused.value.path == "/things"
    with pytest.raises(Many) as several:
        roots(world, things=(lot("M"), lot("never")), since="yesterday")
    assert [one.path for one in several.value.errors] == ["/from", "/things/1"]


def test_an_input_reaches_everything_that_grew_with_it(world: World) -> None:
    told(world)
    found = world.node.recalling.reach(US, [FERTILISER])
    assert found.lots == 6
    assert {one.thing for one in found.recipients} == {CARTON, lot("R"), lot("M")}
    (us,) = found.stocks
    assert us.holder == COOP
    assert us.unknown == 0


def test_a_hold_is_ended_by_who_began_it(world: World) -> None:
    told(world)
    act(world, "hold", lot("H"), lot("A"))
    act(world, "hold", lot("A"), who="bureau")
    with pytest.raises(Refused, match="ends it"):
        act(world, "release", lot("M"))
    act(world, "release", lot("H"), lot("A"), lot("M"))
    assert world.node.recalling.states([lot("H"), lot("A")]) == {lot("A"): "held"}
    act(world, "recall", CARTON)
    assert world.node.recalling.states([CARTON]) == {CARTON: "recalled"}


def test_others_hold_nothing_that_is_not_theirs(world: World) -> None:
    told(world)
    with pytest.raises(Refused):
        act(world, "hold", lot("H"), who="other")
    assert world.node.recalling.states([lot("H")]) == {}


def test_a_recall_of_what_lay_in_a_carton_reaches_the_carton(world: World) -> None:
    told(world)
    found = world.node.recalling.reach(US, [lot("R")])
    handed = {(one.thing, one.amount) for one in found.recipients}
    assert handed == {(CARTON, "1"), (lot("R"), "20")}
    record(world, boxed(20, [kg("M", 3)]))
    assert {one.thing for one in world.node.recalling.reach(US, [lot("M")]).recipients} == {
        lot("M")
    }


CRATE, PALLET = f"{BASE}crate/7", f"{BASE}pallet/1"
AWAY, NEAR = f"{BASE}org/away", f"{BASE}org/near"


def put(day: int, outer: str, *lots: str, action: str = "ADD", inner: str = "") -> dict[str, Any]:
    things = [kg(name, 5) for name in lots]
    event = {**boxed(day, things, action), "parentID": outer}
    return {**event, "childEPCs": [inner]} if inner else event


def goes(day: int, thing: str, to: str) -> dict[str, Any]:
    return sent(day, [], to=to, epcList=[thing])


def went(world: World, name: str) -> set[tuple[str | None, str]]:
    found = world.node.recalling.reach(US, [lot(name)]).recipients
    where = {one.party for one in world.node.recalling.where(US, lot(name)).handed}
    assert where == {one.party for one in found}
    return {(one.party, one.thing) for one in found}


@pytest.mark.parametrize("late", [False, True])
def test_a_crate_that_goes_round_counts_for_each_lot_by_itself(world: World, late: bool) -> None:
    """Both lots are of one harvest, so one walk meets the crate in two stays, with a third between them
    that is no concern of it. Records that come late, and in any order, say the same."""
    story = [
        made(10, "commissioning", [], [kg("H", 10)], transformationID=SEASON),
        made(11, "splitting", [kg("H", 10)], [kg("A", 5), kg("B", 5)]),
        put(12, CRATE, "A"), goes(13, CRATE, AWAY), put(14, CRATE, "A", action="DELETE"),
        put(15, CRATE, "Z"), goes(16, CRATE, f"{BASE}org/odd"), put(17, CRATE, "Z", action="DELETE"),
        put(18, CRATE, "B"), goes(19, CRATE, NEAR), put(20, CRATE, "B", action="DELETE"),
        goes(21, CRATE, f"{BASE}org/after"),
    ]  # fmt: skip
    for event in reversed(story[2:]) if late else story[2:]:
        record(world, event)
    for event in story[:2]:
        record(world, event)
    first, second = {(AWAY, CRATE), (AWAY, lot("A"))}, {(NEAR, CRATE), (NEAR, lot("B"))}
    assert went(world, "A") == first
    assert went(world, "B") == second
    everything = world.node.recalling.reach(US, [lot("H")]).recipients
    assert {(one.party, one.thing) for one in everything} == first | second
    for name, party in (("A", AWAY), ("B", NEAR)):
        handed = world.node.recalling.where(US, lot(name)).handed
        assert [(one.party, str(one.amount.value)) for one in handed] == [(party, "5")]


def test_what_lay_deeper_counts_while_all_of_it_lay_together(world: World) -> None:
    """The crate stood on the pallet before the lot was put into it, and after it was taken out."""
    for event in (
        made(10, "commissioning", [], [kg("A", 5)], transformationID=SEASON),
        put(11, PALLET, inner=CRATE), goes(12, PALLET, f"{BASE}org/before"),
        put(13, CRATE, "A"), goes(14, PALLET, NEAR), put(15, CRATE, "A", action="DELETE"),
        goes(16, PALLET, f"{BASE}org/after"), put(17, PALLET, inner=CRATE, action="DELETE"),
        put(18, CRATE, "A"), goes(19, PALLET, f"{BASE}org/empty"), goes(20, CRATE, AWAY),
    ):  # fmt: skip
        record(world, event)
    assert went(world, "A") == {
        (NEAR, PALLET), (NEAR, CRATE), (NEAR, lot("A")), (AWAY, CRATE), (AWAY, lot("A")),
    }  # fmt: skip


def test_a_pallet_came_from_what_lay_in_its_crates_then(world: World) -> None:
    for event in (
        made(10, "commissioning", [], [kg("A", 5), kg("B", 5)], transformationID=SEASON),
        put(11, CRATE, "A"), put(12, CRATE, "A", action="DELETE"),
        put(13, CRATE, "B"), put(14, PALLET, inner=CRATE),
    ):  # fmt: skip
        record(world, event)
    up = world.node.tracing.trace(US, PALLET).near
    assert lot("B") in up
    assert lot("A") not in up
    assert {lot("A"), lot("B")} <= world.node.tracing.trace(US, CRATE).near.keys()


def test_what_is_beyond_measure_is_refused_before_anything_is_looked_up_or_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(world)
    recalling = world.node.recalling
    monkeypatch.setattr(recall_scope, "MOST_ROOTS", 2)
    with pytest.raises(Refused, match="at most 2 are taken") as refused:
        roots(world, things=("never", "never", "never"))
    assert refused.value.path == "/things"
    with pytest.raises(Refused) as refused:
        roots(world, plot="x" * 2_001)
    assert refused.value.path == "/plot"
    for attempt in (
        lambda who: recalling.drill(US, COOP, Scope((lot("H"),)), person=who, files=lambda _: {}),
        lambda who: recalling.act(
            caller(world, "coop"), "hold", [lot("H")], person=who, reason="residue"
        ),
    ):
        with pytest.raises(Refused, match="at most 200") as refused:
            attempt("王" * 201)
        assert refused.value.path == "/person"
    assert recalling.drills.list(COOP) == []


def test_the_list_has_the_day_as_it_was_where_it_was_sent_off(world: World) -> None:
    told(world)
    early = {**sent(20, [kg("M", 2)]), "eventTime": "2026-09-20T07:00:00.000+08:00"}
    (index,) = record(world, early)
    node = world.node
    found = node.recalling.reach(US, [lot("M")])
    table = customers(node.tracing, node.judge, node.prover, US, found, lambda names: names.zh)
    assert {row[-1]: row[9] for row in table.rows}[index] == "2026-09-20"


def test_the_list_has_units_and_numbers_as_people_say_them(world: World) -> None:
    told(world)
    named = f"{BASE}lot/coop/%E6%98%A5-1"
    record(world, sent(21, [{**kg("M", 2), "epcClass": named}]))
    node = world.node
    found = node.recalling.reach(US, [named])
    table = customers(node.tracing, node.judge, node.prover, US, found, lambda names: names.zh)
    (row,) = table.rows
    assert (row[4], row[5], row[6]) == ("春-1", 2.0, Said("kg"))


def _weighed(
    world: World, *between: dict[str, Any], lost: float = 1
) -> set[tuple[str | None, str]]:
    """Five kilograms lay in a crate, four were taken out of it, one was written off as it weighed
    less; then the crate went to somebody with something else in it. Who got what of the lot."""
    out = {"quantity": 4, "uom": "KGM", "epcClass": lot("A")}
    loss = sent(15, [kg("A", lost)])
    loss.pop("destinationList", None)
    for event in (
        made(10, "commissioning", [], [kg("A", 5)], transformationID=SEASON),
        made(11, "commissioning", [], [kg("B", 5)], transformationID=SEASON),
        put(12, CRATE, "A"),
        {**put(14, CRATE, action="DELETE"), "childQuantityList": [out]},
        {**loss, "bizStep": "destroying", "disposition": "destroyed"},
        *between,
        put(17, CRATE, "B"),
        goes(18, CRATE, NEAR),
    ):
        record(world, event)
    return went(world, "A")


def test_a_crate_is_empty_once_a_loss_in_weight_is_written_off(world: World) -> None:
    """Nobody is called who got the crate afterwards."""
    assert _weighed(world) == set()


def test_less_written_off_than_is_missing_leaves_it_in_the_crate(world: World) -> None:
    assert _weighed(world, lost=0.5) == {(NEAR, CRATE), (NEAR, lot("A"))}


def test_what_is_written_off_while_the_crate_is_elsewhere_may_be_in_it_still(world: World) -> None:
    away = {**goes(13, CRATE, AWAY), "eventTime": "2026-09-13T12:00:00.000+08:00"}
    assert (NEAR, CRATE) in _weighed(world, away)


def test_what_was_left_in_a_crate_goes_on_with_it(world: World) -> None:
    """Two of five kilograms were taken out; three were sent off with the crate."""
    some = {"quantity": 2, "uom": "KGM", "epcClass": lot("A")}
    rest = {**some, "quantity": 3}
    for event in (
        made(10, "commissioning", [], [kg("A", 5)], transformationID=SEASON),
        put(11, CRATE, "A"),
        {**put(12, CRATE, action="DELETE"), "childQuantityList": [some]},
        goes(13, CRATE, NEAR),
        {**put(14, CRATE, action="DELETE"), "childQuantityList": [rest]},
        goes(15, CRATE, AWAY),
    ):
        record(world, event)
    assert went(world, "A") == {(NEAR, CRATE), (NEAR, lot("A"))}

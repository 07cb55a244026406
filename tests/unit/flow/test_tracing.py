"""Lineage: both ways, holes, what a carton carried and when, what is refused at capture."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from lineage_world import (
    CARTON,
    FERTILISER,
    SEASON,
    SHOP,
    boxed,
    caller,
    kg,
    lot,
    made,
    moved,
    record,
    sent,
    told,
)
from nodes import BASE, World
from sqlalchemy import event

from suyuan.core.errors import Many, NotFound, Refused, TooLarge
from suyuan.core.lineage.steps import balance
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow import inside
from suyuan.flow.capture import Incoming

US = Viewer("https://node.example/org/coop", "recorder", "990101")


def near(world: World, name: str, viewer: Viewer = US) -> dict[str, int]:
    return dict(world.node.tracing.trace(viewer, name).near)


def test_a_lot_is_traced_to_what_the_season_used_and_on_to_what_was_made(world: World) -> None:
    told(world)
    found = near(world, lot("A"))
    assert found == {
        lot("A"): 0, lot("H"): -1, FERTILISER: -2, lot("R"): 1, CARTON: 2,
    }  # fmt: skip
    down = near(world, FERTILISER)
    assert {lot(one) for one in "HABRM"} < down.keys()
    assert down[lot("M")] == 3


def test_masses_are_told_at_every_step_and_unknown_stays_unknown(world: World) -> None:
    told(world)
    record(world, made(20, "drying", [kg("M", 30)], [kg("D")]))
    record(world, made(21, "packing", [kg("M", 10)], [kg("P", 40, "H87")]))
    steps = world.node.tracing.trace(US, lot("B")).steps
    masses = {step.outputs[0].thing: balance(step) for step in steps if step.kind == "made"}
    split = masses[lot("A")]
    assert (split.verdict, split.missing, split.unit) == ("less", Decimal(2), "KGM")
    assert masses[lot("M")].verdict == "even"
    assert masses[lot("D")].verdict == "unsaid"
    assert masses[lot("P")].verdict == "differs"
    assert masses[lot("D")].missing is None


def test_what_a_carton_carried_counts_while_it_lay_in_it(world: World) -> None:
    told(world)
    record(world, sent(18, [], to="https://node.example/org/faraway", epcList=[CARTON]))
    where = world.node.recalling.where(US, lot("R"))
    assert [(one.party, str(one.amount.value)) for one in where.handed] == [(SHOP, "20")]
    (account,) = where.accounts
    assert account.left == 30


def test_what_the_viewer_may_not_see_is_a_hole(world: World) -> None:
    told(world)
    (index,) = record(world, sent(19, [kg("M", 7)]))
    standing = world.node.recalling.where(US, lot("M"))
    assert SHOP in {one.party for one in standing.handed}
    trace = world.node.tracing.trace(PUBLIC, lot("M"))
    reach = world.node.recalling.reach(PUBLIC, [lot("M")])
    assert index in reach.walk.hidden
    assert reach.hidden == 2, "the sale is trade as well"
    assert not reach.recipients
    assert trace.near[lot("B")] == -1


def test_an_erased_record_leaves_a_hole(world: World) -> None:
    indices = told(world)
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    world.node.capture.erase(admin, indices[4], "asked for")
    found = world.node.tracing.trace(US, lot("A"))
    assert lot("R") not in found.near
    assert found.erased == (indices[4],)


def test_a_step_that_was_declared_wrong_is_none(world: World) -> None:
    event = {**made(11, "splitting", [kg("H", 9)], [kg("A", 9)]), "eventID": "urn:uuid:1"}
    event["eventID"] = "urn:uuid:7f1b2a3c-0000-4000-8000-000000000001"
    record(world, event)
    assert lot("A") in near(world, lot("H"))
    declaration = {"declarationTime": "2026-09-12T00:00:00.000Z", "reason": "did_not_occur"}
    record(world, {**event, "errorDeclaration": declaration})
    assert near(world, lot("H")) == {lot("H"): 0}
    record(world, made(12, "splitting", [kg("A", 9)], [kg("H", 9)]))


def test_nothing_is_recorded_of_what_nobody_named(world: World) -> None:
    with pytest.raises(NotFound):
        world.node.tracing.trace(US, lot("never"))
    with pytest.raises(NotFound):
        world.node.tracing.trace(US, "no URI at all")


@pytest.mark.parametrize("late", [False, True])
def test_a_lot_that_would_be_its_own_ancestor_is_refused(world: World, late: bool) -> None:
    """In whatever order the records come: the one that closes the circle is refused."""
    first = made(11, "roasting", [kg("A", 5)], [kg("B", 4)])
    second = made(12, "roasting", [kg("B", 4)], [kg("C", 3)])
    third = made(13, "blending", [kg("C", 3)], [kg("A", 3)])
    events = [third, first, second] if late else [first, second, third]
    record(world, events[0], events[1])
    with pytest.raises(Refused, match="made of itself") as refused:
        record(world, events[2])
    assert refused.value.path.endswith("/epcClass")
    assert "QuantityList/0" in refused.value.path


def test_a_circle_within_one_document_is_refused_at_its_event(world: World) -> None:
    with pytest.raises(Refused, match="made of itself") as refused:
        world.node.capture.events(
            caller(world),
            [
                Incoming(made(11, "roasting", [kg("A", 5)], [kg("B", 4)]), "/0"),
                Incoming(made(12, "roasting", [kg("B", 5)], [kg("A", 4)]), "/1"),
            ],
        )
    assert refused.value.path.startswith("/1/")
    with pytest.raises(NotFound):
        world.node.tracing.trace(US, lot("A"))


def test_a_late_input_of_a_season_that_its_harvest_became_is_refused(world: World) -> None:
    told(world)
    with pytest.raises(Refused, match="made of itself"):
        record(world, made(3, "applying", [kg("R", 1)], [], transformationID=SEASON))


def test_a_carton_does_not_lie_in_itself(world: World) -> None:
    inner = "https://id.gs1.org/00/395212340000000021"
    record(world, {**boxed(14, []), "childEPCs": [inner]})
    with pytest.raises(Refused, match="made of itself"):
        record(world, {**boxed(15, []), "parentID": inner, "childEPCs": [CARTON]})


def test_a_division_gives_no_more_than_it_takes(world: World) -> None:
    with pytest.raises(Refused, match=r"100 kg went in and 100\.5 kg came out") as refused:
        record(world, made(11, "splitting", [kg("H", 100)], [kg("A", 60), kg("B", 40.5)]))
    assert refused.value.path == "/outputQuantityList"
    with pytest.raises(Refused):
        record(world, made(11, "grading", [kg("H", 0.1, "TNE")], [kg("A", 101)]))
    # What is not known is not refused: no amount, other units, a step that may add something.
    with pytest.raises(Refused, match="this step can give no more than it takes"):
        record(world, made(11, "disassembling", [kg("H", 1)], [kg("A", 12)]))
    record(world, made(11, "splitting", [kg("H")], [kg("A", 60)]))
    record(world, made(12, "splitting", [kg("I", 1, "H87")], [kg("J", 60)]))
    record(world, made(13, "washing", [kg("K", 10)], [kg("L", 11)]))


@pytest.mark.parametrize(("amount", "unit"), [(-1, "KGM"), (1_000_001, "KGM"), (1_001, "TNE")])
def test_amounts_that_cannot_be_are_refused_where_they_stand(
    world: World, amount: float, unit: str
) -> None:
    with pytest.raises(Refused) as refused:
        record(world, moved(11, "storing", [kg("H", 1), kg("A", amount, unit)]))
    assert refused.value.path == "/quantityList/1/quantity"


def test_every_bad_amount_is_told(world: World) -> None:
    with pytest.raises(Many) as refused:
        record(world, made(11, "splitting", [kg("H", -1)], [kg("A", -2)]))
    assert [one.path for one in refused.value.errors] == [
        "/inputQuantityList/0/quantity", "/outputQuantityList/0/quantity",
    ]  # fmt: skip


def test_of_a_thing_in_very_many_steps_so_many_are_told(world: World) -> None:
    """A fertiliser goes into every season of a county: the nearest are told, the rest counted."""
    record(world, *(made(12, "milling", [kg("A", 9)], [kg(f"Z{n}", 1)]) for n in range(12)))
    found = world.node.tracing.trace(PUBLIC, lot("A"), most=5)
    assert len(found.steps) == 5
    told_of = {part.thing for step in found.steps for part in step.outputs}
    assert told_of == set(found.near) - {lot("A")}, "of each that is shown its step"
    assert found.more == (0, 7)


def test_where_a_thing_is_costs_what_was_handed_over_not_how_deep_it_lies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cartons in cartons in cartons: whoever asks must not pay for all pairs of them."""
    record(world, made(10, "commissioning", [], [kg("H", 5)], transformationID=SEASON))
    cartons = [f"{BASE}carton/{n}" for n in range(40)]
    record(world, {**boxed(14, [kg("H", 5)]), "parentID": cartons[0]})
    record(
        world,
        *(
            {**boxed(14, []), "childEPCs": [inner], "parentID": outer}
            for inner, outer in pairwise(cartons)
        ),
    )
    record(world, sent(15, [], epcList=[cartons[-1]]))
    monkeypatch.setattr(inside, "MOST_CARRIED", 40)
    (handed,) = world.node.recalling.where(US, lot("H")).handed
    assert (handed.party, str(handed.amount.value)) == (SHOP, "5")
    record(world, sent(15, [], epcList=[cartons[-2]]))
    with pytest.raises(TooLarge):
        world.node.recalling.where(US, lot("H"))


def test_a_trace_of_many_levels_asks_twice_a_level(world: World) -> None:
    """And once for what is told of it, however many ways something may have gone."""
    record(world, made(1, "commissioning", [], [kg("L0", 100)], transformationID=SEASON))
    for step in range(1, 13):
        record(world, made(step + 1, "roasting", [kg(f"L{step - 1}", 10)], [kg(f"L{step}", 9)]))
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    engine = world.node.database.connections.readers
    event.listen(engine, "before_cursor_execute", note)
    answer = world.client.get("/lineage", params={"subject": lot("L6")})
    event.remove(engine, "before_cursor_execute", note)
    assert (len(answer.json()["steps"]), answer.json()["reached"]) == (13, {"up": 6, "down": 6})
    assert len(asked) <= 2 * 14 + 20

"""What each kind of event says of the way of things."""

from __future__ import annotations

from typing import Any

import pytest
from lineage_world import CARTON, GTIN, SEASON, SHOP, boxed, kg, lot, made, moved, sent

from suyuan.core.lineage.flows import Flow, Way, flows_of, with_lots

PACK = f"https://id.gs1.org/01/{GTIN}/10/A/21/S1"
SERIAL = f"https://id.gs1.org/01/{GTIN}/21/S1"


def lines(event: dict[str, Any]) -> list[tuple[str, Way, str | None, str | None]]:
    return [(one.thing, one.way, one.amount, one.other) for one in flows_of(event).lines]


def test_a_transformation_uses_and_makes_and_its_season_joins_it() -> None:
    event = made(1, "commissioning", [kg("A", 0.1)], [kg("B", 2)], transformationID=SEASON)
    assert flows_of(event).lines == (
        Flow(lot("A"), Way.USED, 0, "0.1", "KGM", season=SEASON),
        Flow(lot("B"), Way.MADE, 0, "2", "KGM", season=SEASON),
    )


def test_what_nobody_said_is_not_said_and_a_bare_number_counts_pieces() -> None:
    event = made(1, "roasting", [kg("A")], [{"epcClass": lot("B"), "quantity": 3}])
    assert [(one.amount, one.unit) for one in flows_of(event).lines] == [(None, None), ("3", "H87")]


def test_an_amount_is_the_same_however_its_number_is_written() -> None:
    for number in (20, 20.0):
        (line, _) = flows_of(made(1, "roasting", [kg("A", number)], [kg("B")])).lines
        assert line.amount == "20"


def test_a_product_without_a_lot_is_there_and_cannot_be_followed() -> None:
    event = made(1, "roasting", [kg("A", 5)], [kg(f"https://id.gs1.org/01/{GTIN}", 1)])
    assert [one.whole for one in flows_of(event).lines] == [True, False]


def test_a_carton_is_filled_and_emptied() -> None:
    assert lines(boxed(1, [kg("A", 5)])) == [(lot("A"), Way.PUT, "5", CARTON)]
    assert lines(boxed(1, [kg("A", 5)], "DELETE")) == [(lot("A"), Way.TAKEN, "5", CARTON)]
    everything = {**boxed(1, [], "DELETE")}
    everything.pop("childEPCs")
    assert lines(everything) == [(CARTON, Way.EMPTIED, None, None)]


def test_a_pack_comes_from_the_lot_beside_its_serial() -> None:
    event = sent(1, [], epcList=[PACK])
    assert lines(event) == [(SERIAL, Way.SENT, "1", SHOP), (SERIAL, Way.PACK_OF, None, lot("A"))]


@pytest.mark.parametrize(
    ("event", "way"),
    [
        (moved(1, "shipping", [kg("A", 1)]), Way.SENT),
        (moved(1, "retail_selling", [kg("A", 1)]), Way.SOLD),
        (moved(1, "receiving", [kg("A", 1)]), Way.GOT),
        (moved(1, "receiving", [kg("A", 1)], disposition="returned"), Way.BACK),
        (moved(1, "destroying", [kg("A", 1)]), Way.GONE),
        (moved(1, "storing", [kg("A", 1)], disposition="disposed"), Way.GONE),
        (moved(1, "decommissioning", [kg("A", 1)], action="DELETE"), Way.GONE),
        (moved(1, "commissioning", [kg("A", 1)], action="ADD"), Way.MADE),
        (moved(1, "holding", [kg("A")], disposition="non_sellable_other"), Way.HELD),
        (moved(1, "holding", [kg("A")]), Way.HELD),
        (moved(1, "holding", [kg("A")], disposition="sellable_accessible"), Way.RELEASED),
        (moved(1, "holding", [kg("A")], disposition="recalled"), Way.RECALLED),
        (
            moved(1, "holding", [kg("A")], disposition="sellable_accessible",
                  persistentDisposition={"unset": ["recalled"]}),
            Way.UNRECALLED,
        ),
    ],
)  # fmt: skip
def test_an_object_event_moves_holds_or_ends_what_it_is_about(
    event: dict[str, Any], way: Way
) -> None:
    assert [one.way for one in flows_of(event).lines] == [way]


def test_what_is_only_observed_says_nothing() -> None:
    assert not flows_of(moved(1, "inspecting", [kg("A", 1)])).lines


def test_trade_is_marked_and_an_error_says_nothing_itself() -> None:
    assert flows_of(sent(1, [kg("A", 1)])).trade
    assert not flows_of(made(1, "roasting", [kg("A", 1)], [kg("B", 1)])).trade
    wrong = flows_of({**sent(1, [kg("A", 1)]), "errorDeclaration": {}})
    assert wrong.declares_error
    assert not wrong.lines


def test_an_index_keeps_a_packs_lot_on_one_of_its_lines() -> None:
    sent = Flow("a:1", Way.SENT, 0, "1", "H87", other="a:shop")
    again = Flow("a:1", Way.GONE, 1, "1", "H87")
    known = Flow("a:1", Way.PACK_OF, 0, other="a:lot")
    other = Flow("a:1", Way.PACK_OF, 1, other="a:lot 2")
    alone = Flow("a:2", Way.PACK_OF, 2, other="a:lot")
    assert with_lots([sent, again]) == [(sent, None), (again, None)]
    assert with_lots([sent, again, known, alone]) == [
        (sent, "a:lot"), (again, None), (alone, "a:lot"),
    ]  # fmt: skip
    assert with_lots([alone, alone]) == [(alone, "a:lot")]
    assert {lot for _, lot in with_lots([sent, known, other])} == {"a:lot", "a:lot 2"}

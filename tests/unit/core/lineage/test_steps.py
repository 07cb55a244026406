"""Masses of a step, and how much of a thing is with whom: unknown is never zero."""

from __future__ import annotations

from decimal import Decimal

import pytest

from suyuan.core.lineage.act import act_events, state_of
from suyuan.core.lineage.flows import Way
from suyuan.core.lineage.reach import stocks, with_packs
from suyuan.core.lineage.standing import Move, standing
from suyuan.core.lineage.steps import Part, Step, balance

Given = list[tuple[str | None, str | None]]


def step(put: Given, got: Given, **more: object) -> Step:
    sides = [tuple(Part(f"a:{n}", a, u, 1) for n, (a, u) in enumerate(one)) for one in (put, got)]
    return Step("made", "up", 1, *sides, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("put", "got", "verdict", "missing"),
    [
        ([("1", "TNE")], [("999", "KGM"), ("1000", "GRM")], "even", "0"),
        ([("10", "KGM")], [("7.5", "KGM")], "less", "2.5"),
        ([("10", "KGM")], [("11", "KGM")], "more", "-1"),
        ([("10", "KGM"), (None, None)], [("11", "KGM")], "unsaid", None),
        ([("10", "KGM")], [("11", "LTR")], "differs", None),
        ([("10", "KGM"), ("1", "LTR")], [("11", "KGM")], "differs", None),
        ([], [("11", "KGM")], "open", None),
    ],
)
def test_balance(put: Given, got: Given, verdict: str, missing: str | None) -> None:
    found = balance(step(put, got))
    assert found.verdict == verdict
    assert found.missing == (None if missing is None else Decimal(missing))


def test_packs_are_weighed_where_their_product_says_so() -> None:
    packed = step([("20", "KGM")], [("70", "H87")])
    assert balance(packed).verdict == "differs"
    assert balance(packed, {"a:0": Decimal("0.25")}).missing == Decimal("2.5")


def test_a_hidden_record_and_a_harvest_are_not_weighed() -> None:
    assert balance(step([("1", "KGM")], [("1", "KGM")], hidden=1)).verdict == "unsaid"
    grown = step([("1", "KGM")], [("900", "KGM")], season="a:s", step="commissioning")
    assert balance(grown).verdict == "grown"


def move(way: Way, amount: str | None, holder: str = "us", other: str | None = None) -> Move:
    return Move(way, holder, other, amount, "KGM" if amount else None, 1)


def test_each_holder_keeps_an_account() -> None:
    found = standing([
        move(Way.MADE, "10"), move(Way.USED, "2"), move(Way.SENT, "5", other="shop"),
        move(Way.GOT, "4", "shop", "us"), move(Way.SOLD, None, "shop"), move(Way.BACK, "1"),
    ])  # fmt: skip
    assert [(one.holder, one.left) for one in found.accounts] == [("us", 4), ("shop", None)]
    assert [(one.party, one.confirmed) for one in found.handed] == [("shop", True), (None, False)]


def test_stocks_count_what_is_unknown_beside_what_is_known() -> None:
    (us,) = stocks([
        [move(Way.MADE, "10"), move(Way.USED, "2")],
        [move(Way.MADE, "1"), move(Way.SOLD, "1")],
        [move(Way.MADE, None)],
    ])  # fmt: skip
    assert (us.things, us.unknown, us.left) == (2, 1, {"KGM": Decimal(8)})


def test_a_pack_of_unknown_content_makes_its_lot_unknown() -> None:
    lot = [move(Way.MADE, "10")]
    pack = [Move(Way.SENT, "us", "shop", "1", "H87", 7)]
    moves = {1: lot, 2: pack, 3: [move(Way.MADE, "1"), move(Way.SOLD, "1")]}
    (known,) = stocks(with_packs(moves, {2: 1}, {1: Decimal("0.5")}).values())
    assert (known.things, known.unknown, known.left) == (1, 0, {"KGM": Decimal("9.5")})
    (unknown,) = stocks(with_packs(moves, {2: 1}, {}).values())
    assert (unknown.things, unknown.unknown, unknown.left) == (1, 1, None)
    said = {**moves, 1: [*lot, Move(Way.SENT, "us", "shop", "2", "KGM", 7)]}
    (once,) = stocks(with_packs(said, {2: 1}, {1: Decimal("0.5")}).values())
    assert once.left == {"KGM": Decimal(8)}, "the record says how much of the lot went with it"


def test_only_its_author_ends_an_act() -> None:
    assert state_of([(Way.HELD, 1, "us"), (Way.RELEASED, 2, "them")]) == "held"
    assert state_of([(Way.RELEASED, 2, "us"), (Way.HELD, 1, "us")]) is None
    both = [(Way.RECALLED, 1, "us"), (Way.HELD, 2, "them"), (Way.UNRECALLED, 3, "us")]
    assert state_of(both[:2]) == "recalled"
    assert state_of(both) == "held"


def test_an_act_on_many_things_is_cut_into_events() -> None:
    lots = [f"https://id.gs1.org/01/09521234000068/10/{n}" for n in range(1_500)]
    things = [*lots, "https://id.gs1.org/00/395212340000000014"]
    events = list(
        act_events("recall", things, time="2026-09-10T08:00:00.000Z", reason="r", advice="",
                   person="p", base="https://node.example/", ids=iter(("urn:x:1", "urn:x:2")))
    )  # fmt: skip
    assert [len(one["quantityList"]) for one in events] == [1_000, 500]
    assert events[1]["epcList"] == things[-1:]
    assert "suyuan:advice" not in events[0]

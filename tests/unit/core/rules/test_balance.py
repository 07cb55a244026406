"""Rule 5: per item and holder, bought + opening = used + stock + returned."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cases import COOP, DRUG, SEASON, case, deed, item, lot, only
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.balance import account, balances

LOT = lot(DRUG, "A1")
MEMBER = "https://trace.example.com/member/7"


def bought(amount: float, day: str = "2026-03-01", unit: str = "LTR", **stated: Any) -> Deed:
    return deed("purchase", day, about=[item(LOT, amount, unit)], stated=stated)


def used(amount: float, day: str = "2026-04-01", unit: str = "LTR", **stated: Any) -> Deed:
    return deed("applying", day, season=SEASON, inputs=[item(LOT, amount, unit)], stated=stated)


def counted(amount: float, day: str = "2026-05-01") -> Deed:
    return deed("inspecting", day, about=[item(LOT, amount, "LTR")], stated={"stock": True})


def test_stock_is_what_was_bought_less_what_was_used_in_any_unit() -> None:
    (line,) = account([bought(2), used(300, unit="MLT"), used(0.2)])
    assert (line.book, line.unit, line.balances) == (Decimal("0.0015"), "MTQ", True)


def test_more_used_than_bought_does_not_balance_and_names_the_records() -> None:
    one, two = bought(1), used(1.5)
    found = only(balances(case([one, two])), "balance")
    assert (found.verdict, found.records) == ("warn", (one.index, two.index))


def test_a_count_that_differs_does_not_balance() -> None:
    assert only(balances(case([bought(2), used(1), counted(0.5)])), "balance").verdict == "warn"
    assert only(balances(case([bought(2), used(1), counted(1)])), "balance").verdict == "pass"


def test_a_count_before_anything_is_an_opening() -> None:
    (line,) = account([counted(3, "2026-01-01"), used(1)])
    assert (line.sums["opening"], line.book, line.balances) == (
        Decimal("0.003"),
        Decimal("0.002"),
        True,
    )


def test_a_date_cuts_the_account() -> None:
    done = [bought(2), used(1, "2026-04-01"), used(0.5, "2026-06-01")]
    assert account(done, until=date(2026, 5, 1))[0].book == Decimal("0.001")
    assert account(done, until=date(2026, 1, 1)) == []


def test_members_have_their_own_accounts() -> None:
    mine = used(0.4, person={"id": MEMBER})
    sold = deed("sale_of_input", "2026-03-02", about=[item(LOT, 1, "LTR")], destination=MEMBER)
    lines = {line.holder: line.book for line in account([bought(3), sold, mine], by_member=True)}
    assert lines == {COOP: Decimal("0.002"), MEMBER: Decimal("0.0006")}


def test_what_a_cooperative_hands_out_to_its_members_stays_within() -> None:
    sold = deed("sale_of_input", "2026-03-02", about=[item(LOT, 1, "LTR")], destination=MEMBER)
    (line,) = account([bought(3), sold, used(0.4, person={"id": MEMBER})])
    assert (line.holder, line.book) == (COOP, Decimal("0.0026"))


def test_bought_goods_that_are_processed_are_used_and_own_harvests_are_no_inputs() -> None:
    processed = deed(
        "processing", "2026-04-01", inputs=[item(LOT, 1, "LTR")], outputs=[item("urn:x", 1)]
    )
    assert account([processed]) == []
    assert account([bought(3), processed])[0].book == Decimal("0.002")


def test_empties_against_packs_bought() -> None:
    back = deed("returning", "2026-08-01", about=[item("urn:empties", 1)],
                stated={"returned": {"of": LOT, "count": 7}})  # fmt: skip
    (line,) = account([bought(10, packs=10), back])
    assert line.empties_missing == 3
    codes = bought(2, packCodes=["1" * 32, "2" * 32, "2" * 32])
    assert account([codes])[0].packs_bought == 2


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 50)), min_size=1, max_size=8), st.randoms())
def test_the_order_of_records_plays_no_part(moves: list[tuple[bool, int]], random: Any) -> None:
    done = [bought(n) if buys else used(n) for buys, n in moves]
    shuffled = random.sample(done, len(done))
    assert [(line.book, line.sums) for line in account(done)] == [
        (line.book, line.sums) for line in account(shuffled)
    ]


def test_animals_born_here_are_missing_in_no_stock_and_bought_ones_may_be() -> None:
    stocked = deed("stocking", "2026-04-01", season=SEASON, inputs=[item("urn:piglets", 12, "H87")])
    assert account([stocked]) == []
    came = deed("purchase", "2026-03-01", about=[item("urn:piglets", 10, "H87")])
    (line,) = account([came, stocked])
    assert (line.balances, line.difference) == (False, Decimal(-2))

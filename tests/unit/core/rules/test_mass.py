"""Rule 7: what comes out is bounded by what went in; no lot gives more than it held."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cases import RAW, SEASON, case, deed, item, lot, only, template, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.mass import masses

DRY = "https://id.gs1.org/01/09521234000051"
ONE, TWO = lot(RAW, "L1"), lot(DRY, "D1")


def step(name: str, put: Any, got: Any, **members: Any) -> Deed:
    return deed("processing", "2026-04-06", step=name, inputs=[item(ONE, put)],
                outputs=[item(TWO, got)], **members)  # fmt: skip


def test_both_ends_are_told_and_the_ratio_of_the_template_holds() -> None:
    fine = only(masses(case([step("processing", 100, 26)])), "balance")
    over = only(masses(case([step("processing", 100, 27)])), "balance")
    assert (fine.verdict, over.verdict) == ("pass", "block")
    assert (over.facts["put"], over.facts["got"]) == (Decimal("100"), Decimal("27"))


def test_without_a_ratio_more_than_went_in_is_blocked_and_less_is_unknown() -> None:
    assert template("tea").ratios["drying"] is None
    assert verdicts(masses(case([step("drying", 100, 101)])), "balance") == ["block"]
    assert verdicts(masses(case([step("drying", 100, 30)])), "balance") == ["unknown"]


def test_units_of_mass_mix_and_other_units_are_unknown() -> None:
    grams = deed("processing", "2026-04-06", step="grading", inputs=[item(ONE, 1)],
                 outputs=[item(TWO, 900, "GRM"), item(TWO, 100, "GRM")])  # fmt: skip
    pieces = deed("processing", "2026-04-06", step="grading", inputs=[item(ONE, 1)],
                  outputs=[item(TWO, 9, "H87")])  # fmt: skip
    assert verdicts(masses(case([grams])), "balance") == ["pass"]
    assert verdicts(masses(case([pieces])), "balance") == ["unknown"]


def test_packs_weigh_what_their_product_says() -> None:
    masters = {DRY: {"suyuan:netWeight": {"value": 250, "uom": "GRM"}}}
    packed = deed("packing", "2026-04-06", inputs=[item(ONE, 1)],
                  outputs=[item(f"{TWO}/21/{n}") for n in range(4)])  # fmt: skip
    more = deed("packing", "2026-04-06", inputs=[item(ONE, 1)],
                outputs=[item(f"{TWO}/21/{n}") for n in range(5)])  # fmt: skip
    assert verdicts(masses(case([packed], masters=masters)), "balance") == ["pass"]
    assert verdicts(masses(case([more], masters=masters)), "balance") == ["block"]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5), st.integers(1, 400))
def test_a_lot_gives_no_more_than_it_held(taken: list[int], made: int) -> None:
    harvest = deed("harvest", "2026-04-05", season=SEASON, outputs=[item(ONE, made)])
    uses = [
        deed(
            "processing", "2026-04-06", inputs=[item(ONE, one)], outputs=[item(lot(DRY, str(n)), 1)]
        )
        for n, one in enumerate(taken)
    ]
    found = only(masses(case([*uses, harvest])), "drawn")
    assert (found.verdict == "block") == (sum(taken) > made)

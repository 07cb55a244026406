"""Rule 6: harvest and codes against area, ceiling and ratio."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from cases import COOP, PLOT, RAW, SEASON, case, deed, item, lot, only, template, verdicts

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.finding import Basis
from suyuan.core.rules.template import Figure, Template
from suyuan.core.rules.yields import yields
from suyuan.core.story_values import Names

PACK = "https://id.gs1.org/01/09521234000068"
BRAND = "https://trace.example.com/brand/tea"
SOURCE = Basis(Names("测", "test"))
MASTERS: dict[str, dict[str, Any]] = {
    PLOT: {"type": "Place", "suyuan:area": {"value": 10, "unit": "亩"}},
    PACK: {
        "type": "Product", "suyuan:indication": BRAND,
        "suyuan:netWeight": {"value": 250, "uom": "GRM"},
    },
    BRAND: {
        "type": "Brand",
        "suyuan:authorisations": [
            {"organisation": COOP, "area": {"value": 10, "unit": "亩"}, "from": "2026-01-01"}
        ],
    },
}  # fmt: skip


def tea(per_mu: str | None = "100", ratio: str | None = "0.25") -> Template:
    return replace(
        template("tea"),
        yield_per_mu=Figure(Decimal(per_mu), SOURCE) if per_mu else None,
        overall=Figure(Decimal(ratio), SOURCE) if ratio else None,
    )


def picked(kilograms: float) -> Deed:
    return deed("harvest", "2026-04-05", season=SEASON, plots=[PLOT],
                outputs=[item(lot(RAW, "L1"), kilograms)])  # fmt: skip


def issued(number: int, **members: Any) -> Deed:
    return deed("packing", "2026-05-01", about=[item(lot(PACK, "P1"))],
                event={"suyuan:serials": {"count": number, "root": "x"}}, **members)  # fmt: skip


@pytest.mark.parametrize(("kilograms", "verdict"), [(1000, "pass"), (1000.1, "warn")])
def test_harvest_against_the_ceiling(kilograms: float, verdict: str) -> None:
    assert (
        only(yields(case([picked(kilograms)], tea(), masters=MASTERS)), "yield").verdict == verdict
    )


def test_a_ceiling_that_is_not_stated_is_unknown() -> None:
    assert verdicts(yields(case([picked(1)], tea(None), masters=MASTERS)), "yield") == ["unknown"]


def test_codes_above_what_the_hill_can_give_warn() -> None:
    # 10 mu × 100 kg × 0.25 = 250 kg = 1,000 packs of 250 g.
    fine = only(yields(case([picked(9), issued(1000)], tea(), masters=MASTERS)), "codes")
    over = only(yields(case([picked(9), issued(1000), issued(1)], tea(), masters=MASTERS)), "codes")
    assert (fine.verdict, over.verdict) == ("pass", "warn")


OF = f"sha-256:{'0' * 64}"


def test_codes_that_came_back_or_were_voided_do_not_count() -> None:
    back = deed("other", "2026-05-02", about=[item(lot(PACK, "P1"))],
                event={"suyuan:codes": {"act": "return", "of": OF, "ranges": [[0, 59]]}})  # fmt: skip
    void = deed("other", "2026-05-03", about=[item(lot(PACK, "P1"))],
                event={"suyuan:codes": {"act": "void", "of": OF,
                                        "ranges": [[60, 98], [1099, 1099]]}})  # fmt: skip
    done = [picked(9), issued(1100), back, void]
    assert only(yields(case(done, tea(), masters=MASTERS)), "codes").verdict == "pass"


def test_codes_without_a_ratio_cannot_be_judged() -> None:
    found = only(yields(case([picked(9), issued(1)], tea(ratio=None), masters=MASTERS)), "codes")
    assert found.verdict == "unknown"

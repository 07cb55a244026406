"""The ceiling of codes: what is not stated is unknown, and never fine."""

from __future__ import annotations

from decimal import Decimal

import pytest

from suyuan.core.brand.ceiling import MOST_PACKS, Ceiling, judged

MU, EACH, NET = Decimal(10), Decimal(50), Decimal("0.5")
FACTOR = Decimal("1.1")


@pytest.mark.parametrize(
    ("used", "verdict"),
    [(0, "pass"), (1000, "pass"), (1001, "warn"), (1100, "warn"), (1101, "block")],
)
def test_above_the_ceiling_warns_and_far_above_blocks(used: int, verdict: str) -> None:
    assert judged(Ceiling(MU, EACH, NET, None), used, FACTOR) == verdict


@pytest.mark.parametrize(
    "ceiling",
    [Ceiling(None, EACH, NET, None), Ceiling(MU, None, NET, None), Ceiling(MU, EACH, None, None),
     Ceiling(MU, EACH, None, Decimal(5))],
)  # fmt: skip
def test_an_unknown_ceiling_always_asks(ceiling: Ceiling) -> None:
    assert ceiling.packs is None
    assert judged(ceiling, 1, FACTOR) == "warn"


def test_the_volume_bounds_it_too() -> None:
    assert Ceiling(MU, EACH, NET, Decimal(300)).packs == 600
    only = Ceiling(MU, None, NET, Decimal(300))
    # What the area gives is unknown: told, also below the volume.
    assert (only.packs, judged(only, 1, FACTOR), judged(only, 700, FACTOR)) == (
        600,
        "warn",
        "block",
    )


def test_a_net_weight_of_next_to_nothing_is_no_error() -> None:
    assert Ceiling(MU, EACH, Decimal("1e-300"), Decimal(10**15)).packs == MOST_PACKS


def test_without_a_factor_nothing_blocks() -> None:
    assert judged(Ceiling(MU, EACH, NET, None), 10**9, None) == "warn"

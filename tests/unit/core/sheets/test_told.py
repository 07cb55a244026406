"""What a thing is called by its id."""

from __future__ import annotations

from datetime import date

import pytest

from suyuan.core.farm.fill import Ground
from suyuan.core.sheets.told import Names

BASE = "https://trace.example/"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        (f"{BASE}season/coop/2026", "2026"),
        (f"{BASE}lot/coop/tea/L-1", "tea · L-1"),
        (f"{BASE}season/2026", "2026"),
        (f"{BASE}season/other/2026", "other · 2026"),
        (f"{BASE}org/coop", "coop"),
    ],
)
def test_an_id_made_of_names_is_told_by_them(uri: str, said: str) -> None:
    ground = Ground(date(2026, 9, 10), BASE, own="coop/")
    assert Names(ground).of(uri) == said

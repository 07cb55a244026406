"""What labels claim, against certificates: who signed, when, and how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.claims import Certificate, certificate_of, claims_of, weighed

DAY = date(2026, 11, 26)
OWNER = "https://node.example/org/green"
GREEN = Certificate(
    "LB-1", "green", OWNER, 7, date(2026, 1, 1), date(2026, 12, 31), Decimal(100), third=True
)
KEY = (OWNER, "LB-1")


def verdict(*held: Certificate, wanted: int | None = 10, used: int | None = 0) -> str:
    amount = None if wanted is None else Decimal(wanted)
    before = None if used is None else Decimal(used)
    (found,) = weighed(("green",), held, DAY, amount, {KEY: before})
    return found.verdict


def test_a_claim_needs_a_certifier_s_certificate_in_force() -> None:
    assert verdict() == "block"
    assert verdict(GREEN) == "pass"
    assert verdict(replace(GREEN, kind="organic")) == "block"
    assert verdict(replace(GREEN, third=False)) == "block"
    assert verdict(replace(GREEN, void=True)) == "block"
    assert verdict(replace(GREEN, until=None)) == "block"
    assert verdict(replace(GREEN, until=date(2026, 11, 25))) == "block"
    assert verdict(replace(GREEN, since=date(2026, 11, 27))) == "block"
    assert verdict(replace(GREEN, until=DAY)) == "pass"


def test_its_volume_is_used_up_in_the_end() -> None:
    assert verdict(GREEN, wanted=10, used=80) == "pass"
    assert verdict(GREEN, wanted=10, used=81) == "warn"
    assert verdict(GREEN, wanted=10, used=90) == "warn"
    assert verdict(GREEN, wanted=10, used=91) == "block"


def test_what_is_not_stated_is_not_known() -> None:
    assert verdict(GREEN, wanted=None) == "unknown"
    assert verdict(GREEN, used=None) == "unknown"
    assert verdict(replace(GREEN, volume=None)) == "unknown"
    assert verdict(replace(GREEN, volume=None), GREEN) == "pass"  # one that holds is enough


@given(st.integers(0, 300), st.integers(0, 300))
def test_never_more_than_it_covers(wanted: int, used: int) -> None:
    assert (verdict(GREEN, wanted=wanted, used=used) == "block") == (wanted + used > 100)


def test_reading_master_data_and_events() -> None:
    assert claims_of({"suyuan:claims": ["green", "green", "best", 5]}) == ("green",)
    assert claims_of({"suyuan:claims": "gi"}) == ("gi",)
    assert claims_of({}) == ()
    stated = {"number": "LB-1", "type": "green", "from": "2026-01-01", "until": "2026-12-31",
              "volume": {"value": 0.1, "uom": "TNE"}}  # fmt: skip
    assert certificate_of(stated, index=7, owner=OWNER, day=DAY, third=True) == GREEN
    bare = certificate_of({"number": "1", "type": "gi"}, index=1, owner="x", day=DAY, third=False)
    assert bare is not None
    assert (bare.since, bare.until, bare.volume) == (DAY, None, None)
    assert (
        certificate_of({"type": "承诺达标合格证"}, index=1, owner="x", day=DAY, third=True) is None
    )
    assert certificate_of(None, index=1, owner="x", day=DAY, third=True) is None
    litres = {**stated, "volume": {"value": 5, "uom": "LTR"}}
    found = certificate_of(litres, index=7, owner=OWNER, day=DAY, third=True)
    assert found is not None
    assert found.volume is None

"""Rule 11: days by the event's own clock; a spray entered after its harvest is marked."""

from __future__ import annotations

import pytest
from cases import DRUG, RAW, SEASON, case, deed, item, lot, made_of, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.lateness import days_late, lateness


def test_seven_days_pass_eight_warn() -> None:
    def of(recorded: str) -> str:
        done = deed("field_work", "2026-05-01", recorded=recorded)
        return only(lateness(case([done])), "late").verdict

    assert of("2026-05-08T02:00:00.000Z") == "pass"
    assert of("2026-05-09T02:00:00.000Z") == "warn"


def test_days_are_those_of_the_event_s_own_zone() -> None:
    # 16:30 UTC is half past midnight of the next day in China, and half past eleven in Brazil.
    done = deed("field_work", "2026-05-01", recorded="2026-05-01T16:30:00.000Z")
    west = deed("field_work", "2026-05-01", recorded="2026-05-01T16:30:00.000Z",
                event={"eventTimeZoneOffset": "-05:00"})  # fmt: skip
    assert (days_late(done, ""), days_late(west, "")) == (1, 0)


def test_a_deed_dated_ahead_of_its_record_warns() -> None:
    done = deed("field_work", "2026-05-10", recorded="2026-05-01T02:00:00.000Z")
    assert only(lateness(case([done])), "ahead").verdict == "warn"


def test_a_draft_is_as_late_as_today() -> None:
    done = deed("field_work", "2026-11-01", index=None)
    found = only(lateness(case([done], now="2026-11-26T02:00:00.000Z")), "late")
    assert (found.verdict, found.facts["days"]) == ("warn", 25)


def test_without_a_threshold_it_is_unknown() -> None:
    found = lateness(case([deed("field_work", "2026-05-01")], using=made_of()))
    assert verdicts(found) == ["unknown"]


@pytest.mark.parametrize(("recorded", "marked"), [("2026-05-19", False), ("2026-05-21", True)])
def test_a_spray_entered_after_its_harvest_is_marked(recorded: str, *, marked: bool) -> None:
    spray = deed("applying", "2026-05-18", season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")],
                 recorded=f"{recorded}T02:00:00.000Z")  # fmt: skip
    picked = deed("harvest", "2026-05-20", season=SEASON, outputs=[item(lot(RAW, "L"), 1)])
    assert ("after-harvest" in [one.code for one in lateness(case([picked, spray]))]) is marked


@given(st.integers(0, 400), st.integers(0, 400))
def test_later_is_never_better(first: int, more: int) -> None:
    from datetime import date, timedelta

    def verdict(days: int) -> str:
        recorded = f"{date(2026, 1, 1) + timedelta(days=days)}T02:00:00.000Z"
        return only(
            lateness(case([deed("growing", "2026-01-01", recorded=recorded)])), "late"
        ).verdict

    assert (verdict(first) == "warn") <= (verdict(first + more) == "warn")

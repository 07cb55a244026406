"""Times as the log writes them, whatever form they came in."""

from __future__ import annotations

import pytest

from suyuan.core import timestamps
from suyuan.core.errors import Malformed
from suyuan.core.timestamps import seconds_between, to_utc_millis


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("2026-09-10T08:00:00+08:00", "2026-09-10T00:00:00.000Z"),
        ("2026-12-31T23:59:59.9995Z", "2027-01-01T00:00:00.000Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00.000Z"),
        ("2026-09-10t08:00:00.1z", "2026-09-10T08:00:00.100Z"),
    ],
)
def test_any_rfc_3339_time_becomes_utc_to_the_millisecond(given: str, wanted: str) -> None:
    assert to_utc_millis(given) == wanted


@pytest.mark.parametrize("given", ["", "2026-09-10", "2026-02-30T00:00:00Z", "x" * 100_000])
def test_what_is_no_time_is_refused(given: str) -> None:
    with pytest.raises(Malformed):
        to_utc_millis(given)


def test_long_texts_do_not_stay_in_memory() -> None:
    before = timestamps._utc_millis.cache_info().misses
    assert to_utc_millis(f"2026-09-10T08:00:00.{'0' * 100_000}Z") == "2026-09-10T08:00:00.000Z"
    assert timestamps._utc_millis.cache_info().misses == before


def test_seconds_between_tells_the_order() -> None:
    assert seconds_between("2026-09-10T08:00:00.000Z", "2026-09-10T08:00:01.500Z") == 1.5
    assert seconds_between("2026-09-10T08:00:01.500Z", "2026-09-10T08:00:00.000Z") == -1.5

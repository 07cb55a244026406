"""Rule 12: one case for one excursion, one for one silence; late files close the gap."""

from __future__ import annotations

from cases import RAW, case, deed, item, lot, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case
from suyuan.core.rules.cold_chain import cold_chains

LOT = lot(RAW, "L1")
MASTERS = {RAW: {"suyuan:storage": {"min": 0, "max": 4, "everyMinutes": 60}}}


def measured(minutes: int, celsius: float, unit: str = "CEL", seconds: int = 0) -> Deed:
    at = f"2026-06-01T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.000Z"
    return deed(
        "temperature", "2026-06-01", hour=at[11:16], about=[item(LOT)],
        event={"sensorElementList": [{"sensorMetadata": {"time": at},
               "sensorReport": [{"type": "Temperature", "value": celsius, "uom": unit}]}]},
    )  # fmt: skip


def chain(*readings: Deed, now: str = "2026-06-01T05:00:00.000Z") -> Case:
    return case(readings, None, masters=MASTERS, now=now)


def test_one_excursion_is_one_case_with_beginning_end_and_peak() -> None:
    done = [measured(m, c) for m, c in ((0, 3), (60, 6), (120, 9), (180, 5), (240, 3))]
    found = only(cold_chains(chain(*done)), "excursion")
    assert found.verdict == "warn"
    assert (found.facts["since"], found.facts["until"]) == (
        "2026-06-01T01:00:00.000Z", "2026-06-01T04:00:00.000Z",
    )  # fmt: skip
    assert found.facts["peak"] == 9


def test_two_excursions_are_two_and_an_open_one_has_no_end() -> None:
    done = [measured(m, c) for m, c in ((0, 6), (60, 3), (120, 7))]
    found = list(cold_chains(chain(*done, now="2026-06-01T02:30:00.000Z")))
    assert [one.facts["until"] for one in found] == ["2026-06-01T01:00:00.000Z", None]


def test_a_silence_is_one_case_and_a_late_file_closes_it() -> None:
    done = [measured(0, 3), measured(240, 3)]
    assert verdicts(cold_chains(chain(*done)), "silence") == ["warn"]
    late = [measured(minutes, 3) for minutes in (60, 120, 180)]
    assert verdicts(cold_chains(chain(*done, *late)), "silence") == []


def test_a_loggers_clock_a_few_seconds_late_is_no_silence_a_minute_is() -> None:
    beats = [measured(m, 3, seconds=s) for m, s in ((0, 0), (60, 7), (120, 59), (180, 58))]
    now = "2026-06-01T03:30:00.000Z"
    assert verdicts(cold_chains(chain(*beats, now=now)), "silence") == []
    late = [*beats[:-1], measured(181, 3, seconds=59)]
    assert verdicts(cold_chains(chain(*late, now=now)), "silence") == ["warn"]


def test_a_sensor_that_fell_silent_is_a_case_until_the_goods_left() -> None:
    done = [measured(0, 3)]
    found = only(cold_chains(chain(*done)), "silence")
    assert found.facts["until"] is None
    left = deed("shipping", "2026-06-01", hour="00:30", about=[item(LOT)])
    assert verdicts(cold_chains(chain(*done, left)), "silence") == []


def test_fahrenheit_is_converted_and_missing_limits_are_unknown() -> None:
    assert verdicts(cold_chains(chain(measured(240, 50, "FAH"))), "excursion") == ["warn"]
    assert verdicts(cold_chains(case([measured(0, 3)], None)), "excursion") == ["unknown"]


@given(st.permutations(range(6)))
def test_the_order_of_arrival_plays_no_part(order: list[int]) -> None:
    done = [measured(60 * n, c) for n, c in enumerate((3, 6, 9, 3, 6, 3))]
    found = [
        one for one in cold_chains(chain(*(done[n] for n in order))) if one.code == "excursion"
    ]
    assert [one.facts["peak"] for one in found] == [9, 6]

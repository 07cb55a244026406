"""Times in which a thing lay in another: cut, joined, asked."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.lineage.stays import ALWAYS, Window, added, ends, holds, overlap, written_off

TIMES = st.sampled_from([f"2026-09-{day:02d}T00:00:00.000Z" for day in range(1, 12)])
WINDOWS = st.tuples(TIMES, st.none() | TIMES).filter(lambda one: one[1] is None or one[0] <= one[1])


def test_two_stays_with_time_between_them_stay_two() -> None:
    early, late = ("2026-09-01", "2026-09-03"), ("2026-09-05", None)
    both = added(added((), late), early)
    assert both == (early, late)
    assert not holds(both, "2026-09-04")
    assert holds(both, "2026-09-03")
    assert holds(both, "2030-01-01")
    assert overlap(early, late) is None
    assert overlap(ALWAYS, early) == early
    assert added(both, ("2026-09-02", "2026-09-06")) == (("2026-09-01", None),)
    assert added(both, ("2026-09-06", "2026-09-07")) is both


@given(st.lists(WINDOWS, max_size=6), TIMES)
def test_a_time_is_in_all_together_where_it_is_in_one(windows: list[Window], time: str) -> None:
    whole: tuple[Window, ...] = ()
    for one in windows:
        whole = added(whole, one)
    assert holds(whole, time) == any(holds((one,), time) for one in windows)
    assert all(overlap(one, other) is None for one in whole for other in whole if one != other)


@given(WINDOWS, WINDOWS, TIMES)
def test_what_is_in_both_is_in_their_overlap(one: Window, other: Window, time: str) -> None:
    shared = overlap(one, other)
    assert (shared is not None and holds((shared,), time)) == (
        holds((one,), time) and holds((other,), time)
    )


def test_what_was_put_in_is_over_when_all_of_it_was_taken_out() -> None:
    five, two = Decimal(5), Decimal(2)
    put = [(1, five, "KGM"), (4, five, "KGM"), (9, None, None)]
    assert ends(put, []) == [None, None, None]
    assert ends(put, [(2, two, "KGM"), (3, two, "GRM")]) == [None, None, None]
    assert ends(put, [(2, two, "KGM"), (5, five, "KGM")]) == [5, None, None]
    assert ends(put, [(5, five + five, "KGM"), (10, None, None)]) == [5, 5, 10]
    assert ends(put, [(4, None, None)]) == [4, None, None], "not what comes in at the same moment"


def test_a_loss_counts_where_it_closes_the_account_and_only_there() -> None:
    five, four, one = Decimal(5), Decimal(4), Decimal(1)
    put, taken, gone = [(1, five, "KGM")], [(3, four, "KGM")], [(4, one, "KGM")]
    assert written_off(put, taken, gone) == gone
    assert ends(put, [*taken, *gone]) == [4]
    assert written_off(put, taken, []) == []
    assert written_off(put, taken, [(4, Decimal("0.5"), "KGM")]) == []
    assert written_off(put, taken, [(4, one, "GRM")]) == []
    assert written_off(put, taken, [(4, None, None)]) == []
    assert written_off([(1, None, None)], taken, gone) == []
    assert written_off(put, [(3, None, None)], gone) == []
    assert written_off([*put, (5, five, "KGM")], [*taken, (6, five, "KGM")], gone) == []

"""Circles are found, whatever the order; and nothing else is taken for one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.lineage.cycles import Arrow, closing


def event(tails: str, heads: str, joint: str) -> list[Arrow]:
    return [Arrow(one, f"<{joint}>") for one in tails] + [Arrow(f"<{joint}>", o) for o in heads]


def test_a_line_that_splits_and_meets_again_is_no_circle() -> None:
    new = [event("a", "bc", "1"), event("bc", "d", "2"), event("d", "e", "3")]
    assert closing([], new) == []


def test_the_event_that_closes_the_circle_is_named_and_those_before_are_not() -> None:
    new = [event("a", "b", "1"), event("b", "c", "2"), event("c", "a", "3"), event("a", "d", "4")]
    assert [number for number, _ in closing([], new)] == [2]
    assert [number for number, _ in closing([], [new[2], new[0], new[1]])] == [2]


def test_a_thing_that_goes_into_itself() -> None:
    assert closing([], [event("a", "ab", "1")]) == [(0, "a")]
    assert closing([], [[Arrow("a", "a")]]) == [(0, "a")]


def test_a_circle_through_what_is_known() -> None:
    known = [*event("a", "b", "1"), Arrow("b", "box")]
    assert closing(known, [event("box", "c", "2")]) == []
    assert [number for number, _ in closing(known, [event("box", "a", "2")])] == [0]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_what_is_left_never_holds_a_circle(pairs: list[tuple[int, int]]) -> None:
    new = [event(str(a), str(b), f"j{n}") for n, (a, b) in enumerate(pairs)]
    refused = {number for number, _ in closing([], new)}
    kept = [arrow for number, arrows in enumerate(new) if number not in refused for arrow in arrows]
    heads: dict[str, set[str]] = {}
    for tail, head in kept:
        heads.setdefault(tail, set()).add(head)
    for start in heads:
        seen: set[str] = set()
        waiting = list(heads[start])
        while waiting:
            one = waiting.pop()
            assert one != start
            if one not in seen:
                seen.add(one)
                waiting += heads.get(one, ())

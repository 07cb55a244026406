"""What was walked before the writer's turn and what came since find together what one look does."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.lineage.cycles import Arrow, arrows_of, closing
from suyuan.core.lineage.flows import Flow, Flows, Way
from suyuan.flow.circles import below, circles
from suyuan.ports.log import Tail


class Log:
    """A log as far as circles ask it; ``size`` records are there."""

    def __init__(self, records: list[Flows], size: int) -> None:
        self.records, self.size, self.asked = records, size, 0
        self.undone = False

    def tail(self) -> Tail:
        return Tail(self.size, "")

    def _drawn(self, first: int) -> list[Arrow]:
        return [
            arrow
            for index in range(first, self.size)
            for arrow in arrows_of(self.records[index].lines, str(index))
        ]

    def arrows(self, things: Collection[str], seasons: Collection[str]) -> list[Arrow]:
        self.asked += 1
        seen, found = {*things, *(f"<{one}>" for one in seasons)}, set[Arrow]()
        while met := {one for one in self._drawn(0) if one.tail in seen} - found:
            found |= met
            seen |= {one.head for one in met}
        return sorted(found)

    def arrows_since(self, size: int) -> list[Arrow] | None:
        return None if self.undone else self._drawn(size)


def used(thing: str, made: str, season: str | None = None) -> Flows:
    return Flows((Flow(thing, Way.USED, 0, season=season), Flow(made, Way.MADE, 1, season=season)))


_THING = st.sampled_from("abcdefg")
_SEASON = st.sampled_from([None, None, "s", "t"])
_RECORD = st.one_of(
    st.builds(used, _THING, _THING, _SEASON),
    st.builds(lambda a, b: Flows((Flow(a, Way.PUT, 0, other=b),)), _THING, _THING),
    st.builds(lambda a, s: Flows((Flow(a, Way.USED, 0, season=s),)), _THING, st.sampled_from("st")),
    st.builds(lambda a, s: Flows((Flow(a, Way.MADE, 0, season=s),)), _THING, st.sampled_from("st")),
)


def accepted(records: list[Flows]) -> list[Flows]:
    """As many as close no circle: such a log is what there is."""
    kept: list[Flows] = []
    for one in records:
        known = [a for n, r in enumerate(kept) for a in arrows_of(r.lines, str(n))]
        if not closing(known, [arrows_of(one.lines, "new")]):
            kept.append(one)
    return kept


@given(st.lists(_RECORD, max_size=9), st.lists(_RECORD, min_size=1, max_size=3), st.data())
def test_the_same_circles_are_found_as_in_the_whole_log(
    old: list[Flows], new: list[Flows], data: Any
) -> None:
    records = accepted(old)
    log = Log(records, data.draw(st.integers(0, len(records))))
    before: Any = below(log, new)  # type: ignore[arg-type]
    log.size = len(records)
    log.undone = data.draw(st.booleans())
    drawn = {n: arrows_of(one.lines, f"new {n}") for n, one in enumerate(new)}
    found = circles(log, before, drawn)  # type: ignore[arg-type]
    assert found == closing(log._drawn(0), [drawn[n] for n in range(len(new))])


def test_nothing_is_walked_again_that_was_walked_before() -> None:
    log = Log([used("a", "b"), used("b", "c")], 2)
    before = below(log, [used("x", "a")])  # type: ignore[arg-type]
    assert log.asked == 1
    log.records += [used("p", "q"), used("c", "d")]
    log.size = 3
    assert circles(log, before, {4: arrows_of(used("x", "a").lines, "new")}) == []  # type: ignore[arg-type]
    assert log.asked == 1
    log.size = 4
    assert circles(log, before, {4: arrows_of(used("d", "a").lines, "new")}) == [(4, "d")]  # type: ignore[arg-type]
    assert log.asked == 2  # from what came since alone

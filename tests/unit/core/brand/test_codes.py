"""What may become of codes, and that every ledger adds up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.brand.codes import ACTS, Act, Issue, act_event, code_acts_of, sums
from suyuan.core.brand.ranges import NONE, Ranges, of_places, ranges, size
from suyuan.core.errors import Refused

COUNT = 20
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"


def issue(activated: Ranges = NONE) -> Issue:
    return Issue(7, COUNT, LOT, "https://node.example/org/coop", activated=activated)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.tuples(st.integers(-1, COUNT), st.integers(-1, COUNT)).map(lambda p: ranges([p])),
    ),
    max_size=12,
)


@given(STEPS, st.booleans())
def test_the_ledger_adds_up_whatever_is_tried(
    steps: list[tuple[Act, Ranges]], packed: bool
) -> None:
    now = issue(((0, COUNT - 1),) if packed else NONE)
    for act, parts in steps:
        try:
            now.check(act, parts)
        except Refused:
            continue
        now = now.after(act, parts)
        found = sums([now])
        assert found.waiting + found.active + found.returned + found.voided == found.issued == COUNT
        assert min(found) >= 0
        assert found.used == COUNT - found.returned - found.voided >= 0
        states = [now.state(place) for place in range(COUNT)]
        assert states.count("active") == found.active == size(now.active)
        assert states.count("issued") == found.waiting


@pytest.mark.parametrize(
    ("before", "act"),
    [("activate", "activate"), ("activate", "return"), ("return", "return"), ("return", "void"),
     ("return", "activate"), ("void", "void"), ("void", "return"), ("void", "activate")],
)  # fmt: skip
def test_what_is_done_is_not_done_again(before: str, act: Act) -> None:
    now = issue().after(before, ((0, 4),))
    with pytest.raises(Refused, match="codes"):
        now.check(act, ((4, 5),))
    now.check(act, ((5, 6),))


def test_codes_beyond_the_issue_are_refused() -> None:
    with pytest.raises(Refused, match="were not issued"):
        issue().check("void", ((19, 20),))
    with pytest.raises(Refused, match="no code"):
        issue().check("void", NONE)


def test_an_act_reads_back() -> None:
    event = act_event(
        "return", b"\1" * 32, of_places([1, 2, 9]), lot=LOT, time="t", base="b/", event_id="e"
    )
    assert [(one.act, one.first, one.last) for one in code_acts_of(event)] == [
        ("return", 1, 2), ("return", 9, 9)
    ]  # fmt: skip
    assert code_acts_of({**event, "errorDeclaration": {}}) == ()

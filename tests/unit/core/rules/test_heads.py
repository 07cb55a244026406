"""Rule 8: animals neither appear nor vanish; moving needs a quarantine number."""

from __future__ import annotations

from typing import Any

from cases import SEASON, case, deed, item, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case
from suyuan.core.rules.heads import head_counts

NUMBER = {"quarantineCertificate": "4303260001"}


def stocked(number: int, day: str = "2026-01-10", **stated: Any) -> Deed:
    return deed("stocking", day, season=SEASON, inputs=[item("urn:piglets", number, "H87")],
                stated={**NUMBER, **stated})  # fmt: skip


def counted(day: str, **heads: int) -> Deed:
    return deed("head_count", day, season=SEASON, stated={"heads": heads, **NUMBER})


def pigs(*deeds: Deed) -> Case:
    return case(deeds, "shaziling-pig")


def test_the_count_agrees_with_the_books() -> None:
    done = [stocked(50), counted("2026-03-01", born=6, dead=2, disposed=2),
            deed("processing", "2026-04-01", step="killing", season=SEASON,
                 inputs=[item(SEASON, 10, "H87")]),
            counted("2026-05-01", present=44)]  # fmt: skip
    found = only(head_counts(pigs(*done)), "count")
    assert (found.verdict, found.facts["due"]) == ("pass", 44)


def test_a_count_that_is_short_warns_and_tells_both() -> None:
    found = only(head_counts(pigs(stocked(50), counted("2026-05-01", present=48))), "count")
    assert (found.verdict, found.facts["counted"], found.facts["due"]) == ("warn", 48, 50)


def test_more_leaving_than_came_is_blocked() -> None:
    found = only(head_counts(pigs(stocked(5), counted("2026-05-01", slaughtered=6))), "count")
    assert found.verdict == "block"


def test_a_group_may_begin_with_a_birth() -> None:
    found = head_counts(pigs(counted("2026-03-01", born=11), counted("2026-04-01", present=11)))
    assert verdicts(found, "count") == ["pass"]


def test_a_group_that_was_there_already_begins_with_its_first_count() -> None:
    done = [counted("2026-03-01", present=40), counted("2026-04-01", dead=2, disposed=2),
            counted("2026-05-01", present=38), counted("2026-06-01", present=30)]  # fmt: skip
    found = [one for one in head_counts(pigs(*done)) if one.code == "count"]
    assert [(one.verdict, one.facts["due"]) for one in found] == [
        ("pass", 40), ("pass", 38), ("warn", 38),
    ]  # fmt: skip
    dead = counted("2026-03-01", present=40, dead=2, disposed=2)
    found = [one for one in head_counts(pigs(dead, done[2])) if one.code == "count"]
    assert [(one.verdict, one.facts["due"]) for one in found] == [("pass", 40), ("warn", 40)]


def test_what_left_before_anything_was_counted_is_no_beginning() -> None:
    done = [counted("2026-03-01", slaughtered=2), counted("2026-04-01", present=40)]
    found = [one for one in head_counts(pigs(*done)) if one.code == "count"]
    assert [(one.verdict, one.facts["due"]) for one in found] == [("warn", -2), ("block", -2)]


def test_dead_animals_that_nobody_disposed_of_warn() -> None:
    found = head_counts(pigs(stocked(5), counted("2026-05-01", dead=2, disposed=1)))
    assert only(found, "disposal").verdict == "warn"


def test_movement_without_a_quarantine_number_is_blocked() -> None:
    sent = deed("shipping", "2026-05-01", about=[item(SEASON, 5, "H87")])
    came = deed("stocking", "2026-01-10", season=SEASON, inputs=[item("urn:piglets", 5, "H87")])
    assert verdicts(head_counts(pigs(stocked(5), sent)), "quarantine") == ["pass", "block"]
    assert verdicts(head_counts(pigs(came)), "quarantine") == ["block"]


@given(
    st.integers(1, 90), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)
)
def test_whatever_came_and_went_the_books_balance(
    came: int, born: int, out: int, slain: int, dead: int
) -> None:
    present = came + born - out - slain - dead
    done = [stocked(came), counted("2026-02-01", **{"born": born, "out": out}),
            counted("2026-03-01", slaughtered=slain, dead=dead, disposed=dead),
            counted("2026-04-01", present=max(present, 0))]  # fmt: skip
    found = verdicts(head_counts(pigs(*done)), "count")
    assert found == (["pass"] if present >= 0 else ["warn", "block"])

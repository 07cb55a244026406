"""Rule 1 for animals: a group's treatment goes with every animal that was there, wherever it went."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from cases import DRUG, RAW, SEASON, case, deed, item, label, lot, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.withdrawal import Herd, withdrawals

LOT = lot(DRUG, "A1")
OTHER = "https://trace.example.com/season/S2"
PIG = "https://trace.example.com/animal/133011200000001"
LABELS = {
    DRUG: label(
        kind="veterinary", ingredients=["某抗生素"],
        withdrawal=[{"animal": "猪", "product": "meat", "days": 28}],
    )
}  # fmt: skip


def treat(day: str, season: str | None = SEASON, **members: Any) -> Deed:
    return deed("applying", day, season=season, inputs=[item(LOT, "0.1", "LTR")], **members)


def kill(day: str, *names: str) -> Deed:
    return deed(
        "processing", day, step="killing", inputs=[item(name) for name in names],
        outputs=[item(lot(RAW, "M1"), 80)],
    )  # fmt: skip


def move(day: str, group: str, *animals: str, action: str = "ADD") -> Deed:
    return deed(
        "other", day, about=[item(group), *(item(one) for one in animals)],
        event={"type": "AggregationEvent", "action": action, "parentID": group},
    )  # fmt: skip


def judged(*deeds: Deed) -> list[str]:
    """Verdicts on the slaughter, which comes last."""
    found = withdrawals(case(deeds, "shaziling-pig", masters=LABELS))
    slaughter = max(deeds, key=lambda one: one.time)
    return [one.verdict for one in found if slaughter.index in one.records]


def test_slaughter_of_the_group_within_the_period() -> None:
    found = only(
        withdrawals(
            case([treat("2026-09-01"), kill("2026-09-20", SEASON)], "shaziling-pig", masters=LABELS)
        ),
        "withdrawal",
    )
    assert (found.verdict, found.facts["earliest"]) == ("block", date(2026, 9, 29))
    assert judged(treat("2026-09-01"), kill("2026-09-29", SEASON)) == ["pass"]


def test_animals_slaughtered_by_a_head_count_are_judged_too() -> None:
    def counted(day: str, **heads: int) -> Deed:
        return deed("head_count", day, season=SEASON, stated={"heads": {"present": 30, **heads}})

    assert judged(treat("2026-09-01"), counted("2026-09-20", slaughtered=3)) == ["block"]
    assert judged(treat("2026-09-01"), counted("2026-09-29", slaughtered=3)) == ["pass"]
    assert judged(treat("2026-09-01"), counted("2026-09-20")) == []


def test_treated_after_some_were_slaughtered_the_rest_still_has_to_wait() -> None:
    done = [treat("2026-06-01"), kill("2026-07-10", SEASON), treat("2026-09-01")]
    found = list(withdrawals(case(done, "shaziling-pig", masters=LABELS)))
    assert [one.facts["earliest"] for one in found] == [date(2026, 6, 29), date(2026, 9, 29)]


def test_an_animal_that_was_moved_since_is_still_treated() -> None:
    joined, left = move("2026-08-01", SEASON, PIG), move("2026-09-05", SEASON, PIG, action="DELETE")
    moved = move("2026-09-05", OTHER, PIG)
    done = [joined, treat("2026-09-01"), left, moved]
    assert judged(*done, kill("2026-09-20", PIG)) == ["block"]
    assert judged(*done, kill("2026-09-29", PIG)) == ["pass"]


def test_an_animal_that_was_not_there_that_day_is_not() -> None:
    before = [move("2026-08-01", SEASON, PIG), move("2026-08-20", SEASON, PIG, action="DELETE")]
    after = [move("2026-09-02", SEASON, PIG)]
    assert judged(*before, treat("2026-09-01"), kill("2026-09-20", PIG)) == []
    assert judged(*after, treat("2026-09-01"), kill("2026-09-20", PIG)) == []


def test_a_group_that_was_split_off_carries_what_was_before() -> None:
    herd, half = "https://trace.example.com/herd/1", "https://trace.example.com/herd/2"
    early = treat("2026-09-01", None, about=[item(herd)])
    split = deed(
        "processing", "2026-09-05", step="splitting", inputs=[item(herd)], outputs=[item(half)]
    )
    late = treat("2026-09-10", None, about=[item(herd)])
    found = Herd(case([early, split, late], None)).before([half], "2026-09-20T00:00:00.000Z")
    assert found == [early]


def test_a_treatment_that_names_animals_counts_for_these_alone() -> None:
    other = "https://trace.example.com/animal/133011200000002"
    joined = move("2026-08-01", SEASON, PIG, other)
    one = treat("2026-09-01", about=[item(PIG)])
    assert judged(joined, one, kill("2026-09-20", PIG)) == ["block"]
    assert judged(joined, one, kill("2026-09-20", other)) == []


def test_not_stated_is_unknown() -> None:
    masters = {
        DRUG: label(kind="veterinary", withdrawal=[{"animal": "牛", "product": "meat", "days": 1}])
    }
    done = case([treat("2026-09-01"), kill("2026-12-20", SEASON)], "shaziling-pig", masters=masters)
    assert verdicts(withdrawals(done)) == ["unknown"]


@pytest.mark.parametrize(
    ("days", "due", "source"),
    [
        (None, 28, "product label"),
        (7, 28, "product label"),
        (28, 28, "product label"),
        (40, 40, "as the record states"),
    ],
)
@pytest.mark.parametrize("killed", [False, True])
def test_the_figure_is_of_who_says_the_longer_one(
    days: int | None, due: int, source: str, *, killed: bool
) -> None:
    said = {"withdrawal": {"days": days}} if days is not None else {}
    done = [treat("2026-09-01", stated=said), *([kill("2026-12-20", SEASON)] if killed else [])]
    found = only(withdrawals(case(done, "shaziling-pig", masters=LABELS)), "withdrawal")
    assert found.basis is not None
    assert (found.facts["required"], found.basis.source.en) == (due, source)


def test_what_no_label_says_is_of_the_record() -> None:
    done = [treat("2026-09-01", stated={"withdrawal": {"days": 7}}), kill("2026-12-20", SEASON)]
    masters = {DRUG: label(kind="veterinary")}
    found = only(withdrawals(case(done, "shaziling-pig", masters=masters)), "withdrawal")
    assert found.basis is not None
    assert found.basis.source.en == "as the record states"


def test_before_slaughter_it_says_when_the_period_ends() -> None:
    found = only(
        withdrawals(case([treat("2026-09-01")], "shaziling-pig", masters=LABELS)), "withdrawal"
    )
    assert (found.verdict, found.facts["earliest"]) == ("pass", date(2026, 9, 29))


@given(st.permutations(range(5)))
def test_the_order_of_records_plays_no_part(order: list[int]) -> None:
    done = [
        move("2026-08-01", SEASON, PIG), treat("2026-09-01"),
        move("2026-09-05", SEASON, PIG, action="DELETE"), move("2026-09-05", OTHER, PIG, ),
        kill("2026-09-20", PIG),
    ]  # fmt: skip
    assert judged(*(done[place] for place in order)) == ["block"]

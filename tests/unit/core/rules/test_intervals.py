"""Rule 1 for crops: the interval, times a season, the gap; not stated is not zero."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cases import DRUG, PLOT, RAW, SEASON, case, deed, draft, item, label, lot, only, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.intervals import intervals
from suyuan.web.wording import wording

LOT = lot(DRUG, "A1")
TEA = {"crop": "茶树", "preHarvestDays": 14, "mostPerSeason": 2, "minGapDays": 7}
LABELS = {DRUG: label(kind="pesticide", ingredients=["苦参碱"], crops=[TEA])}


def spray(day: str, **members: Any) -> Deed:
    members.setdefault("plots", [PLOT])
    return deed("applying", day, season=SEASON, inputs=[item(LOT, "0.5", "LTR")], **members)


def pick(day: str, **members: Any) -> Deed:
    return deed(
        "harvest", day, step="commissioning", season=SEASON, outputs=[item(lot(RAW, "L1"), 100)],
        **members,
    )  # fmt: skip


def test_harvest_on_the_twelfth_of_fourteen_days_is_blocked_and_says_when() -> None:
    sprayed, picked = spray("2026-09-08"), pick("2026-09-20")
    found = only(intervals(case([sprayed, picked], masters=LABELS)), "interval")
    assert (found.verdict, found.facts["earliest"]) == ("block", date(2026, 9, 22))
    assert found.records == (sprayed.index, picked.index)
    assert wording("zh").said(found.text) == (
        "使用某药后第 12 天采收（要求 ≥ 14 天）；最早 9月22日（星期二）"
    )
    assert wording("en").said(found.text) == (
        "harvested 12 days after Some product was applied (at least 14); "
        "earliest Tuesday 22 September"
    )


def test_harvest_on_the_fourteenth_day_passes() -> None:
    done = [spray("2026-09-08"), pick("2026-09-22")]
    assert verdicts(intervals(case(done, masters=LABELS)), "interval") == ["pass"]


def test_before_a_harvest_it_says_the_earliest_day() -> None:
    found = only(intervals(case([draft(spray("2026-09-08"))], masters=LABELS)), "interval")
    assert (found.verdict, found.drafts, found.records) == ("pass", True, ())
    assert found.facts["earliest"] == date(2026, 9, 22)


def test_days_of_another_crop_are_not_this_one_s() -> None:
    other = {DRUG: label(kind="pesticide", crops=[{"crop": "水稻", "preHarvestDays": 7}])}
    done = [spray("2026-09-08"), pick("2026-12-20")]
    assert verdicts(intervals(case(done, masters=other))) == ["unknown"]


def test_the_crop_s_own_line_comes_before_its_group_s() -> None:
    lines = [{"crop": "茶叶", "preHarvestDays": 30}, {"crop": "茶树", "preHarvestDays": 5}]
    done = [spray("2026-09-08"), pick("2026-09-15")]
    masters = {DRUG: label(kind="pesticide", crops=lines)}
    assert verdicts(intervals(case(done, masters=masters)), "interval") == ["pass"]


def test_the_longer_of_label_and_record_counts() -> None:
    stated = {"preHarvestInterval": {"days": 21, "source": {"zh": "标签", "en": "label"}}}
    done = [spray("2026-09-08", stated=stated), pick("2026-09-24")]
    found = only(intervals(case(done, masters=LABELS)), "interval")
    assert (found.verdict, found.facts["required"]) == ("block", 21)


def test_fertiliser_needs_no_interval() -> None:
    masters = {DRUG: label(kind="fertiliser")}
    assert (
        verdicts(intervals(case([spray("2026-09-08"), pick("2026-09-09")], masters=masters))) == []
    )


def test_a_product_nobody_described_is_unknown_not_fine() -> None:
    assert verdicts(intervals(case([spray("2026-09-08"), pick("2026-12-09")]))) == ["unknown"]


def test_a_third_application_is_one_too_many_but_two_tanks_of_a_day_are_one() -> None:
    days = ["2026-06-01", "2026-06-01", "2026-06-10", "2026-06-20"]
    twice = only(intervals(case([spray(d) for d in days[:3]], masters=LABELS)), "times")
    thrice = only(intervals(case([spray(d) for d in days], masters=LABELS)), "times")
    assert (twice.verdict, thrice.verdict) == ("pass", "block")


def test_plots_are_counted_apart() -> None:
    done = [spray(f"2026-06-{d:02d}", plots=[f"{PLOT}{d}"]) for d in (1, 2, 3)]
    assert only(intervals(case(done, masters=LABELS)), "times").verdict == "pass"
    assert verdicts(intervals(case(done, masters=LABELS)), "gap") == []


def test_too_soon_again_is_blocked() -> None:
    found = only(intervals(case([spray("2026-06-01"), spray("2026-06-05")], masters=LABELS)), "gap")
    assert (found.verdict, found.facts["earliest"]) == ("block", date(2026, 6, 8))


def test_a_harvest_that_names_other_plots_is_not_of_this_spray() -> None:
    elsewhere = pick("2026-09-10", plots=[f"{PLOT}9"], event={"suyuan:plots": [f"{PLOT}9"]})
    vague = pick("2026-09-10", plots=[f"{PLOT}9"])
    assert verdicts(
        intervals(case([spray("2026-09-08"), elsewhere], masters=LABELS)), "interval"
    ) == ["pass"]
    assert verdicts(intervals(case([spray("2026-09-08"), vague], masters=LABELS)), "interval") == [
        "block"
    ]


def test_what_was_declared_an_error_plays_no_part() -> None:
    wrong = spray("2026-09-08", event_id="urn:uuid:1")
    correction = deed("correction", "2026-09-08", corrects="urn:uuid:1")
    foreign = deed(
        "correction", "2026-09-08", corrects="urn:uuid:1", organisation="https://x.example"
    )
    assert verdicts(intervals(case([wrong, correction, pick("2026-09-09")], masters=LABELS))) == []
    assert "block" in verdicts(
        intervals(case([wrong, foreign, pick("2026-09-09")], masters=LABELS))
    )


@given(st.integers(0, 60), st.integers(0, 60), st.booleans())
def test_a_later_harvest_is_never_worse(first: int, more: int, backwards: bool) -> None:
    sprayed, day = spray("2026-06-01"), date(2026, 6, 1)
    order = {"pass": 0, "block": 1}

    def worst(days: int) -> int:
        done = [sprayed, pick(str(day + timedelta(days=days)))]
        found = intervals(case(done[::-1] if backwards else done, masters=LABELS))
        return order[only(found, "interval").verdict]

    assert worst(first + more) <= worst(first)
    assert worst(first) == (first < 14)


def test_every_harvest_that_is_too_early_is_told_by_itself() -> None:
    spray, one, two, late = (
        deed("applying", "2026-09-08", season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")],
             stated={"preHarvestInterval": {"days": 14}}),
        deed("harvest", "2026-09-10", season=SEASON, outputs=[item(lot(RAW, "L1"), 5)]),
        deed("harvest", "2026-09-12", season=SEASON, outputs=[item(lot(RAW, "L2"), 5)]),
        deed("harvest", "2026-09-30", season=SEASON, outputs=[item(lot(RAW, "L3"), 5)]),
    )  # fmt: skip
    using = {DRUG: label(kind="pesticide", ingredients=["苦参碱"], crops=[])}
    found = list(intervals(case([spray, one, two, late], masters=using)))
    blocks = [one for one in found if one.name == "1/interval" and one.verdict == "block"]
    assert [block.facts["days"] for block in blocks] == [2, 4]

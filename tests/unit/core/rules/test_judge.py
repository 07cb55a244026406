"""All rules together: before saving, the worst first, every finding with its reason."""

from __future__ import annotations

from cases import DRUG, RAW, SEASON, case, deed, draft, item, label, lot
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.finding import VERDICTS
from suyuan.core.rules.judge import RULES, TITLES, before_release, before_saving, judge, title_of
from suyuan.web.wording import wording
from suyuan.words import say

TEA = {"crop": "茶树", "preHarvestDays": 14}
MASTERS = {DRUG: label(kind="pesticide", ingredients=["苦参碱"], toxicity="低毒", crops=[TEA])}
DEEDS = [
    deed("purchase", "2026-03-01", about=[item(lot(DRUG, "A"), 2, "LTR")]),
    deed("applying", "2026-09-08", season=SEASON, inputs=[item(lot(DRUG, "A"), 1, "LTR")]),
    deed("harvest", "2026-09-20", season=SEASON, outputs=[item(lot(RAW, "L"), 50)]),
    deed("test", "2026-09-21", about=[item(lot(RAW, "L"))], stated={"test": {"item": "多菌灵"}}),
]


def test_before_saving_only_what_the_draft_brings_about() -> None:
    found = before_saving(case([*DEEDS[:2], draft(DEEDS[2])], masters=MASTERS))
    assert found[0].verdict == "block"
    assert found[0].name == "1/interval"
    assert all(one.drafts for one in found)
    assert before_saving(case(DEEDS, masters=MASTERS)) == ()


def test_how_late_the_past_was_is_not_said_again_before_saving() -> None:
    late = deed("field_work", "2026-05-01", recorded="2026-09-01T02:00:00.000Z", season=SEASON)
    new = draft(deed("field_work", "2026-09-08", season=SEASON))
    found = before_saving(case([late, new], now="2026-09-30T02:00:00.000Z"), [11])
    assert [(one.name, one.facts["days"]) for one in found] == [("11/late", 22)]


def test_a_rule_has_a_title_by_the_name_of_its_findings() -> None:
    assert title_of("1/interval") == TITLES[1]
    assert title_of("12/silent") == TITLES[12]
    assert (title_of("77/x"), title_of("x"), title_of(None)) == (None, None, None)


def test_a_failed_test_can_be_recorded_and_blocks_the_release() -> None:
    given = {"item": "多菌灵", "value": "0.31", "limit": "0.1", "result": "fail"}
    failed = deed("test", "2026-09-21", about=[item(lot(RAW, "L"))], stated={"test": given})
    before = before_saving(case([*DEEDS[:3], draft(failed)], masters=MASTERS), [3])
    assert (before[0].name, before[0].verdict) == ("3/limit", "warn")
    assert "可以记入" in wording("zh").said(before[0].text)
    assert "0.31" in wording("zh").said(before[0].text)
    after = case([*DEEDS[:3], failed], masters=MASTERS)
    assert "3/limit" in {one.name for one in judge(after) if one.open}
    assert "9/test" in {one.name for one in before_release(after, lot(RAW, "L")) if one.open}


def test_the_worst_comes_first() -> None:
    order = [VERDICTS.index(one.verdict) for one in judge(case(DEEDS, masters=MASTERS))]
    assert order == sorted(order, reverse=True)


@given(st.permutations(DEEDS))
def test_the_order_of_records_plays_no_part(deeds: list[object]) -> None:
    assert judge(case(deeds, masters=MASTERS)) == judge(case(DEEDS, masters=MASTERS))  # type: ignore[arg-type]


def test_every_finding_can_be_said_in_both_languages() -> None:
    for one in judge(case(DEEDS, masters=MASTERS)):
        assert wording("zh").said(one.text) != wording("en").said(one.text)
    assert set(TITLES) == set(RULES) | {9}
    assert all(say("zh")(title.template) != title.template for title in TITLES.values())

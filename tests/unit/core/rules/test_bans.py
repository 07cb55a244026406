"""Rule 2: by ingredient and alias, by crop, by the day of use."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from cases import DRUG, SEASON, case, deed, item, label, lot, only, tables, verdicts
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.bans import bans
from suyuan.core.rules.case import Case

LOT = lot(DRUG, "A1")


def used(day: str, crop: str | None = "hickory", **of_label: Any) -> Case:
    applied = deed("applying", day, season=SEASON, inputs=[item(LOT, 1, "LTR")])
    return case([applied], crop, masters={DRUG: label(kind="pesticide", **of_label)})


@pytest.mark.parametrize("name", ["克百威", "呋喃丹", " carbofuran ", "ＣＡＲＢＯＦＵＲＡＮ"])
def test_carbofuran_by_any_name_since_june_2026(name: str) -> None:
    # Corn is none of the crops of the older announcement.
    before = used("2026-05-31", None, ingredients=[name])
    after = used("2026-06-01", None, ingredients=[name])
    assert verdicts(bans(before)) == ["unknown"]
    found = [one for one in bans(after) if one.verdict == "block"]
    assert len(found) == 1
    assert found[0].basis is not None
    assert "736" in found[0].basis.source.zh
    assert found[0].basis.since == date(2026, 6, 1)


@pytest.mark.parametrize("name", ["甲拌磷", "甲基异柳磷", "水胺硫磷", "灭线磷"])
def test_announcement_536(name: str) -> None:
    found = [b for b in bans(used("2024-09-01", None, ingredients=[name])) if b.verdict == "block"]
    assert [one.basis is not None and "536" in one.basis.source.zh for one in found] == [True]
    assert "block" not in verdicts(bans(used("2024-08-31", None, ingredients=[name])))


@pytest.mark.parametrize(
    ("name", "found"),
    [("呋喃丹", True), ("3%克百威颗粒剂", True), ("甲克百威", False), ("S-克百威", False)],
)
def test_a_name_says_its_ingredient_where_the_label_is_not_stated(name: str, found: bool) -> None:
    masters = {DRUG: {**label(kind="pesticide"), "name": {"zh": name}}}
    applied = deed("applying", "2026-07-01", season=SEASON, inputs=[item(LOT, 1, "LTR")])
    bought = deed("purchase", "2026-07-01", about=[item(LOT, 1, "LTR")])
    said = verdicts(bans(case([applied], "hickory", masters=masters)))
    assert said == ["unknown", *(["block"] * 2 if found else [])]
    assert verdicts(bans(case([bought], None, masters=masters))) == (["warn"] if found else [])


def test_on_tea_carbofuran_was_forbidden_long_before() -> None:
    assert "block" in verdicts(bans(used("2015-05-01", "tea", ingredients=["呋喃丹"])))


def test_fenvalerate_is_forbidden_on_tea_alone() -> None:
    assert verdicts(bans(used("2026-05-01", "tea", ingredients=["氰戊菊酯"]))) == ["block"]
    elsewhere = used("2026-05-01", "hickory", ingredients=["氰戊菊酯"], toxicity="中等毒")
    assert verdicts(bans(elsewhere)) == ["pass"]


def test_highly_toxic_never_on_vegetables() -> None:
    toxic = {"ingredients": ["某成分"], "toxicity": "高毒"}
    assert verdicts(bans(used("2026-05-01", "leafy-vegetables", **toxic))) == ["block"]
    mild = {**toxic, "toxicity": "低毒"}
    assert verdicts(bans(used("2026-05-01", "leafy-vegetables", **mild))) == ["pass"]


@pytest.mark.parametrize("crop", ["leafy-vegetables", None])
def test_how_toxic_it_is_is_unknown_where_the_label_does_not_say(crop: str | None) -> None:
    # The table names what is banned: that an ingredient is not in it does not say that it is mild.
    found = only(bans(used("2026-05-01", crop, ingredients=["某成分"])), "ban")
    assert (found.verdict, "toxic" in str(found.text)) == ("unknown", True)
    before = used("2017-05-31", crop, ingredients=["某成分"])
    assert verdicts(bans(before)) == ["pass"]


def test_ingredients_that_are_not_stated_are_unknown() -> None:
    assert verdicts(bans(used("2026-05-01"))) == ["unknown"]


def test_buying_what_is_banned_warns() -> None:
    bought = deed("purchase", "2026-07-01", about=[item(LOT, 1, "LTR")])
    masters = {DRUG: label(kind="pesticide", ingredients=["涕灭威"])}
    assert only(bans(case([bought], None, masters=masters)), "trade").verdict == "warn"


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 4000))
def test_a_ban_without_an_end_stays(day: date, more: int) -> None:
    banned = [row for row in tables().rows["bans"] if row.until is None and row.on(day)]
    assert all(row.on(day + timedelta(days=more)) for row in banned)

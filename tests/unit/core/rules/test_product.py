"""Labels: what is mistyped is refused, what is not stated stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan.core.master.check import check_master
from suyuan.core.rules.product import is_label, label_of

GOOD: dict[str, Any] = {
    "kind": "pesticide", "registration": "PD20260001", "toxicity": "低毒", "ingredients": ["苦参碱"],
    "nutrients": {"N": 0.15},
    "crops": [{"crop": "茶树", "preHarvestDays": 7, "mostPerSeason": None}],
    "withdrawal": [{"animal": "猪", "product": "meat", "days": 28}],
}  # fmt: skip


def test_a_whole_label_and_an_empty_one() -> None:
    assert is_label(GOOD)
    assert is_label({})
    label = label_of({"suyuan:label": GOOD})
    use = label.use(["茶树"])
    assert use is not None
    assert (use.pre_harvest, use.most, use.gap) == (7, None, None)
    assert label.days(["猪"], "meat") == 28
    assert label.days(["猪"], "eggs") is None
    assert label_of({}).ingredients is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "poison"}, {"ingredients": "苦参碱"}, {"ingredients": [" "]}, {"nutrients": {"N": 15}},
        {"crops": [{"crop": "茶树", "preHarvestDays": "7"}]}, {"crops": [{"preHarvestDays": 7}]},
        {"crops": [{"crop": "茶树", "days": 7}]}, {"crops": [{"crop": "茶树", "preHarvestDays": -1}]},
        {"withdrawal": [{"animal": "猪", "product": "fur", "days": 1}]}, {"toxicity": 5},
    ],
)  # fmt: skip
def test_a_mistyped_label_is_refused_at_its_place(wrong: dict[str, Any]) -> None:
    master = {"id": "a:b", "type": "Product", "suyuan:label": {**GOOD, **wrong}}
    assert [problem.path for problem in check_master(master)] == ["/suyuan:label"]


@pytest.mark.parametrize(
    ("member", "wrong"),
    [
        ("suyuan:storage", {"min": "cold"}), ("suyuan:storage", {}), ("suyuan:indication", "hickory"),
        ("suyuan:authorisations", [{}]), ("suyuan:authorisations", [{"organisation": "a:b", "to": "x"}]),
        ("suyuan:template", {"digest": "x"}), ("suyuan:template", 5),
    ],
)  # fmt: skip
def test_other_members_that_the_rules_read(member: str, wrong: Any) -> None:
    found = check_master({"id": "a:b", "type": "Product", member: wrong})
    assert [problem.path for problem in found] == [f"/{member}"]

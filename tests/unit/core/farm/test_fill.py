"""What is wrong is said at its field, in words, in both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from farm_forms import BASE, GROUND, LOTS, MORNING

from suyuan.core.errors import Many
from suyuan.core.farm.deed import Amount, Item
from suyuan.core.farm.fill import Ground, day_of_people, fill
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.order import out_of_order
from suyuan.core.farm.read import read_deed
from suyuan.demo.season import Season
from suyuan.words import text_of

SPRAY: dict[str, Any] = {
    "day": "2026-07-11",
    "season": f"{BASE}season/1",
    "plots": ["石桥湾"],
    "items": [{"item": LOTS[0], "amount": "520 毫升"}],
}


def problems(name: str = "spraying", **members: Any) -> dict[str, str]:
    with pytest.raises(Many) as caught:
        fill(FORMS[name], {**SPRAY, **members}, MORNING)
    assert all(text_of(one, "zh") != text_of(one, "en") for one in caught.value.errors)
    return {one.path: one.text for one in caught.value.errors}


@pytest.mark.parametrize(
    ("members", "path", "why"),
    [
        ({"day": "2026-09-18"}, "/day", "2026-09-18 is still to come; today is 2026-09-17"),
        ({"day": "1026-09-01"}, "/day", "too long ago"),
        ({"day": "2026-02-30"}, "/day", "is no day"),
        ({"day": ""}, "/day", "is missing"),
        ({"day": "2026-09-17", "time": "09:31"}, "/time", "09:31 is still to come"),
        ({"time": "25:00"}, "/time", "no time of day"),
        ({"plots": ["河边"]}, "/plots/0", "there is no plot 河边"),
        ({"plots": [f"{BASE}plot/77"]}, "/plots/0", "there is no plot"),
        ({"season": f"{BASE}season/77"}, "/season", "there is no season"),
        ({"items": [{"item": LOTS[0], "amount": "-5 斤"}]}, "/items/0/amount", "below zero"),
        ({"items": [{"item": LOTS[0], "amount": "0 斤"}]}, "/items/0/amount", "not above zero"),
        ({"items": [{"item": LOTS[0], "amount": "5000 吨"}]}, "/items/0/amount", "1,000 t"),
        (
            {"items": [{"item": LOTS[0], "amount": "3 斗"}]},
            "/items/0/amount",
            "no unit that is known",
        ),
        ({"items": [{"item": LOTS[0], "amount": "3 亩"}]}, "/items/0/amount", "is an area"),
        ({"items": [{"item": LOTS[0]}]}, "/items/0/amount", "how much is missing"),
        ({"items": [{"amount": "3 斤"}]}, "/items/0/item", "what it is is missing"),
        ({"items": "复合肥 3斤"}, "/items/0/item", "nothing here is called 复合肥"),
        ({"items": f"{LOTS[0]} 3斤\n{LOTS[0]} 4斤"}, "/items/1/item", "twice"),
        ({"area": "3 斤"}, "/area", "is no area"),
        ({"area": "200000 亩"}, "/area", "100,000 mu"),
        ({"interval": "401"}, "/interval", "is above 400"),
        ({"interval": "-1"}, "/interval", "is below 0"),
        ({"interval": "7.5"}, "/interval", "no whole number"),
        ({"purpose": "x" * 2001}, "/purpose", "too long"),
        ({"purpose": "a\x00b"}, "/purpose", "control characters"),
        ({"purpose": ["a"]}, "/purpose", "a text belongs here"),
        ({"weather": "晴"}, "/weather", "has no field weather"),
    ],
)
def test_each_mistake_is_told_at_its_field(members: dict[str, Any], path: str, why: str) -> None:
    found = problems(**members)
    assert list(found) == [path]
    assert why in found[path]


def test_all_mistakes_are_told_at_once() -> None:
    found = problems(day="2027-01-01", plots=["甲", "石桥湾", "乙"], area="x")
    assert list(found) == ["/day", "/plots/0", "/plots/2", "/area"]


def test_choices_and_fields_of_which_one_is_due() -> None:
    assert "none of" in problems("field_work", work="dancing", items=None)["/work"]
    only = {"day": "2026-07-11", "season": f"{BASE}season/1", "plots": "石桥湾"}
    with pytest.raises(Many) as caught:
        fill(FORMS["head_count"], only, GROUND)
    assert [one.path for one in caught.value.errors] == ["/present"]


@pytest.mark.parametrize(
    "text", ["2026-9-7", "2026/09/07", "2026.9.7", "2026年9月7日", "２０２６年９月７日"]
)
def test_days_as_people_write_them(text: str) -> None:
    assert day_of_people(text) == date(2026, 9, 7)


def test_names_codes_and_packs_of_the_farm() -> None:
    ground = Ground(
        date(2026, 9, 17), BASE, None, None, {"苦参碱": LOTS[1]},
        net=lambda thing: Amount(Decimal(200), "MLT") if thing == LOTS[1] else None,
    )  # fmt: skip
    given = {
        **SPRAY,
        "season": "2026 山核桃",
        "plots": "一号地",
        "items": "苦参碱 3瓶；09521234000044/LOT-2 2瓶",
    }
    values = fill(FORMS["spraying"], given, ground)
    assert values["items"] == (
        Item(LOTS[1], Amount(Decimal(600), "MLT", "3瓶")),
        Item(LOTS[2], Amount(Decimal(2), "H87", "2瓶")),
    )
    assert values["season"] == f"{BASE}season/2026%20%E5%B1%B1%E6%A0%B8%E6%A1%83"
    assert values["plots"] == (f"{BASE}plot/%E4%B8%80%E5%8F%B7%E5%9C%B0",)


def test_a_harvest_before_its_sowing_is_out_of_order() -> None:
    story = Season(BASE)
    sown = [read_deed(event, "o") for event in story.field_work()][:2]
    assert out_of_order("harvest", date(2026, 3, 2), sown) is not None
    assert out_of_order("harvest", date(2026, 3, 3), sown) is None
    assert out_of_order("harvest", date(2020, 1, 1), []) is None
    assert out_of_order("field_work", date(2020, 1, 1), sown) is None
    reaped = [read_deed(event, "o") for event in story.harvest()][:1]
    assert out_of_order("sowing", date(2026, 9, 9), reaped) is not None
    assert out_of_order("sowing", date(2026, 9, 9), [*sown, *reaped]) is None

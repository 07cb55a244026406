"""The five most common records under each template: taps from the chosen plot to what is filed."""

from __future__ import annotations

import pytest
from browser import PHONE, Pages
from desk import DeskWorld, Served, log_in, make_desk
from nodes import BASE
from taps import MOST_TAPS, Answers, first_time, once_more, open_season

pytestmark = pytest.mark.browser

FERTILISER, SPRAY = ("items/0/item", "复合肥"), ("items/0/item", "苦参碱")
LOOK: Answers = [("observation", "长势正常")]
SPRAYED: Answers = [SPRAY, ("items/0/amount", "30"), ("purpose", "蚜虫")]
FERTILISED: Answers = [FERTILISER, ("items/0/amount", "60")]


def picked(name: str) -> Answers:
    return [("items/0/item", name), ("items/0/amount", "120")]


SEASONS: dict[str, tuple[str, dict[str, Answers]]] = {
    "湘莲": ("白石塘", {
        "田间管理": [("work", "weeding")], "施肥": FERTILISED, "灌溉": [], "巡查": LOOK,
        "采收": picked("鲜莲子"),
    }),
    "叶菜": ("河边地", {
        "施肥": FERTILISED, "灌溉": [], "田间管理": [("work", "weeding")], "巡查": LOOK,
        "采收": picked("小白菜"),
    }),
    "茶叶": ("云台茶园", {
        "田间管理": [("work", "pruning")], "施肥": FERTILISED, "巡查": LOOK, "打药": SPRAYED,
        "采收": picked("茶青"),
    }),
    "沙子岭猪": ("一号栏", {
        "进栏": [("items/0/item", "仔猪"), ("items/0/amount", "30"), ("quarantine", "4303001234567")],
        "饲喂": [("items/0/item", "育肥猪料"), ("items/0/amount", "10")],
        "免疫": [("items/0/item", "猪瘟疫苗"), ("items/0/amount", "60")],
        "巡查": LOOK, "栏舍管理": [("work", "disinfecting")],
    }),
}  # fmt: skip
"""Template → plot, and the works with what is written. Hickory: test_recording."""
PRODUCTS = {
    "复合肥": "fertiliser", "苦参碱": "pesticide", "育肥猪料": "feed", "猪瘟疫苗": "vaccine",
    "仔猪": "", "鲜莲子": "", "小白菜": "", "茶青": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("taps") / "node")
    crops = [{"crop": "茶树", "preHarvestDays": 0}]
    masters: list[dict[str, object]] = []
    for number, (name, kind) in enumerate(PRODUCTS.items()):
        label = {
            "kind": kind,
            **({"ingredients": [name], "toxicity": "低毒", "crops": crops} if number == 1 else {}),
        }
        product: dict[str, object] = {
            "id": f"{BASE}product/{number}", "type": "Product", "name": {"zh": name},
        }  # fmt: skip
        masters.append(product | ({"suyuan:label": label} if kind else {}))
    for number, (template, (plot, _)) in enumerate(SEASONS.items()):
        masters.append(
            {"id": f"{BASE}plot/t{number}", "type": "Plot", "name": plot, "suyuan:crop": template,
             "suyuan:village": "石桥村", "suyuan:area": {"value": 4, "unit": "亩"}}
        )  # fmt: skip
    answer = made.world.client.post("/master", json=masters, headers=made.world.head("coop"))
    assert answer.status_code == 201, answer.text
    return made


@pytest.mark.parametrize("template", list(SEASONS))
def test_the_five_most_common_records_take_three_taps(
    pages: Pages, site: Served, template: str
) -> None:
    plot, works = SEASONS[template]
    page = pages(viewport=PHONE)
    log_in(page, site)
    open_season(page, site, [plot], template)
    first = {work: first_time(page, site, plot, work, answers) for work, answers in works.items()}
    again = {work: once_more(page, site, plot, work) for work in reversed(works)}
    print(f"\n{template}: taps {first}; same as last time: {again}")
    assert len(first) == 5
    assert max(first.values()) <= MOST_TAPS
    assert set(again.values()) == {2}

"""What cannot be: said in words at its field, and nothing of it is kept, not even a part."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from browser import PHONE, Pages
from desk import DeskWorld, Served, log_in, make_desk, press
from nodes import BASE
from taps import choose, filed, open_season

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

FERTILISER = "https://id.gs1.org/01/09521234000037"
PLOTS = ("前山坡", "后山", "河边地")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("refusals") / "node")
    masters: list[dict[str, object]] = [
        {"id": FERTILISER, "type": "Product", "name": {"zh": "复合肥"},
         "suyuan:label": {"kind": "fertiliser"}},
        {"id": f"{BASE}product/greens", "type": "Product", "name": {"zh": "小白菜"}},
        {"id": f"{BASE}product/seed", "type": "Product", "name": {"zh": "白菜种"}},
    ]  # fmt: skip
    masters += [
        {"id": f"{BASE}plot/r{number}", "type": "Plot", "name": name, "suyuan:crop": "叶菜",
         "suyuan:village": "石桥村", "suyuan:area": {"value": 2, "unit": "亩"}}
        for number, name in enumerate(PLOTS)
    ]  # fmt: skip
    answer = made.world.client.post("/master", json=masters, headers=made.world.head("coop"))
    assert answer.status_code == 201, answer.text
    return made


@pytest.fixture
def clerk(pages: Pages, site: Served) -> Page:
    pages.expect("status of 422")
    page = pages(viewport=PHONE)
    log_in(page, site)
    return page


def kept(desk: DeskWorld) -> int:
    """How many records the log has."""
    return desk.world.node.database.log.tail().size


def refused(page: Page, at: str, said: str) -> None:
    """Told on top with a link to the field, and there again in the same words."""
    link = page.get_by_role("alert").locator(f"a[href='#{at}']")
    assert link.count() == 1, page.locator("main").inner_text()
    text = link.inner_text()
    assert re.search(said, text), text
    assert page.locator(".error", has_text=text).count() >= 1


def fill_in(page: Page, work: str, **answers: str) -> None:
    page.get_by_role("link", name=re.compile(f"^{work}(：填写)?$")).first.click()
    page.wait_for_url("**/desk/record/form**")
    for name, text in answers.items():
        page.fill(f"[id='{name.replace('__', '/')}']", text)


def test_a_season_begins_on_a_day_that_was(clerk: Page, site: Served, desk: DeskWorld) -> None:
    before = kept(desk)
    clerk.goto(site.url("/desk/seasons/new"))
    press(clerk, "开季")
    refused(clerk, "template", "请选择")
    refused(clerk, "plots", "至少选一块")
    clerk.select_option("#template", label="叶菜")
    clerk.get_by_role("checkbox", name=PLOTS[0]).check()
    for day, said in (("2999-01-01", "还没"), ("1900-01-01", "太久|太早")):
        clerk.fill("#day", day)
        press(clerk, "开季")
        refused(clerk, "day", said)
    assert kept(desk) == before


def test_a_plot_that_nobody_knows(pages: Pages, clerk: Page, site: Served, desk: DeskWorld) -> None:
    pages.expect("status of 404")
    clerk.goto(site.url(f"/desk/record?plot={BASE}plot/none"))
    assert "没有编号为" in clerk.locator("main").inner_text()
    open_season(clerk, site, [PLOTS[0]], "叶菜")
    before = kept(desk)
    choose(clerk, site, PLOTS[0])
    fill_in(clerk, "灌溉")
    clerk.evaluate("document.querySelector('[name=plots]').value = '没有的地'")
    press(clerk, "签名归档")
    assert "没有的地" in clerk.get_by_role("alert").inner_text()
    assert clerk.locator(".error", has_text="没有的地").count() == 1
    assert kept(desk) == before


def test_a_harvest_before_the_sowing(clerk: Page, site: Served, desk: DeskWorld) -> None:
    today = desk.world.node.watch.today()
    open_season(clerk, site, [PLOTS[1]], "叶菜")
    choose(clerk, site, PLOTS[1])
    fill_in(clerk, "播种、定植", day=(today - timedelta(days=3)).isoformat(),
            items__0__item="白菜种", items__0__amount="2")  # fmt: skip
    press(clerk, "签名归档")
    if clerk.locator(".heed").count():
        press(clerk, "签名归档")
    filed(clerk)
    before = kept(desk)
    choose(clerk, site, PLOTS[1])
    fill_in(clerk, "采收", day=(today - timedelta(days=9)).isoformat(),
            items__0__item="小白菜", items__0__amount="30")  # fmt: skip
    press(clerk, "签名归档")
    refused(clerk, "day", "播种")
    assert clerk.locator("[id='items/0/amount']").input_value() == "30"
    assert kept(desk) == before


def test_of_a_list_all_or_nothing_is_filed(clerk: Page, site: Served, desk: DeskWorld) -> None:
    open_season(clerk, site, list(PLOTS), "叶菜")
    before = kept(desk)
    clerk.goto(site.url("/desk/record/many"))
    clerk.select_option("#crop", label="叶菜")
    clerk.get_by_role("radio", name="施肥").check()
    press(clerk, "填写各行")
    clerk.fill("[id='items/0/item']", "复合肥")
    clerk.get_by_label(f"数量，{PLOTS[0]}").first.fill("50")
    for wrong, said in (("-5", "-5"), ("0", "0"), ("99999999999", "99999999999")):
        clerk.get_by_label(f"数量，{PLOTS[1]}").first.fill(wrong)
        press(clerk, "签名归档")
        assert said in clerk.get_by_role("alert").inner_text()
        assert clerk.get_by_label(f"数量，{PLOTS[0]}").first.input_value() == "50"
        assert kept(desk) == before
    clerk.get_by_label(f"数量，{PLOTS[1]}").first.fill("20")
    clerk.fill("#day", "2999-01-01")
    press(clerk, "签名归档")
    refused(clerk, "day", "还没")
    assert kept(desk) == before


def test_stock_takes_no_day_to_come_and_no_absurd_amount(
    clerk: Page, site: Served, desk: DeskWorld
) -> None:
    before = kept(desk)
    clerk.goto(site.url("/desk/stock/buy?typed=1"))
    clerk.select_option("#item", label="复合肥")
    right = {"amount": "2 袋", "day": desk.world.node.watch.today().isoformat()}
    for at, wrong, said in (
        ("day", "2999-01-01", "还没"), ("day", "昨天", "昨天"), ("amount", "-2 袋", "-2"),
        ("amount", "0 袋", "0"), ("amount", "99999999999 袋", "99999999999"),
        ("amount", "两三袋吧", "两三袋吧"), ("amount", "", "数量|多少"),
    ):  # fmt: skip
        for name, text in {**right, at: wrong}.items():
            clerk.fill(f"#{name}", text)
        press(clerk, "签名归档")
        refused(clerk, at, said)
        assert clerk.locator(f"#{at}").input_value() == wrong
        assert kept(desk) == before

"""Templates and tables of rules in a browser: copied, changed, read in, and what comes of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages, pictured
from clerk import Calendar, Clerk, calendar
from desk import DeskWorld, Served, log_in, make_desk
from nodes import BASE
from openpyxl import Workbook

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

__all__ = ["calendar"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, calendar: Calendar) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("tables") / "node")
    masters = [
        {"id": f"{BASE}plot/t{number}", "type": "Plot", "name": name, "suyuan:crop": crop,
         "suyuan:area": {"value": 6, "unit": "亩"}, "suyuan:village": "石桥村"}
        for number, (name, crop) in enumerate((("后山", "山核桃"), ("白石塘", "湘莲")))
    ]  # fmt: skip
    answer = made.world.client.post("/master", json=masters, headers=made.world.head("coop"))
    assert answer.status_code == 201, answer.text
    return made


def sheet(limit: object) -> FilePayload:
    book = Workbook()
    assert book.active is not None
    book.active.append(["检测项目", "作物", "限量", "单位"])
    book.active.append(["吡虫啉", "湘莲、莲子", 0.05, "mg/kg"])
    book.active.append(["吡蚜酮", "湘莲、莲子", limit, "mg/kg"])
    made = io.BytesIO()
    book.save(made)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return {"name": "限量.xlsx", "mimeType": kind, "buffer": made.getvalue()}


def test_a_template_is_copied_a_season_opened_with_it_and_its_form_shows_the_changed_work(
    pages: Pages, site: Served, calendar: Calendar
) -> None:
    pages.expect("status of 422")
    clerk = Clerk(pages(viewport=PHONE), site, calendar, "tables")
    clerk.come(4, 5)
    page = clerk.page
    clerk.go("/desk/seasons")
    page.get_by_role("link", name="作物与养殖模板").click()
    page.get_by_role("link", name="山核桃", exact=True).click()
    clerk.seen("template")
    page.get_by_role("link", name="复制后修改").click()
    page.fill("#name_zh", "山核桃")
    for summary in page.locator("details.stage summary").all()[1:3]:
        summary.click()
    # Budding and flowering, both of April: watering stands first, and nothing is sprayed.
    for stage in (1, 2):
        for box in page.locator(f"input[name='stage/{stage}/work']").all():
            box.set_checked(box.get_attribute("value") in ("irrigating", "inspecting"))
        page.fill(f"[id='stage/{stage}/order/irrigating']", "1")
        page.fill(f"[id='stage/{stage}/order/inspecting']", "2")
    page.fill("#per_mu", "300")
    clerk.press("签名归档")
    assert "已有同名的模板" in page.locator(".wrong").inner_text()
    assert page.locator("a[href='#per_mu/source_zh']").count()
    clerk.seen("template-wrong")
    page.fill("#name_zh", "本社山核桃")
    page.fill("[id='per_mu/source_zh']", "本社三年平均")
    clerk.press("签名归档")
    assert "已签名归档" in page.locator(".said").inner_text()
    assert "本社三年平均" in page.locator("main").inner_text()
    clerk.seen("template-own")

    clerk.open("本社山核桃", "后山")
    clerk.go("/desk/record")
    page.locator(".tiles a", has_text="后山").click()
    works = page.locator(".works > li h2").all_inner_texts()
    assert works[:2] == ["灌溉", "巡查"], works
    assert "打药" not in works
    clerk.go("/desk/seasons")
    page.locator("tbody a", has_text="本社山核桃").first.click()
    assert "模板第 1 版" in page.locator("main").inner_text()
    page.get_by_role("link", name="模板第 1 版").click()
    assert "本社山核桃 " in page.locator("main").inner_text()


def test_limits_are_read_in_after_a_wrong_cell_and_a_test_over_the_limit_is_blocked(
    pages: Pages, site: Served, calendar: Calendar
) -> None:
    pages.expect("status of 422")
    pages.expect("status of 409")
    office = pages(viewport=DESK)
    log_in(office, site, "zhou")
    office.goto(site.url("/desk/rules"))
    office.get_by_role("link", name="残留限量", exact=True).click()
    pictured(office, "tables-limits-empty")
    office.get_by_role("link", name="导入表格").click()

    def look(limit: object) -> None:
        office.fill("#edition", "2026-12")
        office.fill("#source_zh", "GB 2763-2026")
        office.set_input_files("#file", sheet(limit))
        with office.expect_navigation():
            office.get_by_role("button", name="先看看").click()

    look("零点零二")
    assert "第 3 行“限量”：“零点零二”不是这里能填的数" in office.locator(".wrong").inner_text()
    pictured(office, "tables-limits-wrong")
    look(0.02)
    assert "新增 2 行" in office.locator("main").inner_text()
    pictured(office, "tables-limits-look")
    with office.expect_navigation():
        office.get_by_role("button", name="签名归档").click()
    assert "已签名归档" in office.locator(".said").inner_text()
    assert office.locator(".dense-list tbody tr").count() == 2
    pictured(office, "tables-limits")

    clerk = Clerk(pages(viewport=PHONE), site, calendar, "tables")
    clerk.come(7, 20)
    clerk.open("湘莲", "白石塘")
    clerk.begin("白石塘", "采收")
    clerk.fill([("鲜莲子", "400", "斤")])
    lot = clerk.lot()
    clerk.new("鲜莲子")
    clerk.sign()
    clerk.begin("白石塘", "检测")
    clerk.fill(subject__0=f"鲜莲子 · {lot}", item="吡蚜酮", value="0.03", unit="mg/kg",
               edition="GB 2763-2026", result="pass", laboratory="县检测中心", report="1")  # fmt: skip
    clerk.sign()
    clerk.begin("白石塘", "发货")
    clerk.fill([(f"鲜莲子 · {lot}", "80", "斤")], destination="李记干货")
    told = clerk.blocked()
    assert "吡蚜酮" in told, told
    assert "0.02" in told
    assert "GB 2763-2026" in told
    clerk.seen("over-the-limit")

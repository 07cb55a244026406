"""Tables at the desk, in a browser: looked at, put right, filed; the same again adds nothing; saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages
from desk import DeskWorld, Served, log_in, make_desk, press
from farm_season import begin, bought, record, sprayed
from parts import absent

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

TABLE = """2026年生产记录表,,,,,
日期,地块,茬次,农药名称,用量,防治对象,操作人
9月8日,石桥湾,2026秋白菜,苦参碱,30毫升,蚜虫,张三
2026/9/9,石桥湾,2026秋白菜,苦参碱,"1,000 毫升",蚜虫,张三
2026年9月10日,石桥湾,2026秋白菜,{name},３０,蚜虫,李四
"""
WORDS = {
    "zh-CN": ("先看看", "有 3 处要改正", "重新查看", "有 1 处要改正", "全部签字归档", "3 条记录已归档",
              "3 行早已有了", "没有新内容，完成"),
    "en-GB": ("Look at it", "3 things to put right", "Look again", "One thing to put right",
              "Sign and file all of it", "3 records are filed", "3 rows were there already",
              "Nothing new in it: done"),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    return make_desk(tmp_path_factory.mktemp("desk") / "node")


def looked_at(page: Page) -> None:
    """Nothing serious for axe, nothing to be scrolled sideways."""
    if not AXE.exists():
        absent("axe-core (npm ci)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [one["id"] for one in found["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0


@pytest.mark.parametrize(
    ("locale", "size"), [("zh-CN", PHONE), ("en-GB", DESK)], ids=["phone", "desk"]
)
def test_a_table_is_looked_at_put_right_and_filed_once(
    pages: Pages, site: Served, desk: DeskWorld, tmp_path: Path, locale: str, size: ViewportSize
) -> None:
    first, wrong, again, left, sign, filed, there, done = WORDS[locale]
    file = tmp_path / "喷药.csv"
    file.write_bytes(TABLE.format(name=f"吡虫啉{locale[:2]}").encode("gb18030"))
    if locale == "en-GB":
        file.write_bytes(file.read_bytes().replace("苦参碱".encode("gb18030"), b"matrine"))
    page = pages(locale=locale, viewport=size)
    log_in(page, site)
    page.goto(site.url("/desk/import"))
    looked_at(page)
    page.set_input_files("#file", file)
    press(page, first)
    if page.get_by_text(wrong).count() == 0:
        # The other language's run taught the desk how such tables are read.
        assert locale == "en-GB"
    else:
        looked_at(page)
        page.check("#new-0")
        press(page, again)
        page.get_by_text(left).wait_for()
        assert "E5" not in page.inner_text("main")
        # The number in the last row has no unit: an honest table is put right in Excel.
    file.write_bytes(
        file.read_bytes().replace("３０".encode("gb18030"), "30 毫升".encode("gb18030"))
    )
    page.goto(site.url("/desk/import"))
    page.set_input_files("#file", file)
    press(page, first)
    if page.locator("#new-0:checked").count() == 0:
        page.check("#new-0")
        press(page, again)
    looked_at(page)
    page.get_by_role("button", name=sign).click()
    page.wait_for_url("**/desk/import/*")
    while desk.world.node.jobs.run_one() is not None:
        pass
    page.reload()
    page.get_by_text(filed).wait_for()
    looked_at(page)
    page.goto(site.url("/desk/import"))
    page.set_input_files("#file", file)
    press(page, first)
    page.get_by_role("button", name=done).click()
    page.get_by_text(there).wait_for()


def test_lists_and_the_record_book_are_saved(pages: Pages, site: Served, desk: DeskWorld) -> None:
    begin(desk.world)
    record(desk.world, bought(), sprayed("2026-03-25"))
    page = pages(locale="zh-CN", viewport=PHONE)
    log_in(page, site)
    page.goto(site.url("/desk/export"))
    looked_at(page)
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").first.click()
    assert saved.value.suggested_filename == "记录.csv"
    with page.expect_download() as saved:
        page.get_by_role("button", name="存为 Excel").click()
    assert saved.value.suggested_filename == "生产记录.xlsx"

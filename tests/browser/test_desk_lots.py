"""Lots, holds, recalls and drills in a browser: phone and desk, both languages, keyboard, axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from browser import DESK, PHONE, Pages, looked_at
from desk import Served, log_in, make_desk
from lineage_world import GTIN, kg, lot, made, record, told

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

PAGE = f"/desk/lots/01/{GTIN}/10"
CASES = [("zh-CN", PHONE), ("en-GB", DESK)]
IDS = ["zh phone", "en desk"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk = make_desk(tmp_path_factory.mktemp("lots") / "node")
    told(desk.world)
    for number in range(9):
        record(desk.world, made(18, "grading", [kg("M", 1)], [kg(f"G{number}", 1)]))
    served = Served(desk.world)
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize(("locale", "size"), CASES, ids=IDS)
def test_a_lot_is_found_and_followed_by_keyboard(
    pages: Pages, site: Served, locale: str, size: ViewportSize
) -> None:
    page = pages(locale=locale, viewport=size)
    log_in(page, site)
    page.goto(site.url("/desk/lots"))
    looked_at(page)
    page.fill("#find", "10/M")
    page.press("#find", "Enter")
    page.get_by_role("link", name="M", exact=False).locator(
        f'xpath=self::*[@href="{PAGE}/M"]'
    ).click()
    looked_at(page)
    drawing = page.locator("svg.lineage")
    assert drawing.locator("a").count() >= 5
    box = drawing.locator(f'a[href="{PAGE}/B"]')
    box.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PAGE}/B")
    looked_at(page)
    page.emulate_media(media="print")
    assert page.locator("svg.lineage").is_visible()
    assert page.locator("nav.places").is_hidden()


@pytest.mark.parametrize(("locale", "size"), CASES, ids=IDS)
def test_a_recall_is_drilled_recorded_and_taken_back(
    pages: Pages, site: Served, locale: str, size: ViewportSize
) -> None:
    pages.expect("status of 422")
    page = pages(locale=locale, viewport=size)
    log_in(page, site)
    page.goto(site.url("/desk/recall"))
    looked_at(page)
    page.fill("#of", lot("H"))
    page.click("main form.filters button")
    looked_at(page)
    send = page.locator('form[method="post"][action="/desk/recall"] button')
    page.check("#act-recall")
    page.fill("#reason", "")
    send.click()
    assert page.locator("#reason-error").is_visible()
    looked_at(page)
    page.check("#act-drill")
    send.click()
    page.wait_for_url("**/desk/recall/drills/*")
    looked_at(page)
    page.goto(site.url(f"/desk/recall?of={lot('H')}&act=recall"))
    page.fill("#reason", "多菌灵残留超标")
    send.click()
    page.wait_for_url(f"**{PAGE}/H")
    assert page.get_by_role("status").first.is_visible()
    looked_at(page)
    public = pages(locale=locale, viewport=size)
    public.goto(site.url(f"/01/{GTIN}/10/R"))
    assert "多菌灵残留超标" in public.locator("body").inner_text()
    page.goto(site.url(f"/desk/recall/notice?of={lot('H')}"))
    looked_at(page)
    with page.expect_download() as saved:
        page.locator("a[href*='notice.pdf']").click()
    paper = pypdfium2.PdfDocument(saved.value.path().read_bytes())
    assert len(paper) == 1
    said = "".join(paper[0].get_textpage().get_text_bounded().split())
    assert "多菌灵残留超标" in said
    (read,) = zxingcpp.read_barcodes(paper[0].render(scale=200 / 72).to_pil().convert("L"))
    assert read.text.endswith(f"/01/{GTIN}/10/H")
    page.goto(site.url(f"/desk/recall?of={lot('H')}&act=lift"))
    page.fill("#reason", "复检合格")
    send.click()
    page.wait_for_url(f"**{PAGE}/H")


def printed(page: Page, **size: Any) -> list[str]:
    """What a printer gets, page by page."""
    document = pypdfium2.PdfDocument(page.pdf(**size))
    pages = [
        "".join(one.get_textpage().get_text_bounded().split())
        for one in (document[at] for at in range(len(document)))
    ]
    document.close()
    return pages


def test_a_notice_is_one_page_of_the_notice_alone(pages: Pages, site: Served) -> None:
    page = pages(locale="en-GB", viewport=DESK)
    log_in(page, site)
    page.goto(site.url(f"/desk/recall/notice?of={lot('H')}"))
    assert page.get_by_text("Save as PDF").is_visible()
    (paper,) = printed(page, format="A4")
    assert "Scanthecode" in paper
    assert "SaveasPDF" not in paper


def test_the_drawing_is_printed_below_its_heading(pages: Pages, site: Served) -> None:
    page = pages(locale="en-GB", viewport=DESK)
    log_in(page, site)
    page.goto(site.url(f"{PAGE}/R"))
    for height in range(640, 1000, 60):
        sheets = printed(page, width="794px", height=f"{height}px")
        headed = next(at for at, text in enumerate(sheets) if "Whatwentintowhat" in text)
        drawn = next(at for at, text in enumerate(sheets) if "F-1" in text)
        assert (height, headed) == (height, drawn)


def test_the_places_keep_to_the_column(pages: Pages, site: Served) -> None:
    page = pages(locale="en-GB", viewport=DESK)
    log_in(page, site)
    ends = page.evaluate(
        """() => [...document.querySelectorAll(".places a")].filter((one) => one.offsetParent)
            .map((one) => one.getBoundingClientRect().right)"""
    )
    column = page.locator("main").bounding_box()
    assert column is not None
    assert max(ends) <= column["x"] + column["width"] + 8

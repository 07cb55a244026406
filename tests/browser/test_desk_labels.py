"""Labels at the desk in a browser: printed, in doubt, settled, reprinted, on paper of the very size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from browser import CASES, IDS, Pages, pictured
from desk import Served, log_in, make_desk
from nodes import GTIN, event
from printer import Printer as Machine

from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

COUNT = 30


class Room:
    """A desk with a lot of 30 packs for each visitor, and a printer that dies once."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine()
        self.desk = make_desk(folder, printer_hosts=[self.machine.address])
        self.node = self.desk.world.node
        self.node.printing.chunk = 10
        caller = Caller(self.desk.world.org("coop"), "recorder", "990101", "test")
        product = {
            "id": f"https://id.gs1.org/01/{GTIN}", "type": "Product",
            "name": {"zh": "山核桃仁（原味）", "en": "Hickory kernels, roasted"},
            "suyuan:netWeight": {"value": 180, "uom": "GRM"}, "suyuan:shelfLifeDays": 180,
        }  # fmt: skip
        self.node.masters.record(caller, [("", product)])
        for number in range(len(CASES)):
            lot = f"https://id.gs1.org/01/{GTIN}/10/HK2026-{number}"
            made = event(quantityList=[{"epcClass": lot, "quantity": 12, "uom": "KGM"}])
            self.node.capture.events(caller, [Incoming(made)])
            self.node.issuer.issue(
                caller, gtin=GTIN, lot=f"HK2026-{number}", count=COUNT, key=f"packing {number}",
                event_time="2026-09-18T08:00:00.000+08:00", time_zone="+08:00",
            )  # fmt: skip
        self.site = Served(self.desk.world)
        self.site.start()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    made = Room(tmp_path_factory.mktemp("labels") / "node")
    yield made
    made.site.stop()
    made.machine.close()


def look(page: Page, name: str) -> None:
    pictured(page, f"labels-{name}")


@pytest.mark.parametrize(("locale", "viewport"), CASES, ids=IDS)
def test_labels_are_printed_and_a_doubt_is_settled(
    room: Room, pages: Pages, locale: str, viewport: ViewportSize
) -> None:
    page, number = pages(locale=locale, viewport=viewport), CASES.index((locale, viewport))
    name = f"{locale[:2]}-{viewport['width']}"
    machine, printing = room.machine, room.node.printing
    machine.bitmaps.clear()
    log_in(page, room.site)
    pages.expect("422")
    page.goto(room.site.url("/desk/labels/printer"))
    page.fill("#name", f"靠窗 {number}")
    page.fill("#address", "10.0.0.9")
    page.click("form.sheet button:not([value])")
    assert page.locator("#address-error").is_visible()
    look(page, f"refused-{name}")
    page.fill("#address", machine.address)
    page.click("form.sheet button:not([value])")
    page.click("button[value=page]")
    assert page.locator(".said").is_visible()
    look(page, f"printer-{name}")
    page.goto(room.site.url("/desk/labels/printers"))
    look(page, f"printers-{name}")
    page.goto(room.site.url("/desk/labels/stock"))
    for field, text in (
        ("name", "瓶贴"),
        ("width", "22"),
        ("height", "22"),
        ("x", "0"),
        ("y", "0"),
    ):
        page.fill(f"#{field}", text)
    look(page, f"stock-{name}")
    page.click("form.sheet button")
    page.goto(room.site.url("/desk/labels"))
    page.locator(f"tr:has-text('HK2026-{number}') a[href*='labels/new']").first.click()
    own = page.locator("#stock option").last.get_attribute("value")
    page.select_option("#stock", own)
    page.select_option("#printer", label=f"靠窗 {number}")
    page.click("button[value=look]")
    assert page.locator("#stock-error").is_visible()
    look(page, f"misfit-{name}")
    page.select_option("#stock", "40x30")
    page.click("button[value=look]")
    page.wait_for_function("() => document.querySelector('.label-look img').naturalWidth == 320")
    look(page, f"new-{name}")
    while machine.bitmaps:
        machine.bitmaps.clear()
    machine.dies_after = 14
    page.click("button[value=print]")
    look(page, f"waiting-{name}")
    printing.run_one()
    # The page sees it by itself.
    page.wait_for_selector("#in-doubt")
    page.wait_for_load_state()
    look(page, f"doubt-{name}")
    page.goto(room.site.url("/desk/labels"))
    look(page, f"list-{name}")
    page.locator("section.fallen a").first.click()
    page.fill("#good", "31")
    page.click("button[value=settle]")
    assert page.locator("#good-error").is_visible()
    machine.dies_after = None
    page.fill("#good", str(len(machine.bitmaps)))
    page.click("button[value=settle]")
    printing.run_one()
    page.wait_for_selector(f"progress[value='{COUNT}']")
    page.wait_for_selector("[data-live]", state="detached")
    page.wait_for_load_state()
    look(page, f"done-{name}")
    texts = [zxingcpp.read_barcodes(image)[0].text for image in machine.printed]
    assert len(set(texts)) == len(texts) == COUNT
    page.goto(room.site.url("/desk/labels"))
    page.locator(f"tr:has-text('HK2026-{number}') a[href*=record]").first.click()
    page.fill("#last", "3")
    page.select_option("#printer", "browser")
    page.click("button[value=print]")
    assert page.locator("#again-error").is_visible()
    page.check("#again")
    look(page, f"again-{name}")
    page.click("button[value=print]")
    look(page, f"browser-{name}")
    page.locator("a[href$='/print']").click()
    look(page, f"paper-{name}")
    paper = page.pdf(prefer_css_page_size=True, print_background=True)
    with pypdfium2.PdfDocument(paper) as document:
        assert len(document) == 3
        assert document.get_page_size(0) == pytest.approx((170.08, 113.39), abs=0.8)
        for at in range(3):
            drawn = document[at].render(scale=203 / 72, grayscale=True).to_pil()
            assert zxingcpp.read_barcodes(drawn)[0].text == texts[at]

"""The page's own camera code, before a camera that shows a printed code: found, wrong, forbidden,
missing. At a market's check-in and where inputs are bought; what cannot be scanned is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import PHONE, looked_at
from certified import grown
from desk import Served, log_in, make_desk
from fake_camera import DETECTOR, film, filming, reading
from farm_season import LEAVES, SEASON, record
from nodes import BASE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PESTICIDE = "1" + "101234" + "1" + "001" + "7" * 21
LOT = f"{LEAVES}/10/P0"
IN_CAPITALS = LOT.replace("https://id.gs1.org", "HTTP://127.0.0.1:8000")
"""As a label's code has it."""
NO_CAMERA = {"zh-CN": "没有摄像头", "en-GB": "There is no camera here"}
FORBIDDEN = {"zh-CN": "无法使用摄像头", "en-GB": "The camera may not be used"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    desk = make_desk(tmp_path_factory.mktemp("camera") / "node")
    grown(desk.world)
    record(desk.world, {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                     {"suyuan": f"{BASE}voc/"}],
        "type": "TransformationEvent",
        "eventID": "urn:uuid:10000000-0000-4000-8000-000000000000",
        "eventTime": "2026-04-01T10:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
        "bizStep": "commissioning", "transformationID": SEASON,
        "outputQuantityList": [{"epcClass": LOT, "quantity": 100, "uom": "KGM"}],
        "readPoint": {"id": "https://id.gs1.org/414/9521234000112/254/P1"},
    })  # fmt: skip
    served = Served(desk.world)
    served.start()
    yield served
    served.stop()


def inspector(page: Page, site: Served) -> None:
    """A market's inspector, by the link that the clerk made; no account."""
    clerk = page.context.browser.new_page()  # type: ignore[union-attr]
    log_in(clerk, site)
    clerk.goto(site.url("/desk/check-in/links"))
    clerk.fill("#market", "城东市场")
    clerk.locator("main form[method=post] button").first.click()
    address = clerk.locator(".linked").inner_text()
    clerk.context.close()
    page.goto(site.url(address.partition(":8000")[2]))
    assert page.url == site.url("/desk/check-in")


def scan(page: Page) -> None:
    page.locator("[data-scan]").click()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_a_market_s_inspector_scans_a_lot_and_sees_its_gate(
    chromium: Browser, site: Served, tmp_path: Path, locale: str
) -> None:
    film(tmp_path / "label.y4m", IN_CAPITALS)
    with filming(chromium, tmp_path / "label.y4m") as pages:
        page = pages(locale=locale, viewport=PHONE, permissions=["camera"])
        read = reading(page)
        inspector(page, site)
        looked_at(page)
        scan(page)
        page.wait_for_url(re.compile(r"/desk/check-in/lot\?code="))
        assert set(read) == {IN_CAPITALS}
        assert page.locator("#quantity").is_visible()
        assert "P0" in page.locator("main").inner_text()


def test_a_code_of_something_else_is_told_and_can_be_typed_over(
    chromium: Browser, site: Served, tmp_path: Path
) -> None:
    film(tmp_path / "other.y4m", "https://shop.example/a-bargain")
    with filming(chromium, tmp_path / "other.y4m") as pages:
        page = pages(locale="en-GB", viewport=PHONE, permissions=["camera"])
        reading(page)
        inspector(page, site)
        pages.expect("422")
        scan(page)
        page.locator("#code-error").wait_for()
        assert page.locator("#code").input_value() == "https://shop.example/a-bargain"
        page.fill("#code", LOT)
        page.locator("main form button:visible:not([data-scan])").first.click()
        page.locator("#quantity").wait_for()
        buyer = pages(locale="en-GB", viewport=PHONE, permissions=["camera"])
        reading(buyer)
        log_in(buyer, site)
        buyer.goto(site.url("/desk/stock/buy"))
        scan(buyer)
        buyer.locator("#code-error").wait_for()
        looked_at(buyer)


def test_a_bought_pack_is_scanned(chromium: Browser, site: Served, tmp_path: Path) -> None:
    film(tmp_path / "pack.y4m", PESTICIDE)
    with filming(chromium, tmp_path / "pack.y4m") as pages:
        page = pages(locale="zh-CN", viewport=PHONE, permissions=["camera"])
        read = reading(page)
        log_in(page, site)
        page.goto(site.url("/desk/stock/buy"))
        scan(page)
        page.wait_for_url(re.compile(f"code={PESTICIDE}"))
        assert set(read) == {PESTICIDE}
        assert page.locator("#new_registration").input_value() == "PD…101234"
        # Another pack of the same: the code joins those that are there, and nothing is sent.
        page.locator("#pack_codes").fill("2" * 32)
        scan(page)
        while PESTICIDE not in page.locator("#pack_codes").input_value():
            page.wait_for_timeout(50)
        assert page.locator("#camera").is_hidden()
        assert page.locator("#pack_codes").input_value().split() == ["2" * 32, PESTICIDE]


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_where_the_camera_is_forbidden_or_missing_the_code_is_typed(
    chromium: Browser, site: Served, tmp_path: Path, locale: str
) -> None:
    film(tmp_path / "label.y4m", IN_CAPITALS)
    for path, said, allowed in (
        (tmp_path / "label.y4m", FORBIDDEN, []), (None, NO_CAMERA, ["camera"]),
    ):  # fmt: skip
        with filming(chromium, path) as pages:
            page = pages(locale=locale, viewport=PHONE, permissions=allowed)
            read = reading(page)
            inspector(page, site)
            scan(page)
            page.locator("[data-scan-said]", has_text=said[locale]).wait_for()
            assert page.locator("#camera").is_hidden()
            assert page.evaluate("document.activeElement.id") == "code"
            looked_at(page)
            assert read == []
            page.fill("#code", LOT)
            page.keyboard.press("Enter")
            page.locator("#quantity").wait_for()


def test_the_camera_is_let_go_of_by_a_key_and_by_its_button(
    chromium: Browser, site: Served, tmp_path: Path
) -> None:
    film(tmp_path / "blank.y4m", "x")
    with filming(chromium, tmp_path / "blank.y4m") as pages:
        page = pages(locale="en-GB", viewport=PHONE, permissions=["camera"])
        looks: list[str] = []

        def looked(frame: str) -> list[str]:
            looks.append(frame)
            return []

        page.expose_function("readFrame", looked)
        page.add_init_script(DETECTOR)
        inspector(page, site)
        for leave in ("Escape", "button"):
            scan(page)
            page.locator("#camera video").wait_for()
            while len(looks) < 2:
                page.wait_for_timeout(50)
            looked_at(page)
            if leave == "Escape":
                page.keyboard.press("Escape")
            else:
                page.locator("#camera button").click()
            assert page.locator("#camera").is_hidden()
            stopped = "document.querySelector('#camera video').srcObject.getTracks()[0].readyState"
            assert page.evaluate(stopped) == "ended"
            looks.clear()

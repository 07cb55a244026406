"""Gates in a browser: a clerk issues, prints and releases; an inspector checks in by phone without an
account; a stranger checks the certificate. Both languages, both sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import CASES, IDS, Pages, picture, pictured
from certified import CONTACT, caller, grown
from desk import Served, log_in, make_desk
from farm_season import LEAVES, SEASON, record
from nodes import BASE

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

WORDS = {
    "zh": {
        "issue": "签名并开具", "a4": "A4 纸", "label": "60 × 40 毫米标签", "release": "准出",
        "link": "生成链接", "look": "查看准入结果", "record": "记录", "accept": "准入",
        "refuse": "拒收", "void": "作废", "valid": "有效：", "voided": "已作废：", "open": "可以准入",
    },
    "en": {
        "issue": "Sign and issue", "a4": "A4 page", "label": "Label of 60 × 40 mm",
        "release": "Release it", "link": "Make a link", "look": "Show what the gate says",
        "record": "Record it", "accept": "Let it in", "refuse": "Refuse it", "void": "Void it",
        "valid": "Valid:", "voided": "Voided:", "open": "Nothing stands against",
    },
}  # fmt: skip


class Yard:
    """A desk with a lot of fresh leaves for each visitor."""

    def __init__(self, folder: Path) -> None:
        self.desk = make_desk(folder)
        grown(self.desk.world)
        self.lots = [f"{LEAVES}/10/P{number}" for number in range(len(CASES))]
        for number, lot in enumerate(self.lots):
            record(self.desk.world, {
                "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                             {"suyuan": f"{BASE}voc/"}],
                "type": "TransformationEvent",
                "eventID": f"urn:uuid:1{number:07d}-0000-4000-8000-000000000000",
                "eventTime": "2026-04-01T10:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
                "bizStep": "commissioning", "transformationID": SEASON,
                "outputQuantityList": [{"epcClass": lot, "quantity": 100, "uom": "KGM"}],
                "readPoint": {"id": "https://id.gs1.org/414/9521234000112/254/P1"},
            })  # fmt: skip
        self.desk.world.node.sealer.seal()
        self.site = Served(self.desk.world)
        self.site.start()


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    made = Yard(tmp_path_factory.mktemp("gates") / "node")
    yield made
    made.site.stop()


def look(page: Page, name: str) -> None:
    pictured(page, f"gates-{name}")


@pytest.mark.parametrize(("locale", "viewport"), CASES, ids=IDS)
def test_from_the_lot_to_the_market(
    yard: Yard, pages: Pages, locale: str, viewport: ViewportSize
) -> None:
    site, lot = yard.site, yard.lots[CASES.index((locale, viewport))]
    say, name = WORDS[locale[:2]], f"{locale[:2]}-{viewport['width']}"

    def press(at: Page, key: str) -> None:
        at.get_by_role("button", name=say[key], exact=True).first.click()

    # The clerk: the lot's page, the certificate, its prints, the release.
    page = pages(locale=locale, viewport=viewport)
    pages.expect("422")
    log_in(page, site)
    page.goto(site.url(f"/desk/lots/{lot.removeprefix('https://id.gs1.org/')}"))
    assert page.locator(".gate").count() == 2
    look(page, f"lot-{name}")
    page.locator("a[href^='/desk/certificates/new']").first.click()
    look(page, f"form-{name}")
    page.fill("#contact", "")  # it was filled in as on the certificate before
    press(page, "issue")
    page.locator("#contact-error").wait_for()
    look(page, f"wrong-{name}")
    page.fill("#origin", "测试县大山村")
    page.fill("#contact", CONTACT)
    press(page, "issue")
    page.locator(".said").wait_for()
    here = page.url
    code = here.rsplit("/", 1)[-1]
    look(page, f"issued-{name}")
    for way in ("a4", "label"):
        page.goto(here)
        press(page, way)
        page.locator(".labels svg").wait_for()
        look(page, f"paper-{way}-{name}")
    page.goto(site.url("/desk/certificates"))
    look(page, f"list-{name}")
    page.goto(site.url(f"/desk/gates?of={lot}"))
    look(page, f"gates-{name}")
    press(page, "release")
    page.locator(".said").wait_for()
    look(page, f"released-{name}")
    page.goto(site.url("/desk/check-in/links"))
    page.fill("#market", f"城东市场 {name}")
    press(page, "link")
    address = page.locator(".linked").inner_text()
    look(page, f"link-{name}")
    page.goto(site.url("/desk/check-in/links"))
    look(page, f"links-{name}")

    # The inspector: no account, another phone.
    phone = pages(locale=locale, viewport=viewport)
    phone.goto(site.url(address.partition(":8000")[2]))
    assert phone.url == site.url("/desk/check-in")
    look(phone, f"check-in-{name}")
    phone.fill("#code", lot.replace("https://id.gs1.org", "HTTP://127.0.0.1:8000"))
    press(phone, "look")
    assert say["open"] in phone.locator("main").inner_text()
    look(phone, f"check-in-lot-{name}")
    phone.get_by_role("radio", name=say["refuse"]).check()
    phone.fill("#quantity", "5 公斤")
    press(phone, "record")
    phone.locator("#reason-error").wait_for()
    look(phone, f"check-in-wrong-{name}")
    phone.fill("#reason", "包装破损")
    press(phone, "record")
    phone.locator(".said").wait_for()
    phone.get_by_role("radio", name=say["accept"]).check()
    phone.fill("#quantity", "45 公斤")
    press(phone, "record")
    phone.locator(".said").wait_for()
    look(phone, f"check-in-done-{name}")

    # A stranger with the paper: scripts off, then after it was voided.
    stranger = pages(locale=locale, viewport=viewport, java_script_enabled=False)
    stranger.goto(site.url(f"/c/{code}"))
    assert say["valid"] in stranger.locator("h1").inner_text()
    assert CONTACT not in stranger.content()
    picture(stranger, f"gates-public-{name}")
    page.goto(site.url(f"/p/{lot.removeprefix('https://id.gs1.org/')}"))
    look(page, f"scan-{name}")
    page.goto(here)
    page.fill("#reason", "重量写错了")
    press(page, "void")
    page.locator(".said").wait_for()
    look(page, f"voided-{name}")
    # A browser keeps the page for ten seconds, as it does a pack's.
    stranger.reload()
    assert say["voided"] in stranger.locator("h1").inner_text()
    picture(stranger, f"gates-public-voided-{name}")

    # The regulator: what the market refused, and which certificates hold.
    office = pages(locale=locale, viewport=viewport)
    log_in(office, site, "jian")
    for what in ("refused", "certificates", "voided"):
        office.goto(site.url(f"/desk/regulator/{what}"))
        look(office, f"regulator-{what}-{name}")


def test_a_lot_on_hold_gets_no_certificate_and_the_page_says_why(yard: Yard, pages: Pages) -> None:
    page, lot = pages(locale="zh-CN"), yard.lots[0]
    node = yard.desk.world.node
    node.recalling.act(caller(yard.desk.world), "hold", [lot], person="王会计", reason="包装破损")
    log_in(page, yard.site)
    page.goto(yard.site.url(f"/desk/certificates/new?of={lot}"))
    assert "现在不能开具" in page.locator(".blocked").inner_text()
    assert "包装破损" in page.locator(".blocked").inner_text()
    assert page.locator("button[value=issue]").count() == 0
    look(page, "held-zh-360")
    node.recalling.act(
        caller(yard.desk.world), "release", [lot], person="王会计", reason="没有问题"
    )

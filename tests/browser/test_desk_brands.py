"""A brand from its application to a copied code, as clerk, owner, consumer and regulator see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from brand_world import branded, template
from browser import DESK, PHONE, Pages, looked_at
from desk import DeskWorld, Served, log_in, make_desk, press
from nodes import GTIN

from suyuan.web.wording import wording
from suyuan.words import choose

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("brands") / "node")
    branded(made.world)
    template(made.world)
    return made


@pytest.mark.parametrize(
    ("locale", "size"), [("zh-CN", PHONE), ("en-GB", DESK)], ids=["zh phone", "en desk"]
)
def test_from_application_to_alarm(
    desk: DeskWorld, site: Served, pages: Pages, locale: str, size: ViewportSize
) -> None:
    _ = wording(choose(locale))
    lot = f"L-{locale[:2].upper()}"
    clerk, office = pages(locale=locale, viewport=size), pages(locale=locale, viewport=size)
    log_in(clerk, site)
    log_in(office, site, "jian")

    # What is refused is told on the form again.
    pages.expect("422")

    # The clerk applies.
    clerk.goto(site.url("/desk/labels"))
    clerk.get_by_role("link", name=_("Brands and codes")).click()
    clerk.get_by_role("link", name=_("Apply for a brand")).click()
    press(clerk, _("Sign and apply"))
    assert clerk.locator(".error").count() == 2
    clerk.select_option("#brand", index=1)
    clerk.select_option("#product", index=1)
    clerk.fill("#area", "10")
    clerk.select_option("#template", f"{desk.world.node.settings.uri_base}template/own-hickory")
    looked_at(clerk)
    press(clerk, _("Sign and apply"))
    assert _("applied for") in clerk.inner_text("main")
    looked_at(clerk)
    right = clerk.url

    # No code before the owner, a county office, has granted.
    clerk.goto(site.url("/desk/codes/new"))
    _order(clerk, lot, "5")
    press(clerk, _("Sign and issue the codes"))
    refused = clerk.inner_text(".wrong")
    assert _("no codes can be issued: {why}", why="").strip(" :：") in refused.lower()
    office.goto(site.url("/desk/regulator"))
    office.get_by_role("link", name=_("Brands and codes")).click()
    looked_at(office)
    office.goto(right)
    press(office, _("Sign and record"))
    assert _("granted") in office.inner_text("main")

    # Above the ceiling of 1000 packs a reason is asked for.
    press(clerk, _("Sign and issue the codes"))
    clerk.goto(right)
    clerk.get_by_role("link", name=_("Issue codes")).click()
    _order(clerk, f"{lot}-2", "1020")
    press(clerk, _("Sign and issue the codes"))
    assert clerk.locator("#reason").is_visible()
    assert "102" in clerk.inner_text(".field.is-wrong .error")
    looked_at(clerk)
    clerk.fill("#reason", "a roll was misprinted")
    press(clerk, _("Sign and issue the codes"))
    issued = clerk.url
    record = int(issued.rpartition("/")[2])

    # Filled, a few voided; the consumer's page says so.
    clerk.fill("#ranges", "1-100")
    press(clerk, _("Sign and record"))
    clerk.check("#act-void")
    clerk.fill("#ranges", "1-10, 41")
    press(clerk, _("Sign and record"))
    assert clerk.locator("#reason-error").is_visible()
    clerk.check("#act-void")
    clerk.fill("#reason", "misprint")
    press(clerk, _("Sign and record"))
    assert "1–10, 41" in clerk.inner_text("main")
    looked_at(clerk)
    clerk.goto(right)
    assert clerk.get_by_role("img").first.get_attribute("aria-label")
    looked_at(clerk)
    serials = [one.serial for one in desk.world.node.database.log.serials_of(record)]
    buyer = pages(locale=locale, viewport=PHONE)
    said = {0: "This code was voided", 500: "This code is not in use yet"}
    for place, title in said.items():
        _read(buyer, site, f"{lot}-2", serials[place])
        assert _(title) in buyer.inner_text("h1")
        looked_at(buyer)
    _read(buyer, site, f"{lot}-2", serials[20])
    first = _("First scanned on {day}, seen once so far.", day=desk.world.node.brands.today)
    assert first in buyer.inner_text("main")
    buyer.get_by_role("button", name=_("Tell from which county")).click()
    buyer.select_option("#county", "440000")
    looked_at(buyer)
    buyer.get_by_role("button", name=_("Tell it"), exact=True).click()
    buyer.get_by_text(_("Thank you. It helps to find copied codes.")).wait_for()

    # Without scripts the same is said, and no place is asked for.
    plain = pages(locale=locale, viewport=PHONE, java_script_enabled=False)
    _read(plain, site, f"{lot}-2", serials[21])
    assert not plain.get_by_role("button", name=_("Tell from which county")).is_visible()

    # The regulator sees what stands out, and closes it.
    desk.world.node.scans.flush()
    office.goto(site.url("/desk/regulator"))
    office.get_by_role("link", name=_("Codes that stand out")).click()
    looked_at(office)
    office.get_by_role("link", name=serials[500]).click()
    assert _("read before its packing is recorded") in office.inner_text("main")
    looked_at(office)
    # Another reader: the first one's browser keeps a page for ten seconds.
    buyer = pages(locale=locale, viewport=PHONE)
    _read(buyer, site, f"{lot}-2", serials[500])
    assert buyer.locator("#seen .note").is_visible()
    office.fill("#note", "we tried the label ourselves")
    press(office, _("Close the case"))
    assert _("closed") in office.inner_text("main")

    # Suspended: the pack's page turns at once, and nothing more is issued.
    office.goto(right)
    office.check("#state-suspended")
    office.fill("#reason", "to be looked into")
    press(office, _("Sign and record"))
    _read(buyer, site, f"{lot}-2", serials[30])
    names = desk.world.node.brands.all()[0].names
    assert _("The right to use {brand} is suspended", brand=names) in buyer.inner_text("h1")
    looked_at(buyer)
    office.goto(right)
    office.check("#state-withdrawn")
    office.fill("#reason", "the end of this test")
    press(office, _("Sign and record"))


def _order(page: Page, lot: str, count: str) -> None:
    page.select_option("#product", index=1)
    page.fill("#lot", lot)
    page.fill("#count", count)


def _read(page: Page, site: Served, lot: str, serial: str) -> None:
    page.goto(site.url(f"/p/01/{GTIN}/10/{lot}/21/{serial}"))

"""The desk in a browser: log in, enter a member and a plot, log out; in both languages."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages, looked_at
from desk import PASSWORD, DeskWorld, Served, log_in, make_desk

from suyuan.core.timestamps import seconds_of
from suyuan.core.totp import STEP, hotp

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

pytestmark = pytest.mark.browser

WORDS = {
    "zh-CN": ("登录", "添加人员", "保存", "{} 已加入名册。", "添加地块",
              "已保存：{}", "退出", "您已退出。"),
    "en-GB": ("Log in", "Add a person", "Save", "{} is in the register.", "Add a plot",
              "Saved: {}", "Log out", "You are logged out."),
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    return make_desk(tmp_path_factory.mktemp("desk") / "node")


@pytest.mark.parametrize(
    ("locale", "size", "scheme"),
    [("zh-CN", PHONE, "dark"), ("en-GB", DESK, "light")],
    ids=["phone", "desk"],
)
def test_a_clerk_enters_a_member_and_a_plot(
    pages: Pages, site: Served, locale: str, size: ViewportSize, scheme: str
) -> None:
    enter, add, save, added, add_plot, saved, leave, left = WORDS[locale]
    page = pages(locale=locale, viewport=size, color_scheme=scheme)
    name = f"张三{locale[:2]}"
    page.goto(site.url("/desk/members"))
    looked_at(page)
    page.fill("#account", "wang")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name=enter, exact=True).click()
    page.wait_for_url("**/desk/members")
    page.get_by_role("link", name=add).click()
    page.fill("#name", name)
    page.fill("#village", "石桥村")
    looked_at(page)
    page.get_by_role("button", name=save).click()
    assert page.get_by_role("status").inner_text() == added.format(name)
    looked_at(page)
    page.get_by_role("link", name=add_plot).click()
    page.fill("#name", "前山坡")
    page.fill("#area", "6.5")
    page.click("main summary")
    page.fill("#place", "30.1012, 118.9001\n30.1022, 118.9001\n30.1022, 118.9011")
    page.select_option("#datum", "WGS-84")
    looked_at(page)
    page.get_by_role("button", name=save).click()
    assert page.get_by_role("status").inner_text().startswith(saved.format("前山坡"))
    assert page.locator(".sketch polygon").count() == 1
    assert name in page.locator("main").inner_text()
    looked_at(page)
    for path in ("/desk/plots", "/desk/members", "/desk/account", "/desk/account/second"):
        page.goto(site.url(path))
        looked_at(page)
    page.get_by_role("button", name=leave).click()
    assert page.get_by_role("status").inner_text() == left
    page.goto(site.url("/desk/members"))
    assert page.locator("#password").is_visible()


def test_what_is_wrong_is_said_on_top_and_at_the_field(pages: Pages, site: Served) -> None:
    pages.expect("status of 422")
    page = pages(java_script_enabled=False)
    log_in(page, site)
    page.goto(site.url("/desk/members/new"))
    page.fill("#phone", "12")
    page.click("main form button")
    summary = page.get_by_role("alert")
    assert "有 2 处要改" in summary.inner_text()
    summary.get_by_role("link", name=re.compile("电话号码")).click()
    assert page.url.endswith("#phone")
    assert page.locator("#phone").get_attribute("aria-describedby") == "phone-hint phone-error"
    assert page.locator("#phone").input_value() == "12"


def test_a_wrong_page_looks_right_too(pages: Pages, site: Served) -> None:
    for status in ("401", "404", "403", "422"):
        pages.expect(f"status of {status}")
    page = pages()
    page.goto(site.url("/desk"))
    page.fill("#account", "wang")
    page.fill("#password", "wrong")
    page.click("main form button")
    assert "登录名或密码不对" in page.get_by_role("alert").inner_text()
    looked_at(page)
    log_in(page, site, "jian")
    page.goto(site.url("/desk/members"))
    assert page.locator("h1").inner_text() == "您不能做这件事"
    looked_at(page)
    page.goto(site.url("/desk/nowhere"))
    looked_at(page)
    page.goto(site.url("/desk/account"))
    page.fill("#old", "wrong")
    page.click("main form button")
    looked_at(page)


def test_a_member_comes_by_card(pages: Pages, site: Served, desk: DeskWorld) -> None:
    people = desk.world.node.people
    member = desk.add("李大爷")
    card = people.give_card(desk.administrator, member)
    page = pages(java_script_enabled=False)
    page.goto(site.url(f"/desk/card/{card.token}"))
    assert card.token not in page.url
    page.fill("#pin", card.pin)
    page.click("main form button")
    page.fill("#new", "402917")
    page.fill("#again", "402917")
    page.click("main form button")
    assert "李大爷" in page.locator("header").inner_text()
    page.context.clear_cookies(name="desk")
    page.goto(site.url("/desk"))
    page.fill("#pin", "402917")
    page.click("main form button")
    assert "李大爷" in page.locator("header").inner_text()


def test_a_second_factor_is_set_up_and_asked_for(
    pages: Pages, site: Served, desk: DeskWorld
) -> None:
    pages.expect("status of 422")
    desk.with_password("second", "两步", "clerk")
    page = pages()
    log_in(page, site, "second")
    page.goto(site.url("/desk/account/second"))
    looked_at(page)
    typed = "".join(page.locator("main .code").inner_text().split())
    secret = base64.b32decode(typed)

    def code(shift: int) -> str:
        now = seconds_of(desk.world.node.clock.now())
        return hotp(secret, int(now) // STEP + shift)

    page.fill("#code", code(40))
    page.click("main form button")
    assert "验证码不对" in page.get_by_role("alert").inner_text()
    page.fill("#code", code(0))
    page.click("main form button")
    assert "已开启" in page.locator("main").inner_text()
    page.get_by_role("button", name="退出").click()
    log_in(page, site, "second")
    looked_at(page)
    page.fill("#code", code(1))
    page.click("main form button")
    assert "两步" in page.locator("header").inner_text()

"""Stock and the regulator's pages in a browser: phone and desk, both languages, the camera, axe."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages, looked_at
from desk import DeskWorld, Served, buy, inside, log_in, make_desk
from nodes import LOT, event

from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry
from suyuan.flow.capture import Incoming

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

PESTICIDE = "1" + "101234" + "1" + "001" + "7" * 21
CASES = [("zh-CN", PHONE), ("en-GB", DESK), ("zh-CN", DESK), ("en-GB", PHONE)]
IDS = ["zh phone", "en desk", "zh desk", "en phone"]
CAMERA = """
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code", "ean_13"]); }
  detect() { return Promise.resolve([{ rawValue: "CODE" }]); }
};
navigator.mediaDevices.getUserMedia = () => Promise.resolve(new MediaStream());
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("stock") / "node")
    made.with_password("deal", "钱经销", "dealer", who="other")
    node = made.world.node
    caller = Caller(made.world.org("coop"), "recorder", "990101", "test")
    old = (node.watch.today() - timedelta(days=30)).isoformat()
    test = {"day": old, "subject": [LOT], "item": "毒死蜱", "result": "fail", "value": "0.4"}
    node.capture.events(caller, node.books.events(caller, [Entry("test", test)]))
    sowing = {"day": old, "season": "2026-茶", "plots": ["前山坡"],
              "items": [{"item": "https://node.example/seed", "amount": "3 斤"}]}  # fmt: skip
    node.books.record(caller, [Entry("sowing", sowing)])
    override = event(
        action="OBSERVE", bizStep="https://node.example/voc/overriding", quantityList=None,
        epcList=["https://node.example/lot/coop"],
        **{"suyuan:override": {"rule": "1/interval", "reason": "台风前抢收"},
           "suyuan:person": {"name": "王会计"}},
    )  # fmt: skip
    node.capture.events(caller, [Incoming(override)])
    return made


def seen(page: Page, name: str) -> None:
    """Checked, and kept as a picture where SUYUAN_TEST_PICTURES names a folder."""
    looked_at(page)
    folder = os.environ.get("SUYUAN_TEST_PICTURES")
    if folder and page.viewport_size:
        language = page.locator("html").get_attribute("lang") or ""
        wide = page.viewport_size["width"]
        path = Path(folder) / f"{name}-{language[:2]}-{wide}.png"
        page.screenshot(path=path, full_page=True)


def test_a_pack_is_scanned_where_the_browser_can(pages: Pages, site: Served) -> None:
    page = pages()
    page.add_init_script(CAMERA.replace("CODE", PESTICIDE))
    log_in(page, site)
    page.goto(site.url("/desk/stock/buy"))
    button = page.locator("[data-scan]")
    button.wait_for(state="visible")
    seen(page, "scan")
    button.click()
    page.wait_for_url(re.compile(f"code={PESTICIDE}"))
    assert page.locator("#new_registration").input_value() == "PD…101234"
    plain = pages(java_script_enabled=False)
    log_in(plain, site)
    plain.goto(site.url("/desk/stock/buy"))
    assert plain.locator("[data-scan]").is_hidden()
    plain.fill("#code", PESTICIDE)
    plain.locator("main form button:visible").first.click()
    assert plain.locator("#new_kind").input_value() == "pesticide"


@pytest.mark.parametrize(("locale", "size"), CASES, ids=IDS)
def test_inputs_go_in_and_out_and_are_counted(
    pages: Pages, site: Served, locale: str, size: ViewportSize
) -> None:
    pages.expect("status of 422")
    page = pages(locale=locale, viewport=size)
    log_in(page, site)
    page.goto(site.url("/desk/stock"))
    seen(page, "stock-first")
    page.goto(site.url("/desk/stock/buy?typed=1"))
    page.select_option("#item", "new")
    page.click("main form button:not([type]):visible")
    seen(page, "buy-wrong")
    name = f"苦参碱{locale[:2]}{size['width']}"
    page.fill("#new_name", name)
    page.select_option("#new_kind", "pesticide")
    page.fill("#new_net", "100 毫升")
    page.fill("#amount", "12 瓶")
    page.click("main form button:not([type]):visible")
    assert name in page.get_by_role("status").first.inner_text()
    page.goto(site.url("/desk/stock/count"))
    page.get_by_label(name, exact=True).fill("1 升")
    seen(page, "count")
    page.click("main form button:not([type])")
    assert name in page.locator(".fallen").inner_text()
    seen(page, "stock")
    page.locator(".fallen").get_by_role("link", name=name).click()
    seen(page, "stock-item")
    page.locator("main table a").first.click()
    seen(page, "proof")
    for path in ("sell", "empties"):
        page.goto(site.url(f"/desk/stock/{path}"))
        seen(page, path)
    page.goto(site.url("/desk/timeline"))
    seen(page, "timeline")


@pytest.mark.parametrize(("locale", "size"), CASES, ids=IDS)
def test_a_regulator_goes_from_a_count_to_the_proof(
    pages: Pages, site: Served, desk: DeskWorld, locale: str, size: ViewportSize
) -> None:
    pages.expect("status of 422")
    node = desk.world.node
    client = inside(desk)
    buy(desk, client, new_name="复合肥", amount="2 袋", new_net="40 公斤")
    node.sealer.seal()
    page = pages(locale=locale, viewport=size)
    log_in(page, site, "jian")
    page.goto(site.url("/desk/regulator"))
    seen(page, "regulator")
    for what in ("overrides", "imbalances", "late", "failed", "silent"):
        page.goto(site.url(f"/desk/regulator/{what}"))
        seen(page, f"list-{what}")
    page.goto(site.url("/desk/regulator/failed"))
    page.locator("main table a").first.click()
    assert "毒死蜱" in page.locator("main").inner_text()
    seen(page, "proof-failed")
    page.goto(site.url("/desk/regulator/inspect"))
    page.click("main form button:not([type])")
    seen(page, "inspect-wrong")
    page.select_option("#of", desk.world.org("coop"))
    page.fill("#finding", "抽取茶青两份，封样编号见单")
    page.click("main form button:not([type])")
    assert "抽取茶青两份" in page.locator("main").inner_text()
    seen(page, "organisation")
    for path in ("bundle", "audits"):
        page.goto(site.url(f"/desk/regulator/{path}"))
        seen(page, path)


def test_a_bundle_and_an_audit_are_told_in_words(
    pages: Pages, site: Served, desk: DeskWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, policy = desk.world.node, desk.world.policy()
    monkeypatch.setattr(type(node), "policy", lambda _: policy)
    monkeypatch.setattr(node.audits, "policy", lambda: policy)
    caller = Caller(desk.world.org("coop"), "recorder", "990101", "test")
    node.capture.events(caller, [Incoming(event())])
    node.sealer.seal()
    file = tmp_path / "lot.suyuan.json"
    file.write_bytes(node.prover.bundle(caller.viewer, LOT))
    for locale, size in CASES[:2]:
        page = pages(locale=locale, viewport=size)
        log_in(page, site, "jian")
        page.goto(site.url("/desk/regulator/bundle"))
        page.set_input_files("#bundle", file)
        page.click("main form button:not([type])")
        assert page.locator(".outcome").is_visible()
        seen(page, "verdict")
        page.goto(site.url("/desk/regulator/audits"))
        page.click("main form button:not([type])")
        page.locator(".outcome.is-good").wait_for()
        seen(page, "audit")

"""A consumer reports a problem on a phone, with and without scripts; the clerk answers, the regulator
sees what is overdue, and a recall ends the case. Both languages."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages, looked_at
from desk import DeskWorld, Served, log_in, make_desk, press
from nodes import event
from PIL import Image

from suyuan.core.cases import due

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = pytest.mark.browser

CODE = "/p/01/09521234000068/10/L-1"
CASES = [("zh-CN", PHONE), ("en-GB", DESK), ("zh-CN", DESK), ("en-GB", PHONE)]
IDS = ["zh phone", "en desk", "zh desk", "en phone"]
WORDS = {
    "zh-CN": {"send": "提交举报", "look": "查询", "large": "照片超过 8 MB", "wait": "请等",
              "received": "已收到"},
    "en-GB": {"send": "Send the report", "look": "Look it up", "large": "8 MB", "wait": "wait",
              "received": "received"},
}  # fmt: skip
WRITTEN = "<script>document.title='taken over'</script>\n袋口像是重新封过"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> DeskWorld:
    made = make_desk(tmp_path_factory.mktemp("reports") / "node")
    head = made.world.head("coop")
    assert made.world.client.post("/events", json=event(), headers=head).status_code == 201
    made.world.node.sealer.seal()
    return made


@pytest.fixture(autouse=True)
def _patient(desk: DeskWorld) -> Iterator[None]:
    """All of these tests come from one address."""
    yield
    node = desk.world.node
    for what in (b"report\0", b"look-up\0"):
        node.database.attempts.forgive(node.seal.digest(what + b"127.0.0.1"))


def photo(path: Path) -> Path:
    picture = Image.effect_noise((1200, 900), 40).convert("RGB")
    notes = picture.getexif()
    notes[0x010E] = "where it was taken"
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=notes)
    path.write_bytes(made.getvalue())
    return path


def seen(page: Page, name: str) -> None:
    """Kept as a picture where SUYUAN_TEST_PICTURES names a folder."""
    folder = os.environ.get("SUYUAN_TEST_PICTURES")
    if folder and page.viewport_size:
        language = (page.locator("html").get_attribute("lang") or "")[:2]
        wide = page.viewport_size["width"]
        page.screenshot(path=f"{folder}/report-{name}-{language}-{wide}.png", full_page=True)


def report(page: Page, site: Served, send: str, picture: Path | None) -> tuple[str, str]:
    page.goto(site.url(CODE))
    page.locator("a.report").click()
    looked_at(page)
    page.check('input[value="fake"]')
    page.fill("#text", WRITTEN)
    page.fill("#contact", "13800001111")
    if picture is not None:
        page.set_input_files("#photo", picture)
    press(page, send)
    looked_at(page)
    number, word = page.locator(".word").all_inner_texts()
    return number, word


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_a_report_to_a_recall(
    desk: DeskWorld, site: Served, pages: Pages, tmp_path: Path, *, scripts: bool
) -> None:
    node = desk.world.node
    if scripts:
        phone = pages(locale="zh-CN", viewport=PHONE)
    else:
        phone = pages(locale="zh-CN", viewport=PHONE, java_script_enabled=False)
    picture = photo(tmp_path / "pack.jpg")
    if not scripts:
        phone.goto(site.url(CODE))
        number, word = _silently(phone, site, picture)
    else:
        number, word = report(phone, site, "提交举报", picture)
    clerk = pages(locale="en-GB", viewport=DESK)
    log_in(clerk, site)
    clerk.goto(site.url("/desk/cases"))
    looked_at(clerk)
    clerk.get_by_role("link", name=number).click()
    looked_at(clerk)
    assert WRITTEN in clerk.locator(".written").inner_text()
    assert "taken over" not in clerk.title()
    assert "13800001111" in clerk.locator("main").inner_text()
    shown = clerk.request.get(site.url(f"/desk/cases/{number}/photo")).body()
    assert b"where it was taken" not in shown
    assert Image.open(io.BytesIO(shown)).size == (1200, 900)
    stranger = pages()
    assert stranger.request.get(
        site.url(f"/desk/cases/{number}/photo"), max_redirects=0
    ).status in (303, 401)
    clerk.get_by_role("link", name="Recall it").click()
    looked_at(clerk)
    assert clerk.locator("#act-recall").is_checked()
    assert "looks like a copy" in clerk.input_value("#reason")
    press(clerk, "Sign and record")
    assert f"/desk/cases/{number}" in clerk.url
    clerk.check("#state-closed")
    clerk.fill("#answer", "我们已召回这一批，请退回购买处。")
    clerk.select_option("#outcome", "recall")
    press(clerk, "Save")
    looked_at(clerk)
    phone.goto(site.url("/report"))
    looked_at(phone) if scripts else None
    phone.fill("#number", number)
    phone.fill("#code", word.lower())
    press(phone, "查询")
    assert "我们已召回这一批" in phone.locator("main").inner_text()
    looked_at(phone) if scripts else None
    # A page that was looked at a moment ago is kept for ten seconds.
    buyer = pages(locale="zh-CN", java_script_enabled=scripts)
    buyer.goto(site.url(CODE))
    assert "召回" in buyer.locator("h1").inner_text()
    assert node.cases.store.get(number) is not None


def _silently(page: Page, site: Served, picture: Path) -> tuple[str, str]:
    """The same without scripts: axe needs some."""
    page.locator("a.report").click()
    page.check('input[value="fake"]')
    page.fill("#text", WRITTEN)
    page.fill("#contact", "13800001111")
    page.set_input_files("#photo", picture)
    press(page, "提交举报")
    number, word = page.locator(".word").all_inner_texts()
    return number, word


def test_what_is_missing_is_said_at_its_field(site: Served, pages: Pages) -> None:
    page = pages(locale="en-GB", viewport=DESK)
    page.goto(site.url(CODE.replace("/p/", "/report/")))
    looked_at(page)
    page.locator("#text").evaluate("field => field.removeAttribute('required')")
    pages.expect("400")
    press(page, "Send the report")
    assert page.locator("#kind-error").is_visible()
    assert page.locator("#text-error").is_visible()
    looked_at(page)


@pytest.mark.parametrize(("locale", "viewport"), CASES, ids=IDS)
def test_a_photo_of_50_mb_is_refused_in_words_and_what_was_typed_stays(
    site: Served, pages: Pages, tmp_path: Path, locale: str, viewport: ViewportSize
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(b"\xff\xd8\xff" + b"\0" * 50_000_000)
    say = WORDS[locale]
    page = pages(locale=locale, viewport=viewport)
    page.goto(site.url(CODE.replace("/p/", "/report/")))
    page.check('input[value="quality"]')
    page.fill("#text", "发霉 & <b>\n第二行")
    page.fill("#contact", "13800001111")
    page.set_input_files("#photo", large)
    pages.expect("413")
    press(page, say["send"])
    assert say["large"] in page.locator(".wrong").inner_text()
    assert page.input_value("#text") == "发霉 & <b>\n第二行"
    assert page.input_value("#contact") == "13800001111"
    assert page.locator('input[value="quality"]').is_checked()
    looked_at(page)
    seen(page, "too-large")


@pytest.mark.parametrize(("locale", "viewport"), CASES, ids=IDS)
def test_who_reported_much_waits_and_a_number_is_looked_up(
    desk: DeskWorld, site: Served, pages: Pages, locale: str, viewport: ViewportSize
) -> None:
    say = WORDS[locale]
    page = pages(locale=locale, viewport=viewport)
    number, word = report(page, site, say["send"], None)
    seen(page, "taken")
    # As after a dozen reports in a row, whose pauses grow to this length.
    node = desk.world.node
    digest = node.seal.digest(b"report\0" + b"127.0.0.1")
    now = datetime.fromisoformat(node.clock.now()).timestamp()
    node.database.attempts.begin(digest, now + 900, free=0, longest=3600.0, forget=86_400.0)
    page.goto(site.url(CODE.replace("/p/", "/report/")))
    page.check('input[value="fake"]')
    page.fill("#text", WRITTEN)
    pages.expect("429")
    press(page, say["send"])
    assert say["wait"] in page.locator("main").inner_text()
    looked_at(page)
    seen(page, "too-many")
    assert page.input_value("#text").splitlines() == WRITTEN.splitlines()
    page.goto(site.url("/report"))
    page.fill("#number", number)
    page.fill("#code", "ABCDEFGH")
    pages.expect("404")
    press(page, say["look"])
    assert page.locator("#number-error").is_visible()
    seen(page, "wrong-word")
    page.fill("#number", number.lower())
    page.fill("#code", word)
    press(page, say["look"])
    assert say["received"] in page.locator("main").inner_text()
    looked_at(page)
    seen(page, "state")


def test_the_regulator_sees_what_is_overdue(desk: DeskWorld, site: Served, pages: Pages) -> None:
    page = pages(locale="en-GB", viewport=PHONE)
    number, _ = report(page, site, "Send the report", None)
    store = desk.world.node.cases.store
    case = store.get(number)
    assert case is not None
    store.put(
        replace(
            case,
            at=due(case.at, -30),
            receive_by=due(case.at, -28),
            answer_by=due(case.at, -15),
        )
    )
    office = pages(locale="zh-CN", viewport=DESK)
    log_in(office, site, "jian")
    office.goto(site.url("/desk/regulator"))
    tile = office.locator(".counts a", has_text="公众举报")
    assert re.search(r"[1-9]", tile.inner_text())
    tile.click()
    looked_at(office)
    assert number in office.locator("tbody").inner_text()
    assert "超期" in office.locator("tbody").inner_text()
    office.get_by_role("link", name=number).click()
    looked_at(office)
    assert "袋口像是重新封过" in office.locator(".written").inner_text()

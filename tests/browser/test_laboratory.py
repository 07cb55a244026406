"""A laboratory signs by its link, on a phone: its key made in the browser, compared, used. Whatever is
not what was asked is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import DESK, PHONE, Pages, looked_at
from desk import DeskWorld, Served, log_in, make_desk, press
from nodes import LOT, event
from playwright.sync_api import Page

from suyuan.bootstrap import Node
from suyuan.core.signed_answer import Report
from suyuan.ports.signing import SigningRequest
from suyuan.web.desk import sign

pytestmark = pytest.mark.browser


def link_on(page: Page, site: Served) -> str:
    """The link as it is shown once, on this machine's port."""
    shown = page.locator(".secret-link").inner_text()
    return site.url("/sign") + "#" + shown.partition("#")[2]


def registered(pages: Pages, site: Served, tmp_path: Path, *, how: str) -> Page:
    """The administrator registers the laboratory, which brings a key; the laboratory's browser."""
    admin = pages(locale="en-GB", viewport=DESK)
    log_in(admin, site, "zhou")
    admin.goto(site.url("/desk/laboratories"))
    looked_at(admin)
    for name, value in (
        ("zh", "县农产品检测中心"), ("en", "County test centre"), ("county", "990101"),
        ("contact", "李主任 0571-1234"),
    ):  # fmt: skip
        admin.fill(f"#{name}", value)
    press(admin, "Register, and make the link")
    looked_at(admin)
    lab = pages(locale="zh-CN", viewport=PHONE, accept_downloads=True)
    lab.goto(link_on(admin, site))
    lab.wait_for_url("**/sign/key")
    assert "#" not in lab.url
    looked_at(lab)
    if how == "kept":
        lab.check("#how-kept")
    else:
        lab.fill("#new-password", "seven plum kettles")
    if how == "kept":
        press(lab, "提交这把密钥")
    else:
        with lab.expect_download() as told, lab.expect_navigation():
            lab.get_by_role("button", name="提交这把密钥").click()
        told.value.save_as(tmp_path / "lab.key")
    mark = lab.locator("p.secret").inner_text()
    looked_at(lab)
    admin.goto(site.url("/desk/laboratories"))
    assert admin.locator("p.secret").inner_text() == mark
    looked_at(admin)
    press(admin, "The same: put the key in the log")
    lab.reload()
    assert "已写入日志" in lab.locator("main").inner_text()
    return lab


def asked(pages: Pages, site: Served) -> str:
    clerk = pages(locale="zh-CN", viewport=DESK)
    log_in(clerk, site)
    clerk.goto(site.url("/desk/lots/01/09521234000068/10/L-1"))
    clerk.get_by_role("link", name="委托检测或认证").click()
    clerk.select_option("#laboratory", label="县农产品检测中心")
    clerk.fill("#items", "毒死蜱\n铅")
    clerk.fill("#sample", "2026-11-20 取样，封样号 7")
    looked_at(clerk)
    press(clerk, "生成链接")
    return link_on(clerk, site)


@pytest.fixture
def desk(tmp_path: Path) -> DeskWorld:
    made = make_desk(tmp_path / "node")
    head = made.world.head("coop")
    assert made.world.client.post("/events", json=event(), headers=head).status_code == 201
    return made


@pytest.fixture
def site(desk: DeskWorld) -> Iterator[Served]:
    served = Served(desk.world)
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize("how", ["kept", "file"])
def test_a_laboratory_signs_by_its_link(
    desk: DeskWorld, site: Served, pages: Pages, tmp_path: Path, how: str
) -> None:
    lab = registered(pages, site, tmp_path, how=how)
    link = asked(pages, site)
    lab.goto(link)
    lab.wait_for_url("**/sign/answer")
    looked_at(lab)
    lab.fill('[name="items/0/value"]', "<0.01")
    pages.expect("422")
    press(lab, "核对一遍")
    assert "有 2 处" in lab.locator(".wrong").inner_text() or lab.locator(".field.is-wrong").count()
    looked_at(lab)
    for number in (0, 1):
        lab.fill(f'[name="items/{number}/value"]', "<0.01")
        lab.fill(f'[name="items/{number}/unit"]', "mg/kg")
        lab.select_option(f'[name="items/{number}/result"]', "pass")
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4 what was measured")
    lab.set_input_files("#report_file", report)
    press(lab, "核对一遍")
    looked_at(lab)
    shown = lab.locator("main").inner_text()
    for part in ("毒死蜱", "<0.01", "report.pdf"):
        assert part in shown
    if how == "file":
        lab.set_input_files("#key-file", tmp_path / "lab.key")
        lab.fill("#key-password", "another one entirely")
        lab.get_by_role("button", name="签署并发送").click()
        lab.locator("[data-said]", has_text="密码不对").wait_for()
        lab.fill("#key-password", "seven plum kettles")
    sent: list[str] = []
    lab.on(
        "request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None
    )
    press(lab, "签署并发送")
    assert "已签署并记录" in lab.locator("main").inner_text()
    looked_at(lab)
    assert not any("kettles" in body or "sealed" in body for body in sent)
    node = desk.world.node
    stored = node.database.log.records(range(node.database.log.tail().size))
    signed = [one for one in stored.values() if one.kind == "event"][-2:]
    assert {one.owner for one in signed} == {node.signing.laboratories()[0].organisation}
    node.sealer.seal()
    page = pages()
    page.goto(site.url("/p/01/09521234000068/10/L-1"))
    test = page.locator(".test").first.inner_text()
    assert "县农产品检测中心" in test
    assert "第三方" in test


def test_another_report_than_the_one_that_was_picked_is_not_signed(
    desk: DeskWorld, site: Served, pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service would have the laboratory sign a file that it never saw."""
    lab = registered(pages, site, tmp_path, how="kept")
    before = desk.world.node.database.log.tail().size
    keep = sign.keep_report

    def swapped(node: Node, found: SigningRequest, report: Report) -> dict[str, Any]:
        return keep(node, found, Report(report.name, report.body + b" and more"))

    monkeypatch.setattr(sign, "keep_report", swapped)
    lab.goto(asked(pages, site))
    lab.wait_for_url("**/sign/answer")
    for number in (0, 1):
        lab.fill(f'[name="items/{number}/value"]', "<0.01")
        lab.fill(f'[name="items/{number}/unit"]', "mg/kg")
        lab.select_option(f'[name="items/{number}/result"]', "pass")
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4 what was measured")
    lab.set_input_files("#report_file", report)
    press(lab, "核对一遍")
    assert lab.locator("#report-again").is_hidden()
    lab.get_by_role("button", name="签署并发送").click()
    lab.locator("[data-said]", has_text="不是您选的那份报告").wait_for()
    looked_at(lab)
    # A tab that does not know what was picked asks for the file, and comes to the same.
    lab.evaluate("sessionStorage.clear()")
    lab.reload()
    lab.get_by_role("button", name="签署并发送").click()
    lab.locator("[data-said]", has_text="请再选一次报告").wait_for()
    looked_at(lab)
    lab.set_input_files("#report-again", report)
    lab.get_by_role("button", name="签署并发送").click()
    lab.locator("[data-said]", has_text="不是您选的那份报告").wait_for()
    assert desk.world.node.database.log.tail().size == before
    monkeypatch.undo()
    lab.goto(site.url("/sign/answer"))
    for number in (0, 1):
        lab.fill(f'[name="items/{number}/value"]', "<0.01")
        lab.fill(f'[name="items/{number}/unit"]', "mg/kg")
        lab.select_option(f'[name="items/{number}/result"]', "pass")
    lab.set_input_files("#report_file", report)
    press(lab, "核对一遍")
    press(lab, "签署并发送")
    assert "已签署并记录" in lab.locator("main").inner_text()


def test_what_was_not_asked_is_refused_and_nothing_is_recorded(
    desk: DeskWorld, site: Served, pages: Pages, tmp_path: Path
) -> None:
    lab = registered(pages, site, tmp_path, how="kept")
    lab.goto(asked(pages, site))
    for number in (0, 1):
        lab.fill(f'[name="items/{number}/value"]', "0.2")
        lab.select_option(f'[name="items/{number}/result"]', "pass")
    press(lab, "核对一遍")
    size = desk.world.node.database.log.tail().size
    # Another lot in what is signed: by a script that was tampered with, say.
    lab.evaluate(
        """lot => { const data = document.getElementById('sign-config');
        data.textContent = data.textContent.replaceAll(lot, lot.replace('L-1', 'L-9')); }""",
        LOT,
    )
    lab.evaluate("history.replaceState(null, '', location.pathname)")
    config = json.loads(lab.locator("#sign-config").text_content() or "")
    assert "L-9" in config["events"]
    # sign.js read its events when the page was loaded; so the tampered ones are put through it anew.
    script = re.search(r'src="(/static/[^"]+/sign.js)"', lab.content())
    assert script is not None
    lab.evaluate(
        """src => new Promise(done => { const form = document.querySelector('form[data-sign]');
        form.replaceWith(form.cloneNode(true)); const tag = document.createElement('script');
        tag.src = src; tag.onload = done; document.head.append(tag); })""",
        script[1],
    )
    pages.expect("422")
    press(lab, "签署并发送")
    assert "不是所问的对象" in lab.locator(".wrong").inner_text()
    assert desk.world.node.database.log.tail().size == size

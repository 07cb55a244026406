"""A clerk at the desk's pages: opens seasons, buys, records day by day, looks at what came of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import looked_at
from desk import Served, log_in

from suyuan.adapters.outside import SystemClock
from suyuan.core.timestamps import from_datetime

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Items = Sequence[tuple[str, str, str]]
"""Rows of a form: what, how much, in which unit ("" as offered)."""


@dataclass(slots=True)
class Calendar:
    """What day it is at the node. Days only pass, so that the log's times never run backwards."""

    at: datetime

    def until(self, month: int, day: int) -> None:
        """The morning of the next such day, in Beijing."""
        then = self.at.replace(month=month, day=day, hour=1, minute=0)
        self.at = then if then > self.at else then.replace(year=then.year + 1)

    def later(self, days: int) -> None:
        self.at += timedelta(days=days)

    def ago(self, days: int) -> str:
        """That day, as a form takes it."""
        return (self.at - timedelta(days=days)).date().isoformat()


@pytest.fixture(scope="module")
def calendar() -> Iterator[Calendar]:
    """The node's clock stands on a day until it is moved."""
    made, patched = Calendar(datetime.now(UTC)), pytest.MonkeyPatch()
    patched.setattr(SystemClock, "now", lambda _: from_datetime(made.at))
    yield made
    patched.undo()


WORDS = {
    "zh": {
        "sign": "签名归档",
        "open": "开季",
        "close": "结束这一季",
        "certificate": "新开合格证",
        "issue": "签名并开具",
    },
    "en": {
        "sign": "Sign and file",
        "open": "Open the season",
        "close": "Close the season",
        "certificate": "New certificate",
        "issue": "Sign and issue",
    },
}


def pictured(page: Page, name: str) -> None:
    """Looked at by axe; a picture of it where SUYUAN_PICTURES names a folder."""
    looked_at(page)
    folder = os.environ.get("SUYUAN_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@dataclass(slots=True)
class Clerk:
    """Somebody at a browser. ``language``: of the pages."""

    page: Page
    site: Served
    calendar: Calendar
    name: str
    """Of the season, for pictures."""
    language: str = "zh"
    account: str = "wang"

    def says(self, word: str) -> str:
        return WORDS[self.language][word]

    def come(self, month: int, day: int) -> None:
        """To work on the next such day; who comes after weeks logs in again."""
        self.calendar.until(month, day)
        self.page.context.clear_cookies()
        log_in(self.page, self.site, self.account)

    def wait(self, days: int) -> None:
        self.calendar.later(days)
        self.page.context.clear_cookies()
        log_in(self.page, self.site, self.account)

    def go(self, path: str) -> None:
        self.page.goto(self.site.url(path))

    def seen(self, what: str) -> None:
        pictured(self.page, f"{self.name}-{what}")

    def open(self, template: str, *plots: str) -> None:
        """Open a season under a template, named after it and the year."""
        self.go("/desk/seasons/new")
        self.page.select_option("#template", label=template)
        for plot in plots:
            self.page.get_by_role("checkbox", name=plot).check()
        self.press(self.says("open"))

    def buy(self, name: str, kind: str, amount: str, **more: str) -> None:
        """Inputs that are new here."""
        self.go("/desk/stock/buy?typed=1")
        given = {"new_name": name, "amount": amount, "seller": "县农资公司", **more}
        self.page.select_option("#item", "new")
        self.page.select_option("#new_kind", kind)
        for field, text in given.items():
            self.page.fill(f"#{field}", text)
        self.press(self.says("sign"))
        if self.page.locator(".heed").count():
            self.press(self.says("sign"))
        assert name in self.page.get_by_role("status").first.inner_text()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def begin(self, plot: str, work: str, *, near: int | None = None) -> None:
        """Open the form of a work on a plot. ``near``: among so many that are offered first."""
        self.go("/desk/record")
        self.page.locator(".tiles a", has_text=plot).click()
        cards = self.page.locator(".works > li")
        if near is not None:
            first = cards.locator("h2").all_inner_texts()[:near]
            assert work in first, f"{work} is not among what is offered first: {first}"
        card = cards.filter(has=self.page.get_by_role("heading", name=work, exact=True))
        if card.count():
            card.locator(".actions a").last.click()
        else:
            self.page.locator(".choices").get_by_role("link", name=work, exact=True).click()
        self.page.wait_for_url("**/desk/record/form**")

    def fill(self, items: Items = (), at: str = "items", **answers: str) -> None:
        """Rows of things, then fields by their names; what is folded up is opened first."""
        for row, (what, amount, unit) in enumerate(items):
            self._field(f"{at}/{row}/item").fill(what)
            self._field(f"{at}/{row}/amount").fill(amount)
            if unit:
                self.page.select_option(f"[name='{at}/{row}/unit']", unit)
        for name, text in answers.items():
            field = self._field(name.replace("__", "/"))
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(text)
            else:
                field.fill(text)

    def _field(self, name: str) -> Locator:
        found = self.page.locator(f"[id='{name}']")
        if not found.is_visible():
            folded = self.page.locator("details:not([open])", has=found)
            folded.locator("> summary").click()
        return found

    def sign(self, *, heed: str = "") -> int:
        """Sign and file, and once more what is to be heeded; the record's number.

        ``heed``: words that have to stand there before it is signed."""
        self.press(self.says("sign"))
        shown = self.page.locator("section.heed")
        if heed or shown.count():
            assert heed in shown.inner_text(), shown.inner_text()
            self.press(self.says("sign"))
        stopped = self.page.locator(".wrong, .blocked")
        self.page.locator(".saved").or_(stopped).first.wait_for()
        assert not stopped.count(), stopped.first.inner_text()
        link = self.page.locator(".saved a[href^='/desk/records/']").first
        found = re.search(r"\d+", link.inner_text())
        assert found is not None
        return int(found[0])

    def wrong(self, *fields: str) -> str:
        """Sign, and be told what is wrong at these fields; the words of the summary."""
        self.press(self.says("sign"))
        summary = self.page.locator(".wrong")
        for name in fields:
            link = summary.locator(f"a[href='#{name}']")
            assert link.count(), f"{name}: {summary.inner_text()}"
            assert self.page.locator(f"[id='{name}']").is_visible()
        return summary.inner_text()

    def blocked(self) -> str:
        """Sign, and be told that the rules do not allow it; in which words."""
        self.press(self.says("sign"))
        told = self.page.locator(".wrong, .blocked, section.heed, .saved").first
        told.wait_for()
        assert self.page.locator(".blocked").count(), told.inner_text()
        return self.page.locator(".blocked").inner_text()

    def certify(self, **more: str) -> None:
        """Issue the certificate of compliance that the rules ask for, from where they do."""
        told = self.page.locator(".blocked")
        told.get_by_role("link", name=self.says("certificate"), exact=True).click()
        for field, text in {"origin": "测试县", "contact": "13812345678", **more}.items():
            self.page.fill(f"#{field}", text)
        self.press(self.says("issue"))
        stopped = self.page.locator(".wrong, .blocked")
        self.page.locator(".said").or_(stopped).first.wait_for()
        assert not stopped.count(), stopped.first.inner_text()

    def override(self, *reasons: str) -> int:
        """File it all the same, with a reason for each rule."""
        assert self.page.locator("#answers").input_value()
        for number, reason in enumerate(reasons):
            self.page.fill(f"[id='reason/{number}']", reason)
        return self.sign()

    def new(self, name: str) -> None:
        """Say that a name that is not known here is right."""
        assert name in self.wrong()
        self.page.get_by_role("checkbox", name=re.compile(re.escape(name))).check()

    def lot(self, at: str = "items/0") -> str:
        """The lot number that the form offers."""
        return self.page.locator(f"[id='{at}/lot']").input_value()

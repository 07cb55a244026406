"""A clerk at the browser who counts how often something is pressed from the chosen plot on."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from browser import looked_at
from desk import Served, press

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_TAPS = 3


class Taps:
    """Presses what is named, and counts how often."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def link(self, name: str) -> None:
        self.count += 1
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def button(self, name: str) -> None:
        self.count += 1
        press(self.page, name)


def pictured(page: Page, name: str) -> None:
    """Looked at by axe; a picture of it where somebody wants to see them."""
    looked_at(page)
    folder = os.environ.get("SUYUAN_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def open_season(
    page: Page, site: Served, plots: list[str], template: str, language: str = "zh"
) -> None:
    button, said = {"zh": ("开季", "已开季"), "en": ("Open the season", "is open")}[language]
    page.goto(site.url("/desk/seasons/new"))
    page.select_option("#template", label=template)
    for plot in plots:
        page.get_by_role("checkbox", name=plot).check()
    page.get_by_role("button", name=button).click()
    assert said in page.get_by_role("status").inner_text()


def filed(page: Page) -> int:
    """The number of what was filed just now, as the page says it."""
    page.wait_for_url("**/desk/filed**")
    found = re.search(r"已于 [\d:]+ 保存，第 (\d+) 号记录", page.get_by_role("status").inner_text())
    assert found is not None
    return int(found[1])


def choose(page: Page, site: Served, plot: str) -> Taps:
    """The plot is chosen; what follows is counted."""
    page.goto(site.url("/desk/record"))
    page.locator(".tiles a", has_text=plot).click()
    page.wait_for_url("**plot=**")
    return Taps(page)


Answers = list[tuple[str, str]]
"""Fields by their ids, and what is written into each or chosen there."""


def first_time(page: Page, site: Served, plot: str, work: str, answers: Answers) -> int:
    """Taps for a work that is filled in on an empty form."""
    taps = choose(page, site, plot)
    fill_in = page.get_by_role("link", name=f"{work}：填写", exact=True)
    other = page.get_by_role("link", name=work, exact=True)
    taps.count += 1
    (fill_in if fill_in.count() else other).first.click()
    page.wait_for_url("**/desk/record/form**")
    for name, text in answers:
        field = page.locator(f"[id='{name}']")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    pictured(page, f"form-{work}")
    taps.button("签名归档")
    if page.locator(".heed").count():
        pictured(page, f"heed-{work}")
        taps.button("签名归档")
    filed(page)
    pictured(page, f"filed-{work}")
    return taps.count


def once_more(page: Page, site: Served, plot: str, work: str) -> int:
    """Taps for the same as the last time."""
    taps = choose(page, site, plot)
    taps.link(f"{work}：和上次一样")
    page.wait_for_url("**like=last**")
    pictured(page, f"again-{work}")
    taps.button("签名归档")
    filed(page)
    return taps.count

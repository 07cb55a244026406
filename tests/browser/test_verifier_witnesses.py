"""The verifier that runs from disk, under a policy that names witnesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser import DESK, PHONE, Pages
from shared import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

pytestmark = pytest.mark.browser

VERIFIER = ROOT / "trace" / "suyuan" / "web" / "static" / "build" / "verifier.html"
GOLDEN = ROOT / "tests" / "vectors" / "suyuan-bundle-witness"

TOLD = {
    "zh-CN": "依据文件所列的 3 个见证人中有 2 个联署了日志（要求 2 个）：w1.example",
    "en-GB": "2 of the 3 witnesses in the policy cosigned the log (2 asked for): w1.example",
}
TOO_FEW = {
    "zh-CN": "3 个见证人中有 1 个联署，依据文件要求 2 个",
    "en-GB": "1 of 3 witnesses cosigned, 2 are asked for",
}
FALSE = {
    "zh-CN": "w3.example/witness 的签名不符",
    "en-GB": "the signature of w3.example/witness does not hold",
}


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_it_says_who_cosigned(pages: Pages, locale: str, size: ViewportSize) -> None:
    page = pages(locale=locale, viewport=size)
    page.goto(VERIFIER.as_uri())
    page.set_input_files("#policy", GOLDEN / "policy.json")
    for name, told, tone in (
        ("two-of-three", TOLD[locale], "wait"),
        ("bad/one-of-three", TOO_FEW[locale], "bad"),
        ("bad/another-signature", FALSE[locale], "bad"),
    ):
        page.set_input_files("#bundle", GOLDEN / f"{name}.suyuan.json")
        page.locator("#check").get_by_text(told).first.wait_for()
        assert page.locator("#check").get_attribute("data-check") == tone
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, "it scrolls sideways"

"""A notice of one page: read back in its words and by its code, in either language, or refused."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from suyuan_labels import PAGE_A4, LabelError, Notice, pdf, single

URL = "HTTPS://TRACE.EXAMPLE.COM/01/09521234000044/10/HK2026"
ZH = Notice(
    URL, "召回公告",
    (("召回什么", "山核桃仁 HK2026"), ("原因", "多菌灵残留超标"),
     ("请这样做", "停止食用，退回购买处。")),
    "", "请扫包装上的码：页面会说明是否在内。", "最新情况请扫码",
)  # fmt: skip
EN = Notice(
    URL, "Draft of a recall notice",
    (("What", "Hickory kernels HK2026"), ("Why", "Residues over the limit"),
     ("What who has it should do", "Do not use it; take it back to where you bought it, all of it.")),
    "Nothing is recalled so far: this is a draft.", "Scan the code on the pack.", "Still so? Scan.",
)  # fmt: skip


@pytest.mark.parametrize("one", [ZH, EN], ids=["zh", "en"])
def test_a_page_says_everything_and_its_code_is_read_back(one: Notice) -> None:
    document = pypdfium2.PdfDocument(pdf([one], single(PAGE_A4), title=one.title))
    assert len(document) == 1
    text = "".join(document[0].get_textpage().get_text_bounded().split())
    for part in (one.title, one.warning, one.foot, one.by_code, *(v for _, v in one.rows)):
        assert "".join(part.split()) in text
    (read,) = zxingcpp.read_barcodes(document[0].render(scale=200 / 72).to_pil().convert("L"))
    assert read.text == URL


def test_what_does_not_fit_a_page_is_refused() -> None:
    long = replace(ZH, rows=(*[("原因", "多菌灵残留超标" * 50)] * 12,))
    with pytest.raises(LabelError, match="do not fit"):
        pdf([long], single(PAGE_A4), title="x")

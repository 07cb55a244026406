"""A certificate on paper: the page and the label, as files and for printers.

The paper is Chinese, whoever prints it: it is the official layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from suyuan.core.certificate import address
from suyuan.core.errors import NotFound
from suyuan.flow.certificate_look import Looked
from suyuan.flow.label import refused
from suyuan.flow.supplies import DOTS
from suyuan_labels import (
    DOTS_300,
    PAGE_A4,
    ROLL_60X40,
    SPEECH,
    Certificate,
    Head,
    LabelError,
    Language,
    Press,
    bitmap_png,
    pdf,
    png,
    single,
    svg,
)

MEDIA = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    **dict.fromkeys((one.ending for one in SPEECH.values()), "application/octet-stream"),
}
"""Endings of files, and their media types."""
PAGES = ("pdf", "png", "svg")
_LEAD = {
    "producer": "我承诺对生产销售的食用农产品：",
    "purchaser": "我承诺对收购销售的食用农产品：",
}


def paper_of(looked: Looked, public_url: str, copy: int) -> Certificate:
    """What is printed, the contact in full as far as who prints it may see it; or Refused."""
    one = looked.issued
    where = address(public_url, one.code)
    source = one.source.zh if one.source else ""
    foot = [f"扫码或在 {where} 核验；批次 {one.lot.rsplit('/', 1)[-1]}"]
    foot += [f"依据：{source}" + (f"，{one.edition} 版" if one.edition else "")] if source else []
    foot += [f"第 {copy} 次打印"] if copy > 1 else []
    try:
        return Certificate(
            where,
            one.number,
            one.text.zh,
            "承诺依据：",
            tuple((text.zh, ticked) for text, ticked in one.ticks),
            (
                ("产品名称", "产品", one.product),
                ("数量（重量）", "数量", one.said),
                ("产地", "产地", one.origin),
                ("承诺主体", "主体", one.subject),
                ("联系方式", "电话", looked.contact),
                ("开具日期", "日期", _day(one.issued)),
                ("编号", "编号", one.number),
            ),
            _LEAD.get(one.side, ""),
            tuple(foot),
        )
    except LabelError as problem:
        raise refused(problem) from None


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "—"


def file_of(paper: Certificate, way: str, ending: str, dpi: int = 203) -> bytes:
    """The page (``a4``) or the label as a file; NotFound for an ending that there is none of."""
    endings = PAGES if way == "a4" else tuple(MEDIA)
    if ending not in endings:
        raise NotFound(
            "{file} has to end in {endings}",
            file=f"certificate.{ending[:20]}",
            endings=" / ".join(f".{one}" for one in endings),
        )
    stock = PAGE_A4 if way == "a4" else ROLL_60X40
    makers: dict[str, Callable[[], bytes]] = {
        "pdf": lambda: pdf([paper], single(stock), title=f"承诺达标合格证 {paper.number}"),
        "svg": lambda: svg(paper, stock).encode(),
        "png": lambda: (
            png(paper, stock, DOTS_300) if way == "a4" else bitmap_png(paper, stock, DOTS[dpi])
        ),
    }
    try:
        if ending in makers:
            return makers[ending]()
        return b"".join(_spoken(paper, ending, DOTS[dpi]))
    except LabelError as problem:
        raise refused(problem) from None


def require_fit(looked: Looked | None, public_url: str, way: str, ending: str = "svg") -> None:
    """Before a print is counted: Refused for what does not fit, NotFound for an unknown ending."""
    if looked is not None and way in ("a4", "label"):
        file_of(paper_of(looked, public_url, 2), way, ending)


def _spoken(paper: Certificate, ending: str, dots: float) -> Iterator[bytes]:
    """In a printer's own language."""
    languages: dict[str, Language] = {speech.ending: name for name, speech in SPEECH.items()}
    speech, stock = SPEECH[languages[ending]], ROLL_60X40
    head = Head(stock.width, stock.height, dots)
    yield speech.opening(head)
    yield speech.one(Press(stock, dots).bits(paper), head)


__all__ = ["MEDIA", "PAGES", "file_of", "paper_of", "require_fit"]

"""Certificates on paper: read back from page and label, in words that are all there, or refused."""

from __future__ import annotations

import io
from dataclasses import replace

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from PIL import Image

from suyuan_labels import (
    DOTS_203,
    DOTS_300,
    PAGE_A4,
    ROLL_40X30,
    ROLL_60X40,
    Certificate,
    LabelError,
    Press,
    bitmap,
    pdf,
    png,
    single,
    svg,
)
from suyuan_labels.stock import Stock

URL = "https://trace.example.com/c/0123456789AB"
ONE = Certificate(
    URL, "2026-000017",
    "未使用禁用农药、兽药及其他化合物；使用的常规农药、兽药残留不超标。", "承诺依据：",
    (("质量安全控制符合要求", True), ("自行检测合格", False), ("委托检测合格", True)),
    (("产品名称", "产品", "山核桃鲜果"), ("数量（重量）", "数量", "5000 公斤"),
     ("产地", "产地", "浙江省杭州市临安区岛石镇大山村、仁里村"),
     ("承诺主体", "主体", "杭州临安云岭山核桃专业合作社"), ("联系方式", "电话", "13812345678"),
     ("开具日期", "日期", "2026年9月17日"), ("编号", "编号", "2026-000017")),
    "我承诺对生产销售的食用农产品：", ("第 2 次打印",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("stock", "dots"),
    [(ROLL_60X40, DOTS_203), (ROLL_60X40, DOTS_300), (PAGE_A4, DOTS_203), (PAGE_A4, DOTS_300)],
)
def test_its_code_is_read_back(stock: Stock, dots: float) -> None:
    (read,) = zxingcpp.read_barcodes(bitmap(ONE, stock, dots).convert("L"))
    assert read.text == URL.upper()


def test_a_page_says_everything_once_in_real_text() -> None:
    page = pypdfium2.PdfDocument(pdf([ONE], single(PAGE_A4), title="x"))[0]
    text = "".join(page.get_textpage().get_text_bounded().split())
    for part in ("承诺达标合格证", ONE.promise, "√质量安全控制符合要求", "□自行检测合格",
                 "第2次打印", *("".join(value.split()) for _, _, value in ONE.rows)):  # fmt: skip
        assert part in text
    picture = page.render(scale=300 / 72).to_pil().convert("L")
    (read,) = zxingcpp.read_barcodes(picture)
    assert read.text == URL.upper()
    assert [round(n / 72 * 25.4) for n in page.get_size()] == [210, 297]


def test_a_label_has_the_words_that_the_law_asks_for() -> None:
    text = "".join(
        pypdfium2.PdfDocument(pdf([ONE], single(ROLL_60X40), title="x"))[0]
        .get_textpage().get_text_bounded().split()
    )  # fmt: skip
    for part in ("承诺达标合格证", ONE.promise, "13812345678", "2026-000017"):
        assert part in text
    assert "自行检测合格" not in text, "what is not ticked is not promised"
    assert "第2次打印" not in text


def test_a_print_heads_dots_are_those_of_the_picture() -> None:
    bits = Press(ROLL_60X40, DOTS_203).bits(ONE)
    image = Image.frombytes("1", (bits.width, bits.height), bytes(b ^ 255 for b in bits.data))
    assert image.tobytes() == bitmap(ONE, ROLL_60X40, DOTS_203).tobytes()


def test_nothing_is_ever_cut() -> None:
    with pytest.raises(LabelError, match="do not fit"):
        bitmap(ONE, ROLL_40X30)
    rows = (*ONE.rows, ("产地", "产地", "很长的产地" * 40))
    with pytest.raises(LabelError, match="do not fit"):
        bitmap(replace(ONE, rows=rows), ROLL_60X40)
    bitmap(replace(ONE, rows=rows), PAGE_A4, DOTS_203)


def test_what_cannot_be_set_is_refused() -> None:
    with pytest.raises(LabelError):
        replace(ONE, promise="  ")
    with pytest.raises(LabelError):
        bitmap(replace(ONE, promise="\U0001f600"), ROLL_60X40)


def test_pictures_and_drawings_are_made_alike() -> None:
    assert Image.open(io.BytesIO(png(ONE, ROLL_60X40, DOTS_203))).size == (480, 320)
    drawn = svg(ONE, PAGE_A4)
    assert "承诺达标合格证" in drawn
    assert URL.upper() in drawn

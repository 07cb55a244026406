"""What printers make of our bytes is read back: at their resolution, blurred, and with 15 % damage."""

from __future__ import annotations

import math
import random

import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from unit.labels.make_label import HARD, a_label, a_link, serials
from unit.labels.printers import PRINTERS

from suyuan_labels import (
    DOTS_203,
    DOTS_300,
    ROLL_40X30,
    ROLL_50X30,
    ROLL_60X40,
    SPEECH,
    Head,
    Label,
    LabelError,
    Language,
    Press,
    Stock,
    bitmap,
    bits_of,
    calibration,
    custom,
)
from suyuan_labels.layout import compose
from suyuan_labels.typeface import default_typeface

STOCKS = [ROLL_40X30, ROLL_50X30, ROLL_60X40, custom("80 × 50 mm", 80, 50, 2, 2)]
LABELS = [a_label(a_link(serial)) for serial in serials(12)]


def read(image: Image.Image) -> str | None:
    found = zxingcpp.read_barcodes(image)
    return found[0].text if found else None


def printed(
    language: Language, labels: list[Label], stock: Stock, dots: float
) -> list[Image.Image]:
    """Through the bytes of a language, and out of a printer that knows the vendor's reference."""
    head, press, speech = (
        Head(stock.width, stock.height, dots),
        Press(stock, dots),
        SPEECH[language],
    )
    sent = b"".join([speech.opening(head), *(speech.one(press.bits(one), head) for one in labels)])
    size = round(stock.width * dots), round(stock.height * dots)
    return PRINTERS[language](sent, *size)


def _codewords(size: int) -> list[list[tuple[int, int]]]:
    """Where the bits of each codeword lie (ISO/IEC 18004 §7.7.3): pairs of columns from the right, up
    and down, around finders, timing and the one alignment pattern of versions 2 to 6."""

    def taken(x: int, y: int) -> bool:
        finder = (x < 9 and y < 9) or (x >= size - 8 and y < 9) or (x < 9 and y >= size - 8)
        return finder or 6 in (x, y) or (abs(x - size + 7) <= 2 and abs(y - size + 7) <= 2)

    order: list[tuple[int, int]] = []
    upward, right = True, size - 1
    while right > 0:
        right -= right == 6
        for y in range(size - 1, -1, -1) if upward else range(size):
            order += [(x, y) for x in (right, right - 1) if not taken(x, y)]
        upward, right = not upward, right - 2
    return [order[at : at + 8] for at in range(0, len(order) - 7, 8)]


def damaged(image: Image.Image, label: Label, stock: Stock, dots: float, seed: int) -> Image.Image:
    """15 % of the codewords rubbed off, each to black or white as chance has it: what level M has to
    bear. The words of its two blocks alternate, and each block loses its share."""
    layout = compose(label, stock, dots, default_typeface())
    template, spoilt, chance = layout.template, image.copy(), random.Random(seed)
    words = _codewords(layout.symbol.size)
    assert len(words) == 100
    hurt = chance.sample(range(0, 100, 2), 7) + chance.sample(range(1, 100, 2), 8)
    draw, step = ImageDraw.Draw(spoilt), template.module
    for word in hurt:
        colour = chance.choice((0, 255))
        for x, y in words[word]:
            left, top = template.code_x + x * step, template.code_y + y * step
            draw.rectangle((left, top, left + step - 1, top + step - 1), fill=colour)
    return spoilt


@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300], ids=["203", "300"])
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
@pytest.mark.parametrize("language", ["zpl", "tspl", "escpos"])
def test_every_label_is_printed_as_it_was_drawn_and_read_back(
    language: Language, stock: Stock, dots: float
) -> None:
    images = printed(language, LABELS, stock, dots)
    assert len(images) == len(LABELS)
    for image, label in zip(images, LABELS, strict=True):
        drawn = bitmap(label, stock, dots).convert("L")
        assert ImageChops.difference(image, drawn).getbbox() is None
        assert read(image) == label.link.uri


@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300], ids=["203", "300"])
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_blurred_labels_are_read(stock: Stock, dots: float) -> None:
    """A blur of a third of a module: a head that is warm, a camera that is not quite sharp."""
    for image, label in zip(printed("tspl", LABELS, stock, dots), LABELS, strict=True):
        blurred = image.filter(ImageFilter.GaussianBlur(0.5 * dots / 3))
        assert read(blurred) == label.link.uri


@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300], ids=["203", "300"])
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_damaged_labels_are_read(stock: Stock, dots: float) -> None:
    for seed, label in enumerate(LABELS):
        (image,) = printed("tspl", [label], stock, dots)
        assert read(damaged(image, label, stock, dots, seed)) == label.link.uri


@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300], ids=["203", "300"])
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_speckled_labels_are_read(stock: Stock, dots: float) -> None:
    """15 % of all dots are blank, as of a worn head or dusty paper, seen by a camera a little soft."""
    for seed, label in enumerate(LABELS):
        (image,) = printed("tspl", [label], stock, dots)
        chance, data = random.Random(seed), bytearray(image.tobytes())
        for at in chance.sample(range(len(data)), len(data) * 15 // 100):
            data[at] = 255
        seen = Image.frombytes("L", image.size, bytes(data))
        assert read(seen.filter(ImageFilter.GaussianBlur(0.5 * dots / 3))) == label.link.uri


def blotted(
    image: Image.Image, label: Label, stock: Stock, dots: float, *, share: float, seed: int
) -> Image.Image:
    """One or three round spots, black or white, over so much of the code's area, anywhere but on the
    three finder patterns with their margins: without these no reader finds a code at all."""
    layout, chance = compose(label, stock, dots, default_typeface()), random.Random(seed)
    step, size = layout.template.module, layout.symbol.size
    side, finder = step * size, 8 * step
    spots, free = Image.new("L", (side, side), 0), Image.new("L", (side, side), 255)
    for x, y in ((0, 0), (side - finder, 0), (0, side - finder)):
        ImageDraw.Draw(free).rectangle((x, y, x + finder - 1, y + finder - 1), fill=0)
    radius = math.sqrt(share * side * side / chance.choice((1, 3)) / math.pi)
    while (hurt := ImageChops.multiply(spots, free)).histogram()[255] < share * side * side:
        r, left, top = (
            radius * chance.uniform(0.7, 1.1),
            chance.uniform(0, side),
            chance.uniform(0, side),
        )
        ImageDraw.Draw(spots).ellipse((left - r, top - r, left + r, top + r), fill=255)
    spoilt = image.copy()
    spoilt.paste(chance.choice((0, 255)), (layout.template.code_x, layout.template.code_y), hurt)
    return spoilt


@pytest.mark.parametrize(
    ("host", "lot", "level", "share", "least"),
    [
        ("trace.example.com", "HK2026-0917A", "M", 0.05, 0.8),
        ("t.example.com", "L2026", "Q", 0.05, 0.9),
        ("t.example.com", "L2026", "Q", 0.08, 0.75),
        ("trace.example.com", "HK2026-0917A", "M", 0.15, 0.0),
    ],
)
def test_blotted_labels_are_read_as_often_as_is_said_and_never_as_another(
    host: str, lot: str, level: str, share: float, least: float
) -> None:
    """The rates of docs/decisions/0034, with room for another reader's version."""
    labels = [a_label(a_link(serial, host=host, lot=lot)) for serial in serials(40)]
    found = []
    for seed, label in enumerate(labels):
        assert compose(label, ROLL_60X40, DOTS_203, default_typeface()).symbol.level == level
        image = bitmap(label, ROLL_60X40, DOTS_203).convert("L")
        spoilt = blotted(image, label, ROLL_60X40, DOTS_203, share=share, seed=seed)
        said = read(spoilt)
        assert said in (None, label.link.uri)
        found.append(said is not None)
    assert sum(found) / len(found) >= least


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_the_press_prints_the_very_dots_of_the_picture(name: str, stock: Stock) -> None:
    for dots in (DOTS_203, DOTS_300):
        try:
            drawn = bitmap(HARD[name], stock, dots)
        except LabelError:
            with pytest.raises(LabelError, match="do not fit"):
                Press(stock, dots).bits(HARD[name])
        else:
            assert Press(stock, dots).bits(HARD[name]) == bits_of(drawn)


@pytest.mark.parametrize("shift", [(8, 0), (-8, 0), (0, 8), (0, -8), (-10, 9)])
def test_labels_are_moved_by_whole_dots(shift: tuple[int, int]) -> None:
    label = LABELS[0]
    moved = Press(ROLL_60X40, DOTS_203, shift).bits(label)
    plain = bitmap(label)
    sheet = Image.new("1", plain.size, 255)
    sheet.paste(plain, shift)
    assert moved == bits_of(sheet)


@pytest.mark.parametrize("shift", [(17, 0), (0, -17)])
def test_a_move_beyond_the_margin_is_refused(shift: tuple[int, int]) -> None:
    with pytest.raises(LabelError, match="2 mm"):
        Press(ROLL_60X40, DOTS_203, shift)


def test_a_width_of_no_whole_bytes_is_padded_with_blank() -> None:
    stock = custom("62 × 40 mm", 62, 40, 2, 2)
    for language in ("zpl", "tspl", "escpos"):
        (image,) = printed(language, LABELS[:1], stock, DOTS_300)
        assert image.width % 8
        assert min(image.crop((image.width - 8, 0, *image.size)).tobytes()) == 255
        assert read(image) == LABELS[0].link.uri


@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300])
@pytest.mark.parametrize("stock", STOCKS, ids=lambda stock: stock.name)
def test_the_calibration_page_has_a_tick_for_each_millimetre_and_a_code(
    stock: Stock, dots: float
) -> None:
    page = calibration(stock, dots).convert("L")
    assert page.size == (round(stock.width * dots), round(stock.height * dots))
    top = [x for x in range(page.width) if page.getpixel((x, 2)) == 0]
    assert top == [min(round(mm * dots), page.width - 1) for mm in range(int(stock.width) + 1)]
    assert (read(page) or "").startswith("HTTPS://EXAMPLE.COM/")


@pytest.mark.parametrize(
    ("width", "height", "margin", "why"),
    [(19, 40, 1, "20 to 110"), (60, 151, 1, "20 to 110"), (60, 40, 11, "margin")],
)
def test_impossible_stock_is_refused(width: float, height: float, margin: float, why: str) -> None:
    with pytest.raises(LabelError, match=why):
        custom("x", width, height, margin, margin)


def test_a_label_that_does_not_fit_its_stock_is_refused_with_words() -> None:
    with pytest.raises(LabelError, match="40 × 30 mm"):
        Press(ROLL_40X30, DOTS_203).bits(HARD["longest keys"])
    with pytest.raises(LabelError, match="code of 33 modules does not fit 20 × 20"):
        Press(custom("20 × 20", 20, 20, 1, 1), DOTS_203).bits(LABELS[0])

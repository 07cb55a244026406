import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp
from parts import absent
from PIL import Image
from unit.labels.make_label import HARD, a_label, a_link, serials

from suyuan_labels import A4_3X8, ROLL_60X40, LabelError, pdf, single

LABELS = [a_label(a_link(serial)) for serial in serials(240)]


@pytest.fixture(scope="module")
def sheets() -> bytes:
    return pdf(LABELS, title="HK2026-0917A")


def pages(data: bytes, dpi: int) -> Iterator[Image.Image]:
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            yield page.render(scale=dpi / 72, grayscale=True).to_pil()


def cells(image: Image.Image) -> dict[int, str]:
    """What is read on a page, by the cell in which it lies; each cell's own picture is read."""
    found = {}
    for cell in range(24):
        x, y = A4_3X8.corner(cell)
        scale = image.width / 210
        box = [round(v * scale) for v in (x, y, x + 70, y + 37)]
        codes = zxingcpp.read_barcodes(image.crop((box[0], box[1], box[2], box[3])))
        assert len(codes) <= 1
        if codes:
            found[cell] = codes[0].text
    return found


@pytest.mark.parametrize("dpi", [203, 300])
def test_240_serials_are_read_back_in_their_order(sheets: bytes, dpi: int) -> None:
    texts: list[str] = []
    for image in pages(sheets, dpi):
        found = cells(image)
        assert sorted(found) == list(range(24))
        texts += (found[cell] for cell in range(24))
    assert texts == [label.link.uri for label in LABELS]


def test_poppler_draws_codes_that_are_read(sheets: bytes, tmp_path: Path) -> None:
    if shutil.which("pdftoppm") is None:
        absent("poppler-utils")
    file = tmp_path / "sheets.pdf"
    file.write_bytes(sheets)
    command = [
        "pdftoppm",
        "-r",
        "203",
        "-gray",
        "-png",
        "-f",
        "10",
        str(file),
        str(tmp_path / "page"),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stderr == ""
    (page,) = tmp_path.glob("page*.png")
    assert [*cells(Image.open(page)).values()] == [label.link.uri for label in LABELS[216:]]


@pytest.mark.parametrize("name", HARD)
def test_every_label_is_read_back(name: str) -> None:
    for sheet in (A4_3X8, single(ROLL_60X40)):
        (image,) = pages(pdf([HARD[name]], sheet), 203)
        (found,) = zxingcpp.read_barcodes(image)
        assert found.text == HARD[name].link.uri


def test_its_text_can_be_searched_in_both_languages(sheets: bytes) -> None:
    with pypdfium2.PdfDocument(sheets) as document:
        assert len(document) == 10
        for number, page in enumerate(document):
            text = page.get_textpage().get_text_bounded()
            for label in LABELS[number * 24 : number * 24 + 24]:
                assert str(label.link.serial) in text
            assert text.count("山核桃仁（原味）") == 24
            assert text.count("2026年9月17日") == 24
            assert text.count("Hickory kernels, roasted") == 24


def test_rare_characters_are_text_too() -> None:
    with pypdfium2.PdfDocument(pdf([HARD["rare names"]])) as document:
        text = document[0].get_textpage().get_text_bounded()
    assert "䶮堃𫖯茶" in text
    assert "㛃𬭊家庭农场" in text


def test_pages_are_a4_and_are_not_to_be_scaled(sheets: bytes) -> None:
    with pypdfium2.PdfDocument(sheets) as document:
        for number in range(10):
            assert document.get_page_size(number) == pytest.approx((595.276, 841.89), abs=0.01)
        assert document.get_metadata_dict()["Title"] == "HK2026-0917A"
        assert not pypdfium2.raw.FPDF_VIEWERREF_GetPrintScaling(document)


def test_fonts_are_embedded_subsets(sheets: bytes, tmp_path: Path) -> None:
    if shutil.which("pdffonts") is None:
        absent("poppler-utils")
    file = tmp_path / "sheets.pdf"
    file.write_bytes(sheets)
    listing = subprocess.run(["pdffonts", file], check=True, capture_output=True, text=True)
    fonts = listing.stdout.splitlines()[2:]
    assert len(fonts) == 3
    for font in fonts:
        assert re.match(r"[A-Z]{6}\+NotoSansCJKSC-\d00 +CID Type 0C +Identity-H +yes yes yes", font)


def test_a_started_page_is_filled_from_the_given_cell() -> None:
    first, second = pages(pdf(LABELS[:12], start=20), 203)
    uris = [label.link.uri for label in LABELS[:12]]
    assert cells(first) == dict(zip(range(20, 24), uris[:4], strict=True))
    assert cells(second) == dict(enumerate(uris[4:]))


def test_a_full_page_is_not_followed_by_an_empty_one() -> None:
    assert len(list(pages(pdf(LABELS[:24]), 30))) == 1
    assert len(list(pages(pdf(LABELS[:4], start=20), 30))) == 1


def test_guides_are_drawn_on_wish() -> None:
    plain, guided = (next(pages(pdf(LABELS[:1], guides=on), 150)) for on in (False, True))
    edge = round(70 / 25.4 * 150)
    beside = (edge - 2, 300, edge + 3, 301)
    assert min(plain.crop(beside).tobytes()) == 255
    assert min(guided.crop(beside).tobytes()) < 200


def test_a_roll_has_a_label_to_a_page() -> None:
    with pypdfium2.PdfDocument(pdf(LABELS[:3], single(ROLL_60X40))) as document:
        assert len(document) == 3
        assert document.get_page_size(0) == pytest.approx((170.08, 113.39), abs=0.01)


def test_printable_margins_of_the_sheet_stay_blank(sheets: bytes) -> None:
    image = next(pages(sheets, 150))
    ink = image.point(lambda value: 255 - value).getbbox()
    assert ink is not None
    edge = 150 / 6  # what office printers leave blank, a sixth of an inch
    left, top, right, bottom = ink
    assert left >= edge
    assert top >= edge
    assert right <= image.width - edge
    assert bottom <= image.height - edge


def test_lots_may_be_mixed() -> None:
    labels = [LABELS[0], HARD["rare names"], HARD["lot alone"]]
    (image,) = pages(pdf(labels), 203)
    assert [*cells(image).values()] == [label.link.uri for label in labels]


def test_the_same_labels_give_the_same_bytes() -> None:
    assert pdf(LABELS[:30]) == pdf(LABELS[:30])


def test_no_labels_and_no_such_cell_are_refused() -> None:
    with pytest.raises(LabelError, match="no label"):
        pdf([])
    for start in (-1, 24):
        with pytest.raises(LabelError, match="24"):
            pdf(LABELS[:1], start=start)

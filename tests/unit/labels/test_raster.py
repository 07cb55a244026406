import io
from concurrent.futures import ThreadPoolExecutor

import pytest
import zxingcpp
from PIL import Image
from unit.labels.make_label import HARD, a_label, a_link, serials

from suyuan_labels import CELL_70X37, DOTS_203, DOTS_300, ROLL_60X40, Stock, bitmap, bitmap_png, png
from suyuan_labels.qr import symbol


def read(image: Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image.convert("L"))
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.ec_level == symbol(found.text).level
    return found.text


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("stock", [ROLL_60X40, CELL_70X37])
@pytest.mark.parametrize("dots", [DOTS_203, DOTS_300])
def test_every_label_is_read_back(name: str, stock: Stock, dots: float) -> None:
    assert read(bitmap(HARD[name], stock, dots)) == HARD[name].link.uri
    smooth = Image.open(io.BytesIO(png(HARD[name], stock, dots)))
    assert smooth.mode == "L"
    assert read(smooth) == HARD[name].link.uri


@pytest.mark.parametrize(("dots", "module"), [(DOTS_203, 4), (DOTS_300, 6)])
@pytest.mark.parametrize("mode", ["1", "L"])
def test_modules_are_whole_dots_within_their_quiet_zone(
    dots: float, module: int, mode: str
) -> None:
    label = a_label()
    image = bitmap(label, dots_per_mm=dots)
    if mode == "L":
        image = Image.open(io.BytesIO(png(label, dots_per_mm=dots)))
    code = symbol(label.link.uri)
    side, edge = code.size * module, 4 * module
    margin = max(round(2 * dots), edge)
    right, bottom = image.width - margin, image.height - margin
    zone = image.convert("L").crop(
        (right - side - edge, bottom - side - edge, right + edge, bottom + edge)
    )
    expected = Image.new("L", zone.size, 255)
    for x, y, width in code.stretches():
        left, top = edge + x * module, edge + y * module
        expected.paste(0, (left, top, left + width * module, top + module))
    assert zone.tobytes() == expected.tobytes()


def test_the_thermal_png_is_one_bit_of_480_by_320_at_203_dpi() -> None:
    image = Image.open(io.BytesIO(bitmap_png(a_label())))
    assert (image.format, image.mode, image.size) == ("PNG", "1", (480, 320))
    assert image.info["dpi"] == pytest.approx((203.2, 203.2), abs=0.1)


def test_the_margins_stay_blank() -> None:
    for label in HARD.values():
        ink = bitmap(label).convert("L").point(lambda value: 255 - value).getbbox()
        assert ink is not None
        left, top, right, bottom = ink
        assert left >= 14
        assert top >= 14
        assert right <= 466
        assert bottom <= 312


def test_the_text_is_drawn_and_only_the_serial_and_code_differ() -> None:
    one, other = (bitmap(a_label(a_link(serial))) for serial in serials(2))
    upper = (0, 0, 480, 170)
    left = (16, 170, 300, 283)
    line = (16, 286, 316, 304)
    assert one.crop(upper).tobytes() == other.crop(upper).tobytes()
    assert one.crop(left).tobytes() == other.crop(left).tobytes()
    assert one.crop(line).tobytes() != other.crop(line).tobytes()
    for band in (upper, left, line):
        assert one.crop(band).histogram()[0] > 150


def test_240_serials_are_read_back_at_203_dpi() -> None:
    for serial in serials(240):
        label = a_label(a_link(serial))
        assert read(bitmap(label)) == label.link.uri


def test_threads_draw_the_same() -> None:
    labels = [
        a_label(a_link(serial), product_zh=f"山核桃{n}") for n, serial in enumerate(serials(32))
    ]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(bitmap_png, labels))
    assert drawn == [bitmap_png(label) for label in labels]

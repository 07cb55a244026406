import io
import re
from xml.etree import ElementTree

import pytest
import resvg_py
import zxingcpp
from PIL import Image
from unit.labels.make_label import HARD, a_label

from suyuan_labels import CELL_70X37, ROLL_60X40, Stock, png, svg
from suyuan_labels.qr import symbol

SVG = "{http://www.w3.org/2000/svg}"


def rendered(text: str, dpi: int) -> Image.Image:
    """As a renderer without any font draws it."""
    data = bytes(resvg_py.svg_to_bytes(svg_string=text, dpi=dpi, skip_system_fonts=True))
    return Image.open(io.BytesIO(data)).convert("L")


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("stock", [ROLL_60X40, CELL_70X37])
@pytest.mark.parametrize("dpi", [203, 300])
def test_every_label_is_read_back(name: str, stock: Stock, dpi: int) -> None:
    image = rendered(svg(HARD[name], stock), dpi)
    (found,) = zxingcpp.read_barcodes(image)
    assert found.text == HARD[name].link.uri


def test_size_and_names_are_stated() -> None:
    root = ElementTree.fromstring(svg(a_label(product_en='Nuts <&> "more"')))
    assert (root.get("width"), root.get("height")) == ("60mm", "40mm")
    assert root.get("viewBox") == "0 0 709 472"
    assert root.findtext(f"{SVG}title") == (
        '山核桃仁（原味） Nuts <&> "more" HK2026-0917A 0123456789ABCD'
    )
    assert root.findtext(f"{SVG}desc") == a_label().link.uri


def test_it_needs_no_font_style_script_or_network() -> None:
    text = svg(a_label())
    root = ElementTree.fromstring(text)
    assert {node.tag.removeprefix(SVG) for node in root.iter()} == {
        "svg", "title", "desc", "defs", "path", "g", "use",
    }  # fmt: skip
    assert not re.search(r"style=|url\(|font", text)
    assert all(node.get("href", "").startswith("#") for node in root.iter(f"{SVG}use"))


def test_every_use_has_its_outline() -> None:
    root = ElementTree.fromstring(svg(a_label()))
    defined = {node.get("id") for node in root.iterfind(f"{SVG}defs/{SVG}path")}
    used = {str(node.get("href"))[1:] for node in root.iter(f"{SVG}use")}
    assert used == defined
    assert "g700-6838" in used  # 核, in bold


def test_its_modules_are_the_codes() -> None:
    label = a_label()
    code = symbol(label.link.uri)
    root = ElementTree.fromstring(svg(label))
    path = next(n for n in root.iter(f"{SVG}path") if n.get("shape-rendering") == "crispEdges")
    drawn = re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", str(path.get("d")))
    assert [tuple(map(int, found)) for found in drawn] == list(code.stretches())
    assert "scale(6)" in str(path.get("transform"))


def test_it_looks_like_the_png() -> None:
    label = a_label()
    mine = rendered(svg(label), 300)
    other = Image.open(io.BytesIO(png(label)))
    assert mine.size == other.size
    # Hinting moves edges by a part of a dot; a missing or misplaced text would move far more.
    shrunk = [image.resize((89, 59), Image.Resampling.BOX).tobytes() for image in (mine, other)]
    assert max(abs(a - b) for a, b in zip(*shrunk, strict=True)) < 50

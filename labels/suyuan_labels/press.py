"""Bits for a print head: a lot's labels share a background, and each lays its code and serial on it.

A whole label is held as one integer, so that laying on is one exclusive step for all of its dots: the
same dots as raster.bitmap draws, at four times the rate.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from PIL import Image

from suyuan_labels.errors import LabelError
from suyuan_labels.label import Label
from suyuan_labels.layout import Own, Template, compose
from suyuan_labels.qr import Symbol
from suyuan_labels.raster import background
from suyuan_labels.setting import Run
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import Typeface, default_typeface

_WHITE = 255


class Bits(NamedTuple):
    """A label as its dots: rows from the top, 8 dots a byte, most significant at the left, 1 = ink.

    ``width`` is a whole number of bytes: dots beyond the label's edge are blank.
    """

    width: int
    height: int
    data: bytes

    @property
    def stride(self) -> int:
        """Bytes in a row."""
        return self.width // 8


class Press:
    """Makes the bits of many labels on one stock for one head.

    ``shift``: dots by which a printer's labels have to be moved to the right and down, at most the
    margins, so that nothing but blank edges is lost. LabelError for more.
    """

    def __init__(
        self,
        stock: Stock,
        dots_per_mm: float,
        shift: tuple[int, int] = (0, 0),
        face: Typeface | None = None,
    ) -> None:
        for asked, margin in zip(shift, (stock.margin_x, stock.margin_y), strict=True):
            if abs(asked) > round(margin * dots_per_mm):
                raise LabelError(
                    "labels can be moved by {most} mm on {stock}, its margin; not by {asked} mm",
                    most=f"{margin:g}",
                    stock=stock.name,
                    asked=f"{asked / dots_per_mm:.2g}",
                )
        self._stock, self._dots, self._shift = stock, dots_per_mm, shift
        self._face = face or default_typeface()

    def bits(self, label: Label | Own) -> Bits:
        """One label. LabelError when it cannot be set on the stock."""
        layout = compose(label, self._stock, self._dots, self._face)
        template = layout.template
        plate = _plate(template, self._face, self._shift)
        ink = plate.ink | plate.code(layout.symbol)
        for run in layout.serial():
            ink |= plate.text(run)
        return Bits(plate.width, plate.height, ink.to_bytes(plate.width * plate.height // 8, "big"))


class _Plate:
    """What labels of one template share, as an integer whose first bit is the upper left dot."""

    def __init__(self, template: Template, face: Typeface, shift: tuple[int, int]) -> None:
        self._template, self._face, self._shift = template, face, shift
        self.width, self.height = -(-template.width // 8) * 8, template.height
        sheet = Image.new("1", (self.width, self.height), _WHITE)
        sheet.paste(background(template, face, "1"), shift)
        self.ink = _ink(sheet)
        self._characters: dict[tuple[str, int, int], tuple[int, int, int]] = {}

    def code(self, symbol: Symbol) -> int:
        """A code's dots, each module ``module`` wide and high."""
        module, left = self._template.module, self._template.code_x + self._shift[0]
        dark, light = "1" * module, "0" * module
        right = self.width - left - symbol.size * module
        rows = []
        for row in symbol.rows:
            bits = f"{row:0{symbol.size}b}".replace("0", light).replace("1", dark)
            rows.append((int(bits, 2) << right).to_bytes(self.width // 8, "big") * module)
        band = int.from_bytes(b"".join(rows), "big")
        return band << self.width * (
            self.height - self._template.code_y - self._shift[1] - symbol.size * module
        )

    def text(self, run: Run) -> int:
        """A line of text."""
        ink = units = 0
        for character, advance in zip(
            run.text, self._face.advances(run.text, run.weight), strict=True
        ):
            dots, left, bottom = self._character(character, run.weight, run.size)
            x = run.x + round(units * run.size / self._face.upem) + left + self._shift[0]
            below = self.height - run.y - bottom - self._shift[1]
            ink |= dots << self.width * below >> x
            units += advance
        return ink

    def _character(self, character: str, weight: int, size: int) -> tuple[int, int, int]:
        """Its dots at the left edge, in whole rows of a label; left of it, and how far it hangs down."""
        key = character, weight, size
        if key not in self._characters:
            glyph = self._face.glyph(character, weight, size, mono=True)
            sheet = Image.new("1", (self.width, glyph.ink.height), _WHITE)
            sheet.paste(0, (0, 0), glyph.ink)
            self._characters[key] = _ink(sheet), glyph.left, glyph.top + glyph.ink.height
        return self._characters[key]


@functools.lru_cache(maxsize=32)
def _plate(template: Template, face: Typeface, shift: tuple[int, int]) -> _Plate:
    return _Plate(template, face, shift)


def bits_of(image: Image.Image) -> Bits:
    """Any picture of mode "1" (a calibration page) as bits."""
    width = -(-image.width // 8) * 8
    sheet = Image.new("1", (width, image.height), _WHITE)
    sheet.paste(image)
    return Bits(width, image.height, _ink(sheet).to_bytes(width * image.height // 8, "big"))


def _ink(sheet: Image.Image) -> int:
    """Pillow's 1 is white; a head's 1 is ink. The sheet's width is whole bytes."""
    light = int.from_bytes(sheet.tobytes(), "big")
    return light ^ ((1 << sheet.width * sheet.height) - 1)

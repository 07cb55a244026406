"""A page that tells how a printer's labels lie: rulers from two edges, fields of dots, a code."""

from __future__ import annotations

from PIL import Image, ImageDraw

from suyuan_labels import qr
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import REGULAR, Typeface, default_typeface

_WHITE, _BLACK = 255, 0
_TEXT = "HTTPS://EXAMPLE.COM/01/09521234543213/10/TEST"


def calibration(
    stock: Stock, dots_per_mm: float, shift: tuple[int, int] = (0, 0), face: Typeface | None = None
) -> Image.Image:
    """A picture of mode "1" in the stock's size, moved as its labels are.

    Along the left and upper edge a tick for each millimetre, longer at 5 and 10; the frame lies 1 mm
    within the edges, so the blank outside it tells how far labels have to be moved. Fields of 1, 2 and 4
    dots tell whether it burns too little or too much.
    """
    face = face or default_typeface()
    width, height = round(stock.width * dots_per_mm), round(stock.height * dots_per_mm)
    image = Image.new("1", (width, height), _WHITE)
    draw = ImageDraw.Draw(image)

    def dots(length: float) -> int:
        return round(length * dots_per_mm)

    def write(x: int, y: int, text: str, size: int) -> None:
        for character in text:
            glyph = face.glyph(character, REGULAR, size, mono=True)
            image.paste(_BLACK, (x + glyph.left, y + glyph.top), glyph.ink)
            x += round(face.width(character, REGULAR) * size / face.upem)

    inset = dots(1)
    draw.rectangle((inset, inset, width - 1 - inset, height - 1 - inset), outline=_BLACK)
    size = dots(2)
    for millimetre in range(int(stock.width) + 1):
        x = min(dots(millimetre), width - 1)
        length = dots(4 if millimetre % 10 == 0 else 3 if millimetre % 5 == 0 else 1.5)
        draw.line((x, 0, x, length), fill=_BLACK)
        if millimetre % 10 == 0 and 0 < millimetre < stock.width - 3:
            write(x + 2, dots(4) + size // 2, str(millimetre), size)
    for millimetre in range(int(stock.height) + 1):
        y = min(dots(millimetre), height - 1)
        length = dots(4 if millimetre % 10 == 0 else 3 if millimetre % 5 == 0 else 1.5)
        draw.line((0, y, length, y), fill=_BLACK)
        if millimetre % 10 == 0 and 0 < millimetre < stock.height - 3:
            write(dots(4) + 2, y + size // 2, str(millimetre), size)
    _greys(image, dots(9), dots(8), dots(3))
    symbol = qr.symbol(_TEXT)
    module = max(dots(stock.module), 1)
    side = symbol.size * module
    left = width - side - max(inset * 2, qr.QUIET * module)
    top = height - side - max(inset * 2, qr.QUIET * module)
    for x, y, length in symbol.stretches():
        box = left + x * module, top + y * module
        draw.rectangle((*box, box[0] + length * module - 1, box[1] + module - 1), fill=_BLACK)
    write(dots(14), dots(10), f"{stock.width:g}×{stock.height:g}", size)
    write(dots(14), dots(12.5), f"{dots_per_mm * 25.4:.0f} dpi", size)
    if shift == (0, 0):
        return image
    moved = Image.new("1", (width, height), _WHITE)
    moved.paste(image, shift)
    return moved


def _greys(image: Image.Image, left: int, top: int, side: int) -> None:
    """Checkers of 1, 2 and 4 dots, one below the other."""
    for number, step in enumerate((1, 2, 4)):
        for y in range(side):
            for x in range(side):
                if (x // step + y // step) % 2 == 0:
                    image.putpixel((left + x, top + number * (side + step) + y), _BLACK)

"""Labels as pixels: one bit for thermal heads, grey for screens; the code in whole dots in both."""

from __future__ import annotations

import functools
import io
from collections.abc import Iterable

from PIL import Image

from suyuan_labels.label import Label
from suyuan_labels.layout import Layout, Own, Template, compose
from suyuan_labels.qr import Symbol
from suyuan_labels.setting import Run
from suyuan_labels.stock import DOTS_203, DOTS_300, ROLL_60X40, Stock
from suyuan_labels.typeface import Typeface, default_typeface

_WHITE, _BLACK = 255, 0


def bitmap(
    label: Label | Own,
    stock: Stock = ROLL_60X40,
    dots_per_mm: float = DOTS_203,
    *,
    face: Typeface | None = None,
) -> Image.Image:
    """The label as a thermal head burns it: an image of mode "1", one pixel per dot, white 255."""
    face = face or default_typeface()
    return _draw(compose(label, stock, dots_per_mm, face), face, "1")


def bitmap_png(
    label: Label | Own,
    stock: Stock = ROLL_60X40,
    dots_per_mm: float = DOTS_203,
    *,
    face: Typeface | None = None,
) -> bytes:
    """The same as a 1-bit PNG that states its resolution."""
    return picture_png(bitmap(label, stock, dots_per_mm, face=face), dots_per_mm)


def png(
    label: Label | Own,
    stock: Stock = ROLL_60X40,
    dots_per_mm: float = DOTS_300,
    *,
    face: Typeface | None = None,
) -> bytes:
    """The label with smooth text as an 8-bit grey PNG, for screens and office printers."""
    face = face or default_typeface()
    return picture_png(_draw(compose(label, stock, dots_per_mm, face), face, "L"), dots_per_mm)


def _draw(layout: Layout, face: Typeface, mode: str) -> Image.Image:
    template = layout.template
    image = background(template, face, mode).copy()
    _write(image, layout.serial(), face)
    code = _modules(layout.symbol)
    side = layout.symbol.size * template.module
    code = code.resize((side, side), Image.Resampling.NEAREST)
    image.paste(code, (template.code_x, template.code_y))
    return image


@functools.lru_cache(maxsize=16)
def background(template: Template, face: Typeface, mode: str) -> Image.Image:
    """What a template's labels have in common. Not to be drawn on: it is shared."""
    image = Image.new(mode, (template.width, template.height), _WHITE)
    for bar in template.bars:
        image.paste(_BLACK, (bar.x, bar.y, bar.x + bar.width, bar.y + bar.height))
    _write(image, template.runs, face)
    return image


def _write(image: Image.Image, runs: Iterable[Run], face: Typeface) -> None:
    mono = image.mode == "1"
    for run in runs:
        units = 0
        for character, advance in zip(run.text, face.advances(run.text, run.weight), strict=True):
            glyph = face.glyph(character, run.weight, run.size, mono=mono)
            pen = run.x + round(units * run.size / face.upem)
            image.paste(_BLACK, (pen + glyph.left, run.y + glyph.top), glyph.ink)
            units += advance


def _modules(symbol: Symbol) -> Image.Image:
    """The bare code, one pixel per module, mode "1"; dark is 0."""
    size = symbol.size
    spare = -size % 8
    light = (1 << size) - 1
    rows = b"".join(((r ^ light) << spare).to_bytes((size + 7) // 8, "big") for r in symbol.rows)
    return Image.frombytes("1", (size, size), rows)


def picture_png(image: Image.Image, dots_per_mm: float) -> bytes:
    """A picture as a PNG that states its resolution."""
    out = io.BytesIO()
    # Level 2 halves the time of a label, and makes its file a sixth larger.
    dpi = (dots_per_mm * 25.4, dots_per_mm * 25.4)
    image.save(out, "PNG", dpi=dpi, compress_level=2)
    return out.getvalue()

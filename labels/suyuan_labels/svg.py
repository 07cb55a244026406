"""A label as SVG: text as outlines, so it looks alike where no Chinese font is installed."""

from __future__ import annotations

from html import escape

from suyuan_labels.label import Label
from suyuan_labels.layout import Own, compose
from suyuan_labels.stock import DOTS_300, ROLL_60X40, Stock
from suyuan_labels.typeface import Typeface, default_typeface


def svg(label: Label | Own, stock: Stock = ROLL_60X40, *, face: Typeface | None = None) -> str:
    """The label in its true size; its user unit is a three hundredth of an inch.

    Glyphs are defined once, with ids that name weight and character, so that several labels may
    stand in one page. Needs no style, script or font of the reader's.
    """
    face = face or default_typeface()
    layout = compose(label, stock, DOTS_300, face)
    template = layout.template
    glyphs: dict[str, str] = {}
    body: list[str] = []
    for run in (*template.runs, *layout.serial()):
        scale = run.size / face.upem
        body.append(f'<g transform="translate({run.x} {run.y}) scale({scale:.5g} {-scale:.5g})">')
        x = 0
        for character, advance in zip(run.text, face.advances(run.text, run.weight), strict=True):
            if outline := face.outline(character, run.weight):
                name = f"g{run.weight}-{ord(character):x}"
                glyphs[name] = f'<path id="{name}" d="{outline}"/>'
                body.append(f'<use href="#{name}" x="{x}"/>')
            x += advance
        body.append("</g>")
    body += (f'<path d="M{b.x} {b.y}h{b.width}v{b.height}h{-b.width}z"/>' for b in template.bars)
    code = "".join(f"M{x} {y}h{w}v1h-{w}z" for x, y, w in layout.symbol.stretches())
    # Crisp edges: modules lie on whole dots of most printers, and must not be smoothed on others.
    body.append(
        f'<path shape-rendering="crispEdges" d="{code}"'
        f' transform="translate({template.code_x} {template.code_y}) scale({template.module})"/>'
    )
    width, height = template.width, template.height
    title = f"{label.product_zh} {label.product_en} {label.link.lot} {label.link.serial or ''}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{stock.width:g}mm"'
        f' height="{stock.height:g}mm" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title.strip())}</title><desc>{escape(label.link.uri)}</desc>"
        f"<defs>{''.join(glyphs.values())}</defs>"
        f'<path fill="#fff" d="M0 0h{width}v{height}H0z"/>{"".join(body)}</svg>\n'
    )

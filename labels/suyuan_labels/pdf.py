"""Labels as PDF: sheets of many, or a roll with one label to a page.

Text is real text in an embedded subset (it can be searched for a serial, and copied), the code is
one vector path, and what labels of a lot have in common is stored once.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import pydyf  # type: ignore[import-untyped]

from suyuan_labels.errors import LabelError
from suyuan_labels.label import Label
from suyuan_labels.layout import Layout, Own, Template, compose
from suyuan_labels.pdf_font import PdfFont
from suyuan_labels.setting import Run
from suyuan_labels.stock import A4_3X8, DOTS_300, Sheet
from suyuan_labels.typeface import Typeface, default_typeface

_POINTS_PER_MM = 72 / 25.4


def pdf(
    labels: Iterable[Label | Own],
    sheet: Sheet = A4_3X8,
    *,
    start: int = 0,
    guides: bool = False,
    title: str = "Labels",
    face: Typeface | None = None,
) -> bytes:
    """As many pages as the labels need. The same labels give the same bytes.

    ``start``: cells of the first page that are already used; ``guides``: hairlines around the
    cells, for cutting plain paper. Raises LabelError for a label that cannot be set, and for none.
    """
    face = face or default_typeface()
    layouts = [compose(label, sheet.stock, DOTS_300, face) for label in labels]
    if not layouts:
        raise LabelError("there is no label to print")
    if not 0 <= start < sheet.cells:
        raise LabelError(
            "{start} is not a cell of a page of {cells}", start=start, cells=sheet.cells
        )
    document = _Document(sheet, _fonts(layouts, face), title)
    for first in range(-start, len(layouts), sheet.cells):
        page = layouts[max(first, 0) : first + sheet.cells]
        document.add_page(page, start if first < 0 else 0, guides=guides)
    return document.finish()


def _fonts(layouts: list[Layout], face: Typeface) -> dict[int, PdfFont]:
    used: dict[int, set[str]] = {}
    templates = dict.fromkeys(layout.template for layout in layouts)
    for run in (run for template in templates for run in template.runs):
        used.setdefault(run.weight, set()).update(run.text)
    for run in (run for layout in layouts for run in layout.serial()):
        used.setdefault(run.weight, set()).update(run.text)
    return {weight: PdfFont(face, used[weight], weight) for weight in sorted(used)}


class _Document:
    def __init__(self, sheet: Sheet, fonts: dict[int, PdfFont], title: str) -> None:
        self.sheet, self.fonts = sheet, fonts
        self.pdf = pydyf.PDF()
        self.pdf.info["Title"] = pydyf.String(title)
        self.pdf.catalog["Lang"] = pydyf.String("zh-CN")
        # A viewer that shrinks the page to the printable area would move labels off their cells.
        self.pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"PrintScaling": "/None"})
        names = {f"F{weight}": font.add_to(self.pdf) for weight, font in fonts.items()}
        self.templates: dict[Template, str] = {}
        self.forms = pydyf.Dictionary()
        self.pdf.add_object(self.forms)
        self.resources = pydyf.Dictionary(
            {"Font": pydyf.Dictionary(names), "XObject": self.forms.reference}
        )
        self.pdf.add_object(self.resources)

    def add_page(self, layouts: list[Layout], start: int, *, guides: bool) -> None:
        """One page, its labels from cell ``start`` on."""
        sheet, stream = self.sheet, pydyf.Stream(compress=True)
        # From here on the unit is 1/300 inch and y goes down, as in the layout.
        unit = 72 / 300
        stream.set_matrix(unit, 0, 0, -unit, 0, sheet.height * _POINTS_PER_MM)
        if guides:
            stream.set_line_width(1)
            for cell in range(sheet.cells):
                x, y = (round(v * DOTS_300) for v in sheet.corner(cell))
                stream.rectangle(x, y, *(round(v * DOTS_300) for v in _size(sheet)))
            stream.stroke()
        for cell, layout in enumerate(layouts, start):
            x, y = (round(v * DOTS_300) for v in sheet.corner(cell))
            stream.push_state()
            stream.set_matrix(1, 0, 0, 1, x, y)
            stream.draw_x_object(self._form(layout.template))
            self._write(stream, layout.serial())
            _draw_code(stream, layout)
            stream.pop_state()
        self.pdf.add_object(stream)
        box = [0, 0, sheet.width * _POINTS_PER_MM, sheet.height * _POINTS_PER_MM]
        self.pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": self.pdf.pages.reference,
                    "MediaBox": pydyf.Array(box),
                    "Resources": self.resources.reference,
                    "Contents": stream.reference,
                }
            )
        )

    def finish(self) -> bytes:
        out = io.BytesIO()
        self.pdf.write(out, compress=True)
        return out.getvalue()

    def _form(self, template: Template) -> str:
        if template not in self.templates:
            name = self.templates[template] = f"T{len(self.templates)}"
            box = pydyf.Array([0, 0, template.width, template.height])
            extra = {"Type": "/XObject", "Subtype": "/Form", "BBox": box}
            extra["Resources"] = self.resources.reference
            form = pydyf.Stream(extra=extra, compress=True)
            for bar in template.bars:
                form.rectangle(*bar)
                form.fill()
            self._write(form, template.runs)
            self.pdf.add_object(form)
            self.forms[name] = form.reference
        return self.templates[template]

    def _write(self, stream: pydyf.Stream, runs: Iterable[Run]) -> None:
        stream.begin_text()
        for run in runs:
            stream.set_font_size(f"F{run.weight}", run.size)
            stream.set_text_matrix(1, 0, 0, -1, run.x, run.y)
            stream.show_text(self.fonts[run.weight].encode(run.text))
        stream.end_text()


def _size(sheet: Sheet) -> tuple[float, float]:
    return sheet.stock.width, sheet.stock.height


def _draw_code(stream: pydyf.Stream, layout: Layout) -> None:
    """The code as a single path, which renderers fill without seams between its rectangles."""
    template = layout.template
    stream.set_matrix(template.module, 0, 0, template.module, template.code_x, template.code_y)
    # Written at once, for a code has some 300 of them, and a job 10,000 codes.
    stretches = layout.symbol.stretches()
    stream.stream.append(" ".join(f"{x} {y} {width} 1 re" for x, y, width in stretches) + " f")

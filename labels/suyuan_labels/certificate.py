"""A certificate of compliance 承诺达标合格证 on paper: a page of A4, or a label of 60 × 40 mm.

The code leads to the page where everybody can check it. A code that carries the certificate has to show
the words 承诺达标合格证. The page is in the order of the official layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from suyuan_labels import qr
from suyuan_labels.errors import LabelError
from suyuan_labels.fitting import fit
from suyuan_labels.label import clean
from suyuan_labels.layout import Layout, Template
from suyuan_labels.setting import Bar, Run
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import BOLD, MEDIUM, REGULAR, Typeface

TITLE = "承诺达标合格证"
_ASCENT = 0.88
_PITCH = {True: 1.4, False: 1.14}
"""From a line to the next, in its em: on a page, on a label."""
_BOXES = ("√", "□")


class Address(NamedTuple):
    """Where the code leads, in capitals, so that QR packs it densely."""

    uri: str
    lot: str
    """What stands in its place in a file's title: the certificate's number."""
    serial: str | None = None


@dataclass(frozen=True)
class Certificate:
    """What is printed. Texts are one line each; LabelError for one that cannot be set.

    ``rows``: captions, as a page and as a label have them, with their values, in order. ``ticks``: on
    what the promise rests, ticked or not. ``foot``: small lines at the end, which a label leaves out.
    """

    address: str
    number: str
    promise: str
    basis: str
    """The caption before the ticks."""
    ticks: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, str, str], ...]
    lead: str = ""
    """Before the promise on the page."""
    foot: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("number", "promise", "basis"):
            object.__setattr__(self, field, clean(field, getattr(self, field)))
        rows = tuple((one, short, clean(one, value)) for one, short, value in self.rows)
        object.__setattr__(self, "rows", rows)
        object.__setattr__(self, "foot", tuple(clean("foot", one) for one in self.foot))

    @property
    def link(self) -> Address:
        return Address(self.address.upper(), self.number)

    product_zh = TITLE
    product_en = ""

    def compose(self, stock: Stock, dots_per_mm: float, face: Typeface) -> Layout:
        """Laid out for one printer; LabelError where it does not fit."""
        symbol = qr.symbol(self.link.uri)
        page = stock.width >= 150
        sheet = _Sheet(stock, dots_per_mm, face, symbol.size, _PITCH[page])
        (_page if page else _label)(self, sheet)
        if sheet.y > sheet.bottom or sheet.crossed:
            raise LabelError("the texts of this label do not fit {stock}", stock=stock.name)
        return Layout(sheet.template(), symbol, self)


class _Sheet:
    """What is placed so far, from the top down; the code is fixed at the lower right."""

    def __init__(
        self, stock: Stock, dots_per_mm: float, face: Typeface, modules: int, pitch: float
    ) -> None:
        def dots(length: float) -> int:
            return round(length * dots_per_mm)

        self.dots, self.face, self.scale, self.pitch = dots, face, dots_per_mm, pitch
        self.width, self.height = dots(stock.width), dots(stock.height)
        self.module = max(dots(stock.module), 1)
        self.quiet, self.code = qr.QUIET * self.module, modules * self.module
        self.left, self.right = dots(stock.margin_x), self.width - dots(stock.margin_x)
        self.y, self.bottom = dots(stock.margin_y), self.height - dots(stock.margin_y)
        self.code_x = self.width - max(dots(stock.margin_x), self.quiet) - self.code
        self.code_y = self.height - max(dots(stock.margin_y), self.quiet) - self.code
        if self.code_x < self.quiet or self.code_y < self.quiet:
            raise LabelError(
                "a code of {modules} modules does not fit {stock}",
                modules=modules,
                stock=stock.name,
            )
        self.crossed = False
        self.runs: list[Run] = []
        self.bars: list[Bar] = []

    def template(self) -> Template:
        return Template(
            self.width, self.height, self.scale, self.code_x, self.code_y, self.module,
            tuple(self.runs), (), tuple(self.bars),
        )  # fmt: skip

    def room(self, size: int) -> int:
        """The width of a line here: beside the code it ends before its quiet zone."""
        below = self.y + round(self.pitch * size) > self.code_y - self.quiet
        return (self.code_x - self.quiet if below else self.right) - self.left

    def line(
        self, text: str, size: int, weight: int, *, indent: int = 0, centre: bool = False
    ) -> None:
        """A text in as many lines as it takes, never cut and never smaller."""
        self.face.check("certificate", text)
        rest = text
        while rest:
            width = self.room(size) - indent
            if width < size:
                self.crossed = True
                return
            fitted = fit(self.face, rest, weight, width, (size, size), len(rest))
            part = fitted.lines[0]
            shift = indent
            if centre:
                shift = (width - self.face.width(part, weight) * size // self.face.upem) // 2
            baseline = self.y + round(_ASCENT * size)
            self.runs.append(Run(self.left + shift, baseline, size, weight, part))
            self.y += round(self.pitch * size)
            rest = rest[rest.index(part) + len(part) :].strip()

    def row(self, caption: str, value: str, size: int, indent: int) -> None:
        """A caption, and its value beside it."""
        self.face.check("certificate", caption)
        baseline = self.y + round(_ASCENT * size)
        self.runs.append(Run(self.left, baseline, size, REGULAR, caption))
        self.line(value, size, MEDIUM, indent=indent)

    def gap(self, length: float) -> None:
        self.y += self.dots(length)

    def rule(self, thick: float) -> None:
        self.bars.append(Bar(self.left, self.y, self.right - self.left, max(self.dots(thick), 1)))
        self.y += max(self.dots(thick), 1)

    def above_code(self, text: str, size: int) -> None:
        """Centred over the code, outside its quiet zone."""
        width = self.face.width(text, BOLD) * size // self.face.upem
        x = min(self.code_x + (self.code - width) // 2, self.right - width)
        self.runs.append(Run(x, self.code_y - self.quiet, size, BOLD, text))


def _indent(sheet: _Sheet, captions: Sequence[str], size: int) -> int:
    widest = max(sheet.face.width(one, REGULAR) for one in captions)
    return widest * size // sheet.face.upem + size // 2


def _boxed(ticks: Sequence[tuple[str, bool]]) -> Iterator[str]:
    for text, ticked in ticks:
        yield f"{_BOXES[0] if ticked else _BOXES[1]} {text}"


def _page(one: Certificate, sheet: _Sheet) -> None:
    title, body, small = sheet.dots(11), sheet.dots(5), sheet.dots(3.6)
    sheet.line(TITLE, title, BOLD, centre=True)
    sheet.gap(4)
    sheet.rule(0.5)
    sheet.gap(7)
    if one.lead:
        sheet.line(one.lead, body, MEDIUM)
        sheet.gap(2)
    sheet.line(one.promise, body, BOLD)
    sheet.gap(6)
    sheet.line(one.basis, body, MEDIUM)
    sheet.gap(1)
    for text in _boxed(one.ticks):
        sheet.line(text, body, REGULAR, indent=body)
    sheet.gap(6)
    sheet.rule(0.25)
    sheet.gap(6)
    indent = _indent(sheet, [caption for caption, _, _ in one.rows], body)
    for caption, _, value in one.rows:
        sheet.row(caption, value, body, indent)
        sheet.gap(1.5)
    sheet.gap(6)
    for text in one.foot:
        sheet.line(text, small, REGULAR)
    sheet.above_code(TITLE, sheet.dots(4))


def _label(one: Certificate, sheet: _Sheet) -> None:
    """Of the ticks those that are ticked: a promise rests on nothing else."""
    title, body = sheet.dots(3.75), sheet.dots(2)
    sheet.line(TITLE, title, BOLD)
    sheet.rule(0.25)
    sheet.gap(0.5)
    sheet.line(one.promise, body, MEDIUM)
    ticked = " ".join(_boxed([tick for tick in one.ticks if tick[1]]))
    sheet.line(ticked, body, MEDIUM)
    sheet.gap(0.5)
    indent = _indent(sheet, [short for _, short, _ in one.rows], body)
    for _, caption, value in one.rows:
        sheet.row(caption, value, body, indent)


PAGE_A4 = Stock("A4", 210, 297, margin_x=22, margin_y=24, module=1.0)
"""A page for one certificate."""

__all__ = ["PAGE_A4", "TITLE", "Address", "Certificate"]

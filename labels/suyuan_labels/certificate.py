"""A certificate of compliance 承诺达标合格证 on paper: a page of A4, or a label of 60 × 40 mm.

The code leads to the page where everybody can check it. A code that carries the certificate has to show
the words 承诺达标合格证. The page is in the order of the official layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suyuan_labels import qr
from suyuan_labels.column import Address, Column, indent_of
from suyuan_labels.errors import LabelError
from suyuan_labels.label import clean
from suyuan_labels.layout import Layout
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import BOLD, MEDIUM, REGULAR, Typeface

TITLE = "承诺达标合格证"
_PITCH = {True: 1.4, False: 1.14}
"""From a line to the next, in its em: on a page, on a label."""
_BOXES = ("√", "□")


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
        sheet = Column(stock, dots_per_mm, face, symbol.size, _PITCH[page])
        (_page if page else _label)(self, sheet)
        if sheet.y > sheet.bottom or sheet.crossed:
            raise LabelError("the texts of this label do not fit {stock}", stock=stock.name)
        return Layout(sheet.template(), symbol, self)


def _boxed(ticks: Sequence[tuple[str, bool]]) -> Iterator[str]:
    for text, ticked in ticks:
        yield f"{_BOXES[0] if ticked else _BOXES[1]} {text}"


def _page(one: Certificate, sheet: Column) -> None:
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
    indent = indent_of(sheet, [caption for caption, _, _ in one.rows], body)
    for caption, _, value in one.rows:
        sheet.row(caption, value, body, indent)
        sheet.gap(1.5)
    sheet.gap(6)
    for text in one.foot:
        sheet.line(text, small, REGULAR)
    sheet.above_code(TITLE, sheet.dots(4))


def _label(one: Certificate, sheet: Column) -> None:
    """Of the ticks those that are ticked: a promise rests on nothing else."""
    title, body = sheet.dots(3.75), sheet.dots(2)
    sheet.line(TITLE, title, BOLD)
    sheet.rule(0.25)
    sheet.gap(0.5)
    sheet.line(one.promise, body, MEDIUM)
    ticked = " ".join(_boxed([tick for tick in one.ticks if tick[1]]))
    sheet.line(ticked, body, MEDIUM)
    sheet.gap(0.5)
    indent = indent_of(sheet, [short for _, short, _ in one.rows], body)
    for _, caption, value in one.rows:
        sheet.row(caption, value, body, indent)


PAGE_A4 = Stock("A4", 210, 297, margin_x=22, margin_y=24, module=1.0)
"""A page for one certificate."""

__all__ = ["PAGE_A4", "TITLE", "Address", "Certificate"]

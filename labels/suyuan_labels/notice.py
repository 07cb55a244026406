"""A notice of one page of A4, to be hung up or sent on: what, why, what to do, whom to ask.

The code leads to the public page, where everybody can see whether it still holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan_labels import qr
from suyuan_labels.column import Address, Column, indent_of
from suyuan_labels.errors import LabelError
from suyuan_labels.label import clean
from suyuan_labels.layout import Layout
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import BOLD, MEDIUM, Typeface

_PITCH = 1.45


@dataclass(frozen=True)
class Notice:
    """``address``: in capitals, so that a QR code packs it densely. ``rows``: captions with values, in
    order; ``warning``: what is said before all of them.

    LabelError for a text that cannot be set, or that does not fit one page.
    """

    address: str
    title: str
    rows: tuple[tuple[str, str], ...]
    warning: str = ""
    foot: str = ""
    by_code: str = ""
    """Over the code."""

    def __post_init__(self) -> None:
        rows = tuple((caption, clean(caption, value)) for caption, value in self.rows)
        object.__setattr__(self, "rows", rows)

    @property
    def link(self) -> Address:
        return Address(self.address, self.title)

    @property
    def product_zh(self) -> str:
        """What the file says it is."""
        return self.title

    product_en = ""

    def compose(self, stock: Stock, dots_per_mm: float, face: Typeface) -> Layout:
        """Laid out for one printer."""
        symbol = qr.symbol(self.address)
        column = Column(stock, dots_per_mm, face, symbol.size, _PITCH)
        body = column.dots(5)
        column.line(self.title, column.dots(11), BOLD, centre=True)
        column.gap(4)
        column.rule(0.5)
        column.gap(7)
        if self.warning:
            column.line(self.warning, body, BOLD)
            column.gap(5)
        indent = indent_of(column, [caption for caption, _ in self.rows], body)
        for caption, value in self.rows:
            column.row(caption, value, body, indent)
            column.gap(2.5)
        if self.foot:
            column.gap(5)
            column.line(self.foot, body, MEDIUM)
        if self.by_code:
            column.above_code(self.by_code, column.dots(4))
        if column.y > column.bottom or column.crossed:
            raise LabelError("the texts of this label do not fit {stock}", stock=stock.name)
        return Layout(column.template(), symbol, self)


__all__ = ["Notice"]

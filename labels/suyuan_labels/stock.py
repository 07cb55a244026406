"""Label sizes, sheets and printer resolutions, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

DOTS_203 = 8.0
"""Dots per millimetre of a "203 dpi" thermal head, which has exactly 8."""
DOTS_300 = 300 / 25.4
"""Dots per millimetre at 300 dpi; also the grid of SVG and PDF, so that their codes fall on whole
dots of office printers (300, 600 and 1200 dpi)."""


class Sizes(NamedTuple):
    """Sizes of the em in dots; a text shrinks to its least size before it is wrapped or cut."""

    title: int
    title_least: int
    subtitle: int
    net: int
    body: int
    least: int
    """For all but the title."""


class Type(NamedTuple):
    """The same sizes in millimetres.

    2 mm is the least that a 203 dpi head prints legibly in Chinese: 16 dots.
    """

    title: float = 5.0
    title_least: float = 3.25
    subtitle: float = 2.75
    net: float = 4.25
    body: float = 2.25
    least: float = 2.0

    def in_dots(self, dots_per_mm: float) -> Sizes:
        """For one printer."""
        return Sizes(*(round(size * dots_per_mm) for size in self))


_USUAL = Type()


@dataclass(frozen=True)
class Stock:
    """One label: lengths in millimetres.

    The code stands at the lower right. ``wide_title``: the product's name runs across the whole
    label above it; otherwise it shares the height with the code and runs beside it.
    """

    name: str
    width: float
    height: float
    margin_x: float
    margin_y: float
    module: float = 0.5
    wide_title: bool = True
    type: Type = _USUAL


@dataclass(frozen=True)
class Sheet:
    """A page of equal labels, filled row by row; lengths in millimetres."""

    name: str
    width: float
    height: float
    columns: int
    rows: int
    left: float
    top: float
    stock: Stock

    @property
    def cells(self) -> int:
        """Labels on one page."""
        return self.columns * self.rows

    def corner(self, cell: int) -> tuple[float, float]:
        """The upper left corner of the cell with this number, counted from 0."""
        row, column = divmod(cell, self.columns)
        return self.left + column * self.stock.width, self.top + row * self.stock.height


def single(stock: Stock) -> Sheet:
    """Pages of one label each: a roll, as PDF."""
    return Sheet(stock.name, stock.width, stock.height, 1, 1, 0, 0, stock)


ROLL_60X40 = Stock("60 × 40 mm", 60, 40, margin_x=2, margin_y=2, type=Type(body=2.5))

# Cells touch and reach the paper's edge, which office printers leave blank for up to a sixth of an inch.
CELL_70X37 = Stock(
    "70 × 37 mm",
    70,
    37,
    margin_x=5,
    margin_y=4.25,
    wide_title=False,
    type=Type(title=4.0, title_least=3, subtitle=2.25, net=4.25, body=2.25, least=2.0),
)
A4_3X8 = Sheet("A4, 3 × 8", 210, 297, 3, 8, 0, 0.5, CELL_70X37)

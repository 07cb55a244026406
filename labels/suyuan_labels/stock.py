"""Label sizes, sheets and printer resolutions, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from suyuan_labels.errors import LabelError
from suyuan_labels.label import Detail

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
    details: tuple[Detail, ...] = ("full",)
    """How much is said: the first that fits."""


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


def custom(name: str, width: float, height: float, margin_x: float, margin_y: float) -> Stock:
    """A stock of one's own, lengths in millimetres; its type is as large as its height allows.

    LabelError where no label can be: a code of version 4 with its quiet zone takes 20.5 mm each way.
    """
    if not (20 <= width <= 110 and 20 <= height <= 150):
        raise LabelError(
            "a label is 20 to 110 mm wide and 20 to 150 mm high, not {width} × {height}",
            width=f"{width:g}",
            height=f"{height:g}",
        )
    if not (0 <= margin_x <= 10 and 0 <= margin_y <= 10):
        raise LabelError("a margin is 0 to 10 mm")
    title = min(max(height / 8, 3.0), 6.0)
    return Stock(
        name,
        width,
        height,
        margin_x,
        margin_y,
        wide_title=height >= 36 or width < 48,
        type=Type(title=title, title_least=2.5, subtitle=2.25, net=min(title, 4.25)),
        details=("full", "brief", "least"),
    )


ROLL_60X40 = Stock("60 × 40 mm", 60, 40, margin_x=2, margin_y=2, type=Type(body=2.5))
_SMALL = Type(title=4.0, title_least=2.5, subtitle=2.0, net=3.5, body=2.25, least=2.0)
ROLL_50X30 = Stock(
    "50 × 30 mm",
    50,
    30,
    margin_x=1.5,
    margin_y=1.5,
    wide_title=False,
    type=_SMALL,
    details=("brief", "least"),
)
ROLL_40X30 = Stock(
    "40 × 30 mm",
    40,
    30,
    margin_x=1.25,
    margin_y=1.25,
    type=_SMALL,
    details=("brief", "least"),
)

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

CELL_52X29 = Stock(
    "52.5 × 29.7 mm",
    52.5,
    29.7,
    margin_x=4.5,
    margin_y=1.5,
    wide_title=False,
    type=_SMALL,
    details=("brief", "least"),
)
A4_4X10 = Sheet("A4, 4 × 10", 210, 297, 4, 10, 0, 0, CELL_52X29)

"""A page or a label set from the top down beside a code at its lower right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from suyuan_labels import qr
from suyuan_labels.errors import LabelError
from suyuan_labels.fitting import fit
from suyuan_labels.layout import Template
from suyuan_labels.setting import Bar, Run
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import BOLD, MEDIUM, REGULAR, Typeface

_ASCENT = 0.88


class Address(NamedTuple):
    """Where the code leads, in capitals, so that QR packs it densely."""

    uri: str
    lot: str
    """What stands in its place in a file's title: the number of what is printed."""
    serial: str | None = None


class Column:
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


def indent_of(column: Column, captions: Sequence[str], size: int) -> int:
    """Where values stand beside these captions."""
    widest = max(column.face.width(one, REGULAR) for one in captions)
    return widest * size // column.face.upem + size // 2

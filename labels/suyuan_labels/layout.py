"""Where everything on a label stands, in whole dots; every renderer draws from this.

The code is placed first and never gives way: texts take the room that it leaves.

    title ───────────────────────   or, on low stock,   title          net
    subtitle ────────────────────                       subtitle       weight
    packed, best before      net                        packed …       ▄▄▄▄▄▄
    producer, lines       weight                        producer       ██████
    GTIN                  ▄▄▄▄▄▄                        GTIN, lot      ██████
    lot, serial           ██████                        serial         ██████
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from suyuan_labels import qr
from suyuan_labels.errors import LabelError
from suyuan_labels.label import Content, Label, content_of
from suyuan_labels.setting import Bar, Frame, Run, set_texts
from suyuan_labels.stock import Stock
from suyuan_labels.typeface import BOLD, Typeface

_KEY_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-"


@dataclass(frozen=True)
class Template:
    """All that labels of one lot have in common.

    ``runs`` are its texts; ``serial`` are runs whose text stands for as many characters of each
    label's serial. ``module``: dots per module, whole, so a code is never scaled.
    """

    width: int
    height: int
    dots_per_mm: float
    code_x: int
    code_y: int
    module: int
    runs: tuple[Run, ...]
    serial: tuple[Run, ...]
    bars: tuple[Bar, ...]


class Linked(Protocol):
    """Where a code leads."""

    @property
    def uri(self) -> str: ...
    @property
    def lot(self) -> str: ...
    @property
    def serial(self) -> str | None: ...


class Printed(Protocol):
    """What all renderers draw: a label, or something that lays itself out."""

    @property
    def link(self) -> Linked: ...
    @property
    def product_zh(self) -> str: ...
    @property
    def product_en(self) -> str: ...


class Own(Printed, Protocol):
    """Something that lays itself out."""

    def compose(self, stock: Stock, dots_per_mm: float, face: Typeface) -> Layout: ...


class Layout(NamedTuple):
    """One label: its template, and what is its own."""

    template: Template
    symbol: qr.Symbol
    label: Printed

    def serial(self) -> Iterator[Run]:
        """The runs that differ from label to label."""
        rest = self.label.link.serial or ""
        for run in self.template.serial:
            yield run._replace(text=rest[: len(run.text)])
            rest = rest[len(run.text) :]


def compose(label: Label | Own, stock: Stock, dots_per_mm: float, face: Typeface) -> Layout:
    """Lay ``label`` out on ``stock``.

    Raises LabelError when the font lacks a character, or when something that must not be cut (the
    code, a date, GTIN, lot or serial) has no room.
    """
    if not isinstance(label, Label):
        return label.compose(stock, dots_per_mm, face)
    symbol = qr.symbol(label.link.uri)
    # In steps of half an em, so that a lot needs few templates.
    step = face.upem // 2
    serial_width = -(-face.width(label.link.serial or "", BOLD) // step) * step
    for detail in stock.details:
        content = content_of(label, detail)
        template = _template(content, serial_width, symbol.size, stock, dots_per_mm, face)
        if template is not None:
            return Layout(template, symbol, label)
    raise LabelError("the texts of this label do not fit {stock}", stock=stock.name)


@functools.lru_cache(maxsize=64)
def _template(
    content: Content,
    serial_width: int,
    modules: int,
    stock: Stock,
    dots_per_mm: float,
    face: Typeface,
) -> Template | None:
    """None where the texts do not fit."""
    for field, text in _texts(content):
        face.check(field, text)

    def dots(length: float) -> int:
        return round(length * dots_per_mm)

    module = max(dots(stock.module), 1)
    quiet, code = qr.QUIET * module, modules * module
    frame = Frame(
        left=dots(stock.margin_x),
        top=dots(stock.margin_y),
        right=dots(stock.width) - dots(stock.margin_x),
        code_x=dots(stock.width) - max(dots(stock.margin_x), quiet) - code,
        code_y=dots(stock.height) - max(dots(stock.margin_y), quiet) - code,
        code=code,
        quiet=quiet,
        rule=max(dots(0.25), 1),
    )
    if frame.column <= 0 or frame.code_y < quiet:
        raise LabelError(
            "a code of {modules} modules does not fit {stock}", modules=modules, stock=stock.name
        )
    sizes = stock.type.in_dots(dots_per_mm)
    setting = set_texts(content, serial_width, frame, sizes, face, wide_title=stock.wide_title)
    if setting is None:
        return None
    return Template(
        dots(stock.width),
        dots(stock.height),
        dots_per_mm,
        frame.code_x,
        frame.code_y,
        module,
        tuple(setting.runs),
        tuple(setting.serial),
        tuple(setting.bars),
    )


def _texts(content: Content) -> Iterator[tuple[str, str]]:
    yield "product_zh", content.title
    yield "product_en", content.subtitle
    for row in (content.net, *content.facts, *content.keys):
        for text in (row.zh, row.en, *row.values):
            yield row.field, text
    for number, line in enumerate(content.lines):
        yield f"lines[{number}]", line
    yield "serial", _KEY_CHARACTERS

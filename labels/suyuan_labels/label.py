"""What one label says, before anything is measured."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from suyuan_labels.errors import LabelError
from suyuan_labels.link import Link

MAX_TEXT = 400
"""Characters in one text: far beyond what any label shows, and short enough to measure at once."""

Detail = Literal["full", "brief", "least"]
"""How much a label says. full: captions and dates in both languages · brief: captions in Chinese, dates
in figures (2026-09-17), which both read · least: captions within the lines, the serial without one, and
no GTIN, which the code holds."""

_APOSTROPHE = re.compile(r"(?<=[A-Za-z])’(?=[A-Za-z])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Label:
    """One pack's or lot's label: where its code leads, and what people read beside it.

    ``net`` is the net weight as printed ("180 g"), ``packed`` None where no day of packing is known (a
    label that is printed ahead), ``lines`` are shown below the producer and are the first to be cut.
    Texts are one line each. Raises LabelError for a text that cannot be set.
    """

    link: Link
    product_zh: str
    product_en: str
    net: str
    producer: str
    packed: date | None
    best_before: date | None = None
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for field in ("product_zh", "product_en", "net", "producer"):
            object.__setattr__(self, field, clean(field, getattr(self, field)))
        lines = tuple(clean(f"lines[{i}]", line) for i, line in enumerate(self.lines))
        object.__setattr__(self, "lines", lines)
        if self.packed and self.best_before and self.best_before < self.packed:
            raise LabelError(
                "best before {best_before} lies before the packing date {packed}",
                best_before=self.best_before,
                packed=self.packed,
            )


class Row(NamedTuple):
    """A caption in both languages, and the lines that belong to it. ``cut``: may end in "…"."""

    zh: str
    en: str
    values: tuple[str, ...]
    field: str = ""
    cut: bool = False


class Content(NamedTuple):
    """All that a label shows except its serial, so labels of one lot share their layout."""

    title: str
    subtitle: str
    net: Row
    facts: tuple[Row, ...]
    lines: tuple[str, ...]
    keys: tuple[Row, ...]
    number: Row
    """The caption of the serial."""
    serial_length: int


def content_of(label: Label, detail: Detail = "full") -> Content:
    """The texts of ``label`` in reading order."""
    if detail != "full":
        return _brief(label, gtin=detail == "brief")
    facts = [_dates("包装日期", "Packed", label.packed)] if label.packed is not None else []
    if label.best_before is not None:
        facts.append(_dates("保质期至", "Best by", label.best_before))
    facts.append(Row("生产者", "By", (label.producer,), "producer", cut=True))
    return Content(
        title=label.product_zh,
        subtitle=label.product_en,
        net=Row("净含量", "Net", (label.net,), "net"),
        facts=tuple(facts),
        lines=label.lines,
        keys=(Row("", "GTIN", (label.link.gtin,)), Row("批号", "Lot", (label.link.lot,))),
        number=Row("编号", "No.", ("",)),
        serial_length=len(label.link.serial or ""),
    )


def _brief(label: Label, *, gtin: bool) -> Content:
    """In the least form captions stand in the line itself, for a column of nine characters."""

    def row(caption: str, value: str, field: str = "", *, cut: bool = False) -> Row:
        if gtin:
            return Row(caption, "", (value,), field, cut)
        return Row("", "", (f"{caption} {value}".strip(),), field, cut)

    facts = [row("包装", label.packed.isoformat())] if label.packed is not None else []
    if label.best_before is not None:
        facts.append(row("保质至", label.best_before.isoformat()))
    facts.append(row("生产者" if gtin else "", label.producer, "producer", cut=True))
    return Content(
        title=label.product_zh,
        subtitle=label.product_en,
        net=row("净含量", label.net, "net"),
        facts=tuple(facts),
        lines=label.lines,
        keys=(
            *((Row("", "GTIN", (label.link.gtin,)),) if gtin else ()),
            row("批号", label.link.lot),
        ),
        number=Row("编号" if gtin else "", "", ("",)),
        serial_length=len(label.link.serial or ""),
    )


def date_zh(day: date) -> str:
    """2026年9月17日."""
    return f"{day.year}年{day.month}月{day.day}日"


def date_en(day: date) -> str:
    """17 Sep 2026."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _dates(zh: str, en: str, day: date) -> Row:
    return Row(zh, en, (date_zh(day), date_en(day)))


def clean(field: str, text: str) -> str:
    """One line of text that can be set; LabelError, naming the field, for any other."""
    # Glyphs are set one by one, so a mark that would combine must be part of its letter.
    composed = unicodedata.normalize("NFC", text) if any(map(unicodedata.combining, text)) else text
    # Chinese fonts draw this apostrophe as wide as a character; after a Latin letter it is narrow.
    composed = _APOSTROPHE.sub("'", composed)
    if not composed.strip():
        raise LabelError("{field} is empty", field=field)
    if len(composed) > MAX_TEXT:
        raise LabelError(
            "{field} has {length} characters; at most {limit}",
            field=field,
            length=len(composed),
            limit=MAX_TEXT,
        )
    for character in composed:
        if unicodedata.category(character)[0] in "CM" or character in "\u2028\u2029":
            raise LabelError(
                "{field} holds {character}, which cannot be printed",
                field=field,
                character=name_of(character),
            )
    return composed.strip()


def name_of(character: str) -> str:
    """A character as people can look it up: ``䶮 (U+4DAE CJK UNIFIED IDEOGRAPH-4DAE)``."""
    shown = f"{character} " if character.isprintable() and not character.isspace() else ""
    name = unicodedata.name(character, "unnamed")
    return f"{shown}(U+{ord(character):04X} {name})"

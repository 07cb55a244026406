"""A lineage drawn: what it came from above, what became of it below, each thing a link.

Rows are steps away from the subject. A row that is wide, and rows that are far, are drawn as a count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup

ACROSS = 5
"""Things in a row, the one that counts the others among them."""
FAR = 6
"""Rows above the subject, and below."""
_WIDE, _HIGH, _GAP, _FALL = 156, 56, 16, 44
_INSET = 8
_ROOM = _WIDE - 2 * _INSET
_LARGE, _SMALL = 15.0, 13.0
"""Sizes of letters in desk.css, in px."""
_EM = {"wide": 1.0, "digit": 0.59, "capital": 0.7, "thin": 0.36, "other": 0.56}
"""Widths of letters in ems, of the wider of the fonts that a system may take."""


@dataclass(frozen=True, slots=True)
class Node:
    """A thing: where its page is, two lines of text, and whether something is to be said of it."""

    name: str
    level: int
    href: str
    first: str
    second: str
    mark: str = ""
    """``recalled``, ``held`` or "": its colour, told in words by ``second``."""


def graph(
    nodes: Sequence[Node],
    arrows: Sequence[tuple[str, str]],
    *,
    title: str,
    more: str,
    hidden: Mapping[int, int],
) -> Markup:
    """``arrows`` go from what went in to what came out. ``more``: "{n} more". ``hidden``: level →
    how many things of it are not among the nodes."""
    rows: dict[int, list[Node]] = {}
    left: dict[int, int] = {level: count for level, count in hidden.items() if abs(level) <= FAR}
    for node in nodes:
        if abs(node.level) > FAR:
            left[FAR if node.level > 0 else -FAR] = left.get(FAR if node.level > 0 else -FAR, 0) + 1
            continue
        row = rows.setdefault(node.level, [])
        if len(row) < ACROSS - 1 or node.level == 0:
            row.append(node)
        else:
            left[node.level] = left.get(node.level, 0) + 1
    levels = sorted({*rows, *left})
    widest = max(len(rows.get(level, ())) + (level in left) for level in levels)
    width = widest * (_WIDE + _GAP) + _GAP
    spots: dict[str, tuple[float, float]] = {}
    boxes = Markup("")
    drawn = {node.name: node.level for row in rows.values() for node in row}
    for place, level in enumerate(levels):
        row = rows.get(level, [])
        start = float(_GAP)  # so that a narrow screen shows the beginning of every row
        y = _GAP + place * (_HIGH + _FALL)
        for number, node in enumerate(row):
            x = start + number * (_WIDE + _GAP)
            spots[node.name] = x, y
            boxes += _box(node, x, y)
        if level in left:
            boxes += _count(more.format(n=left[level]), start + len(row) * (_WIDE + _GAP), y)
    lines = Markup("").join(
        _arrow(spots[tail], spots[head])
        for tail, head in dict.fromkeys(arrows)
        if tail in drawn and head in drawn and drawn[tail] < drawn[head]
    )
    height = _GAP * 2 + len(levels) * (_HIGH + _FALL) - _FALL
    frame = Markup(
        '<svg class="lineage" width="{}" height="{}" viewBox="0 0 {} {}" role="group" aria-label="{}">'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>{}{}</svg>'
    )
    return frame.format(width, height, width, height, title, lines, boxes)


def _box(node: Node, x: float, y: float) -> Markup:
    kind = " is-subject" if not node.level else f" is-{node.mark}" if node.mark else ""
    said = f"{node.first} {node.second}".strip()
    inner = Markup(
        '<title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>{}{}'
    ).format(
        said, _at(x), _at(y), _WIDE, _HIGH, _line(node.first, x + _INSET, y + 23, _LARGE),
        _line(node.second, x + _INSET, y + 43, _SMALL),
    )  # fmt: skip
    if not node.level:
        return Markup('<g class="node{}" aria-current="true">{}</g>').format(kind, inner)
    return Markup('<a class="node{}" href="{}">{}</a>').format(kind, node.href, inner)


def _count(text: str, x: float, y: float) -> Markup:
    return Markup(
        '<g class="node is-count"><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text x="{}" y="{}">{}</text></g>'
    ).format(_at(x), _at(y), _WIDE, _HIGH, _at(x + 8), _at(y + 33), text)


def _arrow(tail: tuple[float, float], head: tuple[float, float]) -> Markup:
    x1, y1 = tail[0] + _WIDE / 2, tail[1] + _HIGH
    x2, y2 = head[0] + _WIDE / 2, head[1] - 2
    bend = (y2 - y1) / 2
    return Markup(
        '<path class="arrow" d="M{} {}C{} {} {} {} {} {}" marker-end="url(#tip)"/>'
    ).format(*map(_at, (x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2)))


def _line(text: str, x: float, y: float, size: float) -> Markup:
    """A line of a box, smaller where it would not fit: the eighteen digits of a pallet must be legible,
    all of them. What is close to the edge is held to it, whatever font the system has."""
    if _width(text) * size > _ROOM:
        size = _SMALL
    told = short(text, _ROOM / size)
    wide = min(_width(told) * size, _ROOM)
    held = Markup(' textLength="{}" lengthAdjust="spacingAndGlyphs"').format(_at(wide))
    return Markup('<text{} x="{}" y="{}"{}>{}</text>').format(
        Markup(' class="small"') if size == _SMALL else "", _at(x), _at(y),
        held if wide > 0.9 * _ROOM else "", told,
    )  # fmt: skip


def short(text: str, ems: float) -> str:
    """As much of a text as fits in so many ems."""
    if _width(text) <= ems:
        return text
    kept = ""
    for one in text:
        if _width(kept + one) > ems - 1:  # the dots are as wide as a Chinese character
            break
        kept += one
    return kept + "…"


def _width(text: str) -> float:
    return sum(_EM[_kind(one)] for one in text)


def _kind(letter: str) -> str:
    if east_asian_width(letter) in "WF" or letter == "…":
        return "wide"
    if letter.isdigit():
        return "digit"
    if letter.isupper() or letter in "mwMW@%":
        return "capital"
    return "thin" if letter in " .,:;'|!ijltf-/()" else "other"


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

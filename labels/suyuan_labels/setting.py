"""Setting the texts of a label around its code: sizes, lines and positions, in dots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from suyuan_labels.fitting import fit, shorten
from suyuan_labels.label import Content, Row
from suyuan_labels.stock import Sizes
from suyuan_labels.typeface import BOLD, MEDIUM, REGULAR, Typeface

_ASCENT, _PITCH = 0.88, 1.12  # of the em: from a line's top to its baseline, and to the next line
_WIDEST = "W"  # of the characters that a serial may have


class Run(NamedTuple):
    """A line of text: its pen starts at ``x`` on the baseline ``y``; ``size`` is the em."""

    x: int
    y: int
    size: int
    weight: int
    text: str


class Bar(NamedTuple):
    """A filled rectangle."""

    x: int
    y: int
    width: int
    height: int


class Frame(NamedTuple):
    """What is fixed before any text: margins, and the code with its quiet zone."""

    left: int
    top: int
    right: int
    code_x: int
    code_y: int
    code: int
    quiet: int
    rule: int

    @property
    def column(self) -> int:
        """The width beside the code."""
        return self.code_x - self.quiet - self.left

    @property
    def foot(self) -> int:
        """The lowest baseline: the code's lower edge."""
        return self.code_y + self.code


@dataclass
class Setting:
    """Texts that have found their place; ``serial`` holds stand-ins for each label's own."""

    runs: list[Run] = field(default_factory=list)
    serial: list[Run] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)


def set_texts(
    content: Content,
    serial_width: int,
    frame: Frame,
    sizes: Sizes,
    face: Typeface,
    *,
    wide_title: bool,
) -> Setting | None:
    """Everything placed, or None when it does not fit even at the least sizes.

    ``serial_width``: of the serial in bold, in font units. The title's further lines give way
    first, then the body shrinks, then the producer's second line goes and extra lines are cut.
    """
    shrinking = [(size, 2) for size in range(sizes.body, sizes.least - 1, -1)]
    for title_lines, subtitle_lines in ((2, 2), (2, 1), (1, 1)):
        done = Setting()
        y = _title(content, frame, sizes, face, (title_lines, subtitle_lines), wide_title, done)
        if wide_title and y > frame.code_y - frame.quiet:
            continue
        for size, cut_lines in (*shrinking, (sizes.least, 1)):
            net = _net(content.net, frame, sizes, size, face, y if wide_title else frame.top)
            rows = content.facts if net else (content.net, *content.facts)
            body = _Body(frame, size, sizes.least, face, cut_lines)
            if body.place(rows, content, serial_width, y, done):
                done.runs.extend(net)
                return done
    return None


def _title(
    content: Content,
    frame: Frame,
    sizes: Sizes,
    face: Typeface,
    limits: tuple[int, int],
    wide: bool,
    into: Setting,
) -> int:
    """Product in both languages from the top down; where the next text may begin."""
    y, width = frame.top, frame.right - frame.left if wide else frame.column
    for text, weight, size, least, limit in (
        (content.title, BOLD, sizes.title, sizes.title_least, limits[0]),
        (content.subtitle, MEDIUM, sizes.subtitle, sizes.least, limits[1]),
    ):
        fitted = fit(face, text, weight, width, (size, least), limit)
        for line in fitted.lines:
            baseline = y + round(_ASCENT * fitted.size)
            into.runs.append(Run(frame.left, baseline, fitted.size, weight, line))
            y += round(_PITCH * fitted.size)
    if wide:
        into.bars.append(Bar(frame.left, y, frame.right - frame.left, frame.rule))
        y += frame.rule
    return y + sizes.least // 4


def _net(
    row: Row, frame: Frame, sizes: Sizes, body: int, face: Typeface, top: int
) -> tuple[Run, ...]:
    """The net weight above the code; nothing when it does not fit there whole."""
    y = top + round(_ASCENT * body)
    caption = Run(frame.code_x, y, sizes.least, REGULAR, f"{row.zh} {row.en}".strip())
    y += body // 4
    room = frame.code_y - frame.quiet - y
    size, lines = min(sizes.net, int(room / _ASCENT)), int(room / (_PITCH * sizes.least))
    if size < sizes.least or lines < 1:
        return ()
    fitted = fit(face, row.values[0], BOLD, frame.code, (size, sizes.least), lines)
    if not fitted.whole:
        return ()
    y += round(_ASCENT * fitted.size)
    runs = [Run(frame.code_x, y, fitted.size, BOLD, line) for line in fitted.lines]
    return caption, *_at([[run] for run in runs], y, round(_PITCH * fitted.size))


class _Body:
    """Captioned rows at one size: facts from the top down, keys from the code's foot up."""

    def __init__(self, frame: Frame, size: int, least: int, face: Typeface, cut_lines: int) -> None:
        self.frame, self.face, self.size, self.least = frame, face, size, least
        self.pitch, self.ascent = round(_PITCH * size), round(_ASCENT * size)
        self.cut_lines = cut_lines
        self.indent = 0

    def place(
        self, facts: tuple[Row, ...], content: Content, serial_width: int, top: int, into: Setting
    ) -> bool:
        """Add all rows to ``into``; false, with nothing added, when they do not fit."""
        serial = content.number
        captions = [c for row in (*facts, *content.keys, serial) for c in _captions(row)]
        widest = max(self.face.width(caption, REGULAR) for caption in captions)
        if widest:
            self.indent = widest * self.least // self.face.upem + self.least // 2
        stand_ins = self._serial(content.serial_length, serial_width)
        keys = [line for row in content.keys for line in self._row(row, self._values(row))]
        keys += self._row(serial, stand_ins)
        keys_top = self.frame.foot - self.pitch * (len(keys) - 1) - self.ascent

        blocks = [self._row(row, self._values(row)) for row in facts]
        room = keys_top - self.size // 4 - top
        extra = self._extra(content.lines, room // self.pitch - sum(map(len, blocks)))
        if extra is None:
            return False
        blocks += extra
        spare = room - self.pitch * sum(map(len, blocks))
        gap = min(spare // len(blocks), self.size // 3)
        y = top + self.ascent
        for block in blocks:
            into.runs += _at(block, y, self.pitch)
            y += len(block) * self.pitch + gap
        for run in _at(keys, keys_top + self.ascent, self.pitch):
            (into.serial if run.weight == BOLD else into.runs).append(run)
        return True

    def _values(self, row: Row) -> list[Run]:
        """A row's values, their baselines still open."""
        x, width = self.frame.left + self.indent, self.frame.column - self.indent
        runs: list[Run] = []
        for value in row.values:
            limit = self.cut_lines if row.cut else len(value)
            fitted = fit(self.face, value, MEDIUM, width, (self.size, self.least), limit)
            runs += (Run(x, 0, fitted.size, MEDIUM, line) for line in fitted.lines)
        return runs

    def _serial(self, length: int, width: int) -> list[Run]:
        """Stand-ins for a serial: one line if it fits, else lines that hold whatever it is."""
        x, across = self.frame.left + self.indent, self.frame.column - self.indent
        size = min(self.size, across * self.face.upem // max(width, 1))
        if size >= self.least:
            return [Run(x, 0, size, BOLD, _WIDEST * length)] if length else []
        fitted = fit(self.face, _WIDEST * length, BOLD, across, (self.least, self.least), length)
        return [Run(x, 0, fitted.size, BOLD, line) for line in fitted.lines]

    def _row(self, row: Row, values: list[Run]) -> list[list[Run]]:
        """The lines of a row, each with its caption if it has one."""
        lines = [[value] for value in values]
        for line, caption in zip(lines, _captions(row), strict=False):
            line.insert(0, Run(self.frame.left, 0, self.least, REGULAR, caption))
        return lines

    def _extra(self, texts: tuple[str, ...], room: int) -> list[list[list[Run]]] | None:
        """The extra lines in at most ``room`` lines; they are cut only at the least size."""
        blocks: list[list[list[Run]]] = []
        left, width = self.frame.left, self.frame.column
        for text in texts:
            if room < 1:
                break
            fitted = fit(self.face, text, REGULAR, width, (self.size, self.least), room)
            if self.size > self.least and not fitted.whole:
                return None
            blocks.append([[Run(left, 0, fitted.size, REGULAR, line)] for line in fitted.lines])
            room -= len(fitted.lines)
        if room < 0 or (texts and not blocks):
            return None
        if self.size > self.least and len(blocks) < len(texts):
            return None
        if len(blocks) < len(texts):
            run = blocks[-1][-1][0]
            rest = f"{run.text} {texts[len(blocks)]}"
            cut = shorten(self.face, rest, REGULAR, width * self.face.upem // run.size)
            blocks[-1][-1] = [run._replace(text=cut)]
        return blocks


def _captions(row: Row) -> tuple[str, ...]:
    """Chinese above English where a row has two values, side by side where it has one."""
    return (row.zh, row.en) if len(row.values) > 1 else (f"{row.zh} {row.en}".strip(),)


def _at(lines: Iterable[list[Run]], y: int, pitch: int) -> Iterator[Run]:
    for number, line in enumerate(lines):
        yield from (run._replace(y=y + number * pitch) for run in line)

"""Fitting a text into a width: shrink to a least size, then wrap, then cut with an ellipsis."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import NamedTuple

from suyuan_labels.typeface import Typeface

ELLIPSIS = "…"
# Chinese text may break between any two characters but before these and after those (GB/T 15834).
_NEVER_FIRST = frozenset("，。、；：？！）】》」』〉〕％℃·…—～,.;:?!)]}%")
_NEVER_LAST = frozenset("（【《「『〈〔([{￥$")


class Fitted(NamedTuple):
    """The em's size in dots, and the lines. ``whole`` is false when some of the text was cut."""

    size: int
    lines: tuple[str, ...]
    whole: bool = True


def fit(
    face: Typeface, text: str, weight: int, width: int, sizes: tuple[int, int], limit: int = 1
) -> Fitted:
    """``text`` in at most ``limit`` lines of ``width`` dots, ``sizes`` being (as set, least)."""
    asked, least = sizes
    size = min(asked, width * face.upem // max(face.width(text, weight), 1))
    if size >= least:
        return Fitted(size, (text,))
    room = width * face.upem // least
    starts = wrap(text, face.advances(text, weight), room)
    lines = [text[a:b].strip() for a, b in pairwise((*starts, len(text)))]
    if len(lines) <= limit:
        return Fitted(least, tuple(lines))
    last = shorten(face, text[starts[limit - 1] :], weight, room)
    return Fitted(least, (*lines[: limit - 1], last), whole=False)


def wrap(text: str, advances: list[int], room: int) -> list[int]:
    """Where lines of at most ``room`` begin: where the script allows, and anywhere if it must be.

    A space at which a line is broken hangs over its edge and is not drawn.
    """
    allowed = {i for i, pair in enumerate(pairwise(text), 1) if _may_break(*pair)}
    starts: list[int] = []
    start = 0
    while start < len(text):
        end, used = start, 0
        while end < len(text) and (used + advances[end] <= room or text[end] == " "):
            used += advances[end]
            end += 1
        if end < len(text):
            end = max((i for i in allowed if start < i <= end), default=max(end, start + 1))
        starts.append(start)
        start = end
    return starts


def shorten(face: Typeface, text: str, weight: int, room: int) -> str:
    """As much of ``text`` as fits with an ellipsis behind it."""
    room -= face.width(ELLIPSIS, weight)
    used = kept = 0
    for advance in face.advances(text, weight):
        if used + advance > room:
            break
        used += advance
        kept += 1
    return text[:kept].rstrip() + ELLIPSIS


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _NEVER_FIRST or before in _NEVER_LAST:
        return False
    return before in " -/" or _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"

"""Sets of codes as ranges of their places in the tree of an issue (formats.md §2), both ends included.

A set is a tuple of (first, last), from 0, sorted, neither overlapping nor touching.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from suyuan.core.errors import Refused

Ranges = tuple[tuple[int, int], ...]
NONE: Ranges = ()
MOST = 1_000
"""Ranges in one act."""


def ranges(given: Iterable[tuple[int, int]]) -> Ranges:
    """The set that these make, in whatever order they come, overlapping or not."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(one for one in given if one[0] <= one[1]):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def of_places(places: Iterable[int]) -> Ranges:
    """The set of these single places."""
    return ranges((place, place) for place in places)


def size(of: Ranges) -> int:
    """How many codes it holds."""
    return sum(last - first + 1 for first, last in of)


def union(one: Ranges, other: Ranges) -> Ranges:
    return ranges((*one, *other))


def both(one: Ranges, other: Ranges) -> Ranges:
    """What lies in both."""
    found: list[tuple[int, int]] = []
    here, there = 0, 0
    while here < len(one) and there < len(other):
        first, last = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if first <= last:
            found.append((first, last))
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1
    return tuple(found)


def without(one: Ranges, other: Ranges) -> Ranges:
    """What of ``one`` does not lie in ``other``: one walk along both, however scattered they are."""
    found: list[tuple[int, int]] = []
    there = 0
    for first, last in one:
        while there < len(other) and other[there][1] < first:
            there += 1
        at = there
        while at < len(other) and other[at][0] <= last:
            start, stop = other[at]
            if start > first:
                found.append((first, start - 1))
            first = stop + 1
            at += 1
        # The last of them may reach into the next range as well.
        there = max(there, at - 1)
        if first <= last:
            found.append((first, last))
    return tuple(found)


def holds(of: Ranges, place: int) -> bool:
    return any(first <= place <= last for first, last in of)


def read_ranges(text: str, count: int) -> Ranges:
    """``1-500, 733`` as people write it, counted from 1 in the order of issue. Refused with words."""
    found: list[tuple[int, int]] = []
    for part in text.replace("，", ",").replace("、", ",").replace("–", "-").split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        ends = (first, last if dash else first)
        if not all(end.isascii() and end.isdigit() and len(end) < 10 for end in ends):
            raise Refused(
                "write ranges of numbers from 1 on, for example 1-500, 733", path="/ranges"
            )
        start, stop = int(ends[0]), int(ends[1])
        if not 1 <= start <= stop <= count:
            raise Refused(
                "{first} to {last} is no range here: codes are counted from 1 to {count}",
                path="/ranges", first=start, last=stop, count=count,
            )  # fmt: skip
        found.append((start - 1, stop - 1))
    return bounded(ranges(found))


def bounded(of: Ranges) -> Ranges:
    """The same; Refused where it is too scattered for one record."""
    if len(of) > MOST:
        raise Refused("at most {most} ranges at a time", path="/ranges", most=MOST)
    return of


def told(of: Sequence[tuple[int, int]]) -> str:
    """As people read it, counted from 1."""
    return ", ".join(
        str(first + 1) if first == last else f"{first + 1}–{last + 1}" for first, last in of
    )


__all__ = ["MOST", "NONE", "Ranges", "both", "bounded", "holds", "of_places", "ranges",
           "read_ranges", "size", "told", "union", "without"]  # fmt: skip

"""How long a thing lay in another, and what of that time counts for who asks.

A crate goes round: what happens to it counts for a lot while the lot lay in it, and for no lot that lay
in it before or afterwards. Times are eventTimes in UTC, as texts that sort; both ends belong to a stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

Passing = tuple[Any, Decimal | None, str | None]
"""When something was put in or taken out (anything that sorts), how much of it, in which unit; None: all
that was there."""

Window = tuple[str, str | None]
"""From when to when; None: still."""
ALWAYS: Window = ("", None)


def overlap(one: Window, other: Window) -> Window | None:
    """The time that is in both; None where there is none."""
    begin, end = max(one[0], other[0]), _earlier(one[1], other[1])
    return None if end is not None and end < begin else (begin, end)


def added(known: tuple[Window, ...], new: Window) -> tuple[Window, ...]:
    """With another stretch of time; those that meet become one. The very same where nothing is new."""
    if any(overlap(one, new) == new for one in known):
        return known
    apart = []
    for one in known:
        if overlap(one, new) is None:
            apart.append(one)
        else:
            end = None if one[1] is None or new[1] is None else max(one[1], new[1])
            new = min(one[0], new[0]), end
    return tuple(sorted([*apart, new], key=lambda one: one[0]))


def holds(windows: tuple[Window, ...], time: str) -> bool:
    """Whether a time lies in one of them."""
    return any(begin <= time and (end is None or time <= end) for begin, end in windows)


def ends(put: Sequence[Passing], taken: Sequence[Passing]) -> list[Any]:
    """Of each time that a thing was put into another, when the last of it had been taken out; None while
    some of it may be there. What was put in first is taken out first; where it is not said how much was
    put in, or in another unit, only taking out all of it is an end."""
    left = [amount for _, amount, _ in put]
    over: list[Any] = [None] * len(put)
    waiting = sorted(range(len(put)), key=lambda one: put[one][0], reverse=True)
    inside: list[int] = []
    for at, amount, unit in sorted(taken, key=lambda one: one[0]):
        while waiting and put[waiting[-1]][0] < at:
            inside.append(waiting.pop())
        for number in inside:
            here = left[number]
            if amount is None:
                over[number] = at
            elif here is not None and put[number][2] == unit:
                left[number], amount = here - min(here, amount), amount - min(here, amount)
                over[number] = None if left[number] else at
        inside = [number for number in inside if over[number] is None]
    return over


def written_off(
    put: Sequence[Passing], taken: Sequence[Passing], gone: Sequence[Passing]
) -> list[Passing]:
    """What was written off of a lot after it lay in another thing, where that closes the account to the
    last gram: all that was put in was taken out or is gone, as by a loss in weight. It counts as taken
    out then. Nothing of it otherwise: where something may be left, a recall goes on.

    For a lot that lay in that thing alone, which went nowhere meanwhile.
    """
    units = {unit for _, _, unit in (*put, *taken, *gone)}
    amounts = [[amount for _, amount, _ in some] for some in (put, taken, gone)]
    if not gone or len(units) != 1 or any(None in some for some in amounts):
        return []
    begun = max(at for at, _, _ in put)
    inside, out, lost = (sum((one or Decimal(0) for one in some), Decimal(0)) for some in amounts)
    if inside != out + lost or min(at for at, _, _ in gone) < begun:
        return []
    return list(gone)


def _earlier(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


__all__ = ["ALWAYS", "Passing", "Window", "added", "ends", "holds", "overlap", "written_off"]

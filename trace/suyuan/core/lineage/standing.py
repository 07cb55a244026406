"""How much of a thing is where: with whom it was made, to whom it went, and what is left of it.

Each holder keeps its own account: what it made and got, less what it used, sent on, sold and destroyed.
What a holder never recorded as received is with it as far as the sender says, and marked so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from suyuan.core.lineage.amounts import Total, total
from suyuan.core.lineage.flows import HANDED, Way


class Move(NamedTuple):
    """One line about a thing, with who recorded it."""

    way: int
    holder: str
    """Who recorded it."""
    other: str | None
    """To whom, or from whom."""
    amount: str | None
    unit: str | None
    index: int  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Account:
    """One holder's account of one thing."""

    holder: str
    came: Total
    """Made, received, taken back."""
    used: Total
    sent: Total
    sold: Total
    gone: Total
    left: Decimal | None
    """What should be there; None where an amount is unknown or does not convert."""
    unit: str | None


@dataclass(frozen=True, slots=True)
class Handed:
    """What one party was sent or sold, by one holder."""

    holder: str
    party: str | None
    """None: nobody is named."""
    amount: Total
    sold: bool
    confirmed: bool
    """Whether the party recorded that it came."""
    records: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a thing is."""

    accounts: tuple[Account, ...] = ()
    handed: tuple[Handed, ...] = field(default=())


_CAME = frozenset({Way.MADE, Way.GOT, Way.BACK})
_WHOLE = (Way.SENT, Way.DEPARTED, Way.LOADED)


def told_once(moves: Iterable[Move]) -> list[Move]:
    """The moves of one thing, without what is a part of another: of what a holder sent somebody, the
    loading counts only where no departing is recorded, and either only where no sending is."""
    known = list(moves)
    best: dict[tuple[str, str | None], int] = {}
    for move in known:
        if move.way in _WHOLE:
            pair, place = (move.holder, move.other), _WHOLE.index(Way(move.way))
            best[pair] = min(best.get(pair, place), place)
    return [
        move for move in known
        if move.way not in _WHOLE or _WHOLE[best[move.holder, move.other]] == move.way
    ]  # fmt: skip


def standing(moves: Iterable[Move]) -> Standing:
    """From all lines about one thing."""
    known = told_once(moves)
    holders = dict.fromkeys(move.holder for move in known)
    got = {move.holder for move in known if move.way in (Way.GOT, Way.BACK)}
    return Standing(
        tuple(_account(one, [m for m in known if m.holder == one]) for one in holders),
        tuple(_handed(known, got)),
    )


def _account(holder: str, moves: list[Move]) -> Account:
    came = total(m for m in moves if m.way in _CAME)
    used, sent, sold, gone = (
        total(m for m in moves if m.way in ways)
        for ways in ((Way.USED,), _WHOLE, (Way.SOLD,), (Way.GONE,))
    )
    left = None
    if came.unit is not None and came.value is not None:
        out = [one.of(came.unit) for one in (used, sent, sold, gone)]
        if all(one is not None for one in out):
            left = came.value - sum((one for one in out if one is not None), Decimal(0))
    return Account(holder, came, used, sent, sold, gone, left, came.unit)


def _handed(moves: list[Move], got: set[str]) -> Iterable[Handed]:
    pairs = dict.fromkeys((m.holder, m.other, m.way == Way.SOLD) for m in moves if m.way in HANDED)
    for holder, party, sold in pairs:
        ways = (Way.SOLD,) if sold else _WHOLE
        own = [m for m in moves if (m.holder, m.other) == (holder, party) and m.way in ways]
        yield Handed(
            holder, party, total(own), sold, party in got, tuple(sorted({m.index for m in own}))
        )


__all__ = ["Account", "Handed", "Move", "Standing", "standing", "told_once"]

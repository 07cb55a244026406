"""What a deed moves of whose stock, one row for each: by them balances are added up in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.balance import (
    Column,
    Line,
    holder_of,
    moves,
    packs_of,
    puts_in_use,
    returned,
)
from suyuan.core.rules.spoken import Word, word_of

Booked = Column | Literal["empties", "nothing"]
"""A column of an account; empties that came back; or nothing, where only who acted is known."""

MOVING = frozenset(
    {"purchase", "sale_of_input", "applying", "feeding", "immunising", "sowing", "stocking",
     "processing", "packing", "destroying", "returning", "stock_count"}
)  # fmt: skip
"""Kinds of deeds that move stock."""
MOST = Decimal(10) ** 12
"""Base units: an amount of so much and more is nobody's stock, and is not added up."""


@dataclass(frozen=True, slots=True)
class Move:
    """One amount, in base units. ``holder`` and ``other`` are empty for the organisation itself."""

    item: str
    unit: str
    column: Booked
    amount: Decimal
    holder: str = ""
    other: str = ""
    """To whom it was sold, in the rows of both sides: a sale within is none."""
    own: bool = True
    """Whether whoever acts holds it; False for what the buyer got."""
    put: bool = False
    """Onto a crop or into an animal."""
    packs: Decimal | None = None
    word: Word | None = None
    """In which unit it was said, where that says more than the amount."""


def moves_of(deed: Deed) -> tuple[Move, ...]:
    """All that a deed moves; of one that names a holder and moves nothing, that holder."""
    if deed.kind not in MOVING:
        return ()
    found = list(_moves(deed))
    who = _who(holder_of(deed), deed)
    if who and not any(one.own and one.holder == who for one in found):
        found.append(Move("", "", "nothing", Decimal(0), who))
    return tuple(found)


def _moves(deed: Deed) -> Iterator[Move]:
    sold_to = _who(deed.destination or "", deed) if deed.kind == "sale_of_input" else ""
    for holder, item, column, amount in moves(deed, ()):
        value, unit = in_base_unit(amount.value, amount.unit)
        if abs(value) < MOST:
            bought = column == "bought"
            yield Move(
                item.id, unit, column, value, _who(holder, deed), sold_to,
                not (sold_to and bought), puts_in_use(deed), packs_of(deed) if bought else None,
                word_of(amount),
            )  # fmt: skip
    back = returned(deed)
    if back is not None and abs(back[1]) < MOST:
        yield Move(back[0], "", "empties", back[1], _who(holder_of(deed), deed))


def _who(holder: str, deed: Deed) -> str:
    return "" if holder == deed.organisation else holder


@dataclass(frozen=True, slots=True)
class Sum:
    """What was moved in one column of one line. ``holder`` is empty for the organisation itself."""

    organisation: str
    holder: str
    item: str
    unit: str
    column: Column
    amount: Decimal
    first: str
    """Sorts as the first of these moves did."""
    put: bool = False
    packs: Decimal | None = None
    before: Decimal = Decimal(0)
    """So much of it before the line was counted last."""


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a line, in the order of counting."""

    organisation: str
    holder: str
    item: str
    unit: str
    at: str
    day: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Back:
    """Empties that came back, of one thing and by one holder."""

    organisation: str
    holder: str
    of: str
    count: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """All that makes up the lines of some accounts."""

    sums: tuple[Sum, ...] = ()
    counts: tuple[Count, ...] = ()
    backs: tuple[Back, ...] = ()


def with_drafts(totals: Totals, drafts: Iterable[Deed]) -> Totals:
    """The same with what deeds move that are not filed yet, members' among their organisation's own."""
    counted = {(one.organisation, one.holder, one.item, one.unit): one.at for one in totals.counts}
    added = []
    for deed in drafts:
        for move in moves_of(deed):
            if move.column == "empties" or move.column == "nothing" or not move.own:
                continue
            if move.column == "counted":
                continue
            key = deed.organisation, "", move.item, move.unit
            before = move.amount if deed.time < counted.get(key, "") else Decimal(0)
            added.append(
                Sum(*key, move.column, move.amount, f"{deed.time} ~", move.put, move.packs, before)
            )
    return Totals((*totals.sums, *added), totals.counts, totals.backs)


def lines_of(totals: Totals, *, inputs_alone: bool = False) -> list[tuple[str, Line]]:
    """The lines of core.rules.balance.account, by organisation, made of sums instead of deeds: they name
    no deeds. ``inputs_alone``: nothing else is among them, as a store tells of one organisation; what
    makes a thing an input may then stand in a line that is not here, on another page."""
    lines: dict[tuple[str, str, str, str], Line] = {}
    first: dict[tuple[str, str, str, str], str] = {}
    before: dict[tuple[str, str, str, str], Decimal] = {}
    for one in totals.sums:
        key = one.organisation, one.holder or one.organisation, one.item, one.unit
        line = lines.setdefault(key, Line(one.item, key[1], one.unit))
        line.sums[one.column] = line.sums.get(one.column, Decimal(0)) + one.amount
        line.applied |= one.put
        if one.packs is not None:
            line.packs_bought = (line.packs_bought or Decimal(0)) + one.packs
        first[key] = min(first.get(key, one.first), one.first)
        sign = 1 if one.column == "bought" else -1
        before[key] = before.get(key, Decimal(0)) + sign * one.before
    for key, counted in _counted(totals.counts).items():
        line = lines.setdefault(key, Line(key[2], key[1], key[3]))
        then = before.get(key, Decimal(0))
        if counted[0].at < first.get(key, "~"):
            # Nothing was known of it before somebody counted it.
            line.sums["opening"] = counted[0].amount
            first[key] = counted[0].at
            then += counted[0].amount
        line.sums["counted"] = counted[-1].amount + line.book - then
        line.counted_on = counted[-1].day
    _give_back(totals.backs, sorted(lines.items(), key=lambda pair: first[pair[0]]))
    inputs = {
        (key[0], key[2])
        for key, line in lines.items()
        if inputs_alone or line.applied or line.sums.keys() & {"bought", "opening", "counted"}
    }
    return [(key[0], line) for key, line in sorted(lines.items()) if (key[0], key[2]) in inputs]


def _counted(counts: Iterable[Count]) -> Mapping[tuple[str, str, str, str], list[Count]]:
    found: dict[tuple[str, str, str, str], list[Count]] = {}
    for one in sorted(counts, key=lambda count: count.at):
        key = one.organisation, one.holder or one.organisation, one.item, one.unit
        found.setdefault(key, []).append(one)
    return found


def _give_back(backs: Iterable[Back], lines: list[tuple[tuple[str, str, str, str], Line]]) -> None:
    """Empties go to the line of the lot that was in them: one's own, the organisation's, else any."""
    for one in backs:
        mine = [
            line
            for (organisation, _, _, _), line in lines
            if organisation == one.organisation
            and line.packs_bought is not None
            and one.of in (line.item, product_of(line.item))
        ]
        holders = (one.holder or one.organisation, one.organisation)
        own = [line for line in mine if line.holder in holders] or mine
        if own:
            own[0].packs_returned += one.count


__all__ = [
    "MOVING",
    "Back",
    "Count",
    "Move",
    "Sum",
    "Totals",
    "lines_of",
    "moves_of",
    "with_drafts",
]

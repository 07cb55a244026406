"""What a recall reaches, counted: how many things, with whom how much of them lies, who got which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.lineage.flows import HANDED, Way
from suyuan.core.lineage.standing import Move, told_once

_CAME = frozenset({int(Way.MADE), int(Way.GOT), int(Way.BACK)})
_WENT = frozenset({int(Way.USED), int(Way.GONE), *map(int, HANDED)})


@dataclass(slots=True)
class Stock:
    """What one holder still has of everything reached."""

    holder: str
    things: int = 0
    """Of which something is left, or may be."""
    unknown: int = 0
    """Of these, where an amount is not said or does not convert."""
    left: dict[str, Decimal] | None = None
    """By base unit, of those that are known."""


def stocks(moves: Iterable[Iterable[Move]]) -> list[Stock]:
    """Of each holder, over the moves of each thing; who has least to look for comes last."""
    found: dict[str, Stock] = {}
    for of_thing in moves:
        sums: dict[str, dict[str, Decimal]] = {}
        unsaid: set[str] = set()
        began: set[str] = set()
        for move in told_once(of_thing):
            way, holder = move.way, move.holder
            sign = 1 if way in _CAME else -1 if way in _WENT else 0
            if not sign:
                continue
            if sign > 0:
                began.add(holder)
            if move.amount is None or move.unit is None:
                unsaid.add(holder)
                continue
            value, unit = in_base_unit(Decimal(move.amount), move.unit)
            own = sums.setdefault(holder, {})
            own[unit] = own.get(unit, _NONE) + sign * value
        for holder in began:
            _count(found.setdefault(holder, Stock(holder)), sums.get(holder, {}), holder in unsaid)
    return sorted(found.values(), key=lambda one: (-one.things, one.holder))


def with_packs(
    moves: Mapping[int, Sequence[Move]],
    packs: Mapping[int, int],
    nets: Mapping[int, Decimal],
) -> dict[int, list[Move]]:
    """The same, with what was done with single packs told of the lot that they are of.

    ``packs``: pack → lot, of packs that lie in their lot's account: no step used the lot up for them.
    ``nets``: kilograms of a pack of each lot; of others the amount is not known, and told as that.
    """
    found = {thing: list(of) for thing, of in moves.items() if thing not in packs}
    told = {lot: {(m.index, m.way) for m in found.get(lot, ())} for lot in set(packs.values())}
    for pack, lot in packs.items():
        amount, unit = _of_a_pack(moves.get(lot, ()), nets.get(lot))
        for move in moves.get(pack, ()):
            # Begun under its own code it is still in the lot; and a record may say the amount itself.
            if move.way != Way.MADE and (move.index, move.way) not in told[lot]:
                found.setdefault(lot, []).append(move._replace(amount=amount, unit=unit))
    return found


def _of_a_pack(of_lot: Sequence[Move], net: Decimal | None) -> tuple[str | None, str | None]:
    """A pack's part of its lot, in what the lot is counted in."""
    for move in of_lot:
        if move.way in _CAME and move.unit is not None:
            if in_base_unit(Decimal(1), move.unit)[1] == "C62":
                return "1", "H87"
            break
    return (None, None) if net is None else (format(net, "f"), "KGM")


_NONE = Decimal(0)


def _count(stock: Stock, sums: Mapping[str, Decimal], unsaid: bool) -> None:
    if unsaid or len(sums) != 1 or min(sums.values()) < 0:
        stock.things += 1
        stock.unknown += 1
        return
    ((unit, value),) = sums.items()
    if value:
        stock.things += 1
        left = stock.left = stock.left or {}
        left[unit] = left.get(unit, _NONE) + value


@dataclass(frozen=True, slots=True)
class Recipient:
    """One handing over: to whom, what, how much, in which record."""

    party: str | None
    """None: the record names nobody."""
    holder: str
    thing: str
    amount: str | None
    unit: str | None
    sold: bool
    confirmed: bool
    """Whether the party recorded that it came."""
    index: int
    time: str


__all__ = ["Recipient", "Stock", "stocks", "with_packs"]

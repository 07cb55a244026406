"""Sums that stay honest: what is not said, and what does not convert, is kept apart from the known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from suyuan.core.epcis.units import in_base_unit


class Said(Protocol):
    """A line that may say an amount."""

    @property
    def amount(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Total:
    """Amounts added up: by base unit (KGM, MTQ, C62 …), and how many lines said none."""

    sums: tuple[tuple[str, Decimal], ...] = ()
    """By unit, in the units' order."""
    unsaid: int = 0

    @property
    def unit(self) -> str | None:
        """The one unit that all of it is in; None where something is unsaid or units differ."""
        return self.sums[0][0] if len(self.sums) == 1 and not self.unsaid else None

    @property
    def value(self) -> Decimal | None:
        """The sum where it is known whole: nothing unsaid, one unit."""
        return self.sums[0][1] if self.unit is not None else None

    @property
    def nothing(self) -> bool:
        """Whether there was no line at all."""
        return not self.sums and not self.unsaid

    def of(self, unit: str) -> Decimal | None:
        """The sum in this unit, as of an empty list: None unless that is all there is."""
        if self.nothing:
            return Decimal(0)
        return self.value if self.unit == unit else None


def total(lines: Iterable[Said]) -> Total:
    """The sum of lines."""
    sums: dict[str, Decimal] = {}
    unsaid = 0
    for line in lines:
        if line.amount is None or line.unit is None:
            unsaid += 1
            continue
        value, unit = in_base_unit(Decimal(line.amount), line.unit)
        sums[unit] = sums.get(unit, Decimal(0)) + value
    return Total(tuple(sorted(sums.items())), unsaid)


__all__ = ["Total", "total"]

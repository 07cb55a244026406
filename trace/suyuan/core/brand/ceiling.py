"""How many packs may have codes: area × yield ceiling × processing ratio ÷ net weight (rule 6).

The authorised volume bounds it as well, where one is stated. What is not stated makes the ceiling
unknown, never endless.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from suyuan.core.rules.finding import Basis
from suyuan.core.rules.template import Template

Verdict = Literal["pass", "warn", "block"]
MOST_PACKS = 10**15
"""What is counted up to: a net weight of next to nothing would make more packs than a number holds."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The ceiling with all that it was made of; None: not stated."""

    area: Decimal | None
    """mu"""
    each: Decimal | None
    """kg of finished product that a mu gives at most."""
    net: Decimal | None
    """kg in a pack."""
    volume: Decimal | None
    """kg"""
    basis: Basis | None = None

    @property
    def mass(self) -> Decimal | None:
        """kg that the area gives at most."""
        return None if self.area is None or self.each is None else self.area * self.each

    @property
    def packs(self) -> int | None:
        """Packs at most; None where neither area nor volume decide it, or a pack's weight is unknown."""
        known = [kg for kg in (self.mass, self.volume) if kg is not None]
        if not known or not self.net:
            return None
        least = min(known)
        return int(least // self.net) if least < self.net * MOST_PACKS else MOST_PACKS

    @property
    def whole(self) -> bool:
        """Whether the area's ceiling is known, and not only the volume's."""
        return self.mass is not None and bool(self.net)


def each_of(template: Template | None) -> Decimal | None:
    """Kilograms of the finished product that a mu gives at most: the ceiling times all ratios."""
    if template is None or template.yield_per_mu is None:
        return None
    if template.overall is not None:
        return template.yield_per_mu.value * template.overall.value
    each = template.yield_per_mu.value
    for ratio in template.ratios.values():
        if ratio is None:
            return None
        each *= ratio.value
    return each


def judged(ceiling: Ceiling, used: int, factor: Decimal | None) -> Verdict:
    """Of so many codes in all, those about to be issued among them; ``factor``: from where it blocks."""
    most = ceiling.packs
    if most is None:
        return "warn"
    if used <= most:
        return "pass" if ceiling.whole else "warn"
    if factor is not None and used > most * factor:
        return "block"
    return "warn"


__all__ = ["Ceiling", "Verdict", "each_of", "judged"]

"""What every printer language is told beside the bits: the stock in the printer, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from suyuan_labels.errors import LabelError

Media = Literal["gap", "mark", "continuous"]
"""How a printer finds the next label: by the gap between two, by a black mark, or not at all."""


@dataclass(frozen=True)
class Head:
    """``width``, ``height`` and ``gap`` (or the mark's height) in millimetres; ``dots_per_mm``.

    ``darkness`` 0 to 15 and ``speed`` in inches a second: None leaves them as the printer has them.
    """

    width: float
    height: float
    dots_per_mm: float
    gap: float = 2.0
    media: Media = "gap"
    darkness: int | None = None
    speed: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.gap <= 20:
            raise LabelError("the gap between two labels is 0 to 20 mm")
        if self.darkness is not None and not 0 <= self.darkness <= 15:
            raise LabelError("darkness is a number from 0 to 15")
        if self.speed is not None and not 1 <= self.speed <= 14:
            raise LabelError("speed is a number from 1 to 14, in inches a second")

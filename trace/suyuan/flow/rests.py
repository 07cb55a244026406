"""What a judgement rests on."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Rests:
    """Filled in while something is judged: it holds until a record touches one of these, a table or
    template is changed, or the day ends (flow.held)."""

    names: set[str] = field(default_factory=set)
    """Object ids."""


__all__ = ["Rests"]

"""Steps of a lineage in order, each with its masses: rule 7 told for all who read it, not judged.

Unknown stays unknown: what says no amount, and what does not convert, is named beside the sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from suyuan.core.lineage.amounts import Total, total
from suyuan.core.story_steps import step_of

_HARVESTS = frozenset({"commissioning", "harvesting", ""})
Side = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that went in or came out, in one line of one record."""

    thing: str | None
    """Object id; None: a product that no lot is named of."""
    amount: str | None
    unit: str | None
    index: int
    """The record that says so."""


@dataclass(frozen=True, slots=True)
class Step:
    """One making, by one event or by all that share a transformationID; or a putting into."""

    kind: Literal["made", "put", "pack"]
    side: Side
    level: int
    """Steps away from the subject: 1 is next to it."""
    inputs: tuple[Part, ...]
    outputs: tuple[Part, ...]
    season: str | None = None
    step: str = ""
    """The business step, of the record that made it."""
    time: str = ""
    """eventTime (UTC) of its last record."""
    owner: str = ""
    hidden: int = 0
    """Records of it that the reader may not see."""

    @property
    def grown(self) -> bool:
        """Whether it is a season's harvest, and no making of lots from lots."""
        return self.season is not None and step_of({"bizStep": self.step}) in _HARVESTS

    @property
    def records(self) -> tuple[int, ...]:
        return tuple(sorted({part.index for part in (*self.inputs, *self.outputs)}))


@dataclass(frozen=True, slots=True)
class Balance:
    """What went in against what came out. ``missing`` = in − out, None where it is not known."""

    put: Total
    got: Total
    missing: Decimal | None
    unit: str | None
    verdict: Literal["even", "less", "more", "unsaid", "differs", "open", "grown"]
    """less: something was lost or is still there · more: more came out · unsaid: an amount is missing
    · differs: units that do not convert · open: only one side is recorded · grown: a harvest, which is
    never what seed and fertiliser weighed."""


def balance(step: Step, weights: Mapping[str, Decimal] | None = None) -> Balance:
    """``weights``: kilograms of one piece of a thing, where its product's master data says so."""
    known = weights or {}
    put, got = total(step.inputs), total(step.outputs)
    if step.grown:
        return Balance(put, got, None, None, "grown")
    if put.nothing or got.nothing:
        return Balance(put, got, None, None, "open")
    if put.unit != got.unit or put.unit is None:
        weighed = total(_weighed(step.inputs, known)), total(_weighed(step.outputs, known))
        if weighed[0].unit is not None and weighed[0].unit == weighed[1].unit:
            put, got = weighed
    if put.unsaid or got.unsaid or step.hidden:
        return Balance(put, got, None, None, "unsaid")
    if put.value is None or got.value is None or put.unit != got.unit:
        return Balance(put, got, None, None, "differs")
    missing = put.value - got.value
    verdict: Literal["even", "less", "more"] = (
        "even" if not missing else "less" if missing > 0 else "more"
    )
    return Balance(put, got, missing, put.unit, verdict)


def _weighed(parts: Iterable[Part], weights: Mapping[str, Decimal]) -> Sequence[Part]:
    return [
        Part(part.thing, str(Decimal(part.amount) * weights[part.thing]), "KGM", part.index)
        if part.thing is not None
        and part.thing in weights
        and part.amount is not None
        and part.unit in _PIECES
        else part
        for part in parts
    ]


_PIECES = frozenset({"H87", "EA", "C62"})

__all__ = ["Balance", "Part", "Side", "Step", "balance"]

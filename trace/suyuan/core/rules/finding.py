"""What a rule says: verdict, the sentence that explains it, its source, and the records it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, get_args

from suyuan.core.farm.deed import Deed
from suyuan.core.story_values import Names, Said

Verdict = Literal["pass", "unknown", "warn", "block"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""From good to bad. ``unknown``: something that the rule needs is not stated, which is never a pass."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a rule has its figure from: a row of a dated table, a label, a template."""

    source: Names
    edition: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """The word of a named person that a block shall not hold, and why."""

    index: int | None
    """Its record; None for one that is about to be filed."""
    person: str | None
    """None where the reader may not see the name."""
    reason: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one rule."""

    rule: int
    """Its number in design/domain.md."""
    code: str
    """Which of the rule's questions it answers: ``interval``, ``times``, ``gap`` …"""
    verdict: Verdict
    text: Said
    of: str
    """Object id of what it is about: a lot, a season, an input."""
    basis: Basis | None = None
    records: tuple[int, ...] = ()
    """Indices of the filed records it rests on, in the order of the log."""
    refs: tuple[str, ...] = ()
    """eventIDs of all that it rests on (``record:<index>`` for one without): what an override names."""
    drafts: bool = False
    """Whether it rests on a record that is not filed yet."""
    facts: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Figures for programs: ``earliest`` (a date), ``days`` …"""

    override: Override | None = None

    @property
    def open(self) -> bool:
        """Whether it blocks, and nobody has overridden it."""
        return self.verdict == "block" and self.override is None

    @property
    def name(self) -> str:
        """By which an override names it: ``1/interval``."""
        return f"{self.rule}/{self.code}"


def finding(
    rule: int,
    code: str,
    verdict: Verdict,
    text: Said,
    of: str,
    deeds: Iterable[Deed] = (),
    *,
    basis: Basis | None = None,
    **facts: object,
) -> Finding:
    """A finding that rests on these deeds."""
    rests = list(deeds)
    return Finding(
        rule,
        code,
        verdict,
        text,
        of,
        basis,
        tuple(sorted({deed.index for deed in rests if deed.index is not None})),
        tuple(sorted({ref(deed) for deed in rests})),
        any(deed.index is None for deed in rests),
        MappingProxyType(facts),
    )


def ref(deed: Deed) -> str:
    """By which an override names a deed: its eventID, else its place in the log."""
    return deed.event_id or f"record:{'draft' if deed.index is None else deed.index}"


def worst(findings: Iterable[Finding]) -> Verdict:
    """The worst of all verdicts; ``pass`` where nothing was found."""
    return max((one.verdict for one in findings), key=VERDICTS.index, default="pass")


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first, then by rule: the order in which people want to read them."""
    return tuple(
        sorted(
            findings,
            key=lambda one: (
                -VERDICTS.index(one.verdict), one.rule, one.code, one.of, one.records, repr(one.text),
            ),
        )
    )  # fmt: skip


__all__ = [
    "VERDICTS",
    "Basis",
    "Finding",
    "Override",
    "Verdict",
    "finding",
    "in_order",
    "ref",
    "worst",
]

"""What is measured, and how it is shown: one table, and the same as JSON."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Goal:
    """``at_least`` or ``at_most`` holds for the median."""

    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (
            self.at_most is None or value <= self.at_most
        )

    def __str__(self) -> str:
        if self.at_least is not None:
            return f"≥ {number(self.at_least)}"
        return f"≤ {number(self.at_most)}" if self.at_most is not None else ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The same work by others, measured in the same run; ``value`` None: it could not be."""

    name: str
    value: float | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row."""

    what: str
    unit: str
    runs: Sequence[float]
    goal: Goal = Goal()
    references: tuple[Reference, ...] = ()
    crowd: float = 1.0
    """Seconds on the wall for each that was measured (timing.Timed.crowd)."""
    slower: float = 1.0
    """How much slower the machine was just then than the one on which the goals were set, by the
    yardstick; below 1 it was faster, which is nobody's merit."""
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        return statistics.median(self.runs)

    @property
    def scaled(self) -> float:
        """The value on the machine on which the goals were set, as far as the yardstick tells."""
        slower = max(self.slower, 1.0)
        if self.unit.endswith("/s"):
            return self.value * slower
        return self.value / slower if self.unit in ("s", "ms") else self.value

    @property
    def verdict(self) -> str:
        return "holds" if self.goal.met(self.value) else "DOES NOT HOLD"


def number(value: float) -> str:
    """Three significant digits or all whole ones."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


HEADINGS = ("what", "figure", "reach", "", "reference", "ratio")


def table(figures: Iterable[Figure], *, judged: bool) -> str:
    """The table, and below it what has to be said of single rows."""
    rows: list[Sequence[str]] = [HEADINGS]
    notes: list[str] = []
    for figure in figures:
        verdict = ""
        if judged and str(figure.goal):
            verdict = figure.verdict
        first = [
            figure.what,
            f"{number(figure.value)} {figure.unit}",
            str(figure.goal),
            verdict,
        ]
        if not figure.references:
            rows.append([*first, "", ""])
        for place, reference in enumerate(figure.references):
            told, ratio = _told(figure, reference)
            rows.append([*(first if place == 0 else [""] * 4), told, ratio])
        if verdict == "DOES NOT HOLD" and figure.scaled != figure.value:
            notes.append(
                f"{figure.what}: an Ed25519 verification took {figure.slower:.2f} times as long here, "
                f"just before and after; without that it would be {number(figure.scaled)} {figure.unit}"
            )
        if figure.note:
            notes.append(f"{figure.what}: {figure.note}")
        if figure.crowd > 1.05:
            notes.append(
                f"{figure.what}: others took the core; on the wall everything lasted "
                f"{figure.crowd:.2f} times as long"
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, "", *notes] if notes else lines)


def _told(figure: Figure, reference: Reference) -> tuple[str, str]:
    if reference.value is None:
        return f"{reference.name}: {reference.why_not}", ""
    return f"{reference.name}: {number(reference.value)}", f"{figure.value / reference.value:.2f}"


def as_json(figures: Iterable[Figure], *, quick: bool) -> dict[str, Any]:
    """Everything that was measured."""
    return {
        "quick": quick,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "figures": [
            {
                **asdict(figure),
                "value": figure.value,
                "scaled": figure.scaled,
                "reach": str(figure.goal),
                "verdict": None if quick or not str(figure.goal) else figure.verdict,
            }
            for figure in figures
        ],
    }

"""The lineage as it lies in the store (docs/decisions/0017): lines by number, walked level by level.

Derived from the events at append and at erasure, in the same transaction (ports.log). Things, steps and
organisations are numbers here, since a walk meets a hundred thousand of them and names few.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from suyuan.core.lineage.flows import Flows
from suyuan.core.lineage.steps import Side


class Line(NamedTuple):
    """One line of an event that nobody declared wrong (core.lineage.flows.Flow)."""

    thing: int
    """0: a product that no lot is named of."""
    way: int
    index: int  # type: ignore[assignment]
    """The record."""
    place: int
    joint: int | None
    """The step: the record's index, or minus the number of a transformationID."""
    other: int | None
    amount: str | None
    unit: str | None
    trade: int
    """1 where not everybody may know of the record."""


class Facts(NamedTuple):
    """What is known of a record beside its lines."""

    owner: int
    """Number of who recorded it."""
    parties: tuple[int, ...]
    """Numbers of the organisations that it names as source or destination."""
    time: str
    """eventTime, UTC."""
    step: str


class Named(NamedTuple):
    """A lot in an organisation's list."""

    thing: str
    day: str
    """Of the newest deed that names it."""
    deeds: int


class LineageStore(Protocol):
    """Reads of committed state. Numbers come from ``numbers`` and go back through ``names``."""

    def numbers(self, things: Collection[str]) -> dict[str, int]:
        """Of those that any record touches."""
        ...

    def names(self, numbers: Collection[int]) -> dict[int, str]: ...

    def of_things(self, things: Collection[int], ways: Sequence[int]) -> list[Line]:
        """Lines about these things, of these ways."""
        ...

    def on(self, things: Collection[int], side: Side) -> list[Line]:
        """Lines by which a walk goes on from these things, in one question: down what used them, what
        they were put into, and packs of them; up what made them, the lots that they are packs of, and
        what was put into them."""
        ...

    def of_joints(self, joints: Collection[int], ways: Sequence[int]) -> list[Line]:
        """Lines of these steps, of these ways."""
        ...

    def of_others(self, others: Collection[int], ways: Sequence[int]) -> list[Line]:
        """Lines that name these beside their thing."""
        ...

    def of_records(self, indices: Collection[int], ways: Sequence[int]) -> list[Line]:
        """Lines of these records, of these ways."""
        ...

    def add(self, rows: Collection[tuple[int, Flows]]) -> None:
        """Lines of records that are there, by index, which an earlier version did not read from them;
        those that are known stay as they are."""
        ...

    def of_itself(self, lots: Collection[str]) -> dict[str, set[int]]:
        """Records that name each of these lots itself: without those that name packs of it and, with
        them, that they are of it; and without declarations of an error."""
        ...

    def facts(self, indices: Collection[int]) -> dict[int, Facts]: ...

    def erased(self, things: Collection[int]) -> list[tuple[int, int]]:
        """(thing, record) of records on these things whose content was erased."""
        ...

    def packs(self, lots: Collection[str]) -> dict[str, int]:
        """How many serials were issued of each lot, where any were."""
        ...

    def lots(
        self,
        organisations: Collection[str],
        *,
        text: str = "",
        number: str = "",
        products: Collection[str] = (),
        after: tuple[str, str] | None = None,
        limit: int = 50,
    ) -> list[Named]:
        """Lots that deeds of these organisations name, the newest first, behind (day, thing); with
        ``text`` those whose id has it, or that are of one of ``products``; with ``number`` those whose
        whole number it is."""
        ...

    def named(
        self, organisations: Collection[str], things: Collection[str], days: tuple[str, str]
    ) -> list[int]:
        """Records of deeds of these organisations, in these days, that name one of these things: a
        plot, an input. An empty list of things: all of their deeds in these days."""
        ...

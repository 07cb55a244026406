"""What is found when a table is looked at: how it is read, what is wrong, what would be filed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from suyuan.core.errors import Blocked, SuyuanError
from suyuan.core.farm.fill import Values
from suyuan.core.farm.form import Form
from suyuan.core.rules.finding import Finding
from suyuan.core.sheets.answers import Answer
from suyuan.core.sheets.plan import Plan, column_names
from suyuan.core.sheets.told import Line
from suyuan.core.story_values import Said
from suyuan.flow.capture import Incoming

FIRST = 10
"""Rows of each sheet that a preview tells as they will be recorded."""
AT_ONCE = 500
"""Rows that are looked up, or judged, together."""
MOST_PROBLEMS = 500
"""Told of one file; how many there are in all is always told."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a cell, or worth knowing of a row. ``column`` is empty for a whole row."""

    sheet: str
    row: int
    column: str
    """Its heading; its letters where it has none."""
    cell: str
    """As programs name it: ``C12``; ``12`` for a row."""
    problem: SuyuanError
    label: bool = False
    """Whether ``column`` is the label of a field that no column goes to: a key of the catalogue."""
    said: Said | None = None
    """What a rule says, with params that are more than texts."""

    @property
    def rule(self) -> str | None:
        """The rule that blocks it (``1/interval``), where one does that can be overridden."""
        found = self.problem.findings[0] if isinstance(self.problem, Blocked) else None
        return found.name if isinstance(found, Finding) else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it will be recorded, in words."""

    row: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class Look:
    """One sheet as it would be filed."""

    title: str
    headings: tuple[str, ...]
    plan: Plan
    how: Literal["given", "remembered", "guessed"]
    samples: tuple[str, ...] = ()
    """Of each column the first cell that says something."""
    rows: int = 0
    new: int = 0
    there: int = 0
    """Rows whose records, master data or drafts are there already."""
    repeats: int = 0
    """Rows that say the same as one above them."""
    first: list[Shown] = field(default_factory=list)
    left_out: tuple[int, ...] = ()
    """Rows that the user leaves out."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Names that nothing here has, and in how many rows they stand."""
    units: Counter[str] = field(default_factory=Counter)
    """Units that nobody knows here, likewise."""
    several: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Names that several things have, and what each can be called: one has to be chosen."""
    headless: bool = False
    """Whether the first row is data already: the user named the columns, or their letters do."""

    @property
    def untaken(self) -> list[str]:
        """Columns that say something, and that go nowhere."""
        goes = dict(enumerate(self.plan.columns))
        says = dict(enumerate(self.samples))
        names = column_names(self.headings)
        return [name for at, name in enumerate(names) if says.get(at) and not goes.get(at)]


@dataclass(slots=True)
class Preview:
    """Everything that would be filed, and everything that keeps it from being filed."""

    sheets: list[Look]
    problems: list[Trouble] = field(default_factory=list)
    notices: list[Trouble] = field(default_factory=list)
    blocked: list[Trouble] = field(default_factory=list)
    """What the rules of farming stand against: these rows can be kept as drafts."""
    warned: list[Trouble] = field(default_factory=list)
    """What the rules warn of: it may be filed all the same."""
    count: int = 0
    """Of problems, those that are not told included."""
    answers: dict[str, tuple[Answer, ...]] = field(default_factory=dict)
    """Reasons given for blocked rows, by sheet."""
    answered: list[tuple[Trouble, Answer]] = field(default_factory=list)
    """Blocks that a reason was given for."""
    overriding: list[Incoming] = field(default_factory=list)
    """The records of these overrides, to be filed behind the rows."""
    masters: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    filled: list[Filled] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(look.new for look in self.sheets)

    @property
    def there(self) -> int:
        return sum(look.there for look in self.sheets)

    def note(self, trouble: Trouble) -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(trouble)


@dataclass(frozen=True, slots=True)
class Filled:
    """A row that may be filed."""

    sheet: str
    row: int
    form: Form
    values: Values
    id: str
    """A UUID: of the draft, and in the record's eventID."""

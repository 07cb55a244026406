"""From a sheet's title and headings to what it holds and where each column goes: a proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from suyuan.core.farm.form import Form
from suyuan.core.sheets.cells import heading_of
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import FORM_DAYS, FORM_ITEMS, TITLES, called, targets
from suyuan.core.sheets.sheet import Row, Sheet

Tongue = Callable[[str], str]
"""The words of a language for a label."""

_LOOKED_AT = 10
"""Rows at the top among which the headings are looked for: above them stands what the table is."""


@dataclass(frozen=True, slots=True)
class Book:
    """The names of every target of every kind of sheet, in all tongues that people have here."""

    names: Mapping[str, Mapping[str, str]]
    """Kind → name → target."""

    @staticmethod
    def of(tongues: Sequence[Tongue]) -> Book:
        """With the labels of all fields in these tongues."""
        return Book({form.name: _names(form, tongues) for form in KINDS.values()})

    def target(self, kind: str, heading: str) -> str | None:
        """Where a column of this heading goes; None where it is not known."""
        return self.names[kind].get(heading_of(heading)[0])


def _names(form: Form, tongues: Sequence[Tongue]) -> dict[str, str]:
    found: dict[str, str] = {}
    for said in (True, False):
        for target, one in targets(form):
            labels: list[str] = []
            if said and (one.type != "items" or target.endswith(".item")):
                labels = [tongue(one.label.template) for tongue in tongues]
                labels = labels if "." not in target or target.endswith(".item") else []
                labels += list(FORM_ITEMS.get(form.name, ())) if target.endswith(".item") else []
                labels += list(FORM_DAYS.get(form.name, ())) if target == "day" else []
            elif not said:
                labels = list(called(form, target, one))
            for label in labels:
                found.setdefault(heading_of(label)[0], target)
            found.setdefault(target.casefold().replace(".", ""), target)
    return found


def head_of(sheet: Sheet, book: Book) -> int:
    """The place (among the sheet's rows) of the row that names the columns: the first with the most
    known headings, else the first with two cells."""
    best, place = 0, -1
    for number, row in enumerate(sheet.rows[:_LOOKED_AT]):
        filled = [cell for cell in row.cells if cell.strip()]
        known = max(
            (sum(heading_of(cell)[0] in names for cell in filled) for names in book.names.values()),
            default=0,
        )
        if known > best:
            best, place = known, number
        if place < 0 and len(filled) > 1:
            place = number
    return max(place, 0)


def kind_of(title: str, headings: Sequence[str], book: Book) -> str | None:
    """What a sheet of this title and these headings holds; None where nothing says so."""
    bare = [heading_of(heading)[0] for heading in headings if heading.strip()]
    scores: dict[str, int] = {}
    for kind, names in book.names.items():
        found = {names[name] for name in bare if name in names}
        own = {
            heading_of(name)[0] for name in (*FORM_ITEMS.get(kind, ()), *FORM_DAYS.get(kind, ()))
        }
        score = len(found) + 2 * sum(name in own for name in bare)
        required = {one.name for one in KINDS[kind].fields if one.required}
        score += 2 * len(required & {target.split(".")[0] for target in found})
        score -= len(required - {target.split(".")[0] for target in found} - {"season"})
        longest = max(
            (len(word) for word in TITLES.get(kind, ()) if word in title.casefold()), default=0
        )
        scores[kind] = score + (6 + longest if longest and found else 0)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= 5 else None


def columns_of(kind: str, headings: Sequence[str], book: Book) -> tuple[str | None, ...]:
    """Where each column goes; the first of two that would go to the same place."""
    taken: set[str] = set()
    found: list[str | None] = []
    for heading in headings:
        target = book.target(kind, heading) if heading.strip() else None
        if target in taken:
            target = _second(kind, target or "")
            target = None if target in taken else target
        if target is not None:
            taken.add(target)
        found.append(target)
    return tuple(found)


def _second(kind: str, target: str) -> str | None:
    """A second column for the season is what was harvested, a second amount nothing that is known."""
    return {"season": "items.item"}.get(target) if KINDS[kind].field("items") else None


def headings_of(row: Row) -> tuple[str, ...]:
    """The texts of the row that names the columns, each on one line."""
    return tuple(" ".join(cell.split()) for cell in row.cells)

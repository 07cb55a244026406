"""A list of members into the register: looked at first, entered whole or not at all, nobody twice.

The file itself is never kept: names, phones and numbers lie encrypted in the register alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from suyuan.core.errors import Many, Refused
from suyuan.core.people import Details
from suyuan.core.sheets.members import Member, Mistake, key_of, members_in
from suyuan.core.sheets.sheet import Sheet
from suyuan.flow.actors import Actor
from suyuan.flow.people import People

MOST = 5_000
"""Persons of one list."""


@dataclass(slots=True)
class Seen:
    """What a list would bring."""

    new: list[Member] = field(default_factory=list)
    there: int = 0
    """Rows of persons who are in the register already."""
    repeats: int = 0
    """Rows that name somebody a second time."""
    wrong: list[Mistake] = field(default_factory=list)


@dataclass(slots=True)
class MemberList:
    people: People

    def look(self, actor: Actor, sheets: Iterable[Sheet], organisation: str | None = None) -> Seen:
        """Read all sheets that name persons; Refused where none does, or too many are named."""
        seen, read = Seen(), [found for sheet in sheets if (found := members_in(sheet)) is not None]
        if not read:
            raise Refused("no column is headed 姓名 (name): it says who is meant")
        rows = [row for found, _ in read for row in found]
        if len(rows) > MOST:
            raise Refused("at most {most} persons at once; divide the list", most=MOST)
        seen.wrong = [one for _, wrong in read for one in wrong]
        there = self._there(actor, organisation)
        known: set[tuple[str, ...]] = set()
        for row in rows:
            key = key_of(row.details)
            if there.intersection(_keys(row.details)):
                seen.there += 1
            elif key in known:
                seen.repeats += 1
            else:
                seen.new.append(row)
            known.add(key)
        return seen

    def enter(self, actor: Actor, rows: Sequence[Member], organisation: str | None = None) -> int:
        """Enter those who are not there yet, all in one transaction; how many they were."""
        there = self._there(actor, organisation)
        new = {key_of(row.details): row.details for row in rows
               if not there.intersection(_keys(row.details))}  # fmt: skip
        if new:
            self.people.add_all(actor, list(new.values()), organisation=organisation)
        return len(new)

    def require_whole(self, seen: Seen) -> None:
        """Many with every mistake, at ``<sheet>!<cell>``."""
        if seen.wrong:
            raise Many([one.problem.at(f"{one.sheet}!{one.cell} ") for one in seen.wrong])

    def _there(self, actor: Actor, organisation: str | None) -> set[tuple[str, ...]]:
        known = self.people.list(actor, organisation)
        return {key for one in known for key in _keys(one.details)}


def _keys(details: Details) -> set[tuple[str, ...]]:
    """Everything by which somebody is known: a list without phones finds who was entered with one."""
    found = {("village", details.name, details.village)}
    if details.phone:
        found = {("phone", details.name, details.phone)}
    return found | ({("id", details.id_number)} if details.id_number else set())


__all__ = ["MOST", "MemberList", "Seen"]

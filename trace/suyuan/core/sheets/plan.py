"""How one sheet is to be read: what it holds, where each column goes, what holds for all of its rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from suyuan.core.errors import Malformed, Refused
from suyuan.core.sheets.cells import heading_of
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import targets
from suyuan.core.sheets.sheet import MOST_COLUMNS, letters

_NONE: Mapping[str, str] = MappingProxyType({})
_MOST = 200
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """The user's choices for a sheet. ``kind`` None: it is left out."""

    kind: str | None
    columns: tuple[str | None, ...] = ()
    """A target (core.sheets.names) for each column; None: not taken."""
    fixed: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """Field → text for every row; ``{heading}`` stands for the cell of that column."""
    words: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """What a name or unit in the cells means here: ``HALFSTALK`` → ``支``."""
    new_names: bool = False
    """Whether things that nobody knows here are taken by their name, as things of the organisation."""
    skip_repeats: bool = False
    """Whether a row that says the same as one above it is left out."""
    year: int | None = None
    """Of days that are written without one."""

    def document(self, headings: Sequence[str]) -> dict[str, Any]:
        """As JSON, columns by their headings."""
        names = column_names(headings)
        return {
            "kind": self.kind,
            "columns": {name: to for name, to in zip(names, self.columns, strict=False) if to},
            "set": dict(self.fixed),
            "words": dict(self.words),
            "newNames": self.new_names,
            "skipRepeats": self.skip_repeats,
            "year": self.year,
        }


def column_names(headings: Sequence[str]) -> list[str]:
    """The heading of each column; its letters where that is empty or stands there before."""
    found: list[str] = []
    for number, heading in enumerate(headings):
        bare = heading.strip()
        found.append(bare if bare and bare not in found else letters(number))
    return found


def plan_of(document: Mapping[str, Any], headings: Sequence[str]) -> Plan:
    """The plan that a document says; Malformed with a JSON pointer for what is wrong."""
    unknown = document.keys() - _MEMBERS
    if unknown:
        name = min(unknown)
        raise Malformed(
            "{name} is not a member here; there are {allowed}",
            path=f"/{name}",
            name=name,
            allowed=", ".join(sorted(_MEMBERS)),
        )
    kind = document.get("kind")
    if kind is None:
        return Plan(None)
    if kind not in KINDS:
        raise Malformed(
            "there is no form {name}; there are {known}",
            path="/kind",
            name=str(kind)[:80],
            known=", ".join(KINDS),
        )
    year = document.get("year")
    if year is not None and (type(year) is not int or not 1950 <= year <= 9999):
        raise Malformed("a year belongs here, for example 2026", path="/year")
    flags = {name: document.get(name, False) for name in ("newNames", "skipRepeats")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise Malformed("true or false belongs here", path=f"/{name}")
    fixed = _texts(document, "set")
    known = {name for name, _ in targets(KINDS[kind])}
    for name in fixed:
        if name not in known:
            raise _no_target(kind, name, f"/set/{name}")
    return Plan(
        kind,
        _columns(kind, _texts(document, "columns"), headings, known),
        fixed,
        _texts(document, "words"),
        flags["newNames"],
        flags["skipRepeats"],
        year,
    )


def remapped(plan: Plan, headings: Sequence[str], moved: Any) -> dict[str, str]:
    """The columns of a plan (as its document has them) with some of them going elsewhere: ``moved`` is
    heading → target, "" for a column that is not taken. What went there before goes nowhere."""
    given = _texts({"map": moved}, "map")
    taken = {target for target in given.values() if not _joined(plan.kind or "", target)}
    kept = plan.document(headings)["columns"]
    return {name: to for name, to in kept.items() if to not in taken} | given


_MEMBERS = frozenset({"kind", "columns", "set", "words", "newNames", "skipRepeats", "year"})


def _columns(
    kind: str, given: Mapping[str, str], headings: Sequence[str], known: set[str]
) -> tuple[str | None, ...]:
    names = column_names(headings)
    by_letters = {letters(number): number for number in range(min(len(names), MOST_COLUMNS))}
    places = {**by_letters, **{name: number for number, name in enumerate(names)}}
    found: list[str | None] = [None] * len(names)
    for name, target in given.items():
        place = places.get(name.strip())
        if place is None:
            raise Malformed(
                "there is no column {name} here; there are {columns}",
                path=f"/columns/{name}",
                name=name[:80],
                columns=", ".join(names),
            )
        if target and target not in known:
            raise _no_target(kind, target, f"/columns/{name}")
        if target and target in found and not _joined(kind, target):
            raise Refused(
                "two columns cannot both go to {target}", path=f"/columns/{name}", target=target
            )
        found[place] = target or None
    return tuple(found)


def _joined(kind: str, target: str) -> bool:
    one = KINDS[kind].field(target) if kind in KINDS else None
    return one is not None and one.type in ("text", "texts", "plots", "things")


def _no_target(kind: str, name: str, path: str) -> Malformed:
    return Malformed(
        "a column of {kind} cannot go to {name}; there are {known}",
        path=path,
        kind=kind,
        name=name[:80],
        known=", ".join(target for target, _ in targets(KINDS[kind])),
    )


def _texts(document: Mapping[str, Any], name: str) -> dict[str, str]:
    given = document.get(name, {})
    whole = isinstance(given, Mapping) and len(given) <= _MOST
    if not whole or not all(
        isinstance(v, str) and len(v) <= _LONGEST and len(k) <= _LONGEST for k, v in given.items()
    ):
        raise Malformed("an object of short texts belongs here", path=f"/{name}")
    return dict(given)


def fingerprint_of(headings: Sequence[str], kind: str | None) -> bytes:
    """By which the plan of a table of these headings is found again: their order plays no part."""
    bare = sorted(heading_of(heading)[0] for heading in headings)
    return hashlib.sha256("\n".join([kind or "", *bare]).encode()).digest()

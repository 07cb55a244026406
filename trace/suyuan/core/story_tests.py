"""Laboratory tests, as recorded in ``suyuan:test``: item, limit, value, method, date, report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from suyuan.core.story_deeds import corrections
from suyuan.core.story_names import Directory, Known, Thing, Who
from suyuan.core.story_reading import Reading
from suyuan.core.story_values import (
    Names,
    day_of,
    names_of,
    number_of,
    text_of,
)

Result = Literal["pass", "fail"]


@dataclass(frozen=True, slots=True)
class Test:
    """One item of one report. What was not recorded is None; it is never filled in."""

    index: int
    item: Names | None
    value: str | None
    limit: str | None
    unit: str | None
    method: str | None
    day: date
    report: str | None
    result: Result | None
    """What the laboratory says; nothing is computed here."""
    who: Who
    about: Thing | None
    """What was tested, where that is not the lot or pack itself."""
    objects: tuple[str, ...]
    corrected: bool


def tests(records: Iterable[Known], directory: Directory, own: Collection[str]) -> tuple[Test, ...]:
    """All tests, newest first."""
    kept = list(records)
    wrong = corrections(kept)
    found = [
        _test(record, event, item, directory, own, corrected=record.index in wrong)
        for record in kept
        if (event := record.event) is not None
        for item in event.tests
    ]
    return tuple(sorted(found, key=lambda test: (test.day, test.index), reverse=True))


def failing(found: Iterable[Test]) -> tuple[Test, ...]:
    """Tests that failed, of which nobody tested the same item on the same thing anew since.

    Newest first. What a laboratory or an authority found is not taken back by the word of who keeps
    the books, and what was declared wrong takes nothing back.
    """
    later: dict[tuple[object, ...], set[bool]] = {}
    failed: list[Test] = []
    for test in found:
        if test.corrected:
            continue
        own = test.who.role in _OWN
        since = later.setdefault((test.objects, test.item), set())
        if test.result == "fail" and not (since if own else since - {True}):
            failed.append(test)
        since.add(own)
    return tuple(failed)


_OWN = ("recorder", "admin")
"""Roles that speak for themselves: self-declared."""


def _test(
    record: Known,
    event: Reading,
    item: Mapping[str, Any],
    directory: Directory,
    own: Collection[str],
    *,
    corrected: bool,
) -> Test:
    objects = tuple(name for name in record.extends if "#" not in name)
    others = () if set(objects) & set(own) else objects
    result = item.get("result")
    return Test(
        record.index,
        names_of(item.get("item")),
        _figure(item.get("value")),
        _figure(item.get("limit")),
        text_of(item.get("unit")),
        text_of(item.get("method")),
        day_of(item.get("date")) or event.when.day,
        text_of(item.get("report")),
        result if result in ("pass", "fail") else None,
        directory.who(record.owner, record.role),
        next((thing for name in others if (thing := directory.thing(name))), None),
        objects,
        corrected,
    )


def _figure(value: object) -> str | None:
    """A value as the laboratory wrote it: ``<0.01`` is not a number."""
    number = number_of(value)
    return text_of(value) if number is None else f"{number:g}"

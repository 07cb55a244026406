"""Rule 3: residue limits. A test names item, value, limit and edition; nothing is filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.tables import Row, decimal_of, plain
from suyuan.core.story_values import Names, Said, day_of, names_of, objects_of, text_of

RULE = 3
_FIGURE = re.compile(r"([<>≤≥]?)\s*([0-9]+(?:\.[0-9]+)?)")
_NOT_FOUND = frozenset(plain(word) for word in ("未检出", "ND", "N.D.", "not detected"))


def residues(case: Case) -> Iterator[Finding]:
    """Every item of every test."""
    for deed in case.deeds:
        if deed.kind == "test":
            for item in objects_of(deed.stated.get("test")):
                yield from _item(case, deed, item)


def items_of(deed: Deed) -> Iterator[tuple[str, str | None]]:
    """(name as compared, ``pass`` or ``fail`` or None) of each item of a test."""
    for item in objects_of(deed.stated.get("test")):
        names = names_of(item.get("item"))
        for name in dict.fromkeys(names or ()):
            result = item.get("result")
            yield plain(name), result if result in ("pass", "fail") else None


def figure(value: object) -> tuple[str, Decimal] | None:
    """(sign, number) of a value as laboratories write it: ``<0.01``; None where it is none."""
    number = decimal_of(value)
    if number is not None:
        return "", number
    text = text_of(value)
    found = _FIGURE.match(text) if text is not None else None
    return (found[1], Decimal(found[2])) if found else None


def is_over(value: object, limit: Decimal) -> bool | None:
    """Whether a value is over a limit; None where nobody can tell. "Not detected" is not over."""
    text = text_of(value)
    if text is not None and plain(text) in _NOT_FOUND:
        return False
    read = figure(value)
    if read is None:
        return None
    sign, number = read
    if sign in ("<", "≤"):
        # Below a limit of quantification that itself is above the limit tells nothing.
        return False if number <= limit else None
    if sign in (">", "≥"):
        return True if number >= limit else None
    return number > limit


def _item(case: Case, deed: Deed, item: Mapping[str, Any]) -> Iterator[Finding]:
    name = names_of(item.get("item"))
    of = deed.about[0].id if deed.about else deed.season or ""
    if name is None:
        yield finding(
            RULE, "item", "unknown", Said("a test does not say what was tested for"), of, [deed]
        )
        return
    day = day_of(item.get("date")) or deed.day
    row = _limit(case, deed, name, day)
    stated = figure(item.get("limit"))
    limit = decimal_of(row.values.get("limit")) if row is not None else None
    basis = row.basis if row is not None and limit is not None else None
    if limit is None and stated is not None:
        limit = stated[1]
    if item.get("result") == "fail":
        yield finding(
            RULE, "limit", "block",
            Said("{item} failed: {value} (limit {limit})", item=name, value=_shown(item.get("value")),
                 limit=limit if limit is not None else Said("not stated")),
            of, [deed], basis=basis,
        )  # fmt: skip
    elif limit is None:
        yield finding(
            RULE, "limit", "unknown", Said("{item}: the limit is not stated", item=name), of, [deed]
        )
    else:
        over = is_over(item.get("value"), limit)
        yield finding(
            RULE, "limit", {None: "unknown", True: "block", False: "pass"}[over],  # type: ignore[arg-type]
            {
                None: Said("{item}: {value} cannot be compared with the limit {limit}",
                           item=name, value=_shown(item.get("value")), limit=limit),
                True: Said("{item}: {value} is over the limit {limit}",
                           item=name, value=_shown(item.get("value")), limit=limit),
                False: Said("{item}: {value}, within the limit {limit}",
                            item=name, value=_shown(item.get("value")), limit=limit),
            }[over],
            of, [deed], basis=basis,
        )  # fmt: skip
    yield from _edition(case, deed, item, name, day, of)


def _edition(
    case: Case, deed: Deed, item: Mapping[str, Any], name: Names, day: date, of: str
) -> Iterator[Finding]:
    """The edition that the report names against the one in force on the day of the test."""
    named = text_of(item.get("edition"))
    if named is None:
        yield finding(
            RULE, "edition", "unknown",
            Said("{item}: the report does not say which edition its limit is from", item=name),
            of, [deed],
        )  # fmt: skip
        return
    for row in case.tables.on("editions", day):
        standard = plain(str(row.values.get("standard")))
        if plain(named).rpartition("-")[0] == standard.rpartition("-")[0]:
            right = plain(named) == standard
            yield finding(
                RULE, "edition", "pass" if right else "warn",
                Said("{item}: judged by {edition}", item=name, edition=named) if right
                else Said("{item}: judged by {edition}; in force was {due}", item=name,
                          edition=named, due=str(row.values.get("standard"))),
                of, [deed], basis=row.basis,
            )  # fmt: skip


def _limit(case: Case, deed: Deed, name: Names, day: date) -> Row | None:
    """The row for this item and crop in force on a day; one that names the crop before one for all."""
    called, names = _crops(case, deed), {plain(name.zh), plain(name.en)}
    for_all: Row | None = None
    for row in case.tables.on("limits", day):
        if plain(str(row.values.get("item"))) not in names:
            continue
        crops = row.texts("crops")
        if called.intersection(crops):
            return row
        if for_all is None and "*" in crops:
            for_all = row
    return for_all


def _crops(case: Case, deed: Deed) -> set[str]:
    """What grew: by the season that the test names, else by those behind what was tested."""
    template = case.template(deed)
    if template is not None:
        return set(template.called)
    behind = {name for item in deed.about for name in case.behind(item.id).names}
    return {
        name for season, held in case.templates.items() if season in behind for name in held.called
    }


def _shown(value: object) -> object:
    number = decimal_of(value)
    return number if number is not None else text_of(value) or Said("not stated")


__all__ = ["figure", "is_over", "items_of", "residues"]

"""Findings as JSON for programs: the sentence in the reader's language, the figures beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.rules.balance import COLUMNS, Line
from suyuan.core.rules.finding import Finding, Verdict, worst
from suyuan.core.rules.spoken import chosen, counted_in
from suyuan.core.story_values import Names, Said, names_of

VERDICT_WORDS: Mapping[Verdict, Said] = {
    "block": Said("blocked"),
    "warn": Said("warning"),
    "unknown": Said("not stated"),
    "pass": Said("in order"),
}
OVERRIDDEN = Said("overridden")

Show = Callable[[object], str]
"""Says a sentence or a name in the reader's language."""


def told(found: Finding, show: Show) -> dict[str, Any]:
    """One finding."""
    basis, override = found.basis, found.override
    return {
        "rule": found.name,
        "verdict": found.verdict,
        "text": show(found.text),
        "of": found.of,
        "source": show(basis.source) if basis is not None else None,
        "edition": basis.edition if basis is not None else None,
        "since": basis.since.isoformat() if basis is not None and basis.since else None,
        "records": list(found.records),
        "events": list(found.refs),
        "draft": found.drafts,
        "facts": {name: _plain(value, show) for name, value in found.facts.items()},
        "override": None
        if override is None
        else {"index": override.index, "person": override.person, "reason": override.reason},
    }


def all_told(findings: Iterable[Finding], show: Show) -> dict[str, Any]:
    """All of them, and the verdict of the whole: a block that was overridden counts as a warning."""
    known = list(findings)
    verdict = worst(one for one in known if one.override is None)
    if verdict in ("pass", "unknown") and any(one.override is not None for one in known):
        verdict = "warn"
    return {"verdict": verdict, "findings": [told(one, show) for one in known]}


def line_told(line: Line, masters: Mapping[str, Mapping[str, Any]], show: Show) -> dict[str, Any]:
    """A line of the balance: sums in the base unit of the input, and the records behind it."""
    name = names_of(masters.get(line.product, {}).get("name"))
    unit = "LTR" if line.unit == "MTQ" else line.unit
    factor = 1000 if line.unit == "MTQ" else 1

    def said(value: Decimal | None) -> str | None:
        return None if value is None else f"{(value * factor).normalize():f}"

    def said_in(value: Decimal) -> str | None:
        found = counted_in(value, line.words, line.unit)
        return None if found is None else f"{found[0]:f}"

    word = chosen(line.words, line.unit)
    return {
        "item": line.item,
        "name": show(name) if name is not None else None,
        "holder": line.holder,
        "unit": unit,
        **{column: said(line.sums.get(column, Decimal(0))) for column in COLUMNS},
        "stock": said(line.book),
        "said": None
        if word is None
        else {"unit": word.word, "per": said(word.per), "stock": said_in(line.book)},
        "counted": said(line.counted),
        "countedOn": line.counted_on.isoformat() if line.counted_on else None,
        "difference": said(line.difference),
        "balances": line.balances,
        "packsBought": said(line.packs_bought),
        "packsReturned": said(line.packs_returned),
        "records": sorted({deed.index for deed in line.deeds if deed.index is not None}),
    }


def _plain(value: object, show: Show) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, (Names, Said)):
        return show(value)
    return value


__all__ = ["OVERRIDDEN", "VERDICT_WORDS", "Show", "all_told", "line_told", "told"]

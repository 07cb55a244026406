"""Deeds and cases as tests write them: short, with everything beside the point left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from shared import ROOT

from suyuan.core.farm.deed import Amount, Deed, Item, Kind
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.tables import Tables, tables_of
from suyuan.core.rules.template import Template, template_of

DATA = ROOT / "trace" / "suyuan" / "data"
COOP = "https://trace.example.com/org/coop"
SEASON = "https://trace.example.com/season/S1"
PLOT = "https://id.gs1.org/414/9521234000112/254/P1"
DRUG = "https://id.gs1.org/01/09521234000020"
RAW = "https://id.gs1.org/01/09521234000044"

_numbers = count(1)


def lot(product: str, number: str) -> str:
    return f"{product}/10/{number}"


def item(name: str, value: str | float | None = None, unit: str = "KGM") -> Item:
    return Item(name, None if value is None else Amount(Decimal(str(value)), unit))


def deed(
    kind: Kind,
    day: str,
    *,
    step: str | None = None,
    hour: str = "02:00",
    recorded: str | None = "same day",
    index: int | None = -1,
    event: Mapping[str, Any] | None = None,
    **members: Any,
) -> Deed:
    """A deed of a day in China at 10:00, recorded the same day unless said otherwise."""
    members.setdefault("organisation", COOP)
    for name in ("inputs", "outputs", "about", "plots"):
        if name in members:
            members[name] = tuple(members[name])
    if recorded == "same day":
        recorded = f"{day}T12:00:00.000Z"
    return Deed(
        index=next(_numbers) if index == -1 else index,
        kind=kind,
        step=step or kind,
        day=date.fromisoformat(day),
        time=f"{day}T{hour}:00.000Z",
        recorded=recorded if index is not None else None,
        event={"eventTimeZoneOffset": "+08:00", **(event or {})},
        **members,
    )


def draft(one: Deed) -> Deed:
    """The same, not filed yet."""
    return replace(one, index=None, recorded=None)


@cache
def tables() -> Tables:
    """The tables that a node begins with."""
    return tables_of(
        json.loads(p.read_text("utf-8")) for p in sorted((DATA / "tables").glob("*.json"))
    )


@cache
def template(name: str) -> Template:
    return template_of(json.loads((DATA / "templates" / f"{name}.json").read_text("utf-8")))


def made_of(**documents: list[dict[str, Any]]) -> Tables:
    """Tables with these rows alone."""
    return tables_of(
        {"table": name, "edition": "test", "rows": rows} for name, rows in documents.items()
    )


def case(
    deeds: Iterable[Deed],
    crop: str | Template | None = "tea",
    *,
    masters: Mapping[str, Mapping[str, Any]] | None = None,
    using: Tables | None = None,
    now: str = "2026-11-26T02:00:00.000Z",
    season: str = SEASON,
) -> Case:
    known = template(crop) if isinstance(crop, str) else crop
    return Case(
        tuple(deeds),
        tables() if using is None else using,
        {season: known} if known is not None else {},
        masters or {},
        now,
    )


def label(**members: Any) -> dict[str, Any]:
    """Master data of a product with this label."""
    return {
        "type": "Product",
        "name": {"zh": "某药", "en": "Some product"},
        "suyuan:label": members,
    }


def verdicts(found: Iterable[Finding], code: str | None = None) -> list[str]:
    return [one.verdict for one in found if code is None or one.code == code]


def only(found: Iterable[Finding], code: str) -> Finding:
    matching = [one for one in found if one.code == code]
    assert len(matching) == 1, matching
    return matching[0]

"""What the form of a template holds: from the template's document, or as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from suyuan.core.rules.release import GATES
from suyuan.core.story_values import objects_of


@dataclass(slots=True)
class Told:
    """A figure and where it is from, as typed; of a test only the source."""

    value: str = ""
    zh: str = ""
    en: str = ""


@dataclass(slots=True)
class StageGiven:
    """``orders``: of each form of work that is ticked, which place it has, as typed."""

    code: str = ""
    zh: str = ""
    en: str = ""
    order: str = ""
    months: set[int] = field(default_factory=set)
    work: list[str] = field(default_factory=list)
    orders: dict[str, str] = field(default_factory=dict)
    out: bool = False

    @property
    def empty(self) -> bool:
        return not (self.zh or self.en or self.months or self.work)


@dataclass(slots=True)
class ItemGiven:
    """What must have been tested before release, and who asks for it."""

    zh: str = ""
    en: str = ""
    source: Told = field(default_factory=Told)


@dataclass(slots=True)
class Given:
    """All that the form says."""

    zh: str = ""
    en: str = ""
    stages: list[StageGiven] = field(default_factory=list)
    calendar: Told = field(default_factory=Told)
    """Where the months are from."""
    fields: dict[str, set[str]] = field(default_factory=dict)
    steps: dict[str, Told] = field(default_factory=dict)
    """Of each step that is done here, its ratio."""
    per_mu: Told = field(default_factory=Told)
    overall: Told = field(default_factory=Told)
    tests: list[ItemGiven] = field(default_factory=list)
    gates: set[str] = field(default_factory=set)


def given_of(document: Mapping[str, Any]) -> Given:
    """The form as it is filled in from a document."""
    zh, en = both_of(document.get("name"))
    fields = document.get("fields")
    found = Given(
        zh, en,
        fields={
            form: set(map(str, names))
            for form, names in (fields.items() if isinstance(fields, Mapping) else ())
            if isinstance(names, list)
        },
        steps={
            str(step.get("step")): figure_of(step.get("ratio"))
            for step in objects_of(document.get("steps"))
        },
        per_mu=figure_of(document.get("yieldPerMu")),
        overall=figure_of(document.get("overallRatio")),
        gates=set(map(str, document.get("gates") or GATES)),
    )  # fmt: skip
    calendar = document.get("calendar")
    if isinstance(calendar, Mapping):
        found.calendar = Told("", *both_of(calendar.get("source")))
    for place, stage in enumerate(objects_of(document.get("stages")), 1):
        zh, en = both_of(stage.get("name"))
        work = [one for one in stage.get("work", ()) if isinstance(one, str)]
        found.stages.append(
            StageGiven(
                str(stage.get("code", "")), zh, en, str(place),
                {m for m in stage.get("months", ()) if isinstance(m, int)}, work,
                {name: str(n) for n, name in enumerate(work, 1)},
            )
        )  # fmt: skip
    for test in objects_of(document.get("tests")):
        zh, en = both_of(test.get("item"))
        source_zh, source_en = both_of(test.get("source"))
        found.tests.append(ItemGiven(zh, en, Told("", source_zh, source_en)))
    return found


def figure_of(value: object) -> Told:
    if not isinstance(value, Mapping) or value.get("value") is None:
        return Told()
    zh, en = both_of(value.get("source"))
    return Told(f"{Decimal(str(value['value'])).normalize():f}", zh, en)


def both_of(value: object) -> tuple[str, str]:
    if isinstance(value, Mapping):
        return str(value.get("zh") or ""), str(value.get("en") or "")
    return (value, "") if isinstance(value, str) else ("", "")


__all__ = ["Given", "ItemGiven", "StageGiven", "Told", "both_of", "figure_of", "given_of"]

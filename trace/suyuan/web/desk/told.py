"""Records in words, for the lists of the desk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.forms import form_for
from suyuan.core.farm.write import values_of
from suyuan.core.rules.judge import title_of as rule_said
from suyuan.core.story_steps import RELEASED, UNRECALLED, title_of
from suyuan.core.story_values import Quantity
from suyuan.flow.books import Line
from suyuan.web.called import CalledBy
from suyuan.web.desk.deps import Desk
from suyuan.web.wording import number, word

KINDS: Mapping[str, str] = {
    "override": word("A rule set aside"),
    "correction": word("An earlier record declared an error"),
    "recall": word("Recall"),
    "release": word("Release at origin"),
    "check_in": word("Check-in at a market"),
    "other": word("Another record"),
}
"""Kinds that no form has."""
_MOST = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One record in a list."""

    index: int
    day: date
    title: str
    about: str
    organisation: str
    declared: tuple[int, ...]
    deed: Deed


class Called(CalledBy):
    """What things, organisations and persons are called for this reader."""

    def __init__(self, desk: Desk, names: Iterable[str]) -> None:
        super().__init__(desk.node, desk.actor.viewer, desk.words, names)
        self._actor, self._register = desk.actor, desk.node.people
        self._people: Mapping[str, str] = desk.people if desk.actor.may("members") else {}

    def __call__(self, uri: str) -> str:
        if uri in self._people:
            return self._people[uri]
        if uri == self._actor.uri:
            return self._actor.name
        if (known := self._register.name_of(self._actor, uri)) is not None:
            return known
        return super().__call__(uri)


def amount_said(desk: Desk, amount: Amount | None) -> str:
    """As it was said where the reader reads Chinese, else in the reader's words."""
    if amount is None:
        return ""
    if amount.said is not None and desk.words.language == "zh":
        return amount.said
    return desk.words.amount(Quantity(float(amount.value), amount.unit))


def _named(deed: Deed) -> list[Item]:
    return [*deed.inputs, *deed.outputs, *deed.about]


def names_in(deeds: Iterable[Deed]) -> set[str]:
    """Everything that a list of deeds names."""
    found: set[str] = set()
    for deed in deeds:
        found |= {item.id for item in _named(deed)[:_MOST]} | set(deed.plots[:_MOST])
        found |= {one for one in (deed.season, deed.destination, deed.source) if one}
    return found


def title(desk: Desk, deed: Deed) -> str:
    """What kind of record it is."""
    if deed.kind in KINDS:
        return desk.words(KINDS[deed.kind])
    if deed.kind == "holding":
        ended = title_of(deed.event)  # a form's own name would call a release a hold
        if ended in (RELEASED, UNRECALLED):
            return desk.words.said(ended)
    form = form_for(deed.kind, deed.form)
    inspection = deed.stated.get("inspection")
    if isinstance(inspection, Mapping) and inspection.get("type") == "sampling":
        return desk.words("Sampling")
    if deed.kind == "inspection":
        return desk.words("Inspection")
    return desk.words(form.label.template) if form else desk.words(KINDS["other"])


def about(desk: Desk, deed: Deed, called: Called) -> str:
    """What was it done with, in one line."""
    parts = [
        " ".join(filter(None, (called(item.id), amount_said(desk, item.amount))))
        for item in _named(deed)[:_MOST]
    ]
    if len(_named(deed)) > _MOST:
        parts.append("…")
    parts += [called(plot) for plot in deed.plots[:_MOST]]
    for member, inner in (
        ("inspection", "finding"), ("certificate", "number"), ("checkIn", "market"),
    ):  # fmt: skip
        given = deed.stated.get(member)
        if isinstance(given, Mapping) and isinstance(given.get(inner), str):
            parts.append(given[inner])
    parts += [_tested(desk, deed), _overridden(desk, deed)]
    return desk.words(", ").join(dict.fromkeys(filter(None, parts)))


def _tested(desk: Desk, deed: Deed) -> str:
    """What was tested, and what came of it beside the limit."""
    given = deed.stated.get("test")
    if not isinstance(given, Mapping) or not isinstance(given.get("item"), str):
        return ""
    unit = given.get("unit") if isinstance(given.get("unit"), str) else None
    said = " ".join(
        str(one) for one in (given["item"], given.get("value"), unit) if one is not None
    )
    limit = given.get("limit")
    return (
        said
        if limit is None
        else desk.words("{value} (limit {limit})", value=said, limit=str(limit))
    )


def _overridden(desk: Desk, deed: Deed) -> str:
    """Which rule was set aside, by whom and why."""
    given, person = deed.stated.get("override"), deed.stated.get("person")
    if not isinstance(given, Mapping):
        return ""
    rule = rule_said(given.get("rule"))
    name = person.get("name") if isinstance(person, Mapping) else None
    parts = (desk.words.said(rule) if rule else "", name, given.get("reason"))
    return desk.words(", ").join(one for one in parts if isinstance(one, str) and one)


def rows(desk: Desk, lines: Sequence[Line]) -> list[Row]:
    """Lines of flow.books as a list shows them."""
    deeds = [line.deed for line in lines]
    called = Called(desk, names_in(deeds))
    return [
        Row(
            line.deed.index,
            line.deed.day,
            title(desk, line.deed),
            about(desk, line.deed, called),
            called(line.deed.organisation),
            line.declared,
            line.deed,
        )
        for line in lines
        if line.deed.index is not None
    ]


def facts(desk: Desk, deed: Deed) -> list[tuple[str, str]]:
    """Everything that the record says, question by question of its form."""
    words = desk.words
    form = form_for(deed.kind, deed.form)
    found: list[tuple[str, str]] = [(words("Day"), words.weekday(deed.day))]
    called = Called(desk, names_in([deed]) | {str(v) for v in _ids(deed)})
    if form is not None and form.fits(deed.event, deed.step):
        values = values_of(form, deed.event)
        for one in form.fields:
            value = values.get(one.name)
            if one.name == "day" or value is None:
                continue
            if one.type == "choice":
                value = words(one.choices[str(value)].template)
            found.append((words(one.label.template), _told(desk, value, called)))
        return found
    found.append((words("About"), about(desk, deed, called)))
    override = deed.stated.get("override")
    person = deed.stated.get("person")
    if isinstance(override, Mapping):
        rule = rule_said(override.get("rule"))
        found.append((words("Rule"), words.said(rule) if rule else str(override.get("rule", ""))))
        found.append((words("Why"), str(override.get("reason", ""))))
    if isinstance(person, Mapping) and isinstance(person.get("name"), str):
        found.append((words("Who answers for it"), person["name"]))
    return [(label, value) for label, value in found if value]


def _ids(deed: Deed) -> list[Any]:
    person = deed.stated.get("person")
    return [person.get("id", "") if isinstance(person, Mapping) else "", deed.place or ""]


def _told(desk: Desk, value: Any, called: Called) -> str:
    words = desk.words
    if isinstance(value, tuple):
        return words(", ").join(_told(desk, one, called) for one in value)
    if isinstance(value, Item):
        return " · ".join(filter(None, (called(value.id), amount_said(desk, value.amount))))
    if isinstance(value, Amount):
        return amount_said(desk, value)
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, Decimal):
        return number(float(value))
    text = str(value)
    return called(text) if "://" in text or text.startswith("urn:") else text

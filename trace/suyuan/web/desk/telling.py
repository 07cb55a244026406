"""Deeds in the words of the counter: names of things, what was done, by whom, if it is anchored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote, unquote, urlencode

from suyuan.core.epcis.known import canonical
from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import FORMS, form_for
from suyuan.core.farm.units import UNITS, unit_of
from suyuan.core.farm.write import spoken, values_of
from suyuan.core.identifiers import is_uri, product_of
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.judge import title_of as rule_said
from suyuan.core.rules.told import VERDICT_WORDS
from suyuan.core.story_steps import RELEASED, UNRECALLED
from suyuan.core.story_steps import title_of as title_said
from suyuan.core.story_values import names_of
from suyuan.flow.books import Line
from suyuan.flow.seasons import Season, Stage
from suyuan.web.desk.deps import Desk
from suyuan.web.wording import Wording, word

BEIJING = timezone(timedelta(hours=8))
SIGNS = {"block": "stop", "warn": "clock", "unknown": "ask", "pass": "tick"}
_LABELS = {"member": word("Who did it"), "person": word("Name, if not in the register")}
_OF_ANIMALS = {
    "field_work": word("Work in the pens"),
    "pest": word("Disease seen"),
}
"""What forms and fields are called where animals live, not crops."""
_ONCE = frozenset({"sowing", "stocking"})
"""Work that begins a season: once it is done, something else is usual."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a record: what, and how it is said."""

    label: str
    value: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as a page shows it."""

    verdict: str
    sign: str
    word: str
    text: str
    source: str
    records: tuple[int, ...]
    rule: str
    of: str
    override: str = ""
    issue: str = ""
    """Where the certificate of compliance that is missing is issued."""


class Naming:
    """Names of whatever records name; asked of the master data once for each, when it is needed."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._known = desk, dict[str, str]()
        self._people: dict[str, str] | None = None
        self._alike: Mapping[str, str] | None = None

    def learn(self, uris: Iterable[str]) -> None:
        """Ask for many at once."""
        wanted = {n for uri in uris for n in (uri, product_of(uri), _base(uri)) if n} - set(
            self._known
        )
        wanted = {one for one in wanted if is_uri(one)}
        if not wanted:
            return
        masters = self._desk.node.judge.masters(self._desk.actor.viewer, wanted)
        for uri in wanted:
            name = names_of(masters.get(uri, {}).get("name"))
            self._known[uri] = self._desk.words.name(name)

    def call(self, uri: str, name: str) -> None:
        """What was named just now."""
        self._known[uri] = name

    def __call__(self, uri: str) -> str:
        """The name; a lot by its product and number; the last part of the URI where nobody named it."""
        if f"{self._desk.node.settings.uri_base}person/" in uri:
            return self.person(uri)
        if (label := self._plots_alike().get(canonical(uri))) is not None:
            return label
        if uri not in self._known:
            self.learn([uri])
        if self._known.get(uri):
            return self._known[uri]
        product, lot = product_of(uri) or _base(uri), unquote(uri.rsplit("/", 1)[-1])
        if product and product != uri:
            return f"{self(product)} · {lot}"
        known = self._desk.node.database.accounts.organisation(uri)
        if known is not None:
            return known.name_zh if self._desk.words.language == "zh" else known.name_en
        return lot or uri

    def _plots_alike(self) -> Mapping[str, str]:
        """Plots of one's own organisation whose name several have, told apart."""
        if self._alike is None:
            grounds, actor = self._desk.node.books.grounds, self._desk.actor
            self._alike = grounds.plots_alike(actor.organisation, people(self._desk))
        return self._alike

    def of_members(self, organisations: Iterable[str]) -> None:
        """Ask once for all members of these, of whom many are to be named."""
        known = people(self._desk) if self._people is None else self._people
        for one in set(organisations) - {self._desk.actor.organisation}:
            known |= self._desk.node.people.names_for(self._desk.actor, one)
        self._people = known

    def person(self, uri: str) -> str:
        if self._people is None:
            self._people = people(self._desk)
        if uri not in self._people:
            known = self._desk.node.people.name_of(self._desk.actor, uri)
            self._people[uri] = known or self._desk.words("somebody whose name is not kept here")
        return self._people[uri]


def _base(uri: str) -> str | None:
    """A product of our own, of a lot that has no GTIN."""
    return uri.rpartition("/lot/")[0] or None


def people(desk: Desk) -> dict[str, str]:
    """URI → name of those whom the reader may know."""
    if desk.actor.may("members"):
        return dict(desk.people)
    return {desk.actor.uri: desk.actor.name}


def label_of(one: Field, words: Wording, *, animal: bool = False) -> str:
    if animal and one.name == "pest":
        return words(_OF_ANIMALS["pest"])
    return words(_LABELS[one.name]) if one.name in _LABELS else words.said(one.label)


def title_of(form: Form, words: Wording, *, animal: bool = False) -> str:
    """What a form is called on plots, or in pens."""
    if animal and form.name in _OF_ANIMALS:
        return words(_OF_ANIMALS[form.name])
    return words.said(form.label)


def today(desk: Desk) -> date:
    """The day it is by the node's clock, in Beijing."""
    return datetime.fromisoformat(desk.node.clock.now()).astimezone(BEIJING).date()


def kind_word(deed: Deed, words: Wording) -> str:
    """What was done, in a word."""
    if deed.kind == "correction":
        return words("Correction")
    if deed.kind == "override":
        return words("Let pass by name")
    form = form_for(deed.kind, deed.form)
    said = title_said(deed.event)
    if deed.kind in ("release", "check_in", "recall") or said in (RELEASED, UNRECALLED):
        return words.said(said)
    if form is None:
        return words("Other record")
    if form.name in ("field_work", "processing"):
        for one in form.fields:
            chosen = values_of(form, deed.event).get(one.name)
            if one.type == "choice" and one.name in ("work", "step") and isinstance(chosen, str):
                return words.said(one.choices[chosen])
    return words.said(form.label)


def amount(value: Amount, words: Wording) -> str:
    """As it was said; in English the unit too."""
    text = spoken(value)
    if words.language == "zh":
        return text
    number, unit = split_amount(text)
    known = UNITS.get(unit)
    return f"{number} {known.en}" if known else text


def split_amount(text: str) -> tuple[str, str]:
    """``30 斤`` → ``30``, ``斤``; what is no number and one unit stays whole."""
    cut = 0
    while cut < len(text) and (text[cut].isdigit() or text[cut] in ".,，．"):
        cut += 1
    number, unit = text[:cut], text[cut:].strip()
    found = unit_of(unit) if number and unit else None
    return (number, found.word) if found is not None else (text, "")


def summary(form: Form, values: Mapping[str, Any], names: Naming, words: Wording) -> str:
    """What a form says in a line: things and amounts, then what was chosen and why."""
    parts: list[str] = []
    for one in form.fields:
        value = values.get(one.name)
        if value is None or one.name in ("season", "plots", "member", "person", "day", "time"):
            continue
        if one.type == "items" and isinstance(value, tuple):
            parts += [f"{names(item.id)} {amount(item.amount, words) if item.amount else ''}".strip()
                      for item in value if isinstance(item, Item)]  # fmt: skip
        elif one.type == "choice" and isinstance(value, str) and value in one.choices:
            parts.append(words.said(one.choices[value]))
        elif one.type == "amount" and isinstance(value, Amount):
            parts.append(amount(value, words))
        elif one.at.startswith("voc:heads/"):
            parts.append(words("{label} {count}", label=label_of(one, words), count=value))
        elif one.name in ("purpose", "observation", "item", "number", "reason", "stage"):
            parts.append(str(value))
    return (" · ").join(parts)[:160]


def deed_summary(deed: Deed, names: Naming, words: Wording) -> str:
    form = form_for(deed.kind, deed.form)
    if deed.kind == "override":
        given = deed.stated.get("override")
        if not isinstance(given, Mapping):
            return ""
        rule = rule_said(given.get("rule"))
        return " · ".join(
            filter(None, (words.said(rule) if rule else "", str(given.get("reason", ""))))
        )
    return summary(form, values_of(form, deed.event), names, words) if form is not None else ""


def facts(
    form: Form,
    deed: Deed,
    names: Naming,
    words: Wording,
    of_lot: Callable[[str], str] = lambda _: "",
) -> list[Fact]:
    """Everything a record says, field by field, in the form's order; ``of_lot``: the address of what
    was made."""
    values, found = values_of(form, deed.event), list[Fact]()
    for one in form.fields:
        value = values.get(one.name)
        if value is None or one.name == "member":
            continue
        label = label_of(one, words)
        if isinstance(value, tuple):
            for item in value:
                if isinstance(item, Item):
                    said = amount(item.amount, words) if item.amount else ""
                    address = of_lot(item.id) if one.at == "outputs" else ""
                    found.append(Fact(label, f"{names(item.id)} {said}".strip(), address))
                else:
                    found.append(Fact(label, names(item) if is_uri(item) else item,
                                      _address(one, item)))  # fmt: skip
        else:
            found.append(Fact(label, _shown(one, value, names, words),
                              _address(one, value)))  # fmt: skip
    return found


def _shown(one: Field, value: Any, names: Naming, words: Wording) -> str:
    if isinstance(value, Amount):
        return amount(value, words)
    if one.type == "choice":
        return words.said(one.choices[value])
    if one.type in ("season", "place", "party"):
        return names(str(value))
    return words.show(value)


def _address(one: Field, value: Any) -> str:
    if one.type == "plots":
        return f"/desk/plots/one?id={quote(str(value), safe='/:')}"
    return season_address(str(value)) if one.type == "season" else ""


def season_address(uri: str) -> str:
    return f"/desk/seasons/one?id={quote(uri, safe='/:')}"


def who_did(deed: Deed, names: Naming) -> str:
    """Who did it: by the register, else by the name that was written; "" where it is not stated."""
    person = deed.stated.get("person")
    if not isinstance(person, Mapping):
        return ""
    if isinstance(person.get("id"), str):
        return names.person(person["id"])
    name = person.get("name")
    return name if isinstance(name, str) else ""


def who_typed(deed: Deed, names: Naming) -> str:
    told = deed.event.get("suyuan:recordedBy")
    if isinstance(told, str):
        return names.person(told)
    name = told.get("name") if isinstance(told, Mapping) else None
    return name if isinstance(name, str) else ""


def told(found: Iterable[Finding], words: Wording) -> list[Told]:
    """Findings in words, each with where its figure is from."""
    lines = []
    for one in found:
        basis, source = one.basis, ""
        if basis is not None:
            source = words.name(basis.source)
            if basis.edition and basis.edition not in source:
                source = f"{source} · {basis.edition}"
        passed = ""
        if one.override is not None:
            passed = words("Let pass by {name}: {reason}", name=one.override.person or "—",
                           reason=one.override.reason)  # fmt: skip
        text = words.said(one.text)
        missing = one.name == "9/certificate" and one.verdict == "block"
        lines.append(
            Told(one.verdict, SIGNS[one.verdict], words.said(VERDICT_WORDS[one.verdict]),
                 text[:1].upper() + text[1:], source, one.records, one.name, one.of, passed,
                 f"/desk/certificates/new?{urlencode({'of': one.of})}" if missing else "")
        )  # fmt: skip
    return lines


_URGENT = ("block", "warn", "pass", "unknown")


def worth_saying(found: Iterable[Finding], day: date) -> list[Finding]:
    """What is not in order, and days before which nothing may be harvested; what is unknown last."""
    said = [one for one in found if one.verdict != "pass" or _still_to_come(one, day)]
    return sorted(said, key=lambda one: _URGENT.index(one.verdict))


def _still_to_come(one: Finding, day: date) -> bool:
    earliest = one.facts.get("earliest")
    return isinstance(earliest, date) and earliest > day


def key_of(found: Iterable[Finding], named_now: str = "") -> str:
    """By which a form says what its reader has seen, whatever id the thing has that it names first."""
    lines = sorted(f"{one.name} {one.verdict} {one.of} {one.text!r}" for one in found)
    said = "\n".join(lines)
    if named_now:
        said = said.replace(named_now, "")
    return hashlib.blake2b(said.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Stood:
    """A record in a list."""

    index: int
    day: date
    what: str
    said: str
    plots: tuple[str, ...]
    who: str
    saved: str
    anchored: bool | None
    """None: this node has no chain."""
    declared: bool
    season: str


def stood(desk: Desk, lines: Iterable[Line], names: Naming) -> list[Stood]:
    """Lines of the books as a list shows them."""
    known, shown = list(lines), []
    names.learn(n for line in known for n in _named(line.deed))
    for line in known:
        deed = line.deed
        assert deed.index is not None
        what, said = kind_word(deed, desk.words), deed_summary(deed, names, desk.words)
        if said == what or said.startswith(f"{what} · "):
            said = said[len(what) + 3 :]
        shown.append(
            Stood(
                deed.index, deed.day, what,
                said, tuple(names(one) for one in deed.plots),
                who_did(deed, names), moment_of(desk, deed.recorded or ""), anchored(desk, deed.index),
                bool(line.declared) and deed.kind != "correction",
                names(deed.season) if deed.season else "",
            )
        )  # fmt: skip
    return shown


def _named(deed: Deed) -> Iterable[str]:
    yield from deed.plots
    yield from (one.id for one in (*deed.inputs, *deed.outputs, *deed.about))
    if deed.season:
        yield deed.season


def clock_of(utc: str) -> str:
    """``14:32``, as clocks in China show it now."""
    return f"{datetime.fromisoformat(utc).astimezone(BEIJING):%H:%M}"


def moment_of(desk: Desk, utc: str) -> str:
    """``today 14:32``, else with its day; "" where it is not known."""
    if not utc:
        return ""
    local = datetime.fromisoformat(utc).astimezone(BEIJING)
    clock = f"{local:%H:%M}"
    if local.date() == today(desk):
        return desk.words("today {time}", time=clock)
    return f"{local:%Y-%m-%d} {clock}"


def anchored(desk: Desk, index: int) -> bool | None:
    """Whether a final block of the chain holds it; None where this node has no chain."""
    return None if desk.anchored is None else index < desk.anchored


def own_only(desk: Desk) -> bool:
    return desk.actor.scope("see records") == "own"


def own_plots(desk: Desk) -> set[str]:
    return {canonical(one.id) for one in desk.node.plots.seen_by(desk.actor)}


def may_see(desk: Desk, deed: Deed, own: Collection[str]) -> bool:
    """Whether a member may see it: on own plots, done by the person, or typed by."""
    person = deed.stated.get("person")
    did = person.get("id") if isinstance(person, Mapping) else None
    typed = deed.event.get("suyuan:recordedBy")
    return desk.actor.uri in (did, typed) or not {*map(canonical, deed.plots)}.isdisjoint(own)


def done_in(desk: Desk, season: Season) -> frozenset[str]:
    """Forms of the newest records of a season: by them one sees how far it is."""
    actor = desk.actor
    return desk.node.progress.done(actor.viewer, actor.organisation, season.id)


def _reached(season: Season, day: date, done: Collection[str]) -> tuple[list[Stage], list[Stage]]:
    """The stages of a month, from the one that the records have come to; and those before it.

    A stage is come to when work was done that is usual in none before it.
    """
    stages, before = list(season.stages(day.month)), set[str]()
    at = 0
    for place, stage in enumerate(stages):
        if set(stage.work).difference(before).intersection(done):
            at = place
        before |= set(stage.work)
    return stages[at:], stages[:at]


def stage_words(
    season: Season, day: date, words: Wording, done: Collection[str] | None = None
) -> str:
    """The stages that a month can be in, by the season's template; of several the one come to."""
    stages = season.stages(day.month)
    names = [words.name(stage.names) for stage in stages]
    if len(names) == 2:
        return words("{one} or {other}", one=names[0], other=names[1])
    if len(names) > 2 and done is not None:
        return words.name(_reached(season, day, done)[0][0].names)
    return names[0] if len(names) == 1 else ""


def usual(season: Season, day: date, done: Collection[str] = ()) -> list[str]:
    """Forms of the usual work of the stages that a month can be in, the usual one first."""
    found: dict[str, None] = {}
    on, past = _reached(season, day, done)
    for stages in (on[:2], on[2:] + past):
        # Of two stages that it can be, the first work of each comes before the second of any.
        longest = max((len(stage.work) for stage in stages), default=0)
        for place in range(longest):
            for stage in stages:
                if place < len(stage.work):
                    found.setdefault(stage.work[place])
    names = [name for name in found if name in FORMS]
    return sorted(names, key=lambda name: name in _ONCE and name in done)

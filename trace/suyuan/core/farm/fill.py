"""A form filled in, checked field by field; every mistake said in words at its field.

Values come as people or programs give them: texts (``30 斤``, ``2026-09-17``, names separated by line
breaks), or JSON lists and objects. Nothing is guessed. What the checks need to know of the farm (today,
its plots, what a bag holds) is passed in: there is no clock here and no store.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from suyuan.core.epcis.known import canonical
from suyuan.core.epcis.units import in_base_unit
from suyuan.core.errors import Malformed, Many, Refused, SuyuanError
from suyuan.core.farm.alike import Alike
from suyuan.core.farm.deed import Amount, Item
from suyuan.core.farm.form import BOUNDS, EARLIEST, Field, Form
from suyuan.core.farm.units import (
    dimension_of,
    exact,
    parse_amount,
    parse_number,
    plain,
    square_metres,
)
from suyuan.core.identifiers import identify, is_uri
from suyuan.core.story_values import Said, day_of

MOST_TEXT = 2_000
MOST_ITEMS = 200

Value = date | str | int | Decimal | Amount | tuple[Item, ...] | tuple[str, ...]
Values = Mapping[str, Value]
"""What a filled form holds, by the field's name: empty fields are not there.

By type of the field: day a date; time ``07:30``; season, place, party, text, choice a str (ids
canonical); plots, things, uris, texts a tuple of str; items a tuple of Items; area and amount an
Amount (an area in 亩, HAR or MTK, as it was said); number and money a Decimal; count an int.
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of the farm when a form is checked. A table that is None is not asked."""

    today: date
    """In the time zone of the farm."""
    base: str
    """URI base of the node: names of our own stand under it."""
    plots: Mapping[str, str] | None = None
    """Id of each plot by its id and by its name."""
    seasons: Mapping[str, str] | None = None
    things: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Ids of products and lots by the names that people have for them."""
    clock: str = "23:59"
    """The time of day there, ``07:30``."""
    net: Callable[[str], Amount | None] = lambda _: None
    """What one pack of a product or lot holds, by master data."""
    elsewhere: Callable[[str], bool] = lambda _: False
    """Whether a place is a plot of another organisation."""
    own: str = ""
    """What stands before the organisation's own names in ids that are made of them, with its slash."""
    called: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """By what is asked for (``season``, ``item``) names of such things alone: a season and a product
    may be called the same."""
    alike: Mapping[str, Alike] = field(default_factory=lambda: MappingProxyType({}))
    """By what is asked for (``season``, ``plot``, ``item``) names that several such things have."""
    going: Callable[[str, date], Sequence[str]] = lambda plot, day: ()
    """Seasons that were open on a plot on a day."""
    area: Callable[[str], Decimal | None] = lambda _: None
    """The area of a plot in 亩, where it is known."""
    hints: Callable[[str], Sequence[str]] = lambda _: ()
    """What tells a thing from others of its name."""
    bare: bool = False
    """Nothing is known but the names themselves: each thing is the one that is made of its name."""

    def by_names_alone(self) -> Ground:
        """The same farm as if nothing of it were known but its names."""
        return Ground(self.today, self.base, clock=self.clock, own=self.own, bare=True)

    def id_of(self, folder: str, *names: str) -> str:
        """The id of something of the organisation's that has nothing but names: two organisations that
        call a season, a plot or a product the same have two."""
        return f"{self.base}{folder}/{self.own}{'/'.join(quote(one, safe='') for one in names)}"


def fill(form: Form, given: Mapping[str, Any], ground: Ground) -> Values:
    """The values of a form; Many with every mistake, ``path`` = ``/<field>``."""
    problems: list[SuyuanError] = []
    values: dict[str, Value] = {}
    known = {one.name for one in form.fields}
    problems += [
        Malformed("{form} has no field {name}", path=f"/{name}", form=form.name, name=name)
        for name in given
        if name not in known
    ]
    for one in form.fields:
        raw = given.get(one.name)
        if _empty(raw):
            if one.required:
                problems.append(Refused("this is missing", path=f"/{one.name}"))
            continue
        try:
            values[one.name] = _READERS[one.type](one, raw, ground)
        except Many as several:
            problems += [problem.at(f"/{one.name}") for problem in several.errors]
        except Refused as problem:
            problems.append(problem.at(f"/{one.name}"))
    if form.any_of and not any(name in values for name in form.any_of) and not problems:
        first = form.any_of[0]
        problems.append(Refused("something belongs into one of these fields", path=f"/{first}"))
    if values.get("day") == ground.today and str(values.get("time", "")) > ground.clock:
        problems.append(Refused("{time} is still to come", path="/time", time=str(values["time"])))
    if problems:
        raise Many(problems)
    return values


def _empty(raw: Any) -> bool:
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _text(raw: Any) -> str:
    if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
        raise Malformed("a text belongs here")
    text = str(raw).strip()
    if len(text) > MOST_TEXT:
        raise Refused("this text is too long: {most} characters at most", most=MOST_TEXT)
    if _CONTROL.search(text) is not None:
        raise Refused("this text has control characters in it")
    return text


def _day(one: Field, raw: Any, ground: Ground) -> date:
    text = raw.isoformat()[:10] if isinstance(raw, date) else _text(raw)
    if one.name == "day":
        return past_day(text, ground.today)
    return _any_day(text)


def past_day(text: str, today: date) -> date:
    """The day on which something was done, as people write it; Refused for one that cannot be."""
    day = _any_day(text)
    if day > today:
        raise Refused(
            "{day} is still to come; today is {today}", day=day.isoformat(), today=today.isoformat()
        )
    if day < EARLIEST:
        raise Refused("{day} is too long ago to be meant", day=day.isoformat())
    return day


def _any_day(text: str) -> date:
    day = day_of_people(text)
    if day is None:
        raise Refused("{value} is no day; write it as 2026-09-17", value=text[:40])
    return day


_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def day_of_people(text: str) -> date | None:
    """``2026-09-17``, ``2026/9/17``, ``2026.9.17``, ``2026年9月17日``, full-width digits too."""
    found = _DAY.fullmatch(plain(text))
    if found is None:
        return None
    return day_of(f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}")


def _time(one: Field, raw: Any, ground: Ground) -> str:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?", plain(_text(raw)))
    if found is None:
        raise Refused("{value} is no time of day; write it as 07:30", value=_text(raw)[:40])
    return f"{int(found[1]):02d}:{found[2]}"


def meant(text: str, kind: str, ground: Ground) -> str | None:
    """The id of what has this name: a ``season``, ``plot`` or ``item``; None where nothing is called so.
    Refused where several are: which one is meant is never guessed."""
    known = {"season": ground.seasons, "plot": ground.plots}.get(kind)
    for table in (known or {}, ground.called.get(kind, {})):
        if text in table:
            return table[text]
    alike = ground.alike.get(kind)
    if alike is not None:
        if (told := alike.ids.get(plain(text))) is not None:
            return told
        if text in alike.names:
            labels, template = alike.names[text], SEVERAL[kind].template
            raise Refused(
                template,
                count=len(labels),
                name=text[:80],
                choices="; ".join(labels[:MOST_CHOICES]) + ("; …" if labels[MOST_CHOICES:] else ""),
            )
    return ground.things.get(text)


SEVERAL: Mapping[str, Said] = MappingProxyType(
    {
        "season": Said("{count} seasons are called {name}; write which one is meant: {choices}"),
        "plot": Said("{count} plots are called {name}; write which one is meant: {choices}"),
        "item": Said("{count} things are called {name}; write which one is meant: {choices}"),
    }
)
"""What is said of a name that several such things have."""
MOST_CHOICES = 10


def _named(text: str, known: Mapping[str, str] | None, kind: str, ground: Ground) -> str | None:
    """The id that a text means: one that is known, a GTIN with or without its lot, else a URI."""
    if (thing := meant(text, kind, ground)) is not None:
        return thing
    found = canonical(f"https://id.gs1.org/{_link(text)}") if _link(text) else canonical(text)
    if is_uri(found):
        return found if known is None or found in known.values() else None
    if known is None and (kind != "item" or ground.bare):
        return ground.id_of(kind, text)
    return None


def _link(text: str) -> str | None:
    found = re.fullmatch(r"(\d{14})(?:/(?:10/)?([!-~]{1,20}))?", text)
    if found is None:
        return None
    return f"01/{found[1]}/10/{quote(found[2], safe='')}" if found[2] else f"01/{found[1]}"


def _season(one: Field, raw: Any, ground: Ground) -> str:
    text = _text(raw)
    found = _named(text, ground.seasons, "season", ground)
    if found is None:
        raise Refused("there is no season {name}", name=text[:80])
    return found


def _plot(text: str, ground: Ground) -> str:
    found = _named(text, ground.plots, "plot", ground)
    if found is None:
        raise Refused("there is no plot {name}", name=text[:80])
    return _ours(found, ground)


def _ours(place: str, ground: Ground) -> str:
    if ground.elsewhere(place):
        raise Refused(
            "{plot} is a plot of another organisation; only that one records on it", plot=place[:80]
        )
    return place


def _plots(one: Field, raw: Any, ground: Ground) -> tuple[str, ...]:
    return _each(raw, lambda text: _plot(text, ground))


NOT_KNOWN = Said(
    "nothing here is called {name}; choose a name from the list, or write a GTIN and a lot, for "
    "example 09521234000044/LOT-1"
)


def _thing(text: str, ground: Ground) -> str:
    found = _named(text, None, "item", ground)
    if found is None:
        template = NOT_KNOWN.template
        raise Refused(template, name=text[:80])
    return found


def _things(one: Field, raw: Any, ground: Ground) -> tuple[str, ...]:
    found = _each(raw, lambda text: _thing(text, ground))
    if not one.many and len(found) > 1:
        raise Refused("only one belongs here")
    return tuple(sorted(found, key=is_single))


def is_single(uri: str) -> bool:
    """Whether a thing without an amount stands in a list of EPCs: all but lots and classes.

    An event has two lists, so lots come before single things.
    """
    found = identify(uri)
    return found.object is not None and found.object != found.lot


def _one_thing(one: Field, raw: Any, ground: Ground) -> str:
    return _thing(_text(raw), ground)


def _place(one: Field, raw: Any, ground: Ground) -> str:
    text = _text(raw)
    found = meant(text, "plot", ground)
    if found is not None and found in (ground.plots or {}).values():
        return found
    return _ours(_thing(text, ground), ground)


def _each(raw: Any, read: Callable[[str], str]) -> tuple[str, ...]:
    texts = raw if isinstance(raw, list | tuple) else re.split(r"[\n;；、]+", _text(raw))
    found: dict[str, None] = {}
    problems: list[SuyuanError] = []
    if len(texts) > MOST_ITEMS:
        raise Refused("more than {most} belong into several records", most=MOST_ITEMS)
    for number, text in enumerate(texts):
        if _empty(text):
            continue
        try:
            found.setdefault(read(_text(text)))
        except Refused as problem:
            problems.append(problem.at(f"/{number}"))
    if problems:
        raise Many(problems)
    return tuple(found)


def _items(one: Field, raw: Any, ground: Ground) -> tuple[Item, ...]:
    rows: Sequence[Any] = (
        [raw] if isinstance(raw, Mapping)
        else raw if isinstance(raw, list | tuple)
        else [line for line in re.split(r"[\n;；]+", _text(raw)) if line.strip()]
    )  # fmt: skip
    if len(rows) > MOST_ITEMS:
        raise Refused("more than {most} belong into several records", most=MOST_ITEMS)
    found: list[Item] = []
    problems: list[SuyuanError] = []
    for number, row in enumerate(rows):
        try:
            item = _item(one, row, ground)
            if any(other.id == item.id for other in found):
                raise Refused("this stands here twice; add it up", path="/item")
            found.append(item)
        except Refused as problem:
            problems.append(problem.at(f"/{number}"))
    if problems:
        raise Many(problems)
    return tuple(found)


def _item(one: Field, row: Any, ground: Ground) -> Item:
    if isinstance(row, Mapping):
        unknown = row.keys() - {"item", "amount"}
        if unknown:
            raise Malformed("an item has item and amount, and nothing else")
        what, amount = row.get("item"), row.get("amount")
    else:
        what, _, amount = _text(row).partition(" ")
    if _empty(what):
        raise Refused("what it is is missing", path="/item")
    try:
        name = _thing(_text(what), ground)
    except Refused as problem:
        raise problem.at("/item") from None
    if _empty(amount):
        raise Refused("how much is missing; write for example 30 斤", path="/amount")
    try:
        found = parse_amount(_text(amount), content=ground.net(name))
        _bounded(found, one)
    except Refused as problem:
        raise problem.at("/amount") from None
    return Item(name, found)


def _bounded(amount: Amount, one: Field) -> None:
    """Refuse nothing, less than nothing, another kind of measure, and what cannot be meant."""
    if amount.value <= 0:
        raise Refused("{value} is not above zero", value=amount.said)
    dimension = dimension_of(amount.unit)
    if dimension == "area" and one.type != "area":
        raise Refused("{value} is an area; an amount belongs here", value=amount.said)
    bound = BOUNDS.get(dimension or "")
    if bound is None:
        return
    value = (
        square_metres(amount) if dimension == "area" else in_base_unit(amount.value, amount.unit)[0]
    )
    if value is not None and value > bound.most:
        template = bound.reason.template
        raise Refused(template, value=amount.said)


def _area(one: Field, raw: Any, ground: Ground) -> Amount:
    found = parse_amount(_text(raw))
    if dimension_of(found.unit) != "area":
        raise Refused("{value} is no area; write for example 1.5 亩", value=found.said)
    _bounded(found, one)
    return found


def _amount(one: Field, raw: Any, ground: Ground) -> Amount:
    found = parse_amount(_text(raw), usual=one.units[0] if len(one.units) == 1 else None)
    _bounded(found, one)
    return found


def _number(one: Field, raw: Any, ground: Ground) -> Decimal:
    found = exact(parse_number(_text(raw)), _text(raw))
    if found < one.least:
        raise Refused("{value} is below {least}", value=_text(raw)[:40], least=str(one.least))
    if one.most is not None and found > one.most:
        raise Refused("{value} is above {most}", value=_text(raw)[:40], most=str(one.most))
    return found


def _count(one: Field, raw: Any, ground: Ground) -> int:
    found = _number(one, raw, ground)
    if found != found.to_integral_value():
        raise Refused("{value} is no whole number", value=_text(raw)[:40])
    most = one.most if one.most is not None else BOUNDS["count"].most
    if found > most:
        raise Refused("{value} is above {most}", value=_text(raw)[:40], most=str(most))
    return int(found)


def _money(one: Field, raw: Any, ground: Ground) -> Decimal:
    text = plain(_text(raw)).removeprefix("¥").removesuffix("元").strip()
    found = _number(one, text, ground)
    if found != found.quantize(Decimal("0.01")):
        raise Refused("{value} is not an amount of yuan and fen", value=_text(raw)[:40])
    if found > _MOST_MONEY:
        raise Refused("{value} is above {most}", value=_text(raw)[:40], most=str(_MOST_MONEY))
    return found


_MOST_MONEY = Decimal(1_000_000_000)


def _words(one: Field, raw: Any, ground: Ground) -> str:
    return _text(raw)


def _texts(one: Field, raw: Any, ground: Ground) -> tuple[str, ...]:
    return _each(raw, str)


def _choice(one: Field, raw: Any, ground: Ground) -> str:
    text = _text(raw)
    if text not in one.choices:
        raise Refused(
            "{value} is none of {choices}", value=text[:40], choices="、".join(one.choices)
        )
    return text


def _uris(one: Field, raw: Any, ground: Ground) -> tuple[str, ...]:
    def read(text: str) -> str:
        if not is_uri(text):
            raise Refused("{value} is no address (URI)", value=text[:80])
        return text

    return _each(raw, read)


_READERS: Mapping[str, Callable[[Field, Any, Ground], Value]] = {
    "day": _day,
    "time": _time,
    "season": _season,
    "plots": _plots,
    "area": _area,
    "items": _items,
    "things": _things,
    "amount": _amount,
    "number": _number,
    "count": _count,
    "money": _money,
    "text": _words,
    "texts": _texts,
    "choice": _choice,
    "place": _place,
    "party": _one_thing,
    "uris": _uris,
}

__all__ = [
    "MOST_ITEMS",
    "MOST_TEXT",
    "NOT_KNOWN",
    "Ground",
    "Value",
    "Values",
    "day_of_people",
    "fill",
    "is_single",
    "meant",
    "past_day",
]

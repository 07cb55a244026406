"""The lists of the books as tables: headings in words, cells as people read them.

``Table.rows`` may be walked once. What a record does not say is an empty cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from suyuan.core.farm.deed import Deed, Item
from suyuan.core.farm.forms import FORMS, form_for
from suyuan.core.farm.write import spoken
from suyuan.core.identifiers import product_of
from suyuan.core.plot_form import place_text
from suyuan.core.rules.balance import COLUMNS, Line, in_stock
from suyuan.core.rules.spoken import in_words
from suyuan.core.rules.tables import decimal_of
from suyuan.core.sheets.told import Names
from suyuan.core.story_steps import OWN_STEPS
from suyuan.core.story_values import Said, day_of

Cell: TypeAlias = "str | int | float | date | Said | None"


@dataclass(frozen=True, slots=True)
class Table:
    """One list."""

    name: str
    title: Said
    headings: Sequence[Said]
    rows: Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Told:
    """A deed in a list, and the records that call it an error or stand in its place."""

    deed: Deed
    declared: tuple[int, ...] = ()
    instead: tuple[int, ...] = ()


DEEDS = (
    Said("Record number"),
    Said("Day"),
    Said("Kind of record"),
    Said("Season"),
    Said("Plots"),
    Said("Area"),
    Said("Put in or used"),
    Said("Harvested or made"),
    Said("About"),
    Said("Number of animals"),
    Said("What for"),
    Said("Who did it"),
    Said("From"),
    Said("To"),
    Said("Note"),
    Said("Recorded on"),
    Said("Declared wrong by record"),
    Said("Replaced by record"),
)


def deeds_table(lines: Iterable[Told], names: Names) -> Table:
    """Everything that was recorded."""
    return Table("records", Said("Records"), DEEDS, (_deed(one, names) for one in lines))


def _deed(one: Told, names: Names) -> list[Cell]:
    deed = one.deed
    return [
        deed.index,
        deed.day,
        label_of(deed),
        names.of(deed.season) if deed.season else None,
        "; ".join(map(names.of, deed.plots)),
        spoken(deed.area) if deed.area is not None else None,
        items(deed.inputs, names),
        items(deed.outputs, names),
        items(deed.about, names),
        heads_of(deed),
        stated(deed, "purpose"),
        stated(deed, "person", "name"),
        names.of(deed.source) if deed.source else stated(deed, "seller", "name"),
        names.of(deed.destination) if deed.destination else stated(deed, "buyer", "name"),
        stated(deed, "note"),
        deed.recorded,
        ", ".join(map(str, one.declared)),
        ", ".join(map(str, one.instead)),
    ]


def label_of(deed: Deed) -> Said | str:
    """What kind of record it is, as its form or its step is called."""
    form = FORMS.get(deed.form or "") or next(
        (f for f in FORMS.values() if f.kind == deed.kind), None
    )
    if form is not None:
        return form.label
    return OWN_STEPS.get(deed.step) or deed.step or deed.kind


def heads_of(deed: Deed) -> Said | None:
    """How many animals, each figure with its word: 存栏 32；屠宰 13. None where none are stated."""
    told: Said | None = None
    for label, count in heads_stated(deed):
        one = Said("{label} {count}", label=label, count=count)
        told = one if told is None else Said("{one}; {other}", one=told, other=one)
    return told


def heads_stated(deed: Deed) -> list[tuple[Said, Decimal]]:
    """The figures of a record's animals with what each is of, in the order of its form."""
    form, given = form_for(deed.kind, deed.form), deed.stated.get("heads")
    if form is None or not isinstance(given, Mapping):
        return []
    fields = [one for one in form.fields if one.at.startswith("voc:heads/")]
    counts = [(one.label, decimal_of(given.get(one.at.rsplit("/", 1)[-1]))) for one in fields]
    return [(label, count) for label, count in counts if count is not None]


def items(found: Iterable[Item], names: Names) -> str:
    """Things with their amounts, as they were said."""
    return "; ".join(
        f"{names.of(one.id)} {spoken(one.amount)}" if one.amount is not None else names.of(one.id)
        for one in found
    )


def stated(deed: Deed, name: str, part: str = "") -> str | None:
    """What a member of our vocabulary says, where it says a text or a number."""
    value: Any = deed.stated.get(name)
    if part:
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)


LOTS = (
    Said("Lot"),
    Said("Product"),
    Said("Day"),
    Said("Amount"),
    Said("Season"),
    Said("Plots"),
    Said("Kind of record"),
    Said("Record number"),
)


def lots_table(lines: Iterable[Told], names: Names) -> Table:
    """Every lot that came into being, with the record that made it."""

    def rows() -> Iterator[list[Cell]]:
        for one in lines:
            deed = one.deed
            for made in deed.outputs if not one.declared else ():
                product = product_of(made.id)
                yield [
                    names.of(made.id),
                    names.of(product) if product else None,
                    deed.day,
                    spoken(made.amount) if made.amount is not None else None,
                    names.of(deed.season) if deed.season else None,
                    "; ".join(map(names.of, deed.plots)),
                    label_of(deed),
                    deed.index,
                ]

    return Table("lots", Said("Lots"), LOTS, rows())


INPUTS = (
    Said("Input"),
    Said("Kind of record"),
    Said("Day"),
    Said("Amount"),
    Said("Dealer"),
    Said("What for"),
    Said("Season"),
    Said("Plots"),
    Said("Record number"),
)
_BOUGHT = frozenset({"purchase", "sale_of_input", "returning"})


def inputs_table(lines: Iterable[Told], names: Names) -> Table:
    """Every movement of an input: bought, sold, used, returned."""

    def rows() -> Iterator[list[Cell]]:
        for one in lines:
            deed = one.deed
            moved = deed.about if deed.kind in _BOUGHT else deed.inputs
            for item in moved if not one.declared else ():
                yield [
                    names.of(item.id),
                    label_of(deed),
                    deed.day,
                    spoken(item.amount) if item.amount is not None else None,
                    stated(deed, "seller", "name")
                    or (names.of(deed.source) if deed.source else None),
                    stated(deed, "purpose"),
                    names.of(deed.season) if deed.season else None,
                    "; ".join(map(names.of, deed.plots)),
                    deed.index,
                ]

    return Table("inputs", Said("Inputs"), INPUTS, rows())


_CALLED = (Said("What it is called"), Said("English name"), Said("Code"))
_RECORDED = (Said("Recorded on"), Said("Record number"))
PLOTS = (
    *_CALLED, Said("Member"), Said("Village"), Said("Crop"), Said("Area"),
    Said("Position or outline"), Said("Datum"), *_RECORDED,
)  # fmt: skip
PRODUCTS = (
    *_CALLED, Said("Kind"), Said("Registration number"), Said("Content of one pack"), *_RECORDED,
)  # fmt: skip
SEASONS = (
    *_CALLED, Said("Crop or animal"), Said("Plots"), Said("Area"), Said("Since"), Said("Closed"),
    *_RECORDED,
)  # fmt: skip
Recorded = tuple[int, str, Mapping[str, Any]]
"""Record, recordTime, and the master data that it says."""


def plots_table(found: Iterable[Recorded], names: Names, *, places: bool) -> Table:
    """Plots; the member's name as ``names`` knows persons, where a plot lies with ``places`` alone."""

    def own(master: Mapping[str, Any]) -> list[Cell]:
        where, datum = place_text(master) if places else ("", "")
        return [
            names.people.get(str(master.get("suyuan:member"))),
            _both(master.get("suyuan:village"))[0], _both(master.get("suyuan:crop"))[0],
            _measure(master.get("suyuan:area")), where, datum if where else "",
        ]  # fmt: skip

    return Table("plots", Said("Plots"), PLOTS, _masters(found, own))


def products_table(found: Iterable[Recorded]) -> Table:
    """Products and inputs, with what their labels say they are."""

    def own(master: Mapping[str, Any]) -> list[Cell]:
        label = master.get("suyuan:label")
        label = label if isinstance(label, Mapping) else {}
        registration = label.get("registration") or master.get("suyuan:registration")
        return [
            KIND_WORDS.get(str(label.get("kind"))),
            registration if isinstance(registration, str) else None,
            _measure(master.get("suyuan:netWeight")),
        ]

    return Table("products", Said("Products and inputs"), PRODUCTS, _masters(found, own))


def seasons_table(
    found: Iterable[Recorded], names: Names, crops: Callable[[str], str | None]
) -> Table:
    """Seasons; ``crops``: what grows under a template, by its id."""

    def own(master: Mapping[str, Any]) -> list[Cell]:
        template, plots = master.get("suyuan:template"), master.get("suyuan:plots")
        named = template.get("id") if isinstance(template, Mapping) else template
        return [
            crops(named) if isinstance(named, str) else None,
            "; ".join(names.of(one) for one in plots if isinstance(one, str))
            if isinstance(plots, list) else None,
            _measure(master.get("suyuan:area")),
            day_of(master.get("suyuan:from")), day_of(master.get("suyuan:until")),
        ]  # fmt: skip

    return Table("seasons", Said("Seasons"), SEASONS, _masters(found, own))


def _masters(
    found: Iterable[Recorded], own: Callable[[Mapping[str, Any]], list[Cell]]
) -> Iterator[list[Cell]]:
    for index, recorded, master in found:
        zh, en = _both(master.get("name"))
        yield [zh, en, str(master["id"]), *own(master), recorded, index]


KIND_WORDS: Mapping[str, Said] = {
    "pesticide": Said("pesticide"),
    "fertiliser": Said("fertiliser"),
    "veterinary": Said("veterinary drug"),
    "vaccine": Said("vaccine"),
    "seed": Said("seed or seedlings"),
    "feed": Said("feed"),
    "film": Said("film"),
    "other": Said("something else"),
}
"""Kinds of inputs, as labels state them."""


BALANCE = (
    Said("Input"),
    Said("Code"),
    Said("Held by"),
    Said("Unit"),
    Said("Opening"),
    Said("Bought"),
    Said("Used"),
    Said("Sold on"),
    Said("Given back"),
    Said("Destroyed"),
    Said("There should be"),
    Said("The same as people say it"),
    Said("Counted"),
    Said("Counted on"),
    Said("Difference"),
    Said("Packs bought"),
    Said("Empties returned"),
)


def balance_table(lines: Iterable[Line], called: Callable[[str], str]) -> Table:
    """What there should be of each input of each holder: sums in the input's unit."""

    def rows() -> Iterator[list[Cell]]:
        for line in lines:

            def amount(value: Decimal | None, unit: str = line.unit) -> float | None:
                return None if value is None else in_stock(value, unit).amount

            yield [
                called(line.item), line.item, called(line.holder),
                in_stock(Decimal(0), line.unit).unit,
                *(amount(line.sums.get(column)) for column in COLUMNS),
                amount(line.book), in_people_s_words(line), amount(line.counted), line.counted_on,
                amount(line.difference),
                None if line.packs_bought is None else float(line.packs_bought),
                None if line.packs_bought is None else float(line.packs_returned),
            ]  # fmt: skip

    return Table("balance", Said("Balance of inputs"), BALANCE, rows())


def in_people_s_words(line: Line) -> str | None:
    """What there should be in the unit that people said it in, as records tell their amounts too; None
    where they said no other."""
    said = in_words(line.book, line.words, line.unit)
    return None if said is None else said.zh


def _both(name: object) -> tuple[str | None, str | None]:
    if isinstance(name, Mapping):
        zh, en = name.get("zh"), name.get("en")
        return (zh if isinstance(zh, str) else None), (en if isinstance(en, str) else None)
    return (name if isinstance(name, str) else None), None


def _measure(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    unit = value.get("unit", value.get("uom", ""))
    return f"{Decimal(repr(value['value'])):f} {unit}" if "value" in value else None

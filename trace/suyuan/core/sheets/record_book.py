"""The production record book 生产记录 that the law asks of farms, a season at a time.

农产品质量安全法 (2022) art. 27: names, sources, use, amounts of inputs, days of their use and stop;
pests, diseases and how they were met; days of harvest, slaughter or catch. Kept two years at least.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.units import said_in, unit_of
from suyuan.core.farm.write import spoken
from suyuan.core.identifiers import product_of
from suyuan.core.rules.heads import stated_heads
from suyuan.core.sheets.lists import Cell, heads_of, items, label_of, stated
from suyuan.core.sheets.told import Names
from suyuan.core.story_values import Said

_USES = frozenset({"applying", "feeding", "immunising", "sowing", "stocking"})
_LOOKS = frozenset({"inspecting"})
_ENDS = frozenset({"harvest"})
_KILLING = frozenset({"killing", "slaughtering"})
NOT_KNOWN = Said("not recorded")
TITLE = Said("Production record")
EMPTY = Said("nothing on record")
KEEP = Said("Keep two years at least")
SIGNED = Said("Kept by (signature):                    Checked by:                    Date:")


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the book."""

    title: Said
    headings: tuple[Said, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Season:
    """The book of one season: what stands on top, and its tables."""

    name: str
    facts: tuple[tuple[Said, str], ...]
    parts: tuple[Part, ...]


def record_book(
    deeds: Iterable[Deed], purchases: Iterable[Deed], names: Names, organisation: str
) -> list[Season]:
    """A book for each season, by its first day. What was declared wrong is the caller's to leave out."""
    seasons: dict[str, list[Deed]] = {}
    every = list(deeds)
    for deed in every:
        if deed.season is not None:
            seasons.setdefault(deed.season, []).append(deed)
    for deed in every:
        # Animals are slaughtered, sent off and sold as the group that they lived in.
        for item in (*deed.inputs, *deed.about) if deed.season is None else ():
            if item.id in seasons:
                seasons[item.id].append(deed)
    sources = _Sources(purchases, names)
    books = []
    for season, own in seasons.items():
        own.sort(key=lambda deed: (deed.day, deed.index or 0))
        books.append((own[0].day, _season(season, own, sources, names, organisation)))
    return [book for _, book in sorted(books, key=lambda one: (one[0], one[1].name))]


def _season(
    season: str, deeds: Sequence[Deed], sources: _Sources, names: Names, organisation: str
) -> Season:
    plots = dict.fromkeys(names.of(plot) for deed in deeds for plot in deed.plots)
    people = dict.fromkeys(
        p for deed in deeds if deed.kind != "override" and (p := _who(deed, names))
    )
    return Season(
        names.of(season),
        (
            (Said("Producer"), organisation),
            (Said("Season"), names.of(season)),
            (Said("Plots"), "、".join(plots)),
            (Said("From and to"), f"{deeds[0].day.isoformat()} – {deeds[-1].day.isoformat()}"),
            (Said("Who did the work"), "、".join(people)),
        ),
        (
            _uses(deeds, sources, names),
            _pests(deeds, names),
            _harvests(deeds, names),
            _others(deeds, names),
        ),
    )


def _uses(deeds: Sequence[Deed], sources: _Sources, names: Names) -> Part:
    last: dict[str, date] = {}
    uses = [(deed, item) for deed in deeds if deed.kind in _USES for item in deed.inputs]
    for deed, item in uses:
        last[item.id] = max(deed.day, last.get(item.id, deed.day))
    rows = tuple(
        (
            deed.day,
            label_of(deed),
            names.of(item.id),
            sources.of(item, deed.day),
            _how(deed),
            measured(item.amount) if item.amount is not None else NOT_KNOWN,
            spoken(deed.area) if deed.area is not None else None,
            last[item.id],
            stated(deed, "preHarvestInterval", "days") or stated(deed, "withdrawal", "days"),
            _who(deed, names),
            deed.index,
        )
        for deed, item in uses
    )
    return Part(
        Said("Inputs used"),
        (Said("Day of use"), Said("Kind of record"), Said("What it is called"), Said("Source"),
         Said("How it was used"), Said("Amount"), Said("Area"), Said("Last used on"),
         Said("Days to wait"), Said("Who did it"),
         Said("Record number")),
        rows,
    )  # fmt: skip


def _who(deed: Deed, names: Names) -> str | None:
    """Who did it: as it was written, else by the register, where the reader may know it."""
    known = names.people.get(stated(deed, "person", "id") or "")
    return stated(deed, "person", "name") or known


def _how(deed: Deed) -> Cell:
    return _joined(deed, ("purpose", "dilution", "equipment", "method", "route"))


def _joined(deed: Deed, members: Sequence[str]) -> Cell:
    """What members say, one after the other; what was chosen from a list in the reader's words."""
    found: str | Said | None = None
    for name in members:
        if not (text := stated(deed, name)):
            continue
        one = _chosen(deed, name, text)
        found = one if found is None else Said("{one}; {other}", one=found, other=one)
    return found


def _chosen(deed: Deed, name: str, text: str) -> str | Said:
    form = FORMS.get(deed.form or "")
    for one in form.fields if form is not None else ():
        if one.at == f"voc:{name}" and text in one.choices:
            return one.choices[text]
    return text


def _pests(deeds: Sequence[Deed], names: Names) -> Part:
    rows = tuple(
        (
            deed.day,
            "、".join(map(names.of, deed.plots)),
            stated(deed, "pest") or stated(deed, "purpose"),
            _joined(deed, ("severity", "observation")),
            items(deed.inputs, names),
            _who(deed, names),
            deed.index,
        )
        for deed in deeds
        if stated(deed, "pest")
        or deed.kind in _LOOKS
        or (deed.kind in ("applying", "immunising") and stated(deed, "purpose"))
    )
    return Part(
        Said("Pests and diseases, and what was done"),
        (Said("Day"), Said("Plots"), Said("Pest or disease"), Said("What was seen"),
         Said("What was applied"), Said("Who did it"), Said("Record number")),
        rows,
    )  # fmt: skip


def _harvests(deeds: Sequence[Deed], names: Names) -> Part:
    rows = tuple(
        (
            deed.day,
            lot,
            amount,
            "、".join(map(names.of, deed.plots)),
            stated(deed, "grade"),
            _who(deed, names),
            deed.index,
        )
        for deed in deeds
        for lot, amount in _taken(deed, names)
    )
    return Part(
        Said("Harvest, slaughter or catch"),
        (Said("Day"), Said("Lot"), Said("Amount"), Said("Plots"), Said("Grade"), Said("Who did it"),
         Said("Record number")),
        rows,
    )  # fmt: skip


def _taken(deed: Deed, names: Names) -> list[tuple[str, Cell]]:
    """What was reaped or slaughtered, and how much: lots, or animals that a head count tells of."""
    if deed.kind == "head_count":
        killed, of = stated_heads(deed, "slaughtered"), names.of(deed.season or "")
        return [(of, Said("{n} animals", n=killed))] if killed else []
    if deed.kind not in _ENDS and deed.step not in _KILLING:
        return []
    return [
        (names.of(made.id), measured(made.amount) if made.amount is not None else NOT_KNOWN)
        for made in deed.outputs
    ]


def _others(deeds: Sequence[Deed], names: Names) -> Part:
    told = _USES | _LOOKS | _ENDS
    rows = tuple(
        (
            deed.day,
            label_of(deed),
            "、".join(map(names.of, deed.plots)),
            _done(deed),
            _who(deed, names),
            deed.index,
        )
        for deed in deeds
        if deed.kind not in told and deed.step not in _KILLING
    )  # fmt: skip
    return Part(
        Said("Other work"),
        (Said("Day"), Said("Kind of record"), Said("Plots"), Said("What was done"), Said("Who did it"),
         Said("Record number")),
        rows,
    )  # fmt: skip


def _done(deed: Deed) -> Cell:
    heads = heads_of(deed)
    said = _joined(deed, ("work", "method", "stage", "observation", "cause", "disposal", "note"))
    return Said("{one}; {other}", one=heads, other=said) if heads and said else heads or said


def measured(amount: Amount) -> str:
    """As it was said, and what it was converted to where that is something else: 30 斤（15 公斤）."""
    text, unit = spoken(amount), unit_of(amount.unit)
    said = said_in(text)
    same = said is not None and said[1] == unit
    if unit is None or unit.dimension == "count" or amount.said is None or same:
        return text
    return f"{text}（{amount.value:f} {unit.word}）"


class _Sources:
    """Where an input came from: the last purchase of this lot, else of this product, until that day."""

    def __init__(self, purchases: Iterable[Deed], names: Names) -> None:
        self._bought: dict[str, list[tuple[date, str]]] = {}
        for deed in purchases:
            seller = stated(deed, "seller", "name") or (
                names.of(deed.source) if deed.source else ""
            )
            for item in deed.about if seller else ():
                for name in filter(None, (item.id, product_of(item.id))):
                    self._bought.setdefault(name, []).append((deed.day, seller))

    def of(self, item: Item, day: date) -> Cell:
        for name in filter(None, (item.id, product_of(item.id))):
            if until := [one for one in self._bought.get(name, ()) if one[0] <= day]:
                return max(until)[1]
        return NOT_KNOWN


def of_year(deeds: Iterable[Deed], year: int | None) -> list[Deed]:
    """All deeds of the seasons that have one in this year."""
    kept = list(deeds)
    wanted = {deed.season for deed in kept if year is None or deed.day.year == year}
    return [deed for deed in kept if deed.season in wanted]

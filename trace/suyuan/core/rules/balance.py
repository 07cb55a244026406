"""Rule 5: per input item, bought + opening = used + stock + returned; empties against packs bought."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from suyuan.core.epcis.units import in_base_unit
from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import APPLIED, Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.spoken import Word, add_word, in_words
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import Names, Quantity, Said

RULE = 5

Column = Literal["opening", "bought", "used", "sold", "returned", "lost", "counted"]

COLUMNS: tuple[Column, ...] = ("opening", "bought", "used", "sold", "returned", "lost")
"""What moves the stock; ``counted`` is what was found when somebody looked."""


@dataclass(slots=True)
class Line:
    """The account of one input of one holder up to a day, in the input's base unit."""

    item: str
    """Object id of its lot, or of the product where no lot is named."""
    holder: str
    """Who holds it: a member where the record names one, else the organisation."""
    unit: str
    sums: dict[Column, Decimal] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    counted_on: date | None = None
    applied: bool = False
    """Whether any of it went onto a crop or into an animal: then it is an input, bought or not."""
    words: Counter[Word] = field(default_factory=Counter)
    """How often it was said in which unit: 瓶, 袋, 斤."""
    packs_bought: Decimal | None = None
    packs_returned: Decimal = Decimal(0)

    @property
    def product(self) -> str:
        """The product that it is a lot of; itself where it is none."""
        return product_of(self.item) or self.item

    @property
    def book(self) -> Decimal:
        """What should be in stock."""
        got = self.sums.get("opening", Decimal(0)) + self.sums.get("bought", Decimal(0))
        went: tuple[Column, ...] = ("used", "sold", "returned", "lost")
        return got - sum((self.sums.get(name, Decimal(0)) for name in went), Decimal(0))

    @property
    def counted(self) -> Decimal | None:
        """What was counted in stock last, carried on by what moved since; None if never counted."""
        return self.sums.get("counted")

    @property
    def difference(self) -> Decimal:
        """Of the book from zero or from the count: what does not balance (positive: missing)."""
        if self.counted is not None:
            return self.book - self.counted
        return min(self.book, Decimal(0))

    @property
    def balances(self) -> bool:
        return self.difference == 0

    @property
    def empties_missing(self) -> Decimal | None:
        """Packs bought, less packs whose empties came back; None where packs are not stated."""
        return None if self.packs_bought is None else self.packs_bought - self.packs_returned


def account(
    deeds: Iterable[Deed],
    *,
    until: date | None = None,
    by_member: bool = False,
    members: Collection[str] | None = None,
) -> list[Line]:
    """The lines of all inputs that were bought, sold on, used or returned, by (holder, item, unit).

    A count of stock (a record with ``suyuan:stock``) of nothing bought before is an opening. Without
    ``by_member`` an organisation and the members whose records it keeps are one holder: what it hands
    out to them stays within. ``members``: who they are; unless given, who acts in these records.
    """
    deeds = list(deeds)
    lines: dict[tuple[str, str, str], Line] = {}
    if members is None:
        members = {holder_of(deed) for deed in deeds} - {deed.organisation for deed in deeds}
    within = frozenset[str]() if by_member else frozenset(members)
    for deed in sorted(deeds, key=lambda one: (one.time, one.index is None, one.index or 0)):
        if until is None or deed.day <= until:
            for holder, item, column, amount in moves(deed, within):
                value, unit = in_base_unit(amount.value, amount.unit)
                key = holder, item.id, unit
                line = lines.setdefault(key, Line(item.id, holder, unit))
                _book(line, column, value, deed)
                add_word(line.words, amount)
                line.applied |= puts_in_use(deed)
                packs = packs_of(deed)
                if column == "bought" and packs is not None:
                    line.packs_bought = (line.packs_bought or Decimal(0)) + packs
    _empties(lines.values(), deeds, until)
    inputs = {
        line.item
        for line in lines.values()
        if line.applied or line.sums.keys() & {"bought", "opening", "counted"}
    }
    return sorted(
        (line for line in lines.values() if line.item in inputs),
        key=lambda line: (line.holder, line.item, line.unit),
    )


def balances(case: Case) -> Iterator[Finding]:
    """Every input that something was bought of or that stock was taken of."""
    for line in account(case.deeds):
        yield from balance_of(case, line)


def balance_of(case: Case, line: Line) -> Iterator[Finding]:
    """What is to be said of one line; nothing of what was never bought nor counted."""
    if line.sums.keys() & {"bought", "opening", "counted"}:
        name = case.called(line.item)
        if line.balances:
            text = Said(
                "{item}: {stock} should be in stock", item=name, stock=as_said(line, line.book)
            )
        elif line.counted is not None:
            text = Said(
                "{item}: {book} should be in stock, {counted} was counted", item=name,
                book=as_said(line, line.book), counted=as_said(line, line.counted),
            )  # fmt: skip
        else:
            text = Said(
                "{item}: {over} more was used than bought",
                item=name,
                over=as_said(line, -line.book),
            )
        yield finding(
            RULE, "balance", "pass" if line.balances else "warn", text, line.item, line.deeds,
            holder=line.holder, difference=line.difference, stock=line.book,
        )  # fmt: skip
        missing = line.empties_missing
        if missing is not None and missing > 0:
            text = Said("{item}: {missing} of {bought} empties have not come back", item=name,
                        missing=missing, bought=line.packs_bought)  # fmt: skip
            yield finding(RULE, "empties", "pass", text, line.item, line.deeds, missing=missing)


def holder_of(deed: Deed) -> str:
    """The member that a record names, else the organisation that signed it."""
    for name in ("person", "member"):
        given = deed.stated.get(name)
        who = given.get("id") if isinstance(given, Mapping) else given
        if isinstance(who, str) and ":" in who:
            return who
    return deed.organisation


def puts_in_use(deed: Deed) -> bool:
    """Whether what it uses goes onto a crop or into an animal: an input then, bought or not.

    Animals brought into a group are none by that alone: they may be born here. Whether their heads are
    right, rule 8 says; whether more were brought in than bought, this one says where any were bought.
    """
    return deed.kind in APPLIED or deed.kind == "sowing"


def moves(deed: Deed, within: Collection[str]) -> Iterator[tuple[str, Item, Column, Amount]]:
    """(holder, item, column, amount) of everything that a deed moves."""
    mine = holder_of(deed)
    if mine in within:
        mine = deed.organisation
    if "stock" in deed.stated:
        yield from _each(mine, deed.about, "counted")
    elif deed.kind == "purchase":
        yield from _each(mine, deed.about, "bought")
    elif deed.kind == "sale_of_input" and deed.destination not in within:
        yield from _each(deed.organisation, deed.about, "sold")
        if deed.destination is not None and deed.destination != deed.organisation:
            yield from _each(deed.destination, deed.about, "bought")
    elif puts_in_use(deed) or deed.kind in ("stocking", "processing", "packing"):
        yield from _each(mine, deed.inputs, "used")
    elif deed.kind == "destroying":
        yield from _each(mine, deed.about, "lost")
    elif deed.kind == "returning" and isinstance(deed.stated.get("unused"), bool):
        yield from _each(mine, deed.about, "returned")


def _each(
    holder: str, items: Iterable[Item], column: Column
) -> Iterator[tuple[str, Item, Column, Amount]]:
    for item in items:
        if item.amount is not None:
            yield holder, item, column, item.amount


def _book(line: Line, column: Column, value: Decimal, deed: Deed) -> None:
    line.deeds.append(deed)
    if column == "counted":
        if not line.sums:
            line.sums["opening"] = value
        line.sums["counted"] = value
        line.counted_on = deed.day
        return
    line.sums[column] = line.sums.get(column, Decimal(0)) + value
    if "counted" in line.sums:
        sign = 1 if column == "bought" else -1
        line.sums["counted"] += sign * value


def packs_of(deed: Deed) -> Decimal | None:
    """Packs that a purchase names: its pack codes, or the number in a stated ``packs``."""
    codes = deed.stated.get("packCodes")
    if isinstance(codes, list):
        return Decimal(len(set(map(str, codes))))
    return decimal_of(deed.stated.get("packs"))


def _empties(lines: Iterable[Line], deeds: Iterable[Deed], until: date | None) -> None:
    """Empties that came back, booked to the line of the lot that was in them."""
    known = list(lines)
    for deed in deeds:
        back = returned(deed)
        if back is None or (until is not None and deed.day > until):
            continue
        of, count = back
        mine = [
            line
            for line in known
            if line.packs_bought is not None and of in (line.item, product_of(line.item))
        ]
        holders = (holder_of(deed), deed.organisation)
        own = [line for line in mine if line.holder in holders] or mine
        if own:
            own[0].packs_returned += count
            own[0].deeds.append(deed)


def returned(deed: Deed) -> tuple[str, Decimal] | None:
    """Of what empties came back, and how many; None where a deed brings none."""
    given = deed.stated.get("returned")
    if deed.kind != "returning" or not isinstance(given, Mapping):
        return None
    of, count = given.get("of"), decimal_of(given.get("count"))
    return (of, count) if isinstance(of, str) and count is not None else None


def as_said(line: Line, value: Decimal) -> Quantity | Names:
    """A value of a line in a sentence: pieces by the word that people have for them (3 瓶)."""
    said = in_words(value, line.words, line.unit) if line.unit == "C62" else None
    return said or in_stock(value, line.unit)


def in_stock(value: Decimal, unit: str) -> Quantity:
    """Litres rather than cubic metres: nobody keeps stock of pesticide in the latter."""
    if unit == "MTQ":
        value, unit = value * 1000, "LTR"
    return Quantity(float(value), {"C62": "H87"}.get(unit, unit))


__all__ = [
    "Column", "Line", "account", "as_said", "balance_of", "balances", "holder_of", "in_stock", "moves",
    "packs_of", "puts_in_use", "returned",
]  # fmt: skip

"""Stock of inputs: what there should be of each, by day and by member; what does not balance first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Forbidden, NotFound, Refused
from suyuan.core.farm.fill import day_of_people
from suyuan.core.rules.balance import Column, Line, in_stock
from suyuan.core.rules.spoken import in_words
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.told import Called, rows
from suyuan.web.wording import Wording, number, word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("inputs", "/desk/stock", "inputs")

COLUMNS: tuple[tuple[Column, str], ...] = (
    ("opening", word("Opening")),
    ("bought", word("Bought")),
    ("used", word("Used")),
    ("sold", word("Sold on")),
    ("returned", word("Given back")),
    ("lost", word("Destroyed")),
)
MOST_RECORDS = 50
PAGE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as a page shows it."""

    line: Line
    name: str
    holder: str
    sums: tuple[str, ...]
    there: str
    counted: str
    difference: str
    empties: str
    link: str


@router.get("/desk/stock")
def stock(desk: DeskDep) -> Response:
    """All inputs of the organisation, or of one member, on a day."""
    require(desk)
    asked = desk.request.query_params
    find, member = asked.get("find", "").strip(), asked.get("member", "")
    problem, until = None, None
    try:
        until = _day(asked.get("day", ""), desk)
    except Refused as wrong:
        problem = wrong
    organisation = desk.actor.organisation
    by_member, after = bool(member), None
    if member == "each":
        items = _fitting(desk, organisation, find) if find else None
        page = desk.node.watch.each(
            organisation, until=until, items=items, after=_after(asked.get("after", "")), limit=PAGE
        )
        lines, after = list(page.lines), page.after
    else:
        lines = desk.node.watch.stock(organisation, until=until, holder=member or None)
    day = asked.get("day", "") if until else ""
    every = shown(desk, organisation, lines, day, by_member=by_member)
    found = [one for one in every if not find or find in one.name or find in one.line.item]
    people = desk.people if desk.actor.may("members") else {}
    kept = {"find": find, "day": asked.get("day", ""), "member": member}
    return desk.page(
        "stock.html",
        problem=problem,
        status=422 if problem else 200,
        lines=found,
        # Of each holder's every line says so itself: there are as many as holders and inputs.
        wrong=[one for one in found if not one.line.balances] if member != "each" else [],
        count=len(every),
        find=find,
        day=asked.get("day", ""),
        on=until,
        member=member,
        members=[
            ("", desk.words("All together")),
            ("each", desk.words("Each holder by itself")),
            *sorted(people.items(), key=lambda pair: pair[1]),
        ],
        heads=[desk.words(said) for _, said in COLUMNS],
        used={place for one in found for place, said in enumerate(one.sums) if said},
        by_member=by_member,
        may_record=desk.actor.scope("record") == "organisation",
        next=f"/desk/stock?{urlencode({**kept, 'after': json.dumps(after)})}" if after else "",
    )


def _fitting(desk: Desk, organisation: str, find: str) -> list[str]:
    """Inputs with these letters in their name or id."""
    inputs = desk.node.watch.inputs(organisation)
    called = Called(desk, inputs)
    return [one for one in inputs if find in called(one) or find in one]


def _after(given: str) -> tuple[str, str, str] | None:
    """The last line of the page before, as an address has it; None for the first page."""
    try:
        parts = json.loads(given) if given else None
    except ValueError:
        return None
    if not isinstance(parts, list) or len(parts) != 3 or not all(isinstance(p, str) for p in parts):
        return None
    return parts[0], parts[1], parts[2]


@router.get("/desk/stock/item")
def item(desk: DeskDep) -> Response:
    """One input of one holder: the sum, and every record behind it."""
    require(desk)
    asked = desk.request.query_params
    until = _day(asked.get("day", ""), desk)
    wanted, holder = asked.get("item", ""), asked.get("holder", "")
    by_member = asked.get("each", "") == "1"
    organisation, watch = desk.actor.organisation, desk.node.watch
    found = watch.stock(
        organisation, until=until, holder=holder if by_member else None, items=[wanted]
    )
    lines = [line for line in found if line.item == wanted and line.holder == holder]
    if not lines:
        raise NotFound("nothing is recorded of {subject}", subject=wanted[:200])
    newest = [
        watch.behind(organisation, line, until=until, by_member=by_member, limit=MOST_RECORDS + 1)
        for line in lines
    ]
    indices = list(dict.fromkeys(index for found in newest for index in found))
    records = desk.node.books.lines(desk.actor.viewer, indices[:MOST_RECORDS])
    return desk.page(
        "stock_item.html",
        lines=shown(
            desk, desk.actor.organisation, lines, asked.get("day", ""), by_member=by_member
        ),
        heads=[desk.words(said) for _, said in COLUMNS],
        rows=rows(desk, records),
        more=len(indices) > MOST_RECORDS,
        on=until,
        wanted=wanted,
        may_record=desk.actor.scope("record") == "organisation",
    )


def shown(
    desk: Desk, organisation: str, lines: list[Line], day: str, *, by_member: bool
) -> list[Shown]:
    """Lines in the reader's words."""
    called = Called(desk, {line.item for line in lines} | {line.holder for line in lines})
    return [_shown(desk, called, line, day, by_member=by_member) for line in lines]


def told(words: Wording, line: Line, value: Decimal) -> str:
    """An amount of a line, and beside what was converted how people say it: 0.3 升（3 瓶）; pieces by
    their word alone, 3 瓶."""
    plain = words.amount(in_stock(value, line.unit))
    names = in_words(value, line.words, line.unit)
    if names is None:
        return plain
    said = names.zh if words.language == "zh" else names.en
    if line.unit == "C62":
        return said
    return words("{amount} ({said})", amount=plain, said=said)


def _shown(desk: Desk, called: Called, line: Line, day: str, *, by_member: bool) -> Shown:
    words = desk.words

    def amount(value: Decimal) -> str:
        return told(words, line, value)

    def said(column: Column) -> str:
        value = line.sums.get(column)
        return "" if value is None else amount(value)

    counted = ""
    if line.counted is not None and line.counted_on is not None:
        counted = words(
            "{amount}, counted on {day}",
            amount=amount(line.counted),
            day=line.counted_on,
        )
    difference = ""
    if line.difference > 0:
        difference = words("missing: {amount}", amount=amount(line.difference))
    elif line.difference < 0 and line.counted is not None:
        difference = words("{amount} too much is there", amount=amount(-line.difference))
    elif line.difference < 0:
        difference = words("{amount} more went out than came in", amount=amount(-line.difference))
    empties = ""
    if line.packs_bought is not None:
        empties = words(
            "{returned} of {bought} empties came back",
            returned=number(float(line.packs_returned)),
            bought=number(float(line.packs_bought)),
        )
    asked = {"item": line.item, "holder": line.holder}
    asked |= {"day": day} if day else {}
    asked |= {"each": "1"} if by_member else {}
    return Shown(
        line,
        called(line.item),
        called(line.holder),
        tuple(said(column) for column, _ in COLUMNS),
        amount(line.book),
        counted,
        difference,
        empties,
        f"/desk/stock/item?{urlencode(asked)}",
    )


def _day(text: str, desk: Desk) -> date | None:
    """A day of the past; None where none is asked for, or today."""
    if not text.strip():
        return None
    day = day_of_people(text)
    if day is None:
        raise Refused("{value} is no day; write it as 2026-09-17", path="/day", value=text[:40])
    return day if day < desk.node.watch.today() else None


def require(desk: Desk) -> None:
    """Whole stocks are for who keeps the books of an organisation, not for a member's own records."""
    if desk.actor.require("inputs") == "own":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")

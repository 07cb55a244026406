"""Inputs counted, sold by name, and their empties given back: one page each."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Blocked, Many, Refused, SuyuanError
from suyuan.core.farm.units import plain
from suyuan.core.input_form import buyer_of
from suyuan.flow.inputs import Input, lines_of
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.stock_filing import (
    Heed,
    codes_of,
    countable,
    file,
    filled,
    members_of,
    of_stock,
    require_right,
    today_of,
    told_rules,
    tried,
    writer,
)
from suyuan.web.desk.told import Called

router = APIRouter(tags=["pages"], include_in_schema=False)

NEW = "new"
"""Instead of a known buyer."""
SOLD = ("item", "amount", "day", "buyer", "buyer_name", "buyer_phone", "buyer_number", "purpose",
        "pack_codes", "price")  # fmt: skip
RETURNED = ("of", "count", "weight", "day", "member", "person", "note")
"""Fields in the order of their pages."""
_WEIGHED = {"items": "weight"}


@router.get("/desk/stock/count")
def count_page(desk: DeskDep) -> Response:
    writer(desk)
    return _count(desk, {"day": today_of(desk)}, None)


@router.post("/desk/stock/count")
def count(desk: DeskDep) -> Response:
    """All amounts that were typed, as one record."""
    writer(desk)
    given = texts(desk.form)
    try:
        lines = [
            (name, given.get(f"amount-{place}", "").strip(), place)
            for place, (name, _, _) in enumerate(countable(desk))
        ]
        counted = [(name, amount) for name, amount, _ in lines if amount]
        places = [place for _, amount, place in lines if amount]
        if not counted:
            raise Refused("write at least one amount that was counted", path="/amount-0")
        values = {
            "day": given.get("day", ""),
            "items": lines_of(counted),
            "person": given.get("person", ""),
            "note": given.get("note", ""),
        }
        said = desk.words.count(len(counted), "One input", "{n} inputs")
        try:
            return file(desk, "stock_count", filled(values), said)
        except Blocked:
            raise
        except Refused as problem:
            raise _moved(problem, places) from None
    except (Refused, Heed) as problem:
        return _count(desk, given, problem)


def _count(desk: Desk, given: Mapping[str, str], problem: SuyuanError | Heed | None) -> Response:
    lines = [
        (f"amount-{place}", name, book, given.get(f"amount-{place}", ""))
        for place, (_, name, book) in enumerate(countable(desk))
    ]
    return desk.page(
        "stock_count.html",
        **told_rules(desk, problem),
        given={name: given.get(name, "") for name in ("day", "person", "note")},
        lines=lines,
    )


def _moved(problem: Refused, places: list[int]) -> Refused:
    """Mistakes of the record's items, at the inputs of the page they came from."""
    parts = problem.errors if isinstance(problem, Many) else (problem,)
    for part in parts:
        bits = part.path.split("/")
        if bits[1:2] == ["items"] and len(bits) > 2 and bits[2].isdigit():
            part.path = f"/amount-{places[int(bits[2])]}"
    return problem


@router.get("/desk/stock/sell")
def sell_page(desk: DeskDep) -> Response:
    writer(desk)
    asked = desk.request.query_params
    given = {"day": today_of(desk), "item": asked.get("item", ""), "buyer": asked.get("buyer", "")}
    return _sell(desk, given, None)


@router.post("/desk/stock/sell")
def sell(desk: DeskDep) -> Response:
    """By name: who bought stands in private fields, the record itself has an opaque id."""
    writer(desk)
    given = texts(desk.form)
    problems: list[SuyuanError] = []
    chosen = tried(lambda: of_stock(desk, given.get("item", "")), problems)
    wanted = given.get("buyer", "")
    if wanted != NEW and wanted not in {value for value, _ in _buyers(desk)}:
        problems.append(Refused("say who bought it", path="/buyer"))
    told = tried(lambda: buyer_of(given, named=wanted == NEW), problems)
    codes = tried(lambda: codes_of(given.get("pack_codes", "")), problems)
    # The rest of the form is looked at all the same: as if it were of an input that nobody has.
    sold = chosen or Input(desk.node.inputs.new_id(None), {})
    named_now = desk.node.inputs.new_buyer() if wanted in (NEW, "") else ""
    try:
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(sold.id, given.get("amount", ""))]),
            "buyer": named_now or wanted,
            **(told or {}),
            "purpose": given.get("purpose", ""),
            "price": given.get("price", ""),
            "pack_codes": codes or [],
        }
        require_right(desk, "sale_of_input", values, problems, SOLD)
        return file(desk, "sale_of_input", filled(values), sold.name, named_now=named_now)
    except (Refused, Heed) as problem:
        return _sell(desk, given, problem)


def _buyers(desk: Desk) -> list[tuple[str, str]]:
    """Members of the register, who bought before, and organisations of the node."""
    found: dict[str, str] = {}
    if desk.actor.may("members"):
        found |= desk.people
    for one in desk.node.inputs.buyers(desk.actor):
        name = f"{one.name} {one.phone}".strip()
        if one.id not in found and name:
            found[one.id] = name
    zh = desk.words.language == "zh"
    for organisation in desk.node.database.accounts.organisations():
        if organisation.id != desk.actor.organisation:
            found.setdefault(organisation.id, organisation.name_zh if zh else organisation.name_en)
    return list(found.items())


def _sell(desk: Desk, given: Mapping[str, str], problem: SuyuanError | Heed | None) -> Response:
    stock = [(name, f"{said} ({book})" if book else said) for name, said, book in countable(desk)]
    return desk.page(
        "stock_sell.html",
        **told_rules(desk, problem),
        given={name: given.get(name, "") for name in SOLD},
        options=[("", desk.words("choose")), *stock],
        buyers=[
            ("", desk.words("choose")),
            (NEW, desk.words("somebody who never bought here")),
            *_buyers(desk),
        ],
        empty=not stock,
    )


@router.get("/desk/stock/empties")
def empties_page(desk: DeskDep) -> Response:
    writer(desk)
    asked = desk.request.query_params
    return _empties(desk, {"day": today_of(desk), "of": asked.get("item", "")}, None)


@router.post("/desk/stock/empties")
def empties(desk: DeskDep) -> Response:
    """Weighed, counted, and held against the packs that were bought."""
    writer(desk)
    given = texts(desk.form)
    problems: list[SuyuanError] = []
    chosen = None
    if given.get("of"):
        chosen = tried(lambda: of_stock(desk, given["of"]), problems)
        for problem in problems:
            problem.path = "/of"
    else:
        problems.append(Refused("say what was in them", path="/of"))
    if not plain(given.get("count", "")):
        problems.append(Refused("say how many pieces came back", path="/count"))
    try:
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(desk.node.inputs.empties(desk.actor), given.get("weight", ""))]),
            "count": given.get("count", ""),
            "of": chosen.id if chosen else "",
            "person": given.get("person", ""),
            "member": given.get("member", ""),
            "note": given.get("note", ""),
        }
        require_right(desk, "returning", values, problems, RETURNED, _WEIGHED)
        return file(desk, "returning", filled(values), chosen.name if chosen else "")
    except (Refused, Heed) as problem:
        return _empties(desk, given, problem)


def _empties(desk: Desk, given: Mapping[str, str], problem: SuyuanError | Heed | None) -> Response:
    lines = [
        line
        for line in desk.node.watch.stock(desk.actor.organisation)
        if line.holder == desk.actor.organisation
    ]
    called = Called(desk, {line.item for line in lines})
    options = []
    for line in lines:
        said = called(line.item)
        if line.empties_missing is not None:
            said = desk.words(
                "{name} ({missing} of {bought} still out)",
                name=said,
                missing=line.empties_missing,
                bought=line.packs_bought,
            )
        options.append((line.item, said))
    return desk.page(
        "stock_empties.html",
        **told_rules(desk, problem, _WEIGHED),
        given={name: given.get(name, "") for name in RETURNED},
        options=[("", desk.words("choose")), *options],
        members=members_of(desk, desk.words("none of the members")),
        empty=not options,
    )

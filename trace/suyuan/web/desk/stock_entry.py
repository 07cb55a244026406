"""Inputs bought, sold, counted and given back: one page each."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Blocked, Many, Refused, SuyuanError
from suyuan.core.farm.units import plain
from suyuan.core.input_form import buyer_of, input_of, kind_of_pack, registration_of_pack
from suyuan.core.packs import Pack, read_pack
from suyuan.core.rules.balance import in_stock
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.product import INPUT_KINDS
from suyuan.flow.inputs import Input, lines_of, lot_of
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.stock import require
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

KIND_WORDS: Mapping[str, str] = {
    "pesticide": word("pesticide"),
    "fertiliser": word("fertiliser"),
    "veterinary": word("veterinary drug"),
    "vaccine": word("vaccine"),
    "seed": word("seed or seedlings"),
    "feed": word("feed"),
    "film": word("film"),
    "other": word("something else"),
}
NEW = "new"
NAMED = frozenset({"pesticide", "veterinary"})
"""Kinds that a dealer sells by name."""


# -- buying ------------------------------------------------------------------------------------------


@router.get("/desk/stock/buy")
def buy_page(desk: DeskDep) -> Response:
    """First the code, if there is one; with it, or without, the rest."""
    _writer(desk)
    asked = desk.request.query_params
    if "code" not in asked and "typed" not in asked:
        return desk.page("stock_scan.html", code="")
    given: dict[str, str] = {"day": _today(desk), "item": asked.get("item", "")}
    code = asked.get("code", "").strip()
    if not code:
        return _buy(desk, given, None)
    try:
        pack = read_pack(code)
    except Refused as problem:
        return desk.page("stock_scan.html", code=code, problem=problem.at("/code"))
    found = desk.node.inputs.of_pack(desk.actor, pack)
    given |= {
        "code": code,
        "item": found.id if found else NEW,
        "lot": pack.lot or "",
        "pack_codes": "" if pack.kind == "gtin" else pack.code,
        "new_kind": kind_of_pack(pack),
        "new_registration": registration_of_pack(pack),
    }
    return _buy(desk, given, None)


@router.post("/desk/stock/buy")
def buy(desk: DeskDep) -> Response:
    _writer(desk)
    given = texts(desk.form)
    try:
        pack = read_pack(given["code"]) if given.get("code", "").strip() else None
        codes = _codes(given.get("pack_codes", ""))
        chosen, new = _chosen(desk, given, pack)
        with_lot = _at(lambda: lot_of(chosen, given.get("lot", "")), "")
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(with_lot, given.get("amount", ""))]),
            "seller": given.get("seller", ""),
            "licence": given.get("licence", ""),
            "invoice": given.get("invoice", ""),
            "price": given.get("price", ""),
            "pack_codes": codes,
            "member": given.get("member", ""),
            "note": given.get("note", ""),
        }
        index = desk.node.inputs.record(desk.actor, "purchase", _filled(values), new=new)
    except (Refused, Blocked) as problem:
        return _buy(desk, given, problem)
    return desk.go("/desk/stock", _saved(desk, chosen.name, index))


def _buy(desk: Desk, given: Mapping[str, str], problem: SuyuanError | None) -> Response:
    pack = None
    with suppress(Refused):
        pack = read_pack(given["code"]) if given.get("code") else None
    inputs = desk.node.inputs.known(desk.actor)
    known = {one.id for one in inputs}
    options = [("", desk.words("choose")), *((one.id, one.name) for one in inputs)]
    chosen = given.get("item", "")
    if chosen and chosen != NEW and chosen not in known and pack and pack.product == chosen:
        found = desk.node.inputs.of_pack(desk.actor, pack)
        options += [(found.id, found.name)] if found else []
    options.append((NEW, desk.words("a new one, not in the list")))
    names = ("code", "day", "item", "lot", "amount", "seller", "licence", "invoice", "price",
             "pack_codes", "member", "note", "new_name", "new_kind", "new_registration",
             "new_net")  # fmt: skip
    return desk.page(
        "stock_buy.html",
        problem=_on_page(problem),
        given={name: given.get(name, "") for name in names},
        options=options,
        kinds=_kinds(desk),
        pack=_pack_told(desk, pack),
        is_new=chosen == NEW or not inputs,
        members=_members(desk, desk.words("for all, kept in the common store")),
        has_lot=pack is not None and pack.kind == "gtin",
    )


def _chosen(
    desk: Desk, given: Mapping[str, str], pack: Pack | None
) -> tuple[Input, dict[str, Any] | None]:
    """The input that was chosen, and the master data of one that is new."""
    wanted = given.get("item", "")
    if not wanted:
        raise Refused("say which input it is", path="/item")
    if wanted == NEW:
        master = {"id": desk.node.inputs.new_id(pack), **input_of(given, pack)}
        return Input(str(master["id"]), master), master
    if pack is not None and pack.product == wanted:
        found = desk.node.inputs.of_pack(desk.actor, pack)
        if found is not None:
            return found, None
    return _of_ours(desk, wanted), None


def _of_ours(desk: Desk, wanted: str) -> Input:
    for one in desk.node.inputs.known(desk.actor):
        if one.id == wanted:
            return one
    raise Refused("this input is not in your list", path="/item")


# -- counting ----------------------------------------------------------------------------------------


@router.get("/desk/stock/count")
def count_page(desk: DeskDep) -> Response:
    _writer(desk)
    return _count(desk, {"day": _today(desk)}, None)


@router.post("/desk/stock/count")
def count(desk: DeskDep) -> Response:
    """All amounts that were typed, as one record."""
    _writer(desk)
    given = texts(desk.form)
    try:
        lines = [
            (name, given.get(f"amount-{place}", "").strip(), place)
            for place, (name, _, _) in enumerate(_countable(desk))
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
        try:
            index = desk.node.inputs.record(desk.actor, "stock_count", _filled(values))
        except Refused as problem:
            raise _moved(problem, places) from None
    except (Refused, Blocked) as problem:
        return _count(desk, given, problem)
    said = desk.words.count(len(counted), "One input", "{n} inputs")
    return desk.go("/desk/stock", _saved(desk, said, index))


def _countable(desk: Desk) -> list[tuple[str, str, str]]:
    """(id, name, what the books say is there) of every input that can be counted."""
    lines = desk.node.watch.stock(desk.actor.organisation)
    own = [line for line in lines if line.holder == desk.actor.organisation]
    called = Called(desk, {line.item for line in own})
    found = [
        (line.item, called(line.item), desk.words.amount(in_stock(line.book, line.unit)))
        for line in own
    ]
    there = {line.product for line in own}
    known = desk.node.inputs.known(desk.actor)
    found += [(one.id, one.name, "") for one in known if one.id not in there]
    return list({name: (name, said, book) for name, said, book in found}.values())


def _count(desk: Desk, given: Mapping[str, str], problem: SuyuanError | None) -> Response:
    lines = [
        (f"amount-{place}", name, book, given.get(f"amount-{place}", ""))
        for place, (_, name, book) in enumerate(_countable(desk))
    ]
    return desk.page(
        "stock_count.html",
        problem=_on_page(problem),
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


# -- selling -----------------------------------------------------------------------------------------


@router.get("/desk/stock/sell")
def sell_page(desk: DeskDep) -> Response:
    _writer(desk)
    asked = desk.request.query_params
    given = {"day": _today(desk), "item": asked.get("item", ""), "buyer": asked.get("buyer", "")}
    return _sell(desk, given, None)


@router.post("/desk/stock/sell")
def sell(desk: DeskDep) -> Response:
    """By name: who bought stands in private fields, the record itself has an opaque id."""
    _writer(desk)
    given = texts(desk.form)
    problems: list[SuyuanError] = []
    told: dict[str, str] = {}
    codes: list[str] = []
    chosen: Input | None = None
    try:
        chosen = _of_stock(desk, given.get("item", ""))
    except Refused as problem:
        problems.append(problem)
    wanted = given.get("buyer", "")
    if wanted != NEW and wanted not in {value for value, _ in _buyers(desk)}:
        problems.append(Refused("say who bought it", path="/buyer"))
    try:
        told = buyer_of(given, named=wanted == NEW)
    except Many as several:
        problems += several.errors
    except Refused as problem:
        problems.append(problem)
    try:
        codes = _codes(given.get("pack_codes", ""))
    except Refused as problem:
        problems.append(problem)
    try:
        if chosen is None or problems:
            raise Many(problems)
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(chosen.id, given.get("amount", ""))]),
            "buyer": desk.node.inputs.new_buyer() if wanted == NEW else wanted,
            **told,
            "purpose": given.get("purpose", ""),
            "price": given.get("price", ""),
            "pack_codes": codes,
        }
        index = desk.node.inputs.record(desk.actor, "sale_of_input", _filled(values))
    except (Refused, Blocked) as problem:
        return _sell(desk, given, problem)
    return desk.go("/desk/stock", _saved(desk, chosen.name, index))


def _of_stock(desk: Desk, wanted: str) -> Input:
    """A lot or an input that is in stock."""
    if not wanted:
        raise Refused("say which input it is", path="/item")
    for name, said, _ in _countable(desk):
        if name == wanted:
            return Input(name, {"name": {"zh": said}})
    raise Refused("this input is not in your list", path="/item")


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


def _sell(desk: Desk, given: Mapping[str, str], problem: SuyuanError | None) -> Response:
    names = ("day", "item", "amount", "buyer", "buyer_name", "buyer_phone", "buyer_number",
             "purpose", "price", "pack_codes")  # fmt: skip
    stock = [(name, f"{said} ({book})" if book else said) for name, said, book in _countable(desk)]
    return desk.page(
        "stock_sell.html",
        problem=_on_page(problem),
        given={name: given.get(name, "") for name in names},
        options=[("", desk.words("choose")), *stock],
        buyers=[
            ("", desk.words("choose")),
            (NEW, desk.words("somebody who never bought here")),
            *_buyers(desk),
        ],
        empty=not stock,
    )


# -- giving back -------------------------------------------------------------------------------------


@router.get("/desk/stock/empties")
def empties_page(desk: DeskDep) -> Response:
    _writer(desk)
    asked = desk.request.query_params
    return _empties(desk, {"day": _today(desk), "of": asked.get("item", "")}, None)


@router.post("/desk/stock/empties")
def empties(desk: DeskDep) -> Response:
    """Weighed, counted, and held against the packs that were bought."""
    _writer(desk)
    given = texts(desk.form)
    try:
        chosen = _of_stock(desk, given.get("of", "")) if given.get("of") else None
        if chosen is None:
            raise Refused("say what was in them", path="/of")
        if not plain(given.get("count", "")):
            raise Refused("say how many pieces came back", path="/count")
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(desk.node.inputs.empties(desk.actor), given.get("weight", ""))]),
            "count": given.get("count", ""),
            "of": chosen.id,
            "person": given.get("person", ""),
            "member": given.get("member", ""),
            "note": given.get("note", ""),
        }
        index = desk.node.inputs.record(desk.actor, "returning", _filled(values))
    except (Refused, Blocked) as problem:
        return _empties(desk, given, problem)
    return desk.go("/desk/stock", _saved(desk, chosen.name, index))


def _empties(desk: Desk, given: Mapping[str, str], problem: SuyuanError | None) -> Response:
    names = ("day", "of", "count", "weight", "person", "member", "note")
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
        problem=_on_page(problem, {"items": "weight"}),
        given={name: given.get(name, "") for name in names},
        options=[("", desk.words("choose")), *options],
        members=_members(desk, desk.words("none of the members")),
        empty=not options,
    )


# -- what they share ---------------------------------------------------------------------------------


def _writer(desk: Desk) -> None:
    require(desk)
    desk.actor.require("sign and file")


def _today(desk: Desk) -> str:
    return desk.node.watch.today().isoformat()


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], ())}


def _codes(text: str) -> list[str]:
    """Pack codes, one a line, each checked; Many at ``/pack_codes``."""
    found: dict[str, None] = {}
    problems: list[SuyuanError] = []
    for line in text.replace("；", "\n").replace(";", "\n").splitlines():
        if not line.strip():
            continue
        try:
            pack = read_pack(line)
            if pack.kind == "gtin":
                raise Refused(
                    "{code} is a barcode, the same on every pack; here belong the codes that differ",
                    code=pack.code,
                )
            found.setdefault(pack.code)
        except Refused as problem:
            problems.append(
                Refused("{line}: {why}", path="/pack_codes", line=line.strip()[:40], why=problem)
            )
    if problems:
        raise Many(problems)
    return list(found)


def _at(make: Any, where: str) -> str:
    try:
        return str(make())
    except Refused as problem:
        raise problem.at(where) from None


_FIELDS = {"items": "amount", "seller": "seller"}


def _on_page(
    problem: SuyuanError | None, fields: Mapping[str, str] = _FIELDS
) -> SuyuanError | None:
    """What a form calls a field may be several here."""
    if isinstance(problem, Blocked):
        return Many([_refused(one) for one in problem.findings if isinstance(one, Finding)])
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        bits = part.path.split("/")
        if len(bits) > 1:
            part.path = "/" + {**_FIELDS, **fields}.get(bits[1], bits[1])
    return problem


def _refused(found: Finding) -> Refused:
    template = found.text.template
    problem = Refused(template)
    problem.params = dict(found.text.params)
    return problem


def _kinds(desk: Desk) -> list[tuple[str, str]]:
    said = [(kind, desk.words(KIND_WORDS[kind])) for kind in INPUT_KINDS]
    return [("", desk.words("choose")), *said]


def _members(desk: Desk, nobody: str) -> list[tuple[str, str]]:
    """The members to choose from, where the reader may know them; ``nobody`` says what none means."""
    if not desk.actor.may("members"):
        return []
    names = desk.people
    return [("", nobody), *sorted(names.items(), key=lambda pair: pair[1])]


def _pack_told(desk: Desk, pack: Pack | None) -> list[tuple[str, str]]:
    """What a code says, in words."""
    words = desk.words
    if pack is None:
        return []
    if pack.pesticide is not None:
        return [
            (words("Code"), words("of a pesticide's pack, 32 digits")),
            (words("Registration"), registration_of_pack(pack)),
        ]
    if pack.drug is not None:
        return [
            (words("Code"), words("of a veterinary drug's pack, 24 digits")),
            (words("Code applied for on"), words.day(pack.drug.applied)),
            (words("Firm"), pack.drug.firm),
        ]
    lot = [(words("Lot"), pack.lot)] if pack.lot else []
    return [(words("Barcode"), pack.code), *lot]


def _saved(desk: Desk, name: str, index: int) -> str:
    return desk.words("Saved: {name}, record {index}.", name=name, index=index)

"""Inputs bought: found by the code of the pack, or named once by what the label says."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, SuyuanError
from suyuan.core.input_form import input_of, kind_of_pack, registration_of_pack
from suyuan.core.packs import Pack, read_pack
from suyuan.flow.inputs import Input, lines_of, lot_of
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.stock_filing import (
    Heed,
    codes_of,
    file,
    filled,
    members_of,
    require_right,
    today_of,
    told_rules,
    tried,
    writer,
)
from suyuan.web.desk.stock_label import label_fields

router = APIRouter(tags=["pages"], include_in_schema=False)

NEW = "new"
FIELDS = ("item", "new_name", "new_kind", "new_ingredients", "new_registration", "new_net", "lot",
          "amount", "day", "seller", "member", "pack_codes", "price", "invoice", "licence",
          "note")  # fmt: skip
"""In the order of the page."""


@router.get("/desk/stock/buy")
def buy_page(desk: DeskDep) -> Response:
    """First the code, if there is one; with it, or without, the rest."""
    writer(desk)
    asked = desk.request.query_params
    if "code" not in asked and "typed" not in asked:
        return desk.page("stock_scan.html", code="")
    given: dict[str, str] = {
        "day": today_of(desk), "item": asked.get("item", ""), "new_name": asked.get("name", ""),
    }  # fmt: skip
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
    writer(desk)
    given = texts(desk.form)
    problems: list[SuyuanError] = []
    code = given.get("code", "").strip()
    pack = tried(lambda: read_pack(code), problems) if code else None
    codes = tried(lambda: codes_of(given.get("pack_codes", "")), problems)
    found = tried(lambda: _chosen(desk, given, pack), problems)
    # The rest of the form is looked at all the same: as if it were of an input that nobody has.
    chosen, new = found or (Input(desk.node.inputs.new_id(None), {}), None)
    lot = given.get("lot", "") if found else ""
    with_lot = tried(lambda: lot_of(chosen, lot), problems)
    try:
        values = {
            "day": given.get("day", ""),
            "items": lines_of([(with_lot or chosen.id, given.get("amount", ""))]),
            "seller": given.get("seller", ""),
            "licence": given.get("licence", ""),
            "invoice": given.get("invoice", ""),
            "price": given.get("price", ""),
            "pack_codes": codes or [],
            "member": given.get("member", ""),
            "note": given.get("note", ""),
        }
        require_right(desk, "purchase", values, problems, FIELDS)
        named_now = chosen.id if new is not None else ""
        return file(desk, "purchase", filled(values), chosen.name, new=new, named_now=named_now)
    except (Refused, Heed) as problem:
        return _buy(desk, given, problem)


def _buy(desk: Desk, given: Mapping[str, str], problem: SuyuanError | Heed | None) -> Response:
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
    return desk.page(
        "stock_buy.html",
        **told_rules(desk, problem),
        given={name: given.get(name, "") for name in ("code", *FIELDS)},
        options=options,
        **label_fields(desk, given),
        pack=_pack_told(desk, pack),
        is_new=chosen == NEW or not inputs,
        members=members_of(desk, desk.words("for all, kept in the common store")),
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

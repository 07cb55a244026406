"""A market's check-in on the phone, without an account: a link, a scan, the verdict, let in or refused.

The link's address is left at once: the token goes into a cookie, and no page that is opened from here,
no history and no referrer has it (docs/decisions/0022).
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, Refused, SuyuanError
from suyuan.core.identifiers import product_of
from suyuan.core.story_values import names_of
from suyuan.core.visibility import PUBLIC
from suyuan.ports.certificates import Link
from suyuan.web.desk.deps import Visitor, VisitorDep
from suyuan.web.desk.gates import check_in_shown, gate_shown

router = APIRouter(tags=["pages"], include_in_schema=False)

COOKIE = "check-in"
_STAYS = 366 * 86_400


@router.get("/desk/check-in/link/{token}")
def enter(visitor: VisitorDep, token: str) -> Response:
    """Where a link leads: the phone remembers it, and the address bar does not."""
    visitor.node.check_ins.enter(token[:80], visitor.address)
    visitor.cookies[COOKIE] = token[:80], _STAYS
    return visitor.go("/desk/check-in")


@router.get("/desk/check-in")
def start(visitor: VisitorDep) -> Response:
    """Scan or type a code."""
    return _start(visitor, _link(visitor), "")


@router.get("/desk/check-in/lot")
def look(visitor: VisitorDep) -> Response:
    """What the gate says of what was scanned."""
    link, typed = _link(visitor), visitor.request.query_params.get("code", "")
    try:
        lots = visitor.node.check_ins.find(link, typed)
    except Refused as problem:
        return _start(visitor, link, typed, problem)
    if len(lots) > 1:
        named = [
            (f"/desk/check-in/lot?{urlencode({'code': one})}", _told_apart(visitor, one))
            for one in lots
        ]
        return visitor.page(
            "check_in.html", link=link, code=typed, choices=named, **_who(visitor, link)
        )
    return _lot(visitor, link, lots[0])


@router.post("/desk/check-in/lot")
def act(visitor: VisitorDep) -> Response:
    """Let it in, or refuse it."""
    link, lot = _link(visitor), visitor.given("lot")
    try:
        (known,) = visitor.node.check_ins.find(link, lot)
        index = visitor.node.check_ins.record(
            link, known, verdict=visitor.given("verdict"), quantity=visitor.given("quantity"),
            reason=visitor.given("reason"), person=visitor.given("person"),
            once=visitor.given("once"),
        )  # fmt: skip
    except ValueError:
        raise NotFound("nothing is recorded of this code") from None
    except Refused as problem:
        if isinstance(problem, NotFound):
            raise
        return _lot(visitor, link, lot, problem)
    said = (
        visitor.words("Let in: record {index}.", index=index)
        if visitor.given("verdict") == "accepted"
        else visitor.words("Refused: record {index}.", index=index)
    )
    return visitor.go(f"/desk/check-in/lot?{urlencode({'code': known})}", said)


@router.post("/desk/check-in/forget")
def forget(visitor: VisitorDep) -> Response:
    """The phone is somebody else's from now on."""
    visitor.cookies[COOKIE] = "", -1
    return visitor.page(
        "notice.html",
        title=visitor.words("The link is forgotten on this phone"),
        lines=[visitor.words("Open it again to go on.")],
        icon_name="tick",
    )


def _link(visitor: Visitor) -> Link:
    token = visitor.request.cookies.get(COOKIE, "")
    if not token:
        raise NotFound("open the link that you were given first: this phone knows none")
    return visitor.node.check_ins.enter(token[:80], visitor.address)


def _who(visitor: Visitor, link: Link) -> dict[str, Any]:
    known = visitor.node.database.accounts.organisation(link.organisation)
    zh = visitor.words.language == "zh"
    giver = (known.name_zh if zh else known.name_en) if known else link.organisation
    return {"giver": giver, "until": visitor.words.moment(link.until)}


def _start(
    visitor: Visitor, link: Link, typed: str, problem: SuyuanError | None = None
) -> Response:
    return visitor.page(
        "check_in.html", problem=problem, link=link, code=typed, choices=(), **_who(visitor, link)
    )


def _called(visitor: Visitor, lot: str) -> str:
    """A lot by its product's name and its number."""
    product, number = product_of(lot), lot.rstrip("/").rsplit("/", 1)[-1]
    master = visitor.node.judge.masters(PUBLIC, {product}).get(product, {}) if product else {}
    return f"{visitor.words.name(names_of(master.get('name')))} {number}".strip()


def _told_apart(visitor: Visitor, lot: str) -> str:
    """A lot among others of its number: with its product's code, and who made it."""
    product = product_of(lot)
    shown = [_called(visitor, lot), product.rsplit("/", 1)[-1] if product else ""]
    makers = visitor.node.check_ins.makers(lot)
    known = map(visitor.node.database.accounts.organisation, makers)
    zh = visitor.words.language == "zh"
    shown += [one.name_zh if zh else one.name_en for one in known if one is not None]
    return " · ".join(filter(None, shown))


def _lot(visitor: Visitor, link: Link, lot: str, problem: SuyuanError | None = None) -> Response:
    node, words = visitor.node, visitor.words
    found = node.check_ins.gates(link, lot)
    certificates = [
        looked
        for kept in node.database.certificates.list(
            [link.organisation], ["issued"], lot=lot, limit=3
        )
        if (looked := node.register.look(PUBLIC, kept[1].code)) is not None
    ]
    shown = gate_shown(found.market, words)
    # Names of persons who answered for something are none of a stranger's business.
    word = words("Somebody answered for it by name.")
    lines = [replace(one, override=word if one.override else "") for one in shown.findings]
    # What other markets took, and why they refused, is theirs.
    seen = [
        replace(check_in_shown(one, words), quantity="", reason="", index=None)
        for one in found.checked[:5]
    ]
    return visitor.page(
        "check_in_lot.html",
        problem=problem,
        link=link,
        lot=found.lot,
        name=_called(visitor, found.lot),
        gate=replace(shown, findings=lines),
        state=found.market.state,
        certificates=[(f"/c/{one.issued.code}", one.issued) for one in certificates],
        checked=seen,
        quantity=visitor.given("quantity"),
        reason=visitor.given("reason"),
        person=visitor.given("person"),
        verdict=visitor.given("verdict"),
        once=visitor.given("once") or secrets.token_hex(8),
        **_who(visitor, link),
    )


__all__ = ["router"]

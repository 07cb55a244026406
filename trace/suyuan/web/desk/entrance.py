"""Logging in: name and password, second factor, one-time code, card and PIN, a password of one's own."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, Unauthenticated
from suyuan.flow.entrance import Started
from suyuan.web.desk.deps import Visitor, VisitorDep, cookie_name
from suyuan.web.desk.places import entries

router = APIRouter(tags=["pages"], include_in_schema=False)

CARD = "desk-card"
_CARD_STAYS = 400 * 86_400
"""As long as browsers keep any cookie."""
_INSIDE = re.compile(r"/desk(/[\w\-./%?=&,:~]*)?", re.ASCII)


@router.get("/desk/log-in")
def log_in_page(visitor: VisitorDep) -> Response:
    """The form; for who has a card, the one that asks for its PIN."""
    if visitor.entered is not None and visitor.entered.session.stage == "full":
        return visitor.go(_next(visitor))
    if visitor.request.cookies.get(CARD) and "password" not in visitor.request.query_params:
        return visitor.page("card.html", next=_next(visitor))
    return visitor.page("log_in.html", next=_next(visitor), account="")


@router.post("/desk/log-in")
def log_in(visitor: VisitorDep) -> Response:
    account = visitor.given("account")
    try:
        started = visitor.node.entrance.log_in(
            account, visitor.given("password"), address=visitor.address, device=visitor.device
        )
    except Refused as problem:
        return visitor.page(
            "log_in.html", problem=problem, next=_next(visitor), account=account,
            status=401 if isinstance(problem, Unauthenticated) else 429,
        )  # fmt: skip
    return _on(visitor, started)


@router.get("/desk/card/{token}")
def card_read(visitor: VisitorDep, token: str) -> Response:
    """Where a card's QR code leads: the phone remembers the card, and the address bar does not."""
    visitor.cookies[CARD] = token[:80], _CARD_STAYS
    return visitor.go("/desk/log-in")


@router.post("/desk/card")
def card_in(visitor: VisitorDep) -> Response:
    token = visitor.request.cookies.get(CARD, "")
    try:
        started = visitor.node.entrance.card(
            token, visitor.given("pin"), address=visitor.address, device=visitor.device
        )
    except Refused as problem:
        return visitor.page(
            "card.html", problem=problem, next=_next(visitor),
            status=401 if isinstance(problem, Unauthenticated) else 429,
        )  # fmt: skip
    visitor.cookies[CARD] = token, _CARD_STAYS
    return _on(visitor, started)


@router.post("/desk/card/forget")
def card_forgotten(visitor: VisitorDep) -> Response:
    visitor.cookies[CARD] = "", -1
    return visitor.go("/desk/log-in")


@router.get("/desk/code")
def code_page(visitor: VisitorDep) -> Response:
    """For the first time, and for who lost the password."""
    return visitor.page("code.html", account="")


@router.post("/desk/code")
def code_in(visitor: VisitorDep) -> Response:
    account = visitor.given("account")
    try:
        started = visitor.node.entrance.code(
            account, visitor.given("code"), address=visitor.address, device=visitor.device
        )
    except Refused as problem:
        return visitor.page(
            "code.html", problem=problem, account=account,
            status=401 if isinstance(problem, Unauthenticated) else 429,
        )  # fmt: skip
    return _on(visitor, started)


@router.get("/desk/second")
def second_page(visitor: VisitorDep) -> Response:
    return _at_stage(visitor, "second") or visitor.page("second.html", next=_next(visitor))


@router.post("/desk/second")
def second(visitor: VisitorDep) -> Response:
    elsewhere = _at_stage(visitor, "second")
    if elsewhere is not None:
        return elsewhere
    try:
        started = visitor.node.entrance.second(
            visitor.token, visitor.given("code"), address=visitor.address
        )
    except Refused as problem:
        return visitor.page("second.html", problem=problem, next=_next(visitor))
    return _on(visitor, started)


@router.get("/desk/renew")
def renew_page(visitor: VisitorDep) -> Response:
    elsewhere = _at_stage(visitor, "renew")
    return elsewhere or visitor.page("renew.html", next=_next(visitor), means=_means(visitor))


@router.post("/desk/renew")
def renew(visitor: VisitorDep) -> Response:
    elsewhere = _at_stage(visitor, "renew")
    if elsewhere is not None:
        return elsewhere
    means = _means(visitor)
    try:
        if visitor.given("new") != visitor.given("again"):
            raise Refused("the two are not the same; type it again", path="/again")
        started, codes = visitor.node.entrance.renew(visitor.token, visitor.given("new"))
    except Refused as problem:
        return visitor.page("renew.html", problem=problem, next=_next(visitor), means=means)
    visitor.enter(started.token)
    if not codes:
        return visitor.go(_next(visitor))
    visitor.entered = visitor.node.entrance.entered(started.token)
    return visitor.page("recovery.html", codes=codes, next=_next(visitor))


@router.post("/desk/log-out")
def log_out(visitor: VisitorDep) -> Response:
    visitor.node.entrance.log_out(visitor.token)
    visitor.cookies[cookie_name(visitor.node)] = "", -1
    return visitor.go("/desk/log-in", visitor.words("You are logged out."))


def _on(visitor: Visitor, started: Started) -> Response:
    """The page that comes next in a log-in."""
    visitor.enter(started.token)
    following = _next(visitor)
    match started.session.stage:
        case "second":
            return visitor.go(f"/desk/second?next={quote(following)}")
        case "renew":
            return visitor.go(f"/desk/renew?next={quote(following)}")
        case _:
            return visitor.go(following)


def _at_stage(visitor: Visitor, stage: str) -> Response | None:
    """Where to go instead, unless a log-in is at this stage."""
    if visitor.entered is not None and visitor.entered.session.stage == stage:
        return None
    return visitor.go("/desk/log-in")


def _means(visitor: Visitor) -> str:
    return visitor.entered.session.means if visitor.entered else "code"


def _next(visitor: Visitor) -> str:
    """The page asked for before the log-in came between; only one of ours."""
    wanted = visitor.given("next") or visitor.request.query_params.get("next", "")
    return wanted if _INSIDE.fullmatch(wanted) and "//" not in unquote(wanted) else "/desk"


@router.get("/desk")
def start(visitor: VisitorDep) -> Response:
    """The first place that the person has."""
    if visitor.entered is None or visitor.entered.session.stage != "full":
        return visitor.go("/desk/log-in")
    found = entries(visitor.entered.actor, "", visitor.words)
    return visitor.go(found[0].path if found else "/desk/account")

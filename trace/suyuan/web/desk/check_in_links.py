"""Links for markets: given by the clerk, shown once as an address and a QR code, ended at any time."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Forbidden, Refused, SuyuanError
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.qr import qr

router = APIRouter(tags=["pages"], include_in_schema=False)

USUAL_DAYS = "30"


def require(desk: Desk) -> None:
    if desk.actor.scope("lots") != "organisation":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


@router.get("/desk/check-in/links")
def links(desk: DeskDep) -> Response:
    """All that were given, and the form of another one."""
    require(desk)
    return _page(desk)


@router.post("/desk/check-in/links")
def give(desk: DeskDep) -> Response:
    """Make one: its address is told on this answer alone."""
    require(desk)
    desk.actor.require("sign and file")
    check_ins, text = desk.node.check_ins, desk.given("days").strip()
    try:
        if ended := desk.given("end"):
            check_ins.revoke(desk.actor.organisation, ended)
            return desk.go("/desk/check-in/links", desk.words("The link is ended."))
        days = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
        given = check_ins.give(
            desk.actor.caller, desk.given("market"), days=days, person=desk.actor.uri
        )
    except Refused as problem:
        return _page(desk, problem)
    address = f"{desk.node.settings.public_url.rstrip('/')}/desk/check-in/link/{given.token}"
    return desk.page(
        "check_in_link.html",
        link=given.link,
        address=address,
        code=qr(address, desk.words("QR code of the link")),
        until=desk.words.moment(given.link.until),
    )


def _page(desk: Desk, problem: SuyuanError | None = None) -> Response:
    now, words = desk.node.clock.now(), desk.words
    found = desk.node.check_ins.links.list(desk.actor.organisation)
    return desk.page(
        "check_in_links.html",
        problem=problem,
        rows=[(one, words.moment(one.until), words.moment(one.used_at) if one.used_at else "",
               one.revoked_at is None and one.until > now) for one in found],
        market=desk.given("market"),
        days=desk.given("days") or USUAL_DAYS,
    )  # fmt: skip


__all__ = ["router"]

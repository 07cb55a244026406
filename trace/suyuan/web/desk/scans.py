"""Alarms about codes that were read where or when they should not be: one case a code."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, Refused, SuyuanError
from suyuan.core.story_values import day_of
from suyuan.flow.brand_sight import watched
from suyuan.ports.codes import ScanCase
from suyuan.web.desk.brands import require
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

WHY: Mapping[str, str] = {
    "early": word("read before its packing is recorded"),
    "voided": word("read after it was voided or given back"),
    "late": word("read long after its pack was sold, or after it was destroyed"),
    "far": word("read in places far apart within hours"),
    "often": word("read very often on one day"),
}
PER_PAGE = 50


@router.get("/desk/scans")
def start(desk: DeskDep) -> Response:
    """All cases of one's own codes, or of one's area; open ones first."""
    require(desk)
    owners = watched(desk.actor.viewer, desk.node.accounts)
    text = desk.request.query_params.get("page", "1")
    page = max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    store = desk.node.scans.store
    found = store.cases(owners, limit=PER_PAGE, skip=(page - 1) * PER_PAGE)
    count = store.count_cases(owners)
    called = Called(desk, {one.owner for one in found})
    return desk.page(
        "scans.html",
        cases=[_shown(desk, one, called) for one in found],
        count=count,
        open=store.count_cases(owners, state="open"),
        before=f"/desk/scans?page={page - 1}" if page > 1 else "",
        after=f"/desk/scans?page={page + 1}" if page * PER_PAGE < count else "",
        inspects=desk.actor.may("inspect"),
    )


@router.get("/desk/scans/{case_id}")
def look(desk: DeskDep, case_id: str) -> Response:
    require(desk)
    return _one(desk, case_id)


@router.post("/desk/scans/{case_id}")
def close(desk: DeskDep, case_id: str) -> Response:
    """Say what was found; the case is closed."""
    require(desk)
    desk.actor.require("sign and file")
    owners = watched(desk.actor.viewer, desk.node.accounts)
    given = {name: desk.given(name) for name in ("person", "note")}
    try:
        desk.node.scans.close(case_id, owners, person=given["person"], note=given["note"])
    except NotFound:
        raise
    except Refused as problem:
        return _one(desk, case_id, problem, given)
    return desk.go("/desk/scans", desk.words("The case is closed."))


def _one(
    desk: Desk,
    case_id: str,
    problem: SuyuanError | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    owners = watched(desk.actor.viewer, desk.node.accounts)
    case, days, seen = desk.node.scans.case(case_id, owners)
    name, words = desk.node.scans.name_of, desk.words
    return desk.page(
        "scan_case.html",
        problem=problem,
        one=_shown(desk, case, Called(desk, {case.owner})),
        case=case,
        seen=seen,
        first=words.moment(f"{seen.first_at[:16]}:00.000Z") if seen else "",
        days=[
            (
                words.day(day) if (day := day_of(one.day)) else one.day,
                words.name(name(one.county)) if one.county else "",
                one.seen,
            )
            for one in days
        ],
        page=f"/p{urlsplit(case.lot).path}/21/{case.code.rpartition('/21/')[2]}",
        given={"person": desk.actor.name, "note": "", **(given or {})},
        signs=desk.actor.may("sign and file") and case.state == "open",
    )


def _shown(desk: Desk, case: ScanCase, called: Called) -> SimpleNamespace:
    return SimpleNamespace(
        href=f"/desk/scans/{case.id}",
        serial=case.code.rpartition("/21/")[2],
        lot=case.lot.rpartition("/10/")[2],
        owner=called(case.owner),
        reasons=[desk.words(WHY[reason]) for reason in case.reasons if reason in WHY],
        open=case.state == "open",
        opened=desk.words.moment(case.opened_at),
    )

"""Pages for administrators: how anchoring stands. No script, nothing that can be changed here."""

from __future__ import annotations

import base64
import binascii

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from suyuan.core.errors import Forbidden, SuyuanError, Unauthenticated
from suyuan.flow.accounts import Caller
from suyuan.web import verdicts
from suyuan.web.deps import language_of, node_of
from suyuan.web.pages import notice
from suyuan.web.problems import status_of
from suyuan.web.standing import told
from suyuan.web.verdicts import Verdict
from suyuan.web.wording import Wording, wording

router = APIRouter(tags=["pages"])


def administrator_of(request: Request) -> Caller:
    """The administrator behind a token: as bearer (RFC 6750), or as the password that a browser asks
    for (RFC 7617; any name). Nothing is kept in a cookie or an address."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given.strip()
    if scheme.lower() == "basic":
        try:
            token = base64.b64decode(token, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeError):
            token = ""
    if scheme.lower() not in {"basic", "bearer"} or not token:
        raise Unauthenticated("this page is for administrators: give your token as the password")
    caller = node_of(request).accounts.authenticate(token)
    if caller.role != "administrator":
        raise Forbidden("this page is for administrators")
    return caller


@router.get("/admin/anchors", include_in_schema=False)
def anchors(request: Request) -> Response:
    """What waits for the chain, why, since when, at what cost, and how many anchors are paid for."""
    _ = wording(language_of(request))
    try:
        administrator_of(request)
        found = node_of(request).standing()
    except SuyuanError as problem:
        status = status_of(problem)
        if status not in (401, 403):
            return _unkept(notice(verdicts.of_error(problem, status, _), request))
        line = _(problem.message, **problem.params)
        title = _("For administrators only")
        answer = notice(Verdict("closed", status, "attention", "lock", title, (line,)), request)
        if status == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="suyuan", charset="UTF-8"'
        return _unkept(answer)
    troubles = request.app.state.workers.troubles
    names = ("seal", "anchor", "witness", "scrub")
    wrong = [troubles[name] for name in names if name in troubles]
    first, *more = told(found, _, _.moment)
    lines = [first, *(_wrong(problem, _) for problem in wrong), *more]
    quiet = not wrong and found.silent is None
    title = _("Anchoring is in trouble")
    if quiet and found.wallet is not None and found.wallet.is_nearly_empty:
        quiet, title = False, _("The wallet pays for few anchors more: send ether to its address")
    elif quiet:
        title = (
            _("Everything is anchored") if not found.waiting else _("Records wait for the chain")
        )
    icon = "chain" if quiet and not found.waiting else "clock"
    verdict = Verdict("anchoring", 200, "ours" if quiet else "attention", icon, title, tuple(lines))
    return _unkept(notice(verdict, request))


def _wrong(problem: SuyuanError, _: Wording) -> str:
    """A worker's trouble; times as people write them."""
    params = dict(problem.params)
    if "at" in params:
        params["at"] = _.moment(str(params["at"]))
    return _(problem.message, **params)


def _unkept(answer: Response) -> Response:
    """What is told to one person is kept by nobody on the way."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept-Language, Authorization, Cookie"
    return answer

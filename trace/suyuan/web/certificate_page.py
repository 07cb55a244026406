"""The public page of a certificate: what it says, and whether it holds. Right without scripts."""

from __future__ import annotations

from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from suyuan.core.certificate import code_of
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import NotFound, Unavailable
from suyuan.core.story_face import certificate_face, hold_of, recall_of
from suyuan.core.story_names import Who
from suyuan.core.story_values import local_day
from suyuan.core.visibility import PUBLIC
from suyuan.flow.certificate_look import Looked
from suyuan.flow.scan import Scan
from suyuan.web.deps import language_of, node_of
from suyuan.web.pages import checked, faced, notice, reported_at, scanner_of, sheet, wants_page
from suyuan.web.verdicts import Verdict
from suyuan.web.wording import Wording, wording

router = APIRouter(tags=["pages"])


async def page(request: Request) -> Response:
    """``/c/<code>``, in capitals too: codes are printed so."""
    return await to_thread.run_sync(faced, request, _page)


def _page(request: Request) -> Response:
    node, typed = node_of(request), request.path_params["code"]
    looked = node.register.look(PUBLIC, typed)
    if looked is None:
        if not wants_page(request) or code_of(typed) is None:
            raise NotFound("nothing is recorded of {subject}", subject=request.url.path)
        return notice(_unknown(wording(language_of(request))), request)
    silent = isinstance(request.app.state.workers.troubles.get("anchor"), Unavailable)
    scan = scanner_of(request).thing(looked.issued.lot, chain_silent=silent)
    lot = looked.issued.lot
    inside = lot.startswith(f"{CANONICAL_HOST}/01/")
    return sheet(
        "certificate.html",
        lambda _: verdict_of(looked, scan, _),
        request,
        one=looked.issued,
        index=looked.index,
        who=_issuer(looked, scan),
        lot_page=f"/p{lot.removeprefix(CANONICAL_HOST)}"
        if inside
        else f"/bundle?subject={quote(lot, safe=':/')}",
        report=reported_at(lot.removeprefix(CANONICAL_HOST)) if inside else "",
        **checked(scan, request),
    )


def _issuer(looked: Looked, scan: Scan) -> Who:
    """Who signed it. The name that stands in it was typed, and might be anybody's."""
    found = (one.who for one in scan.story.certificates if one.index == looked.index)
    return next(found, Who(looked.owner, None, "recorder"))


def verdict_of(looked: Looked, scan: Scan, _: Wording) -> Verdict:
    """The worst first; the same judgement as over HTTP and on the command line."""
    face, story = certificate_face(scan.story, voided=looked.voided is not None), scan.story
    recall, hold = recall_of(story), hold_of(story)
    if face == "recalled" and recall is not None:
        title = _("Recalled: this certificate covers goods that were called back")
        lines = [_("{who} called it back on {day}.", who=_.who(recall.who), day=recall.day)]
        lines += [_.name(recall.reason)] if recall.reason else []
        return Verdict(face, 200, "alarm", "stop", title, tuple(lines), _.name(recall.advice))
    if face == "voided":
        title = _("Voided: this certificate does not hold any more")
        day = local_day(looked.voided_at, "+08:00")
        lines = [_("Voided on {day} by who issued it.", day=day)]
        lines += [_.name(looked.reason)] if looked.reason else []
        return Verdict(face, 200, "alarm", "cross", title, tuple(lines))
    if face == "failing":
        title = _("A test of the goods of this certificate was failed")
        return Verdict(face, 200, "alarm", "flask", title, ())
    if face == "withdrawn" and story.withdrawn is not None:
        deed = story.withdrawn
        title = _("Taken off sale: the goods of this certificate are not sold any more")
        did = _.said(deed.title) if deed.title else ""
        line = _("{day}, {who}: {did}.", day=deed.day, who=_.who(deed.who), did=did)
        return Verdict(face, 200, "alarm", "stop", title, (line,))
    if face == "held" and hold is not None:
        title = _("On hold: the goods of this certificate are kept back")
        lines = [_("{who} keeps the goods back since {day}.", who=_.who(hold.who), day=hold.day)]
        lines += [_.name(hold.reason)] if hold.reason else []
        return Verdict(face, 200, "attention", "clock", title, tuple(lines))
    title = _("Valid: certificate {number}", number=looked.issued.number)
    line = _(
        "{who} issued it, and has not taken it back. It is a promise of the issuer, not a test.",
        who=_.who(_issuer(looked, scan)),
    )
    return Verdict("valid", 200, "ours", "tick", title, (line,))


def _unknown(_: Wording) -> Verdict:
    return Verdict(
        "unknown", 404, "attention", "ask", _("Unknown: no certificate has this code"),
        (_("Compare it with the paper, letter by letter. A paper with a code that is not known here was "
           "not issued here."),),
    )  # fmt: skip


for _prefix in ("c", "C"):
    router.add_route(f"/{_prefix}/{{code}}", page, methods=["GET"])

__all__ = ["router", "verdict_of"]

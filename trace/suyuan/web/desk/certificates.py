"""Certificates 承诺达标合格证 at the desk: drafted, issued, printed, voided."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.certificate import LONGEST, gaps
from suyuan.core.errors import Blocked, Forbidden, NotFound, Refused, SuyuanError
from suyuan.core.rules.finding import Finding
from suyuan.flow.certificate_draft import Scope
from suyuan.flow.certificate_look import Looked
from suyuan.flow.certificate_paper import MEDIA, file_of, paper_of, require_fit
from suyuan.ports.certificates import Kept
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.telling import told
from suyuan.web.desk.told import Called
from suyuan.web.wording import word
from suyuan_labels import PAGE_A4, ROLL_60X40

router = APIRouter(tags=["pages"], include_in_schema=False)

PAGE = 50
WAYS = {"a4": word("A4 page"), "label": word("Label of 60 × 40 mm")}
FILES = {
    "a4": ("pdf", "png"),
    "label": ("pdf", "png", *(one for one in MEDIA if one not in ("pdf", "png", "svg"))),
}
_NO_STORE = {"Cache-Control": "no-store"}


def require(desk: Desk) -> None:
    """Certificates are made by who handles the lots."""
    if desk.actor.scope("lots") != "organisation":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


@router.get("/desk/certificates")
def listed(desk: DeskDep) -> Response:
    """All of the organisation's, the newest first; numbers that are missing are told."""
    require(desk)
    asked = desk.request.query_params.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None
    certificates, own = desk.node.certificates, desk.actor.organisation
    found = certificates.listed([own], before=before, limit=PAGE + 1)
    called = Called(desk, {one.lot for _, one in found})
    return desk.page(
        "certificates.html",
        rows=[(f"/desk/certificates/{one.code}", one, called(one.lot),
               desk.words.moment(one.changed_at)) for _, one in found[:PAGE]],
        next=f"/desk/certificates?before={found[PAGE - 1][0]}" if len(found) > PAGE else "",
        missing=gaps(certificates.store.numbers(own)),
    )  # fmt: skip


@router.get("/desk/certificates/new")
def new(desk: DeskDep) -> Response:
    """The form, filled in from the lot; nothing is kept yet."""
    require(desk)
    lot = desk.request.query_params.get("of", "")
    values = desk.node.certificates.propose(desk.actor.caller, lot)
    return _form(desk, lot, values, None)


@router.post("/desk/certificates/new")
def begin(desk: DeskDep) -> Response:
    """Keep it as a draft, or issue it at once."""
    require(desk)
    desk.actor.require("sign and file")
    kept = desk.node.certificates.begin(desk.actor.caller, desk.given("of"))
    return _act(desk, kept)


@router.get("/desk/certificates/{code}")
def look(desk: DeskDep, code: str) -> Response:
    require(desk)
    return _show(desk, _kept(desk, code))


@router.post("/desk/certificates/{code}")
def act(desk: DeskDep, code: str) -> Response:
    """Save, issue, throw away; or void."""
    require(desk)
    desk.actor.require("sign and file")
    return _act(desk, _kept(desk, code))


def _act(desk: Desk, kept: Kept) -> Response:
    certificates, caller, do = desk.node.certificates, desk.actor.caller, desk.given("do")
    here = f"/desk/certificates/{kept.code}"
    try:
        if do == "void":
            index = certificates.void(
                caller, kept.code, person=desk.given("person"), reason=desk.given("reason"),
                typed_by=desk.actor.uri,
            )  # fmt: skip
            return desk.go(here, desk.words("Voided: record {index}.", index=index))
        if do == "discard":
            certificates.discard(caller, kept.code)
            return desk.go("/desk/certificates", desk.words("The draft is thrown away."))
        kept = certificates.save(caller, kept.code, _given(desk))
        if do != "issue":
            return desk.go(here, desk.words("Saved as a draft; nothing is signed yet."))
        index = certificates.issue(
            caller, kept.code, person=desk.given("person"), typed_by=desk.actor.uri
        )
    except Refused as problem:
        if isinstance(problem, NotFound):
            raise
        return _show(desk, certificates.get(kept.organisation, kept.code), problem)
    return desk.go(here, desk.words("Issued: record {index}.", index=index))


def _given(desk: Desk) -> dict[str, Any]:
    ticks = [one for one in desk.form.getlist("ticks") if isinstance(one, str)]
    values: dict[str, Any] = {name: desk.given(name).strip() for name in LONGEST}
    return values | {
        "issued": desk.given("issued").strip(),
        "shown": desk.given("shown") == "1",
        "ticks": ticks,
        "side": desk.given("side"),
    }


@router.post("/desk/certificates/{code}/print")
def count(desk: DeskDep, code: str) -> Response:
    """Each print is counted before anything is drawn."""
    require(desk)
    desk.actor.require("labels")
    kept, way = _kept(desk, code), desk.given("way")
    try:
        if way == "printer":
            return _send(desk, code)
        looked = desk.node.register.look(desk.actor.viewer, code)
        require_fit(looked, desk.node.settings.public_url, way)
        copy = desk.node.certificates.print(desk.actor.caller, code, way=way, person=desk.actor.uri)
    except Refused as problem:
        return _show(desk, kept, problem)
    return desk.go(f"/desk/certificates/{code}/paper?{urlencode({'copy': copy})}")


def _send(desk: Desk, code: str) -> Response:
    """To a network printer, as a job of labels. ``known``: pressed twice, it is one print."""
    organisation, supplies = desk.actor.organisation, desk.node.supplies
    if not desk.given("printer"):
        raise Refused("choose a printer", path="/printer")
    known = desk.given("known")
    job = desk.node.certificate_printing.send(
        desk.actor.caller, code, person=desk.actor.uri,
        printer=supplies.printer(organisation, desk.given("printer")),
        paper=supplies.paper(organisation, desk.given("stock") or "60x40"),
        known=int(known) if known.isascii() and known.isdigit() and len(known) < 8 else None,
    )  # fmt: skip
    return desk.go(f"/desk/labels/job/{job.id}")


@router.get("/desk/certificates/{code}/paper")
def paper(desk: DeskDep, code: str) -> Response:
    """What a browser prints, in its very size; and the same as files."""
    require(desk)
    looked, way, copy = _printed(desk, code)
    drawn = file_of(paper_of(looked, desk.node.settings.public_url, copy), way, "svg")
    return desk.page(
        "certificate_paper.html",
        one=looked.issued,
        code=code,
        copy=copy,
        way=way,
        kind=desk.words(WAYS[way]),
        drawing=drawn.decode(),
        files=[(f"/desk/certificates/{code}/file/{way}.{one}?copy={copy}",
                "ESC/POS" if one == "bin" else one.upper()) for one in FILES[way]],
    )  # fmt: skip


@router.get("/desk/certificates/{code}/paper.css")
def style(desk: DeskDep, code: str) -> Response:
    """The page's size, which no style attribute may say."""
    require(desk)
    _, way, _ = _printed(desk, code)
    stock = PAGE_A4 if way == "a4" else ROLL_60X40
    width, height = f"{stock.width:g}mm", f"{stock.height:g}mm"
    made = f"@page{{size:{width} {height};margin:0}}.labels>li{{width:{width};height:{height}}}\n"
    return Response(made, media_type="text/css", headers=_NO_STORE)


@router.get("/desk/certificates/{code}/file/{name}")
def save(desk: DeskDep, code: str, name: str) -> Response:
    """The page or the label as a file: .pdf, .png, and for label printers .zpl, .tspl, .bin."""
    require(desk)
    looked, way, copy = _printed(desk, code)
    ending = name.rpartition(".")[2]
    dpi = 300 if desk.request.query_params.get("dpi") == "300" else 203
    made = file_of(paper_of(looked, desk.node.settings.public_url, copy), way, ending, dpi)
    named = f'attachment; filename="certificate-{looked.issued.number}.{ending}"'
    return Response(
        made, media_type=MEDIA[ending], headers=_NO_STORE | {"Content-Disposition": named}
    )


def _kept(desk: Desk, code: str) -> Kept:
    return desk.node.certificates.get(desk.actor.organisation, code)


def _printed(desk: Desk, code: str) -> tuple[Looked, str, int]:
    """The certificate, how this copy of it is printed, and which one it is: only counted ones."""
    kept, text = _kept(desk, code), desk.request.query_params.get("copy", "")
    prints = {str(one.copy): one for one in desk.node.certificates.store.prints(code)}
    looked = desk.node.register.look(desk.actor.viewer, code)
    holds = kept.state == "issued" and looked is not None and looked.voided is None
    if text not in prints or looked is None or not holds:
        raise NotFound("there is no such print of it; print it again")
    return looked, prints[text].way, prints[text].copy


def _form(
    desk: Desk, lot: str, values: dict[str, Any], kept: Kept | None,
    problem: SuyuanError | None = None,
) -> Response:  # fmt: skip
    certificates, viewer = desk.node.certificates, desk.actor.viewer
    scope: Scope = certificates.drafting.scope(viewer, lot)
    blocks: tuple[Finding, ...] = certificates.against(viewer, lot)
    called = Called(desk, {lot})
    ticks = scope.text.tick_names() if scope.text else ()
    return desk.page(
        "certificate_form.html",
        problem=None if isinstance(problem, Blocked) else problem,
        stopped=isinstance(problem, Blocked),
        lot=lot,
        name=called(lot),
        kept=kept,
        values=SimpleNamespace(**values),
        longest=SimpleNamespace(**LONGEST),
        scope=scope,
        ticks=[(one.zh, desk.words.name(one), one.zh in values.get("ticks", ())) for one in ticks],
        source=desk.words.name(scope.text.source) if scope.text else "",
        note=desk.words.name(scope.text.note) if scope.text and scope.text.note else "",
        blocks=told(blocks, desk.words),
        person=desk.given("person") or desk.actor.name,
        gates=f"/desk/gates?{urlencode({'of': lot})}",
        link=f"/desk/lots/thing?{urlencode({'of': lot})}",
    )


def _show(desk: Desk, kept: Kept, problem: SuyuanError | None = None) -> Response:
    if kept.state == "draft":
        return _form(desk, kept.lot, json.loads(kept.values), kept, problem)
    called, certificates = Called(desk, {kept.lot}), desk.node.certificates
    looked = desk.node.register.look(desk.actor.viewer, kept.code)
    blocked = problem if isinstance(problem, Blocked) else None
    prints = certificates.store.prints(kept.code)
    months = 6
    scope = certificates.drafting.scope(desk.actor.viewer, kept.lot)
    months = max(months, scope.text.keep_months) if scope.text else months
    issued = looked.issued.issued if looked else None
    return desk.page(
        "certificate_one.html",
        status=409 if blocked else 200,
        problem=None if blocked else problem,
        blocks=told(blocked.findings, desk.words) if blocked else (),  # type: ignore[arg-type]
        kept=kept,
        looked=looked,
        face=certificates.state(looked) if looked else "",
        name=called(kept.lot),
        keep=desk.words.day(certificates.keep_until(issued, months)) if issued else "",
        prints=[(one.copy, desk.words.moment(one.at), desk.words(WAYS[one.way]),
                 desk.people.get(one.person, "") if desk.actor.may("members") else "")
                for one in prints],
        ways=[(one, desk.words(said)) for one, said in WAYS.items()],
        printers=[(one.id, one.name) for one in desk.node.supplies.printers(kept.organisation)]
        if desk.actor.may("labels") else [],
        stocks=[(one.id, one.name) for one in desk.node.supplies.papers(kept.organisation)
                if one.sheet is None],
        given={name: desk.given(name) for name in ("printer", "stock")},
        person=desk.given("person") or desk.actor.name,
        reason=desk.given("reason"),
        link=f"/desk/lots/thing?{urlencode({'of': kept.lot})}",
    )  # fmt: skip


__all__ = ["router"]

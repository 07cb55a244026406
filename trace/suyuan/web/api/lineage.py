"""What went into what, and recalls, over HTTP (docs/recall.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import Forbidden, Malformed, NotFound
from suyuan.core.lineage.act import Act
from suyuan.core.lineage.told import recipients_told, standing_told, step_told, stocks_told
from suyuan.core.sheets.lists import Table
from suyuan.core.sheets.written import csv_of
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.recall import Reach, Scope
from suyuan.flow.recall_files import customers
from suyuan.ports.drills import Drill
from suyuan.web.api.farm_exports import CSV, XLSX, headers
from suyuan.web.deps import (
    CallerDep,
    LanguageDep,
    NodeDep,
    ObjectDep,
    SubjectQuery,
    ViewerDep,
    members,
    shape,
    takes,
)
from suyuan.web.notices import notice_pdf
from suyuan.web.wording import wording
from suyuan.words import Language, say

router = APIRouter(tags=["lineage"])

MOST_STEPS = 1_000
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}
PDF = "application/pdf"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ACT = {"act": str, "person": str, "reason": str}
_DRILL = {"person": str}
_SCOPE = {"things": list, "plot": str, "from": str, "to": str, "organisation": str}

Things = Annotated[
    list[str] | None,
    Query(alias="thing", max_length=100, description="Lots, inputs, seasons, cartons"),
]
Plot = Annotated[str, Query(max_length=2000, description="Lots harvested there")]
Since = Annotated[str, Query(alias="from", max_length=10)]
Until = Annotated[str, Query(alias="to", max_length=10)]
Of = Annotated[
    str, Query(max_length=2000, description="Of an authority's area: whose plot and days are meant")
]


@router.get("/lineage", response_class=JSONResponse)
def lineage(
    node: NodeDep,
    viewer: ViewerDep,
    subject: SubjectQuery,
    most: Annotated[
        int, Query(ge=1, le=MOST_STEPS, description="Things each way that are told")
    ] = 400,
) -> Response:
    """What a thing came from and what became of it: steps with their masses, holes, how much is where.

    A record that the caller may not see is counted in `hidden`; what it says is not told.
    """
    return JSONResponse(told(node, viewer, subject, most), headers=_PRIVATE)


def told(node: Node, viewer: Viewer, subject: str, most: int) -> dict[str, Any]:
    """The whole answer, for the command line too."""
    found = node.tracing.trace(viewer, subject, most=most)
    weights = node.recalling.weights(viewer, found.near)
    where = node.recalling.where(viewer, found.subject, found.down)
    states = node.recalling.states([found.subject])
    return {
        "id": found.subject,
        "state": states.get(found.subject, "free"),
        "above": [{"id": name, "state": state} for name, state in node.recalling.above(found.up)],
        "reached": {"up": len(found.up.things), "down": len(found.down.things)},
        "notTold": {"up": found.more[0], "down": found.more[1]},
        "hidden": len(found.up.hidden | found.down.hidden),
        "erased": list(found.erased),
        "steps": [step_told(step, weights) for step in found.steps],
        **standing_told(where),
    }


def scope_asked(
    thing: Things = None,
    plot: Plot = "",
    since: Since = "",
    until: Until = "",
    organisation: Of = "",
) -> Scope:
    """Where a recall begins."""
    return Scope(tuple(thing or ()), plot, since, until, organisation)


ScopeDep = Annotated[Scope, Depends(scope_asked)]


@router.get("/recalls/reach", response_class=JSONResponse)
def reach(
    node: NodeDep,
    caller: CallerDep,
    scope: ScopeDep,
) -> Response:
    """What a recall from here would reach: nothing is recorded."""
    return JSONResponse(reach_told(_reached(node, caller, scope)), headers=_PRIVATE)


@router.get(
    "/recalls/customers.{form}",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: _BINARY, XLSX: _BINARY}}},
)
def customer_list(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    form: Annotated[Literal["csv", "xlsx"], Path()],
    scope: ScopeDep,
) -> Response:
    """Who got what of everything reached; a row for each handing over that the caller may see."""
    table = table_of(node, caller.viewer, language, _reached(node, caller, scope))
    return file_of(table, language, form)


@router.get(
    "/recalls/notice.pdf",
    response_class=Response,
    responses={200: {"content": {PDF: _BINARY}}},
)
def notice(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    scope: ScopeDep,
) -> Response:
    """The notice of one page: of what was recorded last, or a draft, which says that it is one."""
    made = notice_pdf(node, caller.viewer, wording(language), _reached(node, caller, scope))
    head = {**_PRIVATE, "Content-Disposition": 'attachment; filename="notice.pdf"'}
    return Response(made, media_type=PDF, headers=head)


@router.post(
    "/recalls",
    status_code=201,
    openapi_extra=takes(
        "hold, release, recall or lift (a recall is taken back), of what, who answers for it, and why",
        shape(_ACT, {**_SCOPE, "advice": str}),
    ),
)
def act(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Record a hold, its release, a recall or its end."""
    members(document, _ACT, {**_SCOPE, "advice": str})
    _require(caller)
    roots = node.recalling.roots(caller.viewer, caller.organisation, scope_of(document))
    indices = node.recalling.act(
        caller, cast(Act, document["act"]), roots, person=document["person"],
        reason=document["reason"], advice=document.get("advice", ""),
    )  # fmt: skip
    return JSONResponse({"indices": list(indices)}, 201, {"Cache-Control": "no-store"})


@router.post(
    "/recalls/drills",
    status_code=201,
    openapi_extra=takes("From what, and who answers for it", shape(_DRILL, _SCOPE)),
)
def drill(node: NodeDep, caller: CallerDep, language: LanguageDep, document: ObjectDep) -> Response:
    """Everything that a recall does but recording it, timed; the report is kept."""
    members(document, _DRILL, _SCOPE)
    _require(caller)
    made, _ = node.recalling.drill(
        caller.viewer, caller.organisation, scope_of(document), person=document["person"],
        files=lambda found: drilled(node, caller.viewer, language, found),
    )  # fmt: skip
    return JSONResponse(drill_told(made), 201, {"Cache-Control": "no-store"})


@router.get("/recalls/drills", response_class=JSONResponse)
def drills(node: NodeDep, caller: CallerDep) -> Response:
    """The organisation's drills, the newest first."""
    found = node.recalling.drills.list(caller.organisation)
    return JSONResponse([drill_told(one) for one in found], headers=_PRIVATE)


@router.get("/recalls/drills/{drill_id}", response_class=JSONResponse)
def one_drill(node: NodeDep, caller: CallerDep, drill_id: str) -> Response:
    """One drill's report."""
    found = node.recalling.drills.get(drill_id)
    if found is None or found.organisation != caller.organisation:
        raise NotFound("there is no drill {id}", id=drill_id[:80])
    return JSONResponse(drill_told(found), headers=_PRIVATE)


def scope_of(document: dict[str, Any]) -> Scope:
    """Of a request's body."""
    things = document.get("things", [])
    for number, one in enumerate(things):
        if not isinstance(one, str):
            raise Malformed("this is a URI, written as a text", path=f"/things/{number}")
    return Scope(
        tuple(things), document.get("plot", ""), document.get("from", ""), document.get("to", ""),
        document.get("organisation", ""),
    )  # fmt: skip


def _require(caller: Caller) -> None:
    if caller.role not in ("recorder", "regulator", "administrator"):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


def _reached(node: Node, caller: Caller, scope: Scope) -> Reach:
    _require(caller)
    roots = node.recalling.roots(caller.viewer, caller.organisation, scope)
    return node.recalling.reach(caller.viewer, roots)


def reach_told(found: Reach) -> dict[str, Any]:
    """Counts, stocks and who got what."""
    return {
        "roots": list(found.roots),
        "up": found.up,
        "down": found.down,
        "levels": found.levels,
        "lots": found.lots,
        "packs": found.packs,
        "hidden": found.hidden,
        "stocks": stocks_told(found.stocks),
        "handed": recipients_told(found.recipients),
    }


def table_of(node: Node, viewer: Viewer, language: Language, found: Reach) -> Table:
    """The customer list."""
    pick = wording(language).name
    return customers(node.tracing, node.judge, node.prover, viewer, found, pick)


def file_of(table: Table, language: Language, form: str) -> Response:
    """A table as a file to be saved."""
    word = say(language)
    saved = headers(f"{word(table.title.template)}.{form}", f"{table.name}.{form}")
    if form == "csv":
        parts: Iterator[bytes] = csv_of(table, word)
        return StreamingResponse(parts, media_type=f"{CSV}; charset=utf-8", headers=saved)
    return Response(workbook_bytes(table, language), media_type=XLSX, headers=saved)


def workbook_bytes(table: Table, language: Language) -> bytes:
    """A table as a workbook."""
    # Loaded when it is needed: most services never write a workbook.
    from suyuan.adapters.book import workbook_of

    return workbook_of([table], say(language))


def drilled(node: Node, viewer: Viewer, language: Language, found: Reach) -> dict[str, int]:
    """The files that a recall would send out, made and measured in bytes."""
    table = table_of(node, viewer, language, found)
    notice = notice_pdf(node, viewer, wording(language), found)
    return {
        "customers.xlsx": len(workbook_bytes(table, language)),
        "notice.pdf": len(notice),
    }


def drill_told(drill: Drill) -> dict[str, Any]:
    """A drill as programs read it."""
    return {"id": drill.id, "at": drill.at, "person": drill.person, **json.loads(drill.report)}

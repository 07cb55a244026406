"""Master data: products, places, organisations; recorded one by one or as a table, told as JSON-LD."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed
from suyuan.core.master.check import objects_in
from suyuan.core.master.jsonld import as_json_ld
from suyuan.core.master.table import masters_of_csv
from suyuan.core.strict_json import loads
from suyuan.flow.master import Recorded
from suyuan.web.api.paging import PagingDep
from suyuan.web.binding import JSON, JSON_LD, sent_form, wanted_form
from suyuan.web.deps import BodyDep, CallerDep, NodeDep, ViewerDep, takes

router = APIRouter(tags=["master data"])

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHECK = Annotated[bool, Query(description="Only say whether all of it could be recorded")]

_SHAPE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {"id": {"type": "string"}, "type": {"type": "string"}},
}


@router.post(
    "/master",
    status_code=201,
    openapi_extra=takes(
        "Master data: an object or a list of them, or a table (CSV, XLSX)",
        {"anyOf": [_SHAPE, {"type": "array", "items": _SHAPE}]},
    ),
)
def add(
    node: NodeDep, caller: CallerDep, request: Request, body: BodyDep, check: CHECK = False
) -> Response:
    """Record master data, all of it or none; what was said last is not recorded again."""
    sent_form(request, (JSON, JSON_LD, CSV, XLSX))
    objects, alone = _read(request, body)
    if check:
        node.masters.check(objects)
        return JSONResponse({"valid": len(objects)}, 200)
    indices = node.masters.record(caller, objects)
    return JSONResponse({"index": indices[0]} if alone else {"indices": list(indices)}, 201)


def _read(request: Request, body: bytes) -> tuple[list[tuple[str, dict[str, Any]]], bool]:
    """(where, object) pairs, and whether it was one object by itself."""
    form = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if form == CSV:
        try:
            return masters_of_csv(body.decode("utf-8")), False
        except UnicodeDecodeError:
            raise Malformed("{file} is not UTF-8; save it as «CSV UTF-8»", file="CSV") from None
    if form == XLSX:
        # Loaded when it is needed: most services never read a workbook.
        from suyuan.adapters.workbook import masters_of_workbook

        return masters_of_workbook(body), False
    document = loads(body, max_depth=40)
    return objects_in(document), isinstance(document, dict)


@router.get("/master", response_class=JSONResponse)
def listed(
    node: NodeDep,
    caller: CallerDep,
    page: PagingDep,
) -> Response:
    """What the organisation said last of each thing; the Link header names the next page."""
    found = node.masters.of(
        caller.viewer, since=page.after[1] + 1 if page.after else 0, limit=page.most
    )
    shown, headers = page.cut(found, lambda one: ("", one.index))
    return JSONResponse([told(one) for one in shown], headers=headers)


@router.get("/master/{uri:path}", response_class=JSONResponse)
def one(
    node: NodeDep, viewer: ViewerDep, request: Request, uri: Annotated[str, Path(max_length=2000)]
) -> Response:
    """Master data of one thing by its id: as JSON-LD (GS1 Web Vocabulary), or as it was recorded,
    with all that was said before."""
    form = wanted_form(request, (JSON_LD, JSON))
    history = node.masters.history(viewer, uri)
    headers = {"Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
    if form == JSON:
        return JSONResponse(
            {**told(history[0]), "history": list(map(told, history))}, headers=headers
        )
    return JSONResponse(json_ld(node, history[0]), headers=headers, media_type=JSON_LD)


def json_ld(node: Node, recorded: Recorded) -> dict[str, Any]:
    """With the record that proves who said it, and when."""
    return {
        **as_json_ld(recorded.master, f"{node.settings.uri_base}voc/"),
        "suyuan:record": {
            "index": recorded.index,
            "proof": f"/events/{recorded.index}",
            "recordTime": recorded.record_time,
            "owner": recorded.owner,
        },
    }


def told(recorded: Recorded) -> dict[str, Any]:
    """As it was recorded, and the record that it stands in."""
    return {
        "index": recorded.index,
        "proof": f"/events/{recorded.index}",
        "recordTime": recorded.record_time,
        "owner": recorded.owner,
        "master": recorded.master,
    }

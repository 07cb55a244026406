"""Serials and labels for the packs of a lot."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from suyuan.core.errors import Malformed
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, members

router = APIRouter(tags=["issue"])


@router.post("/serials", status_code=201)
def issue(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Issue serials: ``{"gtin", "lot", "count", "eventTime", "eventTimeZoneOffset", "key"}``.

    The same key again answers the same serials. The answer is for the label printer and nobody else.
    """
    members(
        document,
        {
            "gtin": str,
            "lot": str,
            "count": int,
            "eventTime": str,
            "eventTimeZoneOffset": str,
            "key": str,
        },
        {"event": dict},
    )
    extra = document.get("event") or {}
    for name in ("eventID", "suyuan:serials", "type", "action", "quantityList", "epcList"):
        if name in extra:
            raise Malformed("{name} is set by the service here", path=f"/event/{name}", name=name)
    index, serials = node.issuer.issue(
        caller,
        gtin=document["gtin"],
        lot=document["lot"],
        count=document["count"],
        event_time=document["eventTime"],
        time_zone=document["eventTimeZoneOffset"],
        key=document["key"],
        extra=extra,
    )
    body = {"index": index, "serials": [s.serial for s in serials]}
    return JSONResponse(body, 201, {"Cache-Control": "no-store"})

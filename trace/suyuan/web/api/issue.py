"""Serials and labels for the packs of a lot."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from suyuan.core.errors import Malformed
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, members, shape, takes

router = APIRouter(tags=["issue"])

_WANTED = {
    "gtin": str,
    "lot": str,
    "count": int,
    "eventTime": str,
    "eventTimeZoneOffset": str,
    "key": str,
}
_MAY = {"event": dict, "reason": str, "ahead": bool}
_OURS = frozenset(
    {
        "@context",
        "type",
        "eventID",
        "eventTime",
        "eventTimeZoneOffset",
        "action",
        "bizStep",
        "disposition",
        "quantityList",
        "epcList",
        "suyuan:serials",
        "suyuan:codes",
        "suyuan:authorisation",
        "suyuan:reason",
        "suyuan:claims",
        "errorDeclaration",
    }
)
"""Members of the event that the service sets: with another step it might not be on the lot at all, and
what declares an error issues nothing, so its codes would stand on no ledger."""


@router.post(
    "/serials",
    status_code=201,
    openapi_extra=takes("Which lot, and how many packs", shape(_WANTED, _MAY)),
)
def issue(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Issue serials; ``event``: further members of the event that is recorded, such as readPoint;
    ``ahead``: before packing; ``reason``: why more than the brand's ceiling.

    The same key again answers the same serials. The answer is for the label printer and nobody else.
    """
    members(document, _WANTED, _MAY)
    extra = document.get("event") or {}
    for name in extra:
        if name in _OURS:
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
        ahead=document.get("ahead", False),
        reason=document.get("reason", ""),
    )
    body = {"index": index, "serials": [s.serial for s in serials]}
    return JSONResponse(body, 201, {"Cache-Control": "no-store"})

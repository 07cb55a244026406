"""Serials and labels for the packs of a lot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed
from suyuan.core.rules.told import Show
from suyuan.flow.accounts import Caller
from suyuan.ports.log import NewSerial
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep, ObjectDep, members, shape, takes
from suyuan.web.wording import wording

router = APIRouter(tags=["issue"])

_WANTED = {
    "gtin": str,
    "lot": str,
    "count": int,
    "eventTime": str,
    "eventTimeZoneOffset": str,
    "key": str,
}
_MAY = {"event": dict, "reason": str, "ahead": bool, "planned": str}
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
        "suyuan:plannedPacking",
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
def issue(node: NodeDep, caller: CallerDep, language: LanguageDep, document: ObjectDep) -> Response:
    """Issue serials; ``event``: further members of the event that is recorded, such as readPoint;
    ``ahead``: before packing, ``planned`` the day for which that is planned; ``reason``: why more than
    the brand's ceiling. ``claims``: how each claim of the label stands now, with what to heed of it.

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
        planned=document.get("planned", ""),
    )
    body = issued_told(node, caller, index, serials, wording(language).show)
    return JSONResponse(body, 201, {"Cache-Control": "no-store"})


def issued_told(
    node: Node, caller: Caller, index: int, serials: Sequence[NewSerial], show: Show
) -> dict[str, Any]:
    """The answer to who issued them, for the command line too."""
    claims = node.claims.look(caller.viewer, caller.organisation, serials[0].lot)
    return {
        "index": index,
        "authorisation": node.codes.issue(index).authorisation or None,
        "serials": [one.serial for one in serials],
        "claims": [
            {
                "claim": one.kind,
                "verdict": one.verdict,
                "text": show(one.text),
                "certificate": one.certificate.number if one.certificate is not None else None,
            }
            for one in claims
        ],
    }

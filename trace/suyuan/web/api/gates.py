"""Gates and check-ins over HTTP: what each says, the release, links for markets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.farm.deed import Deed
from suyuan.core.rules.market import told as check_in_of
from suyuan.core.rules.told import Show, all_told
from suyuan.flow.gates import Gates
from suyuan.ports.certificates import Link
from suyuan.web.api.books import overrides_of
from suyuan.web.deps import (
    CallerDep,
    LanguageDep,
    NodeDep,
    ObjectDep,
    SubjectQuery,
    members,
    shape,
    takes,
)
from suyuan.web.wording import wording

router = APIRouter(tags=["gates"])

_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}
_RELEASE = {"lot": str, "person": str}
_LINK = {"market": str, "days": int}


@router.get("/gates", response_class=JSONResponse)
def gates(
    node: NodeDep, caller: CallerDep, language: LanguageDep, subject: SubjectQuery
) -> Response:
    """Both gates of a lot: origin release 产地准出 and market check-in 市场准入, rule by rule."""
    found = node.gatekeeper.of(caller.viewer, subject)
    return JSONResponse(gates_told(found, wording(language).show), headers=_PRIVATE)


@router.post(
    "/gates/releases",
    status_code=201,
    openapi_extra=takes(
        "Which lot, and who answers for it; `overrides` let pass what a rule blocks",
        shape(_RELEASE, {"overrides": list}),
    ),
)
def release(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Record the release at origin. 409 with `findings` where a rule blocks that none names."""
    overrides = overrides_of(document)
    members(document, _RELEASE)
    indices = node.gatekeeper.release(
        caller, document["lot"], person=document["person"], overrides=overrides
    )
    return JSONResponse({"index": indices[-1], "overrides": list(indices[:-1])}, 201, _PRIVATE)


@router.get("/check-in/links", response_class=JSONResponse)
def links(node: NodeDep, caller: CallerDep) -> Response:
    """Links given to markets, the newest first; their secrets are told when they are made alone."""
    found = node.check_ins.links.list(caller.organisation)
    return JSONResponse([link_told(one) for one in found], headers=_PRIVATE)


@router.post(
    "/check-in/links",
    status_code=201,
    openapi_extra=takes("For which market, and for how many days", shape(_LINK)),
)
def give(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Make a link by which a market checks goods in without an account."""
    members(document, _LINK)
    given = node.check_ins.give(
        caller, document["market"], days=document["days"], person=f"token {caller.token}"
    )
    told = {**link_told(given.link), "address": link_address(node, given.token)}
    return JSONResponse(told, 201, {"Cache-Control": "no-store"})


@router.delete("/check-in/links/{link_id}", status_code=204)
def revoke(node: NodeDep, caller: CallerDep, link_id: Annotated[str, Path(max_length=40)]) -> None:
    """End a link at once."""
    node.check_ins.revoke(caller.organisation, link_id)


def link_address(node: Node, token: str) -> str:
    return f"{node.settings.public_url.rstrip('/')}/desk/check-in/link/{token}"


def link_told(link: Link) -> dict[str, Any]:
    """A link as JSON."""
    return {
        "id": link.id,
        "market": link.market,
        "createdAt": link.created_at,
        "until": link.until,
        "revokedAt": link.revoked_at,
        "used": link.used,
    }


def gates_told(found: Gates, show: Show) -> dict[str, Any]:
    """Both gates as JSON, for the command line too."""
    return {
        "lot": found.lot,
        **{
            gate.name: {"state": gate.state, **all_told(gate.findings, show)}
            for gate in (found.origin, found.market)
        },
        "released": [{"index": one.index, "day": one.day.isoformat()} for one in found.released],
        "checkIns": [_check_in(one) for one in found.checked],
    }


def _check_in(deed: Deed) -> dict[str, Any]:
    given = check_in_of(deed)
    return {
        "index": deed.index,
        "day": deed.day.isoformat(),
        "verdict": given.get("verdict"),
        "market": given.get("market"),
        "reason": deed.stated.get("reason"),
        "quantity": deed.stated.get("quantity"),
    }

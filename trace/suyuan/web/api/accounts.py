"""Organisations, tokens, keys and erasure."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from suyuan.core.errors import Forbidden, Malformed, NotFound
from suyuan.flow.accounts import KEY_ROLE
from suyuan.ports.accounts import Organisation, Token
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, members, shape, takes

router = APIRouter(tags=["accounts"])

_ORGANISATION = {"id": str, "name": dict, "county": str}
_TOKEN = {"organisation": str, "role": str}
_ERASURE = {"index": int, "reason": str}


def _organisation(item: Organisation) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": {"zh": item.name_zh, "en": item.name_en},
        "county": item.county,
        "createdAt": item.created_at,
    }


def _token(item: Token) -> dict[str, Any]:
    return {
        "id": item.id,
        "organisation": item.organisation,
        "role": item.role,
        "label": item.label,
        "createdAt": item.created_at,
        "revokedAt": item.revoked_at,
    }


@router.get("/organisations")
def organisations(node: NodeDep, caller: CallerDep) -> list[dict[str, Any]]:
    """All of them for an administrator, otherwise the caller's own."""
    found = node.database.accounts.organisations()
    return [
        _organisation(item)
        for item in found
        if caller.role == "administrator" or item.id == caller.organisation
    ]


@router.post(
    "/organisations",
    status_code=201,
    openapi_extra=takes("An organisation", shape(_ORGANISATION)),
)
def add_organisation(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Register ``{"id", "name": {"zh", "en"}, "county"}``."""
    caller.require("administrator")
    members(document, _ORGANISATION)
    name = document["name"]
    members(name, {}, {"zh": str, "en": str})
    added = node.accounts.add_organisation(
        document["id"],
        name_zh=name.get("zh", ""),
        name_en=name.get("en", ""),
        county=document["county"],
    )
    return JSONResponse(_organisation(added), 201)


@router.get("/tokens")
def tokens(node: NodeDep, caller: CallerDep) -> list[dict[str, Any]]:
    """Tokens, without their texts: all for an administrator, otherwise the organisation's."""
    only = None if caller.role == "administrator" else caller.organisation
    return [_token(item) for item in node.database.accounts.tokens(only)]


@router.post(
    "/tokens",
    status_code=201,
    openapi_extra=takes("Whose token, and its role", shape(_TOKEN, {"label": str})),
)
def add_token(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Make a token for ``{"organisation", "role", "label"?}``; its text is told this once."""
    caller.require("administrator")
    members(document, _TOKEN, {"label": str})
    role = document["role"]
    if role not in KEY_ROLE:
        raise Malformed("a role is one of {roles}", path="/role", roles=", ".join(KEY_ROLE))
    text, token = node.accounts.add_token(document["organisation"], role, document.get("label", ""))
    return JSONResponse({**_token(token), "token": text}, 201, {"Cache-Control": "no-store"})


@router.delete("/tokens/{token_id}", status_code=204)
def revoke_token(node: NodeDep, caller: CallerDep, token_id: str) -> Response:
    """Revoke a token at once; an organisation may revoke its own, an administrator's only another."""
    found = [t for t in node.database.accounts.tokens() if t.id == token_id]
    if not found:
        raise NotFound("no token {id} in force", id=token_id)
    if caller.role != "administrator":
        if found[0].organisation != caller.organisation:
            raise Forbidden("this belongs to another organisation")
        if found[0].role == "administrator":
            caller.require("administrator")
    node.accounts.revoke_token(token_id)
    return Response(status_code=204)


@router.get("/keys")
def keys(node: NodeDep) -> list[dict[str, Any]]:
    """Every key in the log and its state now; keys are public."""
    ring = node.appender.ring()
    return [
        {
            "kid": state.kid,
            "owner": state.owner,
            "role": state.role,
            "status": "active" if state.active else "revoked",
        }
        for state in map(ring.state, sorted(ring.known))
        if state is not None
    ]


@router.post(
    "/keys",
    status_code=201,
    openapi_extra=takes('A key object (formats.md §4), or {"organisation", "role"}'),
)
def add_key(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Enrol or revoke a key: a ``key`` object of formats.md §4, or ``{"organisation", "role"}`` to
    have one made and kept by the service. Keys held by their signers alone come as their ``jwk``."""
    caller.require("administrator")
    if "jwk" in document:
        index = node.capture.key(caller, document)
        return JSONResponse({"index": index}, 201)
    members(document, _TOKEN)
    role = document["role"]
    if role not in set(KEY_ROLE.values()):
        raise Malformed(
            "a key's role is one of {roles}", path="/role", roles=", ".join(KEY_ROLE.values())
        )
    kid, index = node.capture.enrol_kept(caller, document["organisation"], role, node.clock.now())
    return JSONResponse({"index": index, "kid": kid}, 201)


@router.post(
    "/erasures", status_code=201, openapi_extra=takes("Which record, and why", shape(_ERASURE))
)
def erase(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Erase the content of record ``{"index", "reason"}``; entry, link and log stay."""
    members(document, _ERASURE)
    return JSONResponse(
        {"index": node.capture.erase(caller, document["index"], document["reason"])}, 201
    )

"""Laboratories and their links, for programs; and what a link itself leads to (`suyuan sign`)."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.attest import fingerprint
from suyuan.core.errors import Refused
from suyuan.core.signed_answer import Report
from suyuan.flow.signing import DAYS
from suyuan.ports.signing import SigningRequest
from suyuan.web.api.capture import utf8
from suyuan.web.deps import (
    BodyDep,
    CallerDep,
    JsonDep,
    NodeDep,
    ObjectDep,
    members,
    node_of,
    shape,
    takes,
)
from suyuan.web.desk.sign import keep_report, take

router = APIRouter(tags=["laboratories"])

_PRIVATE = {"Cache-Control": "no-store"}
_LABORATORY = {"zh": str, "county": str, "contact": str}
_MORE = {"id": str, "en": str, "number": str}
_ASKED = {"laboratory": str, "purpose": str, "subject": str, "items": list}
_ASKED_MORE = {"sample": str, "days": int}
RequestId = Annotated[str, Path(max_length=100)]


def address_of(request: Request) -> str:
    """Where a request came from: an IPv6 network of one household counts as one."""
    host = request.client.host if request.client else ""
    return ":".join(host.split(":")[:4]) if ":" in host else host


def opened(
    request: Request,
    link: Annotated[
        str,
        Header(alias="Suyuan-Link", max_length=200, description="What stands behind the link's #"),
    ],
) -> SigningRequest:
    """The request behind a link."""
    return node_of(request).signing.opened(link.strip(), address_of(request))


LinkDep = Annotated[SigningRequest, Depends(opened)]


@router.get("/laboratories", response_class=JSONResponse)
def laboratories(node: NodeDep, caller: CallerDep) -> Response:
    """Who may be asked. Whom to call there is told to the administrator and to themselves alone."""
    return JSONResponse([_known(one) for one in node.signing.registered(caller)], headers=_PRIVATE)


def _known(one: Any) -> dict[str, Any]:
    return {
        "id": one.organisation,
        "name": {"zh": one.zh, "en": one.en},
        "county": one.county,
        "number": one.number,
        **({"contact": one.contact} if one.contact else {}),
        "keys": [state.kid for state in one.keys],
    }


@router.post(
    "/laboratories",
    status_code=201,
    openapi_extra=takes("Who it is, and whom to call there", shape(_LABORATORY, _MORE)),
)
def register(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Register a laboratory or certifier: the administrator's word for who it is."""
    members(document, _LABORATORY, _MORE)
    given = {**document, "organisation": document.get("id", "")}
    given.pop("id", None)
    return JSONResponse(_known(node.signing.register(caller, **given)), 201, _PRIVATE)


@router.post(
    "/laboratories/keys",
    status_code=201,
    openapi_extra=takes("Which laboratory", shape({"laboratory": str})),
)
def ask_key(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """A link by which a laboratory brings its key; shown this once."""
    members(document, {"laboratory": str})
    return _link(node, *node.signing.ask_key(caller, document["laboratory"]))


@router.post(
    "/signing/requests",
    status_code=201,
    openapi_extra=takes(
        "Of whom, and about what: a test of items, or one certificate (origin, green, organic, gi)",
        shape(_ASKED, _ASKED_MORE),
    ),
)
def ask(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Ask a laboratory or certifier; the link is shown this once."""
    members(document, _ASKED, _ASKED_MORE)
    items = document["items"]
    if not all(isinstance(one, str) for one in items):
        raise Refused("items are texts", path="/items")
    token, name = node.signing.ask(
        caller, document["laboratory"], document["purpose"], document["subject"], items,
        sample=document.get("sample", ""), days=document.get("days", DAYS),
    )  # fmt: skip
    return _link(node, token, name)


def _link(node: Node, token: str, name: str) -> Response:
    link = f"{node.settings.public_url.rstrip('/')}/sign#{token}"
    return JSONResponse({"id": name, "link": link}, 201, _PRIVATE)


@router.get("/signing/requests", response_class=JSONResponse)
def asked(node: NodeDep, caller: CallerDep) -> Response:
    """What the organisation asked, and what was asked of it, the newest first."""
    every = {
        one.id: one for one in (*node.signing.asked_by(caller), *node.signing.asked_of(caller))
    }
    return JSONResponse([_asked(one) for one in every.values()], headers=_PRIVATE)


@router.get("/signing/requests/{request_id}", response_class=JSONResponse)
def one_asked(node: NodeDep, caller: CallerDep, request_id: RequestId) -> Response:
    """One request, and how it stands."""
    return JSONResponse(_asked(node.signing.one(caller, request_id)), headers=_PRIVATE)


@router.delete("/signing/requests/{request_id}", status_code=204, response_class=Response)
def revoke(node: NodeDep, caller: CallerDep, request_id: RequestId) -> Response:
    """Take a link back: for who asked, with the role recorder, or for the administrator."""
    node.signing.revoke(caller, request_id)
    return Response(status_code=204)


@router.post(
    "/signing/requests/{request_id}/confirmation",
    status_code=201,
    openapi_extra=takes("The key whose fingerprint was compared", shape({"kid": str})),
)
def confirm(
    node: NodeDep, caller: CallerDep, document: ObjectDep, request_id: RequestId
) -> Response:
    """The administrator's word that a key that was brought is the laboratory's."""
    members(document, {"kid": str})
    index = node.signing.confirm(caller, request_id, document["kid"])
    return JSONResponse({"index": index}, 201, _PRIVATE)


def _asked(one: SigningRequest) -> dict[str, Any]:
    answer = json.loads(one.answer) if one.answer else []
    key = answer if isinstance(answer, dict) else {}
    return {
        "id": one.id,
        "organisation": one.organisation,
        "laboratory": one.laboratory,
        "purpose": one.purpose,
        "subject": one.subject,
        "asked": json.loads(one.asked),
        "createdAt": one.created_at,
        "until": one.until,
        "state": one.state,
        "records": answer if isinstance(answer, list) else [],
        "key": {"kid": key["kid"], "fingerprint": fingerprint(key["kid"])} if key else None,
    }


# -- behind a link ---------------------------------------------------------------------------------


@router.get("/signing", response_class=JSONResponse)
def request_told(node: NodeDep, found: LinkDep) -> Response:
    """What is asked, for who has the link."""
    return JSONResponse(node.signing.told(found), headers=_PRIVATE)


@router.post(
    "/signing",
    status_code=201,
    openapi_extra=takes(
        "Signed contents, as `suyuan sign` writes them: a list, or an object with the report's bytes",
        {"type": ["array", "object"]},
    ),
)
def answer(node: NodeDep, found: LinkDep, document: JsonDep) -> Response:
    """Append what was signed, where it answers just what was asked."""
    return JSONResponse({"indices": list(take(node, found, document))}, 201, _PRIVATE)


@router.post(
    "/signing/key",
    status_code=201,
    openapi_extra=takes(
        "The public half of a key, and its signature over the link's request",
        shape({"x": str, "sig": str}),
    ),
)
def bring(node: NodeDep, found: LinkDep, document: ObjectDep) -> Response:
    """Bring a key. It counts for nothing before the administrator has compared its fingerprint."""
    members(document, {"x": str, "sig": str})
    kid = node.signing.bring_key(found, document["x"], document["sig"])
    return JSONResponse({"kid": kid, "fingerprint": fingerprint(kid)}, 201, _PRIVATE)


@router.post(
    "/signing/report",
    status_code=201,
    openapi_extra=takes(
        "The bytes: PDF, JPEG, PNG", {"type": "string", "format": "binary"}, media="*/*"
    ),
)
def report(
    node: NodeDep,
    found: LinkDep,
    body: BodyDep,
    name: Annotated[str, Header(alias="Suyuan-Name", max_length=600)] = "",
) -> Response:
    """Keep the report's bytes; answers the member that names them in the answer."""
    node.signing.require_open(found)
    named = Report(unquote(utf8(name)), body)
    return JSONResponse(keep_report(node, found, named), 201, _PRIVATE)

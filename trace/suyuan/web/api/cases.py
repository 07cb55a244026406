"""Cases for programs of who answers for them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from suyuan.core.cases import NEVER, State
from suyuan.core.errors import Malformed
from suyuan.flow.accounts import Caller
from suyuan.flow.cases import Looker, Told
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, members, shape, takes

router = APIRouter(tags=["reports"])

_MOVED = {"answer": str, "outcome": str, "records": list}
_PRIVATE = {"Cache-Control": "no-store"}
Number = Annotated[str, Path(max_length=40)]


def looker_of(caller: Caller) -> Looker:
    """An organisation sees its own, a regulator those of its area."""
    caller.require("recorder", "regulator")
    return Looker(caller.organisation, caller.county, caller.role == "regulator", "")


@router.get("/cases", response_class=JSONResponse)
def cases(
    node: NodeDep,
    caller: CallerDep,
    state: Annotated[State | None, Query()] = None,
    overdue: Annotated[bool, Query(description="Only those past a time limit")] = False,
    skip: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Reports from the public, the newest first, a hundred at most; without their words."""
    _, found = node.cases.list(
        looker_of(caller), states=(state,) if state else (), overdue=overdue, limit=100, skip=skip
    )
    return JSONResponse([told(one) for one in found], headers=_PRIVATE)


@router.get("/cases/{number}", response_class=JSONResponse)
def case(node: NodeDep, caller: CallerDep, number: Number) -> Response:
    """One case with what was written."""
    found = node.cases.get(looker_of(caller), number)
    return JSONResponse(whole(found), headers=_PRIVATE)


@router.post(
    "/cases/{number}",
    openapi_extra=takes(
        "The next state (looking, answered, closed), the answer for who reported it, and how it ended"
        " (unfounded, resolved, recall); records: holds and recalls that it led to",
        shape({"state": str}, _MOVED),
    ),
    response_class=JSONResponse,
)
def move(node: NodeDep, caller: CallerDep, document: ObjectDep, number: Number) -> Response:
    """Take a case one step on."""
    members(document, {"state": str}, _MOVED)
    looker, records = looker_of(caller), document.get("records", [])
    if not all(type(one) is int and 0 <= one < 1 << 53 for one in records):
        raise Malformed("records are indices in the log", path="/records")
    node.cases.move(
        looker, number, document["state"], answer=document.get("answer", ""),
        outcome=document.get("outcome", ""), records=records,
    )  # fmt: skip
    return JSONResponse(whole(node.cases.get(looker, number)), headers=_PRIVATE)


@router.get("/cases/{number}/photo", response_class=Response)
def photo(node: NodeDep, caller: CallerDep, number: Number) -> Response:
    """The photo that came with it, made anew, without the camera's notes."""
    found = node.cases.file(looker_of(caller), number, "photo")
    return Response(found.body, media_type="image/jpeg", headers=_PRIVATE)


@router.get("/cases/{number}/bundle", response_class=Response)
def bundle(node: NodeDep, caller: CallerDep, number: Number) -> Response:
    """Everybody's bundle of the code, as it was when it was reported."""
    found = node.cases.file(looker_of(caller), number, "bundle")
    return Response(found.body, media_type="application/json", headers=_PRIVATE)


def told(one: Told) -> dict[str, Any]:
    """A case without its words."""
    found = one.case
    return {
        "number": found.number,
        "organisation": found.organisation,
        "subject": found.subject,
        "serial": found.serial,
        "kind": found.kind,
        "state": found.state,
        "outcome": found.outcome,
        "at": found.at,
        "receiveBy": None if found.receive_by == NEVER else found.receive_by,
        "answerBy": None if found.answer_by == NEVER else found.answer_by,
        "overdue": one.overdue,
        "records": json.loads(found.records),
    }


def whole(one: Told) -> dict[str, Any]:
    """A case with its words."""
    return {
        **told(one),
        "text": one.text,
        "contact": one.contact,
        "answer": one.case.answer,
        "files": list(one.files),
    }

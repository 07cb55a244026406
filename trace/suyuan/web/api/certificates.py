"""Certificates of compliance over HTTP: drafted, issued, voided, printed, checked."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.certificate import address, gaps
from suyuan.core.errors import NotFound, Refused
from suyuan.core.story_values import Names
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.certificate_look import Looked
from suyuan.flow.certificate_paper import MEDIA, file_of, paper_of, require_fit
from suyuan.ports.certificates import Kept
from suyuan.web.api.printing import job_told
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep, ObjectDep, members, shape, takes
from suyuan.words import Language

router = APIRouter(prefix="/certificates", tags=["certificates"])

Code = Annotated[str, Path(max_length=40)]
Ending = Literal["pdf", "png", "svg", "zpl", "tspl", "bin"]
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_NEW = {"lot": str}
_VALUES = {"values": dict}
_PRINTER = {"printer": str, "stock": str}


@router.get("", response_class=JSONResponse)
def listed(
    node: NodeDep,
    caller: CallerDep,
    lot: Annotated[str, Query(max_length=2000)] = "",
    before: Annotated[
        int | None, Query(ge=0, le=1 << 60, description="`place` of the last")
    ] = None,
    most: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """Drafts and certificates of the organisation, the newest first, and numbers that are missing."""
    certificates = node.certificates
    found = certificates.listed([caller.organisation], lot=lot, before=before, limit=most)
    missing = gaps(certificates.store.numbers(caller.organisation))
    told = [{"place": place, **kept_told(node, one)} for place, one in found]
    return JSONResponse({"certificates": told, "missing": missing}, headers=_PRIVATE)


@router.post(
    "",
    status_code=201,
    openapi_extra=takes("Of which lot; `values` replace what is filled in", shape(_NEW, _VALUES)),
)
def begin(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """A draft with everything filled in that is known of the lot."""
    members(document, _NEW, _VALUES)
    kept = node.certificates.begin(caller, document["lot"])
    if document.get("values"):
        kept = node.certificates.save(caller, kept.code, document["values"])
    return JSONResponse(kept_told(node, kept), 201, _PRIVATE)


@router.get("/{code}", response_class=JSONResponse)
def one(node: NodeDep, caller: CallerDep, code: Code) -> Response:
    """One of the organisation's own, with what it says and how often it was printed."""
    kept = node.certificates.get(caller.organisation, code)
    told = kept_told(node, kept) | {"says": _says(node, caller.viewer, code)}
    prints = [
        {"copy": p.copy, "at": p.at, "way": p.way} for p in node.certificates.store.prints(code)
    ]
    return JSONResponse(told | {"prints": prints}, headers=_PRIVATE)


@router.patch(
    "/{code}",
    response_class=JSONResponse,
    openapi_extra=takes("Fields of the draft that are otherwise", shape(_VALUES)),
)
def change(node: NodeDep, caller: CallerDep, code: Code, document: ObjectDep) -> Response:
    """Change a draft."""
    members(document, _VALUES)
    kept = node.certificates.save(caller, code, document["values"])
    return JSONResponse(kept_told(node, kept), headers=_PRIVATE)


@router.delete("/{code}", status_code=204)
def discard(node: NodeDep, caller: CallerDep, code: Code) -> None:
    """Throw a draft away; a number that it was given is kept as unused."""
    node.certificates.discard(caller, code)


@router.post(
    "/{code}/issue",
    status_code=201,
    openapi_extra=takes("Who answers for it", shape({"person": str})),
)
def issue(node: NodeDep, caller: CallerDep, code: Code, document: ObjectDep) -> Response:
    """Sign it. 409 with `findings` while the lot's gate is closed. Repeated, the first record."""
    members(document, {"person": str})
    index = node.certificates.issue(caller, code, person=document["person"])
    kept = node.certificates.get(caller.organisation, code)
    return JSONResponse({"index": index, **kept_told(node, kept)}, 201, _PRIVATE)


@router.post(
    "/{code}/void",
    status_code=201,
    openapi_extra=takes("Who answers for it, and why", shape({"person": str, "reason": str})),
)
def void(node: NodeDep, caller: CallerDep, code: Code, document: ObjectDep) -> Response:
    """Take it back: a record of its own. Repeated, the first record."""
    members(document, {"person": str, "reason": str})
    index = node.certificates.void(
        caller, code, person=document["person"], reason=document["reason"]
    )
    return JSONResponse({"index": index}, 201, _PRIVATE)


@router.post(
    "/{code}/prints",
    status_code=201,
    openapi_extra=takes(
        "`a4` or `label`; of a label the id of a `printer` that it is sent to, and of the `stock` in it",
        shape({"way": str}, _PRINTER),
    ),
)
def count(
    node: NodeDep, caller: CallerDep, language: LanguageDep, code: Code, document: ObjectDep
) -> Response:
    """Count one print; its number names its files. With a printer it is sent there: `job` is one as of
    labels, under `/labels/jobs`, to be watched, paused, taken up again and settled there."""
    members(document, {"way": str}, _PRINTER)
    if "printer" in document:
        return _sent(node, caller, language, code, document)
    looked = node.register.look(caller.viewer, code)
    node.certificates.get(caller.organisation, code)
    require_fit(looked, node.settings.public_url, document["way"])
    copy = node.certificates.print(
        caller, code, way=document["way"], person=f"token {caller.token}"
    )
    return JSONResponse({"copy": copy}, 201, _PRIVATE)


def _sent(
    node: Node, caller: Caller, language: Language, code: str, document: dict[str, Any]
) -> Response:
    if document["way"] != "label":
        raise Refused("only labels are sent to a label printer", path="/way")
    supplies = node.supplies
    job = node.certificate_printing.send(
        caller, code, person=f"token {caller.token}",
        printer=supplies.printer(caller.organisation, document["printer"]),
        paper=supplies.paper(caller.organisation, document.get("stock", "60x40")),
    )  # fmt: skip
    told = {"copy": job.copy, "job": job_told(job, language)}
    return JSONResponse(told, 201, _PRIVATE | {"Location": f"/labels/jobs/{job.id}"})


@router.get(
    "/{code}/prints/{copy}.{ending}",
    response_class=Response,
    responses={200: {"content": dict.fromkeys(set(MEDIA.values()), _BINARY)}},
)
def save(
    node: NodeDep,
    caller: CallerDep,
    code: Code,
    copy: Annotated[int, Path(ge=1, le=1 << 31)],
    ending: Annotated[Ending, Path()],
    dpi: Annotated[Literal["203", "300"], Query(description="Of a label printer")] = "203",
) -> Response:
    """A counted print as a file; printers' languages for labels alone."""
    node.certificates.get(caller.organisation, code)
    found = next((p for p in node.certificates.store.prints(code) if p.copy == copy), None)
    looked = node.register.look(caller.viewer, code)
    if found is None or looked is None or looked.voided is not None:
        raise NotFound("there is no such print of it; print it again")
    paper = paper_of(looked, node.settings.public_url, copy)
    made = file_of(paper, found.way, ending, int(dpi))
    return Response(made, media_type=MEDIA[ending], headers=_PRIVATE)


@router.get("/check/{code}", response_class=JSONResponse)
def check(node: NodeDep, code: Code) -> Response:
    """Whether a certificate holds, for everybody: `valid`; or `recalled`, `voided`, `failing` (a test of
    its goods), `withdrawn` (its goods are off sale), `held`; or `unknown`."""
    told = checked(node, code)
    return JSONResponse(told, headers={"Cache-Control": "public, max-age=10"})


def checked(node: Node, code: str) -> dict[str, Any]:
    """The answer to everybody, for the command line too."""
    looked = node.register.look(PUBLIC, code)
    if looked is None:
        return {"code": code, "state": "unknown", "says": None}
    state = node.certificates.state(looked)
    return {"code": looked.issued.code, "state": state, "says": says_told(looked)}


def kept_told(node: Node, kept: Kept) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "code": kept.code,
        "lot": kept.lot,
        "state": kept.state,
        "number": kept.number or None,
        "address": address(node.settings.public_url, kept.code),
        "record": kept.record,
        "voided": kept.voided,
        "values": json.loads(kept.values) if kept.values else None,
        "changedAt": kept.changed_at,
    }


def _says(node: Node, viewer: Viewer, code: str) -> dict[str, Any] | None:
    looked = node.register.look(viewer, code)
    return says_told(looked) if looked is not None else None


def says_told(looked: Looked) -> dict[str, Any]:
    """What a certificate says, as JSON."""
    one = looked.issued
    return {
        "number": one.number,
        "lot": one.lot,
        "product": one.product,
        "quantity": one.said,
        "origin": one.origin,
        "issued": one.issued.isoformat() if one.issued else None,
        "by": one.subject,
        "contact": looked.contact,
        "ticks": [{"text": _names(text), "ticked": ticked} for text, ticked in one.ticks],
        "text": _names(one.text),
        "side": one.side,
        "source": _names(one.source) if one.source else None,
        "edition": one.edition or None,
        "issuer": looked.owner,
        "record": looked.index,
        "voided": looked.voided,
        "reason": _names(looked.reason) if looked.reason else None,
    }


def _names(names: Names) -> dict[str, str]:
    return {"zh": names.zh, "en": names.en}

"""Recording: documents as jobs, single events at once, signed contents, attachments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from fastapi.responses import JSONResponse

from suyuan.adapters.picture import small
from suyuan.bootstrap import Node
from suyuan.core.encoding import digest_text, parse_digest
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused, TooLarge
from suyuan.core.visibility import Viewer
from suyuan.flow.capture import Incoming
from suyuan.flow.jobs import errors_from_json
from suyuan.flow.leaving import signed_events
from suyuan.ports.accounts import MAX_ATTACHMENT, Attachment, Behaviour, Job
from suyuan.web.api.paging import PagingDep
from suyuan.web.binding import (
    JSON,
    JSON_LD,
    VERSIONS,
    XML,
    Versions,
    gives_json,
    sends_events,
    sends_json,
    wanted_form,
)
from suyuan.web.deps import (
    BodyDep,
    CallerDep,
    JsonDep,
    LanguageDep,
    NodeDep,
    ViewerDep,
    takes,
)
from suyuan.web.problem_forms import element
from suyuan.web.problems import told as problem_of
from suyuan.words import Language, say

router = APIRouter(tags=["capture"])
binding = APIRouter(tags=["EPCIS capture"], dependencies=[Versions])
"""What EPCIS 2.0 itself describes."""

KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
PrivateHeader = Annotated[str | None, Header(alias="Suyuan-Private", max_length=4000)]

BehaviourHeader = Annotated[
    Behaviour,
    Header(
        alias="GS1-Capture-Error-Behaviour",
        description="What becomes of a document in which an event cannot be recorded",
    ),
]
Digest = Annotated[
    str,
    Path(
        pattern="^[0-9a-f]{64}$",
        description="SHA-256 of the bytes",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    ),
]
JobId = Annotated[str, Path(max_length=100)]


def job_form(request: Request) -> str:
    """In which form a job is told; NotOffered, before anything is done, for another one."""
    return wanted_form(request, (JSON, JSON_LD, XML))


JobForm = Annotated[str, Depends(job_form)]

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")


def pointers(header: str | None) -> tuple[str, ...]:
    """``Suyuan-Private: /a/b, /c`` → the JSON pointers of members to make private fields."""
    found = tuple(p.strip() for p in utf8(header or "").split(",") if p.strip())
    for pointer in found:
        if not pointer.startswith("/"):
            raise Malformed("{pointer} is no JSON pointer; it begins with /", pointer=pointer)
    return found


def utf8(header: str) -> str:
    """A header's text: HTTP hands it over as Latin-1, and people's names for things are in UTF-8."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        raise Malformed("a header's text is UTF-8") from None


@binding.post(
    "/capture",
    status_code=202,
    openapi_extra=takes("An EPCISDocument or EPCISQueryDocument (EPCIS 2.0)", xml=True),
    dependencies=[Depends(sends_events)],
)
def capture(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    form: JobForm,
    body: BodyDep,
    key: KeyHeader = None,
    private: PrivateHeader = None,
    behaviour: BehaviourHeader = "rollback",
) -> Response:
    """Take an EPCISDocument, JSON or XML: 202 and the Location of a durable job.

    ``GS1-Capture-Error-Behaviour``: all of it or none (``rollback``, unless told otherwise), or all
    that can be recorded (``proceed``).
    """
    job = node.jobs.submit(
        caller, body, private=pointers(private), key=key or "", behaviour=behaviour
    )
    headers = {**VERSIONS, "Location": f"/capture/{job.id}", "Retry-After": "1"}
    if form == XML:
        return Response(as_xml(told(job, language)), 202, headers, media_type=XML)
    return JSONResponse({"captureID": job.id}, 202, headers)


@binding.get("/capture", dependencies=[Depends(gives_json)], response_class=JSONResponse)
def captures(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    page: PagingDep,
) -> Response:
    """The organisation's jobs, the newest first; the Link header names the next page."""
    found = node.database.jobs.list(caller.organisation, limit=page.most, before=page.name or None)
    jobs, headers = page.cut(found, lambda job: (job.id, 0))
    return JSONResponse([told(job, language) for job in jobs], headers={**VERSIONS, **headers})


@binding.get("/capture/{job_id}", response_class=JSONResponse)
def capture_job(
    node: NodeDep, caller: CallerDep, language: LanguageDep, form: JobForm, job_id: JobId
) -> Response:
    """How far a job is (events looked at of their total; then all are recorded at once), what it
    recorded, and everything that is wrong with it. In XML, what the binding has of it."""
    job = told(node.jobs.get(caller, job_id), language)
    headers = {**VERSIONS, "Vary": "Accept, Accept-Language, Authorization"}
    if form == XML:
        return Response(as_xml(job), headers=headers, media_type=XML)
    return JSONResponse(job, headers=headers)


def as_xml(job: Mapping[str, Any]) -> bytes:
    """An EPCIS captureJob in XML: the members that the binding's ``CaptureJob`` has."""
    attributes = ("captureID", "running", "success")
    members = ("captureErrorBehaviour", "createdAt", "finishedAt", "errors")
    return element(
        "EPCISCaptureJob",
        {name: job[name] for name in attributes},
        [(name, job[name]) for name in members if name in job],
    )


def told(job: Job, language: Language) -> dict[str, Any]:
    """An EPCIS captureJob; beside it how far it is, and the record of each event (null: left out)."""
    errors = [
        {
            "type": "epcisException:ValidationException",
            "title": say(language)("This cannot be taken"),
            "status": 400,
            **problem_of(error, language),
        }
        for error in errors_from_json(job.errors)
    ]
    answer: dict[str, Any] = {
        "captureID": job.id,
        "createdAt": job.created_at,
        "running": job.state in {"queued", "running"},
        "success": job.state != "failed" and not errors,
        "captureErrorBehaviour": job.behaviour,
        "errors": errors,
        "total": job.total,
        "checked": job.checked,
        "recorded": sum(index is not None for index in job.indices),
        "indices": list(job.indices),
    }
    if job.finished_at:
        answer["finishedAt"] = job.finished_at
    return answer


@binding.post(
    "/events",
    status_code=201,
    openapi_extra=takes("One EPCIS 2.0 event"),
    dependencies=[Depends(sends_json), Depends(gives_json)],
)
def event(
    node: NodeDep,
    caller: CallerDep,
    document: JsonDep,
    key: KeyHeader = None,
    private: PrivateHeader = None,
) -> Response:
    """Record one event now; answers its index in the log. 409 with `findings` where the release gate is
    closed for what it sends off, sells, releases or certifies."""
    if not isinstance(document, dict):
        raise Malformed("send one event as a JSON object")
    incoming = Incoming(document, "", pointers(private))
    node.leaving.require(caller, [incoming])
    (index,) = node.capture.events(caller, [incoming], idempotency_key=key)
    return JSONResponse({"index": index}, 201, {**VERSIONS, "Location": f"/events/{index}"})


@router.post(
    "/records",
    status_code=201,
    openapi_extra=takes(
        "Signed contents, as `suyuan sign` writes them", {"type": ["object", "array"]}
    ),
)
def records(node: NodeDep, caller: CallerDep, document: JsonDep, key: KeyHeader = None) -> Response:
    """Record contents that were signed elsewhere (``suyuan sign``): one object, or a list of them. 409
    with `findings` as for events."""
    documents = document if isinstance(document, list) else [document]
    if not documents:
        raise Refused("there is nothing here; nothing was recorded")
    node.leaving.require(caller, signed_events(documents))
    indices = node.capture.signed(caller, documents, idempotency_key=key)
    return JSONResponse({"indices": list(indices)}, 201)


@router.post(
    "/attachments",
    status_code=201,
    openapi_extra=takes("The bytes", {"type": "string", "format": "binary"}, media="*/*"),
)
def attach(
    node: NodeDep,
    caller: CallerDep,
    request: Request,
    body: BodyDep,
    name: Annotated[str, Header(alias="Suyuan-Name", max_length=200)] = "",
) -> Response:
    """Keep bytes that an event will name by digest; answers the member to put into the event.

    What no event names within a week is deleted, and has to be sent again.
    """
    if not body:
        raise Refused("an attachment has at least one byte")
    if len(body) > MAX_ATTACHMENT:
        raise TooLarge("an attachment has at most {most} bytes", most=MAX_ATTACHMENT)
    given = request.headers.get("content-type", "").split(";")[0].strip()
    media_type = given if _MEDIA_TYPE.fullmatch(given) else "application/octet-stream"
    digest, name = hashlib.sha256(body).digest(), utf8(name)
    node.database.attachments.put(
        Attachment(digest, media_type, name, caller.organisation, body, node.clock.now())
    )
    member = {
        "digest": digest_text(digest),
        "mediaType": media_type,
        "size": len(body),
        "name": name,
    }
    return JSONResponse(member, 201, {"Location": f"/attachments/{digest.hex()}"})


@router.get("/pictures/{digest}", response_class=Response)
def picture(node: NodeDep, viewer: ViewerDep, digest: Digest) -> Response:
    """A picture among the attachments, small enough for a page and without the camera's notes."""
    found = _attachment(node, viewer, digest)
    return Response(
        small(found.body),
        media_type="image/jpeg",
        headers={
            "Cache-Control": "public, max-age=86400"
            if viewer.organisation is None
            else "private, max-age=3600",
            "Vary": "Authorization",
        },
    )


@router.get("/attachments/{digest}", response_class=Response)
def attachment(node: NodeDep, viewer: ViewerDep, digest: Digest) -> Response:
    """The bytes, for whoever may see a record that carries them."""
    found = _attachment(node, viewer, digest)
    return Response(
        found.body,
        media_type=found.media_type,
        headers={
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, max-age=3600",
        },
    )


def _attachment(node: Node, viewer: Viewer, digest: str) -> Attachment:
    raw = parse_digest(f"sha-256:{digest}")
    found = node.database.attachments.get(raw)
    if found is None:
        raise NotFound("no such attachment")
    indices = node.database.attachments.records_of(raw)
    own = viewer.organisation == found.organisation or viewer.is_administrator
    seen = (node.prover.sees(viewer, index) for index in indices)
    if not own and not (bool(indices) and all(seen) if found.name == DOCUMENT else any(seen)):
        raise (
            NotFound("no such attachment")
            if viewer.organisation is None
            else Forbidden("no event that you may see carries this attachment")
        )
    return found

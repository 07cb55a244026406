"""Printers, stock and jobs of labels over HTTP (docs/desk.md, "Labels")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse, StreamingResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import object_id
from suyuan.core.kept import read_kept
from suyuan.flow.accounts import Caller
from suyuan.flow.supplies import Paper, Printer
from suyuan.ports.printing import LabelJob
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep, ObjectDep, members, shape, takes
from suyuan.words import Language, told
from suyuan_labels import SPEECH

router = APIRouter(tags=["labels"], prefix="/labels")

_NO_STORE = {"Cache-Control": "no-store"}
_BINARY = "application/octet-stream"
_PRINTER = {"name": str, "address": str}
_SET = {
    **dict.fromkeys(("language", "darkness", "speed", "right", "down"), str),
    "dpi": int, "mute": bool,
}  # fmt: skip
_JOB = {"lot": str}
_WHICH = {"stock": str, "printer": str, "record": int, "first": int, "last": int, "again": bool}


@router.get("/supplies", response_class=JSONResponse)
def supplies(node: NodeDep, caller: CallerDep) -> Response:
    """All printers of the organisation, and all stock that labels can be printed on."""
    _require(caller)
    found = {
        "printers": [printer_told(one) for one in node.supplies.printers(caller.organisation)],
        "stock": [paper_told(one) for one in node.supplies.papers(caller.organisation)],
    }
    return JSONResponse(found, headers=_NO_STORE)


@router.post(
    "/printers",
    status_code=201,
    openapi_extra=takes(
        "What people call it and where it is (one of `printer_hosts`); `mute`: it cannot say how it is",
        shape(_PRINTER, _SET),
    ),
)
def add_printer(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Put a printer on the list. `language`: tspl, zpl or escpos; `right` and `down`: millimetres."""
    members(document, _PRINTER, _SET)
    _require(caller)
    given = {
        "language": "tspl", **document,
        "dpi": str(document.get("dpi", 203)), "answers": not document.get("mute", False),
    }  # fmt: skip
    kept = node.supplies.keep_printer(caller.organisation, given)
    return JSONResponse(printer_told(kept), 201, _NO_STORE)


@router.delete("/printers/{printer_id}", status_code=204)
def drop_printer(node: NodeDep, caller: CallerDep, printer_id: str) -> Response:
    """Take a printer off the list; its jobs stay as they are."""
    _require(caller)
    node.supplies.drop("printer", caller.organisation, printer_id)
    return Response(status_code=204)


@router.post(
    "/jobs",
    status_code=201,
    openapi_extra=takes(
        "The lot, and the record that issued its packs' serials (without it, labels of the lot itself); "
        "`first` and `last` count from 1; without a printer the labels are there as a file at once",
        shape(_JOB, _WHICH),
    ),
)
def begin(node: NodeDep, caller: CallerDep, language: LanguageDep, document: ObjectDep) -> Response:
    """Begin a job of labels; it is durable, and the service prints it.

    409 where some of these labels were printed before and `again` is not said.
    """
    members(document, _JOB, _WHICH)
    _require(caller)
    lot = object_id(document["lot"])
    if lot is None:
        raise Malformed("{lot} is no lot of a product", path="/lot", lot=document["lot"][:200])
    record = document.get("record")
    # Whose they are first: how many there are is nobody else's business.
    node.printing.require_owner(caller.organisation, lot, record)
    there = 1 if record is None else len(node.database.log.serials_of(record))
    first, on = document.get("first", 1), document.get("printer")
    job = node.printing.begin(
        caller.organisation, caller.organisation, lot, record=record, first=first - 1,
        count=document.get("last", there) - first + 1, way="file" if on is None else "printer",
        paper=node.supplies.paper(caller.organisation, document.get("stock", "60x40")),
        printer=None if on is None else node.supplies.printer(caller.organisation, on),
        again=document.get("again", False),
    )  # fmt: skip
    place = {"Location": f"/labels/jobs/{job.id}"}
    return JSONResponse(
        job_told(job, language, node.printing.left_out(job)), 201, _NO_STORE | place
    )


@router.get("/jobs", response_class=JSONResponse)
def jobs(node: NodeDep, caller: CallerDep, language: LanguageDep) -> Response:
    """The last fifty jobs, the newest first."""
    _require(caller)
    found = node.database.label_jobs.list(caller.organisation)
    shown = [job_told(job, language, node.printing.left_out(job)) for job in found]
    return JSONResponse(shown, headers=_NO_STORE)


@router.get("/jobs/{label_job}", response_class=JSONResponse)
def look(node: NodeDep, caller: CallerDep, language: LanguageDep, label_job: str) -> Response:
    """How far a job is, and what is in its way."""
    _require(caller)
    return _now(node, caller, language, label_job)


@router.post(
    "/jobs/{label_job}",
    response_class=JSONResponse,
    openapi_extra=takes("What to do: pause, resume or cancel", shape({"do": str})),
)
def act(
    node: NodeDep, caller: CallerDep, language: LanguageDep, label_job: str, document: ObjectDep
) -> Response:
    """Stop after the part that the printer has; go on; or print nothing more of it."""
    members(document, {"do": str})
    _require(caller)
    printing = node.printing
    turns = {"pause": printing.pause, "resume": printing.resume, "cancel": printing.cancel}
    turn = turns.get(document["do"])
    if turn is None:
        raise Malformed(
            "{value} is none of {allowed}", path="/do", value=document["do"][:80],
            allowed=", ".join(turns),
        )  # fmt: skip
    turn(caller.organisation, label_job)
    return _now(node, caller, language, label_job)


@router.put(
    "/jobs/{label_job}/good",
    response_class=JSONResponse,
    openapi_extra=takes("The last good label, counted from 1 in the job", shape({"last": int})),
)
def settle(
    node: NodeDep, caller: CallerDep, language: LanguageDep, label_job: str, document: ObjectDep
) -> Response:
    """Say how far a job in doubt came, by what lies at the printer; the rest is printed from there."""
    members(document, {"last": int})
    _require(caller)
    node.printing.settle(caller.organisation, label_job, document["last"])
    return _now(node, caller, language, label_job)


@router.get(
    "/jobs/{label_job}/labels.{ending}",
    response_class=StreamingResponse,
    responses={200: {"content": {_BINARY: {"schema": {"type": "string", "format": "binary"}}}}},
)
def save(
    node: NodeDep,
    caller: CallerDep,
    label_job: str,
    ending: Annotated[Literal["tspl", "zpl", "bin"], Path(description="bin: ESC/POS")],
    dpi: Annotated[Literal["203", "300"], Query()] = "203",
) -> Response:
    """The whole job as a file of a printer's language."""
    _require(caller)
    job = node.printing.get(caller.organisation, label_job)
    language = next(name for name, speech in SPEECH.items() if speech.ending == ending)
    named = {"Content-Disposition": f'attachment; filename="labels-{job.id}.{ending}"'}
    parts = node.printing.data(job, language, int(dpi))
    return StreamingResponse(parts, media_type=_BINARY, headers=_NO_STORE | named)


def _now(node: Node, caller: Caller, language: Language, label_job: str) -> Response:
    job = node.printing.get(caller.organisation, label_job)
    shown = job_told(job, language, node.printing.left_out(job))
    return JSONResponse(shown, headers=_NO_STORE)


def _require(caller: Caller) -> None:
    caller.require("recorder", "administrator")


def printer_told(one: Printer) -> dict[str, Any]:
    """A printer as programs read it."""
    return {
        "id": one.id, "name": one.name, "address": one.address, "language": one.language,
        "dpi": one.dpi, "mute": not one.answers,
    }  # fmt: skip


def paper_told(one: Paper) -> dict[str, Any]:
    """A stock as programs read it, in millimetres."""
    return {
        "id": one.id, "name": one.name, "width": one.stock.width, "height": one.stock.height,
        "sheet": one.sheet is not None,
    }  # fmt: skip


def job_told(job: LabelJob, language: Language, left_out: str = "") -> dict[str, Any]:
    """A job as programs read it, for the command line too; ``left_out``: flow.printing.left_out."""
    return {
        "id": job.id,
        "lot": job.lot,
        "record": job.record,
        "labels": [job.first + 1, job.first + job.count],
        "certificate": job.certificate,
        "copy": job.copy,
        "state": job.state,
        "printed": job.printed,
        "inDoubt": [job.printed + 1, job.sent] if job.state == "doubt" else None,
        "reprints": job.again,
        "leftOut": left_out or None,
        "problem": told(read_kept(job.trouble), language) if job.trouble else None,
    }

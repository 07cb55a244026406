"""Excel and CSV into the books: uploaded, looked at, filed (docs/sheets.md)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from suyuan.core.errors import Malformed
from suyuan.core.farm.form import Form
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import targets
from suyuan.core.story_values import Said
from suyuan.flow.accounts import Caller
from suyuan.flow.importing import Importing, Look, Preview, Trouble, Way
from suyuan.ports.imports import Import
from suyuan.web.api.books import form_told
from suyuan.web.cells import detail, told, unmatched
from suyuan.web.deps import (
    BodyDep,
    CallerDep,
    LanguageDep,
    NodeDep,
    ObjectDep,
    members,
    shape,
    takes,
)
from suyuan.web.wording import wording
from suyuan.words import Language, say

router = APIRouter(prefix="/farm", tags=["books"])

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Authorization, Accept-Language"}
_WAYS: dict[str, Way] = {"records": "records", "drafts": "drafts"}

FileName = Annotated[
    str, Query(alias="name", min_length=1, max_length=200, description="Name of the file")
]
ImportId = Annotated[str, Path(max_length=80)]


@router.get("/sheets", response_class=JSONResponse)
def kinds() -> Response:
    """What a sheet can hold, and where its columns can go."""
    return JSONResponse(
        [{**form_told(form), "targets": _targets(form)} for form in KINDS.values()],
        headers={"Cache-Control": "public, max-age=3600"},
    )


def _targets(form: Form) -> list[str]:
    return [target for target, _ in targets(form)]


@router.post(
    "/imports",
    status_code=201,
    openapi_extra=takes(
        "A workbook (.xlsx) or a table (CSV; UTF-8 or GB18030)", {"type": "string"}, media=CSV
    ),
)
def upload(
    node: NodeDep, caller: CallerDep, language: LanguageDep, body: BodyDep, name: FileName
) -> Response:
    """Upload a file and see how it would be filed. Nothing is recorded."""
    made = node.importing.open(caller, name, body)
    return JSONResponse(_told(node.importing, caller, made, language), 201, _PRIVATE)


@router.get("/imports", response_class=JSONResponse)
def uploads(node: NodeDep, caller: CallerDep) -> Response:
    """The newest uploads."""
    found = [_upload(one) for one in node.importing.uploads(caller)]
    return JSONResponse(found, headers=_PRIVATE)


@router.get("/imports/{import_id}", response_class=JSONResponse)
def one(node: NodeDep, caller: CallerDep, language: LanguageDep, import_id: ImportId) -> Response:
    """An upload: how it would be filed, how far that is, or what became of it."""
    found = node.importing.get(caller, import_id)
    return JSONResponse(_told(node.importing, caller, found, language), headers=_PRIVATE)


@router.put(
    "/imports/{import_id}",
    response_class=JSONResponse,
    openapi_extra=takes("How to read each sheet", shape({"sheets": dict})),
)
def choose(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    import_id: ImportId,
    document: ObjectDep,
) -> Response:
    """Say what sheets hold and where their columns go; answers how the file would be filed then."""
    members(document, {"sheets": dict})
    choices = document["sheets"]
    for name, plan in choices.items():
        if not isinstance(plan, dict):
            raise Malformed("send a JSON object", path=f"/sheets/{name}")
    seen = node.importing.preview(caller, import_id, choices)
    told = _upload(node.importing.get(caller, import_id)) | preview_told(seen, language)
    return JSONResponse(told, headers=_PRIVATE)


@router.delete("/imports/{import_id}", status_code=204)
def drop(node: NodeDep, caller: CallerDep, import_id: ImportId) -> None:
    """Throw an upload away; what was filed from it stays."""
    node.importing.drop(caller, import_id)


@router.post(
    "/imports/{import_id}/filing",
    status_code=202,
    openapi_extra=takes(
        "As records, which are filed at once, or as drafts",
        shape({"as": str}, {"recordedBy": str}),
    ),
)
def file(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    import_id: ImportId,
    document: ObjectDep,
) -> Response:
    """File all rows or none. Records go in as a capture job: `GET /capture/{captureID}` says how far."""
    members(document, {"as": str}, {"recordedBy": str})
    way = _WAYS.get(document["as"])
    if way is None:
        raise Malformed(
            "{value} is none of {choices}",
            path="/as",
            value=document["as"][:40],
            choices=", ".join(_WAYS),
        )
    typed_by = document.get("recordedBy", "").strip() or None
    filed = node.importing.file(caller, import_id, way, typed_by=typed_by)
    return JSONResponse(_upload(filed), 202, _PRIVATE)


def _told(importing: Importing, caller: Caller, upload: Import, language: Language) -> Any:
    told = _upload(upload)
    if upload.job is not None:
        troubles = importing.failed(caller, upload)
        if not troubles:
            return told
        told |= {"problems": [_trouble(one, language) for one in troubles]}
    if upload.body:
        seen = preview_told(importing.preview(caller, upload.id), language)
        seen["problems"] = [*told.get("problems", ()), *seen["problems"]]
        told |= seen
    return told


def _upload(upload: Import) -> dict[str, Any]:
    return {
        "id": upload.id,
        "name": upload.name,
        "createdAt": upload.created_at,
        "captureID": upload.job,
        "outcome": json.loads(upload.outcome),
    }


def preview_told(seen: Preview, language: Language) -> dict[str, Any]:
    """A preview as JSON, in the reader's language."""
    return {
        "new": seen.new,
        "there": seen.there,
        "problemCount": seen.count,
        "sheets": [_sheet(look, language) for look in seen.sheets],
        "problems": [_trouble(one, language) for one in seen.problems],
        "blocked": [_trouble(one, language) for one in seen.blocked],
        "overridden": [
            {**_trouble(one, language), "person": answer.person, "reason": answer.reason}
            for one, answer in seen.answered
        ],
        "warned": [_trouble(one, language) for one in seen.warned],
        "notices": [_trouble(one, language) for one in seen.notices],
    }


def _sheet(look: Look, language: Language) -> dict[str, Any]:
    word = say(language)
    return {
        "sheet": look.title,
        "headings": list(look.headings),
        "how": look.how,
        "untaken": look.untaken,
        "text": unmatched(look, wording(language)),
        "plan": look.plan.document(look.headings),
        "rows": look.rows,
        "new": look.new,
        "there": look.there,
        "repeats": look.repeats,
        "leftOut": list(look.left_out),
        "unknown": dict(look.unknown.most_common(100)),
        "several": {name: list(labels) for name, labels in look.several.items()},
        "first": [
            {
                "row": shown.row,
                "values": [
                    {
                        "field": line.field,
                        "label": word(line.label.template),
                        "text": word(line.text.template)
                        if isinstance(line.text, Said)
                        else line.text,
                    }
                    for line in shown.lines
                ],
            }
            for shown in look.first
        ],
    }


def _trouble(one: Trouble, language: Language) -> dict[str, Any]:
    words = wording(language)
    return {
        "sheet": one.sheet,
        "row": one.row,
        "column": words(one.column) if one.label else one.column,
        "cell": one.cell,
        "rule": one.rule,
        "detail": detail(one, words),
        "text": told(one, words),
    }

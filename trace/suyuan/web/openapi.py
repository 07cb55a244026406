"""The service's own OpenAPI document: what each endpoint answers, and to whom.

What the framework can read off the code it reads; which form each endpoint answers in stands here, and a
test calls every endpoint by this document. The forms themselves: ``web/answer_forms.py``.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from suyuan.web.answer_forms import (
    ANY,
    ASKED,
    ATTACHMENT,
    AUTHORISATION,
    BALANCE,
    BRAND,
    BUNDLE,
    BYTES,
    CASE,
    CASE_MEMBERS,
    CERTIFICATE,
    CHECK_IN_LINK,
    CLAIM,
    COLLECTION,
    DEED_MEMBERS,
    DRAFT,
    DRILL,
    EDITION,
    EVENTS,
    FILLED,
    FINDINGS,
    GATE,
    HOLDS,
    INDEX,
    ISSUE,
    JOB,
    KEY_BROUGHT,
    LABELS,
    LABORATORY,
    LEDGER,
    LINEAGE,
    LINK,
    LOOKED_AT,
    MASTER,
    NAMED,
    ORGANISATION,
    PRINTER,
    QUERY_DOCUMENT,
    REACH,
    RECORD,
    REPORT_STATE,
    SAYS,
    SCAN_CASE,
    STOCK,
    SUBSCRIPTION,
    TEXT,
    TIME,
    TOKEN,
    UPLOAD,
    XLSX,
    Schema,
    closed,
    maybe,
    some,
    texts,
)  # fmt: skip
from suyuan.web.api.paging import EXPIRES, paging
from suyuan.web.binding import JSON, JSON_LD, XML
from suyuan.web.deps import asks, viewer_of
from suyuan.web.problems import RESOURCES

ANSWERS: dict[str, dict[str, Schema]] = {
    "GET /rules": {JSON: some(closed({"rule": INDEX, "title": TEXT}))},
    "GET /rules/check": {JSON: FINDINGS},
    "GET /rules/release": {JSON: FINDINGS},
    "POST /rules/check": {JSON: FINDINGS},
    "POST /farm/check": {JSON: FINDINGS},
    "POST /rules/overrides": {JSON: closed({"index": INDEX})},
    "GET /rules/tables": {JSON: some(EDITION)},
    "GET /rules/tables/{table}": {JSON: some(EDITION)},
    "POST /rules/tables/{table}": {JSON: closed({"index": INDEX})},
    "GET /templates": {JSON: some(EDITION)},
    "GET /templates/{template}": {JSON: some(EDITION)},
    "POST /templates": {JSON: closed({"index": INDEX})},
    "GET /balance": {JSON: some(BALANCE)},
    "GET /lineage": {JSON: LINEAGE},
    "GET /recalls/reach": {JSON: REACH},
    "GET /recalls/customers.{form}": {"text/csv": TEXT, XLSX: TEXT},
    "GET /recalls/notice.pdf": {"application/pdf": BYTES},
    "POST /recalls": {JSON: closed({"indices": some(INDEX)})},
    "POST /recalls/drills": {JSON: DRILL},
    "GET /recalls/drills": {JSON: some(DRILL)},
    "GET /recalls/drills/{drill_id}": {JSON: DRILL},
    "GET /brands": {JSON: some(BRAND)},
    "GET /brands/authorisations": {JSON: some(AUTHORISATION)},
    "POST /brands/authorisations": {JSON: closed({"authorisation": TEXT})},
    "POST /brands/authorisations/steps": {JSON: closed({"index": INDEX})},
    "GET /brands/ledger": {JSON: LEDGER},
    "GET /codes": {JSON: some(ISSUE)},
    "POST /codes": {JSON: closed({"index": INDEX})},
    "GET /scans/cases": {JSON: some(SCAN_CASE)},
    "POST /scans/cases/close": {JSON: SCAN_CASE},
    "POST /reports": {JSON: closed({**REPORT_STATE, "code": TEXT})},
    "POST /reports/state": {JSON: closed(REPORT_STATE)},
    "GET /cases": {JSON: some(closed(CASE_MEMBERS))},
    "GET /cases/{number}": {JSON: CASE},
    "POST /cases/{number}": {JSON: CASE},
    "GET /cases/{number}/photo": {"image/jpeg": BYTES},
    "GET /cases/{number}/bundle": {JSON: BUNDLE},
    "GET /laboratories": {JSON: some(LABORATORY)},
    "POST /laboratories": {JSON: LABORATORY},
    "POST /laboratories/keys": {JSON: LINK},
    "GET /signing/requests": {JSON: some(ASKED)},
    "POST /signing/requests": {JSON: LINK},
    "GET /signing/requests/{request_id}": {JSON: ASKED},
    "DELETE /signing/requests/{request_id}": {},
    "POST /signing/requests/{request_id}/confirmation": {JSON: closed({"index": INDEX})},
    "GET /signing": {JSON: {"type": "object", "required": ["suyuan", "id", "purpose"]}},
    "POST /signing": {JSON: closed({"indices": some(INDEX)})},
    "POST /signing/key": {JSON: KEY_BROUGHT},
    "POST /signing/report": {JSON: ATTACHMENT},
    "GET /gates": {
        JSON: closed(
            {
                "lot": TEXT,
                "origin": GATE,
                "market": GATE,
                "released": some(ANY),
                "checkIns": some(ANY),
            }
        )
    },
    "POST /gates/releases": {JSON: closed({"index": INDEX, "overrides": some(INDEX)})},
    "GET /check-in/links": {JSON: some(closed(CHECK_IN_LINK))},
    "POST /check-in/links": {JSON: closed({**CHECK_IN_LINK, "address": TEXT})},
    "DELETE /check-in/links/{link_id}": {},
    "GET /certificates": {
        JSON: closed(
            {
                "certificates": some(closed({"place": INDEX, **CERTIFICATE})),
                "missing": some(TEXT),
            }
        )
    },
    "POST /certificates": {JSON: closed(CERTIFICATE)},
    "GET /certificates/{code}": {
        JSON: closed({**CERTIFICATE, "says": maybe(SAYS), "prints": some(ANY)})
    },
    "PATCH /certificates/{code}": {JSON: closed(CERTIFICATE)},
    "DELETE /certificates/{code}": {},
    "POST /certificates/{code}/issue": {JSON: closed({"index": INDEX, **CERTIFICATE})},
    "POST /certificates/{code}/void": {JSON: closed({"index": INDEX})},
    "POST /certificates/{code}/prints": {JSON: closed({"copy": INDEX}, {"job": LABELS})},
    "GET /certificates/{code}/prints/{copy}.{ending}": {
        "application/pdf": BYTES,
        "image/png": BYTES,
        "image/svg+xml": BYTES,
        "application/octet-stream": BYTES,
    },
    "GET /certificates/check/{code}": {
        JSON: closed({"code": TEXT, "says": maybe(SAYS), "state": HOLDS})
    },
    "POST /capture": {JSON: closed({"captureID": TEXT}), XML: TEXT},
    "GET /capture": {JSON: some(JOB)},
    "GET /capture/{job_id}": {JSON: JOB, XML: TEXT},
    "POST /events": {JSON: closed({"index": INDEX})},
    "GET /events": EVENTS,
    "GET /events/{event_id}": {
        JSON: {"anyOf": [QUERY_DOCUMENT, RECORD]},
        JSON_LD: QUERY_DOCUMENT,
        XML: TEXT,
        "text/html": TEXT,
    },
    "POST /records": {JSON: closed({"indices": some(INDEX)})},
    "GET /records": {"application/x-ndjson": TEXT},
    "POST /attachments": {
        JSON: closed({"digest": TEXT, "mediaType": TEXT, "size": INDEX, "name": TEXT})
    },
    "GET /attachments/{digest}": {"*/*": BYTES},
    "GET /pictures/{digest}": {"image/jpeg": BYTES},
    "GET /organisations": {JSON: some(ORGANISATION)},
    "POST /organisations": {JSON: ORGANISATION},
    "GET /tokens": {JSON: some(closed(TOKEN))},
    "POST /tokens": {JSON: closed({**TOKEN, "token": TEXT})},
    "DELETE /tokens/{token_id}": {},
    "GET /keys": {JSON: some(closed(texts("kid", "owner", "role", "status")))},
    "POST /keys": {JSON: closed({"index": INDEX}, {"kid": TEXT})},
    "POST /master": {JSON: {"anyOf": [closed({"index": INDEX}), closed({"indices": some(INDEX)})]}},
    "GET /master": {JSON: some(MASTER)},
    "GET /master/{uri}": {
        JSON_LD: ANY,
        JSON: {"type": "object", "required": ["master", "history"]},
    },
    "POST /erasures": {JSON: closed({"index": INDEX})},
    "POST /serials": {JSON: closed({"index": INDEX, "serials": some(TEXT), "claims": some(CLAIM)})},
    "GET /labels/supplies": {JSON: closed({"printers": some(PRINTER), "stock": some(STOCK)})},
    "POST /labels/printers": {JSON: PRINTER},
    "DELETE /labels/printers/{printer_id}": {},
    "POST /labels/jobs": {JSON: LABELS},
    "GET /labels/jobs": {JSON: some(LABELS)},
    "GET /labels/jobs/{label_job}": {JSON: LABELS},
    "POST /labels/jobs/{label_job}": {JSON: LABELS},
    "PUT /labels/jobs/{label_job}/good": {JSON: LABELS},
    "GET /labels/jobs/{label_job}/labels.{ending}": {"application/octet-stream": BYTES},
    "GET /bundle": {JSON: BUNDLE},
    "GET /log/checkpoint": {"text/plain": TEXT},
    "GET /log/checkpoint/{size}": {"text/plain": TEXT},
    "GET /log/policy.json": {JSON: ANY},
    "GET /log/tile/{path}": {"application/octet-stream": BYTES},
    "POST /chain": {JSON: {"type": "object", "required": ["jsonrpc", "id"]}},
    "GET /": {JSON: COLLECTION, XML: TEXT},
    "POST /queries": {},
    "GET /queries": {JSON: some(NAMED)},
    "GET /queries/{name}": {JSON: NAMED},
    "DELETE /queries/{name}": {},
    "GET /queries/{name}/events": EVENTS,
    "POST /queries/{name}/subscriptions": {JSON: SUBSCRIPTION},
    "GET /queries/{name}/subscriptions": {JSON: some(SUBSCRIPTION)},
    "GET /queries/{name}/subscriptions/{subscription_id}": {JSON: SUBSCRIPTION},
    "PATCH /queries/{name}/subscriptions/{subscription_id}": {JSON: SUBSCRIPTION},
    "DELETE /queries/{name}/subscriptions/{subscription_id}": {},
    "DELETE /nextPageToken/{token}": {},
    "GET /exports/eudr": {
        "application/geo+json": {"type": "object", "required": ["type", "features", "missing"]}
    },
    "GET /exports/fsma": {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": BYTES
    },
    "GET /farm/forms": {JSON: some({"type": "object", "required": ["form", "kind", "fields"]})},
    "POST /farm/deeds": {JSON: closed({"indices": some(INDEX)})},
    "GET /farm/deeds": {JSON: some(closed(DEED_MEMBERS))},
    "GET /farm/deeds/{index}": {JSON: closed({**DEED_MEMBERS, "event": ANY})},
    "GET /farm/deeds/{index}/form": {JSON: FILLED},
    "POST /farm/deeds/{index}/correction": {
        JSON: closed({"declaration": INDEX, "instead": maybe(INDEX)})
    },
    "GET /farm/last/{form}": {JSON: maybe(FILLED)},
    "POST /farm/drafts": {JSON: DRAFT},
    "GET /farm/drafts": {JSON: some(DRAFT)},
    "GET /farm/drafts/{draft_id}": {JSON: DRAFT},
    "PUT /farm/drafts/{draft_id}": {JSON: DRAFT},
    "DELETE /farm/drafts/{draft_id}": {},
    "POST /farm/filings": {JSON: closed({"indices": some(INDEX)})},
    "GET /farm/sheets": {JSON: some({"type": "object", "required": ["form", "targets"]})},
    "POST /farm/imports": {JSON: LOOKED_AT},
    "GET /farm/imports": {JSON: some(closed(UPLOAD))},
    "GET /farm/imports/{import_id}": {JSON: LOOKED_AT},
    "PUT /farm/imports/{import_id}": {JSON: LOOKED_AT},
    "DELETE /farm/imports/{import_id}": {},
    "POST /farm/imports/{import_id}/filing": {JSON: closed(UPLOAD)},
    "GET /farm/exports/{name}.{form}": {"text/csv": BYTES, XLSX: BYTES},
    "GET /farm/exports/record-book.xlsx": {XLSX: BYTES},
    "GET /farm/exports/archive.zip": {"application/zip": BYTES},
    "GET /healthz": {JSON: closed({"status": TEXT})},
    "GET /readyz": {JSON: {"type": "object", "required": ["records", "sealed", "troubles"]}},
}
for _name in RESOURCES:
    ANSWERS[f"GET /{_name}"] = {JSON: COLLECTION}
    ANSWERS[f"GET /{_name}/{{value}}"] = {JSON: COLLECTION}
    ANSWERS[f"GET /{_name}/{{value}}/events"] = EVENTS

PARAMETERS: dict[str, Schema] = {
    **dict.fromkeys(("eventType", "EQ_action", "EQ_bizStep", "EQ_disposition"), TEXT),
    **dict.fromkeys(
        ("EQ_persistentDisposition_set", "EQ_persistentDisposition_unset", "EQ_readPoint"), TEXT
    ),
    **dict.fromkeys(("WD_readPoint", "EQ_bizLocation", "WD_bizLocation"), TEXT),
    **{f"{bound}_{time}": TIME for time in ("eventTime", "recordTime", "startTime", "endTime")
       for bound in ("GE", "LT")},
    **dict.fromkeys(("EQ_transformationID", "MATCH_epc", "MATCH_parentID", "MATCH_inputEPC"), TEXT),
    **dict.fromkeys(("MATCH_outputEPC", "MATCH_anyEPC", "MATCH_epcClass"), TEXT),
    **dict.fromkeys(("MATCH_inputEPCClass", "MATCH_outputEPCClass", "MATCH_anyEPCClass"), TEXT),
    **{f"{test}_quantity": {"type": "number"} for test in ("EQ", "GT", "GE", "LT", "LE")},
    **dict.fromkeys(("EQ_eventID", "EQ_errorReason", "EQ_correctiveEventID"), TEXT),
    "EXISTS_errorDeclaration": {"type": "boolean"},
    "GE_errorDeclaration_Time": TIME,
    "LT_errorDeclaration_Time": TIME,
    **dict.fromkeys(("EQ_deviceID", "EQ_dataProcessingMethod", "EQ_microorganism"), TEXT),
    **dict.fromkeys(("EQ_chemicalSubstance", "EQ_bizRules", "EQ_stringValue"), TEXT),
    **dict.fromkeys(("EQ_uriValue", "orderBy"), TEXT),
    "orderDirection": {"type": "string", "enum": ["ASC", "DESC"]},
    "eventCountLimit": {"type": "integer", "minimum": 1},
    "maxEventCount": {"type": "integer", "minimum": 1},
}  # fmt: skip
"""The parameters of a SimpleEventQuery with one name each; others are composed (EQ_ILMD_…)."""


NEXT_PAGE: dict[str, Schema] = {
    "Link": {
        "description": 'Where another page follows: its address, rel="next" (RFC 8288)',
        "schema": TEXT,
    },
    EXPIRES: {
        "description": "Until when the nextPageToken of that address is taken",
        "schema": TIME,
    },
}
"""What every list says of its next page."""


def describe(app: FastAPI) -> None:
    """Let the application tell this document at /openapi.json."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, getattr(context, "path_format", None)
        if isinstance(route, APIRoute) and path is not None:
            for method in route.methods or ():
                operation = made["paths"].get(path, {}).get(method.lower())
                if operation is not None:
                    _describe(operation, f"{method} {path}", route)
    return made


def _describe(operation: dict[str, Any], name: str, route: APIRoute) -> None:
    answer = ANSWERS.get(name)
    status = str(route.status_code or 200)
    told = operation["responses"].setdefault(status, {"description": "As asked"})
    told.pop("content", None)
    if asks(route.dependant, paging):
        told["headers"] = NEXT_PAGE
    if answer:
        told["content"] = {media: {"schema": schema} for media, schema in answer.items()}
    if name in ("POST /master", "POST /rules/tables/{table}"):
        valid = closed({"valid": INDEX})
        operation["responses"]["200"] = {
            "description": "All of it could be recorded",
            "content": {JSON: {"schema": valid}},
        }
    if name == "GET /readyz":
        operation["responses"]["503"] = {**told, "description": "Somebody has to look at it"}
    if asks(route.dependant, viewer_of):
        operation["security"] = [{"HTTPBearer": []}, {}]  # without a token: as the public
    if answer is EVENTS and "/queries/" not in name:
        operation["parameters"] = [
            *operation.get("parameters", ()),
            *(
                {"name": parameter, "in": "query", "required": False, "schema": schema}
                for parameter, schema in PARAMETERS.items()
            ),
        ]

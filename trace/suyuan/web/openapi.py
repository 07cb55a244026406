"""The service's own OpenAPI document: what each endpoint answers, and to whom.

What the framework can read off the code it reads; the forms of the answers stand here, one an endpoint,
and a test calls every endpoint by this document.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from suyuan.web.api.paging import EXPIRES, paging
from suyuan.web.binding import JSON, JSON_LD, XML
from suyuan.web.deps import asks, viewer_of
from suyuan.web.problems import RESOURCES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
INDEX: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "number"}
FLAG: Schema = {"type": "boolean"}
BYTES: Schema = {"type": "string", "format": "binary"}
ANY: Schema = {"type": "object"}


def texts(*names: str) -> dict[str, Schema]:
    """Members that are texts."""
    return dict.fromkeys(names, TEXT)


def some(item: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": item}


def maybe(item: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [item, {"type": "null"}]}


def closed(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """An object with these members and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


PROBLEMS = some(
    closed(
        {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "path": TEXT},
        {"rule": TEXT, "example": TEXT},
    )
)
JOB = closed(
    {
        "captureID": TEXT,
        "createdAt": TIME,
        "running": {"type": "boolean"},
        "success": {"type": "boolean"},
        "captureErrorBehaviour": {"type": "string", "enum": ["rollback", "proceed"]},
        "errors": PROBLEMS,
        "total": INDEX,
        "checked": INDEX,
        "recorded": INDEX,
        "indices": some(maybe(INDEX)),
    },
    {"finishedAt": TIME},
)
ORGANISATION = closed(
    {"id": TEXT, "name": closed(texts("zh", "en")), "county": TEXT, "createdAt": TIME}
)
TOKEN = {
    **texts("id", "organisation", "role", "label"),
    "createdAt": TIME,
    "revokedAt": maybe(TIME),
}
RECORD = closed(
    {
        "index": INDEX,
        "kind": {"type": "string", "enum": ["event", "master", "key", "erasure"]},
        "content": maybe(ANY),
        "disclosures": some(TEXT),
        "link": ANY,
        "entry": TEXT,
        "owner": TEXT,
        "hidden": {"type": "boolean"},
        "erased": {"type": "boolean"},
        "eventHash": maybe(TEXT),
        "proof": maybe(TEXT),
        "checkpoint": maybe(TEXT),
    }
)
QUERY_DOCUMENT: Schema = {
    "type": "object",
    "required": [
        "@context",
        "type",
        "schemaVersion",
        "creationDate",
        "epcisBody",
        "suyuan:records",
    ],
    "properties": {
        "type": {"const": "EPCISQueryDocument"},
        "schemaVersion": {"const": "2.0"},
        "creationDate": TIME,
        "epcisBody": closed(
            {
                "queryResults": closed(
                    {"queryName": TEXT, "resultsBody": closed({"eventList": some(ANY)})},
                    {"subscriptionID": TEXT},
                )
            }
        ),
        "suyuan:records": some(closed({"eventID": TEXT, "index": INDEX, "proof": TEXT})),
    },
}
EVENTS = {JSON: QUERY_DOCUMENT, JSON_LD: QUERY_DOCUMENT, XML: TEXT}
COLLECTION = closed(
    {
        "@context": TEXT,
        "type": {"const": "Collection"},
        "member": {**some(TEXT), "uniqueItems": True},
    }
)
MASTER = closed({"index": INDEX, **texts("proof", "owner"), "recordTime": TIME, "master": ANY})
NAMED = closed({"name": TEXT, "query": ANY})
SUBSCRIPTION = closed(
    {
        "subscriptionID": TEXT,
        "queryName": TEXT,
        "dest": TEXT,
        "createdAt": TIME,
        "initialRecordTime": TIME,
        "minRecordTime": TIME,
        "epcFormat": TEXT,
        "signed": {"type": "boolean"},
        "nextRecord": INDEX,
        "skipped": some(closed({"index": INDEX, "eventID": TEXT, "at": TIME})),
    },
    {
        "stream": {"type": "boolean"},
        "schedule": ANY,
        "reportIfEmpty": {"type": "boolean"},
        "lastNotifiedAt": TIME,
        "failures": INDEX,
        "problem": TEXT,
        "nextTryAt": TIME,
    },
)
BUNDLE: Schema = {
    "type": "object",
    "required": ["suyuan", "subject", "serial", "checkpoint", "tips", "records", "keys", "anchor"],
}

AMOUNT = maybe(closed({"value": {"type": "number"}, "unit": TEXT, "said": maybe(TEXT)}))
ITEMS = some(closed({"id": TEXT, "amount": AMOUNT}))
DEED_MEMBERS = {
    "index": INDEX,
    **texts("kind", "step", "day", "organisation"),
    "eventTime": TEXT,
    "recordTime": TIME,
    **dict.fromkeys(("form", "eventID", "season", "place", "source"), maybe(TEXT)),
    **dict.fromkeys(("destination", "corrects"), maybe(TEXT)),
    "plots": some(TEXT),
    "area": AMOUNT,
    **dict.fromkeys(("inputs", "outputs", "about"), ITEMS),
    "stated": ANY,
    "declaredAnErrorBy": some(INDEX),
    "correctedBy": some(INDEX),
}
DRAFT = closed(
    {
        **texts("id", "form"),
        "values": ANY,
        "photos": some(TEXT),
        **dict.fromkeys(("createdAt", "changedAt"), TIME),
        "version": INDEX,
        "filed": maybe(INDEX),
    }
)
FILLED = closed({"form": TEXT, "values": ANY})
FINDING = closed({
    **texts("rule", "verdict", "text", "of"),
    **dict.fromkeys(("source", "edition", "since"), maybe(TEXT)),
    "records": some(INDEX), "events": some(TEXT), "draft": {"type": "boolean"}, "facts": ANY,
    "override": maybe(ANY),
})  # fmt: skip
FINDINGS = closed({"verdict": TEXT, "findings": some(FINDING)})
EDITION = closed({
    "index": maybe(INDEX), "digest": TEXT, **dict.fromkeys(("owner", "recordTime"), maybe(TEXT)),
    "document": ANY,
})  # fmt: skip
BALANCE = {
    "type": "object",
    "required": ["item", "holder", "unit", "stock", "balances", "records"],
}

LINEAGE = closed({
    **texts("id", "state"), "above": some(closed(texts("id", "state"))),
    **dict.fromkeys(("reached", "notTold"), closed({"up": INDEX, "down": INDEX})),
    "hidden": INDEX, "erased": some(INDEX),
    **dict.fromkeys(("steps", "accounts", "handed"), some({"type": "object"})),
})  # fmt: skip
REACH = closed({
    "roots": some(TEXT), **dict.fromkeys(("up", "down", "levels", "lots", "packs", "hidden"), INDEX),
    **dict.fromkeys(("stocks", "handed"), some({"type": "object"})),
})  # fmt: skip
DRILL = closed({
    **texts("id", "person"), "at": TIME, "roots": some(TEXT),
    **dict.fromkeys(("scope", "found", "seconds", "bytes"), ANY),
})  # fmt: skip
PRINTER = closed({**texts("id", "name", "address", "language"), "dpi": INDEX, "mute": FLAG})
LABELS = closed({
    **texts("id", "lot", "state"), **dict.fromkeys(("printed", "reprints"), INDEX),
    "record": maybe(INDEX), "labels": some(INDEX), "inDoubt": maybe(some(INDEX)),
    "problem": maybe(TEXT), "certificate": maybe(TEXT), "copy": maybe(INDEX),
})  # fmt: skip
HOLDS: Schema = {
    "type": "string",
    "enum": ["valid", "recalled", "voided", "failing", "withdrawn", "held", "unknown"],
}
"""How a certificate stands for everybody."""
CLAIM = closed({
    "claim": TEXT, "text": TEXT, "certificate": maybe(TEXT),
    "verdict": {"type": "string", "enum": ["pass", "warn", "block", "unknown"]},
})  # fmt: skip
STOCK = closed({
    **texts("id", "name"), "width": NUMBER, "height": NUMBER, "sheet": FLAG,
})  # fmt: skip
_TROUBLE = {
    **texts("sheet", "column", "cell", "detail", "text"),
    "row": INDEX,
    "rule": maybe(TEXT),
}
TROUBLES = some(closed(_TROUBLE))
UPLOAD = {**texts("id", "name"), "createdAt": TIME, "captureID": maybe(TEXT), "outcome": ANY}
LOOKED_AT = closed(
    UPLOAD,
    {
        **dict.fromkeys(("new", "there", "problemCount"), INDEX),
        "sheets": some({"type": "object", "required": ["sheet", "headings", "plan", "rows"]}),
        **dict.fromkeys(("problems", "blocked", "notices"), TROUBLES),
        "overridden": some(closed({**_TROUBLE, **texts("person", "reason")})),
    },
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BRAND = closed({"id": TEXT, "name": closed(texts("zh", "en")), "owner": TEXT})
STATES: Schema = {"type": "string", "enum": ["applied", "granted", "suspended", "withdrawn"]}
AUTHORISATION = closed(
    {
        "id": TEXT,
        "state": STATES,
        "standing": TEXT,
        "terms": ANY,
        "steps": some(
            closed({"index": INDEX, "state": STATES, **texts("by", "reason"), "time": TIME})
        ),
    }
)
SUMS = closed(dict.fromkeys(("issued", "waiting", "active", "returned", "voided", "used"), INDEX))
PAIRS = some(some(INDEX))
ISSUE = closed(
    {
        "record": INDEX,
        **texts("lot", "owner", "time"),
        "authorisation": maybe(TEXT),
        "count": INDEX,
        "sums": SUMS,
        **dict.fromkeys(("waiting", "active", "returned", "voided"), PAIRS),
    }
)
LEDGER = closed(
    {
        "authorisation": AUTHORISATION,
        "ceiling": closed(
            {
                "packs": maybe(INDEX),
                **dict.fromkeys(("areaMu", "kgPerMu", "netKg", "volumeKg"), maybe(NUMBER)),
            }
        ),
        "blockFactor": maybe(NUMBER),
        "verdict": {"type": "string", "enum": ["pass", "warn", "block"]},
        "sums": SUMS,
        "left": maybe(INDEX),
        "plots": {"type": "object", "additionalProperties": maybe({"type": "boolean"})},
        "issues": some(ISSUE),
    }
)
SCAN_CASE = closed(
    {
        **texts("id", "code", "lot", "owner", "person", "note"),
        "reasons": some(TEXT),
        "openedAt": TIME,
        "newestAt": TIME,
        "state": {"type": "string", "enum": ["open", "closed"]},
        "closedAt": maybe(TIME),
    },
    {
        "firstAt": TEXT,
        "seen": INDEX,
        "days": some(closed({"day": TEXT, "county": maybe(TEXT), "seen": INDEX})),
    },
)
LABORATORY = closed({
    **texts("id", "county", "number"), "name": closed(texts("zh", "en")), "keys": some(TEXT),
}, texts("contact"))  # fmt: skip
LINK = closed(texts("id", "link"))
KEY_BROUGHT = closed(texts("kid", "fingerprint"))
ASKED = closed({
    **texts("id", "organisation", "laboratory", "purpose", "subject", "state"), "asked": ANY,
    **dict.fromkeys(("createdAt", "until"), TIME), "records": some(INDEX), "key": maybe(KEY_BROUGHT),
})  # fmt: skip
ATTACHMENT = closed({"digest": TEXT, "mediaType": TEXT, "size": INDEX, "name": TEXT})

CASE_MEMBERS = {
    **texts("number", "organisation", "subject", "serial", "kind", "state", "outcome", "overdue"),
    "at": TIME, **dict.fromkeys(("receiveBy", "answerBy"), maybe(TIME)), "records": some(INDEX),
}  # fmt: skip
CASE = closed({**CASE_MEMBERS, **texts("text", "contact", "answer"), "files": some(TEXT)})
REPORT_STATE = {
    **texts("number", "state", "outcome", "answer"), "at": TIME,
    **dict.fromkeys(("answerBy", "answeredAt"), maybe(TIME)),
}  # fmt: skip

CERTIFICATE = {
    "code": TEXT, "lot": TEXT,
    "state": {"type": "string", "enum": ["draft", "issued", "voided", "unused"]},
    "number": maybe(TEXT), "address": TEXT, "record": maybe(INDEX), "voided": maybe(INDEX),
    "values": maybe(ANY), "changedAt": TIME,
}  # fmt: skip
BOTH = closed(texts("zh", "en"))
SAYS = closed(
    {
        **texts("number", "lot", "product", "quantity", "origin", "by", "contact", "side", "issuer"),
        "issued": maybe(TEXT), "edition": maybe(TEXT), "text": BOTH, "source": maybe(BOTH),
        "reason": maybe(BOTH), "record": INDEX, "voided": maybe(INDEX),
        "ticks": some(closed({"text": BOTH, "ticked": {"type": "boolean"}})),
    }
)  # fmt: skip
CHECK_IN_LINK = {
    **texts("id", "market"), "createdAt": TIME, "until": TIME, "revokedAt": maybe(TIME), "used": INDEX,
}  # fmt: skip
GATE = closed(
    {
        "state": {"type": "string", "enum": ["open", "unknown", "closed"]},
        "verdict": TEXT,
        "findings": some(ANY),
    }
)
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

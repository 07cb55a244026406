"""Forms of what the endpoints answer, as JSON Schema, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from suyuan.web.binding import JSON, JSON_LD, XML

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
    "by": closed(texts("organisation", "role")),
})  # fmt: skip
PRINTER = closed({**texts("id", "name", "address", "language"), "dpi": INDEX, "mute": FLAG})
LABELS = closed({
    **texts("id", "lot", "state"), **dict.fromkeys(("printed", "reprints"), INDEX),
    "record": maybe(INDEX), "labels": some(INDEX), "inDoubt": maybe(some(INDEX)),
    "leftOut": maybe(TEXT),
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
        **dict.fromkeys(("problems", "blocked", "notices", "warned"), TROUBLES),
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

"""Subscriptions to named queries (EPCIS 2.0 §12.9): events are sent to a webhook as they come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import SuyuanError
from suyuan.core.kept import read_kept
from suyuan.flow.query import FoundEvent
from suyuan.ports.subscriptions import Subscription
from suyuan.web.api.paging import PagingDep
from suyuan.web.api.queries import Name
from suyuan.web.binding import JSON, VERSIONS, Versions, gives_json, sends_json
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep, ObjectDep, takes
from suyuan.web.forms import FormDep, form_for, query_document
from suyuan.web.problems import body_of
from suyuan.words import Language
from suyuan.words import told as spoken

binding = APIRouter(tags=["EPCIS subscriptions"], dependencies=[Versions, Depends(gives_json)])

Id = Annotated[str, Path(max_length=100)]
_TOKEN = {
    "minLength": 1,
    "maxLength": 500,
    "description": "Key of the HMAC-SHA-256 in GS1-Signature; never told again",
}
_CHANGE = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"signatureToken": {"type": ["string", "null"], **_TOKEN}},
}
_SHAPE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["dest"],
    "properties": {
        "dest": {"type": "string", "description": "Where events are sent by POST"},
        "signatureToken": {"type": "string", **_TOKEN},
        "stream": {"type": "boolean", "const": True, "description": "Each event at once"},
        "schedule": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                name: {"type": "string", "description": "For example 5 or 1,[10-20]"}
                for name in ("second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek")
            },
        },
        "reportIfEmpty": {"type": "boolean"},
        "initialRecordTime": {"type": "string", "format": "date-time"},
    },
    "oneOf": [{"required": ["stream"]}, {"required": ["schedule"]}],
}


@binding.post(
    "/queries/{name}/subscriptions",
    status_code=201,
    openapi_extra=takes("Where to send to, and when", _SHAPE),
    dependencies=[Depends(sends_json)],
)
def add(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    form: FormDep,
    name: Name,
    document: ObjectDep,
) -> Response:
    """Send what this query finds to ``dest``: each event at once, or by the clock of China.

    Deliveries are EPCISQueryDocuments in the forms asked for here (GS1-EPC-Format …), at least once
    and in the order of recording, tried again until they are answered with 2xx.
    """
    forms = {"epc": form.epc, "cbv": form.cbv}
    made = node.subscriptions.subscribe(caller, name, document, forms)
    return JSONResponse(
        told(made, language),
        201,
        {**VERSIONS, "Location": f"/queries/{name}/subscriptions/{made.id}"},
    )


@binding.get("/queries/{name}/subscriptions", response_class=JSONResponse)
def listed(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    name: Name,
    page: PagingDep,
) -> Response:
    """The query's subscriptions; the Link header names the next page."""
    found = node.subscriptions.list(caller, name, after=page.name, limit=page.most)
    shown, headers = page.cut(found, lambda one: (one.id, 0))
    return JSONResponse([told(one, language) for one in shown], headers={**VERSIONS, **headers})


@binding.get("/queries/{name}/subscriptions/{subscription_id}", response_class=JSONResponse)
def one(
    node: NodeDep, caller: CallerDep, language: LanguageDep, name: Name, subscription_id: Id
) -> Response:
    """One subscription: what was delivered, what failed, why, and when it is tried again."""
    return JSONResponse(
        told(node.subscriptions.get(caller, name, subscription_id), language), headers=VERSIONS
    )


@binding.patch(
    "/queries/{name}/subscriptions/{subscription_id}",
    response_class=JSONResponse,
    openapi_extra=takes("What to change", _CHANGE),
    dependencies=[Depends(sends_json)],
)
def amend(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    name: Name,
    subscription_id: Id,
    document: ObjectDep,
) -> Response:
    """Sign with another signatureToken from now on, and try at once again what failed."""
    changed = node.subscriptions.amend(caller, name, subscription_id, document)
    return JSONResponse(told(changed, language), headers=VERSIONS)


@binding.delete("/queries/{name}/subscriptions/{subscription_id}", status_code=204)
def delete(node: NodeDep, caller: CallerDep, name: Name, subscription_id: Id) -> None:
    """Send nothing more."""
    node.subscriptions.delete(caller, name, subscription_id)


def told(one: Subscription, language: Language) -> dict[str, Any]:
    """A subscription without its secret."""
    terms = json.loads(one.terms)
    answer: dict[str, Any] = {
        "subscriptionID": one.id,
        "queryName": one.query,
        "dest": one.dest,
        "createdAt": one.created_at,
        **{k: terms[k] for k in ("stream", "schedule", "reportIfEmpty") if k in terms},
        "initialRecordTime": terms["initialRecordTime"],
        "minRecordTime": one.run_at or terms["initialRecordTime"],
        "epcFormat": terms["forms"]["epc"],
        "signed": one.secret is not None,
        "nextRecord": one.cursor,
        "skipped": json.loads(one.skipped),
    }
    if one.notified_at is not None:
        answer["lastNotifiedAt"] = one.notified_at
    if one.failures:
        due = datetime.fromtimestamp(one.due, UTC).isoformat(timespec="milliseconds")
        answer |= {"failures": one.failures, "nextTryAt": due.replace("+00:00", "Z")}
        if one.problem is not None:
            answer["problem"] = spoken(read_kept(one.problem), language)
    return answer


@dataclass(frozen=True, slots=True)
class Deliveries:
    """flow.deliver.Writer: an EPCISQueryDocument, or a problem (RFC 9457)."""

    node: Node

    def events(
        self, events: Sequence[FoundEvent], one: Subscription, delivery: str
    ) -> tuple[bytes, dict[str, str]]:
        forms = json.loads(one.terms)["forms"]
        form = form_for(self.node, JSON, forms["epc"], forms["cbv"])
        document = query_document(self.node, events, form, name=one.query, subscription=one.id)
        # In the body too, where it is signed.
        document["suyuan:delivery"] = delivery
        return json.dumps(document, ensure_ascii=False).encode(), {
            "Content-Type": JSON,
            **VERSIONS,
            "GS1-EPC-Format": form.epc,
            "Idempotency-Key": delivery,
        }

    def problem(self, error: SuyuanError, one: Subscription) -> tuple[bytes, dict[str, str]]:
        body = {**body_of(error, "en"), "subscriptionID": one.id}
        return json.dumps(body, ensure_ascii=False).encode(), {
            "Content-Type": "application/problem+json"
        }

"""The rules over HTTP: judge what is recorded, what is about to be, what shall be released; tables;
templates; overrides; the balance of inputs."""

from __future__ import annotations

import csv
import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.errors import Malformed, Refused
from suyuan.core.rules.check import TABLE, TEMPLATE
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.judge import TITLES
from suyuan.core.rules.rows import table_of_rows
from suyuan.core.rules.told import all_told, line_told
from suyuan.core.strict_json import loads
from suyuan.flow.drafts import check_events
from suyuan.flow.rulebook import Edition
from suyuan.web.api.master import CHECK, CSV, XLSX
from suyuan.web.binding import JSON, JSON_LD, sent_form
from suyuan.web.deps import (
    BodyDep,
    CallerDep,
    JsonDep,
    LanguageDep,
    NodeDep,
    ObjectDep,
    as_object,
    members,
    shape,
    takes,
)
from suyuan.web.wording import wording
from suyuan.words import Language

router = APIRouter(tags=["rules"])

Subject = Annotated[str, Query(max_length=2000, description="A season, lot or pack by its URI")]
Name = Annotated[str, Path(max_length=2000)]
_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Accept-Language, Authorization"}
_OVERRIDE = {"subject": str, "rule": str, "person": str, "reason": str}
_COPY = {"from": str, "id": str}


@router.get("/rules", response_class=JSONResponse)
def titles(language: LanguageDep) -> Response:
    """The rules, by their number."""
    show = wording(language).show
    found = [{"rule": number, "title": show(title)} for number, title in TITLES.items()]
    return JSONResponse(found, headers={"Vary": "Accept-Language"})


@router.get("/rules/check", response_class=JSONResponse)
def check(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    subject: Subject,
    rule: Annotated[list[int] | None, Query(description="Only these rules")] = None,
) -> Response:
    """What the rules say of a season, lot or pack as it is recorded, the worst first."""
    return _told(node.judge.standing(caller.viewer, subject, rule or ()), language)


@router.get("/rules/release", response_class=JSONResponse)
def release(node: NodeDep, caller: CallerDep, language: LanguageDep, subject: Subject) -> Response:
    """What stands for and against releasing a lot today."""
    return _told(node.judge.release(caller.viewer, subject), language)


@router.post(
    "/rules/check",
    response_class=JSONResponse,
    openapi_extra=takes(
        "Events that are not recorded yet: one, or a list",
        {"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]},
    ),
)
def ask(node: NodeDep, caller: CallerDep, language: LanguageDep, document: JsonDep) -> Response:
    """What recording these events would bring about; nothing is recorded."""
    alone = not isinstance(document, list)
    events = [("", document)] if alone else [(f"/{n}", one) for n, one in enumerate(document)]
    if not events:
        raise Refused("there is no event here; nothing was recorded")
    checked = [one.event for one in check_events(events)]
    return _told(node.judge.before_events(caller.viewer, caller.organisation, checked), language)


@router.post(
    "/rules/overrides",
    status_code=201,
    openapi_extra=takes("What is blocked, who answers for it, and why", shape(_OVERRIDE)),
)
def override(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Let a block not hold, by name and with a reason: a record of its own."""
    members(document, _OVERRIDE)
    found = node.judge.blocking(caller.viewer, document["subject"], document["rule"])
    index = node.judge.override(
        caller, found, person=document["person"], reason=document["reason"],
        event_id=f"urn:uuid:{uuid.uuid4()}",
    )  # fmt: skip
    return JSONResponse({"index": index}, 201, {"Cache-Control": "no-store"})


@router.get("/rules/tables", response_class=JSONResponse)
def tables(node: NodeDep) -> Response:
    """All tables in force, whole."""
    return JSONResponse([_edition(one) for one in node.rulebook.all(TABLE)])


@router.get("/rules/tables/{table:path}", response_class=JSONResponse)
def one_table(node: NodeDep, table: Name) -> Response:
    """One table, the edition in force first, then all before it."""
    return JSONResponse([_edition(one) for one in node.rulebook.history(table)])


@router.post(
    "/rules/tables/{table}",
    status_code=201,
    openapi_extra=takes("The whole table: JSON, CSV or XLSX", {"type": "object"}),
)
def replace(
    node: NodeDep,
    caller: CallerDep,
    request: Request,
    body: BodyDep,
    table: Name,
    edition: Annotated[str, Query(max_length=100, description="Of a sheet; else today")] = "",
    check: CHECK = False,
    instead_of: Annotated[
        str,
        Query(
            alias="insteadOf",
            max_length=100,
            description="Digest of the edition that was changed; not with `check`",
        ),
    ] = "",
) -> Response:
    """Put a table in place of the one in force: the administrator's act, and a record. 409 where
    another edition is in force by now."""
    caller.require("administrator")
    sent_form(request, (JSON, JSON_LD, CSV, XLSX))
    document = _table(node, request, body, table, edition)
    if not check and not instead_of:
        raise node.rulebook.unsaid(table, "insteadOf")
    index = node.rulebook.replace_table(caller, document, check=check, instead_of=instead_of)
    if check:
        return JSONResponse({"valid": len(document["rows"])}, 200)
    return JSONResponse({"index": index}, 201)


@router.get("/templates", response_class=JSONResponse)
def templates(node: NodeDep) -> Response:
    """All templates, whole, each in its newest version."""
    return JSONResponse([_edition(one) for one in node.rulebook.all(TEMPLATE)])


@router.get("/templates/{template:path}", response_class=JSONResponse)
def one_template(node: NodeDep, template: Name) -> Response:
    """One template, the newest version first, then all before it."""
    return JSONResponse([_edition(one) for one in node.rulebook.history(template)])


@router.post(
    "/templates",
    status_code=201,
    openapi_extra=takes("Which one to begin from, and what is otherwise",
                        shape(_COPY, {"changes": dict})),
)  # fmt: skip
def copy(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """A template of one's own, from another; the same id again makes its next version."""
    members(document, _COPY, {"changes": dict})
    index = node.rulebook.copy_template(
        caller, document["from"], document["id"], document.get("changes", {})
    )
    return JSONResponse({"index": index}, 201)


@router.get("/balance", response_class=JSONResponse)
def balance(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    until: Annotated[date | None, Query(description="Up to this day, included")] = None,
    item: Annotated[str | None, Query(max_length=2000, description="A lot or a product")] = None,
    member: Annotated[str | None, Query(max_length=2000)] = None,
    by_member: Annotated[bool, Query(alias="byMember")] = False,
) -> Response:
    """What the organisation bought, used, sold on, gave back and should have in stock, by input."""
    found = node.balances.of(
        caller.viewer, caller.organisation, until=until, item=item, member=member,
        by_member=by_member,
    )  # fmt: skip
    names = node.judge.masters(caller.viewer, {line.product for line in found})
    show = wording(language).show
    return JSONResponse([line_told(line, names, show) for line in found], headers=_PRIVATE)


def _told(found: tuple[Finding, ...], language: Language) -> Response:
    return JSONResponse(all_told(found, wording(language).show), headers=_PRIVATE)


def _edition(one: Edition) -> dict[str, Any]:
    return {
        "index": one.index,
        "digest": one.digest,
        "owner": one.owner,
        "recordTime": one.record_time,
        "document": dict(one.document),
    }


def _table(node: Node, request: Request, body: bytes, name: str, edition: str) -> dict[str, Any]:
    form = request.headers.get("content-type", "").split(";")[0].strip().lower()
    edition = edition or node.clock.now()[:10]
    if form == CSV:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Malformed("{file} is not UTF-8; save it as «CSV UTF-8»", file="CSV") from None
        rows = [list(row) for row in csv.reader(text.splitlines(keepends=True))]
        return table_of_rows(name, rows, edition=edition)
    if form == XLSX:
        # Loaded when it is needed: most services never read a workbook.
        from suyuan.adapters.workbook import rows_of_workbook

        return table_of_rows(name, rows_of_workbook(body), edition=edition)
    return {**as_object(loads(body, max_depth=40)), "table": name}

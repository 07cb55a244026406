"""Brands, authorisations, what became of codes, and alarms about readings (docs/codes.md)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.brand.authorisation import STATES, State, Terms, parse_authorisation
from suyuan.core.brand.ranges import MOST, Ranges, bounded, ranges
from suyuan.core.brand.told import authorisation_told, ceiling_told, issue_told, sums_told
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused
from suyuan.core.visibility import Viewer
from suyuan.flow.brand_sight import issues_seen, sees_ledger, watched
from suyuan.flow.codes import Account
from suyuan.ports.codes import Day, ScanCase, Seen
from suyuan.web.deps import CallerDep, NodeDep, ObjectDep, ViewerDep, members, shape, takes

router = APIRouter(tags=["brands"])

_PRIVATE = {"Cache-Control": "private, no-store", "Vary": "Authorization"}
_STEP = {"authorisation": str, "state": str, "person": str}
_APPLY = {"brand": str, "product": str, "from": str, "to": str, "person": str}
_TERMS = {"area": dict, "plots": list, "volume": dict, "template": dict}
_ACT = {"act": str, "record": int}
_WHICH = {"ranges": list, "serials": list, "job": str, "reason": str, "person": str}
_CLOSE = {"case": str, "person": str, "note": str}

Name = Annotated[str, Query(max_length=2000)]


@router.get("/brands", response_class=JSONResponse)
def brands(node: NodeDep) -> Response:
    """All brands, and who grants them."""
    return JSONResponse(
        [
            {"id": one.id, "name": {"zh": one.names.zh, "en": one.names.en}, "owner": one.owner}
            for one in node.brands.all()
        ]
    )


@router.get("/brands/authorisations", response_class=JSONResponse)
def authorisations(
    node: NodeDep, viewer: ViewerDep, brand: Name = "", organisation: Name = ""
) -> Response:
    """Who may use a brand, or asked to: public, as the records are."""
    found = node.brands.authorisations(
        viewer, brand=brand or None, organisation=organisation or None
    )
    today = node.brands.today
    return JSONResponse([authorisation_told(one, today) for one in found], headers=_PRIVATE)


@router.post(
    "/brands/authorisations",
    status_code=201,
    openapi_extra=takes("Which brand, for what, how much, when", shape(_APPLY, _TERMS)),
)
def apply(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Apply for the right to use a brand."""
    members(document, _APPLY, _TERMS)
    terms = terms_of(document, caller.organisation)
    name = node.brands.apply(caller, terms, person=document["person"])
    return JSONResponse({"authorisation": name}, 201, {"Cache-Control": "no-store"})


@router.post(
    "/brands/authorisations/steps",
    status_code=201,
    openapi_extra=takes(
        "granted, suspended or withdrawn, by whom and why; a grant may state other terms",
        shape(_STEP, {**_TERMS, "from": str, "to": str, "reason": str}),
    ),
)
def turn(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """The next step of an authorisation; who may take it stands in docs/codes.md."""
    members(document, _STEP, {**_TERMS, "from": str, "to": str, "reason": str})
    state = state_of(document["state"])
    known = node.brands.one(document["authorisation"]).terms
    given = {name: document[name] for name in (*_TERMS, "from", "to") if name in document}
    terms = terms_of({**known.as_json(state), **given}, known.organisation) if given else None
    index = node.brands.turn(
        caller, document["authorisation"], state, person=document["person"],
        reason=document.get("reason", ""), terms=terms,
    )  # fmt: skip
    return JSONResponse({"index": index}, 201, {"Cache-Control": "no-store"})


@router.get("/brands/ledger", response_class=JSONResponse)
def ledger(node: NodeDep, caller: CallerDep, authorisation: Name) -> Response:
    """The ceiling, what was issued against it, and what is left."""
    one = node.brands.one(authorisation, caller.viewer)
    if not sees_ledger(caller.viewer, node.brands, one):
        raise Forbidden("this ledger is for the applicant, the brand's owner and the authority")
    return JSONResponse(ledger_told(node, node.codes.account(one)), headers=_PRIVATE)


@router.get("/codes", response_class=JSONResponse)
def codes(
    node: NodeDep,
    caller: CallerDep,
    record: Annotated[int | None, Query(ge=0, lt=1 << 53, description="Of this record")] = None,
    lot: Name = "",
) -> Response:
    """Issues of codes and what became of them: of a record, of a lot, or one's own newest ones."""
    return JSONResponse(
        [issue_told(one) for one in issues_of(node, caller.viewer, record, lot)], headers=_PRIVATE
    )


@router.post(
    "/codes",
    status_code=201,
    openapi_extra=takes(
        "activate, return or void, of which record's codes: ranges counted from 1 (`[[1, 500]]`), "
        "serials, or a job of labels",
        shape(_ACT, _WHICH),
    ),
)
def act(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Say what becomes of codes. Voiding what is sold is refused."""
    members(document, _ACT, _WHICH)
    parts = which(node, caller.organisation, document)
    index = node.codes.act(
        caller, document["act"], document["record"], parts, reason=document.get("reason", ""),
        person=document.get("person", ""),
    )  # fmt: skip
    return JSONResponse({"index": index}, 201, {"Cache-Control": "no-store"})


@router.get("/scans/cases", response_class=JSONResponse)
def cases(node: NodeDep, caller: CallerDep) -> Response:
    """Alarms about codes that were read where or when they should not be, open ones first."""
    owners = watched(caller.viewer, node.accounts)
    return JSONResponse(
        [case_told(one) for one in node.scans.store.cases(owners, limit=200)], headers=_PRIVATE
    )


@router.post(
    "/scans/cases/close",
    status_code=201,
    openapi_extra=takes("Which case, and what was found", shape(_CLOSE)),
)
def close(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Close an alarm."""
    members(document, _CLOSE)
    caller.require("recorder", "regulator", "administrator")
    owners = watched(caller.viewer, node.accounts)
    node.scans.close(document["case"], owners, person=document["person"], note=document["note"])
    found, days, seen = node.scans.case(document["case"], owners)
    return JSONResponse(case_told(found, days, seen), 201, {"Cache-Control": "no-store"})


# -- shared with the command line --------------------------------------------------------------------


def state_of(text: str) -> State:
    found = next((one for one in STATES if one == text), None)
    if found is None:
        raise Refused("one of: {choices}", path="/state", choices=", ".join(STATES[1:]))
    return found


def terms_of(document: dict[str, Any], organisation: str) -> Terms:
    """The terms of a request; Malformed at what is wrong."""
    names = ("brand", "product", "from", "to", *_TERMS)
    given = {name: document[name] for name in names if name in document}
    whole = {"state": "applied", "organisation": organisation, **given}
    return parse_authorisation(whole, "")[1]


def ledger_told(node: Node, account: Account) -> dict[str, Any]:
    """A ledger as programs read it."""
    return {
        "authorisation": authorisation_told(account.authorisation, node.brands.today),
        "ceiling": ceiling_told(account.ceiling),
        "blockFactor": None if account.factor is None else float(account.factor),
        "verdict": account.judged(),
        "sums": sums_told(account.sums),
        "left": account.left,
        "plots": node.codes.plots(account.authorisation),
        "issues": [issue_told(one) for one in account.issues],
    }


def issues_of(node: Node, viewer: Viewer, record: int | None, lot: str) -> list[Any]:
    """Those asked for that the viewer may see; NotFound where a record issued none."""
    store = node.database.codes
    if record is not None:
        found = [node.codes.issue(record)]
    elif lot:
        found = store.issues(lots=[lot], limit=10_000)
    else:
        found = store.issues(owner=viewer.organisation or "", limit=100)
    seen = issues_seen(viewer, node.brands, found)
    if record is not None and not seen:
        raise NotFound("record {index} issued no codes", index=record)
    return seen


def which(node: Node, organisation: str, document: dict[str, Any]) -> Ranges:
    """The codes that an act names, in one of three ways."""
    given = [name for name in ("ranges", "serials", "job") if name in document]
    if len(given) != 1:
        raise Refused("name the codes by ranges, by serials or by a job of labels", path="/ranges")
    if given == ["serials"]:
        for place, one in enumerate(document["serials"]):
            if not isinstance(one, str):
                raise Malformed("a text belongs here", path=f"/serials/{place}")
        return node.codes.of_serials(document["record"], document["serials"])
    if given == ["job"]:
        return of_job(node, organisation, document["job"], document["record"])
    found: list[tuple[int, int]] = []
    for place, pair in enumerate(document["ranges"][: MOST + 1]):
        right = isinstance(pair, list) and len(pair) == 2 and all(type(end) is int for end in pair)
        if not right or not 1 <= pair[0] <= pair[1] < 1 << 53:
            raise Malformed(
                "this is not as it should be; right is for example {example}",
                path=f"/ranges/{place}", example="[1, 500]",
            )  # fmt: skip
        found.append((pair[0] - 1, pair[1] - 1))
    return bounded(ranges(found))


def of_job(node: Node, organisation: str, job_id: str, record: int) -> Ranges:
    """The codes of a job of labels."""
    job = node.printing.get(organisation, job_id)
    if job.record != record:
        raise Refused("this job printed no labels of record {index}", path="/job", index=record)
    return ((job.first, job.first + job.count - 1),)


def case_told(
    one: ScanCase, days: list[Day] | None = None, seen: Seen | None = None
) -> dict[str, Any]:
    """A case as programs read it."""
    return {
        "id": one.id,
        "code": one.code,
        "lot": one.lot,
        "owner": one.owner,
        "reasons": list(one.reasons),
        "openedAt": one.opened_at,
        "newestAt": one.newest_at,
        "state": one.state,
        "person": one.person,
        "note": one.note,
        "closedAt": one.closed_at,
        **({} if seen is None else {"firstAt": seen.first_at, "seen": seen.seen}),
        **(
            {}
            if days is None
            else {
                "days": [
                    {"day": day.day, "county": day.county or None, "seen": day.seen} for day in days
                ]
            }
        ),
    }

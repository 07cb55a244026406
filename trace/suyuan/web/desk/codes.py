"""Codes at the desk: issued under the ledger, activated at packing, given back, voided."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.brand.codes import Issue, sums
from suyuan.core.brand.ranges import Ranges, read_ranges, told
from suyuan.core.errors import Many, NotFound, Refused, SuyuanError
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import HERE
from suyuan.core.story_values import local_day, names_of
from suyuan.flow.brand_sight import sees_issue
from suyuan.web.api.brands import of_job
from suyuan.web.desk.brands import href_of, require
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.labels import number_of
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

DONE: Mapping[str, str] = {
    "activate": word("These codes are active now: record {index}."),
    "return": word("Given back; they no longer count: record {index}."),
    "void": word("Voided; their pages say so from now on: record {index}."),
}


@router.get("/desk/codes/new")
def form(desk: DeskDep) -> Response:
    """Issue codes: for which lot, how many, before or at packing."""
    desk.actor.require("labels")
    asked = dict(desk.request.query_params)
    return _form(desk, {"when": "ahead", **asked, "key": secrets.token_hex(8)})


@router.post("/desk/codes/new")
def issue(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    desk.actor.require("sign and file")
    names = ("product", "lot", "count", "when", "planned", "reason", "key")
    given = {name: desk.given(name).strip() for name in names}
    count = given["count"].replace(",", "")
    try:
        problems = list(_missing(given, count))
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        index, serials = desk.node.issuer.issue(
            desk.actor.caller, gtin=given["product"].rpartition("/01/")[2], lot=given["lot"].upper(),
            count=int(count), event_time=desk.node.clock.now(), time_zone=HERE, key=given["key"],
            ahead=given["when"] == "ahead", reason=given["reason"],
            planned=given["planned"],
            extra={"suyuan:recordedBy": desk.actor.uri},
        )  # fmt: skip
    except Refused as problem:
        if problem.path == "/gtin":
            problem.path = "/product"
        return _form(desk, given, problem)
    said = [desk.words("{count} codes are issued.", count=int(count))]
    held = desk.node.claims.look(desk.actor.viewer, desk.actor.organisation, serials[0].lot)
    said += [desk.words.said(one.text) for one in held if one.verdict != "pass"]
    return desk.go(f"/desk/codes/{index}", " · ".join(said))


def _missing(given: Mapping[str, str], count: str) -> Iterator[Refused]:
    """All that is not filled in, at once."""
    if "/01/" not in given["product"]:
        yield Refused("choose a product", path="/product")
    if not given["lot"]:
        yield Refused("say which lot it is", path="/lot")
    if not (count.isascii() and count.isdigit() and len(count) < 9):
        yield Refused("say how many packs there are, as a whole number", path="/count")


def _form(desk: Desk, given: dict[str, str], problem: SuyuanError | None = None) -> Response:
    words = desk.words
    products = [
        (str(one.master["id"]), words.name(names_of(one.master.get("name")), str(one.master["id"])))
        for one in desk.node.masters.of(desk.actor.viewer, limit=500)
        if one.master.get("type") == "Product" and "/01/" in str(one.master["id"])
    ]
    lots = [
        one.thing.rpartition("/10/")[2]
        for one in desk.node.database.lineage.lots([desk.actor.organisation], limit=30)
    ]
    account, why = None, ""
    if given.get("product"):
        try:
            account = desk.node.codes.under(
                desk.actor.organisation, given["product"], desk.node.brands.today
            )
        except Refused as refused:
            why = desk.sentence(refused)
    return desk.page(
        "codes_new.html",
        problem=problem,
        given=given,
        products=[("", words("choose")), *products],
        lots=lots,
        account=account,
        ledger=href_of(account.authorisation.id) if account else "",
        why=why if problem is None else "",
        asks=problem is not None and problem.path == "/reason",
    )


@router.get("/desk/codes/{record}")
def look(desk: DeskDep, record: int) -> Response:
    """One issue and how its codes stand."""
    require(desk)
    return _one(desk, record)


@router.post("/desk/codes/{record}")
def act(desk: DeskDep, record: int) -> Response:
    """Activate, give back, void: by ranges, by serials, or by a job of labels."""
    desk.actor.require("labels")
    desk.actor.require("sign and file")
    names = ("act", "which", "ranges", "serials", "job", "reason", "person")
    given = {name: desk.given(name).strip() for name in names}
    codes = desk.node.codes
    try:
        found = codes.issue(record)
        parts: Ranges
        if given["which"] == "serials":
            serials = given["serials"].replace(",", " ").upper().split()
            if not serials:
                raise Refused("no code is named", path="/serials")
            parts = codes.of_serials(record, serials)
        elif given["which"] == "job":
            if not given["job"]:
                raise Refused("choose one", path="/job")
            parts = of_job(desk.node, desk.actor.organisation, given["job"], record)
        elif given["which"] == "waiting":
            parts = found.waiting
        else:
            parts = read_ranges(given["ranges"], found.count)
        index = codes.act(
            desk.actor.caller, given["act"], record, parts, reason=given["reason"],
            person=given["person"], typed_by=desk.actor.uri,
        )  # fmt: skip
    except NotFound:
        raise
    except Refused as problem:
        if problem.path == "/ranges" and given["which"] in ("serials", "job"):
            problem.path = f"/{given['which']}"
        return _one(desk, record, problem, given)
    return desk.go(f"/desk/codes/{record}", desk.words(DONE[given["act"]], index=index))


def _one(
    desk: Desk,
    record: int,
    problem: SuyuanError | None = None,
    given: Mapping[str, str] | None = None,
) -> Response:
    issue, brands = desk.node.codes.issue(record), desk.node.brands
    if not sees_issue(desk.actor.viewer, brands, issue):
        raise NotFound("record {index} issued no codes", index=record)
    own = issue.owner == desk.actor.organisation
    names = {issue.owner, product_of(issue.lot) or issue.lot}
    called = Called(desk, names)
    jobs = desk.node.database.label_jobs.of_record(record) if own else []
    return desk.page(
        "codes_one.html",
        problem=problem,
        issue=issue,
        lot=number_of(issue.lot),
        lot_href=issue.lot,
        product=called(product_of(issue.lot) or issue.lot),
        owner=called(issue.owner),
        sums=sums([issue]),
        states=_states(desk, issue),
        ledger=href_of(issue.authorisation) if issue.authorisation else "",
        day=desk.words.day(local_day(issue.time, HERE)) if issue.time else "",
        signs=own and desk.actor.may("labels") and desk.actor.may("sign and file"),
        jobs=[
            (
                job.id,
                f"{job.first + 1}–{job.first + job.count} · {desk.words.moment(job.created_at)}",
            )
            for job in jobs
        ],
        given={"act": "activate", "which": "ranges", "person": desk.actor.name, **(given or {})},
    )


def _states(desk: Desk, issue: Issue) -> list[Any]:
    """Each state with its ranges as people read them."""
    words = desk.words
    rows = [
        (words("issued, not on a pack yet"), issue.waiting, "clock"),
        (words("active"), issue.active, "tick"),
        (words("given back unused"), issue.returned, "back"),
        (words("voided"), issue.voided, "stop"),
    ]
    return [
        SimpleNamespace(said=said, ranges=told(of[:40]), more=max(0, len(of) - 40), icon=icon,
                        count=sum(last - first + 1 for first, last in of))
        for said, of, icon in rows
    ]  # fmt: skip

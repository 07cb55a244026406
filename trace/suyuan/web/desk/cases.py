"""Reports from the public: for who answers, and for the authority over them."""

from __future__ import annotations

import json
from types import SimpleNamespace
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.cases import (
    KINDS,
    NEVER,
    OUTCOME_WORDS,
    OUTCOMES,
    STATE_WORDS,
    STATES,
    State,
    may_move,
)
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Refused, SuyuanError
from suyuan.core.story_values import local_day
from suyuan.flow.cases import Looker, Told
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.lots import href
from suyuan.web.desk.places import Place
from suyuan.web.desk.told import Called
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("cases", "/desk/cases", "cases", aside="lots")

PAGE = 50
DONE: dict[str, str] = {
    "looking": word("looked at"),
    "answered": word("answered"),
    "closed": word("closed"),
    "acted": word("hold or recall recorded"),
}


def looker_of(desk: Desk) -> Looker:
    """As whom this person sees cases; Forbidden for who sees none."""
    reach = desk.actor.require("cases")
    return Looker(desk.actor.organisation, desk.actor.county, reach == "area", desk.actor.name)


@router.get("/desk/cases")
def listed(desk: DeskDep) -> Response:
    """What is open first: all, or one state, or what is overdue."""
    looker = looker_of(desk)
    asked = desk.request.query_params
    state = asked.get("state", "")
    states: tuple[State, ...] = (state,) if state in STATES else ()
    overdue = asked.get("overdue") == "1"
    page = int(asked["page"]) if asked.get("page", "").isdecimal() and len(asked["page"]) < 6 else 1
    start = (max(page, 1) - 1) * PAGE
    count, found = desk.node.cases.list(
        looker, states=states, overdue=overdue, limit=PAGE, skip=start
    )
    called = Called(desk, {one.case.subject for one in found})
    kept = {**({"state": state} if states else {}), **({"overdue": "1"} if overdue else {})}
    return desk.page(
        "cases.html",
        rows=[_row(desk, one, called) for one in found],
        count=count,
        state=state if states else "",
        overdue=overdue,
        late=desk.node.cases.count_overdue(desk.node.cases.scope(looker)),
        states=[
            ("", desk.words("all")),
            *((one, desk.words.said(STATE_WORDS[one])) for one in STATES),
        ],
        area=looker.area,
        before=f"/desk/cases?{urlencode({**kept, 'page': page - 1})}" if page > 1 else "",
        after=f"/desk/cases?{urlencode({**kept, 'page': page + 1})}"
        if start + PAGE < count
        else "",
    )


def _row(desk: Desk, told: Told, called: Called) -> SimpleNamespace:
    case, words = told.case, desk.words
    return SimpleNamespace(
        number=case.number,
        lot=called(case.subject),
        kind=words.said(KINDS[case.kind]),
        state=words.said(STATE_WORDS[case.state]),
        outcome=words.said(OUTCOME_WORDS[case.outcome]) if case.outcome else "",
        at=words.moment(case.at),
        due=_day(desk, case.answer_by),
        overdue=told.overdue,
        open=case.state in ("received", "looking"),
        who=_organisation(desk, case.organisation),
    )


def _day(desk: Desk, time: str) -> str:
    if time == NEVER:
        return ""
    return desk.words.day(local_day(time, "+08:00"))


def _organisation(desk: Desk, organisation: str) -> str:
    known = desk.node.database.accounts.organisation(organisation)
    if known is None:
        return organisation
    return known.name_zh if desk.words.language == "zh" else known.name_en


@router.get("/desk/cases/{number}")
def one(desk: DeskDep, number: str) -> Response:
    return _page(desk, number)


def _page(desk: Desk, number: str, problem: SuyuanError | None = None) -> Response:
    looker = looker_of(desk)
    told = desk.node.cases.get(looker, number)
    case, words = told.case, desk.words
    called = Called(desk, {case.subject})
    scan = case.subject.removeprefix(CANONICAL_HOST)
    reason = words("A report from the public: {kind}",
                   kind=words.said(KINDS[case.kind]))  # fmt: skip
    start = {"of": case.subject, "case": case.number, "reason": reason}
    return desk.page(
        "case.html",
        problem=problem,
        case=case,
        row=_row(desk, told, called),
        text=told.text,
        reached=told.contact,
        photo="photo" in told.files,
        bundle="bundle" in told.files,
        receive_by=_day(desk, case.receive_by),
        lot=href(case.subject),
        page=f"/p{scan}{'/21/' + quote(case.serial, safe='') if case.serial else ''}",
        hold=f"/desk/recall?{urlencode({**start, 'act': 'hold'})}",
        recall=f"/desk/recall?{urlencode({**start, 'act': 'recall'})}",
        may_act=desk.actor.scope("lots") == "organisation" or desk.actor.may("inspect"),
        records=json.loads(case.records),
        moves=[one for one in STATES if may_move(case.state, one)],
        given={name: desk.given(name) for name in ("state", "answer", "outcome")},
        outcomes=[
            ("", words("choose")),
            *((one, words.said(OUTCOME_WORDS[one])) for one in OUTCOMES),
        ],
        history=[
            (words.moment(step["at"]), _organisation(desk, step["who"]), words(DONE[step["what"]]))
            for step in json.loads(case.history)
        ],
    )


@router.post("/desk/cases/{number}")
def act(desk: DeskDep, number: str) -> Response:
    """One step on; or the words deleted."""
    looker, cases = looker_of(desk), desk.node.cases
    try:
        if desk.given("do") == "erase":
            cases.erase(looker, number)
            return desk.go(
                f"/desk/cases/{number}", desk.words("Words, photo and bundle are deleted.")
            )
        cases.move(
            looker, number, desk.given("state"), answer=desk.given("answer"),
            outcome=desk.given("outcome"),
        )  # fmt: skip
    except Refused as problem:
        return _page(desk, number, problem)
    return desk.go(f"/desk/cases/{number}", desk.words("Saved. Who reported it sees it at once."))


@router.get("/desk/cases/{number}/photo")
def photo(desk: DeskDep, number: str) -> Response:
    """For who answers; never for the public."""
    found = desk.node.cases.file(looker_of(desk), number, "photo")
    return Response(found.body, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/desk/cases/{number}/bundle")
def bundle(desk: DeskDep, number: str) -> Response:
    """What everybody could have proved at the time of the report."""
    found = desk.node.cases.file(looker_of(desk), number, "bundle")
    name = f'attachment; filename="case-{found.case}.suyuan.json"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return Response(found.body, media_type="application/json", headers=headers)

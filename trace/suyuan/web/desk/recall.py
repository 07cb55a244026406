"""Hold, recall, release, drill: from where, what it reaches, and who answers for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path
from starlette.responses import Response

from suyuan.core.errors import Forbidden, NotFound, Refused, SuyuanError
from suyuan.core.lineage.act import ACTS, Act
from suyuan.core.story_values import Quantity
from suyuan.flow.cases import Looker
from suyuan.flow.recall import Reach, Scope
from suyuan.web.api.lineage import drilled, file_of, table_of
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.lots import amount, day_of, href
from suyuan.web.desk.overseen import overseen
from suyuan.web.desk.told import Called
from suyuan.web.notices import notice_of, notice_pdf
from suyuan.web.wording import number, word

router = APIRouter(tags=["pages"], include_in_schema=False)

MOST_ROWS = 200
"""Handings-over on the page; all are in the list."""
DONE: Mapping[Act, str] = {
    "hold": word("On hold from now on: record {index}."),
    "release": word("Released: record {index}."),
    "recall": word("Recalled: record {index}. The public pages say so from now on."),
    "lift": word("The recall is taken back: record {index}."),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form holds: as typed."""

    of: str = ""
    plot: str = ""
    since: str = ""
    until: str = ""
    act: str = "hold"
    person: str = ""
    reason: str = ""
    advice: str = ""
    organisation: str = ""
    """Of an authority's area: whose lots of a plot or of days are meant."""
    case: str = ""
    """Number of the report from the public that it ends (web/desk/cases.py)."""

    @property
    def scope(self) -> Scope:
        return Scope(tuple(self.of.split()), self.plot, self.since, self.until, self.organisation)

    @property
    def begun(self) -> bool:
        return bool(self.of or self.plot or self.since or self.until)

    @property
    def query(self) -> str:
        named = {"of": self.of, "plot": self.plot, "from": self.since, "to": self.until,
                 "organisation": self.organisation}  # fmt: skip
        return urlencode({name: value for name, value in named.items() if value})


def require(desk: Desk) -> None:
    """Whose lots they are, and the authority."""
    if not (desk.actor.scope("lots") == "organisation" or desk.actor.may("inspect")):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


@router.get("/desk/recall")
def page(desk: DeskDep) -> Response:
    """Where to start from; and, once that is said, what it reaches."""
    require(desk)
    given = desk.request.query_params
    asked = Asked(
        given.get("of", "").strip(), given.get("plot", ""), given.get("from", "").strip(),
        given.get("to", "").strip(), given.get("act", "hold"), desk.actor.name,
        given.get("reason", "")[:300], "", given.get("organisation", ""), given.get("case", "")[:40],
    )  # fmt: skip
    return _page(desk, asked)


@router.post("/desk/recall")
def act(desk: DeskDep) -> Response:
    """Record it, or drill it."""
    require(desk)
    desk.actor.require("sign and file")
    names = (
        "of", "plot", "from", "to", "act", "person", "reason", "advice", "organisation", "case",
    )  # fmt: skip
    asked = Asked(*(desk.given(name).strip() for name in names))
    recalling, actor = desk.node.recalling, desk.actor
    try:
        if asked.act == "drill":
            made, _ = recalling.drill(
                actor.viewer, actor.organisation, asked.scope, person=asked.person,
                files=lambda found: drilled(desk.node, actor.viewer, desk.words.language, found),
            )  # fmt: skip
            return desk.go(f"/desk/recall/drills/{made.id}")
        if asked.act not in ACTS:
            raise Refused("choose what shall be done", path="/act")
        chosen: Act = asked.act
        looker = Looker(
            actor.organisation, actor.county, actor.scope("cases") == "area", actor.name
        )
        if asked.case:
            actor.require("cases")
            desk.node.cases.get(looker, asked.case)
        roots = recalling.roots(actor.viewer, actor.organisation, asked.scope)
        if asked.case and chosen in ("hold", "recall"):
            desk.node.cases.concerned(looker, asked.case, roots)
        indices = recalling.act(
            actor.caller, chosen, roots, person=asked.person, reason=asked.reason,
            advice=asked.advice, typed_by=actor.uri,
        )  # fmt: skip
        if asked.case and chosen in ("hold", "recall"):
            desk.node.cases.ended_in(looker, asked.case, indices)
            return desk.go(f"/desk/cases/{asked.case}", desk.words(DONE[chosen], index=indices[0]))
    except Refused as problem:
        return _page(desk, asked, problem)
    said = desk.words(DONE[chosen], index=indices[0])
    where = href(roots[0]) if len(roots) == 1 else f"/desk/recall?{asked.query}&act={chosen}"
    return desk.go(where, said)


def _page(desk: Desk, asked: Asked, problem: SuyuanError | None = None) -> Response:
    found: Reach | None = None
    if asked.begun:
        try:
            found = _reach(desk, asked)
        except Refused as wrong:
            problem = problem or wrong
    for part in getattr(problem, "errors", [problem] if problem else []):
        if part.path.startswith("/things"):
            part.path = "/of"
    return desk.page(
        "recall.html",
        problem=problem,
        asked=asked,
        plots=[("", desk.words("choose")), *_plots(desk, asked.organisation)],
        choices=overseen(desk).choices,
        reach=_told(desk, found) if found is not None else None,
        query=asked.query,
        drills=[
            (f"/desk/recall/drills/{one.id}", desk.words.moment(one.at), one.person)
            for one in desk.node.recalling.drills.list(desk.actor.organisation, limit=5)
        ],
    )


def _plots(desk: Desk, chosen: str) -> list[tuple[str, str]]:
    """Of one's own organisation; of another one of the area once that is chosen."""
    if chosen and chosen not in overseen(desk).names:
        return []
    ground = desk.node.books.grounds.of(chosen or desk.actor.organisation)
    return sorted(
        ((uri, name) for name, uri in (ground.plots or {}).items()), key=lambda pair: pair[1]
    )


def _reach(desk: Desk, asked: Asked) -> Reach:
    recalling, actor = desk.node.recalling, desk.actor
    roots = recalling.roots(actor.viewer, actor.organisation, asked.scope)
    return recalling.reach(actor.viewer, roots)


@dataclass(frozen=True, slots=True)
class Told:
    """A reach as a page shows it."""

    counts: list[tuple[str, str]]
    roots: list[tuple[str, str]]
    stocks: list[tuple[str, int, str, int]]
    handed: list[SimpleNamespace]
    more: int
    parties: int
    hidden: int
    starts: int


def _told(desk: Desk, found: Reach, most: int = MOST_ROWS) -> Told:
    words = desk.words
    shown = found.recipients[:most]
    names = {one.thing for one in shown} | {one.party for one in shown}
    names |= {one.holder for one in found.stocks} | set(found.roots[:most])
    called = Called(desk, {one for one in names if one})
    handed = [
        SimpleNamespace(
            party=called(one.party) if one.party else words("nobody named"),
            thing=called(one.thing),
            href=href(one.thing),
            amount=amount(desk, one.amount, one.unit) or words("not said"),
            sold=one.sold,
            confirmed=one.confirmed,
            index=one.index,
            day=words.day(date.fromisoformat(day_of(one.time))),
        )
        for one in shown
    ]
    stocks = [
        (called(one.holder), one.things, _sums(desk, one.left or {}), one.unknown)
        for one in found.stocks
    ]
    return Told(
        [
            (words("Made from"), words.count(found.up, "One thing", "{n} things")),
            (words("Went into"), words.count(found.down, "One thing", "{n} things")),
            (words("Lots in all"), str(found.lots)),
            (words("Packs with a code"), str(found.packs)),
            (words("Times handed over"), words.count(len(found.recipients), "Once", "{n} times")),
        ],
        [(href(one), called(one)) for one in found.roots[:20]],
        stocks,
        handed,
        len(found.recipients) - len(shown),
        len({one.party for one in found.recipients if one.party}),
        found.hidden,
        len(found.roots),
    )


def _sums(desk: Desk, sums: Mapping[str, Decimal]) -> str:
    return " + ".join(
        desk.words.amount(Quantity(float(value), "H87" if unit == "C62" else unit))
        for unit, value in sorted(sums.items())
    )


@router.get("/desk/recall/customers.{form}")
def customers(desk: DeskDep, form: Annotated[Literal["csv", "xlsx"], Path()]) -> Response:
    """Who got what: for the owner and the authority."""
    require(desk)
    found = _reach(desk, _of_address(desk))
    made = table_of(desk.node, desk.actor.viewer, desk.words.language, found)
    return file_of(made, desk.words.language, form)


@router.get("/desk/recall/notice")
def notice(desk: DeskDep) -> Response:
    """One page to be printed and hung up: what, why, what to do, whom to ask."""
    require(desk)
    asked = _of_address(desk)
    found = _reach(desk, asked)
    return desk.page(
        "recall_notice.html",
        paper=notice_of(desk.node, desk.actor.viewer, desk.words, found),
        query=asked.query,
        address=f"/desk/recall?{asked.query}",
    )


@router.get("/desk/recall/notice.pdf")
def notice_file(desk: DeskDep) -> Response:
    """The same as a file, with a code that leads to the public page."""
    require(desk)
    found = _reach(desk, _of_address(desk))
    made = notice_pdf(desk.node, desk.actor.viewer, desk.words, found)
    head = {"Content-Disposition": 'attachment; filename="notice.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=head)


@router.get("/desk/recall/drills/{drill_id}")
def drill(desk: DeskDep, drill_id: str) -> Response:
    """The report of one drill."""
    require(desk)
    found = desk.node.recalling.drills.get(drill_id)
    if found is None or found.organisation != desk.actor.organisation:
        raise NotFound("there is no drill {id}", id=drill_id[:80])
    report = json.loads(found.report)
    by, of = report.get("by") or {}, report["scope"].get("organisation") or ""
    authority = by.get("organisation", "") if by.get("role") == "regulator" else ""
    called = Called(desk, {*report["roots"], report["scope"]["plot"], of, authority} - {""})
    return desk.page(
        "recall_drill.html",
        drill=found,
        at=desk.words.moment(found.at),
        seconds=[_took(desk, report["seconds"][part]) for part in ("all", "walk", "files")],
        report=json.loads(found.report, object_hook=lambda one: SimpleNamespace(**one)),
        roots=[called(one) for one in report["roots"][:20]],
        plot=called(report["scope"]["plot"]) if report["scope"]["plot"] else "",
        of=called(of) if of else "",
        authority=called(authority) if authority else "",
    )


def _took(desk: Desk, seconds: float) -> str:
    """As exactly as it matters: tenths below ten seconds, whole ones beyond."""
    if seconds < 0.1:
        return desk.words("less than 0.1 seconds")
    return desk.words("{n} seconds", n=number(round(seconds, 1 if seconds < 10 else 0)))


def _of_address(desk: Desk) -> Asked:
    given = desk.request.query_params
    return Asked(
        given.get("of", ""), given.get("plot", ""), given.get("from", ""), given.get("to", ""),
        organisation=given.get("organisation", ""),
    )  # fmt: skip

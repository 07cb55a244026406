"""Excel out: every list, the record book, and everything of an organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from suyuan.core.errors import Malformed, NotFound, SuyuanError
from suyuan.core.farm.fill import day_of_people
from suyuan.core.sheets.lists import Table, balance_table
from suyuan.core.story_values import Said
from suyuan.ports.books import DeedQuery
from suyuan.web.api.farm_exports import (
    XLSX,
    ZIP,
    book_bytes,
    headers,
    list_response,
    query_of,
    table_response,
)
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.drafts import told_draft, waiting
from suyuan.web.desk.member_list import members_table
from suyuan.web.desk.sheets import clerk
from suyuan.web.desk.telling import Naming
from suyuan.web.desk.told import Called
from suyuan.words import say

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk/export")
def exports(desk: DeskDep) -> Response:
    """What can be saved."""
    desk.actor.require("reports")
    clerk(desk, "reports")
    return _exports(desk, {})


def _exports(desk: Desk, asked: Mapping[str, str], problem: SuyuanError | None = None) -> Response:
    words = desk.words
    return desk.page(
        "export.html",
        problem=problem,
        asked={"year": "", "season": "", "plot": "", **asked},
        begun=bool(asked),
        seasons=_named(desk, "seasons"),
        plots=_named(desk, "plots"),
        may_season=desk.actor.may("seasons"),
        lists=[
            ("records", words("All records")),
            ("plots", words("Plots")),
            ("products", words("Products and inputs")),
            ("seasons", words("Seasons")),
            ("lots", words("Lots")),
            ("inputs", words("Inputs bought, used and returned")),
            ("balance", words("Balance of inputs, each holder by itself")),
            ("drafts", words("Drafts")),
            *([("members", words("Members"))] if desk.actor.may("members") else []),
        ],
    )


def _named(desk: Desk, power: Literal["seasons", "plots"]) -> list[tuple[str, str]]:
    """(id, name) of one's own seasons or plots, to choose among."""
    actor, node = desk.actor, desk.node
    if not actor.may(power):
        return []
    held = node.seasons.seen_by(actor) if power == "seasons" else node.plots.seen_by(actor)
    own = [one for one in held if one.owner == actor.organisation]
    naming = Naming(desk)
    naming.learn(one.id for one in own)
    return sorted(((one.id, naming(one.id)) for one in own), key=lambda p: p[1])


FIRST_YEAR = 1950
"""No book is older; as over HTTP (web.api.farm_exports)."""


@router.get("/desk/export/record-book.xlsx")
def record_book(desk: DeskDep) -> Response:
    clerk(desk, "reports")
    given = desk.request.query_params
    asked = {name: given.get(name, "").strip() for name in ("year", "season", "plot")}
    thing = [text for name in ("season", "plot") if (text := asked[name])]
    year = asked["year"]
    try:
        if year and not (year.isdecimal() and len(year) == 4 and int(year) >= FIRST_YEAR):
            raise Malformed("a year belongs here, for example 2026", path="/year")
        made = book_bytes(
            desk.node, desk.actor.caller, desk.words.language, None, thing,
            int(year) if year else None, desk.people if desk.actor.may("members") else None,
        )  # fmt: skip
    except (Malformed, NotFound) as problem:
        # An empty book is no missing page: where it was asked for, one sees what else there is.
        problem.path = problem.path or next((f"/{n}" for n, text in asked.items() if text), "")
        return _exports(desk, asked, problem)
    return Response(made, media_type=XLSX, headers=headers("生产记录.xlsx", "record-book.xlsx"))


@router.get("/desk/export/archive.zip")
def archive(desk: DeskDep) -> Response:
    clerk(desk, "reports")
    caller = desk.actor.caller
    parts = desk.node.archiving.stream(
        caller.viewer, caller.organisation, desk.node.clock.now(), say(desk.words.language)
    )
    return StreamingResponse(parts, media_type=ZIP, headers=headers("全部记录.zip", "archive.zip"))


@router.get("/desk/export/{name}")
def listed(desk: DeskDep, name: str) -> Response:
    clerk(desk, "reports")
    asked, caller = desk.request.query_params, desk.actor.caller
    query = query_of(caller, None, None, None, asked.get("from"), asked.get("to"), "")
    of, form = form_of(name)
    if of in _OWN:
        return table_response(_OWN[of](desk, query), desk.words.language, form)
    people = desk.people if desk.actor.may("members") else {}
    return list_response(
        desk.node, caller, desk.words.language, of, form, query, people,
        places=desk.actor.may("plots"),
    )  # fmt: skip


def form_of(name: str) -> tuple[str, Literal["csv", "xlsx"]]:
    """The list and the form that a file's name asks for."""
    of, _, form = name.partition(".")
    if form not in ("csv", "xlsx"):
        raise Malformed("{file} has to end in {endings}", file=name[:80], endings=".csv / .xlsx")
    return of, "csv" if form == "csv" else "xlsx"


def _balance(desk: Desk, query: DeedQuery) -> Table:
    """As the page of the stock shows it: on its day, of its holder."""
    asked = desk.request.query_params
    day, member = asked.get("day", "").strip(), asked.get("member", "each")
    until = day_of_people(day) if day else None
    if day and until is None:
        raise Malformed("{value} is no day; write it as 2026-09-17", path="/day", value=day[:40])
    lines = desk.node.balances.of(
        desk.actor.viewer, query.organisation, until=until, by_member=bool(member),
        member=member if member not in ("", "each") else None,
    )  # fmt: skip
    names = {line.item for line in lines} | {line.holder for line in lines}
    return balance_table(lines, Called(desk, names))


def _drafts(desk: Desk, query: DeedQuery) -> Table:
    naming = Naming(desk)
    rows = [
        [one.what, one.day, one.said, desk.words(", ").join(one.plots), one.who, one.changed]
        for one in (told_draft(desk, draft, naming) for draft in waiting(desk))
    ]
    return Table("drafts", Said("Drafts"), _DRAFTS, rows)


_DRAFTS = (
    Said("Kind of record"),
    Said("Day"),
    Said("What it says"),
    Said("Plots"),
    Said("Who did it"),
    Said("Changed on"),
)


_OWN: Mapping[str, Callable[[Desk, DeedQuery], Table]] = {
    "balance": _balance,
    "drafts": _drafts,
    "members": lambda desk, query: members_table(desk, query.organisation),
}
"""Lists that name persons as this reader may see them, or that are no records."""

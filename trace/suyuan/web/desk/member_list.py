"""The list of members as a table: out, and in again after a look."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from suyuan.core.errors import Forbidden, Malformed, Refused
from suyuan.core.people import details_of
from suyuan.core.sheets.lists import Cell, Table
from suyuan.core.sheets.members import Member
from suyuan.core.story_values import Said
from suyuan.core.strict_json import loads
from suyuan.flow.member_list import MOST, MemberList, Seen
from suyuan.web.desk.account import ROLE_WORDS
from suyuan.web.desk.deps import Desk, DeskDep

router = APIRouter(tags=["pages"], include_in_schema=False)
_SHOWN = 100
_HEADINGS = (
    Said("Name"),
    Said("Phone"),
    Said("Village"),
    Said("Role"),
    Said("Log-in"),
    Said("Stands for the person in records"),
)


def members_table(desk: Desk, organisation: str) -> Table:
    """Everybody of the register. Identity numbers are not shown anywhere, and not here either."""
    words = desk.words
    rows: list[list[Cell]] = [
        [
            one.details.name,
            one.details.phone,
            one.details.village,
            words(", ").join(
                words(ROLE_WORDS[role]) for role in sorted(one.person.roles_in(organisation))
            ),
            Said("disabled") if one.disabled else Said("logs in")
            if one.account or one.has_card else Said("no log-in"),
            one.uri,
        ]
        for one in desk.node.people.list(desk.actor, organisation)
    ]  # fmt: skip
    return Table("members", Said("Members"), _HEADINGS, rows)


@router.get("/desk/member-list")
def start(desk: DeskDep) -> Response:
    _clerk(desk)
    return _page(desk, None)


@router.post("/desk/member-list")
def sent(desk: DeskDep) -> Response:
    """Look at a file, or enter what was looked at."""
    _clerk(desk)
    lists = MemberList(desk.node.people)
    try:
        if desk.given("do") == "enter":
            count = lists.enter(desk.actor, _rows(desk.given("rows")))
            said = desk.words.count(
                count, "One person was entered into the register.",
                "{n} persons were entered into the register.",
            )  # fmt: skip
            return desk.go("/desk/members", said)
        file = desk.form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Malformed("choose a file first", path="/file")
        with file.file as opened:
            sheets = desk.node.importing.read(file.filename, opened.read())
        return _page(desk, lists.look(desk.actor, sheets))
    except Refused as problem:
        problem.path = "/file"
        return _page(desk, None, problem)


def _page(desk: Desk, seen: Seen | None, problem: Refused | None = None) -> Response:
    words = desk.words
    wrong = [
        words(
            "Sheet “{sheet}”, row {row}, column “{column}”: {text}",
            sheet=one.sheet, row=one.row, column=one.column or one.cell,
            text=desk.sentence(one.problem),
        )
        for one in (seen.wrong if seen else ())
    ]  # fmt: skip
    return desk.page(
        "member_list.html",
        problem=problem,
        seen=seen,
        wrong=wrong[:_SHOWN],
        rows=json.dumps([asdict(one.details) for one in seen.new], ensure_ascii=False)
        if seen and not wrong
        else "",
    )


def _rows(text: str) -> list[Member]:
    """What the page that was looked at carried, checked as if it had been typed."""
    try:
        given: Any = loads(text, max_depth=3)
    except (Malformed, UnicodeError):  # half a character can be typed by programs alone
        given = None
    if not isinstance(given, list) or not 0 < len(given) <= MOST:
        raise Malformed("choose a file first")
    found = []
    for number, one in enumerate(given):
        if not isinstance(one, dict) or not all(isinstance(v, str) for v in one.values()):
            raise Malformed("choose a file first")
        found.append(Member("", number, details_of(one)))
    return found


def _clerk(desk: Desk) -> None:
    if desk.actor.require("members") == "own":
        raise Forbidden("your role does not allow this; ask who gave you your log-in")

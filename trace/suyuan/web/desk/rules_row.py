"""One row of a table of rules: added, changed, or ended on a day, by a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Malformed, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.fill import day_of_people
from suyuan.core.rules.columns import COLUMNS, WORDS, cells_of
from suyuan.core.rules.table_sheet import check_row, row_of
from suyuan.core.story_values import day_of
from suyuan.flow.rulebook import Edition
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.rules import (
    administrator,
    file_table,
    gone,
    lacking_edition,
    line_of,
    newest,
    rows_of,
    title_of,
)
from suyuan.web.desk.telling import today

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk/rules/{table}/row")
def row_page(desk: DeskDep, table: str) -> Response:
    """A form for one row: a new one, or one that is there, by its number."""
    administrator(desk)
    held = newest(desk, table)
    number = _number(held, desk.request.query_params.get("row", ""))
    row = rows_of(held)[number] if number is not None else {}
    given = cells_of(table, row, desk.words.language)
    return _form(desk, table, held, number, {**given, "edition_of": today(desk).isoformat()})


@router.post("/desk/rules/{table}/row")
def row_sent(desk: DeskDep, table: str) -> Response:
    """Sign and file the table with this row in it, changed or ended."""
    caller, held = administrator(desk), newest(desk, table)
    names = [f"cell-{one.name}" for one in COLUMNS[table]]
    given = {name.removeprefix("cell-"): desk.given(name).strip() for name in names}
    given |= {name: desk.given(name).strip() for name in ("edition_of", "day", "edition_end")}
    number = _number(held, desk.given("row"))
    try:
        ends = number is not None and desk.given("do") == "end"
        if ends and number is not None:
            made, problems = _ended(rows_of(held)[number], given["day"])
        else:
            made, problems = row_of(table, given)
            lacking = {one.path for one in problems}
            problems += [one for one in check_row(table, made) if one.path not in lacking]
            # An edition of the source and one of the table are two fields of this page.
            problems = [one.at("cell-") for one in problems]
        edition = given["edition_end" if ends else "edition_of"]
        problems += lacking_edition(edition, "edition_end" if ends else "edition_of")
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        rows = [dict(row) for row in rows_of(held)]
        _new_here(rows, number, made)
        rows = [*rows, made] if number is None else [*rows[:number], made, *rows[number + 1 :]]
        index = file_table(desk, caller, table, held, rows, edition, desk.given("of"))
    except Refused as problem:
        return _form(desk, table, held, number, given, problem)
    return gone(desk, table, index)


def _number(held: Edition, text: str) -> int | None:
    """A row by its number in the table; None for a new one."""
    if not text:
        return None
    if not text.isdecimal() or len(text) > 6 or int(text) >= len(rows_of(held)):
        raise NotFound("there is no such row in this table any more")
    return int(text)


def _ended(row: Mapping[str, Any], text: str) -> tuple[dict[str, Any], list[SuyuanError]]:
    """The row with its last day."""
    day = day_of_people(text)
    since = day_of(row.get("from"))
    if day is None:
        return dict(row), [
            Malformed("{value} is no day; write it as 2026-09-17", path="day", value=text[:40])
            if text
            else Refused("say which day is its last", path="day")
        ]
    if since is not None and day < since:
        return dict(row), [Malformed("this row ends before it begins", path="day")]
    return {**row, "to": day.isoformat()}, []


def _new_here(rows: Sequence[Mapping[str, Any]], number: int | None, made: object) -> None:
    """A row that says something new; Refused otherwise."""
    if number is not None and rows[number] == made:
        raise Refused("this row says what it said before; nothing was recorded")
    if made in rows:
        raise Refused("such a row is in the table already; nothing was recorded")


def _form(
    desk: Desk,
    table: str,
    held: Edition,
    number: int | None,
    given: Mapping[str, str],
    problem: Refused | None = None,
) -> Response:
    words, tongue = desk.words, desk.words.language
    fields = []
    for one in COLUMNS[table]:
        choices = []
        if one.kind == "word" and table == "thresholds":
            choices = [("", words("choose")),
                       *((words.name(n), words.name(n)) for n in WORDS[table].values())]  # fmt: skip
        example = words.name(one.example)
        fields.append((f"cell-{one.name}", one, words.name(one.names), given.get(one.name, ""),
                       example, choices))  # fmt: skip
    line = line_of(desk, table, number, rows_of(held)[number]) if number is not None else None
    return desk.page(
        "rules_row.html",
        problem=problem,
        table=table,
        title=title_of(desk, held),
        held=held,
        of=desk.given("of") or held.digest,
        number=number,
        line=line,
        called=next(iter(line.cells.values()), "") if line else "",
        fields=fields,
        edition_of=given.get("edition_of", ""),
        day=given.get("day") or today(desk).isoformat(),
        edition_end=given.get("edition_end") or today(desk).isoformat(),
        tongue=tongue,
    )

"""Tables of rules: all of them, one as a list, its editions.

Everybody at the desk may read them; a change is the administrator's, and one record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, Refused, SuyuanError
from suyuan.core.rules.changes import Changes, changes
from suyuan.core.rules.check import TABLE, TABLES
from suyuan.core.rules.columns import COLUMNS, Column, cells_of
from suyuan.core.sheets.lists import Table
from suyuan.core.story_values import Said, day_of, names_of
from suyuan.flow.accounts import Caller
from suyuan.flow.rulebook import Edition
from suyuan.web.api.farm_exports import table_response
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.sheets_out import form_of
from suyuan.web.desk.telling import BEIJING, today
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("rules", "/desk/rules", "tables")
SHOWN = 200
"""Rows of one page of a table."""
DECIDES: Mapping[str, str] = {
    "bans": word("Which ingredients may not be used, on which crops, since when"),
    "limits": word("How much of an ingredient may be found in a tested product"),
    "quotas": word("How much of an input a crop may be given per mu"),
    "editions": word("Which edition of a standard a test has to be judged by"),
    "certificates": word("Of what a certificate of compliance is due, and what it promises"),
    "thresholds": word("From which figure on this node warns or blocks"),
    "counties": word("Which codes stand for the same county, and how it is called"),
}
STATES: Mapping[str, str] = {
    "": word("All rows"),
    "now": word("In force"),
    "later": word("Still to come"),
    "ended": word("Ended"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row as its page shows it."""

    number: int
    cells: dict[str, str]
    state: str
    until: date | None


@router.get("/desk/rules")
def start(desk: DeskDep) -> Response:
    """Every table: what it decides, and since when it stands as it does."""
    day = today(desk)
    by_name = {str(one.document.get("table")): one for one in desk.node.rulebook.all(TABLE)}
    return desk.page(
        "rules.html",
        tables=[
            {
                "name": name,
                "title": title_of(desk, one),
                "decides": desk.words(DECIDES[name]),
                "edition": str(one.document.get("edition", "")),
                "rows": len(rows_of(one)),
                "now": sum(state_of(row, day) == "now" for row in rows_of(one)),
                "since": recorded_on(one),
                "index": one.index,
                "sources": _sources(desk, one),
            }
            for name in DECIDES
            if (one := by_name.get(name)) is not None
        ],
        may_change=desk.actor.may("tables"),
    )


@router.get("/desk/rules/{table}")
def one_table(desk: DeskDep, table: str) -> Response:
    """One table as a list; an earlier edition of it by ``of``, its digest."""
    asked = desk.request.query_params
    editions = history(desk, table)
    shown = next((one for one in editions if one.digest == asked.get("of")), editions[0])
    lines = [line_of(desk, table, n, row) for n, row in enumerate(rows_of(shown))]
    found, state = asked.get("q", "").strip(), asked.get("state", "")
    fitting = [one for one in lines if _fits(one, found, state)]
    at = int(given) if (given := asked.get("at", "")).isdecimal() and len(given) < 7 else 0
    used = {name for one in lines for name in one.cells}
    more = {"q": found, "state": state, "of": asked.get("of", ""), "at": str(at + SHOWN)}
    return desk.page(
        "rules_table.html",
        table=table,
        title=title_of(desk, shown),
        decides=desk.words(DECIDES[table]),
        shown=shown,
        edition=str(shown.document.get("edition", "")),
        since=recorded_on(shown),
        newest=shown is editions[0],
        columns=[
            (one.name, _called(desk, one), one.kind)
            for one in COLUMNS[table]
            if one.name in used and _read_here(one, desk.words.language, used)
        ],
        lines=fitting[at : at + SHOWN],
        count=len(fitting),
        all_rows=len(lines),
        asked={"q": found, "state": state},
        states=[(name, desk.words(said)) for name, said in STATES.items()],
        next=f"?{urlencode({k: v for k, v in more.items() if v})}"
        if at + SHOWN < len(fitting)
        else "",
        editions=_told_editions(desk, table, editions) if not at else [],
        may_change=desk.actor.may("tables") and shown is editions[0],
    )


@router.get("/desk/rules/{table}/save/{file}")
def save(desk: DeskDep, table: str, file: str) -> Response:
    """The table in force as a sheet, which is read in again as it is."""
    held = newest(desk, table)
    _, form = form_of(file)
    columns, rows = COLUMNS[table], rows_of(held)
    cells = [cells_of(table, row, desk.words.language) for row in rows]
    made = Table(
        table,
        Said(title_of(desk, held)),
        [Said(desk.words.name(one.names)) for one in columns],
        [[one.get(column.name) for column in columns] for one in cells],
    )
    return table_response(made, desk.words.language, form)


def file_table(
    desk: Desk,
    caller: Caller,
    table: str,
    held: Edition,
    rows: Sequence[Mapping[str, Any]],
    edition: str,
    instead_of: str,
) -> int:
    """Record the table with these rows in place of the edition that was looked at; its index."""
    made = {
        **held.document, "table": table, "edition": edition, "rows": list(rows),
        "suyuan:recordedBy": desk.actor.uri,
    }  # fmt: skip
    index = desk.node.rulebook.replace_table(caller, made, instead_of=instead_of)
    assert index is not None
    return index


def gone(desk: Desk, table: str, index: int) -> Response:
    """To the table as it is now, with what was recorded on top of it."""
    said = desk.words("Signed and filed as record {index}; the table is in force as it stands here.",
                      index=index)  # fmt: skip
    return desk.go(f"/desk/rules/{table}", said)


def lacking_edition(text: str, path: str) -> list[SuyuanError]:
    if not text:
        return [Refused("say which edition of the table this is, for example 2026-11-26",
                        path=path)]  # fmt: skip
    if len(text) > 100:
        return [Refused("this text is too long: {most} characters at most", path=path, most=100)]
    return []


def administrator(desk: Desk) -> Caller:
    """The administrator's own word, whatever other roles the person has; Forbidden for others."""
    desk.actor.require("tables")
    known = desk.actor.caller
    return Caller(known.organisation, "administrator", known.county, known.token)


def history(desk: Desk, table: str) -> list[Edition]:
    """Every edition, the newest first; NotFound for a table that there is not."""
    if table not in TABLES:
        raise NotFound("there is no table or template {id}", id=table[:80])
    return desk.node.rulebook.history(table)


def newest(desk: Desk, table: str) -> Edition:
    return history(desk, table)[0]


def rows_of(one: Edition) -> list[Mapping[str, Any]]:
    return [row for row in one.document.get("rows") or () if isinstance(row, Mapping)]


def title_of(desk: Desk, one: Edition) -> str:
    return desk.words.name(names_of(one.document.get("name")), str(one.document.get("table")))


def recorded_on(one: Edition) -> date | None:
    """The day on which it was recorded; None for what the node began with."""
    if one.record_time is None:
        return None
    return datetime.fromisoformat(one.record_time).astimezone(BEIJING).date()


def state_of(row: Mapping[str, Any], day: date) -> str:
    since, until = day_of(row.get("from")), day_of(row.get("to"))
    if until is not None and until < day:
        return "ended"
    return "later" if since is not None and since > day else "now"


def counted(found: Changes) -> dict[str, int]:
    """How many rows of each kind of change."""
    return {
        "added": len(found.added),
        "changed": len(found.changed),
        "ended": len(found.ended),
        "gone": len(found.gone),
    }


def line_of(desk: Desk, table: str, number: int, row: Mapping[str, Any]) -> Line:
    cells = cells_of(table, row, desk.words.language)
    return Line(number, cells, state_of(row, today(desk)), day_of(row.get("to")))


def _fits(one: Line, words: str, state: str) -> bool:
    if state and one.state != state:
        return False
    everything = " ".join(one.cells.values()).casefold()
    return all(part in everything for part in words.casefold().split())


def _read_here(one: Column, tongue: str, used: set[str]) -> bool:
    """Of what a table says in both languages, the reader's, unless it says it in the other alone."""
    if one.tongue is not None:
        return one.tongue == tongue or f"{one.member}_{tongue}" not in used
    other = f"{one.name}En" if tongue == "en" else one.name.removesuffix("En")
    return other == one.name or other not in used


def _called(desk: Desk, one: Column) -> str:
    """A heading of a list that says everything in the reader's language: without which that is."""
    name = desk.words.name(one.names)
    return name.partition("（")[0].partition(" (")[0]


def _sources(desk: Desk, one: Edition) -> list[str]:
    said = (names_of(row.get("source")) for row in rows_of(one))
    return list(dict.fromkeys(desk.words.name(names) for names in said if names is not None))


def _told_editions(desk: Desk, table: str, editions: Sequence[Edition]) -> list[dict[str, Any]]:
    found = []
    for place, one in enumerate(editions):
        before = editions[place + 1] if place + 1 < len(editions) else None
        found.append(
            {
                "edition": str(one.document.get("edition", "")),
                "digest": one.digest,
                "rows": len(rows_of(one)),
                "since": recorded_on(one),
                "index": one.index,
                "counts": counted(changes(table, rows_of(before), rows_of(one)))
                if before is not None
                else None,
            }
        )
    return found

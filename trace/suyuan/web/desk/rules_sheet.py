"""A table of rules read in from a sheet: looked at first, signed and filed whole or not at all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Malformed, Many, Refused, SuyuanError
from suyuan.core.rules.changes import changes
from suyuan.core.rules.columns import COLUMNS, cells_of
from suyuan.core.rules.table_sheet import Read, check_row, read_rows
from suyuan.core.strict_json import loads
from suyuan.flow.rulebook import Edition
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.rules import (
    administrator,
    counted,
    file_table,
    gone,
    lacking_edition,
    newest,
    rows_of,
    title_of,
)
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
_MOST_WRONG = 100
_MOST_ROWS = 50
"""Rows of each kind of change that are shown."""
_MOST_BYTES = 20_000_000
"""Of the rows that a page carries from the look to the filing."""
KINDS: Mapping[str, str] = {
    "added": word("Added"),
    "changed": word("Changed"),
    "ended": word("Ended"),
    "gone": word("Taken out"),
}


@router.get("/desk/rules/{table}/sheet")
def start(desk: DeskDep, table: str) -> Response:
    administrator(desk)
    return _page(desk, table, newest(desk, table), {})


@router.post("/desk/rules/{table}/sheet")
def sent(desk: DeskDep, table: str) -> Response:
    """Look at a sheet, or file what was looked at."""
    caller, held = administrator(desk), newest(desk, table)
    given = {n: desk.given(n).strip() for n in ("edition", "source_zh", "source_en")}
    try:
        if desk.given("do") == "file":
            rows = _unpacked(table, desk.given("rows"))
            index = file_table(desk, caller, table, held, rows, given["edition"], desk.given("of"))
            return gone(desk, table, index)
    except Refused as problem:
        return _page(desk, table, held, given, problem)
    return _page(desk, table, held, given, *_read(desk, table, given))


def _read(
    desk: Desk, table: str, given: Mapping[str, str]
) -> tuple[SuyuanError | None, Read | None]:
    """What is missing in the form itself, and the rows of the file with all that is wrong there."""
    problems: list[SuyuanError] = lacking_edition(given["edition"], "edition")
    source = {
        tongue: given[f"source_{tongue}"] for tongue in ("zh", "en") if given[f"source_{tongue}"]
    }
    read: Read | None = None
    file = desk.form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        with file.file as opened:
            data = opened.read()
        try:
            read = read_rows(table, desk.node.importing.read(file.filename, data), source)
        except Refused as problem:
            problem.path = "file"
            problems.append(problem)
    else:
        problems.append(Malformed("choose a file first", path="file"))
    if read is not None and not source and not all(row.get("source") for row in read.rows):
        # Said once at its field, and not of every row.
        problems.append(
            Refused("some rows name no source of their own: say here who says so", path="source_zh")
        )
        read.wrong = [one for one in read.wrong if one.problem.path != "source_zh"]
    if not problems:
        return None, read
    return problems[0] if len(problems) == 1 else Many(problems), read


def _page(
    desk: Desk,
    table: str,
    held: Edition,
    given: Mapping[str, str],
    problem: SuyuanError | None = None,
    seen: Read | None = None,
) -> Response:
    words, tongue = desk.words, desk.words.language
    whole = seen is not None and not seen.wrong and problem is None
    found = changes(table, rows_of(held), seen.rows) if seen and whole else None
    groups: list[dict[str, Any]] = []
    for kind, said in KINDS.items() if found else ():
        every: Any = getattr(found, kind)
        pairs = [
            (row if isinstance(row, tuple) else (row, None) if kind == "gone" else (None, row))
            for row in every[:_MOST_ROWS]
        ]
        if pairs:
            groups.append(
                {
                    "kind": kind,
                    "said": words(said),
                    "count": len(every),
                    "rows": [_told(desk, table, *pair) for pair in pairs],
                }
            )
    wrong = [
        words(
            "Row {row}, column “{column}”: {text}" if one.column else "Row {row}: {text}",
            row=one.row, column=one.column, text=desk.sentence(one.problem),
        )
        for one in (seen.wrong if seen else ())
    ]  # fmt: skip
    return desk.page(
        "rules_sheet.html",
        status=422 if wrong else 200,
        problem=problem,
        table=table,
        title=title_of(desk, held),
        of=held.digest,
        given={n: given.get(n, "") for n in ("edition", "source_zh", "source_en")},
        seen=seen,
        found=found,
        counts=counted(found) if found else {},
        groups=groups,
        wrong=wrong[:_MOST_WRONG],
        wrong_count=len(wrong),
        rows=_packed(seen.rows) if seen and found else "",
        columns=[words.name(one.names) for one in COLUMNS[table]],
        tongue=tongue,
    )


def _told(
    desk: Desk, table: str, was: Mapping[str, Any] | None, now: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A row, and of one that is otherwise what it said before."""
    tongue = desk.words.language
    before = cells_of(table, was, tongue) if was is not None else {}
    after = cells_of(table, now, tongue) if now is not None else before
    said = [
        (
            desk.words.name(one.names),
            after.get(one.name, ""),
            before.get(one.name, ""),
            was is not None and now is not None and before.get(one.name) != after.get(one.name),
        )
        for one in COLUMNS[table]
        if one.name in after or one.name in before
    ]
    return {"called": said[0][1] or said[0][2], "cells": said[1:]}


def _packed(rows: list[dict[str, Any]]) -> str:
    """Rows as a page carries them: they say the same sources again and again."""
    return b64url(zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), 9))


def _unpacked(table: str, text: str) -> list[dict[str, Any]]:
    """What the page that was looked at carried, checked as if it had been sent now."""
    lost = Malformed("choose a file first", path="file")
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(unb64url(text), _MOST_BYTES)
        if unpacking.unconsumed_tail:
            raise lost
        rows: Any = loads(data, max_depth=5)
    except (Malformed, zlib.error, ValueError):
        raise lost from None
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise lost
    if any(check_row(table, row) for row in rows):
        raise lost
    return rows

"""Excel in and out: a file is looked at before it is filed; lists and the record book are saved."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response, StreamingResponse

from suyuan.core.errors import Forbidden, Malformed, Refused
from suyuan.core.farm.form import Form
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import targets
from suyuan.core.sheets.plan import column_names
from suyuan.core.story_values import Said
from suyuan.flow.importing import Look, Preview, Way
from suyuan.ports.accounts import Job
from suyuan.ports.imports import Import
from suyuan.web.api.farm_exports import (
    XLSX,
    ZIP,
    book_bytes,
    headers,
    list_response,
    query_of,
)
from suyuan.web.cells import told
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.wording import word
from suyuan.words import say

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("sheets", "/desk/import", "record")

_PARTS = {
    "item": word("what it is"),
    "lot": word("lot number"),
    "amount": word("how much"),
    "unit": word("unit"),
}
_SHOWN = 100


@router.get("/desk/import")
def start(desk: DeskDep) -> Response:
    """Choose a file; those that wait or were filed lately."""
    _clerk(desk)
    return _start(desk)


def _start(desk: Desk, problem: Refused | None = None) -> Response:
    uploads = desk.node.importing.uploads(desk.actor.caller)
    return desk.page(
        "import.html",
        problem=problem,
        uploads=[(one, json.loads(one.outcome)) for one in uploads[:10]],
    )


@router.post("/desk/import")
def upload(desk: DeskDep) -> Response:
    _clerk(desk)
    file = desk.form.get("file")
    data = b""
    if isinstance(file, UploadFile):
        with file.file as opened:
            data = opened.read()
    if not isinstance(file, UploadFile) or not file.filename:
        return _start(desk, Malformed("choose a file first", path="/file"))
    try:
        made = desk.node.importing.open(desk.actor.caller, file.filename, data)
    except Refused as problem:
        problem.path = "/file"
        return _start(desk, problem)
    return desk.go(f"/desk/import/{made.id}")


@router.get("/desk/import/{import_id}")
def look(desk: DeskDep, import_id: str) -> Response:
    """How it would be filed, how far that is, or what became of it."""
    _clerk(desk)
    importing = desk.node.importing
    found = importing.get(desk.actor.caller, import_id)
    if found.job is not None:
        job = desk.node.jobs.get(desk.actor.caller, found.job)
        if job.state != "failed":
            return _filed(desk, found, job)
    if not found.body:
        return _filed(desk, found, None)
    return _preview(desk, found, importing.preview(desk.actor.caller, import_id))


@router.post("/desk/import/{import_id}")
def choose(desk: DeskDep, import_id: str) -> Response:
    """Look again by what was chosen, or file it so."""
    _clerk(desk)
    importing, caller = desk.node.importing, desk.actor.caller
    found = importing.get(caller, import_id)
    what = desk.given("do")
    if what == "drop":
        importing.drop(caller, import_id)
        return desk.go("/desk/import", desk.words("The file is thrown away; nothing was recorded."))
    try:
        seen = importing.preview(
            caller, import_id, _choices(desk, importing.preview(caller, import_id))
        )
        if what == "look" or seen.count:
            return _preview(desk, importing.get(caller, import_id), seen)
        way: Way = "drafts" if what == "drafts" else "records"
        if way == "records":
            desk.actor.require("sign and file")
        filed = importing.file(caller, import_id, way, mark=desk.actor.attributed)
    except Forbidden:
        raise
    except Refused as problem:
        seen = importing.preview(caller, import_id)
        return _preview(desk, found, seen, problem)
    return desk.go(f"/desk/import/{filed.id}")


def _choices(desk: Desk, seen: Preview) -> dict[str, dict[str, Any]]:
    """What the form says of each sheet; a sheet whose kind was changed is guessed anew."""
    choices: dict[str, dict[str, Any]] = {}
    for number, sheet in enumerate(seen.sheets):
        kind = desk.given(f"kind-{number}") or None
        document: dict[str, Any] = {
            "kind": kind,
            "newNames": bool(desk.given(f"new-{number}")),
            "skipRepeats": bool(desk.given(f"repeats-{number}")),
        }
        if kind == sheet.plan.kind and kind is not None:
            document["columns"] = {
                name: desk.given(f"to-{number}-{column}")
                for column, name in enumerate(column_names(sheet.headings))
            }
            season = desk.given(f"season-{number}").strip()
            fixed = {n: text for n, text in sheet.plan.fixed.items() if n != "season"}
            document["set"] = {**fixed, "season": season} if season else fixed
        choices[sheet.title] = document
    return choices


def _preview(desk: Desk, found: Import, seen: Preview, problem: Refused | None = None) -> Response:
    words = desk.words
    return desk.page(
        "import_look.html",
        problem=problem,
        found=found,
        seen=seen,
        sheets=[_sheet(desk, one) for one in seen.sheets],
        wrong=[told(one, words) for one in seen.problems[:_SHOWN]],
        blocked=[told(one, words) for one in seen.blocked[:_SHOWN]],
        notices=[told(one, words) for one in seen.notices[:20]],
        kinds=[("", words("Leave this sheet out")),
               *((name, words(form.label.template)) for name, form in KINDS.items())],
        may_file=desk.actor.may("sign and file"),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet as its page shows it."""

    look: Look
    columns: list[tuple[str, str, str]]
    """Heading, an example, and where it goes."""
    options: list[tuple[str, str]]
    first: list[tuple[int, list[tuple[str, str]]]]
    season: str
    asks_season: bool
    unknown: list[str]


def _sheet(desk: Desk, one: Look) -> Shown:
    words, form = desk.words, KINDS.get(one.plan.kind or "")
    columns = [
        (name, sample, target or "")
        for name, sample, target in zip(
            column_names(one.headings),
            one.samples or ("",) * len(one.headings),
            one.plan.columns or (None,) * len(one.headings),
            strict=False,
        )
    ]
    first = [
        (
            shown.row,
            [
                (
                    words(line.label.template),
                    words(line.text.template) if isinstance(line.text, Said) else line.text,
                )
                for line in shown.lines
            ],
        )
        for shown in one.first[:5]
    ]
    return Shown(
        one,
        columns,
        _options(desk, form) if form else [],
        first,
        one.plan.fixed.get("season", ""),
        form is not None and form.field("season") is not None and "season" not in one.plan.columns,
        [name for name, _ in one.unknown.most_common(20)],
    )


def _options(desk: Desk, form: Form) -> list[tuple[str, str]]:
    found = [("", desk.words("not taken"))]
    for target, one in targets(form):
        label, part = desk.words(one.label.template), target.partition(".")[2]
        if one.type == "items" and not part:
            continue  # a cell with name and amount together is rare: guessed, or set over the API
        found.append((target, f"{label} · {desk.words(_PARTS[part])}" if part else label))
    return found


def _filed(desk: Desk, found: Import, job: Job | None) -> Response:
    outcome = json.loads(found.outcome)
    running = job is not None and job.state in ("queued", "running")
    return desk.page("import_filed.html", found=found, outcome=outcome, job=job, running=running)


@router.get("/desk/export")
def exports(desk: DeskDep) -> Response:
    """What can be saved."""
    desk.actor.require("reports")
    _clerk(desk, "reports")
    words = desk.words
    return desk.page(
        "export.html",
        lists=[
            ("records", words("All records")),
            ("plots", words("Plots")),
            ("products", words("Products and inputs")),
            ("lots", words("Lots")),
            ("inputs", words("Inputs bought, used and returned")),
        ],
    )


@router.get("/desk/export/record-book.xlsx")
def record_book(desk: DeskDep) -> Response:
    _clerk(desk, "reports")
    asked = desk.request.query_params
    thing = [text for name in ("season", "plot") if (text := asked.get(name, "").strip())]
    year = asked.get("year", "").strip()
    if year and not year.isdigit():
        raise Malformed("a year belongs here, for example 2026", path="/year")
    made = book_bytes(
        desk.node, desk.actor.caller, desk.words.language, None, _ids(desk, thing),
        int(year) if year else None,
    )  # fmt: skip
    return Response(made, media_type=XLSX, headers=headers("生产记录.xlsx", "record-book.xlsx"))


@router.get("/desk/export/archive.zip")
def archive(desk: DeskDep) -> Response:
    _clerk(desk, "reports")
    caller = desk.actor.caller
    parts = desk.node.archiving.stream(
        caller.viewer, caller.organisation, desk.node.clock.now(), say(desk.words.language)
    )
    return StreamingResponse(parts, media_type=ZIP, headers=headers("全部记录.zip", "archive.zip"))


@router.get("/desk/export/{name}")
def listed(desk: DeskDep, name: str) -> Response:
    _clerk(desk, "reports")
    asked, caller = desk.request.query_params, desk.actor.caller
    query = query_of(caller, None, None, None, asked.get("from"), asked.get("to"), "")
    of, _, form = name.partition(".")
    if form not in ("csv", "xlsx"):
        raise Malformed("{file} has to end in {endings}", file=name[:80], endings=".csv / .xlsx")
    return list_response(
        desk.node, caller, desk.words.language, of, "csv" if form == "csv" else "xlsx", query
    )


def _ids(desk: Desk, things: list[str]) -> list[str]:
    """Names of plots and seasons as people type them."""
    ground = desk.node.books.grounds.of(desk.actor.organisation)
    base = desk.node.settings.uri_base
    return [
        (ground.plots or {}).get(text) or (text if ":" in text else f"{base}season/{text}")
        for text in things
    ]


def _clerk(desk: Desk, power: str = "record") -> None:
    """Tables are of the whole organisation: who keeps only his or her own records has no use of them."""
    reach = desk.actor.require("reports" if power == "reports" else "record")
    if reach == "own":
        raise Forbidden("this is for who keeps the books of the whole organisation")

"""Excel in: a file is looked at before it is filed, row by row where a rule blocks one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.responses import Response

from suyuan.core.errors import Blocked, Forbidden, Malformed, Refused
from suyuan.core.farm.form import Form
from suyuan.core.rules.finding import Finding
from suyuan.core.sheets.masters import KINDS
from suyuan.core.sheets.names import targets
from suyuan.core.sheets.plan import column_names
from suyuan.core.story_values import Said
from suyuan.flow.importing import Look, Preview, Trouble, Way
from suyuan.ports.accounts import Job
from suyuan.ports.imports import Import
from suyuan.web.cells import told
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.telling import moment_of
from suyuan.web.desk.telling import told as told_findings
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("sheets", "/desk/import", "record", also=("/desk/export",))

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
    clerk(desk)
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
    clerk(desk)
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
    clerk(desk)
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
    clerk(desk)
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
        if what == "look" or seen.count or (what != "drafts" and seen.blocked):
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
        headless = bool(desk.given(f"headless-{number}"))
        if headless:
            document["headings"] = list(sheet.headings) if sheet.headless else []
        if kind == sheet.plan.kind and kind is not None and headless == sheet.headless:
            document["columns"] = {
                name: desk.given(f"to-{number}-{column}")
                for column, name in enumerate(column_names(sheet.headings))
            }
            season = desk.given(f"season-{number}").strip()
            fixed = {n: text for n, text in sheet.plan.fixed.items() if n != "season"}
            document["set"] = {**fixed, "season": season} if season else fixed
            document["words"] = _meanings(desk, number, sheet)
            document["leaveOut"] = sorted(
                {int(row) for row in desk.form.getlist(f"out-{number}")
                 if isinstance(row, str) and row.isdecimal() and len(row) < 8}
            )  # fmt: skip
            document["overrides"] = _reasons(desk, seen, sheet.title)
        choices[sheet.title] = document
    return choices


def _meanings(desk: Desk, number: int, sheet: Look) -> dict[str, str]:
    """What the form says that words of a sheet mean; one left empty means itself again. The form says
    which words: others may be strange by now."""
    found = dict(sheet.plan.words)
    for at, name in enumerate(desk.form.getlist(f"word-{number}")):
        if not isinstance(name, str):
            continue
        if meant := desk.given(f"means-{number}-{at}").strip():
            found[name] = meant
        else:
            found.pop(name, None)
    return found


def _strange(sheet: Look) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Words of a sheet and what they are taken for: those that somebody explained, then those that
    nobody knows here; and of those that several things are called, each of these to choose from."""
    known = list(sheet.plan.words.items())
    asked = [*sheet.units.most_common(20), *sheet.unknown.most_common(20)]
    known += [(name, "") for name, _ in asked if name not in sheet.plan.words]
    several = [
        (name, "", [("", "—"), *((one, one) for one in labels)])
        for name, labels in list(sheet.several.items())[:20]
    ]
    return [*several, *((name, meant, []) for name, meant in known)]


def _reasons(desk: Desk, seen: Preview, title: str) -> list[dict[str, Any]]:
    """The reasons that were given for rows of a sheet: its own, else the one for all."""
    person, common = desk.given("answers").strip(), desk.given("reason-all").strip()
    # The form says for which row and rule: others may stand against it by now.
    given: dict[object, str] = {}
    for at, row in enumerate(desk.form.getlist("for")):
        given[row] = desk.given(f"reason-{at}").strip() or given.get(row, "")
    found = []
    for one in _rule_rows(seen):
        reason = given.get(_called(one)) or common
        if one.sheet == title and one.rule is not None and reason:
            found.append({"row": one.row, "rule": one.rule, "person": person, "reason": reason})
    if found and not desk.actor.may("override"):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")
    return found


def _rule_rows(seen: Preview) -> list[Trouble]:
    """What rules block, answered or not, in the order of the page: by sheet and row."""
    order = {look.title: number for number, look in enumerate(seen.sheets)}
    every = [*seen.blocked, *(one for one, _ in seen.answered)]
    return sorted(every, key=lambda one: (order[one.sheet], one.row, one.rule or ""))


def _called(one: Trouble) -> str:
    return f"{one.row} {one.rule} {one.sheet}"


def _preview(desk: Desk, found: Import, seen: Preview, problem: Refused | None = None) -> Response:
    words, posted = desk.words, desk.request.method == "POST"
    return desk.page(
        "import_look.html",
        problem=problem,
        found=found,
        seen=seen,
        sheets=[_sheet(desk, one) for one in seen.sheets],
        wrong=[told(one, words) for one in seen.problems[:_SHOWN]],
        blocked=_blocked(desk, seen),
        wrong_rows=_wrong_rows(seen),
        left_out=[
            (number, sheet.title, row)
            for number, sheet in enumerate(seen.sheets)
            for row in sheet.left_out
        ],
        open_blocks=len(seen.blocked),
        answers=(desk.given("answers") if posted else "") or desk.actor.name,
        common=desk.given("reason-all") if posted else "",
        may_override=desk.actor.may("override"),
        warned=[told(one, words) for one in seen.warned[:_SHOWN]],
        warnings=len(seen.warned),
        notices=[told(one, words) for one in seen.notices[:20]],
        kinds=[("", words("Leave this sheet out")),
               *((name, words(form.label.template)) for name, form in KINDS.items())],
        may_file=desk.actor.may("sign and file"),
    )  # fmt: skip


def _wrong_rows(seen: Preview) -> list[tuple[int, str, int]]:
    """Rows with a mistake, each to be left out if it is none of a record: (sheet, its title, row)."""
    numbers = {look.title: number for number, look in enumerate(seen.sheets)}
    rows = dict.fromkeys((one.sheet, one.row) for one in seen.problems[:_SHOWN])
    return [(numbers[sheet], sheet, row) for sheet, row in rows]


@dataclass(frozen=True, slots=True)
class Ruled:
    """A row that a rule blocks, as its page shows it."""

    at: int
    called: str
    """As the form says which it is."""
    sheet: int
    row: int
    text: str
    source: str
    reason: str | None
    """Given by ``person``; None where the row is blocked still."""
    person: str
    may_pass: bool
    """Whether a reason lets it pass; what is missing only the table or the season can bring."""


def _blocked(desk: Desk, seen: Preview) -> list[Ruled]:
    given = {(one.sheet, one.row, one.rule): answer for one, answer in seen.answered}
    numbers = {look.title: number for number, look in enumerate(seen.sheets)}
    found = []
    for at, one in enumerate(_rule_rows(seen)[:_SHOWN]):
        answer = given.get((one.sheet, one.row, one.rule))
        rules = one.problem.findings if isinstance(one.problem, Blocked) else ()
        told_rules = told_findings([f for f in rules if isinstance(f, Finding)], desk.words)
        found.append(
            Ruled(
                at, _called(one), numbers[one.sheet], one.row, told(one, desk.words),
                told_rules[0].source if told_rules else "",
                answer.reason if answer else None, answer.person if answer else "",
                one.rule is not None,
            )
        )  # fmt: skip
    return found


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
    strange: list[tuple[str, str, list[tuple[str, str]]]]
    """Words of its cells, and what they are taken for (empty: nobody knows), or may be taken for."""


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
        _strange(one),
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
    return desk.page(
        "import_filed.html",
        found=found,
        outcome=outcome,
        job=job,
        running=running,
        saved=moment_of(desk, job.finished_at) if job is not None and job.finished_at else "",
        records=[one for one in job.indices if one is not None] if job is not None else [],
        most=_SHOWN,
    )


def clerk(desk: Desk, power: str = "record") -> None:
    """Tables are of the whole organisation: who keeps only his or her own records has no use of them."""
    reach = desk.actor.require("reports" if power == "reports" else "record")
    if reach == "own":
        raise Forbidden("this is for who keeps the books of the whole organisation")

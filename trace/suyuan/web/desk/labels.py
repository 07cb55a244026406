"""Labels at the desk: which, on what, with what; then a job that can be watched, paused and settled."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from suyuan.core.errors import NotFound, Refused
from suyuan.core.kept import read_kept
from suyuan.flow.label import refused
from suyuan.flow.supplies import DOTS, Paper, Printer, read_paper, read_printer
from suyuan.ports.printing import LabelJob, LabelState, Way
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.wording import word
from suyuan_labels import SPEECH, Label, LabelError, Language, Press, bitmap_png, pdf, svg

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place(
    "labels", "/desk/labels", "labels", also=("/desk/brands", "/desk/codes", "/desk/scans")
)

STATES: dict[LabelState, tuple[str, str]] = {
    "queued": (word("waiting"), "clock"),
    "running": (word("printing"), "print"),
    "paused": (word("paused"), "stop"),
    "doubt": (word("somebody has to look"), "ask"),
    "done": (word("printed"), "tick"),
    "cancelled": (word("cancelled"), "cross"),
}
MOST_PAGES = 2_000
"""Labels in one PDF: it is made while somebody waits."""
AT_ONCE = 200
"""Labels on one page that a browser prints."""
_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as a page shows it."""

    job: LabelJob
    lot: str
    said: str
    icon: str
    paper: Paper
    printer: Printer | None
    trouble: str


@router.get("/desk/labels")
def start(desk: DeskDep) -> Response:
    """Lots whose packs have serials, and the jobs."""
    desk.actor.require("labels")
    store, organisation = desk.node.database.label_jobs, desk.actor.organisation
    shown = [_shown(desk, job) for job in store.list(organisation)]
    issues = store.issues(organisation)
    return desk.page(
        "labels.html",
        issues=[(record, number_of(lot), lot, count) for record, lot, count in issues],
        jobs=shown,
        waiting=[one for one in shown if one.job.state == "doubt"],
        moving=any(one.job.state in ("queued", "running") for one in shown),
        odd=desk.node.scans.store.count_cases([organisation], state="open"),
    )


@router.get("/desk/labels/new")
def new(desk: DeskDep) -> Response:
    """Choose which labels, on what stock, and how they are printed."""
    desk.actor.require("labels")
    return _form(desk, dict(desk.request.query_params))


@router.post("/desk/labels/new")
def begin(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    given = {name: value for name, value in desk.form.items() if isinstance(value, str)}
    asked = {**dict(desk.request.query_params), **given}
    if given.get("do") == "look":
        return _form(desk, asked)
    lot, record, _ = _chosen(desk, asked)
    organisation, supplies = desk.actor.organisation, desk.node.supplies
    try:
        first, last = _range(asked)
        target, way, printer = asked.get("printer", ""), _way(asked), None
        if way == "printer" and target:
            printer = supplies.printer(organisation, target)
        job = desk.node.printing.begin(
            organisation, desk.actor.uri, lot, record=record, first=first - 1,
            count=last - first + 1, way=way, printer=printer,
            paper=supplies.paper(organisation, asked.get("stock", "")),
            again=asked.get("again") == "1",
        )  # fmt: skip
    except Refused as problem:
        return _form(desk, asked, problem)
    return desk.go(f"/desk/labels/job/{job.id}")


@router.get("/desk/labels/preview.png")
def preview(desk: DeskDep) -> Response:
    """The first label, dot by dot as a head of this resolution burns it."""
    desk.actor.require("labels")
    asked = dict(desk.request.query_params)
    lot, record, _ = _chosen(desk, asked)
    paper = desk.node.supplies.paper(desk.actor.organisation, asked.get("stock", ""))
    label = _label(desk, lot, record, _range(asked)[0])
    try:
        image = bitmap_png(label, paper.stock, DOTS[_dpi(desk)])
    except LabelError as problem:
        raise refused(problem) from None
    return Response(image, media_type="image/png", headers=_NO_STORE)


@router.get("/desk/labels/job/{job_id}")
def look(desk: DeskDep, job_id: str) -> Response:
    desk.actor.require("labels")
    return _job(desk, job_id)


@router.post("/desk/labels/job/{job_id}")
def act(desk: DeskDep, job_id: str) -> Response:
    """Pause, resume, cancel; or say which was the last good label."""
    desk.actor.require("labels")
    printing, organisation = desk.node.printing, desk.actor.organisation
    job = printing.get(organisation, job_id)
    try:
        match desk.given("do"):
            case "pause":
                printing.pause(organisation, job_id)
            case "resume":
                printing.resume(organisation, job_id)
            case "cancel":
                printing.cancel(organisation, job_id)
            case _:
                printing.settle(
                    organisation, job_id, _number(desk.given("good"), "good") - job.first
                )
    except Refused as problem:
        return _job(desk, job_id, problem)
    return desk.go(f"/desk/labels/job/{job_id}")


@router.get("/desk/labels/job/{job_id}/labels.{ending}")
def save(desk: DeskDep, job_id: str, ending: str) -> Response:
    """The whole job as a file: .zpl, .tspl and .bin for printers, .pdf for all others."""
    desk.actor.require("labels")
    job = desk.node.printing.get(desk.actor.organisation, job_id)
    named = {"Content-Disposition": f'attachment; filename="labels-{job.id}.{ending[:8]}"'}
    if ending == "pdf":
        if job.count > MOST_PAGES:
            raise Refused("a PDF holds at most {most} labels; choose fewer", most=MOST_PAGES)
        labels = desk.node.printing.labels(job, 0, job.count)
        try:
            made = pdf(labels, read_paper(job.stock).pages, title=number_of(job.lot))
        except LabelError as problem:
            raise refused(problem) from None
        return Response(made, media_type="application/pdf", headers=_NO_STORE | named)
    languages: dict[str, Language] = {speech.ending: name for name, speech in SPEECH.items()}
    if ending not in languages:
        endings = " / ".join([".pdf", *(f".{end}" for end in languages)])
        raise NotFound(
            "{file} has to end in {endings}", file=f"labels.{ending[:20]}", endings=endings
        )
    parts = desk.node.printing.data(job, languages[ending], _dpi(desk))
    return StreamingResponse(
        parts, media_type="application/octet-stream", headers=_NO_STORE | named
    )


@router.get("/desk/labels/job/{job_id}/print")
def sheet(desk: DeskDep, job_id: str) -> Response:
    """Labels as a browser prints them: a page each in the stock's very size."""
    desk.actor.require("labels")
    job = desk.node.printing.get(desk.actor.organisation, job_id)
    text = desk.request.query_params.get("from", "0")
    first = min(int(text[:8]), job.count - 1) if text.isascii() and text.isdigit() else 0
    stop = min(first + AT_ONCE, job.count)
    stock = read_paper(job.stock).stock
    return desk.page(
        "labels_print.html",
        job=job,
        drawn=[svg(label, stock) for label in desk.node.printing.labels(job, first, stop)],
        first=first + 1,
        last=stop,
        before=max(first - AT_ONCE, 0) if first else None,
        behind=stop if stop < job.count else None,
    )


@router.get("/desk/labels/job/{job_id}/print.css")
def sheet_style(desk: DeskDep, job_id: str) -> Response:
    """The page's size, which no style attribute may say."""
    desk.actor.require("labels")
    stock = read_paper(desk.node.printing.get(desk.actor.organisation, job_id).stock).stock
    width, height = f"{stock.width:g}mm", f"{stock.height:g}mm"
    style = f"@page{{size:{width} {height};margin:0}}.labels>li{{width:{width};height:{height}}}\n"
    return Response(style, media_type="text/css", headers=_NO_STORE)


def number_of(lot: str) -> str:
    """A lot's number as people say it."""
    return lot.rpartition("/10/")[2]


def _way(asked: dict[str, str]) -> Way:
    match asked.get("printer", ""):
        case "file":
            return "file"
        case "browser":
            return "browser"
        case _:
            return "printer"


def _dpi(desk: Desk) -> int:
    return 300 if desk.request.query_params.get("dpi") == "300" else 203


def _chosen(desk: Desk, asked: dict[str, str]) -> tuple[str, int | None, int]:
    """(lot, record, how many there are); Forbidden for another organisation's."""
    lot, text = asked.get("lot", ""), asked.get("record", "")
    record = int(text[:15]) if text.isascii() and text.isdigit() else None
    desk.node.printing.require_owner(desk.actor.organisation, lot, record)
    count = 1 if record is None else len(desk.node.database.log.serials_of(record))
    return lot, record, count


def _number(text: str, name: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Refused("a whole number belongs here", path=f"/{name}")
    return int(text)


def _range(asked: dict[str, str]) -> tuple[int, int]:
    first, last = (_number(asked.get(name) or "1", name) for name in ("first", "last"))
    if not 1 <= first <= last:
        raise Refused("the last label comes behind the first, counted from 1", path="/last")
    return first, last


def _label(desk: Desk, lot: str, record: int | None, number: int) -> Label:
    """The one with this number, from 1; of the last one where there are fewer."""
    if record is None:
        return desk.node.labeller.lot_label(lot)
    serials = desk.node.database.log.serials_of(record)
    one = serials[min(number, len(serials)) - 1]
    return desk.node.labeller.pack_labels(lot, [one.serial], record)[0]


def _form(desk: Desk, asked: dict[str, str], problem: Refused | None = None) -> Response:
    organisation, words = desk.actor.organisation, desk.words
    lot, record, count = _chosen(desk, asked)
    papers = desk.node.supplies.papers(organisation)
    printers = desk.node.supplies.printers(organisation)
    target = asked.get("printer", printers[0].id if printers else "browser")
    printer = next((one for one in printers if one.id == target), None)
    paper = next((one for one in papers if one.id == asked.get("stock")), papers[0])
    dots, shift = (printer.dots, printer.shift) if printer else (DOTS[203], (0, 0))
    asked = {"first": "1", "last": str(count), **asked}
    before, fits, undated = 0, False, False
    try:
        first, last = _range(asked)
        if record is not None:
            before = desk.node.printing.printed_before(record, first - 1, last - first + 1)
        label = _label(desk, lot, record, first)
        undated = label.packed is None
        Press(paper.stock, dots, shift).bits(label)
        fits = True
    except LabelError as misfit:
        problem = problem or refused(misfit)
        problem.path = problem.path or "/stock"
    except Refused as wrong:
        problem = problem or wrong
    return desk.page(
        "labels_new.html",
        problem=problem,
        lot=lot,
        number=number_of(lot),
        record=record,
        count=count,
        first=asked["first"],
        last=asked["last"],
        before=before,
        fits=fits,
        undated=undated,
        paper=paper,
        papers=[(one.id, one.name) for one in papers],
        printer=target,
        printers=[
            *((one.id, one.name) for one in printers),
            ("browser", words("Print from this browser")),
            ("file", words("Save as a file (PDF, ZPL, TSPL, ESC/POS)")),
        ],
        dpi=printer.dpi if printer else 203,
    )


def _shown(desk: Desk, job: LabelJob) -> Shown:
    said, icon = STATES[job.state]
    if job.way != "printer":
        said, icon = word("handed out"), "tick"
    return Shown(
        job,
        _called(desk, job),
        desk.words(said),
        icon,
        read_paper(job.stock),
        read_printer(job.printer) if job.printer else None,
        desk.words.said(read_kept(job.trouble)) if job.trouble else "",
    )


def _called(desk: Desk, job: LabelJob) -> str:
    """The lot's number; of a certificate its own."""
    if job.certificate is None:
        return number_of(job.lot)
    kept = desk.node.database.certificates.get(job.certificate)
    return desk.words("Certificate {number}", number=kept.number if kept else job.certificate)


def _job(desk: Desk, job_id: str, problem: Refused | None = None) -> Response:
    printing = desk.node.printing
    job = printing.get(desk.actor.organisation, job_id)
    doubted: list[tuple[int, str]] = []
    if job.state == "doubt":
        numbers = range(job.first + job.printed + 1, job.first + job.sent + 1)
        if job.record is None:
            doubted = [(number, _called(desk, job)) for number in numbers]
        else:
            found = printing.serials(job, job.printed, job.sent)
            doubted = list(zip(numbers, found, strict=True))
    return desk.page(
        "labels_job.html",
        problem=problem,
        one=_shown(desk, job),
        left_out=printing.left_out(job),
        serials=doubted,
        doubts=json.loads(job.doubts),
        moving=job.state in ("queued", "running"),
        most=MOST_PAGES,
    )

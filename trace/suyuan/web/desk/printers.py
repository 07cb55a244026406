"""Printers and stock of an organisation: kept, changed, and tried with a page of rulers."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, Refused, SuyuanError, Unavailable
from suyuan.flow.label import refused
from suyuan.flow.supplies import DOTS, Printer
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.wording import word
from suyuan_labels import LabelError, calibration
from suyuan_labels.raster import picture_png

router = APIRouter(tags=["pages"], include_in_schema=False)

LANGUAGES = (
    ("tspl", word("TSPL (TSC, Gprinter, Xprinter …)")),
    ("zpl", word("ZPL (Zebra …)")),
    ("escpos", word("ESC/POS (Epson, receipt printers)")),
)
MEDIA = (
    ("gap", word("labels with a gap between them")),
    ("mark", word("labels with a black mark")),
    ("continuous", word("endless paper")),
)
_NEW = {
    "name": "", "address": "", "language": "tspl", "dpi": "203", "darkness": "", "speed": "",
    "right": "0", "down": "0", "answers": "1",
}  # fmt: skip


@router.get("/desk/labels/printers")
def printers(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    supplies, organisation = desk.node.supplies, desk.actor.organisation
    said = dict(LANGUAGES)
    return desk.page(
        "labels_printers.html",
        printers=[(one, desk.words(said[one.language])) for one in supplies.printers(organisation)],
        papers=supplies.papers(organisation),
        allowed=desk.node.settings.printer_hosts,
    )


@router.get("/desk/labels/printer")
def new_printer(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    return _printer(desk, None, _NEW)


@router.post("/desk/labels/printer")
def keep_new(desk: DeskDep) -> Response:
    return _keep(desk, None)


@router.get("/desk/labels/printer/{printer_id}")
def printer(desk: DeskDep, printer_id: str) -> Response:
    desk.actor.require("labels")
    found = desk.node.supplies.printer(desk.actor.organisation, printer_id)
    return _printer(desk, found, _given(found))


@router.post("/desk/labels/printer/{printer_id}")
def change(desk: DeskDep, printer_id: str) -> Response:
    """Keep it, print a page of rulers, or take it off the list."""
    desk.actor.require("labels")
    if desk.given("do") == "drop":
        desk.node.supplies.drop("printer", desk.actor.organisation, printer_id)
        return desk.go("/desk/labels/printers", desk.words("The printer is off the list."))
    if desk.given("do") == "page":
        return _try(desk, desk.node.supplies.printer(desk.actor.organisation, printer_id))
    return _keep(desk, printer_id)


@router.get("/desk/labels/rulers.png")
def rulers(desk: DeskDep) -> Response:
    """The page of rulers as it should look."""
    desk.actor.require("labels")
    asked = desk.request.query_params
    paper = desk.node.supplies.paper(desk.actor.organisation, asked.get("stock", "60x40"))
    dots = DOTS[300 if asked.get("dpi") == "300" else 203]
    image = picture_png(calibration(paper.stock, dots), dots)
    return Response(image, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.get("/desk/labels/stock")
def new_stock(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    given = {"name": "", "width": "", "height": "", "gap": "2", "x": "2", "y": "2", "media": "gap"}
    return _stock(desk, given)


@router.post("/desk/labels/stock")
def keep_stock(desk: DeskDep) -> Response:
    desk.actor.require("labels")
    supplies, organisation = desk.node.supplies, desk.actor.organisation
    if desk.given("do") == "drop":
        supplies.drop("stock", organisation, desk.given("id"))
        return desk.go("/desk/labels/printers", desk.words("The stock is off the list."))
    names = ("name", "width", "height", "gap", "x", "y", "media")
    given = {name: desk.given(name) for name in names}
    try:
        supplies.keep_paper(organisation, given)
    except Refused as problem:
        return _stock(desk, given, problem)
    return desk.go("/desk/labels/printers", desk.words("The stock is on the list."))


def _try(desk: Desk, found: Printer) -> Response:
    try:
        paper = desk.node.supplies.paper(desk.actor.organisation, desk.given("stock"))
        if paper.sheet is not None:
            raise Refused("sheets are for office printers: save them as PDF", path="/stock")
        desk.node.printing.calibrate(paper, found)
    except LabelError as problem:
        return _printer(desk, found, _given(found), refused(problem))
    except (Refused, Unavailable) as problem:
        return _printer(desk, found, _given(found), problem)
    said = desk.words("A page of rulers is on its way to the printer.")
    return desk.go(f"/desk/labels/printer/{found.id}", said)


def _keep(desk: Desk, printer_id: str | None) -> Response:
    desk.actor.require("labels")
    supplies, organisation = desk.node.supplies, desk.actor.organisation
    given = {name: desk.given(name) for name in _NEW}
    try:
        kept = supplies.keep_printer(
            organisation, {**given, "answers": given["answers"] == "1"}, printer_id
        )
    except NotFound:
        raise
    except Refused as problem:
        found = supplies.printer(organisation, printer_id) if printer_id else None
        return _printer(desk, found, given, problem)
    return desk.go(f"/desk/labels/printer/{kept.id}", desk.words("The printer is on the list."))


def _given(found: Printer) -> dict[str, str]:
    """As its form has it."""
    given: dict[str, str] = {}
    for name, value in asdict(found).items():
        if value is None:
            given[name] = ""
        else:
            given[name] = f"{value:g}" if isinstance(value, float) else str(value)
    return {**given, "answers": "1" if found.answers else ""}


def _printer(
    desk: Desk, found: Printer | None, given: dict[str, str], problem: SuyuanError | None = None
) -> Response:
    papers = desk.node.supplies.papers(desk.actor.organisation)
    words = desk.words
    return desk.page(
        "labels_printer.html",
        problem=problem,
        found=found,
        given=given,
        languages=[(name, words(said)) for name, said in LANGUAGES],
        papers=[(one.id, one.name) for one in papers if one.sheet is None],
        stock=desk.given("stock") or "60x40",
        allowed=desk.node.settings.printer_hosts,
    )


def _stock(desk: Desk, given: dict[str, str], problem: Refused | None = None) -> Response:
    words = desk.words
    return desk.page(
        "labels_stock.html",
        problem=problem,
        given=given,
        media=[(name, words(said)) for name, said in MEDIA],
    )

"""Excel out: every list, the record book, and everything of an organisation."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from suyuan.core.errors import Malformed
from suyuan.web.api.farm_exports import (
    XLSX,
    ZIP,
    book_bytes,
    headers,
    list_response,
    query_of,
)
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.sheets import clerk
from suyuan.words import say

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk/export")
def exports(desk: DeskDep) -> Response:
    """What can be saved."""
    desk.actor.require("reports")
    clerk(desk, "reports")
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
    clerk(desk, "reports")
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

"""The books out again: lists, the production record book, everything as one archive (docs/sheets.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from suyuan.bootstrap import Node
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Malformed
from suyuan.core.sheets.lists import Table
from suyuan.core.sheets.written import csv_of
from suyuan.core.story_values import day_of
from suyuan.flow.accounts import Caller
from suyuan.flow.exporting import List
from suyuan.ports.books import DeedQuery
from suyuan.web.deps import CallerDep, LanguageDep, NodeDep
from suyuan.words import Language, say

router = APIRouter(prefix="/farm/exports", tags=["exports"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
ZIP = "application/zip"
Form = Literal["csv", "xlsx"]
_BINARY = {"schema": {"type": "string", "format": "binary"}}

Organisation = Annotated[str | None, Query(max_length=2000, description="Empty: your own")]
Things = Annotated[
    list[str] | None,
    Query(alias="thing", max_length=8, description="Season, plot, lot, product, member"),
]
Day = Annotated[str | None, Query(max_length=10)]


@router.get(
    "/record-book.xlsx",
    response_class=Response,
    responses={200: {"content": {XLSX: _BINARY}}},
)
def record_book(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    organisation: Organisation = None,
    thing: Things = None,
    year: Annotated[int | None, Query(ge=1950, le=9999)] = None,
) -> Response:
    """The production record book, a printable sheet for each season of a plot, a member, or all."""
    made = book_bytes(node, caller, language, organisation, thing, year)
    return Response(made, media_type=XLSX, headers=headers("生产记录.xlsx", "record-book.xlsx"))


@router.get(
    "/archive.zip",
    response_class=StreamingResponse,
    responses={200: {"content": {ZIP: _BINARY}}},
)
def archive(
    node: NodeDep, caller: CallerDep, language: LanguageDep, organisation: Organisation = None
) -> Response:
    """Everything of an organisation, with what it takes to check it."""
    of = organisation or caller.organisation
    parts = node.archiving.stream(caller.viewer, of, node.clock.now(), say(language))
    return StreamingResponse(parts, media_type=ZIP, headers=headers("全部记录.zip", "archive.zip"))


@router.get(
    "/{name}.{form}",
    response_class=StreamingResponse,
    responses={200: {"content": {CSV: _BINARY, XLSX: _BINARY}}},
)
def listed(
    node: NodeDep,
    caller: CallerDep,
    language: LanguageDep,
    name: List,
    form: Form,
    organisation: Organisation = None,
    kind: Annotated[list[str] | None, Query(max_length=50)] = None,
    thing: Things = None,
    since: Annotated[str | None, Query(alias="from", max_length=10)] = None,
    until: Annotated[str | None, Query(alias="to", max_length=10)] = None,
    text: Annotated[str, Query(alias="q", max_length=100)] = "",
) -> Response:
    """One list, filtered as `/farm/deeds` is; `balance`: of the day `to`, a line for each holder."""
    query = query_of(caller, organisation, kind, thing, since, until, text)
    return list_response(node, caller, language, name, form, query)


def query_of(
    caller: Caller,
    organisation: str | None,
    kind: list[str] | None,
    thing: list[str] | None,
    since: str | None,
    until: str | None,
    text: str,
) -> DeedQuery:
    """Filters as they stand in an address."""
    for name, day in (("from", since), ("to", until)):
        if day and day_of(day) is None:
            raise Malformed("{value} is no day; write it as 2026-09-17", path=f"/{name}", value=day)
    return DeedQuery(
        organisation or caller.organisation,
        frozenset(kind) if kind else None,
        tuple(canonical(one) for one in thing or ()),
        (since or None, until or None),
        text,
    )


def list_response(
    node: Node,
    caller: Caller,
    language: Language,
    name: str,
    form: Form,
    query: DeedQuery,
    people: Mapping[str, str] | None = None,
    *,
    places: bool = True,
) -> Response:
    """A list as a file; with the names of the persons, and the places, that the reader may know."""
    table = node.exporting.table(caller.viewer, name, query, people, places=places)
    return table_response(table, language, form)


def table_response(table: Table, language: Language, form: Form) -> Response:
    """A table as a file."""
    word, name = say(language), table.name
    saved = headers(f"{word(table.title.template)}.{form}", f"{name}.{form}")
    if form == "csv":
        parts: Iterator[bytes] = csv_of(table, word)
        return StreamingResponse(parts, media_type=f"{CSV}; charset=utf-8", headers=saved)
    # Loaded when it is needed: most services never write a workbook.
    from suyuan.adapters.book import workbook_of

    return Response(workbook_of([table], word), media_type=XLSX, headers=saved)


def book_bytes(
    node: Node,
    caller: Caller,
    language: Language,
    organisation: str | None,
    thing: list[str] | None,
    year: int | None,
    people: Mapping[str, str] | None = None,
) -> bytes:
    """The record book as a workbook."""
    from suyuan.adapters.book import record_book_of

    of = organisation or caller.organisation
    known = node.database.accounts.organisation(of)
    name = of if known is None else known.name_zh if language == "zh" else known.name_en
    query = query_of(caller, of, None, thing, None, None, "")
    seasons = node.exporting.record_book(caller.viewer, query, name, year=year, people=people)
    return record_book_of(seasons, say(language))


def headers(name: str, plain: str) -> dict[str, str]:
    """A file to be saved, under its name in the reader's language (RFC 6266)."""
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "private, no-store",
        "Vary": "Accept-Language, Authorization",
    }

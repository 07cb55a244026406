"""What is filed: the list with its filters in the address, one record, its photos, its correction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.encoding import parse_digest
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Forbidden, NotFound, Refused
from suyuan.core.farm.deed import KINDS, Deed
from suyuan.core.farm.fill import day_of_people
from suyuan.core.farm.forms import FORMS, form_for
from suyuan.core.farm.write import values_of
from suyuan.core.rules.finding import Finding
from suyuan.flow.books import Line, form_named, require_correctable
from suyuan.ports.books import DeedQuery
from suyuan.ports.log import EventSearch
from suyuan.web.desk import sheet as sheets
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.lots import href as lot_address
from suyuan.web.desk.set_aside import set_aside
from suyuan.web.desk.telling import (
    BEIJING,
    Fact,
    Naming,
    anchored,
    facts,
    kind_word,
    may_see,
    moment_of,
    own_only,
    own_plots,
    people,
    stood,
    who_did,
    who_typed,
)

router = APIRouter(tags=["pages"], include_in_schema=False)
PAGE = 50
_FILTERS = ("kind", "plot", "season", "member", "from", "to", "q")


@router.get("/desk/records")
def records(desk: DeskDep) -> Response:
    """The books, newest deed first; every filter stands in the address."""
    desk.actor.require("see records")
    asked = {name: desk.request.query_params.get(name, "").strip() for name in _FILTERS}
    problem: Refused | None = None
    days: list[str | None] = []
    for name in ("from", "to"):
        day = day_of_people(asked[name]) if asked[name] else None
        if asked[name] and day is None:
            problem = Refused("{value} is no day; write it as 2026-09-17", path=f"/{name}",
                              value=asked[name][:40])  # fmt: skip
        days.append(day.isoformat() if day is not None else None)
    kinds = frozenset({asked["kind"]}) if asked["kind"] in KINDS else None
    things = tuple(canonical(asked[n]) for n in ("plot", "season", "member") if asked[n])
    query = DeedQuery(
        desk.actor.organisation, kinds, things, (days[0], days[1]), asked["q"][:100],
        _after(desk.request.query_params.get("after", "")), PAGE,
    )  # fmt: skip
    lines: list[Line] = []
    after: tuple[str, int] | None = None
    if problem is None:
        lines, after = listed(desk, query)
    naming = Naming(desk)
    kept = {name: value for name, value in asked.items() if value}
    return desk.page(
        "records.html",
        problem=problem,
        rows=stood(desk, lines, naming),
        asked=asked,
        filtered=bool(kept),
        kinds=[("", desk.words("All kinds")), *_kinds(desk)],
        plots=[("", desk.words("All plots")), *_plots(desk)],
        seasons=[("", desk.words("All seasons")), *_seasons(desk)],
        members=[("", desk.words("All members")),
                 *sorted(people(desk).items(), key=lambda pair: pair[1])],
        own=own_only(desk),
        next=f"/desk/records?{urlencode({**kept, 'after': f'{after[0]}.{after[1]}'})}" if after
        else "",
    )  # fmt: skip


def listed(desk: Desk, query: DeedQuery) -> tuple[list[Line], tuple[str, int] | None]:
    """A page of what the person may see, and where the next begins.

    A member's own: on each plot of the own, and what names the person; each asked for by itself.
    """
    find, viewer = desk.node.books.find, desk.actor.viewer
    if not own_only(desk):
        page = find(viewer, query)
        return list(page.lines), page.after
    found: dict[tuple[str, int], Line] = {}
    more = False
    for thing in (*sorted(own_plots(desk)), desk.actor.uri):
        asked = DeedQuery(
            query.organisation, query.kinds, (*query.things, thing), query.days, query.text,
            query.after, query.limit,
        )  # fmt: skip
        page = find(viewer, asked)
        more = more or page.after is not None
        for line in page.lines:
            found[line.deed.day.isoformat(), line.deed.index or 0] = line
    keys = sorted(found, reverse=True)
    shown = keys[: query.limit]
    return [found[key] for key in shown], shown[-1] if more or len(keys) > len(shown) else None


@router.get("/desk/filed")
def filed(desk: DeskDep) -> Response:
    """What was filed just now: time, number, proof."""
    desk.actor.require("see records")
    given = desk.request.query_params.get("records", "").split(",")[:500]
    lines = [_seen(desk, int(one)) for one in given if one.isdecimal() and len(one) < 19]
    if not lines:
        raise NotFound("no record {index}", index=",".join(given)[:40])
    deed = lines[0].deed
    plot = deed.plots[0] if deed.plots else ""
    return desk.page(
        "filed.html",
        rows=stood(desk, lines, Naming(desk)),
        again=f"/desk/record?plot={quote(plot, safe='/:')}" if plot else "",
    )


@router.get("/desk/records/{index}")
def record(desk: DeskDep, index: int) -> Response:
    """One record: what was done, who did it, who typed it, when it was saved, how it is proved."""
    line = _seen(desk, index)
    deed, naming, words = line.deed, Naming(desk), desk.words
    others = [(other, told) for other in (*line.declared, *line.instead)
              if (told := _try(desk, other)) is not None]  # fmt: skip
    base = _corrected(desk, deed) if deed.kind == "correction" else None
    return desk.page(
        "record_one.html",
        line=line,
        deed=deed,
        title=kind_word(deed, words),
        facts=_facts(deed, naming, desk),
        who=who_did(deed, naming),
        typed=who_typed(deed, naming),
        signed=naming(deed.organisation),
        saved=moment_of(desk, deed.recorded or ""),
        late=_late(deed),
        anchored=anchored(desk, index),
        photos=list(_photos(deed)),
        declared=bool(line.declared) and deed.kind != "correction",
        instead=[(one, _facts(told.deed, naming, desk)) for one, told in others
                 if one in line.instead and one != index],
        replaces=_replaced(desk, deed),
        base=base,
        may_correct=_may_correct(desk, line),
        why_not=_why_not(desk, deed),
        season=deed.season or "",
    )  # fmt: skip


@router.get("/desk/records/{index}/correct")
def correct_page(desk: DeskDep, index: int) -> Response:
    """The record as the form it would be, to be mended."""
    line = _seen(desk, index)
    if not _may_correct(desk, line):
        raise Forbidden("this record is not corrected here")
    name, values = desk.node.books.as_form(desk.actor.caller, index)
    sheet = sheets.begin(desk, form_named(name), values)
    sheet.corrects = index
    sheet.photos = [digest for digest, _ in _photos(line.deed)]
    return sheets.show(desk, sheet)


@router.post("/desk/records/{index}/correct")
def correct(desk: DeskDep, index: int) -> Response:
    line = _seen(desk, index)
    if not _may_correct(desk, line):
        raise Forbidden("this record is not corrected here")
    if desk.given("do") == "never":
        desk.actor.require("sign and file")
        made = desk.node.books.correct(desk.actor.caller, index, None, typed_by=desk.actor.uri)
        said = desk.words("Record {index} is declared an error: it did not happen.", index=index)
        return desk.go(f"/desk/records/{made.declaration}", said)
    name, _ = desk.node.books.as_form(desk.actor.caller, index)
    sheet = sheets.read(desk, form_named(name))
    sheet.corrects = index
    return sheets.send(desk, sheet)


@router.get("/desk/photos/{digest}")
def photo(desk: DeskDep, digest: str) -> Response:
    """A photo of the own organisation; as it was sent."""
    try:
        kept = desk.node.database.attachments.get(bytes.fromhex(digest))
    except ValueError:
        kept = None
    if (kept is None or kept.organisation != desk.actor.organisation
            or not kept.media_type.startswith("image/")):  # fmt: skip
        raise NotFound("no such file")
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(kept.body, media_type=kept.media_type, headers=headers)


def _seen(desk: Desk, index: int) -> Line:
    desk.actor.require("see records")
    line = desk.node.books.one(desk.actor.viewer, index)
    if own_only(desk) and not may_see(desk, line.deed, own_plots(desk)):
        raise NotFound("no record {index}", index=index)
    return line


def known_to(desk: Desk, found: Iterable[Finding]) -> list[Finding]:
    """Findings with those records alone that the person may open."""
    if not own_only(desk):
        return list(found)
    return [
        replace(one, records=tuple(index for index in one.records if _try(desk, index)))
        for one in found
    ]


def _try(desk: Desk, index: int) -> Line | None:
    try:
        return _seen(desk, index)
    except (NotFound, Forbidden):
        return None


def _facts(deed: Deed, naming: Naming, desk: Desk) -> list[Fact]:
    form = form_for(deed.kind, deed.form)
    if form is None and deed.kind == "correction":
        form = FORMS.get(deed.form or "")
    if form is None:
        return set_aside(desk, deed)
    naming.learn(n for n in (*deed.plots, deed.season or "") if n)
    if not desk.actor.may("lots"):
        return facts(form, deed, naming, desk.words)
    return facts(form, deed, naming, desk.words, lot_address)


def _may_correct(desk: Desk, line: Line) -> bool:
    deed = line.deed
    form = form_for(deed.kind, deed.form)
    fits = (
        form is not None and form.fits(deed.event, deed.step) and bool(values_of(form, deed.event))
    )
    own = deed.organisation == desk.actor.organisation
    free = not line.declared and not _why_not(desk, deed)
    return own and fits and free and desk.actor.may("sign and file")


def _why_not(desk: Desk, deed: Deed) -> str:
    """Why one's own record cannot be corrected, for who could otherwise."""
    own = deed.organisation == desk.actor.organisation
    if deed.kind == "correction" or not own or not desk.actor.may("sign and file"):
        return ""
    try:
        require_correctable(deed)
    except Refused as problem:
        return desk.sentence(problem)
    return ""


def _corrected(desk: Desk, deed: Deed) -> int | None:
    """The record that a declaration calls an error."""
    found = _same_id(desk, deed)
    return next((one for one in found if one != deed.index), None)


def _replaced(desk: Desk, deed: Deed) -> int | None:
    """The record that this one holds instead of."""
    query = DeedQuery(deed.organisation, frozenset({"correction"}), deed.plots[:1], limit=100)
    for line in desk.node.books.find(desk.actor.viewer, query).lines:
        declared = line.deed.event.get("errorDeclaration")
        named = declared.get("correctiveEventIDs") if isinstance(declared, dict) else None
        if deed.event_id is not None and isinstance(named, list) and deed.event_id in named:
            return _corrected(desk, line.deed)
    return None


def _same_id(desk: Desk, deed: Deed) -> list[int]:
    if deed.event_id is None:
        return []
    search = EventSearch(event_ids=frozenset({deed.event_id}), by_time=False, limit=20)
    return sorted(index for _, index in desk.node.database.log.search(search))


def _photos(deed: Deed) -> Iterator[tuple[str, str]]:
    """(digest, its address) of the photos that go with a record."""
    listed_ = deed.event.get("suyuan:attachments")
    for one in listed_ if isinstance(listed_, list) else ():
        digest = one.get("digest") if isinstance(one, dict) else None
        kind = one.get("mediaType") if isinstance(one, dict) else None
        if isinstance(digest, str) and isinstance(kind, str) and kind.startswith("image/"):
            yield digest, _hex(digest)


def _hex(digest: str) -> str:
    return parse_digest(digest).hex()


def _late(deed: Deed) -> int:
    """Days between the deed and its record."""
    if deed.recorded is None:
        return 0
    return (datetime.fromisoformat(deed.recorded).astimezone(BEIJING).date() - deed.day).days


def _after(text: str) -> tuple[str, int] | None:
    day, _, index = text.partition(".")
    return (day, int(index)) if index.isdecimal() and len(index) < 19 and len(day) == 10 else None


def _kinds(desk: Desk) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for form in FORMS.values():
        said = desk.words.said(form.label)
        found[form.kind] = f"{found[form.kind]}、{said}" if form.kind in found else said
    return [*found.items(), ("correction", desk.words("Correction"))]


def _plots(desk: Desk) -> list[tuple[str, str]]:
    if not desk.actor.may("plots"):
        return []
    held = desk.node.plots.seen_by(desk.actor)
    naming = Naming(desk)
    naming.learn(one.id for one in held)
    return sorted(((one.id, naming(one.id)) for one in held), key=lambda p: p[1])


def _seasons(desk: Desk) -> list[tuple[str, str]]:
    if not desk.actor.may("seasons"):
        return []
    return [(o.id, desk.words.name(o.names, o.id)) for o in desk.node.seasons.seen_by(desk.actor)]

"""Seasons: the list, opening one on plots, its page with what rules and template say, closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, SuyuanError
from suyuan.core.farm.fill import past_day
from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.template import template_of
from suyuan.flow.seasons import Season
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.records import known_to, listed
from suyuan.web.desk.telling import (
    Naming,
    done_in,
    season_address,
    stage_words,
    stood,
    today,
    told,
    worth_saying,
)
from suyuan.web.desk.templates import address_of, in_order, name_of, whose

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("seasons", "/desk/seasons", "seasons", also=("/desk/templates",))
LISTED = 30
"""Newest records of a season on its page; the list of records has them all."""
MOST_DEEDS = 500


@router.get("/desk/seasons")
def seasons(desk: DeskDep) -> Response:
    """Those that go on, then those that are over."""
    every, naming, day = desk.node.seasons.seen_by(desk.actor), Naming(desk), today(desk)
    naming.learn(plot for one in every for plot in one.plots)
    rows = [
        (
            desk.words.name(one.names, one.id),
            season_address(one.id),
            desk.words.name(one.crop),
            "、".join(map(naming, one.plots[:3])) + ("…" if len(one.plots) > 3 else ""),
            one.begun,
            one.closed,
            stage_words(one, day, desk.words) if one.closed is None else "",
        )
        for one in sorted(every, key=lambda one: one.closed is not None)
    ]
    return desk.page("seasons.html", rows=rows)


@router.get("/desk/seasons/new")
def new_page(desk: DeskDep) -> Response:
    desk.actor.require("seasons")
    asked = desk.request.query_params
    plot = asked.get("plot", "")
    given = {"day": today(desk).isoformat(), "form": asked.get("form", "")}
    if plot:
        held = desk.node.plots.get(desk.actor, plot)
        crop = desk.words.name(held.crop)
        for uri, name, called in _templates(desk):
            # The organisation's own stands first.
            if crop and crop in called and "template" not in given:
                given |= {"template": uri, "name": f"{name} {today(desk).year}"}
    return _form(desk, given, [plot] if plot else [])


@router.post("/desk/seasons/new")
def new(desk: DeskDep) -> Response:
    given = {name: desk.given(name).strip() for name in ("name", "template", "day", "form")}
    plots = [one for one in desk.form.getlist("plots") if isinstance(one, str)]
    names = {uri: name for uri, name, _ in _templates(desk)}
    if not given["name"] and given["template"] in names:
        given["name"] = f"{names[given['template']]} {today(desk).year}"
    try:
        day = _day(desk, given["day"])
        made = desk.node.seasons.open(
            desk.actor, name=given["name"], plots=plots, template=given["template"], day=day
        )
    except Refused as problem:
        return _form(desk, given, plots, problem)
    said = desk.words("The season {name} is open.", name=desk.words.name(made.names, made.id))
    if len(plots) == 1:
        if given["form"] in FORMS:
            asked = {"form": given["form"], "plot": plots[0], "season": made.id}
            return desk.go(f"/desk/record/form?{urlencode(asked)}", said)
        return desk.go(f"/desk/record?{urlencode({'plot': plots[0]})}", said)
    return desk.go(season_address(made.id), said)


@router.get("/desk/seasons/one")
def season(desk: DeskDep) -> Response:
    return _one(desk, desk.node.seasons.get(desk.actor, desk.request.query_params.get("id", "")))


def _day(desk: Desk, text: str) -> date:
    """When it began or ended: not in days to come, nor before anybody kept books."""
    try:
        return past_day(text, today(desk))
    except Refused as problem:
        raise problem.at("/day") from None


@router.post("/desk/seasons/close")
def close(desk: DeskDep) -> Response:
    held = desk.node.seasons.get(desk.actor, desk.given("id"))
    try:
        day = _day(desk, desk.given("day"))
        held = desk.node.seasons.close(desk.actor, held.id, day)
    except Refused as problem:
        return _one(desk, held, problem)
    said = desk.words("The season {name} is closed.", name=desk.words.name(held.names, held.id))
    return desk.go(season_address(held.id), said)


def _one(desk: Desk, held: Season, problem: SuyuanError | None = None) -> Response:
    naming, day = Naming(desk), today(desk)
    query = DeedQuery(desk.actor.organisation, things=(held.id,), limit=LISTED)
    lines, more = listed(desk, query)
    found = known_to(desk, desk.node.standings.one(desk.actor.viewer, held.id))
    reaped, _ = listed(desk, replace(query, kinds=frozenset({"harvest"})))
    harvested = [line.deed.day for line in reaped if not line.declared]
    return desk.page(
        "season.html",
        problem=problem,
        held=held,
        name=desk.words.name(held.names, held.id),
        crop=desk.words.name(held.crop),
        **_template(desk, held),
        stage=stage_words(held, day, desk.words, done_in(desk, held))
        if held.closed is None
        else "",
        book=f"/desk/export/record-book.xlsx?{urlencode({'season': held.id})}"
        if desk.actor.scope("reports") == "organisation"
        else "",
        plots=[(one, naming(one)) for one in held.plots],
        rows=stood(desk, lines, naming),
        every=f"/desk/records?{urlencode({'season': held.id})}" if more else "",
        findings=told(worth_saying(found, day), desk.words),
        tests=_tests(desk, held),
        harvested=max(harvested, default=None),
        may_write=desk.actor.scope("seasons") in ("own", "organisation") and not held.is_shared,
        day=(max(harvested, default=day)).isoformat(),
    )


def _template(desk: Desk, held: Season) -> dict[str, Any]:
    """Which version of its template a season keeps, and whether there is a newer one."""
    if held.template is None:
        return {"edition": "", "version": 0, "template": "", "newer": ""}
    versions = desk.node.rulebook.history(held.template.id)
    return {
        "edition": str(held.template.document.get("edition", "")),
        "version": len(versions) - versions.index(held.template),
        "template": address_of(held.template.id, held.template.digest),
        "newer": "" if held.template == versions[0] else address_of(held.template.id),
    }


def _tests(desk: Desk, held: Season) -> list[tuple[str, bool]]:
    """What the template requires to be tested, and whether a test of it is recorded here."""
    if held.template is None:
        return []
    asked = template_of(held.template.document).tests
    query = DeedQuery(desk.actor.organisation, frozenset({"test"}), (held.id,), limit=MOST_DEEDS)
    done = set()
    for line in desk.node.books.find(desk.actor.viewer, query).lines:
        test = line.deed.stated.get("test")
        if isinstance(test, dict) and not line.declared:
            done.add(str(test.get("item")))
    return [(desk.words.name(item), bool(done & {item.zh, item.en})) for item, _ in asked]


def _templates(desk: Desk) -> list[tuple[str, str, set[str]]]:
    """(id, name, what the crop is called) of the templates there are, one's own first; another
    organisation's is called after it too."""
    found = []
    for one in in_order(desk):
        crop = one.document.get("crop")
        crop = crop if isinstance(crop, dict) else {}
        aliases = crop.get("aliases")
        called = {str(crop.get("zh")), str(crop.get("en")),
                  *map(str, aliases if isinstance(aliases, list) else ())}  # fmt: skip
        name = name_of(desk.words, one)
        if one.owner not in (None, desk.actor.organisation):
            name = desk.words("{template} ({owner})", template=name, owner=whose(desk, one))
        found.append((one.id, name, called))
    return found


def _form(
    desk: Desk, given: dict[str, str], chosen: list[str], problem: SuyuanError | None = None
) -> Response:
    naming, actor = Naming(desk), desk.actor
    held = [one for one in desk.node.plots.seen_by(actor) if one.owner == actor.organisation]
    open_on = desk.node.seasons.open_on(actor)
    return desk.page(
        "season_form.html",
        problem=problem,
        given={n: given.get(n, "") for n in ("name", "template", "day", "form")},
        templates=[("", desk.words("choose")), *((uri, name) for uri, name, _ in _templates(desk))],
        plots=[
            (one.id, desk.words.name(one.names, one.id),
             naming.person(one.member) if one.member else "",
             desk.words.name(open_on[one.id][0].names) if one.id in open_on else "",
             one.id in chosen)
            for one in held
        ],
    )  # fmt: skip

"""Recording: which plot, what usual work, and the form; as few taps as may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Blocked, Refused
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.form import Form
from suyuan.core.farm.forms import FORMS
from suyuan.core.roles import PersonRole
from suyuan.flow.books import form_named
from suyuan.flow.plots import Held
from suyuan.flow.seasons import Season
from suyuan.ports.books import DeedQuery
from suyuan.web.desk import sheet as sheets
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.places import Place
from suyuan.web.desk.plots import mu_of
from suyuan.web.desk.telling import (
    Naming,
    deed_summary,
    done_in,
    stage_words,
    title_of,
    today,
    usual,
)

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place(
    "record", "/desk/record", "record", also=("/desk/records", "/desk/drafts", "/desk/filed")
)

_ON_PLOTS = frozenset(
    form.name
    for form in FORMS.values()
    if (one := form.field("plots")) is not None and one.required
)
_AT_PLOTS = frozenset(form.name for form in FORMS.values() if form.field("plots"))
"""Those that may name a plot: a test, where it is part of a stage's work."""
_ANIMALS = frozenset({"stocking", "treating", "feeding", "immunising", "head_count"})
_CROPS = frozenset({"sowing", "spraying", "fertilising", "irrigating"})
_OF_OTHERS = frozenset({"inspection", "sale_of_input"})
"""What an authority and a dealer record."""
_AFTER = ("processing", "test", "certificate", "packing", "shipping")
"""What follows on no plot: offered from the season all the same, the usual first."""
_OF_ROLE: Mapping[PersonRole, tuple[str, ...]] = {
    "dealer": ("sale_of_input", "purchase", "returning", "stock_count"),
    "processor": ("receiving", "processing", "packing", "shipping"),
    "laboratory": ("test",),
    "regulator": ("inspection",),
}
"""What is done every day by those who work on no plot."""
_FORGET = (
    "day", "time", "note", "invoice", "pack_codes", "area", "season", "plots", "value", "result",
    "report",
)  # fmt: skip
"""What a record like the last one does not take from it."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A plot to be chosen."""

    address: str
    name: str
    who: str
    mu: str
    crop: str
    stage: str


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work on a plot: the form, and the last record that it can be filled like."""

    name: str
    address: str
    last: str
    like: str
    day: str


@router.get("/desk/record")
def choose(desk: DeskDep) -> Response:
    """The plots, last used first; of one plot its usual work."""
    desk.actor.require("record")
    uri = desk.request.query_params.get("plot", "")
    if uri:
        return _plot(desk, desk.node.plots.get(desk.actor, uri))
    find = desk.request.query_params.get("find", "").strip()
    every = tiles(desk)
    shown = [one for one in every if not find or find in one.name or find in one.who]
    return desk.page(
        "record.html",
        tiles=shown,
        count=len(every),
        has_plots=desk.actor.may("plots") and desk.actor.may("seasons"),
        find=find,
        kinds=off_plots(desk),
        may_plot=desk.actor.scope("plots") in ("own", "organisation"),
        may_many=len(every) > 1,
    )


@router.get("/desk/record/form")
def form_page(desk: DeskDep) -> Response:
    """A form on a plot (or on none), empty or as the last time."""
    desk.actor.require("record")
    asked = desk.request.query_params
    form = form_named(asked.get("form", ""))
    given: dict[str, Any] = {"day": today(desk).isoformat()}
    if form.name in _ON_PLOTS or (form.name in _AT_PLOTS and asked.get("plot")):
        if not asked.get("plot"):
            return desk.go("/desk/record")
        held = desk.node.plots.get(desk.actor, asked["plot"])
        given |= _on(desk, held, asked.get("season", "") or asked.get("of", ""))
        if form.field("area") is not None and (mu := mu_of(held)):
            given["area"] = f"{mu} 亩"
        if form.field("season") is None:
            given |= {"subject": [given.pop("season")]} if "season" in given else {}
        elif "season" not in given:
            return desk.go(f"/desk/seasons/new?{urlencode({'plot': held.id, 'form': form.name})}")
    elif desk.actor.scope("record") == "own":
        given["member"] = desk.actor.uri
    like = asked.get("like", "")
    if like != "last" and form.name in ("processing", "shipping", "selling"):
        _herd(desk, form, given, asked.get("of", ""))
    if like != "last":
        return sheets.show(desk, sheets.begin(desk, form, given))
    last = _last(desk, form.name, given.get("plots", []))
    if last is None:
        return sheets.show(desk, sheets.begin(desk, form, given))
    kept = {name: value for name, value in last.items() if name not in _FORGET}
    sheet = sheets.begin(desk, form, {**kept, **given})
    for one in form.fields:
        if one.type == "items" and one.at == "outputs":
            _new_lots(desk, sheet, one.name)
    sheet.like = "last"
    try:
        found = sheets.look(desk, sheet)
    except Blocked as blocked:
        return sheets.show(desk, sheet, blocked=sheets.findings_of(blocked))
    except Refused:
        # What is missing will be said when it is sent: nobody has filled it in yet.
        found = []
    return sheets.show(desk, sheet, findings=found)


@router.post("/desk/record/form")
def form_sent(desk: DeskDep) -> Response:
    return sheets.send(desk, sheets.read(desk, form_named(desk.given("form"))))


def _herd(desk: Desk, form: Form, given: dict[str, Any], season: str) -> None:
    """Opened from a group of animals, it is about that group."""
    for one in desk.node.seasons.seen_by(desk.actor) if desk.actor.may("seasons") else ():
        if one.id == season and one.is_animal:
            name = "inputs" if form.field("inputs") is not None else "items"
            given[name] = [{"item": one.id, "amount": ""}]


def _new_lots(desk: Desk, sheet: sheets.Sheet, name: str) -> None:
    """What is harvested now is another lot than the last one."""
    rows = []
    for number, row in enumerate(sheet.given.get(name, [])):
        base = str(row.get("item", "")).rpartition("/")[0]
        lot = sheets.new_lot(sheet, today(desk)) + (str(number + 1) if number else "")
        rows.append({**row, "item": f"{base}/{lot}"})
    sheet.given[name] = rows


def _on(desk: Desk, held: Held, season: str) -> dict[str, Any]:
    found = desk.node.seasons.open_on(desk.actor).get(held.id, [])
    chosen = next((one for one in found if one.id == season), found[0] if found else None)
    given: dict[str, Any] = {"plots": [held.id]}
    if chosen is not None:
        given["season"] = chosen.id
    if held.member is not None:
        given["member"] = held.member
    elif desk.actor.scope("record") == "own":
        given["member"] = desk.actor.uri
    return given


def _last(desk: Desk, form: str, plots: list[str]) -> dict[str, Any] | None:
    """As the last time on this plot, else anywhere in the same organisation; a member's own alone."""
    caller, own = desk.actor.caller, desk.actor.scope("record") == "own"
    if plots and (found := desk.node.books.last(caller, form, plots[:1])) is not None:
        return found
    return desk.node.books.last(caller, form, (desk.actor.uri,) if own else ())


def _plot(desk: Desk, held: Held) -> Response:
    words, day = desk.words, today(desk)
    seasons = desk.node.seasons.open_on(desk.actor).get(held.id, [])
    wanted = desk.request.query_params.get("season", "")
    season = next((s for s in seasons if s.id == wanted), seasons[0] if seasons else None)
    naming = Naming(desk)
    done_here = done_in(desk, season) if season is not None else frozenset[str]()
    names = usual(season, day, done_here) if season is not None else []
    last = _newest(desk, held)
    # What was done here already is as near as what is usual now.
    done = [one for one in last if one not in names]
    first = [one for one in (*names, *done) if one in _AT_PLOTS]
    animal = season is not None and season.is_animal
    rest = [name for name in FORMS if name in _ON_PLOTS and name not in first
            and name not in _senseless(season)]  # fmt: skip
    after = list(dict.fromkeys([*(n for n in names if n not in _ON_PLOTS), *_AFTER]))
    after = [name for name in after if name not in first]
    return desk.page(
        "record_plot.html",
        held=held,
        name=words.name(held.names, held.id),
        who=naming.person(held.member) if held.member else "",
        mu=mu_of(held),
        season=season,
        seasons=[(one, words.name(one.names, one.id)) for one in seasons],
        season_name=words.name(season.names, season.id) if season is not None else "",
        stage=stage_words(season, day, words, done_here) if season is not None else "",
        animal=animal,
        usual=[_work(desk, held, season, name, naming, last.get(name)) for name in first],
        others=[_work(desk, held, season, name, naming) for name in rest],
        elsewhere=[_work(desk, held, season, name, naming) for name in after],
        open_season=f"/desk/seasons/new?{urlencode({'plot': held.id})}",
    )  # fmt: skip


def _senseless(season: Season | None) -> frozenset[str]:
    """Forms that nobody fills in here: eggs and milk are gathered, meat is not."""
    if season is None or not season.is_animal:
        return _ANIMALS
    document = season.template.document if season.template else {}
    return _CROPS | ({"harvest"} if document.get("product") == "meat" else frozenset())


def _newest(desk: Desk, held: Held) -> dict[str, Deed]:
    """Of each form the newest record on a plot that still holds, among its newest hundred."""
    found: dict[str, Deed] = {}
    query = DeedQuery(desk.actor.organisation, things=(held.id,), limit=100)
    for line in desk.node.books.find(desk.actor.viewer, query).lines:
        form = line.deed.form
        if not line.declared and form is not None and form in FORMS:
            found.setdefault(form, line.deed)
    return found


def _work(
    desk: Desk,
    held: Held,
    season: Season | None,
    name: str,
    naming: Naming,
    last: Deed | None = None,
) -> Work:
    form = FORMS[name]
    asked = {"form": name}
    if name in _AT_PLOTS:
        asked["plot"] = held.id
    if season is not None:
        asked["season" if name in _ON_PLOTS else "of"] = season.id
    title = title_of(form, desk.words, animal=season is not None and season.is_animal)
    address = f"/desk/record/form?{urlencode(asked)}"
    if last is None:
        return Work(title, address, "", "", "")
    naming.learn(item.id for item in (*last.inputs, *last.outputs))
    said = deed_summary(last, naming, desk.words) or desk.words("as last time")
    day = desk.words.weekday(last.day)
    return Work(title, address, said, f"{address}&like=last", day)


def off_plots(desk: Desk) -> list[tuple[str, str]]:
    """What is recorded of no plot: what the person's role does most, then the rest."""
    first = usual_off_plots(desk)
    aside = {*_ON_PLOTS, *first, *_not_theirs(desk)}
    names = [*first, *(name for name in FORMS if name not in aside)]
    return [_opened(desk, name) for name in names]


def _not_theirs(desk: Desk) -> frozenset[str]:
    """What who only works own plots has no part in."""
    return _OF_OTHERS if desk.actor.roles == {"member"} else frozenset()


def usual_off_plots(desk: Desk) -> list[str]:
    """Forms of what these roles do every day."""
    found = [name for role in desk.actor.roles for name in _OF_ROLE.get(role, ())]
    return list(dict.fromkeys(found))


def shortcuts(desk: Desk) -> list[tuple[str, str]]:
    """Where the person's daily records begin."""
    return [_opened(desk, name) for name in usual_off_plots(desk)]


def _opened(desk: Desk, name: str) -> tuple[str, str]:
    return f"/desk/record/form?form={quote(name)}", desk.words.said(FORMS[name].label)


def tiles(desk: Desk) -> list[Tile]:
    """The organisation's plots that the person may record on, last used first."""
    actor, words = desk.actor, desk.words
    if not actor.may("plots") or not actor.may("seasons"):
        return []
    held = [one for one in desk.node.plots.seen_by(actor) if one.owner == actor.organisation]
    open_on, day, naming = desk.node.seasons.open_on(actor), today(desk), Naming(desk)
    used: dict[str, int] = {}
    query = DeedQuery(actor.organisation, limit=100)
    recent = desk.node.books.find(actor.viewer, query).lines
    for place_, line in enumerate(sorted(recent, key=lambda one: -(one.deed.index or 0))):
        for plot in line.deed.plots:
            used.setdefault(plot, place_)
    held.sort(key=lambda one: used.get(one.id, len(used) + 1_000))
    found = []
    for one in held:
        seasons = open_on.get(one.id, [])
        season = seasons[0] if seasons else None
        found.append(
            Tile(
                f"/desk/record?plot={quote(one.id, safe='/:')}",
                words.name(one.names, one.id),
                naming.person(one.member) if one.member else "",
                mu_of(one),
                words.name(season.names, "") if season else words.name(one.crop),
                stage_words(season, day, words) if season else words("no season is open"),
            )
        )
    return found

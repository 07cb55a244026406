"""Plots: the list with a sketch, one plot, adding and changing."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Forbidden, Many, NotFound, Refused, SuyuanError
from suyuan.core.plot_form import DATUMS, area_text, place_text, plot_of
from suyuan.flow.plots import Held
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.places import Place
from suyuan.web.desk.sketch import sketch
from suyuan.web.desk.telling import Naming
from suyuan.web.wording import number

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("plots", "/desk/plots", "plots")


@router.get("/desk/plots")
def plots(desk: DeskDep) -> Response:
    """All that the person may see, or those of one member or village."""
    asked = desk.request.query_params
    every, names = desk.node.plots.seen_by(desk.actor), _members(desk)
    find, member, village = (asked.get(key, "").strip() for key in ("find", "member", "village"))
    villages = sorted({name for one in every if (name := desk.words.name(one.village))})
    shown = [
        one
        for one in every
        if (not find or find in desk.words.name(one.names))
        and (not member or one.member == member)
        and (not village or desk.words.name(one.village) == village)
    ]
    naming = Naming(desk)
    naming.of_members({one.owner for one in shown if one.member})
    rows = [(one, naming.person(one.member) if one.member else "", mu_of(one)) for one in shown]
    total = sum(hectares for one in shown if (hectares := one.plot.hectares) is not None)
    drawn = sketch(
        [(_address(one.id), desk.words.name(one.names, one.id), geometry) for one in shown
         if (geometry := one.plot.geometry) is not None],
        desk.words("Sketch of the plots, north is up"),
    )  # fmt: skip
    return desk.page(
        "plots.html",
        rows=rows,
        count=len(every),
        total=number(float(total) * 15),
        drawn=drawn,
        find=find,
        member=member,
        members=[("", desk.words("All members")), *_by_name(names)],
        village=village,
        villages=[("", desk.words("All villages")), *((name, name) for name in villages)],
        may_add=_may_write(desk),
        address=_address,
    )


@router.get("/desk/plots/one")
def plot(desk: DeskDep) -> Response:
    held = desk.node.plots.get(desk.actor, desk.request.query_params.get("id", ""))
    geometry = held.plot.geometry
    name = desk.words.name(held.names, held.id)
    return desk.page(
        "plot.html",
        held=held,
        name=name,
        member=Naming(desk).person(held.member) if held.member else "",
        mu=mu_of(held),
        drawn=sketch([(_address(held.id), name, geometry)], name) if geometry else "",
        place=" · ".join(filter(None, place_text(held.master))),
        may_edit=_may_write(desk) and held.owner == desk.actor.organisation,
        edit=f"/desk/plots/edit?{urlencode({'id': held.id})}",
    )


@router.get("/desk/plots/new")
def new_page(desk: DeskDep) -> Response:
    _writer(desk)
    return _form(desk, None, {"member": desk.request.query_params.get("member", "")})


@router.post("/desk/plots/new")
def new(desk: DeskDep) -> Response:
    _writer(desk)
    given = texts(desk.form)
    try:
        master = {
            "id": desk.node.plots.new_id(desk.actor.organisation),
            **plot_of(given),
            **_worked_by(desk, given),
        }
        _ask_of_alike(desk, master)
        held = desk.node.plots.record(desk.actor, master)
    except Refused as problem:
        return _form(desk, None, given, problem)
    return desk.go(_address(held.id), _saved(desk, held))


@router.get("/desk/plots/edit")
def edit_page(desk: DeskDep) -> Response:
    _writer(desk)
    held = desk.node.plots.get(desk.actor, desk.request.query_params.get("id", ""))
    where, datum = place_text(held.master)
    given = {
        "name": desk.words.name(held.names),
        "village": desk.words.name(held.village),
        "crop": desk.words.name(held.crop),
        "area": area_text(held.master),
        "member": held.member or "",
        "place": where,
        "datum": datum,
    }
    return _form(desk, held, given)


@router.post("/desk/plots/edit")
def edit(desk: DeskDep) -> Response:
    _writer(desk)
    held = desk.node.plots.get(desk.actor, desk.given("id"))
    given = texts(desk.form)
    try:
        changed = {**_kept(held), **plot_of(given), **_worked_by(desk, given)}
        held = desk.node.plots.record(desk.actor, changed)
    except Refused as problem:
        return _form(desk, held, given, problem)
    return desk.go(_address(held.id), _saved(desk, held))


_TYPED = {"name", "suyuan:village", "suyuan:crop", "suyuan:area", "suyuan:outline",
          "suyuan:position", "suyuan:member", "suyuan:recordedBy"}  # fmt: skip


_FIELDS = {
    "suyuan:area": "area",
    "suyuan:crop": "crop",
    "suyuan:member": "member",
    "suyuan:outline": "place",
    "suyuan:position": "place",
    "suyuan:village": "village",
}


def _kept(held: Held) -> dict[str, Any]:
    """Members that the form does not know, and names in two languages that it would flatten."""
    return {name: value for name, value in held.master.items() if name not in _TYPED}


def _ask_of_alike(desk: Desk, master: dict[str, Any]) -> None:
    """Refused where the same member has a plot of this name, until it is said that this is another."""
    if desk.given("another"):
        return
    for one in desk.node.plots.of(desk.actor.organisation):
        if one.names and master["name"] in one.names and one.member == master.get("suyuan:member"):
            raise Refused(
                "{name} is on record already for the same member; another plot may be called so too",
                path="/name",
                name=master["name"],
            )


def _worked_by(desk: Desk, given: dict[str, str]) -> dict[str, str]:
    if desk.actor.scope("plots") == "own":
        return {"suyuan:member": desk.actor.uri}
    member = given.get("member", "")
    if not member:
        return {}
    if member not in _members(desk):
        raise NotFound("this member is not in the register", path="/member")
    return {"suyuan:member": member}


def _form(
    desk: Desk, held: Held | None, given: dict[str, str], problem: SuyuanError | None = None
) -> Response:
    words = desk.words
    datums = [("", words("choose")), *((one, one) for one in DATUMS)]
    for part in _parts(problem):
        # What master data calls a member is a field here.
        part.path = "/" + _FIELDS.get(part.path.split("/")[1] if part.path else "", part.path[1:])
    fields = ("name", "village", "crop", "area", "member", "place", "datum")
    every = desk.node.plots.seen_by(desk.actor)
    return desk.page(
        "plot_form.html",
        problem=problem,
        held=held,
        given={name: given.get(name, "") for name in fields},
        members=[("", words("nobody in particular")), *_by_name(_members(desk))],
        datums=datums,
        villages=sorted({words.name(one.village) for one in every} - {""}),
        crops=sorted({words.name(one.crop) for one in every} - {""}),
        own=desk.actor.scope("plots") == "own",
        twice=any("name" in part.params for part in _parts(problem)),
        back=_address(held.id) if held else "/desk/plots",
    )


def _parts(problem: SuyuanError | None) -> list[SuyuanError]:
    return list(problem.errors) if isinstance(problem, Many) else [problem] if problem else []


def _writer(desk: Desk) -> None:
    if not _may_write(desk):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")


def _may_write(desk: Desk) -> bool:
    return desk.actor.scope("plots") in ("own", "organisation")


def _members(desk: Desk) -> dict[str, str]:
    """URI → name of those whom the reader may know."""
    if desk.actor.may("members"):
        return dict(desk.people)
    return {desk.actor.uri: desk.actor.name}


def _by_name(names: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(names.items(), key=lambda pair: pair[1])


def _address(uri: str) -> str:
    return f"/desk/plots/one?id={quote(uri, safe='/:')}"


def _saved(desk: Desk, held: Held) -> str:
    return desk.words(
        "Saved: {name}, record {index}.", name=desk.words.name(held.names), index=held.index
    )


def mu_of(held: Held) -> str:
    """The area in mu, as people say it; "" where it is unknown."""
    hectares = held.plot.hectares
    return number(round(float(hectares) * 15, 4)) if hectares is not None else ""

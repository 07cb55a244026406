"""Crop and livestock templates in words: all of them, one in each of its versions, who uses which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound
from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.check import TEMPLATE
from suyuan.core.rules.finding import Basis
from suyuan.core.rules.template import Figure, Template, template_of
from suyuan.core.rules.template_form import fields_of
from suyuan.core.story_values import Names, Quantity, names_of, objects_of
from suyuan.flow.rulebook import Edition
from suyuan.flow.seasons import Season
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.rules import recorded_on
from suyuan.web.desk.telling import label_of, season_address, title_of
from suyuan.web.wording import Wording, number, word

router = APIRouter(tags=["pages"], include_in_schema=False)
GATE_WORDS: Mapping[str, str] = {
    "interval": word("the interval after the last treatment has passed"),
    "ban": word("nothing banned was used"),
    "test": word("the required tests were passed"),
    "certificate": word("a certificate of compliance is there"),
}


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure in words, and where it is from; both empty: not stated."""

    what: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A template in a list."""

    name: str
    address: str
    animal: bool
    whose: str
    edition: str
    version: int
    own: bool
    seasons: int


@router.get("/desk/templates")
def start(desk: DeskDep) -> Response:
    """Those of one's own first, then those that the node began with, then others'."""
    used = _used(desk)
    found = [
        Shown(
            name_of(desk.words, one),
            address_of(one.id),
            one.document.get("kind") == "animal",
            whose(desk, one),
            str(one.document.get("edition", "")),
            len(desk.node.rulebook.history(one.id)),
            one.owner == desk.actor.organisation,
            len(used.get(one.id, ())),
        )
        for one in in_order(desk)
    ]
    return desk.page("templates.html", templates=found, may_copy=may_change(desk))


@router.get("/desk/templates/one")
def one(desk: DeskDep) -> Response:
    """One template in the version asked for, else the newest."""
    asked = desk.request.query_params
    versions = versions_of(desk, asked.get("id", ""))
    digest = asked.get("version")
    shown = next((one for one in versions if digest in (None, one.digest)), None)
    if shown is None:
        raise NotFound("there is no such version of this template here")
    words, document = desk.words, shown.document
    animal = document.get("kind") == "animal"
    read, used = template_of(document), _used(desk).get(shown.id, [])
    return desk.page(
        "template.html",
        name=name_of(words, shown),
        shown=shown,
        animal=animal,
        whose=whose(desk, shown),
        edition=read.edition,
        version=len(versions) - versions.index(shown),
        newest=shown is versions[0],
        newest_address=address_of(shown.id),
        copied=_copied(desk, document),
        stages=[
            (
                words.name(names_of(stage.get("name"))),
                months_said(words, stage.get("months", ())),
                [
                    title_of(FORMS[work], words, animal=animal)
                    for work in stage.get("work", ())
                    if work in FORMS
                ],
            )
            for stage in objects_of(document.get("stages"))
        ],
        calendar=_calendar(words, document),
        fields=[
            (
                title_of(FORMS[form], words, animal=animal),
                [
                    label_of(found, words, animal=animal)
                    for found in FORMS[form].fields
                    if found.name in names and found.name in fields_of(form)
                ],
            )
            for form, names in read.fields.items()
            if form in FORMS and set(names) & set(fields_of(form))
        ],
        figures=_figures(words, read),
        tests=[(words.name(item), _source(words, basis, read)) for item, basis in read.tests],
        gates=[
            words(said) for gate, said in GATE_WORDS.items() if gate in (read.gates or GATE_WORDS)
        ],
        versions=_versions(versions, shown, used),
        seasons=[
            (words.name(season.names, season.id), season_address(season.id), season.closed)
            for season in used
            if season.template is not None and season.template.digest == shown.digest
        ],
        edit=f"/desk/templates/form?{urlencode({'id': shown.id})}",
        copy=f"/desk/templates/form?{urlencode({'copy': shown.id})}",
        own=shown.owner == desk.actor.organisation,
        may_change=may_change(desk),
        may_seasons=desk.actor.may("seasons"),
    )


def in_order(desk: Desk) -> list[Edition]:
    """Every template in its newest version: one's own first, others' last."""
    own = desk.actor.organisation
    return sorted(
        desk.node.rulebook.all(TEMPLATE),
        key=lambda one: 0 if one.owner == own else 1 if one.owner is None else 2,
    )


def versions_of(desk: Desk, name: str) -> list[Edition]:
    """Every version of a template, the newest first; NotFound where there is none."""
    found = desk.node.rulebook.history(name)
    if found[0].document.get("type") != TEMPLATE:
        raise NotFound("there is no table or template {id}", id=name[:200])
    return found


def may_change(desk: Desk) -> bool:
    """Whether this person keeps the templates of the organisation."""
    return desk.actor.scope("seasons") == "organisation"


def name_of(words: Wording, one: Edition) -> str:
    return words.name(names_of(one.document.get("name")), one.id)


def whose(desk: Desk, one: Edition) -> str:
    """Whose template it is, in words."""
    if one.owner is None:
        return desk.words("comes with the system")
    if one.owner == desk.actor.organisation:
        return desk.words("our own")
    known = desk.node.database.accounts.organisation(one.owner)
    if known is None:
        return one.owner
    return known.name_zh if desk.words.language == "zh" else known.name_en


def address_of(name: str, digest: str = "") -> str:
    asked = {"id": name, **({"version": digest} if digest else {})}
    return f"/desk/templates/one?{urlencode(asked)}"


def months_said(words: Wording, months: Sequence[Any]) -> str:
    """``3、4月``, ``December, January``."""
    known = [month for month in months if isinstance(month, int) and 1 <= month <= 12]
    if words.language == "zh":
        return "、".join(map(str, known)) + "月" if known else ""
    return ", ".join(words.month(month) for month in known)


def _figures(words: Wording, read: Template) -> list[Stated]:
    step = next(one for one in FORMS["processing"].fields if one.name == "step")

    def stated(what: str, figure: Figure | None, unit: str = "") -> Stated:
        if figure is None:
            return Stated(what, "", "")
        value = float(figure.value)
        said = words.amount(Quantity(value, unit)) if unit else number(value)
        source = _source(words, figure.basis, read)
        return Stated(what, words("at most {amount}", amount=said), source)

    found = [
        stated(
            words("{step}: mass out for one in", step=step.choices[name])
            if name in step.choices
            else name,
            figure,
        )
        for name, figure in read.ratios.items()
    ]
    found.append(stated(words("Over all steps: mass out for one in"), read.overall))
    if read.kind == "crop":
        found.append(stated(words("Yield of a mu in a season, fresh"), read.yield_per_mu, "KGM"))
    return found


def _source(words: Wording, basis: Basis, read: Template) -> str:
    """Who says so, and in which edition, where that is not the template's own."""
    source = words.name(basis.source)
    return source if basis.edition in (None, read.edition) else f"{source} ({basis.edition})"


def _calendar(words: Wording, document: Mapping[str, Any]) -> str:
    calendar = document.get("calendar")
    names: Names | None = None
    if isinstance(calendar, Mapping):
        names = names_of(calendar.get("source"))
    return words.name(names)


def _copied(desk: Desk, document: Mapping[str, Any]) -> tuple[str, str] | None:
    """Name and address of the version that it was copied from, where that was another template."""
    copied = document.get("copiedFrom")
    if not isinstance(copied, Mapping) or copied.get("id") == document.get("id"):
        return None
    name, digest = str(copied.get("id")), str(copied.get("digest"))
    try:
        found = desk.node.rulebook.history(name)
    except NotFound:
        return name, ""
    held = next((one for one in found if one.digest == digest), found[0])
    return name_of(desk.words, held), address_of(held.id, held.digest)


def _versions(
    versions: Sequence[Edition], shown: Edition, used: Sequence[Season]
) -> list[dict[str, Any]]:
    return [
        {
            "number": len(versions) - place,
            "edition": str(one.document.get("edition", "")),
            "address": address_of(one.id, one.digest if place else ""),
            "since": recorded_on(one),
            "index": one.index,
            "here": one is shown,
            "seasons": sum(
                season.template is not None and season.template.digest == one.digest
                for season in used
            ),
        }
        for place, one in enumerate(versions)
    ]


def _used(desk: Desk) -> dict[str, list[Season]]:
    """Template → the seasons under any version of it that this person may see."""
    found: dict[str, list[Season]] = {}
    if desk.actor.may("seasons"):
        for season in desk.node.seasons.seen_by(desk.actor):
            if season.template is not None:
                found.setdefault(season.template.id, []).append(season)
    return found

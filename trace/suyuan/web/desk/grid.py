"""One kind of work on one day for many plots: a row for each, filed together or kept as drafts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Blocked, Forbidden, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.form import Form
from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.finding import Finding
from suyuan.flow.books import Entry, form_named
from suyuan.web.desk import sheet as sheets
from suyuan.web.desk.choices import Choices
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.filling import Shown, Where, given_in, shown
from suyuan.web.desk.plots import mu_of
from suyuan.web.desk.telling import Naming, clock_of, key_of, stage_words, title_of, today, told

router = APIRouter(tags=["pages"], include_in_schema=False)
MOST_ROWS = 400
_OFFERED = ("spraying", "fertilising", "irrigating", "field_work", "harvest", "sowing", "inspecting",
            "growing", "feeding", "treating", "immunising")  # fmt: skip
_PER_ROW = frozenset({"area", "member", "person", "phone"})


@dataclass(slots=True)
class Line:
    """A plot with its open season, and what was typed in its row."""

    plot: str
    season: str
    name: str
    who: str
    member: str
    told: str
    area: str
    amount: str = ""
    on: bool = False


@router.get("/desk/record/many")
def many(desk: DeskDep) -> Response:
    """Which work and where it grows first; then the rows."""
    desk.actor.require("record")
    asked = desk.request.query_params
    form = FORMS.get(asked.get("form", ""))
    crops = _crops(desk)
    crop = asked.get("crop", "") or (next(iter(crops)) if len(crops) == 1 else "")
    if form is None or form.name not in _OFFERED or crop not in crops:
        return desk.page(
            "grid_choose.html",
            crops=[("", desk.words("choose")), *crops.items()],
            crop=crop,
            form=form.name if form else "",
            forms=[(name, desk.words.said(FORMS[name].label)) for name in _OFFERED],
        )
    given = {"day": today(desk).isoformat()}
    return _show(desk, form, crop, given, _lines(desk, crop), key=str(uuid.uuid4()))


@router.post("/desk/record/many")
def sent(desk: DeskDep) -> Response:
    """All rows that say something, all or none."""
    actor = desk.actor
    actor.require("record")
    form, crop = form_named(desk.given("form")), desk.given("crop")
    try:
        key = uuid.UUID(desk.given("key"))
    except ValueError:
        key = uuid.uuid4()
    choices = Choices(desk, form, Naming(desk), str(key))
    choices.name_new()
    given = given_in(form, desk.form, choices)
    lines = _lines(desk, crop)
    for number, line in enumerate(lines):
        line.area = desk.given(f"rows/{number}/area").strip()
        line.amount = desk.given(f"rows/{number}/amount").strip()
        line.on = bool(desk.given(f"rows/{number}/on")) or bool(line.amount)

    def again(problem: SuyuanError | None = None, **more: Sequence[Finding]) -> Response:
        return _show(desk, form, crop, given, lines, problem, key=str(key), **more)

    try:
        if [line.plot for line in lines] != desk.form.getlist("plot"):
            raise Refused("plots or seasons changed meanwhile; look the rows through once more")
        entries = [
            Entry(form.name, _row(desk, form, given, line, key), f"/rows/{number}",
                  event_id=f"urn:uuid:{uuid.uuid5(key, line.plot)}")
            for number, line in enumerate(lines) if line.on
        ]  # fmt: skip
        if not entries:
            raise Refused("tick a row, or write an amount into it", path="/rows")
        for entry in entries:
            sheets.narrow(desk, dict(entry.given))
        if desk.given("do") == "draft":
            for entry in entries:
                desk.node.drafts.save(actor.caller, form.name, entry.given)
            now = clock_of(desk.node.clock.now())
            said = desk.words("Kept as a draft at {time}; it is not filed yet.", time=now)
            return desk.go("/desk/drafts", said)
        actor.require("sign and file")
        overrides = sheets.overrides_in(desk)
        found = sheets.judged(desk, entries, overrides)
        if found and desk.given("seen") != key_of(found):
            return again(findings=found)
        indices = desk.node.books.record(
            actor.caller, entries, typed_by=actor.uri, idempotency_key=str(key),
            overrides=overrides,
        )  # fmt: skip
    except Blocked as blocked:
        return again(blocked=sheets.findings_of(blocked))
    except (Forbidden, NotFound) as problem:
        if not problem.path:
            raise
        return again(problem)
    except Refused as problem:
        return again(problem)
    return sheets.saved(desk, indices)


def _row(
    desk: Desk, form: Form, given: Mapping[str, Any], line: Line, key: uuid.UUID
) -> dict[str, Any]:
    """The shared answers with what is this row's own."""
    made = {name: value for name, value in given.items() if name not in _PER_ROW}
    made |= {"plots": [line.plot], "season": line.season}
    if line.member:
        made["member"] = line.member
    if line.area and form.field("area") is not None:
        made["area"] = f"{line.area} 亩" if re.fullmatch(r"[\d.,，．]+", line.area) else line.area
    one = _amounts(form)
    if one is not None and (rows := made.get(one)):
        first = dict(rows[0])
        unit = desk.given(f"{one}/0/unit")
        plain = re.fullmatch(r"[\d.,，．]+", line.amount) is not None
        first["amount"] = f"{line.amount} {unit}".strip() if plain else line.amount
        field = form.field(one)
        if field is not None and field.at == "outputs":
            # Each plot's harvest is a lot of its own.
            number = uuid.uuid5(key, line.plot).hex[:4].upper()
            base, _, lot = str(first["item"]).rpartition("/")
            first["item"] = f"{base}/{lot.partition('-')[0]}-{number}"
        made[one] = [first]
    return made


def _amounts(form: Form) -> str | None:
    """The field whose amount is each row's own."""
    return next((one.name for one in form.fields if one.type == "items"), None)


def _crops(desk: Desk) -> dict[str, str]:
    """Templates of the seasons that go on: id → name."""
    if not desk.actor.may("seasons"):
        return {}
    found = {}
    for one in desk.node.seasons.seen_by(desk.actor):
        if one.closed is None and one.template is not None:
            found[one.template.id] = desk.words.name(one.crop, one.template.id)
    return found


def _animal(desk: Desk, crop: str) -> bool | None:
    for one in desk.node.seasons.seen_by(desk.actor) if desk.actor.may("seasons") else ():
        if one.template is not None and one.template.id == crop:
            return one.is_animal
    return None


def _lines(desk: Desk, crop: str) -> list[Line]:
    """A row for each plot where it grows, by member and name."""
    if not desk.actor.may("plots") or not desk.actor.may("seasons"):
        return []
    open_on, naming, day = desk.node.seasons.open_on(desk.actor), Naming(desk), today(desk)
    lines = []
    for held in desk.node.plots.seen_by(desk.actor):
        for season in open_on.get(held.id, []):
            if season.template is not None and season.template.id == crop:
                who = naming.person(held.member) if held.member else ""
                lines.append(
                    Line(held.id, season.id, desk.words.name(held.names, held.id), who,
                         held.member or "", stage_words(season, day, desk.words), mu_of(held))
                )  # fmt: skip
                break
    return sorted(lines, key=lambda line: (line.who, line.name))[:MOST_ROWS]


def _show(
    desk: Desk,
    form: Form,
    crop: str,
    given: dict[str, Any],
    lines: list[Line],
    problem: SuyuanError | None = None,
    *,
    key: str,
    findings: Sequence[Finding] = (),
    blocked: Sequence[Finding] = (),
) -> Response:
    choices, amounts = Choices(desk, form, Naming(desk), key), _amounts(form)
    if isinstance(problem, Many):
        problem = _at_rows(problem, amounts)
    elif problem is not None:
        _at_rows(Many([problem]), amounts)
    sheet = sheets.Sheet(form, given, choices, key=key)
    lot = sheets.new_lot(sheet, today(desk))
    often, _ = shown(desk, form, given, choices, Where(_animal(desk, crop)), new_lot=lot)
    new = sheets.unnamed(sheet)
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        if part.path in new:
            part.message, part.params = sheets.NOT_YET, {"name": new[part.path]}
    item: Shown | None = next((one for one in often if one.name == amounts), None)
    rules = list(dict.fromkeys(one.name for one in blocked))
    return desk.page(
        "grid.html",
        problem=problem,
        form=form.name,
        crop=crop,
        crop_name=_crops(desk).get(crop, ""),
        title=title_of(form, desk.words, animal=bool(_animal(desk, crop))),
        key=key,
        shared=[one for one in often if one.name not in _PER_ROW and one.type != "items"],
        item=item,
        row=item.rows[0] if item is not None else None,
        has_area=form.field("area") is not None,
        lines=lines,
        new=list(dict.fromkeys(new.values())) if choices.may_name and problem else [],
        lists=[("things", choices.labels), ("made", choices.made)],
        findings=told(findings, desk.words),
        blocked=told(blocked, desk.words),
        rules=rules,
        reasons=[desk.given(f"reason/{n}") for n in range(len(rules))],
        kept=sheets.carried(desk),
        answers=desk.given("answers") or desk.actor.name,
        seen=key_of(findings) if findings else desk.given("seen"),
        may_override=desk.actor.may("override"),
        may_file=desk.actor.may("sign and file"),
        status=409 if blocked else 200,
    )


_PLACE = re.compile(r"/rows/(\d+)/([^/]+)(?:/0/(item|amount))?.*")


def _at_rows(problem: Many, amounts: str | None) -> Many:
    """Errors at the field of the page: in the row what is the row's, once what all rows share."""
    once: dict[tuple[str, str], SuyuanError] = {}
    for part in problem.errors:
        at = _PLACE.fullmatch(part.path)
        if at is not None:
            row, name, inner = at.groups()
            if name == amounts:
                part.path = f"/rows/{row}/amount" if inner == "amount" else f"/{amounts}/0/item"
            elif name == "area":
                part.path = f"/rows/{row}/area"
            else:
                part.path = f"/{name}"
        once.setdefault((part.path, part.text), part)
    found = list(once.values())
    return Many(found)

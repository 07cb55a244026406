"""A template copied and changed, or one's own changed, by a form; each time a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Forbidden, Many, Refused, SuyuanError
from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.release import GATES
from suyuan.core.rules.template_form import (
    document_of,
    fields_of,
    months_in_order,
    steps_of,
    works_of,
)
from suyuan.core.rules.template_given import Given, ItemGiven, StageGiven, Told, given_of
from suyuan.flow.credentials import letters
from suyuan.flow.rulebook import Edition
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.telling import label_of, title_of, today
from suyuan.web.desk.templates import (
    GATE_WORDS,
    address_of,
    in_order,
    may_change,
    months_said,
    name_of,
    versions_of,
)

router = APIRouter(tags=["pages"], include_in_schema=False)
_NEW_STAGES, _NEW_TESTS = 3, 3
_MOST_STAGES, _MOST_TESTS = 40, 60


@router.get("/desk/templates/form")
def form_page(desk: DeskDep) -> Response:
    """Copy another one (``copy``), or change one's own (``id``)."""
    asked = desk.request.query_params
    copying = "copy" in asked
    held = _held(desk, asked.get("copy", "") if copying else asked.get("id", ""), copying)
    given = given_of(held.document)
    if copying:
        given.zh, given.en = f"{given.zh}（本社）", f"{given.en} (our own)" if given.en else ""
    return _form(desk, held, given, copying)


@router.post("/desk/templates/form")
def form_sent(desk: DeskDep) -> Response:
    """Sign and file it; a season that goes on keeps the version that it was opened under."""
    copying = bool(desk.given("copy"))
    held = _held(desk, desk.given("copy") if copying else desk.given("id"), copying)
    document, given = held.document, _given(desk, held.document)
    try:
        made, problems = document_of(given, document)
        problems = [*_name_taken(desk, held, given, copying), *problems]
        if problems:
            raise problems[0] if len(problems) == 1 else Many(problems)
        if not copying and all(document.get(name) == made[name] for name in made):
            raise Refused("nothing is otherwise than in the version in force; nothing was recorded")
        name = held.id
        if copying:
            own = letters(desk.node.seasons.chance, 10).lower()
            name = f"{desk.node.settings.uri_base}template/{own}"
        made |= {"edition": today(desk).isoformat(), "suyuan:recordedBy": desk.actor.uri}
        index = desk.node.rulebook.copy_template(
            desk.actor.caller, held.id, name, made, of=desk.given("of")
        )
    except Refused as problem:
        return _form(desk, held, given, copying, problem)
    said = desk.words(
        "Signed and filed as record {index}. Seasons opened from now on take this version; those that"
        " go on keep theirs.",
        index=index,
    )
    return desk.go(address_of(name), said)


def _held(desk: Desk, name: str, copying: bool) -> Edition:
    """What is copied or changed; Forbidden where it is not for this person to change."""
    if not may_change(desk):
        raise Forbidden("your role does not allow this; ask who gave you your log-in")
    held = versions_of(desk, name)[0]
    if not copying and held.owner != desk.actor.organisation:
        raise Forbidden("this template is not your organisation's; copy it, and change the copy")
    return held


def _name_taken(desk: Desk, held: Edition, given: Given, copying: bool) -> list[SuyuanError]:
    """Two of one name could not be told apart where a season is opened."""
    for one in in_order(desk):
        mine = one.owner in (None, desk.actor.organisation)
        if mine and (copying or one.id != held.id) and given_of(one.document).zh == given.zh:
            return [Refused("there is a template of this name already; give this one another",
                            path="name_zh")]  # fmt: skip
    return []


def _given(desk: Desk, document: Mapping[str, Any]) -> Given:
    """What was typed and ticked."""

    def several(name: str) -> list[str]:
        return [one for one in desk.form.getlist(name) if isinstance(one, str)]

    def text(name: str) -> str:
        return desk.given(name).strip()

    def told(name: str) -> Told:
        return Told(text(name), text(f"{name}/source_zh"), text(f"{name}/source_en"))

    works = works_of(document)
    found = Given(
        text("name_zh"), text("name_en"),
        calendar=told("calendar"), per_mu=told("per_mu"), overall=told("overall"),
        gates={gate for gate in several("gates") if gate in GATES},
        fields={form: set(several(f"field/{form}")) for form in works},
    )  # fmt: skip
    done = set(several("steps"))
    for step in steps_of(document):
        ratio = told(f"ratio/{step}")
        if step in done or ratio != Told():
            found.steps[step] = ratio
    for number in range(_MOST_STAGES):
        at = f"stage/{number}"
        if f"{at}/zh" not in desk.form:
            break
        months = {int(month) for month in several(f"{at}/months")
                  if month.isdecimal() and len(month) < 3 and 1 <= int(month) <= 12}  # fmt: skip
        ticked = [name for name in several(f"{at}/work") if name in works]
        orders = {name: text(f"{at}/order/{name}") for name in works}
        found.stages.append(
            StageGiven(text(f"{at}/code"), text(f"{at}/zh"), text(f"{at}/en"), text(f"{at}/order"),
                       months, ticked, orders, bool(text(f"{at}/out")))
        )  # fmt: skip
    for number in range(_MOST_TESTS):
        at = f"test/{number}"
        if f"{at}/zh" not in desk.form:
            break
        found.tests.append(ItemGiven(text(f"{at}/zh"), text(f"{at}/en"), told(at)))
    return found


def _summary(desk: Desk, one: StageGiven, works: Mapping[str, str]) -> tuple[str, str]:
    """Its name, and its months and usual work in their order."""
    words = desk.words
    name = one.zh or one.en if words.language == "zh" else one.en or one.zh

    def place(work: str) -> int:
        given = one.orders.get(work, "")
        return int(given) if given.isdecimal() and len(given) < 4 else 1_000

    placed = sorted(one.work, key=place)
    months = months_said(words, months_in_order(one.months))
    return name, " · ".join(
        filter(None, (months, words(", ").join(works[work] for work in placed)))
    )


def _form(
    desk: Desk, held: Edition, given: Given, copying: bool, problem: SuyuanError | None = None
) -> Response:
    words, document = desk.words, held.document
    animal = document.get("kind") == "animal"
    works = [(name, title_of(FORMS[name], words, animal=animal)) for name in works_of(document)]
    step = next(one for one in FORMS["processing"].fields if one.name == "step")
    spare = _NEW_STAGES if not problem else 0
    return desk.page(
        "template_form.html",
        problem=problem,
        copying=copying,
        name=name_of(words, held),
        back=address_of(held.id),
        held=held,
        of=desk.given("of") or held.digest,
        given=given,
        kept=max((n for n, one in enumerate(given.stages, 1) if not one.empty), default=0),
        stages=[(one, *_summary(desk, one, dict(works)))
                for one in (*given.stages, *(StageGiven() for _ in range(spare)))],
        tests=[*given.tests, *(ItemGiven() for _ in range(_NEW_TESTS if not problem else 0))],
        months=[(month, words.month(month)) for month in range(1, 13)],
        works=works,
        fields=[
            (form, said, [(one.name, label_of(one, words, animal=animal))
                          for one in FORMS[form].fields if one.name in fields_of(form)],
             given.fields.get(form, set()))
            for form, said in works
        ],
        steps=[
            (name, words.said(step.choices[name]) if name in step.choices else name,
             name in given.steps, given.steps.get(name, Told()))
            for name in steps_of(document)
        ],
        gates=[(gate, words(said), gate in given.gates) for gate, said in GATE_WORDS.items()],
        animal=animal,
    )  # fmt: skip

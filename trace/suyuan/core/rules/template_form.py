"""A crop's or animal's template from the form that somebody filled in, all mistakes at once.

What the form does not ask (code, aliases and groups of the crop, members of other programs) stays as it
was in the document that was changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from suyuan.core.errors import Malformed, Refused, SuyuanError
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.units import parse_number
from suyuan.core.rules.release import GATES
from suyuan.core.rules.template_given import Given, Told, both_of, figure_of
from suyuan.core.story_values import objects_of

MOST_NAME, MOST_SOURCE = 80, 500
MOST_RATIO, MOST_YIELD = Decimal(10), Decimal(100_000)
"""More is taken for a slip of the pen: no step makes ten out of one, and no mu bears 100 t."""
_ALWAYS = frozenset({"day", "time", "member", "phone", "note"})
"""Fields of forms that no template asks for."""
_FOR_ALL = ("field_work", "inspecting", "growing", "harvest", "processing", "test", "packing",
            "storing", "shipping", "certificate")  # fmt: skip
_WORK: Mapping[str, tuple[str, ...]] = {
    "crop": ("sowing", "fertilising", "spraying", "irrigating", *_FOR_ALL),
    "animal": ("stocking", "feeding", "treating", "immunising", "head_count", *_FOR_ALL, "destroying"),
}  # fmt: skip
_OF_PLANTS = frozenset({"hulling", "withering", "fixing", "rolling", "milling", "peeling"})
_OF_ANIMALS = frozenset({"killing", "cutting"})


def works_of(document: Mapping[str, Any]) -> list[str]:
    """Forms of work that make sense for it, and those that it names."""
    kind = "animal" if document.get("kind") == "animal" else "crop"
    named = [work for stage in objects_of(document.get("stages")) for work in stage.get("work", ())]
    return [name for name in dict.fromkeys((*_WORK[kind], *named)) if name in FORMS]


def steps_of(document: Mapping[str, Any]) -> list[str]:
    """Steps of processing that make sense for it, those that it names first."""
    choices = next(one for one in FORMS["processing"].fields if one.name == "step").choices
    other = _OF_PLANTS if document.get("kind") == "animal" else _OF_ANIMALS
    named = [str(step.get("step")) for step in objects_of(document.get("steps"))]
    return list(dict.fromkeys((*named, *(name for name in choices if name not in other))))


def fields_of(form: str) -> list[str]:
    """What a form may leave empty, and a template can ask for."""
    return [one.name for one in FORMS[form].fields if not one.required and one.name not in _ALWAYS]


def document_of(
    given: Given, before: Mapping[str, Any]
) -> tuple[dict[str, Any], list[SuyuanError]]:
    """Members that the form changes in a document, and all that is wrong, by the field's name."""
    wrong: list[SuyuanError] = []
    if not given.zh:
        wrong.append(Refused("give the template a name", path="name_zh"))
    for path, text in (("name_zh", given.zh), ("name_en", given.en)):
        _short(wrong, path, text, MOST_NAME)
    made: dict[str, Any] = {"name": _names(given.zh, given.en)}
    made["stages"] = _stages(given, before, wrong)
    source = _names(given.calendar.zh, given.calendar.en)
    for path, text in (("calendar/source_zh", given.calendar.zh),
                       ("calendar/source_en", given.calendar.en)):  # fmt: skip
        _short(wrong, path, text, MOST_SOURCE)
    if source or before.get("calendar"):
        made["calendar"] = {"source": source} if source else None
    made["fields"] = _fields(given, before)
    made["steps"] = _steps(given, before, wrong)
    for name, path, told, most in (
        ("yieldPerMu", "per_mu", given.per_mu, MOST_YIELD),
        ("overallRatio", "overall", given.overall, MOST_RATIO),
    ):
        made[name] = _made(path, told, before.get(name), most, wrong)
    if made["yieldPerMu"] is not None:
        made["yieldPerMu"].setdefault("unit", "KGM")
    made["tests"] = _tests(given, before, wrong)
    made["gates"] = [gate for gate in GATES if gate in given.gates]
    if not made["gates"]:
        # A list of none asks for all, which is not what somebody meant who took every tick away.
        wrong.append(Refused("tick one thing at least that is asked before release", path="gates"))
    return made, wrong


def _stages(
    given: Given, before: Mapping[str, Any], wrong: list[SuyuanError]
) -> list[dict[str, Any]]:
    known = {str(stage.get("code")) for stage in objects_of(before.get("stages"))}
    placed: list[tuple[int, int, dict[str, Any]]] = []
    taken: set[str] = set()
    for number, one in enumerate(given.stages):
        if one.out or one.empty:
            continue
        at = f"stage/{number}"
        if not one.zh and not one.en:
            wrong.append(Refused("give the stage a name, for example flowering", path=f"{at}/zh"))
        for path, text in ((f"{at}/zh", one.zh), (f"{at}/en", one.en)):
            _short(wrong, path, text, MOST_NAME)
        if not one.months:
            wrong.append(Refused("tick a month at least", path=f"{at}/months"))
        if not one.work:
            wrong.append(Refused("tick what is usually done then", path=f"{at}/work"))
        code = one.code if one.code in known - taken else ""
        code = code or next(
            name
            for n in range(len(given.stages) + 1, 1000)
            if (name := f"stage-{n}") not in known | taken
        )
        taken.add(code)
        work = [
            (_place(wrong, f"{at}/order/{name}", one.orders.get(name, "")), n, name)
            for n, name in enumerate(one.work)
        ]
        stage = {
            "code": code,
            "name": _names(one.zh, one.en),
            "months": months_in_order(one.months),
            "work": [name for _, _, name in sorted(work)],
        }
        placed.append((_place(wrong, f"{at}/order", one.order), number, stage))
    if not placed:
        wrong.append(Refused("a template has one stage at least", path="stage/0/zh"))
    return [stage for _, _, stage in sorted(placed, key=lambda one: one[:2])]


def months_in_order(months: set[int]) -> list[int]:
    """December before January, where a stage goes over the turn of the year."""
    if not {1, 12} <= months or len(months) == 12:
        return sorted(months)
    first = max(month for month in months if month - 1 not in months)
    return sorted(months, key=lambda month: (month - first) % 12)


def _place(wrong: list[SuyuanError], path: str, text: str) -> int:
    if not text:
        return 1_000
    if not text.isdecimal() or len(text) > 3:
        wrong.append(Malformed("a place is a whole number, for example 2", path=path))
        return 0
    return int(text)


def _fields(given: Given, before: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a form asks for anyway stays named where it was."""
    named = before.get("fields")
    named = named if isinstance(named, Mapping) else {}
    found: dict[str, list[str]] = {}
    for form in dict.fromkeys((*named, *given.fields)):
        if form not in FORMS:
            continue
        free = set(fields_of(form))
        kept = [name for name in named.get(form, ()) if name not in free]
        asked = given.fields.get(form, set()) & free
        every = [name for name in named.get(form, ()) if name in asked or name in kept]
        every += [one.name for one in FORMS[form].fields
                  if one.name in asked and one.name not in every]  # fmt: skip
        if every:
            found[form] = every
    return found


def _steps(
    given: Given, before: Mapping[str, Any], wrong: list[SuyuanError]
) -> list[dict[str, Any]]:
    known = {str(step.get("step")): step for step in objects_of(before.get("steps"))}
    made = []
    for name in steps_of(before):
        if name in given.steps:
            old = known.get(name, {})
            figure = _made(f"ratio/{name}", given.steps[name], old.get("ratio"), MOST_RATIO, wrong)
            made.append({**old, "step": name, "ratio": figure})
    return made


def _tests(
    given: Given, before: Mapping[str, Any], wrong: list[SuyuanError]
) -> list[dict[str, Any]]:
    made = []
    known = {both_of(test.get("item")): test for test in objects_of(before.get("tests"))}
    for number, one in enumerate(given.tests):
        at, source = f"test/{number}", _names(one.source.zh, one.source.en)
        if not one.zh and not one.en:
            if source:
                wrong.append(Refused("say what is tested for", path=f"{at}/zh"))
            continue
        for path, text in ((f"{at}/zh", one.zh), (f"{at}/en", one.en)):
            _short(wrong, path, text, MOST_NAME)
        if not source:
            wrong.append(Refused("say who asks for this test", path=f"{at}/source_zh"))
        _short(wrong, f"{at}/source_zh", one.source.zh, MOST_SOURCE)
        _short(wrong, f"{at}/source_en", one.source.en, MOST_SOURCE)
        old = known.get((one.zh, one.en), {})
        kept = {"edition": old["edition"]} if old.get("edition") else {}
        made.append({"item": _names(one.zh, one.en), "source": source, **kept})
    return made


def _made(
    path: str, told: Told, before: object, most: Decimal, wrong: list[SuyuanError]
) -> dict[str, Any] | None:
    """A figure with its source; None where it is not stated."""
    _short(wrong, f"{path}/source_zh", told.zh, MOST_SOURCE)
    _short(wrong, f"{path}/source_en", told.en, MOST_SOURCE)
    if not told.value:
        if told.zh or told.en:
            wrong.append(
                Refused("say which figure this source states, or leave both empty", path=path)
            )
        return None
    if not told.zh and not told.en:
        wrong.append(Refused("say where this figure is from", path=f"{path}/source_zh"))
    try:
        value = parse_number(told.value)
    except Refused as problem:
        problem.path = path
        wrong.append(problem)
        return None
    if not 0 < value <= most:
        wrong.append(
            Refused("{value} cannot be meant: it is more than 0 and at most {most}",
                    path=path, value=told.value[:40], most=most)
        )  # fmt: skip
        return None
    if isinstance(before, Mapping) and figure_of(before) == told:
        return dict(before)  # with its edition and whatever else stands there
    number = int(value) if value == value.to_integral_value() else float(value)
    return {"value": number, "source": _names(told.zh, told.en)}


def _short(wrong: list[SuyuanError], path: str, text: str, most: int) -> None:
    if len(text) > most:
        wrong.append(
            Refused("this text is too long: {most} characters at most", path=path, most=most)
        )


def _names(zh: str, en: str) -> dict[str, str]:
    return {tongue: text for tongue, text in (("zh", zh), ("en", en)) if text}


__all__ = ["document_of", "fields_of", "months_in_order", "steps_of", "works_of"]

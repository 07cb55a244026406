"""Whether a table or a template is as it should be; each refusal names the path of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from suyuan.core.errors import Malformed, Refused
from suyuan.core.rules.release import GATES
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import day_of

TABLE, TEMPLATE = "suyuan:RuleTable", "suyuan:CropTemplate"
MOST_ROWS = 5_000

Check = Callable[[Any], bool]
Forms = Mapping[str, Collection[str]]


def check_document(document: Mapping[str, Any], forms: Forms) -> list[Refused]:
    """Everything wrong with a table or a template; empty where all is well, or it is neither.

    ``forms``: the forms of records there are, and the fields of each.
    """
    if document.get("type") == TABLE:
        return list(_table(document))
    if document.get("type") == TEMPLATE:
        return list(_template(document, forms))
    return []


def _text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 2_000


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _some(value: Any) -> bool:
    return _texts(value) and bool(value)


def _names(value: Any) -> bool:
    return _text(value) or (
        isinstance(value, Mapping)
        and bool(value)
        and value.keys() <= {"zh", "en"}
        and all(map(_text, value.values()))
    )


def _day(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 10 and day_of(value) is not None


def _number(value: Any) -> bool:
    number = decimal_of(value)
    return number is not None and number >= 0


def _positive(value: Any) -> bool:
    number = decimal_of(value)
    return number is not None and number > 0


def _uom(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isupper() and 2 <= len(value) <= 3


def _code(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 6 and value.isascii() and value.isdigit()


_NAMES = (_names, '{"zh": "农业农村部公告第536号", "en": "MARA Announcement No. 536"}')
_CROPS = (_some, '["蔬菜", "茶叶"], or ["*"] for all')
_EVERY: Mapping[str, tuple[Check, str]] = {
    "from": (_day, '"2026-06-01"'),
    "to": (_day, '"2026-12-31"'),
    "source": _NAMES,
    "edition": (_text, '"2026"'),
    "note": _NAMES,
}
THRESHOLDS = (
    "codesBlockFactor",
    "latenessDays",
    "sensorSilenceMinutes",
    "caseReceiveDays",
    "caseAnswerDays",
    "caseKeepDays",
)
"""Figures of a node that its table of thresholds may state."""

_ROWS: Mapping[str, tuple[tuple[str, ...], Mapping[str, tuple[Check, str]]]] = {
    "bans": (
        ("crops",),
        {
            "ingredient": (_text, '"克百威"'),
            "aliases": (_texts, '["呋喃丹"]'),
            "toxicity": (_some, '["剧毒", "高毒"]'),
            "crops": _CROPS,
        },
    ),
    "editions": (("standard",), {"standard": (_text, '"GB 2763-2026"')}),
    "limits": (
        ("item", "crops", "limit", "unit"),
        {
            "item": (_text, '"多菌灵"'),
            "crops": _CROPS,
            "limit": (_number, "0.1"),
            "unit": (_text, '"mg/kg"'),
        },
    ),
    "quotas": (
        ("crop", "item", "perMu", "uom"),
        {
            "crop": (_text, '"茶"'),
            "item": (_text, '"fertiliser", "N", or the id of a product'),
            "perMu": (_positive, "20"),
            "uom": (_uom, '"KGM"'),
            "blockFactor": (lambda value: _number(value) and value >= 1, "1.5"),
        },
    ),
    "certificates": (
        ("scope",),
        {
            "scope": (_some, '["蔬菜", "水果"]'),
            "producerText": (_text, '"未使用禁用农药…"'),
            "purchaserText": (_text, '"已按规定收取…"'),
            "ticks": (_texts, '["自行检测合格"]'),
            "producerTextEn": (_text, '"No banned pesticides …"'),
            "purchaserTextEn": (_text, '"Certificates were collected …"'),
            "ticksEn": (_texts, '["Own test passed"]'),
            "keepMonths": (_positive, "6"),
        },
    ),
    "thresholds": (
        ("name", "value"),
        {
            "name": (
                lambda value: value in THRESHOLDS,
                " / ".join(f'"{name}"' for name in THRESHOLDS),
            ),
            "value": (_number, "7"),
        },
    ),
    "counties": (
        ("code", "place", "name"),
        {"code": (_code, '"330112"'), "place": (_text, '"lin-an"'), "name": _NAMES},
    ),
}
"""Of each table: members that a row must have, and the check of each."""

TABLES = tuple(_ROWS)
MEMBERS_OF = {name: frozenset({*_EVERY, *known}) for name, (_, known) in _ROWS.items()}
"""Members that a row of each table may have."""


def _wrong(path: str, example: str) -> Refused:
    return Malformed(
        "this is not as it should be; right is for example {example}", path=path, example=example
    )


def _members(
    value: Any,
    path: str,
    known: Mapping[str, tuple[Check, str]],
    needed: tuple[str, ...] = (),
    *,
    closed: bool = True,
) -> Iterator[Refused]:
    """An object whose members are known, each by its check."""
    if not isinstance(value, Mapping):
        yield _wrong(path, "{…}")
        return
    for name in needed:
        if value.get(name) is None:
            yield Malformed("{name} is missing", path=f"{path}/{name}", name=name)
    for name, inner in value.items():
        if name not in known:
            if closed:
                yield Malformed(
                    "{name} is not known here; known are {known}",
                    path=f"{path}/{name}",
                    name=name,
                    known=", ".join(sorted(known)),
                )
        elif inner is not None and not known[name][0](inner):
            yield _wrong(f"{path}/{name}", known[name][1])


def _table(document: Mapping[str, Any]) -> Iterator[Refused]:
    yield from _members(
        document, "",
        {"edition": (_text, '"2026-11-26"'), "name": _NAMES, "table": (_text, '"bans"'),
         "rows": (lambda value: isinstance(value, list), "[…]")},
        ("edition", "table", "rows"), closed=False,
    )  # fmt: skip
    kind, rows = document.get("table"), document.get("rows")
    if not isinstance(kind, str) or kind not in _ROWS:
        yield _wrong("/table", ", ".join(TABLES))
        return
    if not isinstance(rows, list):
        return
    if len(rows) > MOST_ROWS:
        yield Malformed("a table has at most {most} rows", path="/rows", most=MOST_ROWS)
        return
    needed, known = _ROWS[kind]
    for number, row in enumerate(rows):
        path = f"/rows/{number}"
        yield from _members(row, path, {**_EVERY, **known}, (*needed, "source"))
        if isinstance(row, Mapping):
            since, until = day_of(row.get("from")), day_of(row.get("to"))
            if since is not None and until is not None and until < since:
                yield Malformed("this row ends before it begins", path=f"{path}/to")
            if kind == "bans" and not row.get("ingredient") and not row.get("toxicity"):
                yield Malformed("{name} is missing", path=f"{path}/ingredient", name="ingredient")


_STAGE: Mapping[str, tuple[Check, str]] = {
    "code": (_text, '"flowering"'),
    "name": _NAMES,
    "months": (
        lambda value: (
            isinstance(value, list)
            and bool(value)
            and all(type(one) is int and 1 <= one <= 12 for one in value)
        ),
        "[4, 5]",
    ),
    "work": (_texts, '["spraying", "harvest"]'),
}
_FIGURE: Mapping[str, tuple[Check, str]] = {
    "value": (_positive, "0.25"), "unit": (_uom, '"KGM"'),
    "source": _NAMES, "edition": (_text, '"2026"'),
}  # fmt: skip
_CROP: Mapping[str, tuple[Check, str]] = {
    "code": (_text, '"tea"'),
    "zh": (_text, '"茶"'),
    "en": (_text, '"Tea"'),
    "aliases": (_texts, '["茶树"]'),
    "groups": (_texts, '["茶叶"]'),
}


def _template(document: Mapping[str, Any], forms: Forms) -> Iterator[Refused]:
    yield from _members(
        document, "",
        {"edition": (_text, '"2026-11-26"'), "name": _NAMES,
         "kind": (lambda value: value in ("crop", "animal"), '"crop" or "animal"'),
         "product": (lambda value: value in ("meat", "eggs", "milk"), '"meat", "eggs" or "milk"'),
         "gates": (lambda value: isinstance(value, list) and set(map(str, value)) <= set(GATES),
                   f"a list of these: {', '.join(GATES)}")},
        ("edition", "name", "kind", "crop", "stages"), closed=False,
    )  # fmt: skip
    if document.get("crop") is not None:
        yield from _members(document["crop"], "/crop", _CROP, ("code", "zh"))
    for name in ("yieldPerMu", "overallRatio"):
        if document.get(name) is not None:
            yield from _members(document[name], f"/{name}", _FIGURE, ("value",))
    for path, stage in _each(document, "stages"):
        if isinstance(stage, Refused):
            yield stage
        else:
            yield from _members(stage, path, _STAGE, ("code", "name", "months", "work"))
            work = stage.get("work") if isinstance(stage, Mapping) else None
            for place, form in enumerate(work if isinstance(work, list) else ()):
                if form not in forms:
                    yield _wrong(f"{path}/work/{place}", ", ".join(forms))
    for path, step in _each(document, "steps"):
        if isinstance(step, Refused):
            yield step
            continue
        anything: Check = lambda _: True  # noqa: E731
        known: dict[str, tuple[Check, str]] = {
            "step": (_text, '"drying"'), "name": _NAMES, "ratio": (anything, ""),
        }  # fmt: skip
        yield from _members(step, path, known, ("step",))
        if isinstance(step, Mapping) and step.get("ratio") is not None:
            yield from _members(step["ratio"], f"{path}/ratio", _FIGURE, ("value",))
    for path, test in _each(document, "tests"):
        if isinstance(test, Refused):
            yield test
        else:
            known = {"item": _NAMES, "source": _NAMES, "edition": (_text, '"2026"')}
            yield from _members(test, path, known, ("item",))
    yield from _fields(document.get("fields"), forms)


def _each(document: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    value = document.get(name)
    if value is not None and not isinstance(value, list):
        yield "", _wrong(f"/{name}", "[…]")
        return
    for number, one in enumerate(value or ()):
        yield f"/{name}/{number}", one


def _fields(value: Any, forms: Forms) -> Iterator[Refused]:
    """Which fields each form must have filled: forms and fields that exist."""
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield _wrong("/fields", '{"spraying": ["area"]}')
        return
    for form, fields in value.items():
        if form not in forms:
            yield _wrong(f"/fields/{form}", ", ".join(forms))
        elif not isinstance(fields, list) or not set(map(str, fields)) <= set(forms[form]):
            yield _wrong(f"/fields/{form}", ", ".join(forms[form]))


__all__ = ["TABLE", "TABLES", "TEMPLATE", "check_document"]

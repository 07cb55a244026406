"""Rules for JSON shapes, small ones put together to large ones. A rule reports all it finds wrong.

A rule is a check and an example of what would pass it; the example goes into every refusal, and so
does the rule's name: the keyword that it has in JSON Schema.
Made for speed: a right value costs a type test and a dict look-up per member.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

from suyuan.core import jcs
from suyuan.core.errors import Malformed, Refused, SuyuanError, TooLarge
from suyuan.core.identifiers import is_uri
from suyuan.core.strict_json import pointer_token

Problems: TypeAlias = "list[Refused]"
Check: TypeAlias = Callable[[Any, str, Problems], None]

MAX_PROBLEMS = 100
"""No more than these are reported at a time."""


class Rule(NamedTuple):
    """``check(value, path, problems)`` adds what is wrong; ``example`` is JSON that is right."""

    check: Check
    example: str


def refuse(
    problems: Problems, path: str, message: str, *, rule: str, example: str, **params: object
) -> None:
    """Adds a problem, up to the limit. ``message`` has a hole for the ``example`` of what is right."""
    add(problems, Malformed(message, path=path, rule=rule, example=example, **params))


def rule_of(problem: SuyuanError) -> str:
    """Name of the rule that refused something: a keyword of JSON Schema, ``limit`` or ``syntax``."""
    found = problem.params.get("rule")
    if isinstance(found, str):
        return found
    return "limit" if isinstance(problem, TooLarge) else "syntax"


def add(problems: Problems, problem: Refused) -> None:
    """Adds a problem, up to the limit."""
    if len(problems) < MAX_PROBLEMS:
        problems.append(problem)


def text(
    accepts: Callable[[str], bool], message: str, example: str, rule: str = "format", **params: str
) -> Rule:
    """A text that is accepted; ``message`` has a hole for the ``{example}``."""
    shown = f'"{example}"'

    def check(value: Any, path: str, problems: Problems) -> None:
        if not (type(value) is str and accepts(value)):
            refuse(problems, path, message, rule=rule, example=shown, **params)

    return Rule(check, shown)


def uri(example: str) -> Rule:
    """A URI by RFC 3986."""
    return text(is_uri, "this is no URI (RFC 3986); right is for example {example}", example)


def word(words: frozenset[str], reserved: tuple[str, ...], example: str) -> Rule:
    """A word of a vocabulary, or a URI that begins with none of ``reserved``."""

    return text(
        lambda value: value in words or (is_uri(value) and not value.startswith(reserved)),
        "this is neither a word of the standard vocabulary nor a URI of your own; "
        "right is for example {example}",
        example,
        "enum",
    )


def one_of(*words: str) -> Rule:
    """One of a few texts."""
    return text(
        frozenset(words).__contains__,
        "this must be one of {words}; right is for example {example}",
        words[0],
        "enum",
        words=", ".join(words),
    )


def pattern(regex: str, message: str, example: str) -> Rule:
    """A text that matches from beginning to end."""
    matches = re.compile(regex).fullmatch
    return text(lambda value: matches(value) is not None, message, example, "pattern")


_TIME = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def is_time(value: str) -> bool:
    """An RFC 3339 time on a day that exists, without leap seconds."""
    found = _TIME.fullmatch(value)
    if found is None:
        return False
    try:
        date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return False
    return True


TIME = text(
    is_time,
    "this is no time with an offset (RFC 3339); right is for example {example}",
    "2026-09-17T08:30:00.000+08:00",
)


def typed(example: str, message: str, *types: type, **by_type: Rule) -> Rule:
    """A value of one of these types, or of a type that has a rule: ``str``, ``list``, ``dict``."""
    free = frozenset(types)
    checks = {name: rule.check for name, rule in by_type.items()}

    def check(value: Any, path: str, problems: Problems) -> None:
        kind = type(value)
        if kind not in free:
            inner = checks.get(kind.__name__)
            if inner is None:
                refuse(problems, path, message, rule="type", example=example)
            else:
                inner(value, path, problems)

    return Rule(check, example)


NUMBER = typed("12.5", "this must be a number; right is for example {example}", int, float)
BOOLEAN = typed("true", "this must be true or false; right is for example {example}", bool)
STRING = typed('"abc"', "this must be a text; right is for example {example}", str)
OBJECT = typed("{}", "this must be an object; right is for example {example}", dict)


def array(item: Rule, *, least: int = 0, distinct: bool = False, most: int | None = None) -> Rule:
    """An array of ``least`` to ``most`` such items; ``distinct``: none of them twice."""
    check_item, example = item.check, f"[{item.example}]"

    def check(value: Any, path: str, problems: Problems) -> None:
        if type(value) is not list:
            message = "this must be an array; right is for example {example}"
            return refuse(problems, path, message, rule="type", example=example)
        for place, one in enumerate(value):
            check_item(one, f"{path}/{place}", problems)
        if len(value) < least:
            message = "this array must not be empty; right is for example {example}"
            refuse(problems, path, message, rule="minItems", example=example)
        if most is not None and len(value) > most:
            message = (
                "{found} items where {most} are allowed; make several events of it, "
                "each with a list such as {example}"
            )
            add(
                problems,
                TooLarge(
                    message,
                    path=path,
                    rule="limit",
                    found=len(value),
                    most=most,
                    example=example,
                ),
            )
        if distinct and (double := first_double(value)) is not None:
            message = "this item stands here twice; right is for example {example}"
            refuse(problems, f"{path}/{double}", message, rule="uniqueItems", example=example)
        return None

    return Rule(check, example)


def first_double(items: list[Any]) -> int | None:
    """Place of the first item that equals an earlier one as JSON, None if all differ."""
    texts = [item for item in items if type(item) is str]
    if len(set(texts)) == len(texts) >= len(items) - 1:
        return None  # a single item that is no text equals none of them
    seen: set[bytes] = set()
    return next((place for place, item in enumerate(items) if _seen(item, seen)), None)


def without_doubles(items: list[Any]) -> list[Any]:
    """The items without those that equal an earlier one as JSON."""
    seen: set[bytes] = set()
    return [item for item in items if not _seen(item, seen)]


def _seen(item: Any, seen: set[bytes]) -> bool:
    key = jcs.dumps(item)
    known = key in seen
    seen.add(key)
    return known


def members(
    known: Mapping[str, Rule],
    required: tuple[str, ...] = (),
    *,
    others: Literal["none", "namespaced", "any"] = "none",
) -> Rule:
    """An object with known members; ``others``: whether it may have further ones.

    "namespaced" is how EPCIS takes extensions: the name has to be a URI, as ``example:field`` is.
    """
    checks = {name: rule.check for name, rule in known.items()}
    shown = ", ".join(f'"{name}": {known[name].example}' for name in required)
    example = f"{{{shown}}}"
    whole = "{" + ", ".join(f'"{name}": {rule.example}' for name, rule in known.items()) + "}"

    def check(value: Any, path: str, problems: Problems) -> None:
        if type(value) is not dict:
            message = "this must be an object; right is for example {example}"
            return refuse(problems, path, message, rule="type", example=example)
        for name, item in value.items():
            inner = checks.get(name)
            if inner is not None:
                inner(item, f"{path}/{name}", problems)
            elif others != "any" and (others == "none" or not is_uri(name)):
                unknown(name, path, problems)
        for name in required:
            if name not in value:
                message = '{name} is missing; right is for example "{name}": {example}'
                shown = known[name].example
                refuse(
                    problems, f"{path}/{name}", message, rule="required", name=name, example=shown
                )
        return None

    def unknown(name: str, path: str, problems: Problems) -> None:
        place = f"{path}/{pointer_token(name)}"
        if others == "none":
            message = (
                "this object has no member {name}; it may have {known}; "
                "right is for example {example}"
            )
            refuse(
                problems,
                place,
                message,
                rule="additionalProperties",
                name=name,
                known=", ".join(checks),
                example=whole,
            )
        else:
            message = (
                "{name} is no field of EPCIS here; a field of your own has a namespace; "
                "right is for example {example}"
            )
            own = f'"example:{name if is_uri(f"example:{name}") else "field"}"'
            refuse(problems, place, message, rule="propertyNames", name=name, example=own)

    return Rule(check, example)

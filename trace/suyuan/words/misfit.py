"""What pydantic refuses in a parameter or a setting, in our own words: its sentences are English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suyuan.core.errors import Malformed

TEXTS = {
    "missing": ("required", "{name} is missing; right is for example {example}"),
    "extra_forbidden": ("additionalProperties", "there is no {name}; leave it out"),
    "greater_than": ("exclusiveMinimum", "{name} is above {bound}; right is for example {example}"),
    "greater_than_equal": ("minimum", "{name} is at least {bound}; right is for example {example}"),
    "less_than": ("exclusiveMaximum", "{name} is below {bound}; right is for example {example}"),
    "less_than_equal": ("maximum", "{name} is at most {bound}; right is for example {example}"),
    "string_too_long": (
        "maxLength", "{name} has at most {bound} characters; right is for example {example}"
    ),
    "string_too_short": (
        "minLength", "{name} has at least {bound} characters; right is for example {example}"
    ),
    "string_pattern_mismatch": (
        "pattern", "{name} does not have the form that it should; right is for example {example}"
    ),
    "literal_error": ("enum", "{name} is one of {words}; right is for example {example}"),
    "enum": ("enum", "{name} is one of {words}; right is for example {example}"),
    "int": ("type", "{name} is a whole number; right is for example {example}"),
    "float": ("type", "{name} is a number; right is for example {example}"),
    "bool": ("type", "{name} is true or false; right is for example {example}"),
    "string": ("type", "{name} is a text; right is for example {example}"),
    "list": ("type", "{name} is a list; right is for example {example}"),
    "path": ("type", "{name} is a path; right is for example {example}"),
}  # fmt: skip
"""Its kind of error, or what such a kind begins with → our rule (JSON Schema's word) and sentence."""
ELSE = ("format", "{name} is not of the kind that it should be; right is for example {example}")
_EXAMPLES = {
    "int": "30",
    "float": "12.5",
    "bool": "true",
    "string": "abc",
    "list": '["a", "b"]',
    "path": "/srv/suyuan",
}
_BOUNDS = ("gt", "ge", "lt", "le", "max_length", "min_length")


def misfit(error: Mapping[str, Any], name: str, example: str | None = None) -> Malformed:
    """One of pydantic's ``errors()`` about what people call ``name``.

    ``example`` is a value of that parameter which would be right, where it has one of its own.
    """
    kind = str(error["type"])
    about = error.get("ctx") or {}
    family = kind.split("_")[0]
    rule, message = TEXTS.get(kind) or TEXTS.get(family) or ELSE
    bound = next((about[key] for key in _BOUNDS if key in about), None)
    words = [word.strip("'") for word in str(about.get("expected", "")).split(", ")]
    words = [word for part in words for word in part.replace("' or '", " ").split()]
    shown = example or _example(kind, family, bound) or (words[0] if words else "")
    return Malformed(
        message,
        path=name,
        rule=rule,
        name=name,
        bound=bound,
        words=", ".join(words),
        example=shown,
    )


def _example(kind: str, family: str, bound: Any) -> str | None:
    if isinstance(bound, int) and kind.startswith("string"):
        return "a" * (min(bound, 3) if kind == "string_too_long" else bound)
    if isinstance(bound, (int, float)):
        return str(bound + {"greater_than": 1, "less_than": -1}.get(kind, 0))
    return _EXAMPLES.get(family)

"""Troubles that are kept and told later, in whatever language they are asked for then."""

from __future__ import annotations

import json
from typing import Any

from suyuan.core.errors import SuyuanError
from suyuan.core.said import Said


def keep(trouble: Said | SuyuanError) -> str:
    """A sentence and what fills it, as a text for a column."""
    return json.dumps(as_json(trouble), ensure_ascii=False)


def read_kept(text: str) -> Said:
    """The other way round; a text that an older release kept is told as it stands."""
    try:
        found = from_json(json.loads(text))
    except ValueError:
        found = text
    return found if isinstance(found, Said) else Said("{problem}", problem=text)


def as_json(value: object) -> object:
    """A parameter as JSON; sentences and errors stay sentences."""
    if isinstance(value, SuyuanError):
        value = Said(value.message, **value.params)
    if isinstance(value, Said):
        return {"said": value.template, "with": {k: as_json(v) for k, v in value.params.items()}}
    return value if isinstance(value, int) else str(value)[:_LONGEST]


def from_json(value: Any) -> object:
    """The other way round."""
    if isinstance(value, dict) and value.keys() == {"said", "with"}:
        return Said(value["said"], **{k: from_json(v) for k, v in value["with"].items()})
    return value


_LONGEST = 1000
"""Characters of a parameter that are worth keeping."""

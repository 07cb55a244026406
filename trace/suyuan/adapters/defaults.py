"""Tables and templates that come with the package (suyuan/data)."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def default_documents() -> tuple[dict[str, Any], ...]:
    """Every document, by folder and name; their ids stand below the node's own base."""
    data = files("suyuan").joinpath("data")
    found = []
    for folder in ("tables", "templates"):
        for path in sorted(data.joinpath(folder).iterdir(), key=lambda one: one.name):
            if path.name.endswith(".json"):
                found.append(json.loads(path.read_text(encoding="utf-8")))
    return tuple(found)

"""The figures by which readings of codes are scored: a file of the node's own, else those that it begins
with. Never published: who knew them would stay just below."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from suyuan.adapters.system import of_system
from suyuan.core.errors import Refused
from suyuan.core.scans import Scoring, parse_scoring
from suyuan.core.strict_json import loads


def scoring(path: Path | None) -> tuple[Scoring, ...]:
    """Malformed, naming the member, for a file that is no scoring; Refused for one that is not there."""
    if path is None:
        return parse_scoring(loads(files("suyuan.data").joinpath("scoring.json").read_bytes()))
    try:
        return parse_scoring(loads(path.read_bytes()))
    except OSError as problem:
        raise Refused("{file}: {why}", file=str(path), why=of_system(problem)) from None

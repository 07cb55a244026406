"""What a user says of single rows of a sheet that a rule blocks: left out, or let pass for a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.errors import Malformed, Refused
from suyuan.core.rules.override import MOST_REASON

MEMBERS = ("leaveOut", "overrides")
"""Members of a sheet's choices that speak of this file's rows alone, and are not remembered."""
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A named person lets what a rule blocks in a row pass."""

    row: int
    rule: str
    """``1/interval``"""
    person: str
    reason: str


def left_out_of(document: Mapping[str, Any]) -> frozenset[int]:
    """Numbers of rows that are not taken; Malformed for anything else."""
    given = document.get("leaveOut", [])
    if not isinstance(given, list) or len(given) > _MOST or any(type(n) is not int for n in given):
        raise Malformed("a list of row numbers belongs here", path="/leaveOut")
    return frozenset(given)


def answers_of(document: Mapping[str, Any]) -> tuple[Answer, ...]:
    """Reasons for rows; Refused, with a JSON pointer, without a name or a reason."""
    given = document.get("overrides", [])
    if not isinstance(given, list) or len(given) > _MOST:
        raise Malformed("a list of overrides belongs here", path="/overrides")
    return tuple(_answer(one, f"/overrides/{number}") for number, one in enumerate(given))


def _answer(given: Any, where: str) -> Answer:
    shape = {"row": int, "rule": str, "person": str, "reason": str}
    if (
        not isinstance(given, dict)
        or given.keys() != shape.keys()
        or any(type(given[name]) is not kind for name, kind in shape.items())
    ):
        raise Malformed(
            'an override says {example}', path=where,
            example='{"row": 12, "rule": "1/interval", "person": "…", "reason": "…"}',
        )  # fmt: skip
    person, reason = given["person"].strip(), given["reason"].strip()
    if not person:
        raise Refused("an override names the person who answers for it", path=f"{where}/person")
    if not 4 <= len(reason) <= MOST_REASON:
        raise Refused("an override says why, in a sentence", path=f"{where}/reason")
    return Answer(given["row"], given["rule"], person, reason)


__all__ = ["MEMBERS", "Answer", "answers_of", "left_out_of"]

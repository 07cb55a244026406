"""Authorisations, ledgers, issues and cases as programs read them."""

from __future__ import annotations

from datetime import date
from typing import Any

from suyuan.core.brand.authorisation import Authorisation
from suyuan.core.brand.ceiling import Ceiling
from suyuan.core.brand.codes import Issue, Sums, sums
from suyuan.core.brand.ranges import Ranges


def authorisation_told(one: Authorisation, today: date) -> dict[str, Any]:
    """What is in force, and each step with its record."""
    terms = one.terms.as_json(one.state)
    del terms["state"]
    return {
        "id": one.id,
        "state": one.state,
        "standing": one.standing(today),
        "terms": terms,
        "steps": [
            {"index": s.index, "state": s.state, "by": s.by, "time": s.time, "reason": s.reason}
            for s in one.steps
        ],
    }


def ceiling_told(ceiling: Ceiling) -> dict[str, Any]:
    """What it is made of; null: not stated."""

    def number(value: object) -> float | None:
        return None if value is None else float(str(value))

    return {
        "packs": ceiling.packs,
        "areaMu": number(ceiling.area),
        "kgPerMu": number(ceiling.each),
        "netKg": number(ceiling.net),
        "volumeKg": number(ceiling.volume),
    }


def sums_told(found: Sums) -> dict[str, int]:
    return {
        "issued": found.issued, "waiting": found.waiting, "active": found.active,
        "returned": found.returned, "voided": found.voided, "used": found.used,
    }  # fmt: skip


def issue_told(issue: Issue) -> dict[str, Any]:
    """One issue; ranges are counted from 1, both ends included, in the order of issue."""

    def pairs(of: Ranges) -> list[list[int]]:
        return [[first + 1, last + 1] for first, last in of]

    return {
        "record": issue.record,
        "lot": issue.lot,
        "owner": issue.owner,
        "authorisation": issue.authorisation or None,
        "time": issue.time,
        "count": issue.count,
        "sums": sums_told(sums([issue])),
        "waiting": pairs(issue.waiting),
        "active": pairs(issue.active),
        "returned": pairs(issue.returned),
        "voided": pairs(issue.voided),
    }


__all__ = ["authorisation_told", "ceiling_told", "issue_told", "sums_told"]
